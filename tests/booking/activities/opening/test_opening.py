"""An opening: tickets, the draw, who is let in when, and what a change of the hour does to those who wait."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from booking.activities.enrolling.holding import Choice, hold
from booking.activities.enrolling.offers import chances
from booking.activities.enrolling.refusals import NotYourTurn
from booking.activities.models import Audience, EnrolmentState, Group, Opening, Ticket, Window
from booking.activities.opening import admission, tickets
from booking.activities.opening.draw import verify
from booking.activities.opening.tickets import OpeningMoved, TooManyMarks, mark, take
from booking.activities.seasons import actions
from booking.activities.seasons.calls import SOON, TURN
from booking.activities.seasons.messages import CHANGED
from booking.activities.seasons.messages import gather as facts_of_change
from booking.activities.seasons.messages import render as render_change
from booking.activities.seasons.offered import offered
from booking.activities.seasons.openings import OpeningBegun
from booking.residents.models import Household
from municipalities.enums import Role
from notifications.models import Message
from tests import people
from tests.factories import GuardianFactory, HouseholdFactory, StaffMemberFactory, StaffRoleFactory
from tests.factories.enrolments import EnrolmentFactory, child_of, course, family

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def waiting(opening: Opening, number: int, *, now: datetime | None = None) -> list[Ticket]:
    found = []
    for _one in range(number):
        found.append(take(opening=opening, household=HouseholdFactory.create(), now=now).ticket)
    return found


def held(household: Household, group: Group, now: datetime, **more: Any) -> Any:
    return hold(household=household, choices=[Choice(child_of(household), group.pk)], now=now, **more)


def test_an_opening_is_announced_by_the_hash_of_a_seed_that_the_database_keeps(opening: Opening) -> None:
    for change in ({"seed": "x" * 64}, {"seed_hash": "0" * 64}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Opening.objects.filter(pk=opening.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Opening.objects.create(season=opening.season, opens_at=opening.opens_at + SECOND, seed="a", seed_hash="b")


def test_who_came_before_is_drawn_who_came_later_queues_and_both_are_verified(
    opening: Opening, minute: datetime
) -> None:
    early = waiting(opening, 12)
    late = waiting(opening, 2, now=minute + SECOND)
    opening.refresh_from_db()
    ranks = dict(Ticket.objects.values_list("pk", "rank"))
    assert sorted(ranks[one.pk] for one in early) == list(range(1, 13)) and opening.drawn == 12
    assert [ranks[one.pk] for one in late] == [13, 14] and opening.last_rank == 14
    found = verify(opening)
    assert found.is_right and (found.drawn, found.later, found.wrong) == (12, 2, 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Ticket.objects.filter(pk=early[0].pk).update(rank=99)


def test_a_draw_that_was_meddled_with_is_found_out(opening: Opening, minute: datetime) -> None:
    early = waiting(opening, 6)
    admission.look(opening.pk, now=minute)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE activities_ticket SET rank = 103 - rank WHERE rank IN (1, 2)")
        cursor.execute("UPDATE activities_ticket SET rank = rank - 100 WHERE rank > 100")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert len(early) == 6 and Ticket.objects.filter(rank__in=[1, 2]).count() == 2
    assert not verify(Opening.objects.get()).is_right


def test_a_family_has_one_ticket_and_is_told_so(opening: Opening) -> None:
    household = HouseholdFactory.create()
    first, second = (take(opening=opening, household=household) for _ in range(2))
    assert first.is_new and not second.is_new and first.ticket.pk == second.ticket.pk


def test_so_many_are_let_in_each_second_by_whoever_asks(opening: Opening, minute: datetime, settings: Any) -> None:
    settings.OPENING_RATE = 2
    waiting(opening, 9)
    seen = [admission.look(opening.pk, now=minute + half * SECOND / 2).admitted for half in range(6)]
    assert seen == [2, 2, 4, 4, 6, 6]
    # Nobody asked for a while: that is made up for, up to a second's worth beyond who has a ticket.
    assert admission.look(opening.pk, now=minute + 9 * SECOND).admitted == 11


def test_a_poll_costs_no_query_but_once_a_second(opening: Opening, minute: datetime) -> None:
    waiting(opening, 3)
    admission.look(opening.pk, now=minute)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        for part in range(20):
            admission.look(opening.pk, now=minute + part * SECOND / 21)
    assert not asked.captured_queries


def test_what_is_left_is_what_the_offer_says_for_those_who_come(
    opening: Opening, group: Group, minute: datetime
) -> None:
    """A lapsed hold is free; an offer that nobody answered goes to the next in line, and to nobody here."""
    EnrolmentFactory.create(group=group, number=1, held_until=minute - SECOND)
    EnrolmentFactory.create(group=group, number=2, held_until=minute - SECOND, state=EnrolmentState.OFFERED)
    EnrolmentFactory.create(group=group, number=3, held_until=minute + SECOND)
    left = admission.look(opening.pk, now=minute).left
    assert left == {group.pk: 48} == {group.pk: chances([offered()[group.pk]], now=minute)[group.pk].left}


def test_fewer_are_let_in_while_the_database_answers_slowly(opening: Opening, minute: datetime, settings: Any) -> None:
    settings.OPENING_RATE = 10
    waiting(opening, 30)
    admission.look(opening.pk, now=minute)
    admission._watches[opening.pk].spent = admission.QUICK * 5
    assert admission.look(opening.pk, now=minute + SECOND).admitted == 12


def test_nobody_holds_a_place_before_their_turn_but_at_the_counter(
    opening: Opening, group: Group, minute: datetime, settings: Any
) -> None:
    settings.OPENING_RATE = 1
    first, second = family().household, family().household
    mine = [take(opening=opening, household=one).ticket for one in (first, second)]
    admission.look(opening.pk, now=minute)
    for one in mine:
        one.refresh_from_db()
    mine.sort(key=lambda one: one.rank or 0)
    assert held(mine[0].household, group, minute).enrolments
    with pytest.raises(NotYourTurn) as refused:
        held(mine[1].household, group, minute)
    assert refused.value.opening == opening.pk and "rang est gardé" in str(refused.value)
    with pytest.raises(NotYourTurn):
        held(family().household, group, minute)
    by = StaffMemberFactory.create()
    StaffRoleFactory.create(staff=by, role=Role.TERRITORY_MANAGER)
    assert held(family().household, group, minute, by=by).enrolments
    admission.look(opening.pk, now=minute + SECOND)
    assert held(mine[1].household, group, minute + SECOND).enrolments


def test_who_might_have_come_on_an_earlier_day_waits_for_nobody(
    opening: Opening, group: Group, minute: datetime
) -> None:
    Window.objects.create(activity=group.activity, audience=Audience.RESIDENTS, opens_at=minute - timedelta(days=2))
    assert held(family().household, group, minute).enrolments
    stranger = family()
    stranger.household.home_municipality = None
    stranger.household.save()
    with pytest.raises(NotYourTurn):
        held(stranger.household, group, minute)


def test_whoever_comes_to_a_quiet_opening_waits_for_nobody(opening: Opening, group: Group, minute: datetime) -> None:
    household = family().household
    later = minute + timedelta(hours=3)
    ticket = take(opening=opening, household=household, now=later).ticket
    assert ticket.rank == 1 and admission.look(opening.pk, now=later).is_in(ticket.rank)
    assert held(household, group, later).enrolments


def test_tickets_follow_the_hour_when_it_changes_and_their_families_are_told(
    opening: Opening, group: Group, minute: datetime
) -> None:
    guardian = family()
    taken = take(opening=opening, household=guardian.household).ticket
    by = StaffMemberFactory.create()
    StaffRoleFactory.create(staff=by, role=Role.TERRITORY_MANAGER)
    later = minute + timedelta(hours=2)
    actions.save_activity(activity=group.activity, windows={Audience.EVERYBODY: later}, by=by)
    opening.refresh_from_db()
    new = Opening.objects.get(opens_at=later)
    assert opening.moved_to == new and new.seed != opening.seed
    moved = Ticket.objects.get(opening=new)
    assert (moved.household_id, moved.taken_at) == (taken.household_id, taken.taken_at)
    told = Message.objects.get(kind=CHANGED)
    assert told.recipient == guardian.email and told.context["waits"]
    reminders = dict(Message.objects.filter(kind=SOON).values_list("subject_id", "due_at"))
    assert reminders[moved.pk] == later - timedelta(hours=1), "reminded of the new minute"
    with pytest.raises(OpeningMoved):
        take(opening=opening, household=HouseholdFactory.create())
    assert admission.look(opening.pk, now=minute).is_moved


@pytest.mark.parametrize("way", ["later", "earlier", "never"])
def test_where_families_choose_in_turn_already_the_minute_does_not_move(
    opening: Opening, group: Group, minute: datetime, way: str
) -> None:
    """A second opening of that activity would let them in after everybody who has waited for it."""
    household = family().household
    take(opening=opening, household=household)
    by = people.territory_manager()
    later = minute + timedelta(hours=2)
    windows = {"later": {Audience.EVERYBODY: later}, "earlier": {Audience.EVERYBODY: minute - SECOND}, "never": {}}
    with time_machine.travel(minute + SECOND, tick=False):
        with pytest.raises(OpeningBegun):
            actions.save_activity(activity=group.activity, windows=windows[way], by=by)
        admission.look(opening.pk)
        assert held(household, group, minute + SECOND).enrolments
        # What else there is to change, and a minute that is still to come, may be.
        both = {Audience.EVERYBODY: minute}
        actions.save_activity(activity=group.activity, windows=both, by=by)
    with time_machine.travel(minute + timedelta(hours=25), tick=False):
        actions.save_activity(activity=group.activity, windows=windows[way], by=by)


def test_a_minute_that_nobody_has_come_for_moves_at_any_time(opening: Opening, group: Group, minute: datetime) -> None:
    with time_machine.travel(minute + SECOND, tick=False):
        windows = {Audience.EVERYBODY: minute + timedelta(hours=2)}
        actions.save_activity(activity=group.activity, windows=windows, by=people.territory_manager())
    opening.refresh_from_db()
    assert opening.moved_to is not None


def test_where_one_minute_becomes_two_its_tickets_follow_to_both(
    opening: Opening, group: Group, minute: datetime
) -> None:
    Window.objects.create(activity=group.activity, audience=Audience.RESIDENTS, opens_at=minute)
    household = HouseholdFactory.create()
    take(opening=opening, household=household)
    by = StaffMemberFactory.create()
    StaffRoleFactory.create(staff=by, role=Role.TERRITORY_MANAGER)
    hour = timedelta(hours=1)
    windows = {Audience.RESIDENTS: minute + hour, Audience.EVERYBODY: minute + 5 * hour}
    actions.save_activity(activity=group.activity, windows=windows, by=by)
    opening.refresh_from_db()
    assert opening.moved_to is not None and opening.moved_to.opens_at == minute + hour
    waits_for = Ticket.objects.filter(household=household, opening__moved_to=None)
    assert set(waits_for.values_list("opening__opens_at", flat=True)) == {minute + hour, minute + 5 * hour}


def test_where_an_audience_has_no_minute_of_its_own_any_more_it_waits_for_the_next(
    opening: Opening, group: Group, minute: datetime
) -> None:
    """Residents would have come three hours before everybody: now they come with them, and have their ticket there."""
    later = minute + timedelta(hours=3)
    Window.objects.filter(activity=group.activity).update(audience=Audience.RESIDENTS)
    Window.objects.create(activity=group.activity, audience=Audience.EVERYBODY, opens_at=later)
    guardian = family()
    take(opening=opening, household=guardian.household)
    by = StaffMemberFactory.create()
    StaffRoleFactory.create(staff=by, role=Role.TERRITORY_MANAGER)
    actions.save_activity(activity=group.activity, windows={Audience.EVERYBODY: later}, by=by)
    opening.refresh_from_db()
    assert opening.moved_to is not None and opening.moved_to.opens_at == later
    assert Ticket.objects.filter(household=guardian.household, opening=opening.moved_to).exists()
    assert Message.objects.get(kind=CHANGED).recipient == guardian.email


def test_who_waits_for_a_minute_at_which_nothing_opens_any_more_is_told(
    opening: Opening, group: Group, minute: datetime
) -> None:
    guardian = family()
    take(opening=opening, household=guardian.household)
    by = StaffMemberFactory.create()
    StaffRoleFactory.create(staff=by, role=Role.TERRITORY_MANAGER)
    actions.save_activity(activity=group.activity, windows={}, by=by)
    told = Message.objects.get(kind=CHANGED)
    assert told.recipient == guardian.email
    said = render_change(told, facts_of_change([told])[told.pk])
    assert said is not None and "n’ouvrent plus" in said.text


def test_those_who_have_closed_the_page_are_called_once_when_their_turn_is_near(
    opening: Opening, minute: datetime, settings: Any
) -> None:
    settings.OPENING_RATE = 1
    guardian = family()
    guardian.phone = "+33612345678"
    guardian.save()
    take(opening=opening, household=guardian.household, wants_sms=True)
    for _second in range(2):
        admission.forget()
        admission.tend(now=minute)
    called = Message.objects.filter(kind=TURN).order_by("channel")
    assert {one.recipient for one in called} == {guardian.email, guardian.phone} and len(called) == 2


def test_nobody_is_forgotten_where_whoever_asks_comes_seldom(opening: Opening, minute: datetime, settings: Any) -> None:
    settings.OPENING_RATE = 1
    homes = [GuardianFactory.create() for _home in range(24)]
    for one in homes:
        take(opening=opening, household=one.household)
    for look in range(6):
        admission.look(opening.pk, now=minute + 10 * look * SECOND)
    assert Opening.objects.get().admitted > len(homes)
    assert Message.objects.filter(kind=TURN).count() == len(homes)


def test_a_dozen_groups_are_marked_and_no_more(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    household = HouseholdFactory.create()
    monkeypatch.setattr(tickets, "MOST_MARKS", 1)
    for _twice in range(2):
        mark(household=household, group=group.pk)
    with pytest.raises(TooManyMarks):
        mark(household=household, group=course(group.basin, activity=group.activity, hour=18).pk)
