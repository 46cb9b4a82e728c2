"""Families at the counter: found by what a caller says and noted as read, papers seen, one child made one."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.residents.enums import PaperKind
from booking.residents.exceptions import CannotMerge
from booking.residents.families.merging import merge_members
from booking.residents.families.queries import same_child_twice
from booking.residents.models import Guardian, HealthAttestation, Household, Member, SeenPaper
from municipalities.models import AuditEntry, ReadTrace, StaffMember, Why
from tests import people
from tests.booking.residents.visitor import signed_in
from tests.factories import (
    GuardianFactory,
    HealthAttestationFactory,
    HouseholdFactory,
    MemberFactory,
    OperatorFactory,
    SeenPaperFactory,
)
from tests.rights.walk import signed_in as as_agent

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> StaffMember:
    return people.sports_manager(OperatorFactory.create())


@pytest.fixture
def agent(staff: StaffMember) -> Client:
    return as_agent(staff)


@pytest.fixture
def household() -> Household:
    guardian = GuardianFactory.create(name="Zoë d’Œuvre", email="zoe@mail.example", phone="+33612345678")
    MemberFactory.create(given_name="Éloïse", family_name="Müller", household=guardian.household)
    return guardian.household


def said(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


@pytest.mark.parametrize("asked", ["eloise", "muller eloise", "zoe", "ZOE@MAIL", "06 12 34 56 78", "+33 6 12 34"])
def test_a_family_is_found_by_whatever_is_said_and_the_reading_is_noted(
    agent: Client, staff: StaffMember, household: Household, asked: str
) -> None:
    GuardianFactory.create(name="Personne d’autre")
    page = said(agent.get(reverse("families:find"), {"q": asked}))
    assert reverse("families:family", args=[household.pk]) in page and "Personne d’autre" not in page
    (reading,) = ReadTrace.objects.all()
    assert (reading.staff, reading.subject_id, reading.why) == (staff, household.pk, Why.SEARCH)
    page = said(as_agent(people.auditor()).get(reverse("staff:readings"), {"nom": "zoe@mail.example"}))
    assert "Zoë d’Œuvre" in page


@pytest.mark.parametrize("asked", ["", "x", "eloise zoe", "@", "%", "'; drop", "06", "é" * 500])
def test_what_names_nobody_finds_nobody(agent: Client, household: Household, asked: str) -> None:
    answer = agent.get(reverse("families:find"), {"q": asked})
    assert answer.status_code == 200 and str(household.pk) not in said(answer)
    assert not ReadTrace.objects.exists()


def test_an_erased_family_is_not_found(agent: Client, household: Household) -> None:
    Household.objects.update(erased_at=timezone.now())
    assert str(household.pk) not in said(agent.get(reverse("families:find"), {"q": "eloise"}))
    assert agent.get(reverse("families:family", args=[household.pk])).status_code == 404


def test_a_callers_family_is_opened_and_their_mailbox_comes_in_by_its_own_code(agent: Client) -> None:
    new = {"name": "Odile Fictive", "email": "Odile@Mail.example", "phone": ""}
    answer = agent.post(reverse("families:new"), new)
    guardian = Guardian.objects.get()
    assert answer["Location"] == reverse("families:family", args=[guardian.household_id])
    assert guardian.confirmed_at is None
    lea = {"given_name": "Léa", "family_name": "Fictive", "born_on": "04/05/2018"}
    agent.post(reverse("families:new_member", args=[guardian.household_id]), lea)
    theirs = signed_in(Client(), "odile@mail.example")
    assert "Léa Fictive" in said(theirs.get(reverse("family:home")))
    assert agent.post(reverse("families:new"), {"name": "Sans Contact"}).status_code == 422


def test_a_quotient_is_noted_with_value_dates_and_who_saw_it(
    agent: Client, staff: StaffMember, household: Household
) -> None:
    page, today = reverse("families:quotient", args=[household.pk]), timezone.localdate()
    until = today + timedelta(days=200)
    for wrong in ({"value": "huit"}, {"value": "-1"}, {"value": "9999999"}, {"on": "demain"}):
        sent = {"value": "820", "on": today.isoformat(), "until": until.isoformat()} | wrong
        assert agent.post(page, sent).status_code == 422
    late = {"value": "820", "on": today.isoformat(), "until": (today - timedelta(days=1)).isoformat()}
    answer = agent.post(page, late)
    assert answer.status_code == 409 and "doit finir après" in said(answer) and 'value="820"' in said(answer)
    assert agent.post(page, late | {"until": until.isoformat()}).status_code == 302
    household.refresh_from_db()
    assert (household.family_quotient, household.quotient_seen_by, household.quotient_seen_on) == (820, staff, today)
    traced = str(list(AuditEntry.objects.filter(table="residents_household").values_list("before", "after")))
    assert "820" not in traced, "the trace says that it changed, not what it is"


def test_papers_are_noted_and_taken_back(agent: Client, staff: StaffMember, household: Household) -> None:
    page, today = reverse("families:paper", args=[household.pk]), timezone.localdate().isoformat()
    child = Member.objects.get()
    status = {"kind": "status", "member": str(child.pk), "status": "student", "on": today, "until": today}
    answer = agent.post(page, status | {"member": ""})
    assert answer.status_code == 409 and "pour une personne" in said(answer)
    assert agent.post(page, status | {"member": str(MemberFactory.create().pk)}).status_code == 422
    assert agent.post(page, status).status_code == 302
    paper = SeenPaper.objects.get()
    assert (paper.kind, paper.member, paper.seen_by) == (PaperKind.STATUS, child, staff)
    assert "Étudiant" in said(agent.get(reverse("families:family", args=[household.pk])))
    forget = reverse("families:forget_paper", args=[HouseholdFactory.create().pk, paper.pk])
    assert agent.post(forget).status_code == 404, "another family's paper"
    agent.post(reverse("families:forget_paper", args=[household.pk, paper.pk]))
    assert not SeenPaper.objects.exists()


def _twice() -> tuple[Member, Member]:
    first, second = (
        MemberFactory.create(given_name=name, born_on=date(2018, 5, 4), household=GuardianFactory.create().household)
        for name in ("Léa", "LEA")
    )
    return first, second


def test_one_child_of_two_households_is_made_one_with_all_that_hangs_on_it(agent: Client) -> None:
    kept, other = _twice()
    for season in (2025, 2026):
        HealthAttestationFactory.create(member=other, season=season)
    HealthAttestationFactory.create(member=kept, season=2026)
    SeenPaperFactory.create(household=other.households.get(), member=other, kind=PaperKind.MEDICAL)
    assert "Léa" in said(agent.get(reverse("families:doubles")))
    answer = agent.post(reverse("families:doubles"), {"kept": str(kept.pk), "other": str(other.pk)})
    assert answer.status_code == 302
    other.refresh_from_db()
    assert other.erased_at and kept.households.count() == 2
    assert SeenPaper.objects.get().member == kept
    assert set(HealthAttestation.objects.values_list("member", "season")) == {(kept.pk, 2025), (kept.pk, 2026)}
    assert same_child_twice() == []


def test_two_who_are_not_one_are_never_merged(agent: Client, staff: StaffMember) -> None:
    kept, _other = _twice()
    stranger = MemberFactory.create(given_name="Nino", household=HouseholdFactory.create())
    with pytest.raises(CannotMerge):
        merge_members(kept=kept, other=stranger, by=staff)
    for sent in ({"kept": str(kept.pk), "other": str(stranger.pk)}, {"kept": str(kept.pk), "other": str(kept.pk)}, {}):
        assert agent.post(reverse("families:doubles"), sent).status_code == 404
    assert Member.objects.filter(erased_at__isnull=True).count() == 3


def test_who_serves_no_families_finds_none(household: Household, rixheim_town_hall: Any) -> None:
    for member in (people.agent_of(rixheim_town_hall), people.auditor(), people.manager_of_facility(rixheim_town_hall)):
        browser = as_agent(member)
        for name, args in (("find", []), ("new", []), ("doubles", []), ("family", [household.pk])):
            assert browser.get(reverse(f"families:{name}", args=args)).status_code == 404
    assert not ReadTrace.objects.exists()
