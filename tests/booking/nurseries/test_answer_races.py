"""Two answers to one offer at one instant: the second hears what the first said, and no place is given twice."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone

from booking.nurseries.answers import making, next_in_line, offers, stays
from booking.nurseries.models import NurseryOffer, Round, Stay, VacancyVote
from booking.nurseries.models.offers import NurseryOfferQuerySet, OfferState
from booking.nurseries.models.rounds import RoundQuerySet
from booking.nurseries.vacancies import running
from booking.nurseries.vacancies.exceptions import ThingsHaveChanged
from municipalities.database.transactions import refused_by
from municipalities.enums import Role
from municipalities.models import StaffMember
from tests import people
from tests.booking.nurseries.commission import MONDAY, make_commission, published
from tests.concurrency.crowd import crowd

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def one_offer(state: OfferState, waiting: int = 1) -> tuple[NurseryOffer, StaffMember]:
    """The one place of La Ronde, asked of whom the state says; so many wait for it, each with a point less."""
    commission = make_commission()
    for points in range(waiting + 1, 0, -1):
        commission.ask(commission.ronde, points=points)
    published(commission)
    offer = NurseryOffer.objects.get(nursery=commission.ronde)
    assert offer.child == commission.asked[0]
    manager = people.nursery_manager(commission.ronde.facility)
    if state == OfferState.TO_FAMILY:
        offers.operator_accepts(offer=offer, by=manager)
        offer.refresh_from_db()
    return offer, manager


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody reads at once, and writes a moment later."""

    def unlocked(self: QuerySet[Any], *_args: Any, **_more: Any) -> QuerySet[Any]:
        return self.all()

    monkeypatch.setattr(NurseryOfferQuerySet, "select_for_update", unlocked)


def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    save = NurseryOffer.save

    def later(self: NurseryOffer, *args: Any, **more: Any) -> None:
        time.sleep(0.4)
        save(self, *args, **more)

    monkeypatch.setattr(NurseryOffer, "save", later)


def two_parents(offer: NurseryOffer) -> list[Callable[[], object]]:
    return [
        lambda: offers.family_accepts(offer_id=offer.pk, keeps_waiting=False),
        lambda: offers.family_declines(offer_id=offer.pk, reason="moved"),
    ]


def refusals(outcomes: list[Any]) -> int:
    return sum(isinstance(one, Exception) for one in outcomes)


def test_of_two_parents_one_is_told_what_the_other_said(monkeypatch: pytest.MonkeyPatch) -> None:
    offer, _manager = one_offer(OfferState.TO_FAMILY)
    slowly(monkeypatch)
    assert refusals(crowd(two_parents(offer))) == 1


def test_twin_two_parents_without_the_lock_both_believe_it(monkeypatch: pytest.MonkeyPatch) -> None:
    offer, _manager = one_offer(OfferState.TO_FAMILY)
    slowly(monkeypatch)
    without_locks(monkeypatch)
    assert refusals(crowd(two_parents(offer))) == 0


def accept_and_lapse(offer: NurseryOffer) -> list[Any]:
    """The family presses in the last instant, and the worker looks a moment after the deadline."""
    until = timezone.now() + timedelta(seconds=20)
    NurseryOffer.objects.filter(pk=offer.pk).update(due_at=until)
    return crowd(
        [
            lambda: offers.family_accepts(offer_id=offer.pk, keeps_waiting=False),
            lambda: offers.lapse_due(until + timedelta(seconds=1)),
        ]
    )


def what_happened(outcomes: list[Any]) -> tuple[bool, bool]:
    accepted, lapsed = outcomes
    return not isinstance(accepted, Exception), lapsed == 1


def test_an_accepted_place_never_lapses(monkeypatch: pytest.MonkeyPatch) -> None:
    offer, _manager = one_offer(OfferState.TO_FAMILY)
    slowly(monkeypatch)
    accepted, lapsed = what_happened(accept_and_lapse(offer))
    assert accepted != lapsed
    offer.refresh_from_db()
    assert offer.state == (OfferState.ACCEPTED if accepted else OfferState.LAPSED)


def test_twin_without_the_lock_a_place_is_accepted_and_lapses(monkeypatch: pytest.MonkeyPatch) -> None:
    offer, _manager = one_offer(OfferState.TO_FAMILY)
    slowly(monkeypatch)
    without_locks(monkeypatch)
    assert what_happened(accept_and_lapse(offer)) == (True, True)


def operator_and_family(offer: NurseryOffer, manager: StaffMember) -> list[Any]:
    """The operator’s page still shows the question that a colleague has answered meanwhile."""
    return crowd(
        [
            lambda: offers.operator_declines(offer=offer, reason="staff", by=manager),
            lambda: offers.family_accepts(offer_id=offer.pk, keeps_waiting=False),
        ]
    )


def test_an_operator_does_not_decline_what_a_family_was_asked() -> None:
    offer, manager = one_offer(OfferState.TO_FAMILY)
    declined, accepted = operator_and_family(offer, manager)
    assert isinstance(declined, Exception)
    assert accepted is None
    offer.refresh_from_db()
    assert offer.state == OfferState.ACCEPTED


