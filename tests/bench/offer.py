"""The page of all activities: nine pools, two hundred groups, everything that fits and what a family narrows it to."""

import itertools
import statistics
from collections.abc import Iterator

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.activities.models import Basin, Group, Lane, Pool
from config.demo import offer, places
from municipalities.enums import FacilityKind, OperatorKind
from municipalities.models import Facility, Municipality, Operator
from tests.bench import database
from tests.bench.measure import Row, Size, percentile, sql_time, timed, warm_up

DATABASE = "bench_offer"
#: What is asked in turn: everything, a child's age from home, a week.
ASKED = ("", "?commune=rixheim&age=8", "?vue=semaine", "?jours=mer&jours=sam&nature=school", "?q=aqua")


def run(size: Size) -> Iterator[Row]:
    with database.throw_away(DATABASE):
        database.use(DATABASE)
        try:
            database.migrate()
            groups = nine_pools()
            yield from _page(size, groups)
        finally:
            database.use(DATABASE)


def nine_pools() -> int:
    """The demonstration's offer in nine pools of six lanes. How many groups."""
    places.load_municipalities()
    operator = Operator.objects.create(name="Agglomération", kind=OperatorKind.AGGLOMERATION)
    for number, town in enumerate(Municipality.objects.order_by("-population")[:9]):
        facility = Facility.objects.create(
            kind=FacilityKind.POOL,
            name=f"Piscine {number + 1}",
            slug=f"piscine-{number + 1}",
            municipality=town,
            operator=operator,
            latitude=town.latitude,
            longitude=town.longitude,
            phone="+33389123456",
            email="piscine@agglo.example",
        )
        basin = Basin.objects.create(pool=Pool.objects.create(facility=facility, most_heads=200), name="Grand bassin")
        Lane.objects.bulk_create([Lane(basin=basin, name=f"Ligne {lane}", position=lane) for lane in range(1, 7)])
    offer.build_prices(timezone.localdate())
    offer.build_season(timezone.localdate(), 1)
    return Group.objects.count()


def _page(size: Size, groups: int) -> Iterator[Row]:
    client = Client()
    address = reverse("catalogue:offer")
    asked = itertools.cycle(ASKED)
    statements = 0

    def get() -> None:
        nonlocal statements
        with sql_time() as clock:
            answer = client.get(address + next(asked))
        assert answer.status_code == 200, answer.status_code
        statements = max(statements, clock.statements)

    warm_up(get)
    statements = 0
    times = [timed(get) for _ in range(size.pick(200, 5))]
    p95 = percentile(times, 95)
    yield Row(
        f"offer page, {groups} groups",
        f"p50 {statistics.median(times):.0f} ms, p95 {p95:.0f} ms",
        f"{statements} statements",
        goal="p95 ≤ 60 ms",
        met=p95 <= 60,
    )
