"""The steps of a day at the counter: arrived, called, done, and back again after a wrong click.

Every step says which version of the row the board showed. The version is the database's own (`xmin`): whatever path a
change takes, a move, a cancellation by the resident, a colleague's click, the row has another one, and nothing is
overwritten.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from booking.appointments.bookings.confirming import NUMBER_CONSTRAINT, in_use
from booking.appointments.counter.day_queries import bounds
from booking.appointments.enums import CANCELLED, BoardStatus, PriorityReason, State
from booking.appointments.exceptions import NotFromHere, NotYourDay, StaleBoard
from booking.appointments.models import Appointment, AppointmentPerson, BoardStep, Counter, WalkInTicket
from booking.appointments.models.presence import OF_THE_DAY
from municipalities.database.transactions import patient_transaction
from municipalities.database.versions import version_of
from municipalities.models import Facility, StaffMember
from municipalities.models.audit import AuditEntry
from municipalities.wording import say_moment, say_time

Subject = Appointment | WalkInTicket
FINISHED = (State.ATTENDED, State.INCOMPLETE, State.NO_SHOW)


@dataclass(frozen=True)
class Moments:
    """What a step changes of a row, and what undoing restores."""

    state: str
    arrived_at: datetime | None = None
    called_at: datetime | None = None
    served_at: datetime | None = None
    skipped_at: datetime | None = None
    recalled_at: datetime | None = None
    called_to: int | None = None
    priority: str = ""

    @classmethod
    def of(cls, subject: Subject) -> "Moments":
        instants = {name: getattr(subject, name) for name in _INSTANTS}
        return cls(str(subject.state), called_to=subject.called_to_id, priority=subject.priority, **instants)

    @classmethod
    def kept(cls, kept: dict[str, Any]) -> "Moments":
        """Steps of before an instant was known say nothing about it."""
        instants = {name: parse_datetime(kept[name]) for name in _INSTANTS if kept.get(name)}
        return cls(kept["state"], called_to=kept.get("called_to"), priority=kept.get("priority", ""), **instants)

    def to_keep(self) -> dict[str, Any]:
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in vars(self).items()}

    def same_step(self, other: "Moments") -> bool:
        """Whether both stand at the same point, whenever they came there; one may be called again and again."""
        rest = ("state", "skipped_at", "recalled_at", "priority")
        return all(getattr(self, name) == getattr(other, name) for name in rest) and all(
            (getattr(self, name) is None) == (getattr(other, name) is None) for name in _INSTANTS
        )


_INSTANTS = ("arrived_at", "called_at", "served_at", "skipped_at", "recalled_at")


def arrive(*, subject: Subject, version: str, by: StaffMember) -> BoardStep | None:
    """The person is here. Raises StaleBoard, NotYourDay, NotFromHere, Busy. None when it was so already."""

    def changed(now: datetime, was: Moments) -> Moments:
        if was.state != State.BOOKED or was.called_at:
            raise NotFromHere
        return replace(was, arrived_at=was.arrived_at or now)

    return _step(subject, version, by, changed)


def call(*, subject: Subject, version: str, by: StaffMember, counter: Counter | None = None) -> BoardStep | None:
    """The person is called to the counter; nobody is called who is not here, so that is noted too. Raises as above.

    Without a counter, an appointment is called to the one it was booked at.
    """
    to = counter.pk if counter else subject.counter_id if isinstance(subject, Appointment) else None

    def changed(now: datetime, was: Moments) -> Moments:
        if was.state != State.BOOKED:
            raise NotFromHere
        if was.called_at:
            return was
        return replace(was, arrived_at=was.arrived_at or now, called_at=now, called_to=to, skipped_at=None)

    return _step(subject, version, by, changed)


def recall(*, subject: Subject, version: str, by: StaffMember) -> BoardStep | None:
    """The same call once more, for somebody who has not come to the counter. Raises as above."""

    def changed(now: datetime, was: Moments) -> Moments:
        if was.state != State.BOOKED or not was.called_at:
            raise NotFromHere
        return replace(was, recalled_at=now)

    return _step(subject, version, by, changed)


def skip(*, subject: Subject, version: str, by: StaffMember) -> BoardStep | None:
    """Whoever does not answer waits again, after all who are there by now. Raises as above."""

    def changed(now: datetime, was: Moments) -> Moments:
        if was.state != State.BOOKED or not was.arrived_at:
            raise NotFromHere
        return replace(was, called_at=None, called_to=None, recalled_at=None, skipped_at=now)

    return _step(subject, version, by, changed)


def prioritise(*, subject: Subject, version: str, by: StaffMember, reason: str) -> BoardStep | None:
    """The person is called before others, for a reason; without one, no longer. Raises as above."""
    if reason and reason not in PriorityReason.values:
        raise NotFromHere

    def changed(_now: datetime, was: Moments) -> Moments:
        if was.state != State.BOOKED:
            raise NotFromHere
        return replace(was, priority=reason)

    return _step(subject, version, by, changed)


def settle(*, subject: Subject, state: str, version: str, by: StaffMember) -> BoardStep | None:
    """What became of somebody on a day that is over: at what time nobody knows any more, so none is noted.

    Raises as above.
    """
    if state not in FINISHED:
        raise NotFromHere

    def changed(_now: datetime, was: Moments) -> Moments:
        if was.state not in (state, State.BOOKED):
            raise NotFromHere
        return replace(was, state=str(state))

    return _step(subject, version, by, changed, is_over=True)


def close_day(*, facility: Facility, day: date, by: StaffMember, now: datetime | None = None) -> list[BoardStep]:
    """Whoever was expected by now and never came is absent: one step each, all of one instant. Raises NotYourDay, Busy.

    Who is noted as arrived is left: they came, and somebody has to say what became of them.
    """
    now = now or timezone.now()
    if day > timezone.localdate(now):
        raise NotYourDay
    start, end = bounds(day)
    with patient_transaction(by=by):
        rows = list(
            Appointment.objects.booked()
            .filter(facility=facility, starts_at__gte=start, starts_at__lt=end, ends_at__lte=now, arrived_at=None)
            .order_by("pk")
            .select_for_update(of=("self",))
        )
        held = AppointmentPerson.objects.filter(appointment__in=rows, holds_number=True)
        numbers: dict[UUID, list[int]] = {}
        for appointment, person in held.order_by("pk").values_list("appointment", "pk"):
            numbers.setdefault(appointment, []).append(person)
        held.update(holds_number=False)
        Appointment.objects.filter(pk__in=[row.pk for row in rows]).update(state=State.NO_SHOW)
        return BoardStep.objects.bulk_create(
            [
                BoardStep(
                    facility=facility,
                    appointment=row,
                    became=BoardStatus.NO_SHOW,
                    before=Moments.of(row).to_keep() | {"numbers": numbers.get(row.pk, [])},
                    after=replace(Moments.of(row), state=str(State.NO_SHOW)).to_keep(),
                    by=by,
                    at=now,
                )
                for row in rows
            ]
        )


def finish(*, subject: Subject, state: str, version: str, by: StaffMember) -> BoardStep | None:
    """Served, incomplete, or absent. An agent who forgot the steps before may finish at once. Raises as above."""
    if state not in FINISHED:
        raise NotFromHere

    def changed(now: datetime, was: Moments) -> Moments:
        if was.state == state:
            return was
        if was.state != State.BOOKED:
            raise NotFromHere
        if state == State.NO_SHOW:
            if was.called_at and isinstance(subject, Appointment):
                raise NotFromHere
            return replace(was, state=str(state))
        came, called = was.arrived_at or now, was.called_at or now
        return replace(was, state=str(state), arrived_at=came, called_at=called, served_at=now)

    return _step(subject, version, by, changed)


def undo(*, step: BoardStep, by: StaffMember) -> Subject:
    """Take a step back: the row is again what it was before. Taking it back twice changes nothing.

    Raises StaleBoard when somebody has gone on from there, NumberInUse when the pre-application number of the
    appointment was used elsewhere meanwhile, Busy.
    """
    subject = step.subject
    try:
        with patient_transaction(by=by):
            mine = _locked(subject)
            held = BoardStep.objects.select_for_update(of=("self",)).get(pk=step.pk)
            if held.undone_at is not None:
                return mine
            if Moments.of(mine) != Moments.kept(held.after):
                raise StaleBoard(mine, what_happened(mine))
            _write(mine, Moments.kept(held.before))
            if isinstance(mine, Appointment) and held.before["numbers"]:
                AppointmentPerson.objects.filter(appointment=mine, pk__in=held.before["numbers"]).update(
                    holds_number=True
                )
            held.undone_at = timezone.now()
            held.save(update_fields=["undone_at"])
            return mine
    except IntegrityError as error:
        if NUMBER_CONSTRAINT not in str(error):
            raise
        numbers = [person.pre_application_number for person in AppointmentPerson.objects.filter(appointment=subject.pk)]
        raise in_use([number for number in numbers if number]) from error


def last_step(*, facility_id: int, by: StaffMember, now: datetime | None = None) -> BoardStep | None:
    """The step of this person that "undo" would take back: the last one of today at this facility. One query."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return (
        BoardStep.objects.filter(facility=facility_id, by=by, undone_at__isnull=True, at__gte=midnight)
        .filter(Q(ticket__isnull=False) | Q(appointment__starts_at__gte=midnight))
        .select_related("appointment", "ticket")
        .order_by("-pk")
        .first()
    )


