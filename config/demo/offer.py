"""One season of the pools: a grid of prices, nine activities, two hundred groups. All invented, and labelled so."""

import itertools
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from booking.activities.models import (
    Activity,
    Adjustment,
    Group,
    Lane,
    LaneUse,
    Pool,
    PoolMoment,
    PriceRow,
    Season,
    Session,
    Tariff,
    TariffGrid,
    Window,
)
from booking.activities.seasons.meetings import meetings_of, uses_of
from booking.activities.water import saving
from booking.activities.water.days import OpenDays, at
from booking.activities.water.drafts import NewUse
from booking.activities.water.moments import apply, changes, quarters
from config.demo.texts import text
from municipalities.models import Operator

GROUPS = 200
#: Out of doors: no group meets there in winter.
IN_SUMMER_ONLY = frozenset({"stade-nautique"})
#: Hours at which a group may begin.
STARTS = [time(hour, minute) for hour in range(9, 21) for minute in (0, 45) if (hour, minute) != (20, 45)]


@dataclass(frozen=True)
class Kind:
    """What one activity is like. Ages in months, `minutes` of a session."""

    code: str
    kind: str
    name: dict[str, str]
    tariff: str
    unit: str
    minutes: int
    capacity: int
    months: tuple[int, int | None]
    levels: tuple[int | None, int | None]
    share: int
    #: Days from today on which enrolments open for everybody; residents a week earlier.
    opens_in: int
    #: Sunday mornings and evenings, or the afternoons of children.
    hours: tuple[int, int] = (9, 20)
    allows_trial: bool = False


def _name(fr: str, de: str, en: str) -> dict[str, str]:
    return text(f"{fr} (fictif)", f"{de} (fiktiv)", f"{en} (fictitious)")


KINDS = [
    Kind("bebes", "babies", _name("Bébés nageurs", "Babyschwimmen", "Baby swimmers"), "bebes", "term", 30, 22,
         (6, 37), (None, None), 18, -60, (9, 12)),
    Kind("jardin", "familiarisation", _name("Jardin aquatique", "Wassergarten", "Water garden"), "ecole", "year", 45, 20,
         (48, 72), (None, None), 24, -80, (9, 18)),
    Kind("ecole-1", "school", _name("École de natation, débutants", "Schwimmschule, Anfänger", "Swimming school, beginners"),
         "ecole", "year", 45, 24, (72, 156), (1, 2), 46, -80, (14, 19)),
    Kind("ecole-2", "school", _name("École de natation, confirmés", "Schwimmschule, Geübte", "Swimming school, advanced"),
         "ecole", "year", 45, 26, (84, 192), (3, 4), 26, -80, (14, 20)),
    Kind("adultes", "adults", _name("Natation adultes", "Schwimmen für Erwachsene", "Adult swimming"), "aquagym", "term", 45, 24,
         (192, None), (None, None), 22, 2, (12, 20)),
    Kind("peur", "fear", _name("Vaincre sa peur de l’eau", "Die Angst vor dem Wasser überwinden", "Overcoming fear of water"),
         "aquagym", "term", 45, 12, (192, None), (1, 1), 8, 2, (12, 20), True),
    Kind("aquagym", "aquagym", _name("Aquagym", "Aquagymnastik", "Aquagym"), "aquagym", "term", 45, 36,
         (192, None), (None, None), 30, 9, (9, 20), True),
    Kind("aquabike", "aquabike", _name("Aquabike", "Aquabike", "Aquabike"), "aquabike", "session", 30, 18,
         (192, None), (None, None), 16, -20, (12, 20)),
    Kind("seniors", "seniors", _name("Natation seniors", "Schwimmen für Senioren", "Senior swimming"), "aquagym", "term", 45, 24,
         (720, None), (None, None), 10, 9, (9, 12)),
]  # fmt: skip


