"""Small territories for tests of the calendar: town halls whose counters share one agenda."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from booking.appointments.bookings.confirming import BookingDetails, PersonDetails, confirm_booking
from booking.appointments.bookings.holds import hold_slot
from booking.appointments.enums import TypeKind
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.messages.entry import calendar_entries
from booking.appointments.models import Appointment, AppointmentType, CalendarPool, Counter, WaitingListEntry
from booking.appointments.planning.openings import configuration_change
from booking.appointments.waiting_list.messages import WAITING_SUBJECT
from booking.residents.actions import exchange, mint_link
from municipalities.models import Facility, Municipality
from tests.factories.appointments import (
    AppointmentTypeFactory,
    CalendarPoolFactory,
    CounterFactory,
    OpeningPeriodFactory,
    PoolShareFactory,
    ReleasePolicyFactory,
)
from tests.factories.municipalities import FacilityFactory, MunicipalityFactory
from tests.people import ODILE, Resident


@dataclass
class World:
    type: AppointmentType
    pool: CalendarPool
    facilities: list[Facility]
    counters: list[Counter]

    @property
    def municipality(self) -> Municipality:
        return self.facilities[0].municipality

    def hold(self, starts_at: datetime, **more: Any) -> Appointment:
        """Hold that start at the first town hall, as a resident with a browser called `lune`."""
        return hold_slot(
            **{
                "type": self.type,
                "people": 1,
                "facility": self.facilities[0],
                "starts_at": starts_at,
                "viewer": Viewer.resident(),
                "browser": "lune",
                "address": "192.0.2.1",
            }
            | more
        )

    def book(self, starts_at: datetime, *people: Resident, **more: Any) -> Appointment:
        """Hold and confirm for these people (Odile alone unless told)."""
        people = people or (ODILE,)
        browser = more.pop("browser", "lune")
        hold = self.hold(starts_at, people=len(people), browser=browser, **more)
        return confirm_booking(hold_id=hold.pk, browser=browser, details=booking_of(*people))


def booking_of(*people: Resident, **more: Any) -> BookingDetails:
    first = people[0]
    return BookingDetails(
        **{
            "people": [PersonDetails(**person.details()) for person in people],
            "email": first.email,
            "phone": first.phone,
            "language": first.language,
        }
        | more
    )


def reached(*entries: WaitingListEntry) -> list[WaitingListEntry]:
    """Each of them opens the link of their message once: offers go to nobody else."""
    for entry in entries:
        until = timezone.now() + timedelta(days=60)
        exchange(token=mint_link(subject_type=WAITING_SUBJECT, subject_id=entry.pk, expires_at=until))
    return list(entries)


def entry_of(appointment: Appointment) -> str:
    """The calendar entry as its holder gets it now."""
    shown = Appointment.objects.select_related("type", "facility__municipality", "booked_through")
    return calendar_entries([shown.get(pk=appointment.pk)])[appointment.pk]


def shared_calendar(
    *,
    town_halls: int = 1,
    counters: int = 1,
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4),
    opens: time = time(8),
    closes: time = time(12),
    notice_minutes: int = 0,
    **type_fields: Any,
) -> World:
    """So many town halls with so many counters each, open these weekdays, all of it shared for one type."""
    kind = AppointmentTypeFactory.create(**({"kind": TypeKind.DEPOSIT} | type_fields))
    pool = CalendarPoolFactory.create(types=[kind])
    ReleasePolicyFactory.create(notice_minutes=notice_minutes, horizon_days=90)
    facilities, all_counters = [], []
    with configuration_change(by=None):
        for _n in range(town_halls):
            facility = FacilityFactory.create(municipality=MunicipalityFactory.create())
            facilities.append(facility)
            for _m in range(counters):
                counter = CounterFactory.create(facility=facility, types=[kind])
                all_counters.append(counter)
                PoolShareFactory.create(pool=pool, counter=counter)
                for weekday in weekdays:
                    OpeningPeriodFactory.create(counter=counter, weekday=weekday, starts=opens, ends=closes)
    return World(kind, pool, facilities, all_counters)


def day_ahead(weekday: int = 1, weeks: int = 2) -> date:
    """That weekday some weeks from now: far from today's notice, near enough to be released."""
    from tests.factories.appointments import next_weekday

    return next_weekday(weekday, weeks=weeks)
