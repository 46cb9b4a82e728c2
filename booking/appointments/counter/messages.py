"""The list of the day by mail, to the facility and to agents who asked for it: what the counter needs, no more."""

from datetime import date
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from booking.appointments.counter.day_queries import day_list
from booking.appointments.models import MorningList
from municipalities import rules
from municipalities.models import Facility, StaffMember
from municipalities.wording import say_day
from notifications import kinds
from notifications.letters import Sender, letter
from notifications.models import Channel, Message
from notifications.outbox import Owed, enqueue

KIND = "staff.day_list"


def register() -> None:
    kinds.register(KIND, render, urgency=kinds.Urgency.LATER)


def owed_day_list(chosen: MorningList, day: date) -> int:
    """One mail to each address, in the caller's transaction. Returns how many."""
    facility = chosen.facility
    told: list[tuple[str, str, int | None]] = []
    if chosen.to_facility and facility.email:
        told.append((facility.email, "fr", None))
    told += [(staff.email, staff.language, staff.pk) for staff in chosen.agents.all() if staff.is_active]
    return enqueue(
        [
            Owed(
                kind=KIND,
                channel=Channel.MAIL,
                recipient=address,
                due_at=timezone.now(),
                language=language,
                municipality_id=facility.municipality_id,
                subject_type="day_list",
                context={"facility": facility.pk, "day": day.isoformat()} | ({"staff": pk} if pk else {}),
            )
            for address, language, pk in told
        ]
    )


def render(message: Message, _gathered: Any) -> kinds.Mail | None:
    """The list as it is when it is sent; to a mailbox that many read, initials only, unless the town chose otherwise.

    Nothing when the day is over, or to whom no longer works there."""
    day = date.fromisoformat(str(message.context.get("day")))
    facility = (
        Facility.objects.select_related("municipality", "operator__municipality")
        .filter(pk=message.context.get("facility"), is_active=True)
        .first()
    )
    if facility is None or day != timezone.localdate() or not _is_still_theirs(message, facility):
        return None
    rows = [row for row in day_list(facility, day) if not row.is_cancelled]
    if not rows:
        return None
    with translation.override(message.language):
        subject = _("Liste du jour : %(place)s, %(day)s") % {"place": facility.name, "day": say_day(day)}
    shows_names = "staff" in message.context or MorningList.objects.filter(facility=facility, shows_names=True).exists()
    context = {"facility": facility, "day": day, "rows": rows, "now": timezone.now(), "shows_names": shows_names}
    sender = Sender.of(facility.operator.identity)
    return letter("mail/day_list", context, subject=subject, sender=sender, language=message.language)


def _is_still_theirs(message: Message, facility: Facility) -> bool:
    pk = message.context.get("staff")
    if pk is None:
        return facility.email == message.recipient
    staff = StaffMember.objects.filter(pk=pk, is_active=True, email=message.recipient).first()
    return staff is not None and rules.works_at(staff, facility)
