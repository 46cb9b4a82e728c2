"""Who may enrol where, and why not: pure. Facts of a person and a group go in, sentences come out.

What the database alone decides at the last moment (full, taken, elsewhere at the time) is foreseen here where it is
known, so that nobody is let to choose in vain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from booking.activities.models import Audience, Level
from booking.activities.models.seasons import ActivityKind
from booking.activities.pricing import Span
from booking.activities.seasons.ages import say_age, say_ages
from booking.activities.seasons.offered import Offered
from municipalities.wording import say_day, say_moment

#: For these the regulation asks for a medical certificate.
ON_CERTIFICATE = frozenset({ActivityKind.PRENATAL})


class Why(StrEnum):
    OVER = "over"
    NOT_ONLINE = "not_online"
    NOT_OPEN = "not_open"
    UNBORN = "unborn"
    AGE = "age"
    LEVEL = "level"
    TWICE = "twice"
    SAME_TIME = "same_time"
    CERTIFICATE = "certificate"
    UNPAID = "unpaid"


#: What no agent can decide otherwise: there is nothing to give, or the database refuses.
FOR_EVERYBODY = frozenset({Why.OVER, Why.UNBORN, Why.TWICE, Why.SAME_TIME})


@dataclass(frozen=True)
class Obstacle:
    why: Why
    sentence: str
    #: The minute from which on it is none, where only that is to be waited for.
    opens_at: datetime | None = None


@dataclass(frozen=True)
class Person:
    """What is known of a member. `was_in` are the groups, by (activity, group) code, this season's or the last one's;
    `has_tried` the activities they had a single place in; `busy` is what they do by day: (start, end, what).
    """

    born_on: date | None
    level: int | None = None
    lives_here: bool = False
    was_in: frozenset[tuple[str, str]] = frozenset()
    in_groups: frozenset[int] = frozenset()
    has_tried: frozenset[int] = frozenset()
    has_certificate: bool = False
    owes: bool = False
    busy: Mapping[date, Sequence[tuple[datetime, datetime, str]]] = field(default_factory=dict)

    @property
    def known_level(self) -> int:
        """Whoever nobody has seen swim begins at the beginning."""
        return self.level or Level.DISCOVERY

    def months_on(self, day: date) -> int | None:
        """Age in full months; None for who is not born then."""
        if self.born_on is None or self.born_on > day:
            return None
        whole = (day.year - self.born_on.year) * 12 + day.month - self.born_on.month
        return whole - (day.day < self.born_on.day)

    def is_among(self, audience: Audience, group: Offered) -> bool:
        return {
            Audience.SAME_GROUP: (group.activity_code, group.code) in self.was_in,
            Audience.TRANSFERS: bool(self.was_in),
            Audience.RESIDENTS: self.lives_here,
            Audience.EVERYBODY: True,
        }[audience]


def opens_at(person: Person, group: Offered) -> datetime | None:
    """From which minute on this person may enrol; None where that is never said."""
    return min((moment for audience, moment in group.windows if person.is_among(audience, group)), default=None)


def obstacles(person: Person, group: Offered, *, now: datetime) -> list[Obstacle]:
    """Everything that keeps this person from this group now; empty for who may choose it."""
    if group.next_meeting(now) is None:
        return [Obstacle(Why.OVER, _("Ce groupe n’a plus de séance à venir."))]
    found = [
        _window(person, group, now),
        _age(person, group),
        _level(person, group),
        _twice(person, group),
        _same_time(person, group, now),
        _certificate(person, group),
        _unpaid(person),
    ]
    return [one for one in found if one is not None]


def obstacles_to_one(person: Person, group: Offered, start: datetime, *, now: datetime) -> list[Obstacle]:
    """The same of one session, that begins then; sold once everybody could enrol for all of them."""
    if start <= now:
        return [Obstacle(Why.OVER, _("Cette séance a commencé : on n’y prend plus de place."))]
    found = [
        _window(person, group, now) or _not_yet(group, now),
        _age(person, group),
        None if may_try(person, group) else _level(person, group),
        _twice(person, group),
        _busy_then(person, start, start + group.length),
        _certificate(person, group),
        _unpaid(person),
    ]
    return [one for one in found if one is not None]


def may_try(person: Person, group: Offered) -> bool:
    """Whether one session of the activity shows which level somebody has: once, and for whom no coach has seen yet.
    Whose level is known belongs where it is asked for.
    """
    return group.allows_trial and person.level is None and group.activity_id not in person.has_tried


def is_trial(person: Person, group: Offered) -> bool:
    """Whether a place in one session is that trial: nobody needs it who has the level that is asked for."""
    return may_try(person, group) and _level(person, group) is not None


def sold_singly_from(group: Offered) -> datetime | None:
    """From which minute on single places are sold: once the enrolments are open to all. None where they never are."""
    return max((moment for _audience, moment in group.windows), default=None)


def _not_yet(group: Offered, now: datetime) -> Obstacle | None:
    moment = sold_singly_from(group)
    if moment is None or moment <= now:
        return None
    said = _("Les places à la séance sont vendues à partir du %(when)s.") % {"when": say_moment(moment)}
    return Obstacle(Why.NOT_OPEN, said, moment)


def _window(person: Person, group: Offered, now: datetime) -> Obstacle | None:
    moment = opens_at(person, group)
    if moment is None:
        return Obstacle(Why.NOT_ONLINE, _("On s’y inscrit auprès de la piscine seulement."))
    if moment > now:
        said = _("Les inscriptions ouvrent pour vous %(when)s.") % {"when": say_moment(moment)}
        return Obstacle(Why.NOT_OPEN, said, moment)
    return None


def _age(person: Person, group: Offered) -> Obstacle | None:
    if person.born_on is None:
        return Obstacle(Why.UNBORN, _("On s’inscrit une fois né."))
    day = group.counted_on
    months = person.months_on(day)
    if months is None:
        return Obstacle(Why.UNBORN, _("On s’inscrit une fois né."))
    if group.is_for_age(Span(months, months + 1)):
        return None
    said = _("Âge demandé : %(ages)s. Âge le %(day)s : %(age)s.") % {
        "ages": say_ages(group.months_from, group.months_below),
        "day": say_day(day),
        "age": say_age(months if months < 36 else months // 12 * 12),
    }
    return Obstacle(Why.AGE, said)


def _level(person: Person, group: Offered) -> Obstacle | None:
    if group.is_for_level(Level(person.known_level)):
        return None
    wanted = [Level(one).label for one in (group.level_from, group.level_to) if one is not None]
    said = _(
        "Ce groupe demande le niveau : %(wanted)s. Niveau connu : %(level)s. Un maître-nageur peut le changer."
    ) % {
        "wanted": " – ".join(str(one) for one in dict.fromkeys(wanted)),
        "level": Level(person.level).label if person.level else _("aucun encore, donc découverte"),
    }
    return Obstacle(Why.LEVEL, said)


def _twice(person: Person, group: Offered) -> Obstacle | None:
    if group.pk not in person.in_groups:
        return None
    return Obstacle(Why.TWICE, _("Déjà une place dans ce groupe."))


def _same_time(person: Person, group: Offered, now: datetime) -> Obstacle | None:
    if group.pk in person.in_groups or not person.busy:
        return None
    for start in group.meets:
        found = _busy_then(person, start, start + group.length) if start > now else None
        if found:
            return found
    return None


def _busy_then(person: Person, start: datetime, end: datetime) -> Obstacle | None:
    for begins, ends, what in person.busy.get(start.date(), ()):
        if begins < end and start < ends:
            return Obstacle(Why.SAME_TIME, _("Déjà inscrit à la même heure : %(other)s.") % {"other": what})
    return None


def _certificate(person: Person, group: Offered) -> Obstacle | None:
    if group.kind not in ON_CERTIFICATE or person.has_certificate:
        return None
    said = _("Un certificat médical en cours de validité est à montrer à la piscine avant de s’inscrire.")
    return Obstacle(Why.CERTIFICATE, said)


def _unpaid(person: Person) -> Obstacle | None:
    if not person.owes:
        return None
    return Obstacle(Why.UNPAID, _("Un paiement de votre famille a été rejeté par la banque : réglez-le d’abord."))
