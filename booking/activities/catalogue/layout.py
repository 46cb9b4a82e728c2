"""The activities laid out: pool by pool, the nearest first, or day by day."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.activities.changes.rules import say_rule
from booking.activities.enrolling.offers import Chance
from booking.activities.models import Audience, Level
from booking.activities.models.tariffs import Unit as UnitWords
from booking.activities.seasons.ages import say_ages
from booking.activities.seasons.offered import Offered
from booking.activities.tariffs.queries import PriceSpan
from booking.residents.models import Member
from municipalities.directory import facilities
from municipalities.distance import distance_km
from municipalities.models import Facility, Municipality
from municipalities.query_names import Param
from municipalities.wording import say_euros, say_moment, say_time, say_weekday

OVER, LATER, OPEN, ASK, FULL = "over", "later", "open", "ask", "full"


@dataclass(frozen=True)
class Line:
    """One group of a card. `why_not` says why it cannot be chosen now; `price` where it is not that of the card."""

    pk: int
    weekday: str
    hours: str
    details: str
    is_over: bool
    can_choose: bool
    why_not: str
    price: str


@dataclass
class Card:
    """An activity in one pool, with its groups there."""

    name: str
    description: str
    ages: str
    price: str
    state: str
    sentence: str
    #: Where single places of it are sold, once its groups are full.
    singles: str
    openings: list[str]
    lines: list[Line] = field(default_factory=list)


@dataclass
class Place:
    """A pool with its cards. Whoever wants to enrol turns to `phone` or `email`: the pool's, else its operator's."""

    facility: Facility
    distance_km: float | None
    cards: list[Card] = field(default_factory=list)

    @property
    def timetable(self) -> str:
        """The page of its water: who swims when."""
        return reverse("timetable:pool", args=[self.facility.slug])

    @property
    def phone(self) -> str:
        return self.facility.phone or self.facility.operator.identity.phone

    @property
    def email(self) -> str:
        return self.facility.email or self.facility.operator.identity.email


@dataclass(frozen=True)
class Entry:
    """A group in the grid of the week."""

    pk: int
    hours: str
    name: str
    place: str


def places(
    groups: Iterable[Offered],
    *,
    home: Municipality | None,
    now: datetime,
    today: date,
    chances: Mapping[int, Chance],
    member: Member | None = None,
    singles: Collection[int] = (),
    waiting: Mapping[int, int] | None = None,
) -> list[Place]:
    """Pools in the order of their distance from home, of their names without one; activities by name.

    `chances` says of each group what this member, or anybody, may do; `singles` are those with a place in one session,
    `waiting` how many wait for a number of a full one.
    """
    by_place: dict[int, dict[int, list[Offered]]] = defaultdict(lambda: defaultdict(list))
    for group in groups:
        by_place[group.facility_id][group.activity_id].append(group)
    known = facilities()
    found = []
    for facility_id, activities in by_place.items():
        facility = known[facility_id]
        cards = [_card(some, now, today, chances, member, singles, waiting or {}) for some in activities.values()]
        cards.sort(key=lambda card: (card.state == OVER, card.name))
        found.append(Place(facility, _far(home, facility), cards))
    return sorted(found, key=lambda one: (one.distance_km or 0.0, one.facility.name))


def _far(home: Municipality | None, facility: Facility) -> float | None:
    if home is None:
        return None
    return distance_km(home.latitude, home.longitude, facility.latitude, facility.longitude)


def _card(
    groups: Sequence[Offered],
    now: datetime,
    today: date,
    chances: Mapping[int, Chance],
    member: Member | None,
    singles: Collection[int],
    waiting: Mapping[int, int],
) -> Card:
    first = groups[0]
    state, sentence, openings = _state(groups, now)
    if state == OPEN and all(chances[group.pk].is_full for group in groups):
        state, sentence, openings = FULL, _say_full(sum(waiting.get(group.pk, 0) for group in groups)), []
    has_singles = state == FULL and any(group.pk in singles for group in groups)
    if has_singles:
        sentence = _("complet, il reste des places à la séance")
    price = _price(groups, today)
    prices: dict[int, str] = {}
    if member is not None:
        price, prices = _price_for(member, groups, chances)
    return Card(
        name=str(first.name),
        description=str(first.description),
        ages=_ages(groups),
        price=price,
        state=state,
        sentence=sentence,
        singles=_singles_of(groups[0]) if has_singles else "",
        openings=openings,
        lines=[
            _line(group, now, chances[group.pk], prices.get(group.pk, ""), waiting.get(group.pk, 0)) for group in groups
        ],
    )


def _say_full(waiting: int) -> str:
    """With the length of the list, which is everybody's to know."""
    if not waiting:
        return _("complet")
    return ngettext("complet, %(n)d personne attend", "complet, %(n)d personnes attendent", waiting) % {"n": waiting}


def _singles_of(group: Offered) -> str:
    """The remaining places of its pool."""
    return f"{reverse('catalogue:singles')}?{Param.POOL}={facilities()[group.facility_id].slug}"


