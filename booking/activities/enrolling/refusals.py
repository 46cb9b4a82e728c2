"""Why somebody is not enrolled, as a family or an agent reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from municipalities.exceptions import Refusal


class NotEnrolled(Refusal):
    """Base of what keeps somebody from a place."""

    code = "not_enrolled"


class GroupFull(NotEnrolled):
    code = "group_full"
    sentence = _(
        "Ce groupe est complet : la dernière place vient d’être prise. Voici d’autres groupes qui conviennent."
    )


class GroupOver(NotEnrolled):
    code = "group_over"
    sentence = _("Ce groupe n’a plus de séance à venir.")


class SessionFull(NotEnrolled):
    code = "session_full"
    sentence = _("La dernière place de cette séance vient d’être prise. Voici les autres places restantes.")


class SessionOver(NotEnrolled):
    code = "session_over"
    sentence = _("Cette séance a commencé ou n’a pas lieu : on n’y prend plus de place.")


class SamePersonTwice(NotEnrolled):
    code = "same_person_twice"
    sentence = _("Cette personne a déjà une place dans ce groupe, dans cette famille ou chez l’autre parent.")


class TriedAlready(NotEnrolled):
    code = "tried_already"
    sentence = _("L’essai de cette activité est déjà pris : une autre séance demande le niveau du groupe.")


class SameTime(NotEnrolled):
    """Somebody is elsewhere at that time already; the sentence names the other activity."""

    code = "same_time"
    sentence = _("Cette personne est déjà inscrite ailleurs à cette heure.")

    def __init__(self, other: str = "") -> None:
        said = gettext("Cette personne est déjà inscrite à la même heure : %(other)s.") % {"other": other}
        super().__init__(said if other else None)


class NotEligible(NotEnrolled):
    """A rule of the group is not met; `reasons` are the sentences of all that are not."""

    code = "not_eligible"

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = list(reasons)


class NotYourTurn(NotEnrolled):
    """Many want to enrol from the same minute on, and this family is not let in yet; `opening` is what it waits for."""

    code = "not_your_turn"
    sentence = _(
        "Ce n’est pas encore votre tour : les familles entrent dans l’ordre du tirage. Votre rang est gardé, "
        "même si vous fermez la page."
    )

    def __init__(self, opening: int = 0) -> None:
        super().__init__()
        self.opening = opening


class NoSuchGroup(NotEnrolled):
    code = "no_such_group"
    sentence = _("Ce groupe n’est plus proposé.")


class NoOffice(NotEnrolled):
    code = "no_office"
    sentence = _("Aucune régie n’encaisse pour cette piscine : adressez-vous à elle pour vous inscrire.")


class BasketEmpty(NotEnrolled):
    code = "basket_empty"
    sentence = _("Votre panier est vide : rien n’y est retenu.")


class BasketClosed(NotEnrolled):
    code = "basket_closed"
    sentence = _("Ce panier est déjà réglé ou abandonné. Rien n’a été changé.")


class NothingLeft(NotEnrolled):
    """What the basket holds has begun or was called off since; the sentence names the place."""

    code = "nothing_left"

    def __init__(self, what: str = "") -> None:
        said = gettext(
            "%(what)s : plus aucune séance n’y est à venir. Rien n’est réglé. "
            "Retirez cette place du panier, puis confirmez."
        )
        super().__init__(said % {"what": what})


class TogetherBroken(NotEnrolled):
    """Of those who were wanted all or none somebody has lost their place."""

    code = "together_broken"
    sentence = _(
        "Une des places demandées « toutes ou aucune » n’est plus là. "
        "Rien n’est réglé : gardez les autres, ou retirez-les."
    )


@dataclass(frozen=True)
class Change:
    """A line whose price is not what was shown."""

    enrolment: UUID
    what: str
    before: Sequence[tuple[str, int]]
    after: Sequence[tuple[str, int]]


class PriceChanged(NotEnrolled):
    """What is to be paid is not what was shown; `changes` says of each line what it was and what it is."""

    code = "price_changed"
    sentence = _("Le prix a changé depuis que vous l’avez vu. Regardez chaque ligne, puis confirmez.")

    def __init__(self, changes: Sequence[Change]) -> None:
        super().__init__()
        self.changes = list(changes)
