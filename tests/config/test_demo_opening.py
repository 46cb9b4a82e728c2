"""The demonstration's opening: invented families wait for the second full minute, anew at every start."""

from datetime import timedelta

import pytest
from django.utils import timezone

from booking.activities.models import Opening, Ticket, Window
from config.demo.families import MAILBOX
from config.demo.opening import ACTIVITY, open_soon
from tests.factories import GuardianFactory, HouseholdFactory
from tests.factories.enrolments import course, water
from tests.factories.offer import ActivityFactory

pytestmark = pytest.mark.django_db


def test_invented_families_wait_for_a_minute_that_comes_soon_at_every_start() -> None:
    now = timezone.now()
    assert open_soon(now) is None
    course(water(), activity=ActivityFactory.create(code=ACTIVITY))
    HouseholdFactory.create_batch(3)
    camille = GuardianFactory.create(email=MAILBOX)
    for start in (now, now + timedelta(hours=1)):
        opening = open_soon(start)
        assert opening is not None
        assert timedelta(minutes=2) <= opening.opens_at - start < timedelta(minutes=3)
        assert Window.objects.get().opens_at == opening.opens_at
        tickets = Ticket.objects.filter(opening=opening)
        assert tickets.count() == 3 and not tickets.filter(household=camille.household).exists()
    assert Opening.objects.count() == 2