def build_prices(today: date) -> None:
    """The prices of the domain's twelve examples, in force since the summer, for every operator of a pool."""
    for operator in Operator.objects.filter(facilities__pool__isnull=False).distinct().order_by("pk"):
        grid = TariffGrid.objects.create(
            operator=operator,
            name="Saison 2026-2027 (fictif)" if today.year == 2026 else f"Saison {today.year} (fictif)",
            valid_from=_first_day(today),
            decision="délibération fictive, sans valeur",
        )
        _rows(grid, "ecole", text("École de natation", "Schwimmschule", "Swimming school"), "year", [
            {"residence": "territory", "quotient_from": 0, "quotient_below": 501, "cents": 6000},
            {"residence": "territory", "quotient_from": 501, "quotient_below": 1001, "cents": 9000},
            {"residence": "territory", "quotient_from": 1001, "quotient_below": 1501, "cents": 11800},
            {"residence": "territory", "quotient_from": 1501, "cents": 14700},
            {"residence": "other", "cents": 20600},
            {"unit": "session", "cents": 900},
        ])  # fmt: skip
        _rows(grid, "aquagym", text("Activités d’adultes", "Kurse für Erwachsene", "Adult activities"), "term", [
            {"residence": "territory", "status": "full", "cents": 8450},
            {"residence": "territory", "status": "reduced", "cents": 5915},
            {"residence": "other", "cents": 11830},
        ])  # fmt: skip
        _rows(grid, "bebes", text("Bébés nageurs", "Babyschwimmen", "Baby swimmers"), "term", [
            {"rank_from": 1, "rank_below": 2, "cents": 13000},
            {"rank_from": 2, "rank_below": 3, "cents": 9000},
            {"rank_from": 3, "cents": 7500},
        ])  # fmt: skip
        _rows(grid, "aquabike", text("Aquabike", "Aquabike", "Aquabike"), "session", [
            {"cents": 1200},
        ])  # fmt: skip
        Adjustment.objects.bulk_create([
            Adjustment(grid=grid, position=1, because="sibling", rank_from=2, rank_below=3, percent=20, codes=["ecole"]),
            Adjustment(grid=grid, position=2, because="sibling", rank_from=3, percent=30, codes=["ecole"]),
            Adjustment(grid=grid, position=3, because="second_activity", rank_from=2, percent=10, unit="term"),
        ])  # fmt: skip
        TariffGrid.objects.filter(pk=grid.pk).update(published_at=timezone.now())


def _rows(grid: TariffGrid, code: str, label: dict[str, str], unit: str, cases: list[dict[str, object]]) -> None:
    tariff = Tariff.objects.create(grid=grid, code=code, label=label)
    PriceRow.objects.bulk_create([PriceRow(**{"tariff": tariff, "unit": unit, **case}) for case in cases])


def _first_day(today: date) -> date:
    """1 September of the school year that is going on, in summer of the one to come."""
    return date(today.year if today.month >= 7 else today.year - 1, 9, 1)


def build_season(today: date, seed: int) -> int:
    """Two hundred groups where the water is free. How many there came to be."""
    chance = random.Random(seed)
    first = _first_day(today)
    last = date(first.year + 1, 6, 30)
    made = 0
    pools_by_operator: dict[int, list[Pool]] = defaultdict(list)
    for pool in Pool.objects.select_related("facility__municipality", "facility__operator").order_by("pk"):
        if pool.closed_since is None and pool.facility.slug not in IN_SUMMER_ONLY:
            pools_by_operator[pool.facility.operator_id].append(pool)
    for operator_id, pools in pools_by_operator.items():
        season = Season.objects.create(
            operator_id=operator_id,
            name=text(
                f"Saison {first.year}-{first.year + 1} (fictif)",
                f"Saison {first.year}/{first.year + 1} (fiktiv)",
                f"{first.year}–{first.year + 1} season (fictitious)",
            ),
            first_day=first,
            last_day=last,
            is_public=True,
            has_invented_data=True,
        )
        activities = {kind.code: _activity(season, kind, today) for kind in KINDS}
        wanted = [kind for kind in KINDS for _number in range(kind.share)]
        chance.shuffle(wanted)
        made += _Planner(pools, activities, season, chance).plan(wanted[: GROUPS - made])
    return made


def _activity(season: Season, kind: Kind, today: date) -> Activity:
    activity = Activity.objects.create(season=season, code=kind.code, kind=kind.kind, name=kind.name)
    opens = at(today + timedelta(days=kind.opens_in), time(10))
    Window.objects.bulk_create([
        # Whoever was in the group last season has enrolled already.
        Window(activity=activity, audience="same_group", opens_at=_long_ago(today)),
        Window(activity=activity, audience="residents", opens_at=opens - timedelta(days=7)),
        Window(activity=activity, audience="everybody", opens_at=opens),
    ])  # fmt: skip
    return activity


def _long_ago(today: date) -> datetime:
    return at(_first_day(today) - timedelta(days=90), time(10))


