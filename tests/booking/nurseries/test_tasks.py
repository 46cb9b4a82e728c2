"""What is told without being asked: a lapse to its family, and to the chair what waits for the commission."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.nurseries import tasks
from booking.nurseries.answers import news, offers
from booking.nurseries.models import Nursery, NurseryApplication, NurseryOffer
from booking.nurseries.models.offers import OfferState
from booking.nurseries.supply.published import published as published_places
from municipalities.models import StaffMember
from notifications.kinds import Mail, Text
from notifications.models import Message
from tests.booking.nurseries.commission import Commission, make_commission, published
from tests.booking.nurseries.test_answers import to_family
from tests.factories import NurseryOpeningFactory
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def commission() -> Commission:
    made = make_commission()
    made.ask(made.ronde, points=50, name="Alpha")
    made.ask(made.ronde, points=40, name="Bravo", email="", phone="+33612345678")
    return made


def home(staff: StaffMember) -> str:
    return " ".join(signed_in(staff).get(reverse("staff:home")).content.decode().replace("\xa0", " ").split())


def lapsed(commission: Commission, nth: int) -> Message:
    offer = to_family(commission.asked[nth])
    NurseryOffer.objects.filter(pk=offer.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    assert offers.lapse_due() == 1
    return Message.objects.get(kind=news.LAPSED, subject_id=offer.child.application_id)


def test_a_lapse_is_told_to_its_family(commission: Commission) -> None:
    published(commission)
    told = lapsed(commission, 0)
    letter = news.render(told, news.gather([told])[told.pk])
    assert isinstance(letter, Mail)
    assert "va à la famille suivante" in letter.text and "reste sur la liste" in letter.text
    NurseryOffer.objects.update(state="accepted")
    assert news.render(told, news.gather([told])[told.pk]) is None, "overtaken"


def test_silence_passes_the_place_on_within_five_minutes_and_at_once_to_a_family_where_that_is_waived(
    commission: Commission, settings: Any
) -> None:
    """One run of the task is enough, and it runs every minute."""
    published(commission)
    offer = to_family(commission.asked[0])
    NurseryOffer.objects.filter(pk=offer.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    Nursery.objects.filter(pk=commission.ronde.pk).update(waives_being_asked=True)
    tasks.follow_offers()
    assert NurseryOffer.objects.get(child=commission.asked[1]).state == OfferState.TO_FAMILY
    (entry,) = (
        one for one in settings.CELERY_BEAT_SCHEDULE.values() if one["task"] == "booking.nurseries.tasks.follow_offers"
    )
    assert entry["schedule"] <= 300


def test_a_family_without_a_mailbox_is_told_by_sms(commission: Commission) -> None:
    """Bravo alone, so that the place is its own."""
    NurseryApplication.objects.filter(pk=commission.asked[0].application_id).update(
        state="withdrawn", ended_at=timezone.now()
    )
    published(commission)
    told = lapsed(commission, 1)
    text = news.render(told, news.gather([told])[told.pk])
    assert isinstance(text, Text) and "La Ronde" in text.text


def test_the_chair_reads_that_a_round_can_be_frozen(commission: Commission) -> None:
    round = commission.announced()
    said = "« Commission fictive » : la date limite est passée, la session peut être figée"
    assert said in home(commission.chair) and said not in home(commission.member)
    type(round).objects.filter(pk=round.pk).update(closes_on=timezone.localdate())
    assert said not in home(commission.chair)


def test_a_place_that_cannot_be_passed_on_is_a_task_of_the_desk(commission: Commission) -> None:
    """Whatever holds it up: the worker passes places on every minute."""
    published(commission)
    said = "1 place rendue attend que la commission tranche"
    offer = NurseryOffer.objects.get()
    now = timezone.now()
    NurseryOffer.objects.filter(pk=offer.pk).update(state="declined", freed_at=now)
    assert said not in home(commission.chair)
    NurseryOffer.objects.filter(pk=offer.pk).update(freed_at=now - timedelta(minutes=20))
    assert said in home(commission.chair) and said not in home(commission.member)


def test_names_with_accents_stand_where_one_looks_for_them() -> None:
    for name, slug in (("Zèbre", "zebre"), ("Éveil", "eveil"), ("Dunes", "dunes"), ("Fées", "fees")):
        NurseryOpeningFactory.create(nursery__facility__name=name, nursery__facility__slug=slug)
    assert [one.facility.name for one in published_places().values()] == ["Dunes", "Éveil", "Fées", "Zèbre"]
