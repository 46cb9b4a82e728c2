"""What a family is told when one of theirs does not come: that it is noted, until when it can be taken back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from booking.activities.enrolling.messages import ENROLMENT
from booking.activities.models import Seat
from booking.activities.models.seasons import CreditRule
from booking.residents.addresses import absolute
from booking.residents.families.reaching import addresses_of, homes_of
from municipalities.wording import say_moment
from notifications.kinds import Mail
from notifications.kinds import register as register_kind
from notifications.letters import Sender, letter
from notifications.models import Channel, Message
from notifications.outbox import Owed, enqueue

ABSENCE = "activities.absence"


def register() -> None:
    register_kind(ABSENCE, render_absence, gather)


def owe_absence(seat: Seat, *, now: datetime) -> int:
    """To every adult of every family the member belongs to, once for each mailbox."""
    return enqueue(
        [
            Owed(
                kind=ABSENCE,
                channel=Channel.MAIL,
                recipient=one.recipient,
                due_at=now,
                language=one.guardian.household.language,
                subject_type=ENROLMENT,
                subject_id=seat.enrolment_id,
                context={"seat": seat.pk},
            )
            for one in addresses_of(homes_of([seat.member_id]))
        ]
    )


def gather(messages: Sequence[Message]) -> Mapping[int, Seat]:
    found = Seat.objects.select_related(
        "member",
        "session__group__activity__season__operator__municipality",
        "session__group__basin__pool__facility",
    ).in_bulk({one.context.get("seat") for one in messages})
    return {one.pk: found[one.context["seat"]] for one in messages if one.context.get("seat") in found}


def render_absence(message: Message, seat: Seat | None) -> Mail | None:
    """None where it was taken back before the letter left, or the session is called off."""
    if seat is None or seat.freed_at is None or seat.session.is_called_off:
        return None
    group = seat.session.group
    with translation.override(message.language):
        subject = _("Absence notée : %(when)s") % {"when": say_moment(seat.period.lower)}
        context = {
            "who": seat.member.given_name,
            "what": str(group.activity),
            "when": say_moment(seat.period.lower),
            "where": group.basin.pool.facility.name,
            "catch_up": group.credit_rule == CreditRule.CATCH_UP,
            "link": absolute("enrol:mine", through=None),
        }
        sender = Sender.of(group.activity.season.operator.identity)
        return letter("mail/absence_noted", context, subject=subject, sender=sender, language=message.language)
