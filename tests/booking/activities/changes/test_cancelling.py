"""A family gives a place back: until its third session, with the credit it was shown."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.activities.changes import cancelling
from booking.activities.models import EndReason, Session
from booking.payments.models import CreditNote
from tests.booking.activities.changes.test_calling_off import enrolled
from tests.booking.activities.resident.test_pages import browser, text
from tests.factories.enrolments import course, family, water

pytestmark = pytest.mark.django_db


def test_the_credit_is_shown_then_given_until_the_third_session() -> None:
    parent = family()
    group = course(water(), sessions=6)
    line = enrolled(parent.household, group)
    client, address = browser(parent), reverse("enrol:cancel", args=[line.pk])
    assert "90,00" in text(client.get(address)) and address in text(client.get(reverse("enrol:mine")))
    # Two sessions are over meanwhile: what was shown is no longer what it is.
    now = timezone.now()
    for number, one in enumerate(group.sessions.order_by("starts_at")[:2]):
        start = now - timedelta(days=10 - number)
        Session.objects.filter(pk=one.pk).update(starts_at=start, ends_at=start + timedelta(minutes=45))
    refused = client.post(address, {"vu": "9000"})
    assert refused.status_code == 409 and "n’est plus celui que vous avez vu" in text(refused)
    assert "60,00" in text(refused)
    third = group.sessions.order_by("starts_at")[2]
    with pytest.raises(cancelling.TooLateToCancel):
        cancelling.cancel(enrolment=line, shown=4500, now=third.starts_at + timedelta(minutes=1))
    assert browser(family(), "autre").post(address, {"vu": "6000"}).status_code == 404
    assert "L’inscription est annulée" in text(client.post(address, {"vu": "6000"}, follow=True))
    line.refresh_from_db()
    assert line.end_reason == EndReason.FAMILY and CreditNote.objects.get().cents == 6000
    assert client.post(address, {"vu": "6000"}).status_code == 409
