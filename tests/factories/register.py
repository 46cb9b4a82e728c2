"""A session of today with people in it, as the register shows it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from booking.activities.models import EnrolmentState, Group, Seat, Session
from booking.residents.models import Member
from tests.factories.enrolments import BasketFactory, EnrolmentFactory, course
from tests.factories.offer import SessionFactory
from tests.factories.residents import HouseholdFactory, MemberFactory


def session_today(basin: Any, *, group: Group | None = None, **fields: Any) -> Session:
    """Of a group of its own, begun just now; late in the evening a little earlier, so that it ends within the day."""
    group = group or course(basin, sessions=0, **fields)
    now = timezone.localtime().replace(second=0, microsecond=0)
    return SessionFactory.create(group=group, starts_at=min(now, now.replace(hour=23, minute=14)).astimezone(UTC))


def seated(session: Session, *, freed_at: datetime | None = None, member: Member | None = None, **named: Any) -> Member:
    """Somebody who is enrolled in the group and has a seat in this session, or had one until they told an absence."""
    household = HouseholdFactory.create()
    if member is None:
        member = MemberFactory.create(household=household, **named)
    number = Seat.objects.filter(session=session).count() + 1
    basket = BasketFactory.create(household=household, state="paid")
    enrolment = EnrolmentFactory.create(
        basket=basket,
        asked_in=basket,
        group=session.group,
        member=member,
        number=number,
        state=EnrolmentState.ENROLLED,
        held_until=None,
        enrolled_at=timezone.now() - timedelta(days=20),
    )
    Seat.objects.create(
        enrolment=enrolment,
        session=session,
        member=member,
        number=number,
        period=(session.starts_at, session.ends_at),
        freed_at=freed_at,
    )
    return member
