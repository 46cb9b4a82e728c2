"""The water of a pool, planned by keyboard and read by everybody: on any screen, also without JavaScript."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.activities.models import LaneUse, Pool, SchoolHoliday
from booking.activities.water import series
from booking.activities.water.series import Weekly
from municipalities.spans import monday_of
from tests import people
from tests.browser.conftest import PHONE, WIDE, Visitor
from tests.browser.test_agent_day import shot, signed_in
from tests.factories import BasinFactory, LaneFactory, OperatorFactory, PoolFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]


@pytest.fixture
def pool() -> Pool:
    pool = PoolFactory.create(
        facility__operator=OperatorFactory.create(), facility__name="Bains d’essai", facility__slug="bains-d-essai"
    )
    basin = BasinFactory.create(pool=pool, name="Grand bassin")
    lanes = [LaneFactory.create(basin=basin, name=f"Ligne {n}", position=n) for n in range(1, 5)]
    monday = monday_of(timezone.localdate()) + timedelta(days=7)
    for kind, label, first, last, chosen in (
        ("club", "Les Dauphins fictifs", 18, 20, lanes[:2]),
        ("public", "", 16, 20, lanes[2:]),
    ):
        for weekday in range(7):
            asked = Weekly(
                pool=pool,
                kind=kind,
                label=label,
                weekday=weekday,
                starts=time(first),
                ends=time(last),
                first_day=monday,
                last_day=monday + timedelta(days=60),
                lanes=chosen,
                heads=30,
            )
            series.plan_series(asked=asked, by=None)
    SchoolHoliday.objects.create(name="Vacances", first_day=monday, last_day=monday + timedelta(days=8))
    return pool


def _next_week(address: str) -> str:
    return f"{address}?semaine={(timezone.localdate() + timedelta(days=7)).isoformat()}"


@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_each_page_is_fit_for_everybody(viewport: dict[str, int], visit: Visit, pool: Pool) -> None:
    visitor = signed_in(visit(viewport), people.sports_manager(pool.facility.operator))
    use, one = LaneUse.objects.order_by("period")[0], pool.series.order_by("pk")[0]
    pages: list[tuple[str, list[Any]]] = [
        ("pools:pools", []),
        ("pools:new_use", [pool.pk]),
        ("pools:copy_week", [pool.pk]),
        ("pools:event", [use.event]),
        ("pools:move_event", [use.event]),
        ("pools:series", [one.pk]),
        ("pools:move_series", [one.pk]),
        ("pools:swap_series", [one.pk]),
        ("pools:end_series", [one.pk]),
        ("pools:settings", [pool.pk]),
        ("pools:new_basin", [pool.pk]),
        ("pools:edit_basin", [use.lane.basin_id]),
        ("pools:edit_lane", [use.lane_id]),
        ("pools:holidays", []),
        ("pools:holiday", [SchoolHoliday.objects.get().pk]),
    ]
    for name, arguments in pages:
        visitor.open(reverse(name, args=arguments))
        shot(visitor, name.replace(":", "-"))
    visitor.open(_next_week(reverse("pools:week", args=[pool.pk])))
    shot(visitor, "pools-week")


@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_a_collision_is_shown_by_name_before_anything_is_saved(
    viewport: dict[str, int], visit: Visit, pool: Pool
) -> None:
    visitor = signed_in(visit(viewport, javascript=False), people.sports_manager(pool.facility.operator))
    visitor.open(reverse("pools:new_use", args=[pool.pk]))
    page, before = visitor.page, LaneUse.objects.count()
    page.locator("[name='label']").fill("École fictive")
    page.get_by_label("Le", exact=True).fill((timezone.localdate() + timedelta(days=8)).isoformat())
    page.get_by_label("De", exact=True).fill("17:00")
    page.get_by_label("À", exact=True).fill("19:00")
    page.get_by_label("Grand bassin, Ligne 1").check()
    visitor.click("button", "Voir avant d’enregistrer")
    assert "Les Dauphins fictifs" in page.locator(".govuk-error-summary").inner_text()
    shot(visitor, "pools-collision")
    assert LaneUse.objects.count() == before
    page.get_by_label("À", exact=True).fill("18:00")
    page.get_by_label("À", exact=True).press("Enter")
    page.wait_for_url("**/agents/piscines/*/?semaine=*")
    assert LaneUse.objects.count() == before + 1


@pytest.mark.parametrize("viewport", [WIDE, PHONE])
@pytest.mark.parametrize("javascript", [True, False])
def test_everybody_reads_the_timetable(viewport: dict[str, int], javascript: bool, visit: Visit, pool: Pool) -> None:
    visitor = visit(viewport, javascript=javascript)
    visitor.open(_next_week(reverse("timetable:pool", args=["bains-d-essai"])))
    assert "16" in visitor.page.locator(".wa-day").first.inner_text()
    visitor.page.locator("summary").filter(has_text="Ligne par ligne").first.click()
    visitor.look()
    assert "Dauphins" not in visitor.page.content()
    shot(visitor, "timetable")
