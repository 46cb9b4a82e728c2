"""What the database refuses of a family, in sentences."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from booking.residents.enums import PaperKind, Status
from booking.residents.models import Guardian, Household, Member, Membership, SeenPaper
from municipalities.database.transactions import refused_by
from tests.factories import (
    GuardianFactory,
    HealthAttestationFactory,
    HouseholdFactory,
    MemberFactory,
    SeenPaperFactory,
    StaffMemberFactory,
)

pytestmark = pytest.mark.django_db
#: None of these is asked what day it is today.
DAY = date(2026, 11, 27)


def refuses(constraint: str, make: Any) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        make()
    assert refused_by(refused.value, constraint), refused.value


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"born_on": None}, "l’une des deux"),
        ({"expected_on": DAY}, "l’une des deux"),
        ({"given_name": ""}, "le prénom et le nom"),
    ],
)
def test_a_member_is_born_or_expected_and_has_a_name_once_born(fields: dict[str, Any], sentence: str) -> None:
    member = MemberFactory.build(**fields)
    with pytest.raises(ValidationError) as refused:
        member.validate_constraints()
    assert sentence in str(refused.value)
    with pytest.raises(IntegrityError), transaction.atomic():
        member.save()


def test_an_expected_child_needs_no_name_and_twins_are_two() -> None:
    household = HouseholdFactory.create()
    for _twin in range(2):
        unborn = MemberFactory.create(given_name="", family_name="", born_on=None, expected_on=DAY, household=household)
    assert household.members.count() == 2
    assert not unborn.is_born and unborn.age_on(DAY) is None


@pytest.mark.parametrize(
    ("given", "family"), [("LEA", "müller"), ("Léa", "Mueller"), ("Lea ", "Müller"), ("L’éa", "Mül-ler")]
)
def test_the_same_child_is_not_twice_in_a_household(given: str, family: str) -> None:
    household = HouseholdFactory.create()
    MemberFactory.create(given_name="Léa", family_name="Müller", household=household)
    again = MemberFactory.create(given_name=given, family_name=family)
    refuses("household_has_each_person_once", lambda: Membership.objects.create(household=household, member=again))
    Membership.objects.create(household=HouseholdFactory.create(), member=again)


def test_another_day_of_birth_is_another_child() -> None:
    household = HouseholdFactory.create()
    for day in (4, 5):
        MemberFactory.create(given_name="Léa", born_on=date(2018, 5, day), household=household)
    assert household.members.count() == 2


def test_a_correction_that_makes_two_of_one_child_is_refused_too() -> None:
    """The membership follows its member by the database itself."""
    household = HouseholdFactory.create()
    MemberFactory.create(given_name="Léa", household=household)
    other = MemberFactory.create(given_name="Lena", household=household)
    refuses("household_has_each_person_once", lambda: Member.objects.filter(pk=other.pk).update(given_name="lea"))
    Member.objects.filter(pk=other.pk).update(given_name="Lina")
    other.refresh_from_db()
    assert Membership.objects.get(member=other).identity == other.identity != ""


def test_a_child_in_two_households_is_one_member() -> None:
    one, two = HouseholdFactory.create_batch(2)
    child = MemberFactory.create(households=[one, two])
    assert set(child.households.all()) == {one, two}
    refuses("member_is_once_in_a_household", lambda: Membership.objects.create(household=one, member=child))


def test_a_mailbox_opens_one_household_once_it_is_confirmed() -> None:
    guardian = GuardianFactory.create(email="odile@mail.example")
    invited = GuardianFactory.create(email="odile@mail.example", confirmed_at=None)
    refuses(
        "confirmed_mailbox_opens_one_household",
        lambda: Guardian.objects.filter(pk=invited.pk).update(confirmed_at=timezone.now()),
    )
    refuses("mailbox_is_written_in_small_letters", lambda: GuardianFactory.create(email="Odile@mail.example"))
    refuses(
        "household_has_each_mailbox_once",
        lambda: GuardianFactory.create(household=guardian.household, email=guardian.email, confirmed_at=None),
    )


def test_a_quotient_has_its_dates_and_who_saw_it() -> None:
    household, today = HouseholdFactory.create(quotient=820), timezone.localdate()
    assert household.quotient_on_day(today) == 820
    assert household.quotient_on_day(today + timedelta(days=400)) is None
    assert HouseholdFactory.create().quotient_on_day(today) is None
    mine = Household.objects.filter(pk=household.pk)
    refuses("quotient_has_value_dates_and_who_saw_it_or_nothing", lambda: mine.update(quotient_seen_by=None))
    refuses("quotient_is_a_plausible_amount", lambda: mine.update(family_quotient=100_000))
    refuses("quotient_ends_after_its_certificate", lambda: mine.update(quotient_until=date(2020, 1, 1)))


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"kind": PaperKind.MEDICAL}, "paper_is_of_the_home_or_of_one_member"),
        ({"status": Status.STUDENT}, "paper_of_a_situation_says_which_and_no_other_does"),
        ({"valid_until": DAY - timedelta(days=1)}, "paper_ends_after_its_date"),
        ({"seen_on": DAY - timedelta(days=1)}, "paper_is_not_dated_after_it_was_seen"),
    ],
)
def test_a_paper_that_cannot_be_is_refused(fields: dict[str, Any], constraint: str) -> None:
    paper = SeenPaper(
        **{
            "household": HouseholdFactory.create(),
            "kind": PaperKind.RESIDENCE,
            "paper_on": DAY,
            "valid_until": DAY,
            "seen_by": StaffMemberFactory.create(),
        }
        | fields
    )
    refuses(constraint, paper.save)
    assert next(one for one in SeenPaper._meta.constraints if one.name == constraint).violation_error_message


def test_health_is_attested_once_a_season() -> None:
    given = HealthAttestationFactory.create(season=2026)
    HealthAttestationFactory.create(member=given.member, season=2027)
    refuses(
        "health_is_attested_once_a_season", lambda: HealthAttestationFactory.create(member=given.member, season=2026)
    )


@pytest.mark.parametrize(
    ("day", "age"), [(date(2026, 5, 3), 7), (date(2026, 5, 4), 8), (date(2018, 5, 3), None), (date(2018, 5, 4), 0)]
)
def test_ages_are_whole_years(day: date, age: int | None) -> None:
    assert MemberFactory.build(born_on=date(2018, 5, 4)).age_on(day) == age


def test_who_is_born_on_the_29th_of_february_is_older_on_the_first_of_march() -> None:
    child = MemberFactory.build(born_on=date(2020, 2, 29))
    assert (child.age_on(date(2026, 2, 28)), child.age_on(date(2026, 3, 1))) == (5, 6)


def test_a_paper_of_a_child_goes_with_the_child() -> None:
    paper = SeenPaperFactory.create(kind=PaperKind.STATUS, status=Status.STUDENT, member=MemberFactory.create())
    paper.member.delete()
    assert not SeenPaper.objects.exists()
