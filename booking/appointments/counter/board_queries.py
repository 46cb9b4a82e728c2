"""What the day board reads: a version for those who ask every few seconds, and the whole board in a fixed number."""

from collections import Counter as Tally
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.appointments.counter.board_actions import Subject, last_step
from booking.appointments.counter.board_cards import (
    APPOINTMENT,
    TICKET,
    Card,
    CardFacts,
    CardWords,
    card_of,
    card_of_ticket,
    say_counted,
)
from booking.appointments.counter.day_queries import DayLine, bounds, line_of, people_of
from booking.appointments.counter.order import call_order, for_counter
from booking.appointments.counter.walk_in_queries import half_of, quota_for
from booking.appointments.enums import BoardStatus, State
from booking.appointments.models import (
    Appointment,
    BoardStep,
    Counter,
    WalkInTicket,
)
from booking.appointments.search.choices import appointment_types
from municipalities.database.versions import version_of
from municipalities.models import Facility, StaffMember
from notifications.queries import unreachable

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


@dataclass(frozen=True, slots=True)
class BoardRow:
    """All that begins within one half-hour; a list of cards per column, in the order of the columns."""

    starts_at: datetime
    cells: list[list[Card]]
    is_now: bool = False

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=30)

    @property
    def is_settled(self) -> bool:
        """Nothing remains to be done for anybody in it."""
        return not any(card.is_open for cell in self.cells for card in cell)

    @property
    def key(self) -> str:
        return f"{timezone.localtime(self.starts_at):%H%M}"


@dataclass(frozen=True)
class Board:
    """`rows` are open, `past` are the half-hours gone by that need nobody any more. `mine` is the agent's counter."""

    facility: Facility
    day: date
    now: datetime
    counters: list[Counter]
    rows: list[BoardRow]
    tickets: list[Card]
    last: BoardStep | None
    places: int = 0
    cards: list[Card] = field(default_factory=list)
    past: list[BoardRow] = field(default_factory=list)
    mine: Counter | None = None
    order: list[Card] = field(default_factory=list)

    @property
    def counts(self) -> list[tuple[BoardStatus, int, str]]:
        """How many stand where, with the word that follows the number; places where nobody stands are left out."""
        return _counted((*self.cards, *self.tickets))

    @property
    def past_counts(self) -> list[tuple[BoardStatus, int, str]]:
        """The same of the half-hours that are folded away."""
        return _counted(card for row in self.past for cell in row.cells for card in cell)

    @property
    def serving(self) -> list[Card]:
        """Whom the agent's own counter has called."""
        mine = self.mine
        if mine is None:
            return []
        called = [card for card in (*self.cards, *self.tickets) if card.status == BoardStatus.SERVING]
        return [card for card in called if card.called_to == mine.pk]

    def has(self, key: str) -> bool:
        return any(card.key == key for card in (*self.cards, *self.tickets))

    def is_folded(self, key: str) -> bool:
        return any(card.key == key for row in self.past for cell in row.cells for card in cell)

    def next_card(self) -> Card | None:
        """Whom an agent is most likely to turn to: who is to be called next, else who is expected next."""
        return next(iter(self.order), None) or next((card for card in self.cards if card.is_open), None)


def _counted(cards: Iterable[Card]) -> list[tuple[BoardStatus, int, str]]:
    found = Tally(card.status for card in cards)
    return [(status, found[status], say_counted(status, found[status])) for status in BoardStatus if found[status]]


def board_of(
    facility: Facility, day: date, staff: StaffMember, *, now: datetime | None = None, mine: int | None = None
) -> Board:
    """The whole board. Eight queries at most, however many counters and people; with a counter of one's own, nine."""
    now = now or timezone.now()
    today = timezone.localdate(now)
    is_today = day == today
    counters = sorted(_counters(facility, day), key=lambda counter: _by_number(counter.name))
    words = CardWords({counter.pk: counter.name for counter in counters})
    cards = _cards(facility, day, now if is_today else None, words, is_past=day < today)
    tickets = [card_of_ticket(row, now, words) for row in _tickets(facility, day)]
    places = quota_for(facility, day, half_of(now)) if is_today else 0
    last = last_step(facility_id=facility.pk, by=staff, now=now) if is_today else None
    own = next((counter for counter in counters if counter.pk == mine), None)
    order = call_order((*cards, *tickets), now) if is_today else []
    if own is not None and order:
        types = set(Counter.types.through.objects.filter(counter=own.pk).values_list("appointmenttype", flat=True))
        order = for_counter(order, own.pk, types)
    rows = _rows(cards, counters, now if is_today else None)
    begun = next((row.starts_at for row in rows if row.is_now), None)
    past = [row for row in rows if begun is not None and row.starts_at < begun and row.is_settled]
    rows = [row for row in rows if row not in past]
    return Board(facility, day, now, counters, rows, tickets, last, places, cards, past, own, order)


def _counters(facility: Facility, day: date) -> list[Counter]:
    """Those in service, and those out of service where somebody was booked that day. One query."""
    start, end = bounds(day)
    booked = Appointment.objects.filter(facility=facility, starts_at__gte=start, starts_at__lt=end)
    used = Q(pk__in=booked.exclude(state=State.HELD).values("counter"))
    return list(Counter.objects.filter(Q(is_active=True, facility=facility) | used).only("name"))


