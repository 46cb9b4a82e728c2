"""What families have bought, and what they are told of it."""

from typing import Any

from booking.activities.enrolling import paying
from booking.activities.enrolling.holding import Choice, hold
from booking.activities.models import Enrolment, EnrolmentState, Group
from booking.payments import counter
from booking.payments.enums import Means
from booking.residents.models import Household
from notifications.kinds import kind_of
from notifications.models import Message
from tests.factories import StaffMemberFactory
from tests.factories.enrolments import child_of


def enrolled(household: Household, group: Group, place: int = 0) -> Enrolment:
    held(household, group, place)
    line = Enrolment.objects.get(group=group, member=child_of(household, place), state=EnrolmentState.HELD)
    charge = paying.begin_paying(basket=line.basket)
    counter.take(charge_id=charge.pk, parts={Means.CASH: charge.cents}, by=StaffMemberFactory.create())
    line.refresh_from_db()
    return line


def held(household: Household, group: Group, place: int = 0) -> Any:
    return hold(household=household, choices=[Choice(child_of(household, place), group.pk)])


def mails(kind: str) -> list[Message]:
    return list(Message.objects.filter(kind=kind).order_by("recipient", "pk"))


def rendered(message: Message) -> str:
    known = kind_of(message)
    assert known.gather is not None
    mail: Any = known.render(message, known.gather([message])[message.pk])
    return f"{mail.subject} {mail.text}".replace("\xa0", " ").replace("\u202f", " ")
