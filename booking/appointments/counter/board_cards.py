"""The cards of the day board: one person or party each, ready to be written. A busy board has 180 of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext

from booking.appointments.enums import Accessibility, BoardStatus, PriorityReason
from booking.appointments.models import AppointmentType, WalkInTicket
from booking.appointments.models.presence import minutes_waited, say_status, status_of
from municipalities.wording import say_time

#: Addresses of one row on the board: `rdv-<uuid>` or `ticket-<uuid>`.
APPOINTMENT, TICKET = "rdv", "ticket"
#: An appointment that began so long ago and whose person has not come is late.
LATE_AFTER = timedelta(minutes=5)
STILL_OPEN = (BoardStatus.EXPECTED, BoardStatus.ARRIVED, BoardStatus.SERVING)


@dataclass(frozen=True, slots=True)
class Card:
    """One appointment or ticket as the board shows it.

    `waited` counts minutes from arriving to being called; `flags` are (kind, word) of what needs care. `state`, `css`,
    `word` and `hour` are words and classes as plain text.
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
    type_id: int = 0
    skipped_at: datetime | None = None
    called_to: int | None = None
    priority: str = ""
    state: str = ""
    css: str = ""
    word: str = ""
    hour: str = ""

    @property
    def is_ticket(self) -> bool:
        """Its title is a number, which is read and called whole."""
        return self.key.startswith(TICKET)

    @property
    def is_open(self) -> bool:
        """Something remains to be done for this person."""
        return self.status in STILL_OPEN

    @property
    def is_waiting(self) -> bool:
        return self.status == BoardStatus.ARRIVED and self.waited is not None


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a card says of an appointment, as the database has it: no instance, which would cost more than the card.

    `people` are names with their pre-application numbers.
    """

    key: str
    version: str
    kind: AppointmentType
    starts_at: datetime
    counter_id: int
    people_count: int
    state: str
    arrived_at: datetime | None
    called_at: datetime | None
    served_at: datetime | None
    skipped_at: datetime | None
    called_to: int | None
    priority: str
    needs: Sequence[str]
    is_assisted: bool
    is_urgent: bool
    people: Sequence[tuple[str, str]]
    is_unreached: bool


class CardWords:
    """What the cards of one board have in common, translated once."""

    def __init__(self, counters: Mapping[int, str] | None = None) -> None:
        self.counters = counters or {}
        self.reasons = {reason.value: str(reason.label) for reason in PriorityReason}
        self.status = {status: str(status.label) for status in BoardStatus}
        self.needs = {need.value: str(need.label) for need in Accessibility}
        self.late = _("en retard")
        self.urgent = _("urgence")
        self.no_number = _("n° manquant")
        self.unreached = _("non joint")
        self.assisted = _("accompagné")
        self.nameless = _("sans nom")
        self._hours: dict[datetime, str] = {}
        self._kinds: dict[tuple[int, int], str] = {}

    def hour(self, moment: datetime) -> str:
        if moment not in self._hours:
            self._hours[moment] = say_time(moment)
        return self._hours[moment]

    def state(
        self, status: BoardStatus, waited: int | None, is_late: bool, state: str = "", called_to: int | None = None
    ) -> str:
        if status == BoardStatus.CANCELLED:
            return say_status(status, state)
        if is_late:
            return f"{self.status[status]}, {self.late}"
        if status == BoardStatus.ARRIVED and waited is not None:
            return f"{self.status[status]} · {waited} min"
        if status == BoardStatus.SERVING and called_to is not None and called_to in self.counters:
            return f"{self.status[status]} · {self.counters[called_to]}"
        return self.status[status]

    def kind(self, kind: AppointmentType, people: int) -> str:
        key = (kind.pk, people)
        if key not in self._kinds:
            said = {"name": str(kind.name), "people": people}
            many = ngettext("%(name)s · %(people)s pers.", "%(name)s · %(people)s pers.", people)
            self._kinds[key] = str(kind.name) if people < 2 else many % said
        return self._kinds[key]

    def names(self, names: Sequence[str]) -> str:
        first = next((name for name in names if name), self.nameless)
        return first if len(names) < 2 else f"{first} +{len(names) - 1}"


def say_counted(status: BoardStatus, number: int) -> str:
    """« 24 » attendus, « 1 » absent: the word that follows so many people."""
    match status:
        case BoardStatus.EXPECTED:
            return npgettext("après un nombre", "attendu", "attendus", number)
        case BoardStatus.ARRIVED:
            return npgettext("après un nombre", "arrivé", "arrivés", number)
        case BoardStatus.SERVING:
            return npgettext("après un nombre", "au guichet", "au guichet", number)
        case BoardStatus.SERVED:
            return npgettext("après un nombre", "servi", "servis", number)
        case BoardStatus.INCOMPLETE:
            return npgettext("après un nombre", "dossier incomplet", "dossiers incomplets", number)
        case BoardStatus.NO_SHOW:
            return npgettext("après un nombre", "absent", "absents", number)
        case BoardStatus.CANCELLED:
            return npgettext("après un nombre", "annulé", "annulés", number)
        case BoardStatus.UNSETTLED:
            return npgettext("après un nombre", "sans suite notée", "sans suite notée", number)


def card_of(facts: CardFacts, now: datetime | None, words: CardWords, *, is_past: bool = False) -> Card:
    """`now` is None on another day than today, when nobody waits and nobody is late."""
    status = status_of(facts.state, facts.arrived_at, facts.called_at, is_past=is_past)
    is_late = now is not None and status == BoardStatus.EXPECTED and now - facts.starts_at > LATE_AFTER
    waited = minutes_waited(facts.arrived_at, facts.called_at, facts.served_at, now) if now is not None else None
    flags = [("info", words.reasons[facts.priority])] if facts.priority and status in STILL_OPEN else []
    if facts.is_urgent:
        flags.append(("bad", words.urgent))
    # The number of a person who has been served is nobody's concern any more.
    if status in STILL_OPEN and facts.kind.needs_number and not all(number for _name, number in facts.people):
        flags.append(("warn", words.no_number))
    if facts.is_unreached and status == BoardStatus.EXPECTED:
        flags.append(("bad", words.unreached))
    flags += [("info", words.needs.get(need, need)) for need in facts.needs]
    if facts.is_assisted:
        flags.append(("info", words.assisted))
    return Card(
        key=facts.key,
        version=facts.version,
        status=status,
        title=words.names([name for name, _number in facts.people]),
        type_name=words.kind(facts.kind, facts.people_count),
        starts_at=facts.starts_at,
        counter_id=facts.counter_id,
        arrived_at=facts.arrived_at,
        waited=waited,
        is_late=is_late,
        flags=tuple(flags),
        type_id=facts.kind.pk,
        skipped_at=facts.skipped_at,
        called_to=facts.called_to,
        priority=facts.priority,
        state=status.value,
        css=f"{status.value} bd-late" if is_late else status.value,
        word=words.state(status, waited, is_late, facts.state, facts.called_to),
        hour=words.hour(facts.starts_at),
    )


def card_of_ticket(row: WalkInTicket, now: datetime, words: CardWords) -> Card:
    """`row` is annotated with its `version`."""
    assert row.arrived_at is not None
    status, waited = row.board_status, row.waited_minutes(now)
    flags = [("info", words.reasons[row.priority])] if row.priority and status in STILL_OPEN else []
    if row.is_assisted:
        flags.append(("info", words.assisted))
    return Card(
        key=f"{TICKET}-{row.pk}",
        version=str(row.version),  # type: ignore[attr-defined]
        status=status,
        title=_("Ticket %(number)s") % {"number": row.label},
        type_name=words.kind(row.type, row.people_count),
        starts_at=row.arrived_at,
        arrived_at=row.arrived_at,
        waited=waited,
        flags=tuple(flags),
        type_id=row.type_id,
        skipped_at=row.skipped_at,
        called_to=row.called_to_id,
        priority=row.priority,
        state=status.value,
        css=status.value,
        word=words.state(status, waited, False, called_to=row.called_to_id),
        hour=words.hour(row.arrived_at),
    )
