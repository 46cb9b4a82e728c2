"""From what a nursery may do, month by month, to the limits of the allocation's contract (its section 2). Pure.

Rows with dates say how many children the Department's authorisation allows by half-day, how many by age, how many
adults are there. Places may be held back for a purpose until a month; children who are there leave in theirs. What
contradicts the authorisation is refused, naming month and half-day. The forecast, the round and every page count from
here.

Months are texts like 2027-09, half-days like mon_am; `until` is the last month, included, or None for no end.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from booking.nurseries.allocation.cells import ADULT, FIRST_BAND, OTHER_BANDS
from booking.nurseries.calendar_words import in_month, say_half_day
from municipalities.exceptions import Refusal

#: How far ahead free places are told.
MONTHS_AHEAD = 18
#: Percent of the authorised places that may be there at a moment (CSP R.2324-27).
LEAST_OVERSHOOT, MOST_OVERSHOOT = 100, 115
#: Hours of a half-day, unless a nursery says otherwise.
HOURS: Mapping[str, float] = {"am": 5, "pm": 5}


class Contradiction(Refusal):
    """What was entered contradicts the authorisation, or itself. `month` and `half_day` say where, "" where always."""

    code = "contradiction"

    def __init__(self, sentence: str, month: str = "", half_day: str = "") -> None:
        super().__init__(sentence)
        self.month = month
        self.half_day = half_day


@dataclass(frozen=True)
class Band:
    """An age: from so many months on, until the next band. The first one begins at 0 and does not walk."""

    name: str
    from_age: int
    #: As people read it, where that is not its name.
    label: str = ""


@dataclass(frozen=True)
class Opening:
    """One dated row. A half-day that is missing or 0 is closed; a band or half-day that is missing has no limit."""

    since: str
    until: str | None
    authorised: Mapping[str, int]
    overshoot: int = LEAST_OVERSHOOT
    sections: Mapping[str, int] = field(default_factory=dict)
    adults: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class HeldBack:
    """Places kept for a purpose until a month; after it they are free."""

    places: int
    until: str
    since: str = "0000-00"
    half_days: frozenset[str] | None = None


@dataclass(frozen=True)
class ChildThere:
    """A child who is there until its exit. `is_guaranteed`: counts among the places the law guarantees.

    `band` is where its operator has put it, before its age says so; empty, its age says.
    """

    number: str
    born: str
    half_days: frozenset[str]
    until: str | None = None
    week_hours: float | None = None
    is_guaranteed: bool = False
    band: str = ""


@dataclass(frozen=True)
class Nursery:
    """`guaranteed`: places owed to families on a path of insertion, where not their operator counts them."""

    name: str
    openings: Sequence[Opening]
    held_back: Sequence[HeldBack] = ()
    there: Sequence[ChildThere] = ()
    hours: Mapping[str, float] = field(default_factory=lambda: dict(HOURS))
    guaranteed: int = 0


def months_from(first: str, count: int = MONTHS_AHEAD) -> list[str]:
    """`count` months from `first` on."""
    begin = _number(first)
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(begin, begin + count)]


def _number(month: str) -> int:
    year, number = month.split("-")
    return int(year) * 12 + int(number) - 1


def _is_in(month: str, since: str, until: str | None) -> bool:
    return since <= month and (until is None or month <= until)


@dataclass(frozen=True)
class Moment:
    """A nursery at one half-day of one month. `there` by band; `first_band` does not walk."""

    most: int
    there: Mapping[str, int]
    sections: Mapping[str, int]
    adults: int | None
    first_band: str

    @property
    def free(self) -> int:
        """Places, whatever the age."""
        return max(0, self.most - sum(self.there.values()))

    def free_in(self, band: str) -> int:
        """Children of one band who could still come."""
        free = self.free
        if band in self.sections:
            free = min(free, self.sections[band] - self.there.get(band, 0))
        if self.adults is not None:
            taken = sum(number * self._share(name) for name, number in self.there.items())
            free = min(free, (self.adults * ADULT - taken) // self._share(band))
        return max(0, free)

    def _share(self, band: str) -> int:
        return FIRST_BAND if band == self.first_band else OTHER_BANDS


@dataclass(frozen=True)
class Stretch:
    """Free places of a band in a month: those on every open half-day, and the most on any of them."""

    whole_week: int
    any_half_day: int


@dataclass(frozen=True)
class Horizon:
    """The months, half-days and ages that limits are told for."""

    months: Sequence[str]
    half_days: Sequence[str]
    bands: Sequence[Band]

    def band(self, born: str, month: str) -> str:
        """The band of a child in a month; before its birth, the first."""
        age = _number(month) - _number(born)
        return [band.name for band in self.bands if band.from_age <= max(age, 0)][-1]

    def label(self, name: str) -> str:
        """A band as people read it."""
        return next((band.label for band in self.bands if band.name == name and band.label), name)

    def band_of(self, child: ChildThere, month: str) -> str:
        """Where a child is who is there: never below its age."""
        names = [band.name for band in self.bands]
        by_age = self.band(child.born, month)
        return max(child.band, by_age, key=names.index) if child.band else by_age

    def there(self, nursery: Nursery) -> Iterator[ChildThere]:
        """Children who are there in the first month."""
        return (child for child in nursery.there if _is_in(self.months[0], "", child.until))

    def opening(self, nursery: Nursery, month: str) -> Opening | None:
        """The row of a month. Raises Contradiction where two of them say something of it."""
        rows = [row for row in nursery.openings if _is_in(month, row.since, row.until)]
        if len(rows) > 1:
            facts = {"name": nursery.name, "month": in_month(month)}
            raise Contradiction(_("%(name)s : deux lignes de capacité se contredisent %(month)s.") % facts, month)
        return rows[0] if rows else None

    def authorised(self, nursery: Nursery, month: str) -> dict[str, int]:
        """Children authorised at once by half-day, less those held back in that month."""
        row = self.opening(nursery, month)
        held = [one for one in nursery.held_back if _is_in(month, one.since, one.until)]
        return {
            day: authorised - sum(one.places for one in held if one.half_days is None or day in one.half_days)
            for day in self.half_days
            if row is not None and (authorised := row.authorised.get(day, 0))
        }

    def moments(self, nursery: Nursery) -> dict[tuple[str, str], Moment]:
        """What is free by month and half-day, as the round counts it; a closed half-day has no entry."""
        moments = {}
        there = [(child, child.half_days, child.until) for child in self.there(nursery)]
        for month in self.months:
            row = self.opening(nursery, month)
            if row is None:
                continue
            staying = [(days, self.band_of(child, month)) for child, days, until in there if _is_in(month, "", until)]
            for day, authorised in self.authorised(nursery, month).items():
                by_band = Counter(band for days, band in staying if day in days)
                most = authorised * row.overshoot // 100
                moments[month, day] = Moment(most, by_band, row.sections, row.adults.get(day), self.bands[0].name)
        return moments

    def free(self, nursery: Nursery) -> dict[tuple[str, str], int]:
        """Free places by month and half-day, as the round counts them; a closed half-day has no entry."""
        return {where: moment.free for where, moment in self.moments(nursery).items()}

    def free_hours(self, nursery: Nursery, month: str) -> float:
        """Hours of a week that nobody has yet: 100 % of the authorised ones, whatever the overshoot."""
        open_hours = sum(
            places * nursery.hours[day[-2:]] for day, places in self.authorised(nursery, month).items() if places > 0
        )
        staying = (one for one in self.there(nursery) if _is_in(month, "", one.until))
        return max(0, open_hours - sum(self._week_hours(nursery, one) for one in staying))

    @staticmethod
    def _week_hours(nursery: Nursery, child: ChildThere) -> float:
        return child.week_hours if child.week_hours is not None else sum(nursery.hours[d[-2:]] for d in child.half_days)

    def stretches(self, nursery: Nursery) -> dict[tuple[str, str], Stretch]:
        """Free places by month and band; a month without any open half-day has no entry."""
        by_month: dict[str, dict[str, Moment]] = {}
        for (month, day), moment in self.moments(nursery).items():
            by_month.setdefault(month, {})[day] = moment
        found = {}
        for month, days in by_month.items():
            hours = self.free_hours(nursery, month)
            week = sum(nursery.hours[day[-2:]] for day in days)
            for band in self.bands:
                free = {day: moment.free_in(band.name) for day, moment in days.items()}
                found[month, band.name] = Stretch(
                    int(min(*free.values(), hours // week)),
                    int(max(min(number, hours // nursery.hours[day[-2:]]) for day, number in free.items())),
                )
        return found

    def limits(self, nursery: Nursery, guaranteed_missing: int | None = None) -> dict[str, Any]:
        """The nursery as a round of the contract says it. `guaranteed_missing`: its share, if the operator counts.

        Raises Contradiction.
        """
        self.judge(nursery)
        rows = [self.opening(nursery, month) for month in self.months]
        missing = self.guaranteed_missing(nursery) if guaranteed_missing is None else guaranteed_missing
        part: dict[str, Any] = {
            "authorised": [self.authorised(nursery, month) for month in self.months],
            "overshoot": [row.overshoot if row else LEAST_OVERSHOOT for row in rows],
            "sections": [dict(row.sections) if row else {} for row in rows],
            "adults": [dict(row.adults) if row else {} for row in rows],
            "hours": dict(nursery.hours),
            "guaranteed_missing": missing,
            "present": [self._present(child) for child in self.there(nursery)],
        }
        return part

    def _present(self, child: ChildThere) -> dict[str, Any]:
        until = child.until if child.until is not None and child.until < self.months[-1] else None
        part = {
            "child": child.number,
            "half_days": [day for day in self.half_days if day in child.half_days],
            "bands": [self.band_of(child, month) for month in self.months],
            "until": until,
        }
        return part if child.week_hours is None else part | {"week_hours": child.week_hours}

    def guaranteed_missing(self, nursery: Nursery) -> int:
        """Guaranteed places that nobody has who is there in the first month."""
        return max(0, nursery.guaranteed - sum(child.is_guaranteed for child in self.there(nursery)))

    # --- what contradicts the authorisation -------------------------------------------------------------------------

    def judge(self, nursery: Nursery) -> None:
        """Raises Contradiction with the first thing that contradicts the authorisation."""
        for number, times in Counter(child.number for child in nursery.there).items():
            if times > 1:
                facts = {"name": nursery.name, "number": number}
                raise Contradiction(_("%(name)s : l’enfant n° %(number)s est compté deux fois.") % facts)
        there = list(self.there(nursery))
        for month in self.months:
            row = self.opening(nursery, month)
            if row is not None:
                self._judge_row(nursery, row, month)
            self._judge_children(nursery, row, month, there)

    def _judge_row(self, nursery: Nursery, row: Opening, month: str) -> None:
        if not LEAST_OVERSHOOT <= row.overshoot <= MOST_OVERSHOOT:
            facts = {"name": nursery.name, "month": in_month(month), "overshoot": row.overshoot}
            sentence = _("%(name)s : un dépassement de %(overshoot)d %% %(month)s n’est pas permis (100 à 115 %%).")
            raise Contradiction(sentence % facts, month)
        for day, places in self.authorised(nursery, month).items():
            if places < 0:
                facts = self._where(nursery, month, day) | {"places": row.authorised[day]}
                sentence = _(
                    "%(name)s : plus de places réservées que les %(places)d autorisées le %(half_day)s %(month)s."
                )
                raise Contradiction(sentence % facts, month, day)
        day, most = max(
            ((day, row.authorised.get(day, 0) * row.overshoot // 100) for day in self.half_days), key=lambda one: one[1]
        )
        for band, places in row.sections.items():
            if places > most:
                facts = self._where(nursery, month, day) | {"band": self.label(band), "places": places, "most": most}
                sentence = _(
                    "%(name)s : la section « %(band)s » compte %(places)d places, plus que les %(most)d autorisées le "
                    "%(half_day)s %(month)s."
                )
                raise Contradiction(sentence % facts, month, day)

    def _judge_children(self, nursery: Nursery, row: Opening | None, month: str, there: Sequence[ChildThere]) -> None:
        staying = [one for one in there if _is_in(month, "", one.until)]
        by_day = Counter(day for one in staying for day in one.half_days)
        for day in self.half_days:
            authorised = row.authorised.get(day, 0) if row is not None else 0
            if by_day[day] and not authorised:
                first = next(one.number for one in staying if day in one.half_days)
                facts = self._where(nursery, month, day) | {"number": first}
                sentence = _("%(name)s : fermé le %(half_day)s %(month)s, où l’enfant n° %(number)s est inscrit.")
                raise Contradiction(sentence % facts, month, day)
            most = authorised * row.overshoot // 100 if row is not None else 0
            if by_day[day] > most:
                facts = self._where(nursery, month, day) | {"there": by_day[day], "most": most}
                sentence = _("%(name)s : %(there)d enfants présents le %(half_day)s %(month)s pour %(most)d autorisés.")
                raise Contradiction(sentence % facts, month, day)

    @staticmethod
    def _where(nursery: Nursery, month: str, day: str) -> dict[str, Any]:
        return {"name": nursery.name, "month": in_month(month), "half_day": say_half_day(day)}


def spread(missing: int, sizes: Mapping[str, int]) -> dict[str, int]:
    """An operator's missing guaranteed places over its nurseries, by their authorised places.

    Largest remainders; among equal ones the larger nursery, then the name. Staff may change what this proposes.
    """
    total = sum(sizes.values())
    if not total:
        return dict.fromkeys(sizes, 0)
    exact = {name: Fraction(missing * size, total) for name, size in sizes.items()}
    shares = {name: int(share) for name, share in exact.items()}
    order = sorted(sizes, key=lambda name: (shares[name] - exact[name], -sizes[name], name))
    for name in order[: missing - sum(shares.values())]:
        shares[name] += 1
    return shares


def operator_missing(nurseries: Iterable[Nursery], owed: int, horizon: Horizon) -> dict[str, int]:
    """What is missing of the places an operator owes over all its nurseries, by their size in the first month."""
    nurseries = list(nurseries)
    there = sum(child.is_guaranteed for nursery in nurseries for child in horizon.there(nursery))
    sizes = {}
    for nursery in nurseries:
        row = horizon.opening(nursery, horizon.months[0])
        sizes[nursery.name] = max(row.authorised.values(), default=0) if row else 0
    return spread(max(0, owed - there), sizes)
