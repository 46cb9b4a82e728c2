"""What everybody may know of the nurseries' places, as cached: the numbers of the round, told in steps."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.nurseries.capacity import Nursery as Counted
from booking.nurseries.capacity import Stretch
from booking.nurseries.enums import Section
from booking.nurseries.explanations import thresholds
from booking.nurseries.models import ApplicationChild, CommissionMeeting, Nursery, Round, TownChildcare
from booking.nurseries.models.requests import LIVE
from booking.nurseries.supply.reading import capacity_of, horizon, month_of, names_of, with_supply
from municipalities.database.cached import cached_until_changed
from municipalities.directory import facilities
from municipalities.languages import Translated
from municipalities.models import Facility

#: Below this many, a number about families is not told.
ENOUGH_TO_TELL = 5
#: So many requests for each place that comes free, and chances are poor.
POOR_FROM = 3
#: Months in which places are said to come free.
YEAR = 12

Free = Mapping[tuple[str, str], Stretch]


@dataclass(frozen=True)
class Open:
    """One nursery as the public sees it. `free` by month and section: what the round counts from this month on."""

    pk: int
    facility: Facility
    presentation: Translated
    accepts_occasional: bool
    free: Free
    months: Sequence[str]

    def at(self, month: str, section: str) -> Stretch | None:
        """None where nothing is open."""
        return self.free.get((month, section))

    @property
    def coming(self) -> int:
        """Places for a whole week that are free at some moment of the year to come, section by section."""
        ahead = self.months[:YEAR]
        return sum(
            max((free.whole_week for month in ahead if (free := self.at(month, one)) is not None), default=0)
            for one in Section
        )


@dataclass
class _Read:
    """All active nurseries; what is free is counted once for each month in which it is asked."""

    rows: list[tuple[Nursery, Counted]]
    by_month: dict[str, dict[str, Open]] = field(default_factory=dict)


@cached_until_changed
def _read() -> _Read:
    found = with_supply(Nursery.objects.active()).order_by("facility__slug")
    return _Read([(one, capacity_of(one)) for one in found])


def published(today: date | None = None) -> dict[str, Open]:
    """Active nurseries by the address of their facility, in the order of their names."""
    month = month_of(today or timezone.localdate())
    read = _read()
    if month not in read.by_month:
        ahead = horizon(month)
        places = facilities()
        read.by_month[month] = {
            place.slug: Open(
                one.pk, place, one.presentation, one.accepts_occasional, ahead.stretches(counted), tuple(ahead.months)
            )
            for one, counted in read.rows
            if (place := places.get(one.facility_id)) is not None
        }
    return read.by_month[month]


def step(number: int) -> str:
    """Free places as the public reads them: a step, for a day changes the number."""
    if number <= 0:
        return _("complet")
    if number <= 2:
        return _("1 à 2")
    return _("3 à 5") if number <= 5 else _("plus de 5")


@dataclass(frozen=True)
class Demand:
    """Children whose families ask for a nursery now; None where too few to be told. `coming`: places of a year."""

    asked: int | None
    coming: int

    @property
    def per_place(self) -> float | None:
        return self.asked / self.coming if self.asked is not None and self.coming else None

    @property
    def is_poor(self) -> bool:
        return not self.coming or (self.per_place or 0) >= POOR_FROM


def demands(nurseries: Sequence[Open]) -> dict[int, Demand]:
    """By key of the nursery. A draft asks for nothing yet."""
    children = ApplicationChild.objects.filter(is_live=True, application__received_at__isnull=False)
    asked = children.filter(application__state__in=LIVE, application__wishes__nursery__in=[one.pk for one in nurseries])
    counted = dict(asked.values_list("application__wishes__nursery").annotate(n=Count("pk", distinct=True)))
    return {
        one.pk: Demand(number if (number := counted.get(one.pk, 0)) >= ENOUGH_TO_TELL else None, one.coming)
        for one in nurseries
    }


def last_admitted() -> dict[tuple[int, str], float]:
    """Points of the last child admitted in the latest published round, by key of the nursery and section.

    Only where at least five were admitted by their points (`explanations.thresholds`).
    """
    latest = Round.objects.published().order_by("-meets_on", "-pk").values_list("pk", "decided_digest").first()
    if latest is None:
        return {}
    keys = {name: pk for pk, name in names_of([one for one, _counted in _read().rows]).items()}
    return {(keys[name], band): points for (name, band), points in _thresholds(*latest) if name in keys}


@lru_cache(maxsize=4)
def _thresholds(pk: int, _digest: str) -> tuple[tuple[tuple[str, str], float], ...]:
    """What is published stays: read once."""
    decided, answer = Round.objects.values_list("decided", "answer").get(pk=pk)
    found = thresholds(json.loads(decided), json.loads(answer))
    return tuple(((one.facility, one.band), one.points) for one in found if one.points is not None)


@dataclass(frozen=True)
class Door:
    """What a home page says: nurseries, those with a place for a whole week within a year, the next commission."""

    nurseries: int
    with_places: int
    next_meeting: date | None


def door(today: date | None = None) -> Door | None:
    """None where no nursery is published."""
    day = today or timezone.localdate()
    found = published(day).values()
    meeting = next((one.meets_on for one in meetings() if one.meets_on >= day), None)
    return Door(len(found), sum(one.coming > 0 for one in found), meeting) if found else None


@cached_until_changed
def meetings() -> list[CommissionMeeting]:
    """All of them, past ones too, in their order."""
    return list(CommissionMeeting.objects.select_related("authority"))


@cached_until_changed
def childcare() -> dict[int, TownChildcare]:
    """By key of the municipality."""
    return {one.municipality_id: one for one in TownChildcare.objects.all()}