def _step(
    subject: Subject,
    version: str,
    by: StaffMember,
    changed: Callable[[datetime, Moments], Moments],
    *,
    is_over: bool = False,
) -> BoardStep | None:
    """A step of today; with `is_over`, of a day that is over."""
    with patient_transaction(by=by):
        mine = _locked(subject)
        now = timezone.now()
        was = Moments.of(mine)
        is_stale = mine.version != version  # type: ignore[union-attr]
        try:
            becomes = changed(now, was)
        except NotFromHere:
            # A board that shows the former state cannot know that its key no longer fits.
            if is_stale:
                raise StaleBoard(mine, what_happened(mine)) from None
            raise
        if becomes.same_step(was):
            return None
        if is_stale:
            raise StaleBoard(mine, what_happened(mine))
        today = timezone.localdate(now)
        if mine.local_day >= today if is_over else mine.local_day != today:
            raise NotYourDay
        numbers: list[int] = []
        if isinstance(mine, Appointment) and becomes.state != was.state:
            held = AppointmentPerson.objects.filter(appointment=mine, holds_number=True)
            numbers = list(held.values_list("pk", flat=True))
            held.update(holds_number=False)
        _write(mine, becomes)
        return BoardStep.objects.create(
            facility_id=mine.facility_id,
            appointment=mine if isinstance(mine, Appointment) else None,
            ticket=mine if isinstance(mine, WalkInTicket) else None,
            became=mine.board_status,
            before=was.to_keep() | {"numbers": numbers},
            after=becomes.to_keep(),
            by=by,
            at=now,
        )


