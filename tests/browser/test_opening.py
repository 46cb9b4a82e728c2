"""An opening waited for on a telephone with the page closed: a mail calls, and the place is chosen."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from booking.activities.models import Enrolment, Opening, Ticket, Window
from booking.activities.opening import admission
from booking.activities.opening.tickets import take
from booking.activities.seasons.openings import announce
from notifications.tasks import deliver_due
from tests.browser.conftest import PHONE
from tests.browser.test_agent_day import shot
from tests.browser.test_enrolling import Visit, enter
from tests.factories import HouseholdFactory
from tests.factories.enrolments import course, family, water

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_waited_for_with_the_page_closed_and_called_by_mail(visit: Visit, settings: Any) -> None:
    settings.OPENING_RATE = 1
    parent = family()
    group = course(water(), opens_at=timezone.now() + timedelta(days=1), capacity=20)
    visitor = enter(visit(PHONE), parent)
    visitor.open(reverse("catalogue:group", args=[group.pk]))
    visitor.click("button", "Repérer ce groupe")
    # Late enough that the page is seen before, soon enough that nobody waits for the test.
    Window.objects.update(opens_at=timezone.now() + timedelta(seconds=15))
    announce(group.activity.season)
    opening = Opening.objects.get()
    for _other in range(6):
        take(opening=opening, household=HouseholdFactory.create())
    visitor.open(reverse("enrol:openings"))
    visitor.click("link", "Prendre un ticket")
    visitor.click("button", "Prendre un ticket")
    assert "sera tiré au sort" in visitor.page.locator("#rang").inner_text()
    assert "20 places libres" in visitor.page.content()
    shot(visitor, "opening-before")
    # The page is closed: the clock asks in the place of those who have closed theirs.
    visitor.page.goto("about:blank")
    for _look in range(200):
        if Ticket.objects.filter(household=parent.household, called_at__isnull=False).exists():
            break
        admission.tend()
        visitor.page.wait_for_timeout(300)
    deliver_due()
    called = mail.outbox[-1]
    assert called.to == [parent.email] and "tour" in called.subject
    address = next(word for word in called.body.split() if "/piscines/ouvertures/" in word)
    visitor.open(address.removeprefix(settings.PUBLIC_URL))
    rank = visitor.page.locator("#rang")
    shot(visitor, "opening-waiting")
    # The script says politely when it is time, and nothing is reloaded.
    rank.filter(has_text="C’est votre tour").wait_for(timeout=30_000)
    visitor.click("link", "Choisir mes activités")
    visitor.open(reverse("catalogue:group", args=[group.pk]))
    visitor.click("button", "Retenir la place")
    assert Enrolment.objects.get().group == group
    shot(visitor, "opening-held")