def test_twin_an_operator_who_looks_at_no_state_takes_the_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    offer, manager = one_offer(OfferState.TO_FAMILY)
    answering = offers._answering

    def of_any_state(offer_id: Any, _state: Any, by: Any = None) -> Any:
        return answering(offer_id, OfferState(NurseryOffer.objects.get(pk=offer_id).state), by)

    monkeypatch.setattr(offers, "_answering", of_any_state)
    operator_and_family(offer, manager)
    offers.operator_declines(offer=offer, reason="staff", by=manager)
    offer.refresh_from_db()
    assert offer.state == OfferState.OPERATOR_DECLINED


def freed(waiting: int = 1) -> Round:
    offer, _manager = one_offer(OfferState.TO_FAMILY, waiting)
    offers.family_declines(offer_id=offer.pk, reason="moved")
    return offer.round


def test_one_freed_place_goes_to_the_first_of_twenty_whoever_looks() -> None:
    round = freed(waiting=20)
    outcomes = crowd([next_in_line.pass_on] * 4)
    assert sorted(one for one in outcomes if isinstance(one, int)) == [0, 0, 0, 1]
    second = sorted(round.children.values_list("child", "number"), key=lambda one: one[1])[1][0]
    assert NurseryOffer.objects.open().get().child_id == second


def test_twin_without_the_rounds_lock_only_the_database_stands_between(monkeypatch: pytest.MonkeyPatch) -> None:
    freed()
    look_before_writing(monkeypatch)
    outcomes = crowd([next_in_line.pass_on] * 4)
    assert refusals(outcomes) >= 1, "child_has_one_open_offer"
    assert NurseryOffer.objects.open().count() == 1


def look_before_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody holds the round: all have looked before any of them writes."""
    monkeypatch.setattr(RoundQuerySet, "select_for_update", lambda self, *_args, **_more: self.all())
    look = making.to_offer

    def long_ago(*args: Any) -> Any:
        found = look(*args)
        time.sleep(1)
        return found

    monkeypatch.setattr(making, "to_offer", long_ago)


def worker_and_desk() -> list[Any]:
    """The worker passes a freed place on while the chair confirms the small round that gives the same one."""
    round = freed()
    small = running.look(round.operator_id)
    assert small is not None and small.places == 1
    chair = StaffMember.objects.get(roles__role=Role.COMMISSION_CHAIR)
    return crowd([next_in_line.pass_on, lambda: running.confirm(small=small, by=chair)])


def test_a_freed_place_goes_to_one_whether_the_worker_or_the_desk_gives_it() -> None:
    passed_on, confirmed = worker_and_desk()
    assert (passed_on == 0 and confirmed == 1) or (passed_on == 1 and isinstance(confirmed, ThingsHaveChanged))
    assert NurseryOffer.objects.open().count() == 1


def test_twin_without_the_rounds_lock_worker_and_desk_both_give_it(monkeypatch: pytest.MonkeyPatch) -> None:
    look_before_writing(monkeypatch)
    (error,) = (one for one in worker_and_desk() if isinstance(one, Exception))
    assert isinstance(error, IntegrityError) and refused_by(error, "child_has_one_open_offer")
    assert NurseryOffer.objects.open().count() == 1


def exit_reported() -> tuple[StaffMember, Stay, int]:
    """The child that had the place of La Ronde left yesterday; its operator is about to say so, and two wait."""
    offer, manager = one_offer(OfferState.TO_FAMILY, waiting=2)
    offers.family_accepts(offer_id=offer.pk, keeps_waiting=False)
    day = timezone.localdate() - timedelta(days=1)
    stay = stays.enter(offer=offer, number="E1", entered_on=day, half_days=MONDAY, by=manager)
    chair = StaffMember.objects.get(roles__role=Role.COMMISSION_CHAIR)
    today = timezone.localdate()
    vote = VacancyVote(
        operator_id=offer.round.operator_id,
        voted_on=today,
        valid_until=today + timedelta(days=60),
        most_places=9,
        votes_for=5,
        members="Représentante de la CAF",
    )
    running.note_vote(vote=vote, by=chair)
    return manager, stay, offer.child.number


def leaves(manager: StaffMember, stay: Stay) -> Callable[[], object]:
    return lambda: stays.leave(stay=stay, left_on=stay.entered_on, by=manager)


def test_an_exit_feeds_the_next_in_line_and_the_small_round_and_one_of_them_gives_the_place() -> None:
    """Both tasks of the worker look while the operator says it, and again until nothing is left to do."""
    manager, stay, first = exit_reported()
    outcomes = crowd([leaves(manager, stay), next_in_line.pass_on, running.look_everywhere])
    for _again in range(2):
        next_in_line.pass_on()
        running.look_everywhere()
    assert refusals(outcomes) == 0, outcomes
    given = NurseryOffer.objects.open().get()
    assert given.child.number == min(
        number for number in given.round.children.values_list("number", flat=True) if number > first
    )
    assert NurseryOffer.objects.standing().count() == 1


def test_twin_without_the_rounds_lock_both_ways_of_an_exit_give_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    manager, stay, _first = exit_reported()
    leaves(manager, stay)()
    look_before_writing(monkeypatch)
    outcomes = crowd([next_in_line.pass_on, running.look_everywhere])
    (error,) = (one for one in outcomes if isinstance(one, Exception))
    assert isinstance(error, IntegrityError) and refused_by(error, "child_has_one_open_offer")
    assert NurseryOffer.objects.open().count() == 1


def test_a_worker_killed_before_it_commits_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    freed()

    def dies(*_args: Any) -> int:
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(next_in_line, "make_offers", dies)
        next_in_line.pass_on()
    assert next_in_line.pass_on() == 1
    assert next_in_line.pass_on() == 0
