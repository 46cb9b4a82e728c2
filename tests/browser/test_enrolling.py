"""A family that is known enrols on its phone: one child without JavaScript, two children in two groups with it."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import reverse

from booking.activities.models import Enrolment, EnrolmentState
from booking.payments import accounts, payfip
from booking.payments.models import Payment
from booking.residents.models import Guardian
from tests.browser.conftest import PHONE, Visitor
from tests.browser.test_agent_day import shot
from tests.factories import HouseholdSessionFactory
from tests.factories.enrolments import child_of, course, family, water
from tests.simulators.payfip import PayfipSimulator, payfip_simulator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]


@pytest.fixture
def bank(site: str, settings: Any) -> Iterator[PayfipSimulator]:
    with payfip_simulator() as simulator:
        for name, value in simulator.settings().items():
            setattr(settings, name, value)
        payfip._clients.clear()
        yield simulator
    payfip._clients.clear()


def enter(visitor: Visitor, guardian: Guardian) -> Visitor:
    HouseholdSessionFactory.create(guardian=guardian, token="jeton-de-telephone")
    visitor.page.context.add_cookies([{"name": "gc_famille", "value": "jeton-de-telephone", "url": visitor.site}])
    return visitor


def pay(visitor: Visitor, bank: PayfipSimulator) -> None:
    """From the basket to the thanks; at the treasury the payer is played by the simulator."""
    for box in visitor.page.locator("input[name^='sante-']").all():
        box.check()
    visitor.click("button", "Confirmer et payer")
    visitor.click("button", "en ligne")
    assert visitor.page.get_by_role("link", name="Aller à la page de paiement").count() == 1
    shot(visitor, "enrol-charge")
    payment = Payment.objects.get()
    # A payer takes longer than the ten seconds within which the treasury is not asked again.
    Payment.objects.update(last_asked_at=None)
    assert bank.act(payment.idop or "", "P") == ""
    visitor.open(reverse("payfip:back", args=[payment.pk]))
    visitor.click("link", "Continuer")
    assert "inscription confirmée" in visitor.page.locator("h1").inner_text()
    shot(visitor, "enrol-thanks")


def test_one_child_from_the_search_to_paid_without_javascript(visit: Visit, bank: PayfipSimulator) -> None:
    parent = family()
    course(water("Piscine des Tests"))
    visitor = enter(visit(PHONE, javascript=False), parent)
    began = time.monotonic()
    visitor.open(reverse("catalogue:offer"))
    name = child_of(parent.household).given_name
    assert f"90 € pour {name}" in visitor.page.locator(".cat-card").inner_text().replace("\xa0", " ")
    shot(visitor, "enrol-list")
    visitor.click("button", "Choisir")
    assert "encore 20 minutes" in visitor.page.locator("main").inner_text()
    pay(visitor, bank)
    assert time.monotonic() - began < 60
    visitor.click("link", "Reçu n°")
    assert Enrolment.objects.get().state == EnrolmentState.ENROLLED and list(accounts.faults()) == []


def test_two_children_in_two_groups(visit: Visit, bank: PayfipSimulator) -> None:
    parent = family(children=2)
    basin = water("Piscine des Tests")
    first = course(basin)
    second = course(basin, hour=17, weekday=4, activity=first.activity)
    visitor = enter(visit(PHONE), parent)
    visitor.open(reverse("catalogue:offer"))
    visitor.open(reverse("enrol:ready"))
    shot(visitor, "enrol-ready")
    for place, group in enumerate((first, second)):
        visitor.open(reverse("catalogue:group", args=[group.pk]))
        shot(visitor, "enrol-group")
        visitor.page.get_by_label(child_of(parent.household, place).given_name).check()
        visitor.click("button", "Retenir la place")
    shot(visitor, "enrol-basket")
    assert "162" in visitor.page.locator("main").inner_text()
    pay(visitor, bank)
    visitor.click("link", "Mes inscriptions")
    shot(visitor, "enrol-mine")
    assert Enrolment.objects.enrolled().count() == 2 and list(accounts.faults()) == []
