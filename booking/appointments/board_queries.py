"""What the day board reads: a version for those who ask every few seconds, and the whole board in a fixed number."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.appointments.actions.board import Subject, last_step, version_of
from booking.appointments.actions.walk_ins import half_of, quota_for
from booking.appointments.enums import Accessibility, BoardStatus, State
from booking.appointments.models import (
    Appointment,
    AppointmentPerson,
    AppointmentType,
    BoardStep,
    Counter,
    WalkInTicket,
)
from booking.appointments.models.presence import Presence
from booking.appointments.staff_queries import DayLine, bounds, lines
from municipalities.models import Facility, StaffMember
from municipalities.wording import say_time
from notifications.queries import unreachable

#: Addresses of one row on the board: `rdv-<uuid>` or `ticket-<uuid>`.
APPOINTMENT, TICKET = "rdv", "ticket"
#: An appointment that began so long ago and whose person has not come is late.
LATE_AFTER = timedelta(minutes=5)

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
class Card:
    """One appointment or ticket as the board shows it, ready to be written: a busy board has 180 of them.

    `waited` counts minutes from arriving to being called; `flags` are (kind, word) of what needs care.
    """

    key: str
    version: str
    status: BoardStatus
    title: str
    type_name: str
    starts_at: datetime
    counter_id: int | None = None
    arrived_at: datetime | None = None
    waited: int | None = None
    is_late: bool = False
    flags: tuple[tuple[str, str], ...] = ()
    # Words and classes as plain text.
    state: str = ""
    css: str = ""
    word: str = ""
    hour: str = ""

    @property
    def is_open(self) -> bool:
        """Something remains to be done for this person."""
        return self.status in STILL_OPEN

    @property
    def is_waiting(self) -> bool:
        return self.status == BoardStatus.ARRIVED and self.waited is not None


class _Words:
    """What the cards of one board have in common, translated once."""

    def __init__(self) -> None:
        self.status = {status: str(status.label) for status in BoardStatus}
        self.needs = {need.value: str(need.label) for need in Accessibility}
        self.late = _("en retard")
        self.urgent = _("urgence")
        self.no_number = _("n° manquant")
        self.unreached = _("non joint")
        self.assisted = _("accompagné")
        self.nameless = _("sans nom")
        self._hours: dict[datetime, str] = {}

    def hour(self, moment: datetime) -> str:
        if moment not in self._hours:
            self._hours[moment] = say_time(moment)
        return self._hours[moment]

    def state(self, status: BoardStatus, waited: int | None, is_late: bool) -> str:
        if is_late:
            return f"{self.status[status]}, {self.late}"
        if status == BoardStatus.ARRIVED and waited is not None:
            return f"{self.status[status]} · {waited} min"
        return self.status[status]

    def kind(self, kind: AppointmentType, people: int) -> str:
        name = str(kind.name)
        return (
            name
            if people < 2
            else ngettext("%(name)s · %(people)s pers.", "%(name)s · %(people)s pers.", people)
            % {
                "name": name,
                "people": people,
            }
        )


STILL_OPEN = (BoardStatus.EXPECTED, BoardStatus.ARRIVED, BoardStatus.SERVING)


@dataclass(frozen=True, slots=True)
class Row:
    """All that begins within one half-hour; a list of cards per column, in the order of the columns."""

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
            return min(waiting, key=lambda card: card.arrived_at or self.now)
        return next((card for card in self.cards if card.is_open), None)


def board_of(facility: Facility, day: date, staff: StaffMember, *, now: datetime | None = None) -> Board:
    """The whole board. Eight queries at most, however many counters and people."""
    now = now or timezone.now()
    is_today = day == timezone.localdate(now)
    words = _Words()
    cards = _cards(facility, day, now if is_today else None, words)
    counters = sorted(
        Counter.objects.filter(
            Q(facility=facility, is_active=True) | Q(pk__in={card.counter_id for card in cards})
        ).only("name"),
        key=lambda counter: _by_number(counter.name),
    )
    tickets = [_ticket_card(row, now, words) for row in _tickets(facility, day)]
    places = quota_for(facility, day, half_of(now)) if is_today else 0
    last = last_step(facility_id=facility.pk, by=staff, now=now) if is_today else None
    rows = _rows(cards, counters, now if is_today else None)
    return Board(facility, day, now, counters, rows, tickets, last, places, cards)


def _cards(facility: Facility, day: date, now: datetime | None, words: _Words) -> list[Card]:
    """Values and no instances: a busy day has 180 appointments, and boards ask often."""
    start, end = bounds(day)
    rows = list(
        Appointment.objects.filter(facility=facility, starts_at__gte=start, starts_at__lt=end)
        .exclude(state=State.HELD)
        .order_by("starts_at", "pk")
        .values_list(
            "pk", version_of(Appointment), "type", "counter", "starts_at", "people_count", "state", "arrived_at",
            "called_at", "served_at", "accessibility", "is_assisted", "urgent_reason",
        )
    )  # fmt: skip
    ids = [row[0] for row in rows]
    types = AppointmentType.objects.in_bulk({row[2] for row in rows})
    lost = unreachable(ids)
    people: dict[UUID, list[tuple[str, str]]] = {}
    for appointment, last_name, first_name, number in (
        AppointmentPerson.objects.filter(appointment__in=ids)
        .order_by("position")
        .values_list("appointment", "last_name", "first_name", "pre_application_number")
    ):
        people.setdefault(appointment, []).append((f"{last_name} {first_name}".strip(), number))
    cards = []
    for pk, version, type_id, counter, at, count, state, arrived, called, served, needs, assisted, urgent in rows:
        presence = Appointment(state=state, arrived_at=arrived, called_at=called, served_at=served)
        cards.append(
            _card(
                f"{APPOINTMENT}-{pk}", version, presence, types[type_id], at, now, words,
                people=people.get(pk, []), counter_id=counter, people_count=count, is_unreached=pk in lost,
                needs=needs, is_assisted=assisted, is_urgent=bool(urgent),
            )
        )  # fmt: skip
    return cards


def _card(
    key: str,
    version: str,
    presence: Presence,
    kind: AppointmentType,
    starts_at: datetime,
    now: datetime | None,
    words: _Words,
    *,
    people: Sequence[tuple[str, str]],
    counter_id: int,
    people_count: int,
    is_unreached: bool,
    needs: Sequence[str],
    is_assisted: bool,
    is_urgent: bool,
) -> Card:
    """`people` are names with their numbers; `now` None on another day, when nobody waits and nobody is late."""
    status = presence.board_status
    is_late = now is not None and status == BoardStatus.EXPECTED and now - starts_at > LATE_AFTER
    waited = presence.waited_minutes(now) if now is not None else None
    flags = []
    if is_urgent:
        flags.append(("bad", words.urgent))
    # The number of a person who has been served is nobody's concern any more.
    if status in STILL_OPEN and kind.needs_number and not all(number for _name, number in people):
        flags.append(("warn", words.no_number))
    if is_unreached and status == BoardStatus.EXPECTED:
        flags.append(("bad", words.unreached))
    flags += [("info", words.needs.get(need, need)) for need in needs]
    if is_assisted:
        flags.append(("info", words.assisted))
    return Card(
        key=key,
        version=version,
        status=status,
        title=_names([name for name, _number in people], words),
        type_name=words.kind(kind, people_count),
        starts_at=starts_at,
        counter_id=counter_id,
        arrived_at=presence.arrived_at,
        waited=waited,
        is_late=is_late,
        flags=tuple(flags),
        state=status.value,
        css=f"{status.value} bd-late" if is_late else status.value,
        word=words.state(status, waited, is_late),
        hour=words.hour(starts_at),
    )


def _names(names: Sequence[str], words: _Words) -> str:
    first = next((name for name in names if name), words.nameless)
    return first if len(names) < 2 else f"{first} +{len(names) - 1}"


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


def _ticket_card(row: WalkInTicket, now: datetime, words: _Words) -> Card:
    assert row.arrived_at is not None
    status, waited = row.board_status, row.waited_minutes(now)
    return Card(
        key=f"{TICKET}-{row.pk}",
        version=str(row.version),  # type: ignore[attr-defined]
        status=status,
        title=_("Ticket %(number)s") % {"number": row.label},
        type_name=words.kind(row.type, row.people_count),
        starts_at=row.arrived_at,
        arrived_at=row.arrived_at,
        waited=waited,
        flags=(("info", words.assisted),) if row.is_assisted else (),
        state=status.value,
        css=status.value,
        word=words.state(status, waited, False),
        hour=words.hour(row.arrived_at),
    )


def _rows(cards: Sequence[Card], counters: Sequence[Counter], now: datetime | None) -> list[Row]:
    column = {counter.pk: place for place, counter in enumerate(counters)}
    cells: dict[datetime, list[list[Card]]] = {}
    for card in cards:
        assert card.counter_id is not None
        row = cells.setdefault(_half_hour(card.starts_at), [[] for _counter in counters])
        row[column[card.counter_id]].append(card)
    begun = max((start for start in cells if now is not None and start <= now), default=None)
    return [Row(start, row, start == begun) for start, row in sorted(cells.items())]


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
    subject: Subject
    line: DayLine | None

    @property
    def moments(self) -> list[tuple[str, datetime]]:
        subject = self.subject
        named = ((_("arrivé"), subject.arrived_at), (_("appelé"), subject.called_at), (_("fini"), subject.served_at))
        return [(word, at) for word, at in named if at is not None]


def sheet_of(facility: Facility, staff: StaffMember, key: str, *, now: datetime | None = None) -> Sheet | None:
    """The details of one row. A fixed number of queries."""
    now = now or timezone.now()
    subject = subject_of(facility, staff, key)
    if subject is None:
        return None
    words = _Words()
    if isinstance(subject, WalkInTicket):
        return Sheet(_ticket_card(subject, now, words), subject, None)
    day = timezone.localdate(subject.starts_at)
    (line,) = lines([subject], facility.municipality_id, day)
    card = _card(
        key, str(subject.version), subject, subject.type, subject.starts_at,  # type: ignore[attr-defined]
        now if day == timezone.localdate(now) else None, words,
        people=[(str(one.person), one.person.pre_application_number) for one in line.people],
        counter_id=subject.counter_id, people_count=subject.people_count, is_unreached=bool(line.unreached),
        needs=subject.accessibility, is_assisted=subject.is_assisted, is_urgent=bool(subject.urgent_reason),
    )  # fmt: skip
    return Sheet(card, subject, line)