def _cards(facility: Facility, day: date, now: datetime | None, words: CardWords, *, is_past: bool) -> list[Card]:
    """Values and no instances: a busy day has 180 appointments, and boards ask often."""
    start, end = bounds(day)
    rows = list(
        Appointment.objects.filter(facility=facility, starts_at__gte=start, starts_at__lt=end)
        .exclude(state=State.HELD)
        .order_by("starts_at", "pk")
        .values_list(
            "pk", version_of(Appointment), "type", "starts_at", "counter", "people_count", "state", "arrived_at",
            "called_at", "served_at", "skipped_at", "called_to", "priority", "accessibility",
            "is_assisted", "urgent_reason",
        )
    )  # fmt: skip
    types = appointment_types()
    ids = [row[0] for row in rows]
    lost, people = unreachable(ids), people_of(ids)
    cards = []
    for (
        pk, version, type_id, at, counter, count, state, arrived, called, served, skipped, called_to, priority,
        needs, is_assisted, urgent,
    ) in rows:  # fmt: skip
        facts = CardFacts(
            f"{APPOINTMENT}-{pk}", version, types[type_id], at, counter, count, state, arrived, called, served,
            skipped, called_to, priority, needs, is_assisted, bool(urgent),
            [(one.called, one.pre_application_number) for one in people.get(pk, [])], pk in lost,
        )  # fmt: skip
        cards.append(card_of(facts, now, words, is_past=is_past))
    return cards


def _by_number(name: str) -> tuple[tuple[int, int, str], ...]:
    """« Guichet 10 » after « Guichet 9 »."""
    parts = "".join(char if char.isdecimal() else f" {char} " for char in name).split()
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)


def _tickets(facility: Facility, day: date) -> list[WalkInTicket]:
    return list(
        WalkInTicket.objects.filter(facility=facility, day=day)
        .annotate(version=version_of(WalkInTicket))
        .select_related("type")
        .order_by("half", "number")
    )


def _rows(cards: Sequence[Card], counters: Sequence[Counter], now: datetime | None) -> list[BoardRow]:
    column = {counter.pk: place for place, counter in enumerate(counters)}
    cells: dict[datetime, list[list[Card]]] = {}
    for card in cards:
        assert card.counter_id is not None
        row = cells.setdefault(_half_hour(card.starts_at), [[] for _counter in counters])
        row[column[card.counter_id]].append(card)
    begun = max((start for start in cells if now is not None and start <= now), default=None)
    return [BoardRow(start, row, start == begun) for start, row in sorted(cells.items())]


def _half_hour(moment: datetime) -> datetime:
    return moment.replace(minute=moment.minute // 30 * 30, second=0, microsecond=0)


def subject_of(facility: Facility, staff: StaffMember, key: str) -> Subject | None:
    """The appointment or ticket of a key, at this facility and seen by this person."""
    kind, _dash, given = key.partition("-")
    try:
        pk = UUID(given)
    except ValueError:
        return None
    if kind == APPOINTMENT:
        return (
            Appointment.objects.at_counters_of(staff)
            .filter(facility=facility, pk=pk)
            .exclude(state=State.HELD)
            .annotate(version=version_of(Appointment))
            .select_related("type", "counter", "called_to", "home_municipality", "booked_by")
            .defer("home_municipality__logo")
            .first()
        )
    if kind == TICKET:
        return (
            WalkInTicket.objects.visible_to(staff)
            .filter(facility=facility, pk=pk)
            .annotate(version=version_of(WalkInTicket))
            .select_related("type", "called_to")
            .first()
        )
    return None


@dataclass(frozen=True)
class Sheet:
    """Everything about the row that is chosen: numbers, documents, contact."""

    card: Card
    subject: Subject
    line: DayLine | None

    @property
    def moments(self) -> list[tuple[str, datetime]]:
        subject = self.subject
        named = ((_("arrivé"), subject.arrived_at), (_("appelé"), subject.called_at), (_("fini"), subject.served_at))
        return [(word, at) for word, at in named if at is not None]


def sheet_of(facility: Facility, staff: StaffMember, key: str) -> Sheet | None:
    """The details of one row. A fixed number of queries."""
    now = timezone.now()
    subject = subject_of(facility, staff, key)
    if subject is None:
        return None
    words = CardWords({subject.called_to.pk: subject.called_to.name} if subject.called_to else {})
    if isinstance(subject, WalkInTicket):
        return Sheet(card_of_ticket(subject, now, words), subject, None)
    day, today = subject.local_day, timezone.localdate(now)
    line = line_of(subject, facility.municipality_id, day)
    facts = CardFacts(
        key, str(subject.version), subject.type, subject.starts_at, subject.counter_id,  # type: ignore[attr-defined]
        subject.people_count, str(subject.state), subject.arrived_at, subject.called_at, subject.served_at,
        subject.skipped_at, subject.called_to_id, subject.priority, subject.accessibility, subject.is_assisted,
        bool(subject.urgent_reason),
        [(str(one.person), one.person.pre_application_number) for one in line.people], bool(line.unreached),
    )  # fmt: skip
    card = card_of(facts, now if day == today else None, words, is_past=day < today)
    return Sheet(card, subject, line)
