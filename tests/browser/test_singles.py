"""One place in one session, bought on a telephone in a minute; a pool closed for a day, and the letters read."""

import time
from collections.abc import Callable

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from booking.activities.models import Enrolment, EnrolmentState, Session
from booking.payments import accounts
from booking.payments.models import CreditNote
from notifications.delivery import deliver_due
from tests import people
from tests.booking.activities.changes.test_closing import sold
from tests.browser.conftest import PHONE, WIDE, Visitor
from tests.browser.test_agent_day import shot, signed_in
from tests.browser.test_enrolling import bank, enter, pay
from tests.factories.enrolments import course, family, water
from tests.simulators.payfip import PayfipSimulator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]
__all__ = ["bank"]


def test_a_single_place_is_bought_on_a_telephone_within_a_minute(visit: Visit, bank: PayfipSimulator) -> None:
    parent = family()
    course(water("Piscine des Tests"), tariff_code="velo", days=3)
    visitor = enter(visit(PHONE), parent)
    began = time.monotonic()
    visitor.open(reverse("catalogue:singles"))
    shot(visitor, "singles-list")
    visitor.click("button", "Prendre cette place")
    pay(visitor, bank)
    visitor.click("link", "Voir le billet")
    shot(visitor, "singles-ticket")
    place = Enrolment.objects.get()
    assert place.reference in visitor.page.locator("main").inner_text()
    assert time.monotonic() - began - visitor.seconds_looked < 60
    assert place.state == EnrolmentState.ENROLLED and list(accounts.faults()) == []
    # They do not come after all: two taps, and the seat is free.
    visitor.click("link", "Je ne viendrai pas")
    shot(visitor, "singles-absence")
    visitor.click("button", "ne viendra pas")
    assert "absence notée" in visitor.page.locator("main").inner_text()
    shot(visitor, "singles-mine")


def test_a_pool_is_closed_for_a_day_and_each_family_reads_it_once(visit: Visit) -> None:
    group = course(water("Piscine des Tests"))
    homes = [family(), family()]
    for home in homes:
        sold(home.household, group)
    day = timezone.localdate(group.sessions.order_by("starts_at")[0].starts_at)
    facility = group.basin.pool.facility
    agent = signed_in(visit(WIDE), people.manager_of_operator(facility.operator))
    agent.open(f"{reverse('counter:new_closure')}?lieu=etablissement-{facility.pk}")
    page = agent.page
    page.get_by_label("Ce qui ferme").select_option(f"etablissement-{facility.pk}")
    page.locator("[name=from_day]").fill(day.isoformat())
    page.locator("[name=until_day]").fill(day.isoformat())
    page.locator("[name=reason_fr]").fill("Vidange du bassin (fictif)")
    page.locator("button[name=apercu]").click()
    agent.look()
    shot(agent, "closure-preview")
    assert (
        "1 séance annulée" in page.locator("main").inner_text() and not Session.objects.exclude(closure=None).exists()
    )
    agent.click("button", "Fermer", exact=True)
    assert Session.objects.exclude(closure=None).count() == 1 and CreditNote.objects.count() == 2
    mail.outbox.clear()
    deliver_due()
    letters = [one for one in mail.outbox if "fermée" in one.subject]
    assert sorted(one.to[0] for one in letters) == sorted(home.email for home in homes)
    assert all("Vidange du bassin" in str(one.body) and "30,00" in str(one.body) for one in letters)
    desk = signed_in(visit(PHONE), people.sports_manager(facility.operator))
    desk.open(reverse("desk:calls"))
    shot(desk, "closure-calls")
    assert "Toutes les familles ont été atteintes" in desk.page.locator("main").inner_text()
