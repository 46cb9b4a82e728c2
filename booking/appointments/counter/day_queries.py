"""What the staff pages read: the day of a facility, counts of today, people to find. Each a fixed number of queries."""

from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from booking.appointments.counter.board_cards import say_counted
from booking.appointments.documents.queries import PersonDocuments, age_groups, all_papers
from booking.appointments.enums import CANCELLED, Accessibility, BoardStatus, Situation, State, UrgentReason
from booking.appointments.models import (
    Appointment,
    AppointmentType,
    Counter,
    Fee,
    RequiredDocument,
    WalkInTicket,
)
from booking.appointments.models.presence import say_status, status_of
from booking.appointments.search.choices import appointment_types
from municipalities.models import Facility, Municipality, StaffMember
from municipalities.zone import ZONE
from notifications.queries import unreachable

#: Nothing remains to be done for whoever stands there.
DONE = (BoardStatus.SERVED, BoardStatus.INCOMPLETE, BoardStatus.NO_SHOW)


class DayPerson(NamedTuple):
    """One person as the database has it: a busy day has hundreds, and an instance costs several times as much."""

    pk: int
    first_name: str
    last_name: str
    birth_year: int | None
    is_minor: bool
    situation: str
    pre_application_number: str

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def called(self) -> str:
        """As lists are in order of: « Fictive Odile »."""
        return f"{self.last_name} {self.first_name}".strip()

    @property
    def initials(self) -> str:
        """« O. F. »: enough to recognise who stands there with a reference, and no name."""
        return " ".join(f"{name[0].upper()}." for name in (self.first_name, self.last_name) if name)

    def get_situation_display(self) -> str:
        return str(_SITUATIONS.get(self.situation, self.situation))


class DayAppointment(NamedTuple):
    """One appointment as the database has it, with its few types, counters and towns made once for all rows."""

    pk: UUID
    type: AppointmentType
    counter: Counter
    home_municipality: Municipality | None
    reference: str
    starts_at: datetime
    ends_at: datetime
    people_count: int
    state: str
    email: str
    phone: str
    language: str
    accessibility: list[str]
    is_assisted: bool
    urgent_reason: str
    cancel_reason: str
    arrived_at: datetime | None
    called_at: datetime | None
    served_at: datetime | None
    counter_note: str
    cancel_channel: str

    @property
    def status(self) -> BoardStatus:
        is_past = self.starts_at.astimezone(ZONE).date() < timezone.now().astimezone(ZONE).date()
        return status_of(self.state, self.arrived_at, self.called_at, is_past=is_past)

    @property
    def status_word(self) -> str:
        return say_status(self.status, self.state)

    def get_urgent_reason_display(self) -> str:
        return str(UrgentReason(self.urgent_reason).label) if self.urgent_reason else ""


_SITUATIONS = {one.value: one.label for one in Situation}
_NEEDS = {one.value: one.label for one in Accessibility}


@dataclass(frozen=True, slots=True)
class PersonLine:
    """`papers` is one object for all of the same type, age and situation."""

    person: DayPerson
    papers: PersonDocuments
    is_number_missing: bool

    @property
    def documents(self) -> list[RequiredDocument]:
        return self.papers.lines

    @property
    def fees(self) -> list[Fee]:
        return self.papers.fees


@dataclass(frozen=True, slots=True)
class DayLine:
    """One appointment of the day list. `unreached` names the channels whose newest message did not arrive."""

    appointment: DayAppointment
    people: list[PersonLine]
    unreached: list[str]

    @property
    def is_cancelled(self) -> bool:
        return self.appointment.state in CANCELLED

    @property
    def is_booked(self) -> bool:
        return self.appointment.state == State.BOOKED

    @property
    def is_to_come(self) -> bool:
        """Whether it may still be moved."""
        return self.is_booked and self.appointment.starts_at > timezone.now()

    @property
    def papers(self) -> list[PersonDocuments]:
        """What each of these people brings, for what all of them pay."""
        return [line.papers for line in self.people]

    @property
    def needs(self) -> list[str]:
        return [str(_NEEDS.get(need, need)) for need in self.appointment.accessibility]


def bounds(day: date) -> tuple[datetime, datetime]:
    """The local day as `[start, end)`."""
    start = timezone.make_aware(datetime.combine(day, time.min))
    return start, timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def day_list(facility: Facility, day: date) -> list[DayLine]:
    """All that is booked at a facility on a local day, in order of hour and counter; holds are not people yet."""
    start, end = bounds(day)
    booked = Appointment.objects.filter(facility=facility, starts_at__gte=start, starts_at__lt=end)
    return lines(booked.exclude(state=State.HELD), facility.municipality_id, day)


def lines(found: QuerySet[Appointment], municipality_id: int, day: date) -> list[DayLine]:
    """These appointments with people, documents and undelivered messages. Six queries, however many rows."""
    rows = list(
        found.order_by("starts_at", "counter__name", "pk").values_list(
            "pk", "type", "counter", "home_municipality", *DayAppointment._fields[4:]
        )
    )
    # Few types, counters and towns: each is made once, where a join would make them again for every row.
    types = appointment_types()
    counters = Counter.objects.only("name").in_bulk({row[2] for row in rows})
    towns = Municipality.objects.only("name").in_bulk({row[3] for row in rows} - {None})
    made = [
        DayAppointment(pk, types[kind], counters[counter], towns.get(town), *rest)
        for pk, kind, counter, town, *rest in rows
    ]
    return _with_people(made, municipality_id, day)


