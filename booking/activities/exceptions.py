"""Why something cannot be planned, as whoever plans reads it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from municipalities.exceptions import Refusal
from municipalities.wording import say_moment, say_period

#: So many are told in one sentence; a page lists them all.
TOLD = 3


class CapacityBelowSold(Refusal):
    code = "capacity_below_sold"
    sentence = _("Plus de places que cela sont déjà prises dans ce groupe.")

    def __init__(self, sold: int = 0) -> None:
        said = ngettext(
            "%(n)d place de ce groupe est déjà prise : il ne peut pas en avoir moins.",
            "%(n)d places de ce groupe sont déjà prises : il ne peut pas en avoir moins.",
            sold,
        ) % {"n": sold}
        super().__init__(said if sold else None)


class SoldSingly(Refusal):
    code = "sold_singly"
    sentence = _(
        "Rien n’est enregistré : une place à la séance est prise pour une date qui disparaîtrait. "
        "Annulez d’abord cette séance, la famille sera prévenue."
    )


class FewerSessions(Refusal):
    code = "fewer_sessions"
    sentence = _(
        "Rien n’est enregistré : des familles ont leur place dans des séances qui disparaîtraient. "
        "Annulez d’abord ces séances : elles seront prévenues, et créditées d’après la règle du groupe."
    )


class MembersElsewhere(Refusal):
    """Somebody in the group is in another one at that time; `others` are what those are called."""

    code = "members_elsewhere"
    sentence = _("Rien n’est enregistré : des inscrits de ce groupe sont déjà ailleurs à cette heure.")

    def __init__(self, others: Sequence[str]) -> None:
        self.others = list(others)
        told = "; ".join(self.others[:TOLD])
        said = gettext("Rien n’est enregistré, des inscrits de ce groupe sont ailleurs à cette heure : %(told)s.")
        super().__init__(said % {"told": told} + _and_more(len(self.others)) if self.others else None)


class _Meeting(Protocol):
    @property
    def lane(self) -> object: ...
    @property
    def other(self) -> str: ...
    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...


class _Crowd(Protocol):
    @property
    def at(self) -> datetime: ...
    @property
    def heads(self) -> int: ...
    @property
    def most(self) -> int: ...


class NothingToPlan(Refusal):
    code = "nothing_to_plan"
    sentence = _("Aucune date ne reste : toutes tombent un jour sans ouverture, ou sont passées.")


class PastDay(Refusal):
    code = "past_day"
    sentence = _("Ce qui est passé reste comme c’était : choisissez une date à partir d’aujourd’hui.")


class NoSuchHour(Refusal):
    code = "no_such_hour"
    sentence = _(
        "Cette nuit-là, l’heure d’été commence et les horloges passent de 2 h à 3 h : ce moment n’existe pas. "
        "Choisissez une autre heure."
    )


class PoolClosed(Refusal):
    code = "pool_closed"
    sentence = _("La piscine est fermée à ce moment.")

    @staticmethod
    def because(why: str) -> str:
        return gettext("La piscine est fermée à ce moment : %(why)s.") % {"why": why.rstrip(".")}


class PlanChanged(Refusal):
    code = "plan_changed"
    sentence = _("Quelqu’un d’autre a changé ce créneau entre-temps. Rien n’est enregistré : voici le plan actuel.")


class LanesTaken(Refusal):
    """Somebody has a lane already; `collisions` names each."""

    code = "lanes_taken"
    sentence = _("Une de ces lignes vient d’être prise. Rien n’est enregistré : regardez à nouveau.")

    def __init__(self, collisions: Sequence[_Meeting]) -> None:
        self.collisions = list(collisions)
        super().__init__(self._say() if self.collisions else None)

    def _say(self) -> str:
        told = "; ".join(f"{one.lane}, {say_period(one.start, one.end)}, {one.other}" for one in self.collisions[:TOLD])
        said = ngettext(
            "Rien n’est enregistré, une ligne est déjà prise : %(told)s.",
            "Rien n’est enregistré, des lignes sont déjà prises : %(told)s.",
            len(self.collisions),
        ) % {"told": told}
        return said + _and_more(len(self.collisions))


class TooManyHeads(Refusal):
    """More people than the pool holds; `crowded` names each quarter of an hour."""

    code = "too_many_heads"
    sentence = _("La piscine vient de se remplir à ces heures. Rien n’est enregistré : regardez à nouveau.")

    def __init__(self, crowded: Sequence[_Crowd]) -> None:
        self.crowded = list(crowded)
        super().__init__(self._say() if self.crowded else None)

    def _say(self) -> str:
        told = "; ".join(
            gettext("%(moment)s, %(heads)s personnes pour %(most)s au plus")
            % {"moment": say_moment(one.at), "heads": one.heads, "most": one.most}
            for one in self.crowded[:TOLD]
        )
        said = gettext("Rien n’est enregistré, il y aurait trop de monde : %(told)s.") % {"told": told}
        return said + _and_more(len(self.crowded))


def _and_more(number: int) -> str:
    if number <= TOLD:
        return ""
    left = number - TOLD
    return " " + ngettext("Et %(left)s autre fois.", "Et %(left)s autres fois.", left) % {"left": left}
