"""A family that is signed in finds its requests and answers where it arrives, and leaves none of them behind."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from booking.nurseries.models import ApplicationChild, NurseryApplication
from booking.nurseries.models.offers import OfferState
from booking.residents.models import Guardian, HouseholdSession
from tests.booking.nurseries.commission import make_commission, published
from tests.booking.nurseries.family import MAIL, Family, agglomeration, nurseries, page
from tests.booking.nurseries.test_answers import offer_of, to_family
from tests.booking.residents.visitor import browser_of
from tests.factories import GuardianFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def guardian() -> Guardian:
    return GuardianFactory.create()


@pytest.fixture
def family(guardian: Guardian) -> Family:
    made = Family()
    made.client = browser_of(guardian)
    return made


def arrives(client: Client) -> str:
    return page(client.get(reverse("family:home")))


def request_page(client: Client, pk: UUID) -> int:
    return client.get(reverse("nurseries:request", args=[pk])).status_code


def test_the_way_to_ask_is_there_before_anything_was_asked(family: Family) -> None:
    agglomeration()
    assert "Demander une place en crèche" in arrives(family.client)


def test_a_request_is_found_again(family: Family) -> None:
    agglomeration()
    nurseries()
    mine = NurseryApplication.objects.get(pk=family.begin())
    home = arrives(family.client)
    assert f"Demande de crèche {mine.reference}" in home and "Brouillon" in home
    assert "Demander une place en crèche" not in home
    assert mine.reference not in arrives(browser_of(GuardianFactory.create())), "nobody else's"


def test_who_signs_out_leaves_no_request_behind(family: Family) -> None:
    agglomeration()
    nurseries()
    pk = family.begin()
    assert request_page(family.client, pk) == 200
    family.client.post(reverse("family:sign_out"))
    assert request_page(family.client, pk) == 403


def test_a_session_that_is_ended_from_elsewhere_opens_nothing(family: Family) -> None:
    agglomeration()
    nurseries()
    pk = family.begin()
    assert request_page(family.client, pk) == 200
    HouseholdSession.objects.all().delete()
    assert request_page(family.client, pk) == 403


def test_who_comes_by_a_link_goes_on_by_it() -> None:
    agglomeration()
    nurseries()
    visitor = Family()
    pk = visitor.begin()
    assert request_page(visitor.client, pk) == 200
    assert request_page(visitor.client, pk) == 200
    assert request_page(Client(), pk) == 403


def answered(guardian: Guardian) -> ApplicationChild:
    """Its child is offered a place."""
    commission = make_commission()
    child = commission.ask(commission.lutins, points=50, email=MAIL, household=guardian.household)
    published(commission)
    to_family(child)
    return child


def test_an_offer_is_seen_and_accepted_by_the_family(guardian: Guardian, family: Family) -> None:
    child = answered(guardian)
    assert "Une place vous est proposée : répondez avant le" in arrives(family.client)
    answers = reverse("nurseries:answers", args=[child.application_id])
    assert answers in family.client.get(reverse("nurseries:request", args=[child.application_id])).content.decode()
    assert family.client.get(answers).status_code == 200
    offer = offer_of(child)
    accept = reverse("nurseries:accept_offer", args=[child.application_id, offer.pk])
    assert browser_of(GuardianFactory.create()).post(accept).status_code == 403
    assert family.client.post(accept).status_code == 302
    offer.refresh_from_db()
    assert offer.state == OfferState.ACCEPTED
    home = arrives(family.client)
    assert "Une place vous est proposée" not in home and "Voir la réponse" in home
    HouseholdSession.objects.all().delete()
    assert family.client.get(answers).status_code == 403
