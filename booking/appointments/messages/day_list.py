"""The list of the day by mail, to the facility and to agents who asked for it: what the counter needs, no more."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.template.loader import get_template
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from booking.appointments.models import MorningList
from booking.appointments.staff_queries import DayLine, day_list
from municipalities import rules
from municipalities.models import Facility, StaffMember
from municipalities.wording import say_day
from notifications import kinds
from notifications.models import Channel, Message
from notifications.outbox import Owed, enqueue

KIND = "staff.day_list"


def register() -> None:
    kinds.register(KIND, render)


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


def render(message: Message, gathered: Any) -> kinds.Mail | None:
    """The list as it is when it is sent. Nothing when the day is over, or to whom no longer works there."""
    day = date.fromisoformat(str(message.context.get("day")))
    facility = Facility.objects.filter(pk=message.context.get("facility"), is_active=True).first()
    if facility is None or day != timezone.localdate() or not _is_still_theirs(message, facility):
        return None
    rows = [row for row in day_list(facility, day) if not row.is_cancelled]
    if not rows:
        return None
    with translation.override(message.language):
        said = {"place": facility.name, "day": say_day(day)}
        context = {"facility": facility, "day": day, "rows": rows, "now": timezone.now(), "language": message.language}
        return kinds.Mail(
            subject=_("Liste du jour : %(place)s, %(day)s") % said,
            text=_text(facility, day, rows),
            html=get_template("mail/day_list.html").render(context),
        )


def _is_still_theirs(message: Message, facility: Facility) -> bool:
    pk = message.context.get("staff")
    if pk is None:
        return facility.email == message.recipient
    staff = StaffMember.objects.filter(pk=pk, is_active=True, email=message.recipient).first()
    return staff is not None and rules.works_at(staff, facility)


def _text(facility: Facility, day: date, rows: Sequence[DayLine]) -> str:
    rendered = get_template("mail/day_list.txt").render(
        {"facility": facility, "day": day, "rows": rows, "now": timezone.now()}
    )
    lines = [line.rstrip() for line in rendered.strip().split("\n")]
    return "\n".join(line for line, before in zip(lines, ["", *lines], strict=False) if line or before) + "\n"