def _locked(subject: Subject) -> Subject:
    model = type(subject)
    rows = model._default_manager.annotate(version=version_of(model)).select_for_update(of=("self",))
    return rows.get(pk=subject.pk)


def _write(subject: Subject, moments: Moments) -> None:
    subject.state = State(moments.state)
    for name in _INSTANTS:
        setattr(subject, name, getattr(moments, name))
    subject.called_to_id, subject.priority = moments.called_to, moments.priority
    subject.save(update_fields=["state", *OF_THE_DAY])


def what_happened(subject: Subject) -> str:
    """The last change of a row in a sentence without a full stop: who, when, what."""
    about = {"ticket": subject} if isinstance(subject, WalkInTicket) else {"appointment": subject}
    step = BoardStep.objects.filter(**about).select_related("by").order_by("-pk").first()
    if step is not None and Moments.of(subject) == Moments.kept(step.before if step.undone_at else step.after):
        said = {"who": step.by or _("un agent"), "when": say_time(step.undone_at or step.at)}
        if step.undone_at:
            return _("%(who)s a défait son action à %(when)s") % said
        return _("%(who)s a noté « %(what)s » à %(when)s") % {**said, "what": step.get_became_display()}
    change = (
        AuditEntry.objects.filter(table=type(subject)._meta.db_table, object_id=str(subject.pk))
        .select_related("staff")
        .order_by("-pk")
        .first()
    )
    who = (change.staff or (_("l’usager") if change.channel == "web" else "")) if change else ""
    said = {"who": who or _("quelqu’un"), "when": say_time(change.at) if change else say_time(timezone.now())}
    after = (change.after or {}) if change else {}
    if subject.state in CANCELLED:
        return _("%(who)s a annulé le rendez-vous à %(when)s") % said
    if isinstance(subject, Appointment) and ("starts_at" in after or "counter_id" in after):
        moved = {**said, "to": say_moment(subject.starts_at)}
        return _("%(who)s a déplacé le rendez-vous au %(to)s, à %(when)s") % moved
    if subject.board_status != BoardStatus.EXPECTED and "state" in after:
        return _("%(who)s a noté « %(what)s » à %(when)s") % {**said, "what": subject.board_status.label}
    return _("%(who)s a changé cette ligne à %(when)s") % said
