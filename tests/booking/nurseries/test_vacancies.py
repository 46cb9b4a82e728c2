"""Between two commissions: what comes free goes to the next of the list that was voted, by one press or by a vote."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from booking.nurseries.answers import next_in_line, offers
from booking.nurseries.answers.leaving import month_before
from booking.nurseries.answers.next_in_line import since
from booking.nurseries.models import (
    ApplicationChild,
    DecisionKind,
    Nursery,
    NurseryOffer,
    OwnPlace,
    PresentChild,
    RoundChild,
    SmallRound,
    StepAside,
    VacancyVote,
)
from booking.nurseries.models.offers import OfferState
from booking.nurseries.requests.exceptions import NobodyThere, PlaceIsAnothers
from booking.nurseries.requests.own_place import note_own_place
from booking.nurseries.rounds import deciding
from booking.nurseries.rounds.exceptions import NotYourRound, OnlyTheChair
from booking.nurseries.vacancies import running
from booking.nurseries.vacancies.exceptions import (
    AnotherConfirms,
    CommissionIsSitting,
    NothingIsFree,
    ThingsHaveChanged,
    VoteStands,
)
from municipalities.database.transactions import refused_by
from municipalities.enums import Role
from municipalities.models import StaffMember
from tests import people
from tests.booking.nurseries.commission import MONDAY, Commission, born_in, make_commission, next_month, published
from tests.booking.nurseries.test_answers import offer_of, page, to_family
from tests.factories import OperatorFactory, PresentChildFactory
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def commission() -> Commission:
    """A child is there all week at La Ronde, which has no other place. Two wait for it, the stronger one first."""
    made = make_commission()
    there(made.ronde, "R1")
    made.ask(made.ronde, points=20, name="Alpha")
    made.ask(made.ronde, points=60, name="Bravo")
    return made


def there(nursery: Nursery, number: str, **said: Any) -> PresentChild:
    said = {"half_days": MONDAY, "born": date(2025, 6, 1), "last_month": None} | said
    return PresentChildFactory.create(nursery=nursery, number=number, **said)


def leaves(nursery: Nursery, number: str = "R1") -> None:
    PresentChild.objects.filter(nursery=nursery, number=number).update(last_month=month_before(next_month()))


def looked(commission: Commission) -> SmallRound | None:
    return running.look(commission.authority.pk)


def a_vote(commission: Commission, **said: Any) -> VacancyVote:
    today = timezone.localdate()
    facts = {"voted_on": today, "valid_until": today + timedelta(days=60), "most_places": 2, "votes_for": 5}
    return VacancyVote(operator=commission.authority, **({"members": "Représentante de la CAF"} | facts | said))


def test_an_exit_makes_a_small_round_that_one_press_confirms(commission: Commission) -> None:
    weaker, stronger = commission.asked
    round = published(commission)
    assert not NurseryOffer.objects.exists()
    assert looked(commission) is None, "nothing is free yet"
    leaves(commission.ronde)
    small = looked(commission)
    assert small is not None and (small.places, small.base, small.audit_findings) == (1, round, 0)
    again = looked(commission)
    assert again is not None and again.pk == small.pk, "what has not changed is not reckoned as news"
    shown = page(signed_in(commission.chair), "vacancies:vacancies")
    assert f"Dossier n° {stronger.number}" in shown and f"Dossier n° {weaker.number}" not in shown
    assert "1 sortie" in shown and "60 points, vœu n° 1" in shown
    for name in ("Alpha", "Bravo", "Secrète"):
        assert name not in shown
    assert "place libérée à confirmer" in page(signed_in(commission.chair), "staff:home")
    assert not NurseryOffer.objects.exists(), "nothing is given by looking"
    signed_in(commission.chair).post(reverse("vacancies:confirm", args=[small.pk]))
    offer = offer_of(stronger, OfferState.TO_OPERATOR)
    assert (offer.nursery, offer.start, offer.rank) == (commission.ronde, next_month(), 1)
    small.refresh_from_db()
    assert (small.state, small.confirmed_by) == ("confirmed", commission.chair)
    with pytest.raises(NothingIsFree):
        running.confirm(small=small, by=commission.chair)
    assert looked(commission) is None, "what is asked stands"


def test_what_was_given_stays_and_a_new_section_lets_the_next_in(commission: Commission) -> None:
    weaker, stronger = commission.asked
    published(commission)
    leaves(commission.ronde)
    running.confirm(small=_some(looked(commission)), by=commission.chair)
    offers.family_accepts(offer_id=to_family(stronger).pk, keeps_waiting=False)
    opening = commission.ronde.openings.get()
    opening.authorised = dict.fromkeys(opening.authorised, 2)
    opening.save()
    small = _some(looked(commission))
    file, answer = json.loads(small.file), json.loads(small.answer)
    assert file["locks"][str(stronger.number)]["facility"] == "La Ronde"
    assert set(answer["seats"]) == {str(stronger.number), str(weaker.number)}
    assert small.places == 1
    assert "1 place ouverte" in page(signed_in(commission.member), "vacancies:vacancies")
    running.confirm(small=small, by=commission.chair)
    assert offer_of(weaker).state == OfferState.TO_OPERATOR
    assert offer_of(stronger).state == OfferState.ACCEPTED


def test_a_chair_who_stepped_aside_from_a_file_confirms_no_place_of_it(commission: Commission) -> None:
    """Nor does it stay with nobody: another member of the commission confirms it then."""
    weaker, stronger = commission.asked
    published(commission)
    leaves(commission.ronde)
    small = _some(looked(commission))
    _aside(weaker, commission.chair)
    shown = page(signed_in(commission.chair), "vacancies:vacancies")
    assert "Confirmer 1 place" in shown, "it is not this child who is offered one"
    _aside(stronger, commission.chair)
    with pytest.raises(AnotherConfirms):
        running.confirm(small=small, by=commission.chair)
    shown = page(signed_in(commission.chair), "vacancies:vacancies")
    assert "un autre membre" in shown and "Confirmer 1 place" not in shown
    assert "Confirmer 1 place" in page(signed_in(commission.member), "vacancies:vacancies")
    signed_in(commission.member).post(reverse("vacancies:confirm", args=[small.pk]))
    assert offer_of(stronger).state == OfferState.TO_OPERATOR


def _aside(child: ApplicationChild, member: StaffMember) -> None:
    row = RoundChild.objects.get(child=child)
    facts = {"round": row.round, "function": "Présidence", "at": timezone.now()}
    StepAside.objects.create(child=row, member=member, **facts)


def test_only_the_chair_confirms_and_only_what_was_shown(commission: Commission) -> None:
    _weaker, stronger = commission.asked
    published(commission)
    leaves(commission.ronde)
    small = _some(looked(commission))
    with pytest.raises(OnlyTheChair):
        running.confirm(small=small, by=commission.member)
    with pytest.raises(NotYourRound):
        running.confirm(small=small, by=people.for_nurseries(Role.COMMISSION_CHAIR, OperatorFactory.create()))
    stronger.application.state, stronger.application.ended_at = "withdrawn", timezone.now()
    stronger.application.save()
    with pytest.raises(ThingsHaveChanged):
        running.confirm(small=small, by=commission.chair)
    assert not NurseryOffer.objects.exists()
    small = _some(looked(commission))
    running.confirm(small=small, by=commission.chair)
    assert offer_of(commission.asked[0]).state == OfferState.TO_OPERATOR


def test_whoever_reads_german_confirms_what_the_worker_found(commission: Commission) -> None:
    """The file says why a child is out of a nursery: in one language, or its digest is another one for each reader."""
    weaker, stronger = commission.asked
    published(commission)
    leaves(commission.ronde)
    running.confirm(small=_some(looked(commission)), by=commission.chair)
    offers.family_declines(offer_id=to_family(stronger).pk, reason="days")
    small = _some(looked(commission))
    assert "refusée par la famille" in small.file
    with override("de"):
        assert running.confirm(small=small, by=commission.chair) == 1
    assert offer_of(weaker).state == OfferState.TO_OPERATOR


def test_while_a_commission_sits_the_free_places_are_its(commission: Commission) -> None:
    published(commission)
    leaves(commission.ronde)
    small = _some(looked(commission))
    commission.frozen()
    with pytest.raises(CommissionIsSitting):
        running.confirm(small=small, by=commission.chair)
    assert looked(commission) is None and not SmallRound.objects.exists()


def test_a_vote_lets_it_run_within_its_limits_and_no_further(commission: Commission) -> None:
    """One place a month: the first goes by itself, what comes free after it waits for the desk."""
    weaker, stronger = commission.asked
    published(commission)
    leaves(commission.ronde)
    vote = running.note_vote(vote=a_vote(commission, most_places=1), by=commission.chair)
    with pytest.raises(VoteStands):
        running.note_vote(vote=a_vote(commission), by=commission.chair)
    assert running.look_everywhere() == {"ready": 1, "offered": 1}
    assert offer_of(stronger).state == OfferState.TO_OPERATOR
    given = SmallRound.objects.get()
    assert (given.by_vote, given.confirmed_by) == (vote, None)
    opening = commission.ronde.openings.get()
    opening.authorised = dict.fromkeys(opening.authorised, 2)
    opening.save()
    assert running.look_everywhere() == {"ready": 1, "offered": 0}
    assert not NurseryOffer.objects.filter(child=weaker).exists(), "one more than voted waits for the desk"
    signed_in(commission.chair).post(reverse("vacancies:end_vote", args=[vote.pk]))
    signed_in(commission.member).post(reverse("vacancies:confirm", args=[SmallRound.objects.ready().get().pk]))
    assert not NurseryOffer.objects.filter(child=weaker).exists()
    assert running.standing_vote(commission.authority.pk) is None


@pytest.mark.parametrize("said", [{"valid_until": -1}, {"voted_on": 1}])
def test_a_vote_holds_on_its_days(commission: Commission, said: dict[str, int]) -> None:
    days = {name: timezone.localdate() + timedelta(days=number) for name, number in said.items()}
    if "valid_until" in days:
        days["voted_on"] = days["valid_until"] - timedelta(days=9)
    published(commission)
    leaves(commission.ronde)
    running.note_vote(vote=a_vote(commission, **days), by=commission.chair)
    assert running.look_everywhere()["offered"] == 0


def test_a_vote_without_majority_or_voters_is_refused_on_the_form_and_by_the_database(commission: Commission) -> None:
    day = timezone.localdate()
    typed = {"voted_on": f"{day:%d/%m/%Y}", "valid_until": f"{day + timedelta(days=400):%d/%m/%Y}"}
    typed |= {"most_places": "3", "members": "CAF", "votes_for": "2", "votes_against": "2", "abstained": "0"}
    answer = signed_in(commission.chair).post(reverse("vacancies:new_vote"), typed)
    said = answer.content.decode().replace("\u202f", " ")
    assert "plus de voix pour que contre" in said and "un an après, au plus" in said
    assert 'value="3"' in said, "what was typed is kept"
    assert not VacancyVote.objects.exists()
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        running.note_vote(vote=a_vote(commission, members=""), by=commission.chair)
    assert refused_by(refused.value, "vote_on_vacancies_says_its_limits_and_who_voted")


def test_a_file_from_a_month_on_asks_nobody_to_begin_in_the_past() -> None:
    child = {"starts": ["2027-09", "2027-10"], "bands": ["small", "middle", "big"], "until": None}
    old = child | {"until": "2027-09", "starts": ["2027-09"]}
    file = {
        "months": ["2027-09", "2027-10", "2027-11"],
        "children": {"1": child, "2": old},
        "facilities": {"A": {"authorised": [1, 2, 3], "present": [old | {"child": 7}, child | {"child": 8}]}},
        "locks": {"1": {"start": "2027-09"}, "2": {"start": "2027-09"}},
        "together": [{"children": ["1", "2"]}],
    }
    cut = since(file, "2027-10")
    assert cut["months"] == ["2027-10", "2027-11"]
    assert cut["children"] == {"1": child | {"starts": ["2027-10"], "bands": ["middle", "big"]}}
    assert cut["facilities"]["A"]["authorised"] == [2, 3]
    assert [line["child"] for line in cut["facilities"]["A"]["present"]] == [8]
    assert cut["locks"] == {"1": {"start": "2027-10"}} and cut["together"] == []
    assert since(file, "2028-01")["months"] == []


# -- who changes nursery


def changing(commission: Commission, *wishes: Nursery, number: str = "L1") -> ApplicationChild:
    """At Les Lutins since long, and asks for La Ronde, or for what is said."""
    child = commission.ask(*(wishes or [commission.ronde]), points=90, name="Delta")
    there(commission.lutins, number, born=born_in(child))
    agent = people.for_nurseries(Role.CHILDCARE_AGENT, commission.authority)
    note_own_place(child=child, nursery=commission.lutins, number=number, by=agent)
    return child


def test_the_old_place_is_kept_until_the_new_one_is_taken(commission: Commission) -> None:
    mover = changing(commission)
    there(commission.lutins, "L2")
    next_one = commission.ask(commission.lutins, points=5, name="Echo")
    round = published(commission)
    file = json.loads(round.file)
    assert file["children"][str(mover.number)]["holds"]["facility"] == "Les Lutins"
    assert [line["child"] for line in file["facilities"]["Les Lutins"]["present"]] == ["L2"]
    assert json.loads(round.answer)["seats"][str(mover.number)]["route"] == "kept"
    leaves(commission.ronde)
    running.confirm(small=_some(looked(commission)), by=commission.chair)
    offer = to_family(mover)
    assert offer.nursery == commission.ronde
    assert looked(commission) is None, "nobody is given what is still held"
    assert next_in_line.pass_on() == 0
    offers.family_accepts(offer_id=offer.pk, keeps_waiting=False)
    old = PresentChild.objects.get(number="L1")
    assert old.last_month == month_before(offer.start)
    running.confirm(small=_some(looked(commission)), by=commission.chair)
    assert offer_of(next_one).nursery == commission.lutins


def test_who_declines_the_new_place_keeps_the_old_one(commission: Commission) -> None:
    mover = changing(commission)
    published(commission)
    leaves(commission.ronde)
    running.confirm(small=_some(looked(commission)), by=commission.chair)
    offers.family_declines(offer_id=to_family(mover).pk, reason="days")
    assert PresentChild.objects.get(number="L1").last_month is None
    assert OwnPlace.objects.get().last_month is None


def test_who_is_refused_any_place_keeps_its_own(commission: Commission) -> None:
    mover = changing(commission, commission.ronde, commission.lutins)
    leaves(commission.ronde)
    round = commission.frozen()
    assert json.loads(round.answer)["seats"][str(mover.number)]["route"] == "open"
    facts: dict[str, Any] = {"kind": DecisionKind.REFUSE, "reason": "Déjà accueilli.", "by": commission.chair}
    deciding.decide(round=round, version=round.version, number=mover.number, **facts)
    round.refresh_from_db()
    seat = json.loads(round.answer)["seats"][str(mover.number)]
    assert (seat["facility"], seat["route"]) == ("Les Lutins", "kept")


def test_who_stays_silent_keeps_the_old_place_and_the_next_is_asked(commission: Commission) -> None:
    """Out of the round everywhere, but not out of where it is: the others go on."""
    mover = changing(commission, commission.ronde, commission.lutins)
    published(commission)
    leaves(commission.ronde)
    running.confirm(small=_some(looked(commission)), by=commission.chair)
    offer = to_family(mover)
    assert offers.lapse_due(offer.due_at + timedelta(minutes=1)) == 1
    assert next_in_line.pass_on() == 0, "the place was never one of the commission's round"
    assert running.confirm(small=_some(looked(commission)), by=commission.chair) == 1
    assert offer_of(commission.asked[1]).nursery == commission.ronde
    assert OwnPlace.objects.get().last_month is None


def test_an_own_place_is_that_of_a_child_of_that_age_and_of_one(commission: Commission) -> None:
    mover = changing(commission)
    agent: StaffMember = OwnPlace.objects.get().noted_by
    other = commission.ask(commission.ronde, name="Echo")
    with pytest.raises(PlaceIsAnothers):
        note_own_place(child=other, nursery=commission.lutins, number="L1", by=agent)
    for number in ("R1", "L99"):
        with pytest.raises(NobodyThere):
            note_own_place(child=other, nursery=commission.ronde, number=number, by=agent)
    address = reverse("nursery_files:own_place", args=[mover.application_id, mover.number])
    answer = signed_in(agent).post(address, {"creche": commission.ronde.pk, "numero": "X7"})
    assert "Aucun enfant né ce mois-là" in answer.content.decode() and 'value="X7"' in answer.content.decode()


def _some(small: SmallRound | None) -> SmallRound:
    assert small is not None
    return small


def test_places_passed_on_begin_in_a_month_to_come(commission: Commission) -> None:
    """A month after the round began, who comes next is not asked to have begun with it."""
    leaves(commission.ronde)
    weaker, stronger = commission.asked
    round = published(commission)
    offers.family_declines(offer_id=to_family(stronger).pk, reason="moved")
    with time_machine.travel(timezone.now() + timedelta(days=40), tick=False):
        assert next_in_line.pass_on() == 1
        assert offer_of(weaker).start == next_month() > round.first_month
