"""What the day board reads: a version for those who ask every few seconds, and the whole board in a fixed number."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.appointments.actions.board import Subject, last_step, version_of
from booking.appointments.actions.walk_ins import half_of, quota_for
from booking.appointments.enums import Accessibility, BoardStatus, State
from booking.appointments.models import Appointment, AppointmentPerson, BoardStep, Counter, WalkInTicket
from booking.appointments.staff_queries import DayLine, bounds, lines
from municipalities.models import Facility, StaffMember
from notifications.queries import unreachable

#: Addresses of one row on the board: `rdv-<uuid>` or `ticket-<uuid>`.
APPOINTMENT, TICKET = "rdv", "ticket"
#: An appointment that has begun so many minutes ago and whose person has not come is late.
LATE_AFTER = 5

_VERSION = """
SELECT md5(coalesce(string_agg(v.version, ',' ORDER BY v.version), '')) FROM (
    SELECT a.id::text || a.xmin::text AS version FROM appointments_appointment a
    WHERE a.facility_id = %(facility)s AND a.starts_at >= %(start)s AND a.starts_at < %(end)s AND a.state <> 'held'
    UNION ALL
    SELECT m.id::text || m.state FROM appointments_appointment a JOIN notifications_message m ON m.subject_id = a.id
    WHERE a.facility_id = %(facility)s AND a.starts_at >= %(start)s AND a.starts_at < %(end)s AND a.state <> 'held'
    AND m.state IN ('bounced', 'failed', 'delivered')
    UNION ALL
    SELECT t.id::text || t.xmin::text FROM appointments_walkinticket t
    WHERE t.facility_id = %(facility)s AND t.day = %(day)s
) v
"""


def board_version(facility: Facility, day: date) -> str:
    """Another text as soon as anything on the board of that day has changed. One query."""
    start, end = bounds(day)
    with connection.cursor() as cursor:
        cursor.execute(_VERSION, {"facility": facility.pk, "day": day, "start": start, "end": end})
        return str(cursor.fetchone()[0])


@dataclass(frozen=True)
class Card:
    """One appointment or ticket as the board shows it. `waited` counts minutes from arriving to being called."""

    key: str
    subject: Subject
    status: BoardStatus
    title: str
    waited: int | None = None
    is_waiting: bool = False
    is_late: bool = False
    missing_numbers: int = 0
    is_unreached: bool = False
    needs: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        return str(self.subject.version)  # type: ignore[union-attr]

    @property
    def is_open(self) -> bool:
        """Something remains to be done for this person."""
        return self.status in (BoardStatus.EXPECTED, BoardStatus.ARRIVED, BoardStatus.SERVING)


@dataclass(frozen=True)
class Row:
    """All that begins at one time; a list of cards per column, in the order of the columns."""

    starts_at: datetime
    cells: list[list[Card]]
    is_now: bool = False


@dataclass(frozen=True)
class Board:
    facility: Facility
    day: date
    now: datetime
    counters: list[Counter]
    rows: list[Row]
    tickets: list[Card]
    last: BoardStep | None
    places: int = 0
    cards: list[Card] = field(default_factory=list)

    @property
    def counts(self) -> list[tuple[BoardStatus, int]]:
        everything = [*self.cards, *self.tickets]
        found = [(status, sum(card.status == status for card in everything)) for status in BoardStatus]
        return [(status, number) for status, number in found if number]

    def next_card(self) -> Card | None:
        """Whom an agent is most likely to turn to: who waits longest, else who is expected next."""
        waiting = [card for card in [*self.cards, *self.tickets] if card.is_waiting]
        if waiting:
            return min(waiting, key=lambda card: card.subject.arrived_at or self.now)
        return next((card for card in self.cards if card.is_open), None)


def board_of(facility: Facility, day: date, staff: StaffMember, *, now: datetime | None = None) -> Board:
    """The whole board. Six queries at most, however many counters and people."""
    now = now or timezone.now()
    start, end = bounds(day)
    appointments = list(
        Appointment.objects.filter(facility=facility, starts_at__gte=start, starts_at__lt=end)
        .exclude(state=State.HELD)
        .annotate(version=version_of(Appointment))
        .select_related("type")
        .only(
            "reference", "type__code", "type__name", "type__needs_number", "type__kind", "facility", "counter",
            "starts_at", "ends_at", "people_count", "state", "arrived_at", "called_at", "served_at", "accessibility",
            "is_assisted", "urgent_reason",
        )
        .prefetch_related("people")
        .order_by("starts_at", "pk")
    )  # fmt: skip
    lost = unreachable([row.pk for row in appointments])
    counters = sorted(
        Counter.objects.filter(
            Q(facility=facility, is_active=True) | Q(pk__in={row.counter_id for row in appointments})
        ),
        key=lambda counter: _by_number(counter.name),
    )
    is_today = day == timezone.localdate(now)
    cards = [_card(row, row.pk in lost, now if is_today else None) for row in appointments]
    tickets = [_ticket_card(row, now) for row in _tickets(facility, day)]
    places = quota_for(facility, day, half_of(now)) if is_today else 0
    last = last_step(facility_id=facility.pk, by=staff, now=now) if is_today else None
    rows = _rows(cards, counters, now if is_today else None)
    return Board(facility, day, now, counters, rows, tickets, last, places, cards)


def _by_number(name: str) -> tuple[tuple[int, int, str], ...]:
    """« Guichet 10 » after « Guichet 9 »."""
    parts = "".join(char if char.isdigit() else f" {char} " for char in name).split()
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)


def _tickets(facility: Facility, day: date) -> list[WalkInTicket]:
    return list(
        WalkInTicket.objects.filter(facility=facility, day=day)
        .annotate(version=version_of(WalkInTicket))
        .select_related("type")
        .order_by("half", "number")
    )


def _rows(cards: Sequence[Card], counters: Sequence[Counter], now: datetime | None) -> list[Row]:
    column = {counter.pk: place for place, counter in enumerate(counters)}
    cells: dict[datetime, list[list[Card]]] = {}
    for card in cards:
        assert isinstance(card.subject, Appointment)
        row = cells.setdefault(card.subject.starts_at, [[] for _counter in counters])
        row[column[card.subject.counter_id]].append(card)
    begun = max((start for start in cells if now is not None and start <= now), default=None)
    return [Row(start, row, start == begun) for start, row in sorted(cells.items())]


def _card(row: Appointment, is_unreached: bool, now: datetime | None) -> Card:
    people = sorted(row.people.all(), key=lambda person: person.position)
    status = row.board_status
    # From the day itself on, the number of a person who has been served is nobody's concern any more.
    missing = sum(not person.pre_application_number for person in people) if row.type.needs_number else 0
    late = (
        now is not None and status == BoardStatus.EXPECTED and (now - row.starts_at).total_seconds() > LATE_AFTER * 60
    )
    return Card(
        key=f"{APPOINTMENT}-{row.pk}",
        subject=row,
        status=status,
        title=_names(people),
        waited=row.waited_minutes(now) if now is not None else None,
        is_waiting=now is not None and status == BoardStatus.ARRIVED,
        is_late=late,
        missing_numbers=missing if status in _STILL_OPEN else 0,
        is_unreached=is_unreached and status == BoardStatus.EXPECTED,
        needs=tuple(str(_NEEDS.get(need, need)) for need in row.accessibility),
    )


_STILL_OPEN = (BoardStatus.EXPECTED, BoardStatus.ARRIVED, BoardStatus.SERVING)
_NEEDS = dict(Accessibility.choices)


def _names(people: Sequence[AppointmentPerson]) -> str:
    named = [f"{person.last_name} {person.first_name}".strip() for person in people]
    first = next((name for name in named if name), str(_("sans nom")))
    return first if len(people) == 1 else f"{first} +{len(people) - 1}"


def _ticket_card(row: WalkInTicket, now: datetime) -> Card:
    status = row.board_status
    return Card(
        key=f"{TICKET}-{row.pk}",
        subject=row,
        status=status,
        title=str(_("Ticket %(number)s") % {"number": row.label}),
        waited=row.waited_minutes(now),
        is_waiting=status == BoardStatus.ARRIVED,
    )


def subject_of(facility: Facility, staff: StaffMember, key: str) -> Subject | None:
    """The appointment or ticket of a key, at this facility and seen by this person."""
    kind, _dash, given = key.partition("-")
    try:
        pk = UUID(given)
    except ValueError:
        return None
    if kind == APPOINTMENT:
        return (
            Appointment.objects.visible_to(staff)
            .filter(facility=facility, pk=pk)
            .exclude(state=State.HELD)
            .annotate(version=version_of(Appointment))
            .select_related("type", "counter", "home_municipality", "booked_by")
            .defer("calendar_entry", "home_municipality__logo")
            .first()
        )
    if kind == TICKET:
        return (
            WalkInTicket.objects.visible_to(staff)
            .filter(facility=facility, pk=pk)
            .annotate(version=version_of(WalkInTicket))
            .select_related("type")
            .first()
        )
    return None


@dataclass(frozen=True)
class Sheet:
    """Everything about the row that is chosen: numbers, documents, contact."""

    card: Card
    line: DayLine | None

    @property
    def moments(self) -> list[tuple[str, datetime]]:
        subject = self.card.subject
        named = ((_("arrivé"), subject.arrived_at), (_("appelé"), subject.called_at), (_("fini"), subject.served_at))
        return [(word, at) for word, at in named if at is not None]


def sheet_of(facility: Facility, staff: StaffMember, key: str, *, now: datetime | None = None) -> Sheet | None:
    """The details of one row. A fixed number of queries."""
    now = now or timezone.now()
    subject = subject_of(facility, staff, key)
    if subject is None:
        return None
    if isinstance(subject, WalkInTicket):
        return Sheet(_ticket_card(subject, now), None)
    day = timezone.localdate(subject.starts_at)
    (line,) = lines([subject], facility.municipality_id, day)
    is_today = day == timezone.localdate(now)
    return Sheet(_card(subject, bool(line.unreached), now if is_today else None), line)


def walk_ins_between(facility_ids: Sequence[int], first: date, last: date) -> dict[int, tuple[int, int]]:
    """Tickets given and people they stand for, by facility, for the figures. Days are inclusive. One query."""
    rows = (
        WalkInTicket.objects.filter(facility__in=facility_ids, day__gte=first, day__lte=last)
        .order_by()
        .values_list("facility")
        .annotate(tickets=Count("pk"), people=Sum("people_count"))
    )
    return {facility_id: (tickets, people) for facility_id, tickets, people in rows}
