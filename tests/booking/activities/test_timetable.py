"""What everybody reads of a pool: for whom each lane is, and when the public may come; no names of schools or clubs."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.urls import reverse
from django.utils import translation

from booking.activities.models import Basin, Lane, LaneUse, Pool
from booking.activities.water.days import at
from booking.activities.water.grid import day_grid
from municipalities.languages import Translated
from municipalities.models import Closure
from tests.factories import BasinFactory, LaneFactory, PoolFactory

pytestmark = pytest.mark.django_db

TUESDAY = date(2027, 3, 9)


@pytest.fixture
def pool() -> Pool:
    return PoolFactory.create(facility__name="Bains d’essai", facility__slug="bains-d-essai")


@pytest.fixture
def lanes(pool: Pool) -> list[Lane]:
    basin = BasinFactory.create(pool=pool, name="Grand bassin")
    return [LaneFactory.create(basin=basin, name=f"Ligne {n}", position=n) for n in range(1, 4)]


def _use(lane: Lane, first: float, last: float, kind: str, label: str = "", **more: Any) -> LaneUse:
    start = at(TUESDAY, time())
    period = (start + timedelta(hours=first), start + timedelta(hours=last))
    return LaneUse.objects.create(lane=lane, period=period, kind=kind, label=label, **more)


def _page(pool: Pool, now: datetime, **asked: str) -> str:
    with time_machine.travel(now, tick=False):
        answer = Client().get(reverse("timetable:pool", args=[pool.facility.slug]), asked)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().replace("\xa0", " ").split())


def test_lane_by_lane_for_whom_and_never_by_which_name(pool: Pool, lanes: list[Lane]) -> None:
    _use(lanes[0], 9, 10, "school", "CP de Mme Fictive")
    _use(lanes[1], 9, 11, "club", "Les petits Dauphins")
    _use(lanes[2], 10, 12, "public")
    _use(lanes[0], 11, 13, "public")
    page = _page(pool, at(TUESDAY, time(8)))
    day = page.split("Ligne par ligne")[1]
    assert "École" in day and "Club" in day
    assert "Fictive" not in page and "Dauphins" not in page
    assert "<strong>Public</strong> : 10 h – 13 h" in page
    assert "Personne n’est dans l’eau." in page
    assert "Prochaine heure pour le public : aujourd’hui à 10 h." in page
    assert "rien pour le public" in _page(pool, at(TUESDAY, time(9, 30)))
    assert "1 ligne ou zone pour le public" in _page(pool, at(TUESDAY, time(10, 30)))


def test_a_basin_and_its_lanes_have_their_names_in_the_readers_language(pool: Pool, lanes: list[Lane]) -> None:
    Basin.objects.update(name=Translated(fr="Grand bassin", de="Großes Becken"))
    Lane.objects.filter(pk=lanes[0].pk).update(name=Translated(fr="Ligne 1", de="Bahn 1"))
    _use(lanes[0], 9, 11, "public")
    with translation.override("de"):
        page = _page(pool, at(TUESDAY, time(10)))
    assert "Großes Becken" in page and "Grand bassin" not in page
    assert "Bahn 1" in page and "Ligne 1" not in page


def test_a_closure_takes_the_public_hours_it_covers(pool: Pool, lanes: list[Lane]) -> None:
    _use(lanes[0], 9, 18, "public")
    Closure.objects.create(
        facility=pool.facility,
        period=DateTimeTZRange(at(TUESDAY, time(12)), at(TUESDAY, time(14))),
        reason={"fr": "Orage"},
    )
    page = _page(pool, at(TUESDAY, time(13)))
    assert "9 h – 12 h, 14 h – 18 h" in page and "Orage" in page
    assert "1 ligne ou zone pour le public" not in page


def test_one_that_is_shut_until_further_notice_says_since_when(pool: Pool, lanes: list[Lane]) -> None:
    Pool.objects.filter(pk=pool.pk).update(closed_since=date(2023, 1, 3), closed_why={"fr": "Toiture"})
    page = _page(pool, at(TUESDAY, time(13)))
    assert "fermée jusqu’à nouvel ordre" in page and "3 janvier 2023" in page and "Toiture" in page


def test_weeks_to_come_and_no_week_that_is_past(pool: Pool, lanes: list[Lane]) -> None:
    now = at(TUESDAY, time(13))
    assert "Du lundi 15 mars au dimanche 21 mars" in _page(pool, now, semaine="2027-03-17")
    for nonsense in ("2020-01-01", "hier", "9999-99-99"):
        assert "Du lundi 8 mars au dimanche 14 mars" in _page(pool, now, semaine=nonsense)
    assert 'rel="next"' not in _page(pool, now, semaine="2031-01-01")


def test_other_pools_are_named_and_unknown_ones_are_not_found(pool: Pool) -> None:
    PoolFactory.create(facility__name="Piscine d’à côté")
    assert "Piscine d’à côté" in _page(pool, at(TUESDAY, time(13)))
    assert Client().get(reverse("timetable:pool", args=["nulle-part"])).status_code == 404


def test_a_page_costs_the_same_whatever_happens_in_the_water(
    pool: Pool, lanes: list[Lane], django_assert_num_queries: Any
) -> None:
    for n, lane in enumerate(lanes):
        for hour in range(6, 20):
            _use(lane, hour, hour + 1, "public" if n else "school")
    with time_machine.travel(at(TUESDAY, time(13)), tick=False), django_assert_num_queries(10):
        Client().get(reverse("timetable:pool", args=[pool.facility.slug]))


def test_the_table_of_a_day_is_cut_where_anything_begins_or_ends(lanes: list[Lane]) -> None:
    both = _use(lanes[0], 9, 11, "club")
    beside = _use(lanes[1], 9, 11, "club", event=both.event)
    _use(lanes[2], 10, 12, "public")
    start = at(TUESDAY, time())
    shown = list(LaneUse.objects.select_related("lane__basin"))
    grid = day_grid(TUESDAY, lanes, shown, start, start + timedelta(days=1))
    assert [(row.start.hour, row.end.hour, len(row.cells)) for row in grid.rows] == [(8, 9, 2), (9, 10, 1), (10, 11, 2)]
    first = grid.rows[0].cells[0]
    assert (first.use, first.rows, first.lanes) == (both, 2, tuple(lanes[:2]))
    assert beside.period == both.period and grid.rows[0].cells[1].use is None
    assert [head.name for head in grid.heads] == ["Grand bassin"]
    in_words = [(use.kind, said.replace("\u00a0", " ")) for use, said in grid.happenings]
    assert in_words == [
        ("club", "Grand bassin : Ligne 1, Ligne 2"),
        ("public", "Grand bassin : Ligne 3"),
    ]
