"""How full the pools are: every figure by its definition, and what is proposed where a group is nearly empty."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from booking.activities.changes import merging
from booking.activities.enrolling.ending import end, transfer
from booking.activities.enums import UseKind
from booking.activities.models import (
    EndReason,
    Enrolment,
    Group,
    LaneUse,
    RegisterMark,
    Said,
    Seat,
    Session,
    SessionFigures,
    Waiting,
    Window,
)
from booking.activities.models.seasons import CreditRule
from booking.activities.occupancy import figures, proposals
from booking.activities.occupancy.figures import By
from booking.activities.singles.remaining import singles_ahead
from municipalities.enums import Role
from municipalities.languages import Translated
from municipalities.models import StaffMember
from tests import people
from tests.factories import LaneFactory, OperatorFactory
from tests.factories.enrolments import child_of, course, family, water
from tests.factories.register import seated, session_today
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def basin() -> Any:
    return water()


@pytest.fixture
def sports(basin: Any) -> StaffMember:
    return people.sports_manager(basin.pool.facility.operator)


def said(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ").replace("\u202f", " ")


def in_lanes(session: Session, *lanes: Any) -> None:
    period = (session.starts_at, session.ends_at)
    for lane in lanes:
        LaneUse.objects.create(lane=lane, period=period, kind=UseKind.GROUP, event=session.pk, heads=4)


def filled(group: Group, number: int) -> None:
    """So many people in the group, with their seats in all its sessions."""
    first, *others = group.sessions.order_by("starts_at")
    for _one in range(number):
        member = seated(first)
        enrolment = Enrolment.objects.get(group=group, member=member)
        for other in others:
            period = (other.starts_at, other.ends_at)
            Seat.objects.create(
                enrolment=enrolment, session=other, member=member, number=enrolment.number, period=period
            )


def test_each_figure_is_what_it_says(basin: Any) -> None:
    session = session_today(basin, code="mer-14", capacity=10)
    lanes = [LaneFactory.create(basin=basin) for _lane in range(2)]
    in_lanes(session, *lanes)
    there, away, _unknown = (seated(session) for _person in range(3))
    seated(session, freed_at=timezone.now())
    Enrolment.objects.update(cents=9000)
    coach = people.coach(basin.pool.facility.operator)
    for member, word in ((there, Said.ABSENT), (there, Said.PRESENT), (away, Said.ABSENT)):
        RegisterMark.objects.create(session=session, member=member, said=word, made_at=timezone.now(), by=coach)
    today = timezone.localdate()
    (line,) = figures.lines(
        figures.meetings(figures.sessions_between([basin.pool], today, today)), By.POOL, figures.Counter()
    )
    assert (line.sold, line.offered, line.share_sold) == (3, 10, 30)
    assert (line.present, line.sold_noted, line.share_present) == (1, 3, 33)
    hours = 2 * (session.ends_at - session.starts_at).total_seconds() / 3600
    assert line.lane_hours == pytest.approx(hours)
    # Of four places of 90 €, each for this session alone; who told an absence has paid all the same.
    assert line.whole_cents == 4 * 9000 and line.cents_per_hour == round(4 * 9000 / hours)
    (use,) = figures.uses([basin.pool], today, today)
    assert (use.kind, use.share) == (UseKind.GROUP, 100) and use.hours == pytest.approx(hours)


def test_what_a_place_cost_is_shared_among_its_sessions(basin: Any) -> None:
    group = course(basin, sessions=3, days=1)
    filled(group, 1)
    Enrolment.objects.update(cents=9000)
    today = timezone.localdate()
    found = figures.meetings(figures.sessions_between([basin.pool], today, today + timedelta(days=30)))
    assert [one.cents for one in found] == [3000, 3000, 3000]


def test_a_place_that_moves_or_ends_is_counted_once_and_for_the_sessions_that_were_kept(basin: Any) -> None:
    """Three sessions for 90 €, one of them over: what follows it elsewhere, or is given back, is not here as well."""
    group = course(basin, sessions=3, days=-2)
    into = course(basin, sessions=2, days=6, hour=16, activity=group.activity)
    filled(group, 2)
    Enrolment.objects.update(cents=9000)
    moving, leaving = Enrolment.objects.order_by("pk")
    transfer(enrolment=moving, group=into, by=None)
    end(enrolment=leaving, reason=EndReason.FAMILY, by=None)
    today = timezone.localdate()
    found = figures.meetings(
        figures.sessions_between([basin.pool], today - timedelta(days=5), today + timedelta(days=30))
    )
    by_group = {pk: [one.cents for one in found if one.group == pk] for pk in (group.pk, into.pk)}
    # Two thirds of what was paid for the second place went back with it.
    assert by_group == {group.pk: [6000, 0, 0], into.pk: [3000, 3000]}


def test_a_session_that_was_credited_earned_nothing(basin: Any) -> None:
    group = course(basin, sessions=3, days=1)
    filled(group, 1)
    Enrolment.objects.update(cents=9000)
    Session.objects.filter(pk=group.sessions.latest("starts_at").pk).update(
        called_off_at=timezone.now(), reason=Translated(fr="Grève (fictive)")
    )
    today = timezone.localdate()

    def earned() -> list[Any]:
        found = figures.meetings(figures.sessions_between([basin.pool], today, today + timedelta(days=30)))
        return [one.cents for one in found]

    assert earned() == [3000, 3000]
    Group.objects.update(credit_rule=CreditRule.CATCH_UP)
    assert earned() == [4500, 4500], "what is made up for was paid all the same"


def test_figures_outlive_the_names(basin: Any) -> None:
    session = session_today(basin, capacity=10)
    SessionFigures.objects.create(session=session, sold=8, present=6, noted=7)
    today = timezone.localdate()
    (one,) = figures.meetings(figures.sessions_between([basin.pool], today, today))
    assert (one.sold, one.present, one.noted) == (8, 6, 7)


def test_who_comes_after_telling_an_absence_is_one_of_those_who_bought_a_place(basin: Any) -> None:
    """Their seat was sold once more: two have bought it, and both are there."""
    session = session_today(basin, capacity=2)
    came_after_all, stayed_away = (seated(session, freed_at=timezone.now()) for _person in range(2))
    guest, missing = seated(session), seated(session)
    coach = people.coach(basin.pool.facility.operator)
    noted = {came_after_all: Said.PRESENT, guest: Said.PRESENT, missing: Said.ABSENT, stayed_away: Said.ABSENT}
    for member, word in noted.items():
        RegisterMark.objects.create(session=session, member=member, said=word, made_at=timezone.now(), by=coach)
    today = timezone.localdate()
    found = figures.meetings(figures.sessions_between([basin.pool], today, today))
    (line,) = figures.lines(found, By.POOL, figures.Counter())
    assert (line.sold, line.offered, line.present, line.sold_noted, line.share_present) == (2, 2, 2, 3, 67)
    Seat.objects.filter(member=missing).update(freed_at=timezone.now())
    found = figures.meetings(figures.sessions_between([basin.pool], today, today))
    (line,) = figures.lines(found, By.POOL, figures.Counter())
    assert (line.sold, line.present, line.share_present) == (1, 2, 100)
    # Once nobody knows who it was, no more came than had bought a place.
    RegisterMark.objects.all().delete()
    Enrolment.objects.filter(group=session.group).delete()
    SessionFigures.objects.create(session=session, sold=1, present=2, noted=4)
    (line,) = figures.lines(
        figures.meetings(figures.sessions_between([basin.pool], today, today)), By.POOL, figures.Counter()
    )
    assert (line.sold, line.present, line.share_present) == (1, 2, 100)


@pytest.mark.parametrize("by", By)
def test_the_table_and_the_file_say_the_same(basin: Any, sports: StaffMember, by: By) -> None:
    seated(session_today(basin, code="mer-14", capacity=10))
    client = signed_in(sports)
    page = said(client.get(reverse("occupancy:figures") + f"?par={by.value}"))
    assert "10 % " in page and "(1/10)" in page and "<svg" in page
    file = said(client.get(reverse("occupancy:file") + f"?par={by.value}"))
    assert len(file.strip().splitlines()) == 2 and ";1;10;1;" in file


def test_figures_are_those_of_ones_own_operator(basin: Any, sports: StaffMember) -> None:
    stranger = people.sports_manager(OperatorFactory.create(), email="ailleurs@sports.example")
    seated(session_today(basin, code="mer-14"))
    own = signed_in(stranger).get(reverse("occupancy:figures"))
    assert own.status_code == 200 and basin.pool.facility.name not in own.content.decode()
    assert b"mer-14" not in signed_in(stranger).get(reverse("occupancy:file") + "?par=groupe").content
    coach = people.coach(basin.pool.facility.operator)
    assert signed_in(coach).get(reverse("occupancy:figures")).status_code == 404
    assert signed_in(sports).get(reverse("occupancy:figures") + "?du=hier&au=&piscine=x&par=x").status_code == 200
    assert signed_in(sports).get(reverse("occupancy:figures") + "?du=9999-12-31&au=9999-12-31").status_code == 200
    assert signed_in(coach).get(reverse("register:day") + "?jour=9999-12-31").status_code == 200


def test_a_group_that_is_nearly_empty_is_proposed_to_be_merged(basin: Any, sports: StaffMember) -> None:
    lane = LaneFactory.create(basin=basin)
    few = course(basin, code="vide", days=5, hour=9, capacity=10, weekday=2)
    into = course(basin, code="autre", days=5, hour=16, capacity=10, weekday=2, activity=few.activity)
    full = course(basin, code="plein", days=6, hour=14, capacity=2, weekday=3, activity=few.activity)
    few.lanes.add(lane)
    filled(few, 3)
    filled(into, 6)
    filled(full, 2)
    (told,) = proposals.nearly_empty([basin.pool])
    assert (told.group, told.sold, told.share, told.into, told.better) == (few, 3, 30, into, full)
    assert told.unsold == 7 * 2
    page = said(signed_in(sports).get(reverse("occupancy:proposals")))
    link = f"{reverse('desk:merge', args=[few.pk])}?groupe={into.pk}"
    assert link in page
    assert f'<option value="{into.pk}" selected>' in said(signed_in(sports).get(link))
    filled(into, 2)
    (told,) = proposals.nearly_empty([basin.pool])
    assert told.into is None, "no place for everybody"
    # Single places are sold once there is a price for one session: the link leads to a grid that may have it.
    grid = f"{reverse('tariffs:new_grid')}?gestionnaire={few.activity.season.operator_id}"
    assert grid in page and not told.singly.is_priced
    assert "selected" in said(signed_in(sports).get(grid)).split('name="like"')[1].split("</select>")[0]
    Group.objects.filter(pk=few.pk).update(tariff_code="velo")
    page = said(signed_in(sports).get(reverse("occupancy:proposals")))
    assert f"{reverse('catalogue:singles')}?piscine={basin.pool.facility.slug}" in page and "en vente" in page
    Window.objects.update(opens_at=timezone.now() + timedelta(days=1))
    page = said(signed_in(sports).get(reverse("occupancy:proposals")))
    assert reverse("seasons:activity", args=[few.activity_id]) in page


def test_single_places_that_could_be_sold_are_those_of_the_public_page(basin: Any) -> None:
    """What is sold by the session already is not counted again; a seat that an absence has freed is."""
    group = course(basin, days=5, sessions=2, capacity=10, tariff_code="velo")
    filled(group, 3)
    absent, *_others = Seat.objects.filter(session=group.sessions.earliest("starts_at"))
    Seat.objects.filter(pk=absent.pk).update(freed_at=timezone.now())
    for _buyer in range(2):
        child = seated(group.sessions.latest("starts_at"))
        Enrolment.objects.filter(member=child).update(session=group.sessions.latest("starts_at"))
    (told,) = proposals.nearly_empty([basin.pool])
    assert told.unsold == sum(one.left for one in singles_ahead(timezone.now())) == 8 + 5


def test_what_is_proposed_to_be_merged_is_what_the_page_of_merging_allows(basin: Any) -> None:
    """All at once and one by one say the same of every pair: full, met there already, elsewhere then, paying, over."""
    first = course(basin, code="a", hour=9, capacity=6)
    alike = {"capacity": 6, "activity": first.activity}
    others = [course(basin, code=code, hour=10 + n, **alike) for n, code in enumerate("bcdefg")]
    full, both, elsewhere, paying, called_off, easy = others
    for group in (first, elsewhere, easy):
        filled(group, 2)
    filled(full, 6)
    filled(both, 1)
    twice = Enrolment.objects.filter(group=first)[0]
    Enrolment.objects.filter(group=both).update(member=twice.member)
    Seat.objects.filter(enrolment__group=both).update(member=twice.member)
    other = course(water("Piscine voisine"), hour=12)
    filled(other, 1)
    Seat.objects.filter(enrolment__group=other).update(member=twice.member)
    filled(paying, 1)
    Enrolment.objects.filter(group=paying).update(state="paying", enrolled_at=None)
    Session.objects.filter(group=called_off).update(called_off_at=timezone.now())
    groups = list(Group.objects.select_related("activity__season"))
    pairs = [(one, into) for one in groups for into in groups if one != into and other not in (one, into)]
    now = timezone.now()
    one_by_one = {
        (one.pk, into.pk) for one, into in pairs if merging.preview(group=one, into=into, now=now).is_possible
    }
    assert merging.possible(pairs, now=now) == one_by_one
    assert (first.pk, easy.pk) in one_by_one
    assert not {(first.pk, one.pk) for one in (full, both, elsewhere, called_off)} & one_by_one
    assert (paying.pk, easy.pk) not in one_by_one


def test_proposals_cost_the_same_whatever_their_number(basin: Any, sports: StaffMember) -> None:
    lane, asked = LaneFactory.create(basin=basin), []
    first = course(basin, days=1, hour=8, capacity=10)
    page = reverse("occupancy:proposals")
    browser = signed_in(sports)
    for more in (range(2), range(2, 9)):
        for number in more:
            few = course(basin, days=1 + number % 6, hour=9 + number // 6, capacity=10, activity=first.activity)
            filled(few, 3)
            few.lanes.add(lane)
            full = course(basin, days=1 + number % 6, hour=14 + number // 6, capacity=1, activity=first.activity)
            filled(full, 1)
            for _one in range(proposals.LONG):
                home = family()
                Waiting.objects.create(group=full, member=child_of(home.household), household=home.household)
        browser.get(page)
        with CaptureQueriesContext(connection) as queries:
            assert said(browser.get(page)).count("Préparer la réunion") > len(more)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_a_full_group_with_a_long_list_has_free_lanes_and_a_coach(basin: Any, sports: StaffMember) -> None:
    taken, free = LaneFactory.create(basin=basin, name="Ligne 1"), LaneFactory.create(basin=basin, name="Ligne 2")
    full = course(basin, code="plein", days=5, capacity=2)
    filled(full, 2)
    in_lanes(full.sessions.earliest("starts_at"), taken)
    waiting = {full.pk: proposals.LONG}
    assert proposals.full_with_demand([basin.pool], waiting) == [], "nobody to teach"
    coach = people.with_role(Role.COACH, facility=basin.pool.facility)
    (told,) = proposals.full_with_demand([basin.pool], waiting)
    assert (told.group, list(told.lanes), told.coach) == (full, [free], coach)
    assert proposals.full_with_demand([basin.pool], {full.pk: proposals.LONG - 1}) == []
    Group.objects.filter(pk=full.pk).update(coach=coach)
    assert proposals.full_with_demand([basin.pool], waiting) == [], "the coach is in that very group"
    page = said(signed_in(sports).get(reverse("seasons:new_group", args=[full.activity_id]) + f"?groupe={full.pk}"))
    assert 'value="2"' in page