def _price_for(member: Member, groups: Sequence[Offered], chances: Mapping[int, Chance]) -> tuple[str, dict[int, str]]:
    """« 90 € pour Léa »; where the groups differ, « dès 60 € pour Léa » and the price of each."""
    totals = {group.pk: one.total for group in groups if (one := chances[group.pk].price) is not None}
    if not totals:
        return "", {}
    said = {"price": say_euros(min(totals.values())), "who": member.given_name}
    if len(set(totals.values())) == 1:
        return _("%(price)s pour %(who)s") % said, {}
    return _("dès %(price)s pour %(who)s") % said, {pk: say_euros(total) for pk, total in totals.items()}


def _state(groups: Sequence[Offered], now: datetime) -> tuple[str, str, list[str]]:
    """Only what is true today: over, opens on … at …, open, or nothing is said of when."""
    if all(group.next_meeting(now) is None for group in groups):
        return OVER, _("terminé"), []
    windows = groups[0].windows
    if not windows:
        return ASK, "", []
    ahead = [(audience, moment) for audience, moment in windows if moment > now]
    begun = [audience for audience, moment in windows if moment <= now]
    openings = [
        _("%(who)s : %(when)s") % {"who": audience.label, "when": say_moment(moment)} for audience, moment in ahead
    ]
    if not begun:
        return LATER, _("ouvre %(when)s") % {"when": say_moment(ahead[0][1])}, openings
    if ahead and Audience.EVERYBODY not in begun:
        return OPEN, _("ouvert à : %(who)s") % {"who": begun[-1].label}, openings
    return OPEN, _("ouvert à tous"), []


def _ages(groups: Sequence[Offered]) -> str:
    """The ages of all groups together."""
    above = [group.months_below for group in groups]
    below = None if None in above else max(one for one in above if one is not None)
    return say_ages(min(group.months_from for group in groups), below)


def _price(groups: Sequence[Offered], today: date) -> str:
    """« de 60 € à 206 € pour une saison entière »; nothing where no published grid knows."""
    # Most groups of an activity are for the same people at the same price.
    alike = {
        (group.tariff_code, group.unit, group.months_from, group.months_below, group.first_day): group
        for group in groups
    }
    spans = [span for group in alike.values() if (span := group.price(today)) is not None]
    if not spans:
        return ""
    whole = PriceSpan(min(span.least for span in spans), max(span.most for span in spans))
    unit = UnitWords(groups[0].unit.value).label
    if whole.least == whole.most:
        return _("%(price)s pour %(unit)s") % {"price": say_euros(whole.least), "unit": unit}
    return _("de %(least)s à %(most)s pour %(unit)s") % {
        "least": say_euros(whole.least),
        "most": say_euros(whole.most),
        "unit": unit,
    }


def say_levels(level_from: int | None, level_to: int | None) -> str:
    """« débutant », « débutant à confirmé »; nothing for all."""
    said = [str(Level(level).label) for level in (level_from, level_to) if level is not None]
    if len(set(said)) < 2:
        return said[0] if said else ""
    return _("%(first)s à %(last)s") % {"first": said[0], "last": said[1]}


def rules(group: Offered) -> list[tuple[str, str]]:
    """What holds once one is enrolled, to be read before: (what about, the rule)."""
    absence = _("Dite %(n)d h avant, elle libère la place pour quelqu’un d’autre.") % {"n": group.absence_hours}
    return [
        (_("Absence"), absence),
        (_("Si la piscine annule"), str(group.credit_rule.label)),
        (_("Annuler l’inscription"), say_rule(group.sessions_tried)),
    ]


def hours(group: Offered) -> str:
    return f"{say_time(group.starts)} – {say_time(group.ends)}"


def _line(group: Offered, now: datetime, chance: Chance, price: str, waiting: int) -> Line:
    left = group.left(now)
    free = ngettext("%(n)d place libre sur %(all)d", "%(n)d places libres sur %(all)d", chance.left)
    parts = [
        str(group.basin),
        say_levels(group.level_from, group.level_to),
        free % {"n": chance.left, "all": group.capacity} if left else "",
        _("essai possible") if group.allows_trial else "",
    ]
    return Line(
        pk=group.pk,
        weekday=say_weekday(group.weekday),
        hours=hours(group),
        details=", ".join(part for part in parts if part),
        is_over=left == 0,
        can_choose=chance.can_choose,
        why_not="" if left == 0 else _say_full(waiting) if chance.is_full else chance.sentence,
        price=price,
    )


def week(groups: Iterable[Offered], now: datetime) -> list[tuple[str, list[Entry]]]:
    """(weekday, what takes place then, in the order of the day); what is over is left out."""
    known = facilities()
    days: list[list[Offered]] = [[] for _day in range(7)]
    for group in groups:
        if group.next_meeting(now) is not None:
            days[group.weekday].append(group)
    return [
        (
            say_weekday(number),
            [
                Entry(group.pk, hours(group), str(group.name), known[group.facility_id].name)
                for group in sorted(day, key=lambda one: (one.starts, one.ends, one.pk))
            ],
        )
        for number, day in enumerate(days)
    ]
