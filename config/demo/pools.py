"""The nine pools: names and towns are real where known; basins, lanes, hours, clubs and schools are invented."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from booking.activities.enums import UseKind
from booking.activities.models import Basin, Lane, Pool, UseSeries
from booking.activities.water import saving, school_holidays
from booking.activities.water.drafts import Draft
from booking.activities.water.series import fill
from config.demo.places import AGGLOMERATION, FICTION
from config.demo.texts import text
from municipalities.enums import FacilityKind
from municipalities.languages import Translated
from municipalities.models import Facility, Municipality, Operator
from municipalities.spans import monday_of

#: A fictitious basin: its name and how many lanes or areas it has.
BIG, LEARNING, PLAY = (
    (text("Bassin sportif (fictif)", "Sportbecken (fiktiv)", "Main pool (fictitious)"), 6),
    (text("Bassin d’apprentissage (fictif)", "Lernbecken (fiktiv)", "Learner pool (fictitious)"), 2),
    (text("Bassin ludique (fictif)", "Spaßbecken (fiktiv)", "Leisure pool (fictitious)"), 2),
)
OUTDOOR = (text("Bassin olympique (fictif)", "Olympiabecken (fiktiv)", "Olympic pool (fictitious)"), 8)


@dataclass(frozen=True)
class Known:
    """A pool of the agglomeration. `north` and `east` move its pin off the town's own, in degrees, at a guess."""

    name: str
    slug: str
    town: str
    most_heads: int
    basins: tuple[tuple[Translated, int], ...]
    north: float = 0.0
    east: float = 0.0
    is_closed: bool = False
    only_in_summer: bool = False


POOLS = [
    Known("Stade nautique", "stade-nautique", "mulhouse", 900, (OUTDOOR, PLAY), -0.012, -0.02, only_in_summer=True),
    Known("Piscine de Bourtzwiller", "piscine-de-bourtzwiller", "mulhouse", 260, (BIG, LEARNING), 0.025, 0.0),
    Known(
        "Piscine Pierre et Marie Curie",
        "piscine-pierre-et-marie-curie",
        "mulhouse",
        200,
        (BIG, LEARNING),
        -0.002,
        0.003,
        is_closed=True,
    ),
    Known("Piscine de l’Illberg", "piscine-de-l-illberg", "mulhouse", 420, (BIG, LEARNING, PLAY), -0.015, -0.03),
    Known("Centre nautique de l’Île Napoléon", "ile-napoleon", "habsheim", 420, (BIG, LEARNING, PLAY), 0.01, 0.0),
    Known("AquaRhin", "aquarhin", "ottmarsheim", 320, (BIG, PLAY)),
    Known("Piscine Les Jonquilles", "les-jonquilles", "illzach", 260, (BIG, LEARNING), 0.004, 0.004),
    Known("Piscine d’Ungersheim", "piscine-d-ungersheim", "ungersheim", 200, (BIG, LEARNING)),
    # The ninth is not known by name: places.py has made it, and says so.
    Known("Piscine du Canal (fictive)", "piscine-du-canal", "mulhouse", 260, (BIG, LEARNING, PLAY)),
]
CLOSED_SINCE = date(2023, 1, 3)


@dataclass(frozen=True)
class Habit:
    """What comes every week: on these days, in lanes of that basin counted from one."""

    kind: UseKind
    label: str
    weekdays: tuple[int, ...]
    starts: time
    ends: time
    basin: int
    lanes: tuple[int, ...]
    heads: int
    skips_school_holidays: bool = True


_ALL_WEEK, _SCHOOL_DAYS = (0, 1, 2, 3, 4), (0, 1, 3, 4)
HABITS = [
    Habit(UseKind.MAINTENANCE, "", (0,), time(6), time(7, 30), 0, (1, 2, 3, 4, 5, 6), 0, False),
    Habit(UseKind.SCHOOL, "École fictive du Canal", _SCHOOL_DAYS, time(9), time(10), 0, (1, 2, 3), 56),
    Habit(UseKind.SCHOOL, "École fictive des Tilleuls", _SCHOOL_DAYS, time(9), time(10, 30), 1, (1, 2), 28),
    Habit(UseKind.SCHOOL, "Collège fictif des Rives", (1, 3), time(14), time(15, 30), 0, (1, 2), 28),
    Habit(UseKind.CLUB, "Les Dauphins fictifs", (0, 2, 4), time(18), time(20), 0, (1, 2, 3), 36),
    Habit(UseKind.CLUB, "Aqua-seniors fictifs", (1, 3), time(10, 30), time(11, 30), 1, (1,), 18),
    Habit(UseKind.CLUB, "Plongée fictive 68", (3,), time(20, 15), time(22), 0, (1, 2, 3, 4, 5, 6), 24, False),
    Habit(UseKind.PUBLIC, "", _ALL_WEEK, time(12), time(14), 0, (1, 2, 3, 4), 90, False),
    Habit(UseKind.PUBLIC, "", _ALL_WEEK, time(16), time(20), 0, (4, 5, 6), 80, False),
    Habit(UseKind.PUBLIC, "", (5, 6), time(9), time(18), 0, (1, 2, 3, 4, 5, 6), 120, False),
    Habit(UseKind.PUBLIC, "", (2, 5, 6), time(14), time(18), 1, (1, 2), 40, False),
]
PLAYING = Habit(UseKind.PUBLIC, "", (2, 5, 6), time(14), time(18), 2, (1, 2), 60, False)
SUMMER = Habit(UseKind.PUBLIC, "", (0, 1, 2, 3, 4, 5, 6), time(10), time(20), 0, tuple(range(1, 9)), 700, False)


