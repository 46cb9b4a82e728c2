"""A round in the database: frozen once, decided by who sits, published only when the audit agrees."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from booking.nurseries.allocation.answers import allocate
from booking.nurseries.models import DecisionKind, Round, RoundNursery, RoundState
from booking.nurseries.rounds import deciding, files, freezing, minutes, publishing
from booking.nurseries.rounds.drawing import drawn, hash_of, ticket
from booking.nurseries.rounds.exceptions import (
    AlreadyFrozen,
    AuditFailed,
    ChangedMeanwhile,
    ClaimsAreContested,
    NamesSomebody,
    NotClosedYet,
    NotYourRound,
    OnlyTheChair,
    RoundIsRunning,
    SteppedAside,
    VoteIsMissing,
)
from municipalities.database.transactions import refused_by
from municipalities.enums import Role
from tests import people
from tests.booking.nurseries.commission import MONDAY, TUESDAY, Commission, make_commission
from tests.factories import ApplicationChildFactory, MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def commission() -> Commission:
    return make_commission()


def vote_all(round: Round, commission: Commission) -> None:
    for row in RoundNursery.objects.filter(round=round):
        round.refresh_from_db()
        deciding.vote(
            nursery=row, version=round.version, votes_for=3, votes_against=1, abstained=0, by=commission.chair
        )


def seats(round: Round) -> dict[int, str]:
    round.refresh_from_db()
    return {int(child): seat["facility"] for child, seat in json.loads(round.answer)["seats"].items()}


def test_freezing_writes_what_the_contract_reads_and_later_changes_wait(commission: Commission) -> None:
    ana, ben, cem = (commission.ask(commission.lutins, points=points) for points in (50, 40, 30))
    commission.ask(commission.lutins, state="received")
    round = commission.frozen()
    file = json.loads(round.file)
    assert allocate(file) == json.loads(round.answer)
    assert files.digest_of(round.file) == round.digest == json.loads(round.answer)["digest"]
    assert {int(number) for number in file["children"]} == {ana.number, ben.number, cem.number}
    assert file["children"][str(ana.number)]["points"] == 50
    assert seats(round) == {ana.number: "Les Lutins", ben.number: "Les Lutins"}
    late = commission.ask(commission.lutins, points=200)
    deciding.decide(
        round=round, version=1, number=ana.number, kind=DecisionKind.LOCK, reason="fratrie", by=commission.member
    )
    assert late.number not in seats(round)
    assert round.digest == files.digest_of(round.file)


def test_the_draw_is_fixed_before_the_deadline_and_recomputed_after(commission: Commission) -> None:
    children = [commission.ask(commission.lutins) for _ in range(3)]
    round = commission.announced()
    assert (round.seed, len(round.seed_hash)) == ("", 64)
    assert bytes(round.sealed_seed) != b""
    frozen = freezing.freeze(round=round, by=commission.chair)
    assert hash_of(frozen.seed) == round.seed_hash
    numbers = [child.number for child in children]
    places = drawn(frozen.seed, numbers)
    assert sorted(places, key=places.__getitem__) == sorted(numbers, key=lambda number: ticket(frozen.seed, number))
    file = json.loads(frozen.file)
    assert {number: file["children"][str(number)]["draw"] for number in numbers} == places


def test_a_round_is_frozen_by_the_chair_after_its_deadline_and_once(commission: Commission) -> None:
    commission.ask(commission.lutins)
    round = commission.announced()
    with pytest.raises(RoundIsRunning):
        commission.announced()
    with pytest.raises(OnlyTheChair):
        freezing.freeze(round=round, by=commission.member)
    Round.objects.filter(pk=round.pk).update(closes_on=timezone.localdate())
    with pytest.raises(NotClosedYet):
        freezing.freeze(round=round, by=commission.chair)
    Round.objects.filter(pk=round.pk).update(closes_on=timezone.localdate() - timedelta(days=1))
    freezing.freeze(round=round, by=commission.chair)
    with pytest.raises(AlreadyFrozen):
        freezing.freeze(round=round, by=commission.chair)


@pytest.mark.parametrize("change", [{"file": "{}"}, {"digest": "0" * 64}, {"seed": "1" * 64}, {"month_count": 4}])
def test_the_database_keeps_what_is_frozen(commission: Commission, change: dict[str, Any]) -> None:
    commission.ask(commission.lutins)
    round = commission.frozen()
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Round.objects.filter(pk=round.pk).update(**change)
    assert refused_by(refused.value, "frozen_round_stays")


def test_the_seed_cannot_be_chosen_afterwards(commission: Commission) -> None:
    round = commission.announced()
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Round.objects.filter(pk=round.pk).update(seed_hash=hash_of("chosen"))
    assert refused_by(refused.value, "frozen_round_stays")


def test_each_decision_is_counted_again_for_all_and_can_be_taken_back(commission: Commission) -> None:
    ana, ben, cem = (commission.ask(commission.lutins, points=points) for points in (50, 40, 30))
    round = commission.frozen()
    row = RoundNursery.objects.get(round=round, name="Les Lutins")
    now, then = deciding.try_out(
        round, files.Decision(str(cem.number), "essai", "Les Lutins", json.loads(round.file)["months"][0], ("mon_am",))
    )
    assert str(cem.number) not in now["seats"]
    assert str(ben.number) not in then["seats"]
    assert seats(round) == {ana.number: "Les Lutins", ben.number: "Les Lutins"}, "trying decides nothing"
    placed = deciding.decide(
        round=round,
        version=1,
        number=cem.number,
        kind=DecisionKind.PLACE,
        reason="Urgence reconnue",
        nursery=row,
        start=json.loads(round.file)["months"][0],
        half_days=["mon_am", "mon_pm"],
        by=commission.member,
    )
    assert seats(round) == {ana.number: "Les Lutins", cem.number: "Les Lutins"}
    deciding.take_back(decision=placed, version=2, by=commission.member)
    deciding.decide(
        round=round, version=3, number=ana.number, kind=DecisionKind.REFUSE, reason="déménage", by=commission.member
    )
    assert seats(round) == {ben.number: "Les Lutins", cem.number: "Les Lutins"}
    assert publishing.count_again(round).is_right


def test_nobody_decides_on_what_they_have_not_seen(commission: Commission) -> None:
    ana = commission.ask(commission.lutins)
    round = commission.frozen()
    facts: dict[str, Any] = {"round": round, "number": ana.number, "kind": DecisionKind.LOCK, "reason": "x"}
    with pytest.raises(ChangedMeanwhile):
        deciding.decide(version=0, by=commission.member, **facts)
    with pytest.raises(NotYourRound):
        deciding.decide(version=1, by=people.for_nurseries(Role.CHILDCARE_AGENT, commission.authority), **facts)
    deciding.step_aside(round=round, number=ana.number, function="Adjointe", by=commission.member)
    with pytest.raises(SteppedAside):
        deciding.decide(version=1, by=commission.member, **facts)


@pytest.mark.parametrize("reason", ["Pour la petite PrénomCachemire", "voisins, rue Cachemire-Secrete", "NOMCACHEMIRE"])
def test_a_reason_names_nobody(commission: Commission, reason: str) -> None:
    ana = commission.ask(commission.lutins)
    round = commission.frozen()
    with pytest.raises(NamesSomebody):
        deciding.decide(
            round=round, version=1, number=ana.number, kind=DecisionKind.LOCK, reason=reason, by=commission.member
        )


def test_nor_does_it_name_a_sibling_nor_does_who_steps_aside(commission: Commission) -> None:
    """Whatever is typed of a file at the desk."""
    ana = commission.ask(commission.lutins)
    elder = MemberFactory.create(given_name="Ludivine", family_name="x", born_on=ana.member.born_on)
    ApplicationChildFactory.create(application=ana.application, member=elder, rank=2, is_live=False)
    round = commission.frozen()
    facts: dict[str, Any] = {"round": round, "number": ana.number, "by": commission.member}
    with pytest.raises(NamesSomebody):
        deciding.decide(version=1, kind=DecisionKind.LOCK, reason="comme Ludivine", **facts)
    with pytest.raises(NamesSomebody):
        deciding.step_aside(function="oncle de PrénomCachemire", **facts)
    deciding.step_aside(function="Représentant de la CAF", **facts)


def test_the_minutes_tell_no_vote_that_was_on_other_places(commission: Commission) -> None:
    ana = commission.ask(commission.lutins)
    round = commission.frozen()
    vote_all(round, commission)

    def notes() -> dict[str, str]:
        round.refresh_from_db()
        return {one["title"]: one["note"] for one in minutes.facts_of(round)["sections"][0]["tables"]}

    assert notes()["Les Lutins"].startswith("Vote : ")
    deciding.decide(
        round=round, version=1, number=ana.number, kind=DecisionKind.REFUSE, reason="déménage", by=commission.member
    )
    assert notes()["Les Lutins"] == "Pas encore votée." and notes()["La Ronde"].startswith("Vote : ")


def test_a_vote_is_on_the_places_that_were_seen(commission: Commission) -> None:
    ana, ben = commission.ask(commission.lutins), commission.ask(commission.ronde)
    round = commission.frozen()
    vote_all(round, commission)
    publishing.must_be_decided(round)
    deciding.decide(
        round=round, version=1, number=ana.number, kind=DecisionKind.REFUSE, reason="déménage", by=commission.member
    )
    round.refresh_from_db()
    with pytest.raises(VoteIsMissing):
        publishing.must_be_decided(round)
    answer = json.loads(round.answer)
    voted = {row.name: deciding.is_voted(row, answer) for row in RoundNursery.objects.filter(round=round)}
    assert voted == {"Les Lutins": False, "La Ronde": True}, "what has not changed stays voted"
    assert ben.number in seats(round)


def test_contested_claims_are_settled_before_the_vote(commission: Commission) -> None:
    commission.ask(commission.lutins)
    round = commission.frozen()
    answer = json.loads(round.answer)
    child = next(iter(answer["seats"]))
    answer["contested"] = [{"children": [child], "facility": "La Ronde"}]
    Round.objects.filter(pk=round.pk).update(answer=files.canonical(answer))
    row = RoundNursery.objects.filter(round=round).first()
    assert row is not None
    with pytest.raises(ClaimsAreContested):
        deciding.vote(nursery=row, version=1, votes_for=3, votes_against=0, abstained=0, by=commission.chair)


def publish(round: Round) -> None:
    with transaction.atomic():
        publishing.close(Round.objects.select_for_update().get(pk=round.pk))


def test_a_round_that_fails_its_audit_is_not_published(commission: Commission) -> None:
    ana, ben = commission.ask(commission.lutins, points=50), commission.ask(commission.lutins, points=40)
    round = commission.frozen()
    answer = json.loads(round.answer)
    del answer["seats"][str(ben.number)]
    Round.objects.filter(pk=round.pk).update(answer=files.canonical(answer))
    vote_all(round, commission)
    assert publishing.count_again(Round.objects.get(pk=round.pk)).findings
    with pytest.raises(AuditFailed):
        publish(round)
    round.refresh_from_db()
    assert (round.state, ana.number in seats(round)) == (RoundState.FROZEN, True)
    for wrong in ({}, {"audited_digest": round.decided_digest, "audit_findings": 1}):
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            Round.objects.filter(pk=round.pk).update(state="published", published_at=timezone.now(), **wrong)
        assert refused_by(refused.value, "published_round_has_passed_its_audit")


def test_what_is_published_stays(commission: Commission) -> None:
    commission.ask(commission.lutins, days=MONDAY)
    commission.ask(commission.ronde, days=TUESDAY)
    round = commission.frozen()
    vote_all(round, commission)
    publish(round)
    for change in ({"answer": "{}"}, {"members": "autre"}, {"state": "frozen"}):
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            Round.objects.filter(pk=round.pk).update(**change)
        assert refused_by(refused.value, "frozen_round_stays")
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute("DELETE FROM nurseries_round WHERE id = %s", [round.pk])