def line_of(one: Appointment, municipality_id: int, day: date) -> DayLine:
    """The same of one that is read already, with its type, counter and town. Two queries."""
    made = DayAppointment(*(getattr(one, name) for name in DayAppointment._fields))
    (line,) = _with_people([made], municipality_id, day)
    return line


_PEOPLE = f"""
SELECT appointment_id, id, {", ".join(DayPerson._fields[1:])} FROM appointments_appointmentperson
WHERE appointment_id = ANY(%s) ORDER BY position
"""


def people_of(ids: list[UUID]) -> dict[UUID, list[DayPerson]]:
    """The people of these appointments, in their order. One query, with one value for all of a day's appointments."""
    people: dict[UUID, list[DayPerson]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, [ids])
        for appointment, *about in cursor.fetchall():
            people.setdefault(appointment, []).append(DayPerson(*about))
    return people


def _with_people(rows: Sequence[DayAppointment], municipality_id: int, day: date) -> list[DayLine]:
    ids = [row.pk for row in rows]
    people, lost = people_of(ids), unreachable(ids)
    papers = _Papers(municipality_id, day)
    return [
        DayLine(row, [papers.line(row.type, one) for one in people.get(row.pk, [])], lost.get(row.pk, []))
        for row in rows
    ]


class _Papers:
    """What is asked of a day's people, looked up once for all of the same type, age and situation."""

    def __init__(self, municipality_id: int, day: date) -> None:
        self._of = partial(all_papers().of, municipality_id=municipality_id, on=day)
        self._day = day
        self._known: dict[tuple[int, frozenset[str], str], PersonDocuments] = {}

    def line(self, kind: AppointmentType, person: DayPerson) -> PersonLine:
        ages = age_groups(birth_year=person.birth_year, is_minor=person.is_minor, on=self._day)
        key = (kind.pk, ages, person.situation)
        if key not in self._known:
            (self._known[key],) = self._of(type_id=kind.pk, people=[person])
        return PersonLine(person, self._known[key], kind.needs_number and not person.pre_application_number)


@dataclass(frozen=True)
class FacilityDay:
    """`waiting`: people who are there and not yet called, tickets included. `following`: the next day with people."""

    facility: Facility
    booked: int
    by_status: Mapping[BoardStatus, int] = field(default_factory=dict)
    waiting: int = 0
    following: date | None = None

    @property
    def done(self) -> int:
        return sum(self.by_status.get(status, 0) for status in DONE)

    @property
    def counts(self) -> list[tuple[int, str]]:
        """How many stand where, with the word of the board."""
        return [
            (number, say_counted(status, number)) for status in BoardStatus if (number := self.by_status.get(status))
        ]

    @property
    def waiting_word(self) -> str:
        return say_counted(BoardStatus.ARRIVED, self.waiting)


def todays_facilities(staff: StaffMember) -> list[FacilityDay]:
    """The facilities with counters that this person sees, with what is booked there today. Four queries at most."""
    today = timezone.localdate()
    start, end = bounds(today)
    facilities = (
        Facility.objects.visible_to(staff)
        .filter(counters__isnull=False, is_active=True)
        .select_related("municipality")
        .defer("municipality__logo")
        .distinct()
        .order_by("municipality__slug", "slug")
    )
    counts: dict[int, Tally[BoardStatus]] = {}
    appointments = Appointment.objects.at_counters_of(staff)
    for facility_id, state, arrived_at, called_at in (
        appointments.filter(starts_at__gte=start, starts_at__lt=end)
        .exclude(state__in=[State.HELD, *CANCELLED])
        .values_list("facility", "state", "arrived_at", "called_at")
    ):
        counts.setdefault(facility_id, Tally())[status_of(state, arrived_at, called_at)] += 1
    there = Q(state=State.BOOKED, arrived_at__isnull=False, called_at__isnull=True)
    tickets = WalkInTicket.objects.visible_to(staff).filter(there, day=today)
    waiting = Tally(tickets.values_list("facility", flat=True))
    days = []
    for facility in facilities:
        found = counts.get(facility.pk, Tally())
        there_now = waiting[facility.pk] + found[BoardStatus.ARRIVED]
        days.append(FacilityDay(facility, found.total(), found, there_now))
    empty = [day.facility.pk for day in days if not day.booked]
    if not empty:
        return days
    later = appointments.booked().filter(facility__in=empty, starts_at__gte=end).order_by()
    first = dict(later.values_list("facility").annotate(first=Min("starts_at")))
    return [
        replace(day, following=timezone.localdate(first[day.facility.pk])) if day.facility.pk in first else day
        for day in days
    ]


def next_day_with_people(facility: Facility, after: date) -> date | None:
    """The first later day somebody is expected at a facility. One query."""
    _start, end = bounds(after)
    found = Appointment.objects.booked().filter(facility=facility, starts_at__gte=end).aggregate(first=Min("starts_at"))
    return timezone.localdate(found["first"]) if found["first"] else None
