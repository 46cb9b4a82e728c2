"""A family is opened, added to, corrected and shared; each refusal is a sentence."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from booking.residents.enums import PaperKind, Status
from booking.residents.exceptions import (
    AlreadyInFamily,
    AttestedAlready,
    FamilyRefused,
    LastGuardian,
    MailboxTaken,
    ShareRefused,
)
from booking.residents.families import actions, papers, queries
from booking.residents.models import Household, Member
from municipalities.models import Municipality
from tests.factories import (
    GuardianFactory,
    HouseholdFactory,
    MemberFactory,
    SeenPaperFactory,
    StaffMemberFactory,
)

pytestmark = pytest.mark.django_db
LEA = {"given_name": "Léa", "family_name": "Fictive", "born_on": date(2018, 5, 4), "expected_on": None}


def today() -> date:
    return timezone.localdate()


def test_a_household_opens_with_its_first_adult_whose_mailbox_is_written_small() -> None:
    guardian = actions.open_household(email=" Odile@Mail.Example ", language="de")
    assert (guardian.email, guardian.household.language, bool(guardian.confirmed_at)) == (
        "odile@mail.example",
        "de",
        True,
    )
    with pytest.raises(MailboxTaken):
        actions.open_household(email="odile@mail.example")
    assert Household.objects.count() == 1, "a refusal leaves no empty household behind"


def test_the_same_child_is_added_once_and_born_once() -> None:
    household = HouseholdFactory.create()
    actions.add_member(household=household, **LEA)
    with pytest.raises(AlreadyInFamily) as refused:
        actions.add_member(household=household, **LEA | {"given_name": "LEA"})
    assert "déjà dans la famille" in str(refused.value) and Member.objects.count() == 1
    unborn = actions.add_member(household=household, expected_on=today() + timedelta(days=60))
    with pytest.raises(AlreadyInFamily):
        actions.correct_member(member=unborn, **LEA)
    actions.correct_member(member=unborn, **LEA | {"given_name": "Nino"})
    assert [one.given_name for one in queries.members_of(household)] in (["Léa", "Nino"], ["Nino", "Léa"])


def test_who_is_removed_from_the_last_household_is_erased() -> None:
    one, two = HouseholdFactory.create_batch(2)
    child = MemberFactory.create(households=[one, two])
    actions.remove_member(household=one, member=child)
    child.refresh_from_db()
    assert child.erased_at is None and list(child.households.all()) == [two]
    actions.remove_member(household=two, member=child)
    child.refresh_from_db()
    assert child.erased_at and child.given_name == ""


def test_a_family_keeps_an_adult_who_can_sign_in() -> None:
    guardian = GuardianFactory.create()
    invited = GuardianFactory.create(household=guardian.household, confirmed_at=None)
    with pytest.raises(LastGuardian):
        actions.remove_guardian(guardian=guardian)
    actions.remove_guardian(guardian=invited)
    assert queries.guardians_of(guardian.household) == [guardian]


def test_a_new_home_is_not_proved_by_the_old_papers(rixheim: Municipality) -> None:
    paper = SeenPaperFactory.create()
    actions.move_home(household=paper.household, home=None)
    assert queries.papers_of(paper.household) == [paper]
    actions.move_home(household=paper.household, home=rixheim)
    assert queries.papers_of(paper.household) == []


def test_the_other_parent_joins_a_child_by_the_link_once() -> None:
    mine, theirs, third = HouseholdFactory.create_batch(3)
    child = MemberFactory.create(household=mine)
    old, token = actions.share_child(member=child), actions.share_child(member=child)
    for wrong in (old, "x" * 32, token[:-1]):
        with pytest.raises(ShareRefused):
            actions.join_child(household=theirs, token=wrong)
    with pytest.raises(AlreadyInFamily):
        actions.join_child(household=mine, token=token)
    assert actions.join_child(household=theirs, token=token) == child
    assert set(child.households.all()) == {mine, theirs}
    with pytest.raises(ShareRefused):
        actions.join_child(household=third, token=token)


def test_a_link_runs_out_after_a_week() -> None:
    child = MemberFactory.create(household=HouseholdFactory.create())
    token = actions.share_child(member=child, now=timezone.now() - timedelta(days=8))
    with pytest.raises(ShareRefused):
        actions.shared_child(token)


def test_health_is_attested_by_a_guardian_once_a_season() -> None:
    guardian = GuardianFactory.create()
    child = MemberFactory.create(household=guardian.household)
    actions.attest_health(guardian=guardian, member=child, season=2026)
    with pytest.raises(AttestedAlready):
        actions.attest_health(guardian=guardian, member=child, season=2026)
    assert [one.season for one in child.attestations.all()] == [2026]


def test_papers_are_facts_with_dates_and_a_person() -> None:
    household, agent = HouseholdFactory.create(), StaffMemberFactory.create()
    child = MemberFactory.create(household=household)
    until = today() + timedelta(days=300)
    papers.note_quotient(household=household, value=820, on=today(), until=until, by=agent)
    household.refresh_from_db()
    assert household.quotient_on_day(today()) == 820 and household.quotient_seen_by == agent
    paper = papers.note_paper(
        household=household,
        kind=PaperKind.STATUS,
        status=Status.STUDENT,
        member=child,
        on=today(),
        until=until,
        by=agent,
    )
    assert queries.papers_of(household) == [paper] and paper.seen_by == agent
    papers.forget_paper(paper=paper, by=agent)
    assert queries.papers_of(household) == []


def test_a_paper_that_cannot_be_is_refused_in_words() -> None:
    household, agent = HouseholdFactory.create(), StaffMemberFactory.create()
    tomorrow = today() + timedelta(days=1)
    with pytest.raises(FamilyRefused, match="ne peut pas suivre le jour"):
        papers.note_paper(household=household, kind=PaperKind.RESIDENCE, on=tomorrow, until=tomorrow, by=agent)
    with pytest.raises(FamilyRefused, match="doit finir après"):
        papers.note_quotient(household=household, value=820, on=today(), until=date(2020, 1, 1), by=agent)
    with pytest.raises(FamilyRefused, match="trop élevé"):
        papers.note_quotient(household=household, value=820_000, on=today(), until=tomorrow, by=agent)


def test_one_child_in_two_households_as_two_rows_is_listed() -> None:
    one, two = HouseholdFactory.create_batch(2)
    pair = [MemberFactory.create(given_name=name, household=home) for name, home in (("Léa", one), ("lea", two))]
    MemberFactory.create(given_name="Nino", household=one)
    MemberFactory.create(given_name="Léa")  # of no household any more
    (found,) = queries.same_child_twice()
    assert set(found) == set(pair)
