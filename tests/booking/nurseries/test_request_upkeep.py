"""A request through the year: changed, confirmed, withdrawn, lapsed, come back to."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.nurseries.documents.papers import note_seen
from booking.nurseries.enums import ApplicationState, DocumentKind, WhyLapsed
from booking.nurseries.messages import requests as messages
from booking.nurseries.models import ApplicationChild, LikelyDouble, NurseryApplication
from booking.nurseries.requests.completing import complete_if_seen
from booking.nurseries.requests.exceptions import ChildHasRequest, RequestOver, TooLateToComeBack
from booking.nurseries.requests.for_round import for_round
from booking.nurseries.requests.sending import change, send
from booking.nurseries.requests.steps import Step
from booking.nurseries.requests.upkeep import come_back, confirm, sweep, withdraw_request
from booking.nurseries.supply.reading import horizon
from municipalities.models import StaffMember
from notifications.kinds import Mail
from notifications.models import Message, MessageState
from tests.booking.nurseries.family import (
    MAIL,
    Family,
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
from tests.booking.nurseries.test_request_steps import link_of
from tests.factories import HouseholdFactory, MemberFactory, StaffMemberFactory

pytestmark = pytest.mark.django_db


def _fresh(request: NurseryApplication) -> NurseryApplication:
    return NurseryApplication.objects.get(pk=request.pk)


def _data(said: dict[str, Any]) -> dict[str, list[str]]:
    return {name: [value] for name, value in said.items() if value}


def _complete(request: NurseryApplication, agent: StaffMember, on: date) -> None:
    note_seen(application=request, kind=DocumentKind.ADDRESS, child_rank=None, by=agent)
    note_seen(application=request, kind=DocumentKind.BIRTH, child_rank=1, by=agent)
    complete_if_seen(_fresh(request))
    ApplicationChild.objects.filter(application=request).update(complete_on=on)


def _owed(request: NurseryApplication, kind: str) -> list[datetime]:
    queued = Message.objects.filter(subject_id=request.pk, kind=kind, state=MessageState.QUEUED)
    return list(queued.order_by("due_at").values_list("due_at", flat=True))


def test_a_request_reaches_the_round_in_the_words_of_the_contract() -> None:
    first, second, third = nurseries(3)
    request = sent(second, first)
    request.towns.create(municipality=third.facility.municipality)
    _complete(request, StaffMemberFactory.create(), date(2026, 11, 1))
    ahead = horizon()
    told = for_round(_fresh(request), ahead)
    [(number, child)] = told["children"].items()
    assert number == str(request.children.get().number)
    assert child["wishes"] == [second.facility.slug, first.facility.slug, third.facility.slug]
    assert child["starts"] == list(ahead.months[3:6])
    assert [len(group) for group in child["days"]] == [1, 3]
    assert child["days"][0] == [["mon_am", "mon_pm", "tue_am", "tue_pm", "thu_am", "thu_pm"]]
    assert (child["complete_on"], child["prefers"], child["guaranteed"]) == ("2026-11-01", "wish", False)
    assert len(child["bands"]) == len(ahead.months) and child["until"] is None
    assert told["together"] == []


def test_a_change_keeps_the_date_unless_a_child_or_a_wish_is_new() -> None:
    first, second = nurseries(2)
    request = sent(first)
    long_ago = timezone.localdate() - timedelta(days=90)
    _complete(request, StaffMemberFactory.create(), long_ago)
    change(application=request, step=Step.WEEK, data=_data(week(down_to="")))
    change(application=request, step=Step.CHILDREN, data=_data(children(family_name="Mayer")))
    child = request.children.get()
    assert (child.complete_on, child.member.family_name, child.need.down_to) == (long_ago, "Mayer", 3)
    change(application=request, step=Step.WISHES, data=_data(wishes(second, first)))
    assert request.children.get().complete_on == timezone.localdate()
    ApplicationChild.objects.filter(pk=child.pk).update(complete_on=long_ago)
    change(application=request, step=Step.WISHES, data=_data(wishes(first)))
    assert request.children.get().complete_on == long_ago
    two = children(family_name="Mayer") | children(2, given_name="Eli") | {"s-otherwise": "apart"}
    change(application=request, step=Step.CHILDREN, data=_data(two))
    assert list(request.children.order_by("rank").values_list("complete_on", flat=True)) == [long_ago, None]
    assert _fresh(request).state == ApplicationState.RECEIVED
    assert request.children.get(rank=2).need.half_days == request.children.get(rank=1).need.half_days


def test_a_change_by_link_shows_its_errors_and_changes_nothing_then() -> None:
    request = sent()
    family = Family()
    family.client.get(link_of(request))
    answer = family.leave(request.pk, Step.WEEK, week(mode="any", any_of="5"))
    assert answer.status_code == 422
    assert "Vous demandez 5 jours et n’en cochez que 3" in page(answer)
    assert request.children.get().need.any_of is None
    assert family.leave(request.pk, Step.WEEK, week(mode="any", any_of="2", down_to=""))["Location"].endswith(
        f"{request.pk}/"
    )
    assert request.children.get().need.any_of == 2


def test_interest_is_asked_for_three_times_then_the_request_lapses_and_may_come_back() -> None:
    request = sent()
    asked = messages.confirm_by(_fresh(request))
    assert [(due.date() - asked.date()).days for due in _owed(request, messages.CONFIRM)] == [0, 10, 20]
    confirmed = timezone.now() - timedelta(days=100)
    NurseryApplication.objects.filter(pk=request.pk).update(confirmed_at=confirmed)
    assert sweep()["silent"] == 0
    NurseryApplication.objects.filter(pk=request.pk).update(confirmed_at=timezone.now() - timedelta(days=130))
    assert sweep()["silent"] == 1
    lapsed = _fresh(request)
    assert (lapsed.state, lapsed.why_lapsed) == (ApplicationState.LAPSED, WhyLapsed.SILENCE)
    assert not lapsed.children.get().is_live
    assert _owed(request, messages.LAPSED) and not _owed(request, messages.CONFIRM)
    come_back(application=lapsed)
    back = _fresh(request)
    assert (back.state, back.received_at, back.children.get().is_live) == (
        ApplicationState.RECEIVED,
        request.received_at,
        True,
    )
    assert sweep()["silent"] == 0


def test_who_comes_back_too_late_or_has_asked_anew_reads_why_not() -> None:
    family = HouseholdFactory.create()
    child = MemberFactory.create(given_name="Ada", family_name="Meyer", born_on=born(), household=family)
    request = sent(household=family)
    assert request.children.get().member == child
    NurseryApplication.objects.filter(pk=request.pk).update(confirmed_at=timezone.now() - timedelta(days=130))
    sweep()
    chosen = [wish.nursery for wish in request.wishes.select_related("nursery__facility")]
    again = filled(begun(household=family), children=children(), parents=parents(), week=week(), wishes=wishes(*chosen))
    send(application=again)
    with pytest.raises(ChildHasRequest):
        come_back(application=_fresh(request))
    withdraw_request(application=again)
    NurseryApplication.objects.filter(pk=request.pk).update(ended_at=timezone.now() - timedelta(days=31))
    with pytest.raises(TooLateToComeBack):
        come_back(application=_fresh(request))


def test_a_child_has_one_live_request_by_the_database() -> None:
    family = HouseholdFactory.create()
    request = sent(household=family)
    chosen = [wish.nursery for wish in request.wishes.select_related("nursery__facility")]
    draft = filled(begun(household=family), children=children(), parents=parents(), week=week(), wishes=wishes(*chosen))
    browser = Family()
    browser.client.get(link_of(draft))
    answer = browser.client.post(reverse("nurseries:send", args=[draft.pk]))
    assert answer.status_code == 409
    assert "Cet enfant a déjà une demande en cours" in page(answer)
    assert _fresh(draft).is_draft


def test_a_birth_is_asked_for_twice_then_the_request_lapses() -> None:
    due = timezone.localdate() + timedelta(days=40)
    unborn = children(given_name="", family_name="", born_on="", expected_on=due.isoformat())
    request = sent(child=unborn)
    assert [(timezone.localdate(at) - due).days for at in _owed(request, messages.BIRTH)] == [14, 28]
    later = timezone.now() + timedelta(days=40 + 57)
    NurseryApplication.objects.filter(pk=request.pk).update(confirmed_at=later)
    assert sweep(later - timedelta(days=2))["births"] == 0
    assert sweep(later)["births"] == 1
    assert _fresh(request).why_lapsed == WhyLapsed.BIRTH


def _sent_with_a_sibling_due(due: date) -> NurseryApplication:
    both = children() | children(2, given_name="", family_name="", born_on="", expected_on=due.isoformat())
    steps = {"parents": parents(), "week": week() | week(2), "wishes": wishes(*nurseries())}
    return send(application=filled(begun(), children=both | {"s-otherwise": "apart"}, **steps))


def test_a_sibling_whose_birth_nobody_declared_is_told_of_and_loses_nothing_when_it_comes_back() -> None:
    """The request goes on for the others, so it is the child alone that lapses."""
    due = timezone.localdate() - timedelta(days=10)
    request = _sent_with_a_sibling_due(due)
    second = request.children.get(rank=2)
    long_ago = timezone.localdate() - timedelta(days=50)
    ApplicationChild.objects.filter(pk=second.pk).update(complete_on=long_ago)
    later = timezone.now() + timedelta(days=50)
    NurseryApplication.objects.filter(pk=request.pk).update(confirmed_at=later)
    assert sweep(later)["births"] == 1 and _fresh(request).is_live
    told = Message.objects.get(kind=messages.CHILD_LAPSED)
    letter = messages.render(told, messages.gather([told])[told.pk])
    assert isinstance(letter, Mail) and "ajoutez-le de nouveau" in letter.text
    born_on = (due - timedelta(days=20)).isoformat()
    again = children() | children(2, given_name="Eli", born_on=born_on) | {"s-otherwise": "apart"}
    ApplicationChild.objects.filter(pk=second.pk).update(lapsed_at=timezone.now() - timedelta(days=20))
    change(application=request, step=Step.CHILDREN, data=_data(again))
    back = request.children.get(rank=2)
    assert (back.pk, back.number, back.complete_on) == (second.pk, second.number, long_ago)
    assert (back.is_live, back.lapsed_at, back.member.given_name) == (True, None, "Eli")
    assert messages.render(told, messages.gather([told])[told.pk]) is None, "overtaken"


def test_a_sibling_who_comes_back_too_late_is_a_new_child() -> None:
    due = timezone.localdate() - timedelta(days=10)
    request = _sent_with_a_sibling_due(due)
    second = request.children.get(rank=2)
    lapsed = timezone.now() - timedelta(days=31)
    ApplicationChild.objects.filter(pk=second.pk).update(is_live=False, lapsed_at=lapsed)
    again = children() | children(2, given_name="Eli", born_on=due.isoformat()) | {"s-otherwise": "apart"}
    change(application=request, step=Step.CHILDREN, data=_data(again))
    assert request.children.get(rank=2, is_live=True).pk != second.pk


def test_a_birth_that_is_declared_ends_the_question() -> None:
    due = timezone.localdate() - timedelta(days=3)
    request = sent(child=children(given_name="", family_name="", born_on="", expected_on=due.isoformat()))
    number = request.children.get().number
    change(application=request, step=Step.CHILDREN, data=_data(children(born_on=due.isoformat())))
    child = request.children.get()
    assert (child.number, child.member.born_on) == (number, due)
    assert _owed(request, messages.BIRTH) == []


def test_one_press_confirms_and_no_link_does() -> None:
    request = sent()
    before = timezone.now() - timedelta(days=95)
    NurseryApplication.objects.filter(pk=request.pk).update(confirmed_at=before)
    family = Family()
    shown = page(family.client.get(link_of(request), follow=True))
    assert "Cherchez-vous toujours une place ?" in shown
    assert family.client.get(reverse("nurseries:confirm", args=[request.pk])).status_code == 405
    assert _fresh(request).confirmed_at == before
    family.client.post(reverse("nurseries:confirm", args=[request.pk]))
    assert timezone.now() - _fresh(request).confirmed_at < timedelta(minutes=1)  # type: ignore[operator]


def test_the_link_of_a_withdrawn_request_says_so() -> None:
    request = sent()
    family = Family()
    family.client.get(link_of(request))
    family.client.post(reverse("nurseries:withdraw", args=[request.pk]))
    assert not Message.objects.filter(subject_id=request.pk, state=MessageState.QUEUED).exists()
    shown = page(Family().client.get(link_of(request), follow=True))
    assert "Cette demande n’est plus examinée" in shown and "Commencer une autre demande" in shown
    with pytest.raises(RequestOver):
        confirm(application=request)
    with pytest.raises(RequestOver):
        change(application=request, step=Step.WEEK, data=_data(week()))


def test_likely_doubles_are_noted_and_others_are_not() -> None:
    chosen = nurseries()
    request = sent(*chosen)
    near = (born() + timedelta(days=10)).isoformat()
    same = sent(*chosen, child=children(born_on=near), email="autre@mail.example")
    far = (born() + timedelta(days=30)).isoformat()
    sent(*chosen, child=children(born_on=far))
    pair = LikelyDouble.objects.get()
    assert (pair.one_id, pair.other_id, pair.settled_at) == (request.pk, same.pk, None)
    NurseryApplication.objects.update(state=ApplicationState.COMPLETE)
    assert set(NurseryApplication.objects.ready()) == set(NurseryApplication.objects.exclude(pk=same.pk))


def test_a_lost_link_is_sent_again() -> None:
    request = sent()
    Family().client.post(reverse("residents:find"), {"contact": MAIL})
    assert Message.objects.filter(subject_id=request.pk, kind=messages.LINK).count() == 1
