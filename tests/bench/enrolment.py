"""Enrolling: a number with thirty-two seats against the bare statement, and one hot group, round after round."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from statistics import mean
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, connections
from django.utils import timezone

from booking.activities.enrolling import numbers
from booking.activities.enrolling.holding import Choice, hold
from booking.activities.enrolling.numbers import HOLD, Wanted
from booking.activities.enrolling.refusals import GroupFull
from booking.activities.models import Basket, Enrolment, Group, Seat, Session, Tariff, TariffGrid
from booking.activities.models.seasons import Activity, Audience, Season, Window
from booking.activities.models.tariffs import PriceRow
from booking.activities.models.water import Basin, Pool
from booking.payments.models import CashOffice
from booking.residents.models import Household, Member, Membership
from config.demo import places
from municipalities.database.transactions import patient_transaction
from municipalities.enums import FacilityKind, OperatorKind
from municipalities.models import Facility, Municipality, Operator
from tests.bench import database
from tests.bench.measure import Row, Size, take_turns, timed, warm_up

DATABASE = "bench_enrolment"
HANDS, SESSIONS = 8, 32
#: Holds of each hand in a turn.
EACH = 30
#: Places of the hot group, and how many of each hand want one.
PLACES, WANTED = 12, 2


def run(size: Size) -> Iterator[Row]:
    with database.migrated(DATABASE):
        ground = Ground()
        yield from _hot(size, ground)
        yield from _hold(size, ground)


class Ground:
    """A pool with two groups, and a family for every hold of a turn."""

    def __init__(self) -> None:
        places.load_municipalities()
        town = Municipality.objects.order_by("-population")[0]
        operator = Operator.objects.create(name="Agglomération", kind=OperatorKind.AGGLOMERATION)
        facility = Facility.objects.create(
            kind=FacilityKind.POOL,
            name="Piscine",
            slug="piscine",
            municipality=town,
            operator=operator,
            latitude=town.latitude,
            longitude=town.longitude,
        )
        self.office = CashOffice.objects.create(operator=operator, name="Régie")
        basin = Basin.objects.create(pool=Pool.objects.create(facility=facility, most_heads=900), name="Grand bassin")
        today = timezone.localdate()
        season = Season.objects.create(
            operator=operator, name="Saison", first_day=today, last_day=today + timedelta(days=400), is_public=True
        )
        activity = Activity.objects.create(season=season, code="ecole", kind="school", name={"fr": "École"})
        Window.objects.create(
            activity=activity, audience=Audience.EVERYBODY, opens_at=timezone.now() - timedelta(days=1)
        )
        grid = TariffGrid.objects.create(operator=operator, name="Grille", valid_from=today, decision="fictive")
        PriceRow.objects.create(tariff=Tariff.objects.create(grid=grid, code="ecole", label={"fr": "x"}), cents=9000)
        TariffGrid.objects.filter(pk=grid.pk).update(published_at=timezone.now())
        self.wide = [self._group(activity, basin, f"g{n}", 200, SESSIONS, n) for n in range(HANDS)]
        self.hot = self._group(activity, basin, "hot", PLACES, 1, HANDS)
        self.families = [self._family(town) for _ in range(HANDS * EACH)]

    def _group(self, activity: Activity, basin: Basin, code: str, capacity: int, sessions: int, number: int) -> Group:
        season = activity.season
        group = Group.objects.create(
            activity=activity,
            code=code,
            basin=basin,
            weekday=number % 7,
            starts="10:00",
            ends="10:45",
            first_day=season.first_day,
            last_day=season.last_day,
            capacity=capacity,
            tariff_code="ecole",
        )
        start = timezone.now() + timedelta(days=7, hours=number)
        starts = [start + timedelta(weeks=week) for week in range(sessions)]
        Session.objects.bulk_create(
            Session(group=group, starts_at=one, ends_at=one + timedelta(minutes=45)) for one in starts
        )
        return group

    def _family(self, town: Municipality) -> tuple[Household, Member]:
        household = Household.objects.create(home_municipality=town)
        member = Member.objects.create(given_name="Léa", family_name="Fictive", born_on=timezone.localdate())
        Membership.objects.create(household=household, member=member)
        return household, member

    def clear(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE activities_seat, activities_enrolment, activities_basket CASCADE")


def at_once(calls: Callable[[int], None]) -> float:
    """Milliseconds until all hands are done, all let go together."""
    start = threading.Barrier(HANDS + 1)
    failed: list[Exception] = []

    def hand(number: int) -> None:
        try:
            connection.ensure_connection()
            start.wait(60)
            calls(number)
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=hand, args=(number,)) for number in range(HANDS)]
    for thread in threads:
        thread.start()
    start.wait(60)
    spent = timed(lambda: [thread.join() for thread in threads])
    if failed:
        raise failed[0]
    return spent


def _hold(size: Size, ground: Ground) -> Iterator[Row]:
    each = size.pick(EACH, 3)

    def action(number: int) -> None:
        for household, member in ground.families[number * each : (number + 1) * each]:
            hold(household=household, choices=[Choice(member, ground.wide[number].pk)])

    def bare(number: int) -> None:
        """A basket for every family, then the one statement, committed: what is durable of a hold and nothing else."""
        now = timezone.now()
        for household, member in ground.families[number * each : (number + 1) * each]:
            with patient_transaction():
                basket = _basket(household.pk, ground.office.pk)
                said = _said(ground.wide[number], basket, member.pk, now)
                with connection.cursor() as cursor:
                    cursor.execute(numbers.TAKE_SQL, said)

    def turn(what: Callable[[int], None]) -> float:
        ground.clear()
        return HANDS * each / at_once(what) * 1000

    warm_up(lambda: turn(action))
    turns = take_turns(size.rounds, lambda: turn(action), lambda: turn(bare))
    yield Row(
        f"hold of a number with {SESSIONS} seats, in process, {HANDS} connections",
        f"{turns.thing:.0f}/s",
        f"bare statement {turns.floor:.0f}/s",
        f"{turns.ratio:.0%}",
        "≥ 50 %",
        turns.ratio >= 0.5,
    )


def _basket(household: UUID, office: int) -> UUID:
    return Basket.objects.create(household_id=household, office_id=office).pk


def _said(group: Group, basket: UUID, member: UUID, now: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(("asked_in", "together", "enrolled_at", "moved_from"))
    return {
        **nothing,
        "id": uuid4(),
        "capacity": group.capacity,
        "basket": basket,
        "group": group.pk,
        "member": member,
        "state": "held",
        "held_until": now + HOLD,
        "cents": 9000,
        "price": "{}",
        "reason": "",
        "now": now,
    }


def _hot(size: Size, ground: Ground) -> Iterator[Row]:
    rounds = size.pick(1000, 20)
    tries: list[int] = []
    ends: Counter[int] = Counter()
    start, end = threading.Barrier(HANDS + 1), threading.Barrier(HANDS + 1)
    ground.clear()
    baskets = [_basket(household.pk, ground.office.pk) for household, _member in ground.families[: HANDS * WANTED]]
    members = [member.pk for _household, member in ground.families[: HANDS * WANTED]]
    on = True

    def hand(number: int) -> None:
        try:
            while True:
                start.wait(60)
                if not on:
                    return
                for one in range(number * WANTED, (number + 1) * WANTED):
                    now = timezone.now()
                    wanted = Wanted(
                        basket=baskets[one], group=ground.hot.pk, member=members[one], held_until=now + HOLD
                    )
                    try:
                        with patient_transaction():
                            numbers.take(wanted, now=now)
                    except GroupFull:
                        continue
                    tries.append(wanted.tries)
                end.wait(60)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=hand, args=(number,), daemon=True) for number in range(HANDS)]
    for thread in threads:
        thread.start()
    for _round in range(rounds):
        start.wait(60)
        end.wait(60)
        ends[Enrolment.objects.standing().filter(group=ground.hot).count()] += 1
        Seat.objects.all().delete()
        Enrolment.objects.all().delete()
    on = False
    start.wait(60)
    for thread in threads:
        thread.join(10)
    exact = ends[PLACES]
    yield Row(
        f"one hot group, {HANDS} connections: rounds with exactly its capacity",
        f"{exact:,} of {rounds:,}, mean tries {mean(tries):.2f}",
        f"most tries {max(tries)}",
        goal="all, ≤ 1.2",
        met=exact == rounds and mean(tries) <= 1.2,
    )
