"""Two who hold what the other wants: both operators and both families say yes, or nothing is changed."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.nurseries.answers import next_in_line, offers
from booking.nurseries.answers.exceptions import NoSwap
from booking.nurseries.answers.leaving import month_before
from booking.nurseries.answers.messages import OFFERED, SWAP_OFF, SWAPPED, gather, render
from booking.nurseries.figures import process
from booking.nurseries.models import (
    ApplicationChild,
    Nursery,
    NurseryOffer,
    OwnPlace,
    PresentChild,
    RoundChild,
    StepAside,
    Swap,
)
from booking.nurseries.models.offers import OfferState
from booking.nurseries.points import facts
from booking.nurseries.requests.own_place import note_own_place
from booking.nurseries.rounds.exceptions import OnlyTheChair, SteppedAside
from booking.nurseries.vacancies import running, swapping
from municipalities.enums import Role
from notifications.kinds import Mail
from notifications.models import Message
from tests import people
from tests.booking.nurseries.commission import MONDAY, Commission, born_in, make_commission, next_month, published
from tests.booking.nurseries.test_answers import by_link, page, spaced, to_family
from tests.factories import PresentChildFactory
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def commission() -> Commission:
    """One at each nursery, who asks for the other; both are full on Monday."""
    made = make_commission()
    PresentChildFactory.create(nursery=made.lutins, number="L9", half_days=MONDAY, last_month=None)
    for here, there, number in ((made.lutins, made.ronde, "L1"), (made.ronde, made.lutins, "R1")):
        at(made, made.ask(there, name=f"Nom{number}"), here, number)
    published(made)
    return made


def at(commission: Commission, child: ApplicationChild, nursery: Nursery, number: str) -> None:
    PresentChildFactory.create(nursery=nursery, number=number, born=born_in(child), half_days=MONDAY, last_month=None)
    agent = people.for_nurseries(Role.CHILDCARE_AGENT, commission.authority, email=f"{number}@agent.example")
    note_own_place(child=child, nursery=nursery, number=number, by=agent)


def propose(commission: Commission) -> Swap:
    one, other = sorted(child.number for child in commission.asked)
    return swapping.propose(operator_id=commission.authority.pk, value=f"{one}-{other}", by=commission.chair)


def letters(kind: str) -> list[str]:
    found = list(Message.objects.filter(kind=kind).order_by("pk"))
    rendered = [render(one, gather([one]).get(one.pk)) for one in found]
    return [spaced(one.text) for one in rendered if isinstance(one, Mail)]


def test_who_stepped_aside_from_a_file_proposes_no_swap_of_it(commission: Commission) -> None:
    row = RoundChild.objects.get(child=commission.asked[0])
    facts = {"round": row.round, "function": "Présidence", "at": timezone.now()}
    aside = StepAside.objects.create(child=row, member=commission.chair, **facts)
    with pytest.raises(SteppedAside):
        propose(commission)
    aside.delete()
    assert propose(commission).pk


def test_both_say_yes_and_both_change_at_one_instant(commission: Commission) -> None:
    first, second = commission.asked
    assert running.look(commission.authority.pk) is None, "the rule moves nobody out of its own place"
    shown = page(signed_in(commission.chair), "vacancies:swaps")
    assert "de Les Lutins à La Ronde" in shown and "NomL1" not in shown
    one, other = sorted((first.number, second.number))
    signed_in(commission.chair).post(reverse("vacancies:propose_swap"), {"quoi": f"{one}-{other}"})
    swap = Swap.objects.get()
    assert NurseryOffer.objects.filter(swap=swap, state=OfferState.TO_OPERATOR).count() == 2, "both operators first"
    with pytest.raises(NoSwap):
        propose(commission)
    mine = to_family(first)
    assert "tant que l’autre famille n’a pas accepté aussi" in letters(OFFERED)[0]
    offers.family_accepts(offer_id=mine.pk, keeps_waiting=True)
    mine.refresh_from_db()
    assert mine.state == OfferState.AGREED
    assert PresentChild.objects.get(number="L1").last_month is None, "nothing has changed yet"
    assert "attend l’accord de l’autre famille" in page(by_link(first), "nurseries:answers", first.application_id)
    offers.family_accepts(offer_id=to_family(second).pk, keeps_waiting=False)
    assert set(NurseryOffer.objects.values_list("child", "nursery", "state", "freed_at")) == {
        (first.pk, commission.ronde.pk, OfferState.ACCEPTED, None),
        (second.pk, commission.lutins.pk, OfferState.ACCEPTED, None),
    }
    last = month_before(next_month())
    assert set(PresentChild.objects.exclude(number="L9").values_list("last_month", flat=True)) == {last}
    assert set(OwnPlace.objects.values_list("last_month", flat=True)) == {last}
    swap.refresh_from_db()
    assert swap.state == "done"
    assert len(letters(SWAPPED)) == 2
    assert next_in_line.pass_on() == 0
    assert running.look(commission.authority.pk) is None, "no place came free"


@pytest.mark.parametrize("how", ["operator", "family", "silence", "withdrawn"])
def test_refused_by_either_nothing_is_changed(commission: Commission, how: str) -> None:
    first, second = commission.asked
    propose(commission)
    offers.family_accepts(offer_id=to_family(first).pk, keeps_waiting=False)
    other = NurseryOffer.objects.get(child=second)
    if how == "operator":
        offers.operator_declines(offer=other, reason="staff", by=people.nursery_manager(other.nursery.facility))
    elif how == "family":
        offers.family_declines(offer_id=to_family(second).pk, reason="days")
    elif how == "silence":
        NurseryOffer.objects.filter(pk=to_family(second).pk).update(due_at=timezone.now() - timedelta(minutes=1))
        assert offers.lapse_due() == 1
    else:
        second.application.state, second.application.ended_at = "withdrawn", timezone.now()
        second.application.save()
        assert offers.give_back_withdrawn() == 1
    assert NurseryOffer.objects.get(child=first).state == OfferState.CALLED_OFF
    assert {process.outcome_of(state) for state in OfferState} == set(process.outcome_names()), "each is counted"
    assert Swap.objects.get().state == "called_off"
    assert not NurseryOffer.objects.filter(freed_at__isnull=False).exists()
    assert not PresentChild.objects.filter(last_month__isnull=False).exists()
    assert not OwnPlace.objects.filter(last_month__isnull=False).exists()
    assert "Vous gardez votre place" in letters(SWAP_OFF)[0]
    assert not any(facts.was_asked_for(one) for one in NurseryOffer.objects.all()), "to refuse a swap costs nothing"
    assert next_in_line.pass_on() == 0


def test_only_the_chair_proposes_and_only_what_fits(commission: Commission) -> None:
    one, other = sorted(child.number for child in commission.asked)
    with pytest.raises(OnlyTheChair):
        swapping.propose(operator_id=commission.authority.pk, value=f"{one}-{other}", by=commission.member)
    born = born_in(commission.asked[0])
    PresentChildFactory.create(nursery=commission.ronde, number="R9", born=born, half_days=MONDAY, last_month=None)
    commission.ronde.openings.update(
        authorised=dict.fromkeys(commission.ronde.openings.get().authorised, 2), sections={"small": 1, "middle": 1}
    )
    with pytest.raises(NoSwap):
        propose(commission)
    assert not Swap.objects.exists()


def test_a_swap_pushes_nobody_out_of_what_stands() -> None:
    """The first would be there on Tuesday as well, which is a third child's; its number comes after theirs."""
    asked = {"points": 0, "complete_on": "2027-01-01", "bands": "petits", "starts": ["2027-09"], "prefers": "wish"}
    both = ["mon_am", "tue_am"]
    children = {
        "1": asked | {"wishes": ["B"], "days": [[both]], "holds": {"facility": "A", "half_days": ["mon_am"]}},
        "2": asked | {"wishes": ["A"], "days": [[["mon_am"]]], "holds": {"facility": "B", "half_days": ["mon_am"]}},
        "3": asked | {"wishes": ["B"], "days": [[["tue_am"]]]},
    }
    file = {
        "version": 1,
        "months": ["2027-09"],
        "half_days": both,
        "bands": ["petits"],
        "facilities": {name: {"authorised": 1} for name in "AB"},
        "children": {number: one | {"draw": int(number)} for number, one in children.items()},
    }
    assert [pair.value for pair in swapping.pairs(file | {"locks": {}})] == ["1-2"]
    stands = {"facility": "B", "start": "2027-09", "half_days": ["tue_am"], "reason": "proposition"}
    assert not list(swapping.pairs(file | {"locks": {"3": stands}}))
