"""What one asks of the calendar and what it answers, as values."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Literal, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from booking.appointments.free_time.visibility import Viewer
from booking.appointments.models import AppointmentType
from municipalities.models import Facility


class FacilityStatus(models.TextChoices):
    OPEN = "open", _("disponible")
    FULL = "full", _("complet")
    CLOSED = "closed", _("fermé")
    NOT_RELEASED = "not_released", _("pas encore ouvert à la réservation")
    RESERVED = "reserved", _("réservé à ses habitants")


class DayStatus(models.TextChoices):
    FREE = "free", _("places libres")
    FULL = "full", _("complet")
    CLOSED = "closed", _("fermé")
    NOT_RELEASED = "not_released", _("pas encore ouvert à la réservation")
    RESERVED = "reserved", _("réservé aux habitants")
    PAST = "past", _("passé")


class Slot(NamedTuple):
    """A start one can take at a facility. `free` counters are free for it; `ends_at` is that of the first of them."""

    facility: Facility
    starts_at: datetime
    ends_at: datetime
    people: int
    free: int = 1

    @property
    def token(self) -> str:
        """`<facility id>-<UTC minute>`, short enough for an address."""
        return f"{self.facility.pk}-{self.starts_at.astimezone(UTC):%Y%m%d%H%M}"


_TOKEN = re.compile(r"([0-9]{1,11})-([0-9]{12})")


def parse_token(token: str) -> tuple[int, datetime]:
    """The facility id (0: any place that offers it) and the start of a slot's token. Raises ValueError."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise ValueError("not a slot")
    return int(found[1]), datetime.strptime(found[2], "%Y%m%d%H%M").replace(tzinfo=UTC)


@dataclass(frozen=True)
class FacilityAnswer:
    facility: Facility
    distance_km: float | None
    first: Slot | None
    status: FacilityStatus


@dataclass(frozen=True)
class DayAnswer:
    day: date
    status: DayStatus


@dataclass(frozen=True)
class DayFacility:
    facility: Facility
    distance_km: float | None
    slots: list[Slot]

    @property
    def minutes(self) -> int:
        """How long an appointment takes there."""
        return int((self.slots[0].ends_at - self.slots[0].starts_at).total_seconds()) // 60


@dataclass(frozen=True)
class Search:
    """What somebody asks. Dates are local and inclusive; `earliest`/`latest` bound the local hour of the start."""

    type: AppointmentType
    people: int = 1
    viewer: Viewer = field(default_factory=Viewer)
    facilities: tuple[int, ...] | None = None
    from_day: date | None = None
    until_day: date | None = None
    weekdays: frozenset[int] = frozenset()
    earliest: time | None = None
    latest: time | None = None
    sort: Literal["soonest", "nearest"] = "soonest"
    day: date | None = None
    month: date | None = None
    limit: int = 12


@dataclass(frozen=True)
class Answer:
    """All that a search page says. `day` is the day whose times are listed: asked for, or the first bookable."""

    soonest: Slot | None
    nearest: Slot | None
    first: list[Slot]
    facilities: list[FacilityAnswer]
    month: list[DayAnswer]
    day: date | None
    day_facilities: list[DayFacility]
    previous_day: date | None
    next_day: date | None
    released_next_at: datetime | None
