"""A child asked for twice: found, and merged with nothing lost, or parted."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.nurseries.answers.offers import give_back_withdrawn
from booking.nurseries.documents.papers import add_document, note_seen
from booking.nurseries.enums import ApplicationState, DocumentKind
from booking.nurseries.models import (
    ApplicationChild,
    CriterionClaim,
    LikelyDouble,
    NurseryApplication,
    NurseryOffer,
    Round,
)
from booking.nurseries.models.offers import OfferState
from booking.nurseries.requests.completing import complete_if_seen
from booking.nurseries.requests.given import given_of
from booking.nurseries.requests.sending import send
from booking.nurseries.requests.steps import Answers, answers_of
from booking.nurseries.requests.upkeep import withdraw_request
from booking.residents.models import Member
from municipalities.enums import Role
from municipalities.models import StaffMember
from notifications.models import Message
from tests import people
from tests.booking.nurseries.family import (
    MAIL,
    Family,
    agglomeration,
    begun,
    born,
    children,
    filled,
    nurseries,
    page,
    parents,
    sent,
    week,
    wishes,
)
from tests.booking.nurseries.hostile import pdf
from tests.booking.nurseries.test_request_steps import link_of
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> StaffMember:
    return people.for_nurseries(Role.CHILDCARE_AGENT, agglomeration())


@pytest.mark.parametrize("verdict", ["meme", "deux"])
def test_a_likely_double_waits_until_an_agent_has_settled_it(agent: StaffMember, verdict: str) -> None:
    chosen = nurseries()
    first = sent(*chosen)
    second = sent(*chosen, child=children(born_on=(born() + timedelta(days=5)).isoformat()))
    add_document(application=second, kind=DocumentKind.ADDRESS, data=pdf(), name="a.pdf")
    NurseryApplication.objects.update(state=ApplicationState.COMPLETE)
    today = timezone.localdate()
    for request, complete_on in ((first, today), (second, today - timedelta(days=9))):
        request.children.update(complete_on=complete_on)
    assert second not in NurseryApplication.objects.ready()
    client = signed_in(agent)
    assert second.reference in page(client.get(reverse("nursery_files:requests"), {"liste": "doubles"}))
    double = LikelyDouble.objects.get()
    for nothing in ({}, {"verdict": "memes"}):
        asked = client.post(reverse("nursery_files:settle", args=[double.pk]), nothing, follow=True)
        assert "Dites s’il s’agit du même enfant" in page(asked)
        double.refresh_from_db()
        assert double.settled_at is None, "what nobody has said parts no requests"
    client.post(reverse("nursery_files:settle", args=[double.pk]), {"verdict": verdict})
    double.refresh_from_db()
    assert (double.is_same, double.settled_by) == (verdict == "meme", agent)
    ready = set(NurseryApplication.objects.ready())
    assert ready == ({first} if verdict == "meme" else {first, second})
    if verdict == "meme":
        second.refresh_from_db()
        assert second.state == ApplicationState.MERGED and not second.children.get().is_live
        assert first.documents.count() == 1
        assert first.children.get().complete_on == today - timedelta(days=9), "the better date stays"
    again = client.post(reverse("nursery_files:settle", args=[double.pk]), {"verdict": "meme"}, follow=True)
    assert "déjà tranché" in page(again)


def _merged(agent: StaffMember, double: LikelyDouble) -> None:
    signed_in(agent).post(reverse("nursery_files:settle", args=[double.pk]), {"verdict": "meme"})


def _twice(second: dict[str, Any] | None = None) -> tuple[NurseryApplication, NurseryApplication]:
    """Two requests for one child; the later one begins with a child of its own, where it says so."""
    chosen = nurseries()
    first = sent(*chosen)
    if second is None:
        return first, sent(*chosen)
    both = {"children": second, "parents": parents(), "week": week() | week(2), "wishes": wishes(*chosen)}
    return first, send(application=filled(begun(), **both))


def test_what_was_seen_of_a_double_completes_the_request_it_goes_into(agent: StaffMember) -> None:
    """Its papers are those of the same child, whichever number it has in each of the two."""
    elder = (born() - timedelta(days=400)).isoformat()
    others = children(given_name="Eli", born_on=elder) | children(2) | {"s-otherwise": "apart"}
    first, second = _twice(others)
    for kind, rank in ((DocumentKind.ADDRESS, None), (DocumentKind.BIRTH, 2), (DocumentKind.DISABILITY, 1)):
        note_seen(application=second, kind=kind, child_rank=rank, by=agent)
    _merged(agent, LikelyDouble.objects.get())
    kept = set(first.documents.values_list("kind", "child_rank"))
    told = {(DocumentKind.ADDRESS, None), (DocumentKind.BIRTH, 1), (DocumentKind.DISABILITY, 2)}
    assert kept == told, "of another child nothing is proven"
    note_seen(application=first, kind=DocumentKind.BIRTH, child_rank=2, by=agent)
    complete_if_seen(NurseryApplication.objects.get(pk=first.pk))
    first.refresh_from_db()
    assert first.state == ApplicationState.COMPLETE


def test_no_child_vanishes_with_a_double(agent: StaffMember) -> None:
    """Twins of whom the first request names one: the other goes on there, with its number, date and need."""
    twins = children() | children(2, given_name="Eli") | {"s-otherwise": "nothing"}
    first, second = _twice(twins)
    twin, day = second.children.get(rank=2), timezone.localdate() - timedelta(days=9)
    second.children.filter(pk=twin.pk).update(complete_on=day)
    _merged(agent, LikelyDouble.objects.get())
    asked = first.children.filter(is_live=True)
    assert [(one.member.given_name, one.rank) for one in asked] == [("Ada", 1), ("Eli", 2)]
    assert asked.get(rank=2).number == twin.number and asked.get(rank=2).complete_on == day
    first.refresh_from_db()
    assert first.otherwise == "nothing" and not Answers(answers_of(given_of(first))).all_problems()
    assert not second.children.filter(is_live=True).exists()


def test_what_only_a_double_says_is_kept(agent: StaffMember) -> None:
    """Wishes behind the others, a referral, a telephone, papers for points: none of them is said again."""
    chosen = nurseries(4)
    first = sent(*chosen[:2])
    second = sent(*chosen[1:], phone="+33612345678", child=children(has_disability="on"))
    mine = second.children.get()
    said = {"code": "referral", "value": "20", "reason": "PMI", "by": agent, "at": timezone.now()}
    CriterionClaim.objects.create(child=mine, **said)
    _merged(agent, LikelyDouble.objects.get())
    first.refresh_from_db()
    ranked = list(first.wishes.order_by("rank").values_list("nursery", flat=True))
    assert ranked == [one.pk for one in chosen]
    child = first.children.get()
    assert child.has_disability and child.claims.get().code == "referral" and first.phone == "+33612345678"


def test_a_double_that_would_lose_something_is_not_merged(agent: StaffMember) -> None:
    """More nurseries than one may name, a child of another family: each refusal says what to do."""
    chosen = nurseries(6)
    sent(*chosen[:3])
    sent(*chosen[3:])
    client, double = signed_in(agent), LikelyDouble.objects.get()
    address = reverse("nursery_files:settle", args=[double.pk])
    assert "plus de cinq crèches" in page(client.post(address, {"verdict": "meme"}, follow=True))
    double.other.wishes.filter(rank__gt=2).delete()
    elder = ApplicationChild.objects.get(application=double.other)
    elder.pk, elder.rank, elder.number = uuid4(), 2, 990_002
    elder.member = Member.objects.create(given_name="Eli", family_name="Meyer", born_on=born() - timedelta(days=400))
    elder.save(force_insert=True)
    NurseryApplication.objects.filter(pk=double.other_id).update(email="pere@mail.example")
    assert "n’ont pas le même contact" in page(client.post(address, {"verdict": "meme"}, follow=True))
    double.refresh_from_db()
    assert double.settled_at is None and double.other.children.filter(is_live=True).count() == 2


def test_no_place_of_a_double_is_lost(agent: StaffMember) -> None:
    """Each of the two has one: the family says first which it keeps."""
    first, second = _twice()
    for request in (first, second):
        _place_of(request, OfferState.ACCEPTED)
    address = reverse("nursery_files:settle", args=[LikelyDouble.objects.get().pk])
    told = page(signed_in(agent).post(address, {"verdict": "meme"}, follow=True))
    assert f"La demande {second.reference} a une place" in told
    assert NurseryOffer.objects.standing().count() == 2 and give_back_withdrawn() == 0


def test_whoever_asked_for_the_same_child_is_told_that_it_goes_on_elsewhere(agent: StaffMember) -> None:
    first = sent(*(chosen := nurseries()))
    second = sent(*chosen, email="pere@mail.example")
    _merged(agent, LikelyDouble.objects.get())
    assert first.email == MAIL
    assert Message.objects.filter(kind="nursery.merged", recipient="pere@mail.example").count() == 1
    family = Family()
    family.client.get(link_of(second))
    shown = page(family.client.get(reverse("nurseries:request", args=[second.pk])))
    assert "ne recommencez rien" in shown and "Commencer une autre demande" not in shown


def _place_of(request: NurseryApplication, state: str) -> None:
    today = timezone.localdate()
    month = today.replace(day=1)
    days = {"closes_on": today, "meets_on": today, "first_month": month}
    told = {"name": "x", "seed_hash": "0" * 64, "sealed_seed": b"x", **days}
    round = Round.objects.get_or_create(operator=agglomeration(), defaults=told)[0]
    NurseryOffer.objects.create(
        round=round,
        child=request.children.get(),
        nursery=request.wishes.get(rank=1).nursery,
        start=month,
        half_days=["mon_am"],
        rank=1,
        state=state,
        made_at=timezone.now(),
        due_at=timezone.now(),
    )


def test_a_double_that_has_a_place_is_the_one_that_stays(agent: StaffMember) -> None:
    first, second = _twice()
    _place_of(second, OfferState.ACCEPTED)
    _merged(agent, LikelyDouble.objects.get())
    states = dict(NurseryApplication.objects.values_list("pk", "state"))
    assert (states[first.pk], states[second.pk]) == (ApplicationState.MERGED, ApplicationState.RECEIVED)
    assert give_back_withdrawn() == 0


def test_a_request_waits_for_no_double_that_is_over(agent: StaffMember) -> None:
    first, second = _twice()
    withdraw_request(application=first)
    NurseryApplication.objects.filter(pk=second.pk).update(state=ApplicationState.COMPLETE)
    assert list(NurseryApplication.objects.ready()) == [second]
    asked = signed_in(agent).get(reverse("nursery_files:requests"), {"liste": "doubles"})
    assert second.reference not in page(asked)
    _merged(agent, LikelyDouble.objects.get())
    assert list(NurseryApplication.objects.ready()) == [second], "nothing is put into what is over"