class _Planner:
    """Finds free hours for groups, knowing what every lane and every quarter of an hour holds already."""

    def __init__(
        self, pools: list[Pool], activities: dict[str, Activity], season: Season, chance: random.Random
    ) -> None:
        self.pools, self.activities, self.season, self.chance = pools, activities, season, chance
        self.lanes: dict[int, list[Lane]] = defaultdict(list)
        for lane in Lane.objects.filter(is_active=True).select_related("basin__pool").order_by("pk"):
            self.lanes[lane.basin.pool_id].append(lane)
        self.taken: dict[int, set[datetime]] = defaultdict(set)
        for lane_id, period in LaneUse.objects.values_list("lane_id", "period"):
            self.taken[lane_id].update(quarters(period.lower, period.upper))
        self.heads: dict[int, dict[datetime, int]] = defaultdict(dict)
        for pool_id, moment, heads in PoolMoment.objects.values_list("pool_id", "at", "heads"):
            self.heads[pool_id][moment] = heads
        self.known = {pool.pk: OpenDays(pool, season.first_day, season.last_day) for pool in pools}

    def plan(self, wanted: list[Kind]) -> int:
        groups: list[Group] = []
        lanes: list[tuple[Group, Lane]] = []
        sessions: list[Session] = []
        uses: dict[int, list[NewUse]] = defaultdict(list)
        turn = itertools.cycle(self.pools)
        for number, kind in enumerate(wanted):
            found = next((one for _try in self.pools if (one := self._place(kind, next(turn), number))), None)
            if found is None:
                continue
            group, lane, meets, put = found
            groups.append(group)
            lanes.append((group, lane))
            sessions += meets
            uses[lane.basin.pool_id] += put
        Group.objects.bulk_create(groups)
        through = Group.lanes.through
        through.objects.bulk_create([through(group_id=group.pk, lane_id=lane.pk) for group, lane in lanes])
        Session.objects.bulk_create(sessions, batch_size=500)
        for pool in self.pools:
            put = uses[pool.pk]
            saving.put(put)
            apply(pool, changes(put, []))
        return len(groups)

    def _place(self, kind: Kind, pool: Pool, number: int) -> tuple[Group, Lane, list[Session], list[NewUse]] | None:
        """A first free hour in that pool, in an order drawn by chance."""
        for weekday, starts, lane in self._hours(kind, pool):
            minutes = starts.hour * 60 + starts.minute + kind.minutes
            group = Group(
                activity=self.activities[kind.code],
                code=f"g{number + 1:03d}",
                basin=lane.basin,
                weekday=weekday,
                starts=starts,
                ends=time(minutes // 60, minutes % 60),
                first_day=self._first_day(kind),
                last_day=self._last_day(kind),
                capacity=kind.capacity,
                months_from=kind.months[0],
                months_below=kind.months[1],
                level_from=kind.levels[0],
                level_to=kind.levels[1],
                tariff_code=kind.tariff,
                unit=kind.unit,
                allows_trial=kind.allows_trial,
            )
            meets, _skipped = meetings_of(group, self.known[pool.pk])
            taken = self.taken[lane.pk]
            needed = {quarter for one in meets for quarter in quarters(one.start, one.end)}
            if not meets or not taken.isdisjoint(needed):
                continue
            sessions = [Session(group=group, planned_on=one.day, starts_at=one.start, ends_at=one.end) for one in meets]
            put = [use for session in sessions for use in uses_of(session, group, [lane])]
            change = changes(put, [])
            heads = self.heads[pool.pk]
            if any(heads.get(moment, 0) + more > pool.most_heads for moment, more in change.items()):
                continue
            for moment, more in change.items():
                heads[moment] = heads.get(moment, 0) + more
            taken |= needed
            return group, lane, sessions, put
        return None

    def _hours(self, kind: Kind, pool: Pool) -> Iterator[tuple[int, time, Lane]]:
        first, last = kind.hours
        starts = [one for one in STARTS if first <= one.hour < last]
        every = list(itertools.product(range(6), starts, self.lanes[pool.pk]))
        self.chance.shuffle(every)
        return iter(every[:60])

    def _first_day(self, kind: Kind) -> date:
        """Terms begin in January: those are still to be joined."""
        return self.season.first_day if kind.unit == "year" else date(self.season.first_day.year + 1, 1, 4)

    def _last_day(self, kind: Kind) -> date:
        return self.season.last_day if kind.unit == "year" else date(self.season.first_day.year + 1, 4, 2)
