"""After the enrolments: a pool that closes for a week, and the page of the single places of a week."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from booking.activities.changes.pool_letters import CLOSED
from booking.activities.enrolling.holding import Choice, hold
from booking.activities.enrolling.paying import begin_paying
from booking.activities.models import Activity, Basket, Group, PriceRow, Session, Tariff, TariffGrid
from booking.payments import counter
from booking.payments.enums import Means
from booking.payments.models import CreditNote
from booking.residents.models import Guardian, Household, Member, Membership
from municipalities.actions.closures import close_place
from municipalities.languages import Translated
from municipalities.models import Closure, Municipality, StaffMember
from notifications.models import Message
from tests.bench import database
from tests.bench.enrolment import Ground
from tests.bench.measure import Row, Size, percentile, timed
from tests.bench.offer import signed_in_family

DATABASE = "bench_afterwards"
SESSIONS, PEOPLE, CAPACITY = 60, 700, 16
ASKED = 60


def run(size: Size) -> Iterator[Row]:
    with database.migrated(DATABASE):
        week = Week(size)
        yield _singles(size, Client(), "page of the single places")
        client, child = signed_in_family()
        yield _singles(size, client, "page of the single places, price for me", f"?pour={child}")
        yield _closure(week)


class Week(Ground):
    """Sixty groups that meet once in the week to come, each twelve times, and seven hundred people who have paid."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.sessions, self.people = size.pick(SESSIONS, 4), size.pick(PEOPLE, 8)
        basin, activity = self.hot.basin, self.hot.activity
        self.pool = basin.pool.facility
        Group.objects.filter(activity=activity).update(tariff_code="seul")
        Session.objects.all().delete()
        self._price(activity)
        groups = [self._weekly(activity, basin, number) for number in range(self.sessions)]
        town = Municipality.objects.order_by("-population")[0]
        self.cashier = StaffMember.objects.create(email="caisse@bench.example")
        for number in range(self.people):
            self._paid(town, groups[number % len(groups)], number)

    def _price(self, activity: Activity) -> None:
        grid = TariffGrid.objects.create(
            operator=activity.season.operator,
            name="Grille 2",
            valid_from=timezone.localdate() + timedelta(days=1),
            decision="fictive",
        )
        tariff = Tariff.objects.create(grid=grid, code="velo", label={"fr": "x"})
        PriceRow.objects.create(tariff=tariff, cents=9000)
        PriceRow.objects.create(tariff=tariff, unit="session", cents=1200)
        TariffGrid.objects.filter(pk=grid.pk).update(published_at=timezone.now())

    def _weekly(self, activity: Activity, basin: Any, number: int) -> Group:
        season = activity.season
        group = Group.objects.create(
            activity=activity,
            code=f"w{number}",
            basin=basin,
            weekday=number % 7,
            starts="10:00",
            ends="10:45",
            first_day=season.first_day + timedelta(days=2),
            last_day=season.last_day,
            capacity=CAPACITY,
            tariff_code="velo",
        )
        start = timezone.now() + timedelta(days=1, hours=2 * number % 144)
        Session.objects.bulk_create(
            Session(group=group, starts_at=one, ends_at=one + timedelta(minutes=45))
            for one in (start + timedelta(weeks=week) for week in range(12))
        )
        return group

    def _paid(self, town: Municipality, group: Group, number: int) -> None:
        household = Household.objects.create(home_municipality=town)
        member = Member.objects.create(given_name="Léa", family_name=f"Fictive {number}", born_on=date(2018, 5, 4))
        Membership.objects.create(household=household, member=member)
        Guardian.objects.create(household=household, email=f"f{number}@famille.example", confirmed_at=timezone.now())
        hold(household=household, choices=[Choice(member, group.pk)])
        charge = begin_paying(basket=Basket.objects.get(household=household))
        counter.take(charge_id=charge.pk, parts={Means.CASH: charge.cents}, by=self.cashier)


def _singles(size: Size, client: Client, work: str, asked: str = "") -> Row:
    address = f"/piscines/places-restantes/{asked}"
    assert client.get(address).status_code == 200
    times = [timed(lambda: client.get(address)) for _ in range(size.pick(ASKED, 3))]
    p95 = percentile(times, 95)
    return Row(f"{work}, p95", f"{p95:.0f} ms", goal="≤ 60 ms", met=p95 <= 60)


def _closure(week: Week) -> Row:
    now = timezone.now()
    before = Message.objects.count()
    spent = timed(
        lambda: close_place(
            facility=week.pool,
            period=(now, now + timedelta(days=8)),
            reason=Translated(fr="Vidange (fictive)"),
            by=week.cashier,
        )
    )
    told = Message.objects.filter(kind=CLOSED)
    assert (
        told.count() == week.people == told.values("recipient").distinct().count() == Message.objects.count() - before
    )
    assert CreditNote.objects.count() == week.people and Closure.objects.count() == 1
    off = Session.objects.filter(called_off_at__isnull=False).count()
    return Row(
        f"a pool closed for a week: {off} sessions, {week.people} people, each told once",
        f"{spent / 1000:.1f} s",
        goal="≤ 5 s",
        met=spent <= 5000,
    )