def build_pools(today: date) -> list[Pool]:
    """Nine pools, with what happens in them from this week to the end of the school year."""
    school_holidays.fill(from_day=date(_first_year(today), 9, 1), by=None)
    operator = Operator.objects.get(name=AGGLOMERATION)
    return [_build(known, number, operator, today) for number, known in enumerate(POOLS)]


def _first_year(today: date) -> int:
    return today.year if today.month >= 8 else today.year - 1


def _build(known: Known, number: int, operator: Operator, today: date) -> Pool:
    facility = Facility.objects.filter(slug=known.slug).first() or _facility(known, number, operator)
    pool = Pool.objects.create(
        facility=facility,
        most_heads=known.most_heads,
        closed_since=CLOSED_SINCE if known.is_closed else None,
        closed_why=text(
            "Fermée depuis janvier 2023, jusqu’à nouvel ordre.",
            "Seit Januar 2023 bis auf Weiteres geschlossen.",
            "Closed since January 2023, until further notice.",
        )
        if known.is_closed
        else {},
    )
    lanes = [_basin(pool, position, *said) for position, said in enumerate(known.basins)]
    if not known.is_closed:
        _plan(pool, known, lanes, today)
    return pool


def _facility(known: Known, number: int, operator: Operator) -> Facility:
    town = Municipality.objects.get(slug=known.town)
    return Facility.objects.create(
        kind=FacilityKind.POOL,
        name=known.name,
        slug=known.slug,
        municipality=town,
        operator=operator,
        address=f"{number + 1} rue des Nageurs (adresse fictive)",
        postal_code=town.postal_codes[0],
        latitude=town.latitude + known.north,
        longitude=town.longitude + known.east,
        phone=f"{FICTION}91{number:02d}",
        email=operator.email,
        has_invented_data=True,
    )


def _basin(pool: Pool, position: int, name: Translated, lanes: int) -> list[Lane]:
    basin = Basin.objects.create(pool=pool, name=name, position=position, has_invented_data=True)
    return Lane.objects.bulk_create(
        [Lane(basin=basin, name=_lane(n, are_areas=lanes <= 2), position=n) for n in range(1, lanes + 1)]
    )


def _lane(number: int, *, are_areas: bool) -> Translated:
    if are_areas:
        return text(f"Zone {number}", f"Bereich {number}", f"Area {number}")
    return text(f"Ligne {number}", f"Bahn {number}", f"Lane {number}")


def _plan(pool: Pool, known: Known, lanes: list[list[Lane]], today: date) -> None:
    """All series of a pool as one draft: its people are counted, and its rows written, in one go."""
    year = _first_year(today)
    if known.only_in_summer:
        habits, first, last = [SUMMER], date(year + 1, 6, 1), date(year + 1, 9, 6)
    else:
        habits = [*HABITS, PLAYING] if len(lanes) > 2 else HABITS
        first, last = monday_of(today), date(year + 1, 7, 4)
    draft = Draft(pool)
    for habit in habits:
        for weekday in habit.weekdays:
            chosen = [lanes[habit.basin][n - 1] for n in habit.lanes if n <= len(lanes[habit.basin])]
            series = UseSeries(
                pool=pool,
                kind=habit.kind,
                label=habit.label,
                weekday=weekday,
                starts=habit.starts,
                ends=habit.ends,
                first_day=first,
                last_day=max(last, first + timedelta(days=6)),
                heads=habit.heads,
                skips_school_holidays=habit.skips_school_holidays,
            )
            draft.series.append((series, chosen))
            fill(draft, series, chosen, first)
    saving.save(lambda _lock: draft, by=None)
