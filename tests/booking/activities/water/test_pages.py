"""The agents' pages that plan the water: looked at, filled in, refused."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.activities.models import Lane, LaneUse, Pool, SchoolHoliday, UseSeries
from booking.activities.water import series
from booking.activities.water.days import at
from booking.activities.water.series import Weekly
from municipalities.models import AuditEntry, Closure, StaffMember
from tests import people
from tests.factories import BasinFactory, FacilityFactory, GroupFactory, LaneFactory
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db

Asked = Callable[..., Weekly]


@pytest.fixture
def browser(manager: StaffMember) -> Client:
    return signed_in(manager)


def _page(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def _form(lanes: list[Lane], day: date, **changed: Any) -> dict[str, Any]:
    return {
        "kind": "school",
        "label": "École du Canal",
        "first_day": day.isoformat(),
        "last_day": (day + timedelta(days=21)).isoformat(),
        "starts": "09:30",
        "ends": "11:00",
        "lanes": [lane.pk for lane in lanes],
        "heads": 25,
    } | changed


def test_the_week_shows_lane_by_lane_who_swims(
    browser: Client, weekly: Asked, pool: Pool, monday: date, django_assert_max_num_queries: Any
) -> None:
    series.plan_series(asked=weekly(), by=None)
    address = f"{reverse('pools:week', args=[pool.pk])}?semaine={monday.isoformat()}"
    page = _page(browser.get(address))
    assert "Les Dauphins" in page and "Grand bassin" in page
    assert 'rowspan="1" colspan="2"' in " ".join(page.split())
    assert "Personnes prévues en même temps : 20 au plus, pour 60 permises." in page
    assert page.count("Personne dans l’eau.") == 6
    series.plan_series(asked=weekly(starts=time(11), ends=time(12)), by=None)
    with django_assert_max_num_queries(20):
        browser.get(address)


def test_a_coach_reads_and_changes_nothing(pool: Pool, lanes: list[Lane], monday: date) -> None:
    coach = signed_in(people.coach(pool.facility.operator))
    page = _page(coach.get(reverse("pools:week", args=[pool.pk])))
    assert pool.facility.name in page and "Ajouter un créneau" not in page
    assert "Piscines" in _page(coach.get(reverse("pools:pools")))
    assert coach.post(reverse("pools:new_use", args=[pool.pk]), _form(lanes, monday)).status_code == 404
    assert not LaneUse.objects.exists()


def test_a_series_is_looked_at_then_saved(browser: Client, pool: Pool, lanes: list[Lane], monday: date) -> None:
    address = reverse("pools:new_use", args=[pool.pk])
    looked = _page(browser.post(address, _form(lanes[:2], monday, voir="1")))
    assert "4 fois." in looked and "Rien ne s’y oppose." in looked and not LaneUse.objects.exists()
    assert 'value="École du Canal"' in looked
    saved = browser.post(address, _form(lanes[:2], monday))
    assert saved["Location"] == f"{reverse('pools:week', args=[pool.pk])}?semaine={monday.isoformat()}"
    assert LaneUse.objects.count() == 8
    assert "Le créneau est enregistré. 4 fois." in _page(browser.get(saved["Location"]))


def test_each_collision_is_listed_with_its_name_and_what_was_typed_stays(
    browser: Client, weekly: Asked, pool: Pool, lanes: list[Lane], monday: date
) -> None:
    series.plan_series(asked=weekly(), by=None)
    for more in ({}, {"voir": "1"}):
        page = _page(browser.post(reverse("pools:new_use", args=[pool.pk]), _form(lanes[1:3], monday, **more)))
        listed = page.split("Ce qui s’y oppose")[1].split("<form")[0]
        assert listed.count("Grand bassin, Ligne 2") >= 4 and "Club : Les Dauphins" in listed
        assert 'value="École du Canal"' in page
    assert UseSeries.objects.count() == 1


def test_too_many_people_are_named_with_moment_and_number(
    browser: Client, pool: Pool, lanes: list[Lane], monday: date
) -> None:
    page = _page(browser.post(reverse("pools:new_use", args=[pool.pk]), _form(lanes, monday, last_day="", heads=61)))
    assert "61 personnes pour 60 au plus" in page and not LaneUse.objects.exists()


def test_what_cannot_be_read_is_explained(browser: Client, pool: Pool, lanes: list[Lane], monday: date) -> None:
    wrong = _form([], monday, ends="08:00", last_day="2020-01-01", heads=-1, label="\x00<script>alert(1)</script>")
    answer = browser.post(reverse("pools:new_use", args=[pool.pk]), wrong)
    assert answer.status_code in (200, 400)
    wrong["label"] = "<script>alert(1)</script>"
    page = _page(browser.post(reverse("pools:new_use", args=[pool.pk]), wrong))
    for sentence in ("Le créneau doit finir après son début.", "Le dernier jour doit suivre le premier."):
        assert sentence in page
    assert "<script>alert" not in page and not LaneUse.objects.exists()


def test_a_lane_of_another_pool_is_not_offered(browser: Client, pool: Pool, monday: date) -> None:
    page = browser.post(reverse("pools:new_use", args=[pool.pk]), _form([LaneFactory.create()], monday))
    assert page.status_code == 200 and not LaneUse.objects.exists()


def test_one_time_is_moved_and_left_out(
    browser: Client, weekly: Asked, pool: Pool, lanes: list[Lane], monday: date
) -> None:
    series.plan_series(asked=weekly(), by=None)
    use = LaneUse.objects.filter(day=monday)[0]
    assert "Les Dauphins" in _page(browser.get(reverse("pools:event", args=[use.event])))
    moved = {"day": monday.isoformat(), "starts": "17:00", "ends": "18:00", "lanes": [lanes[5].pk]}
    assert browser.post(reverse("pools:move_event", args=[use.event]), moved).status_code == 302
    (one,) = LaneUse.objects.filter(event=use.event)
    assert (one.lane, one.period.lower, one.heads) == (lanes[5], at(monday, time(17)), 20)
    assert browser.post(reverse("pools:leave_out", args=[use.event])).status_code == 302
    assert not LaneUse.objects.filter(event=use.event).exists()
    assert UseSeries.objects.get().except_on == [monday]


def test_series_are_moved_swapped_and_ended(
    browser: Client, weekly: Asked, pool: Pool, lanes: list[Lane], monday: date
) -> None:
    ((club, _lanes),) = series.plan_series(asked=weekly(), by=None).series
    ((school, _lanes),) = series.plan_series(asked=weekly(kind="school", label="", weekday=2), by=None).series
    for name in ("pools:series", "pools:move_series", "pools:swap_series", "pools:end_series"):
        assert browser.get(reverse(name, args=[club.pk])).status_code == 200
    day = monday.isoformat()
    swapped = browser.post(reverse("pools:swap_series", args=[club.pk]), {"other": school.pk, "from_day": day})
    assert swapped.status_code == 302
    club.refresh_from_db()
    assert club.weekday == 2
    place = {"from_day": day, "weekday": 4, "starts": "7:00", "ends": "8:00", "lanes": [lanes[3].pk]}
    assert browser.post(reverse("pools:move_series", args=[club.pk]), place).status_code == 302
    club.refresh_from_db()
    assert (club.weekday, club.starts) == (4, time(7))
    past = (timezone.localdate() - timedelta(days=3)).isoformat()
    assert "Ce qui est passé reste" in _page(
        browser.post(reverse("pools:end_series", args=[club.pk]), {"last_day": past})
    )
    ended = browser.post(reverse("pools:end_series", args=[club.pk]), {"last_day": timezone.localdate().isoformat()})
    assert ended.status_code == 302 and not UseSeries.objects.filter(pk=club.pk).exists()


def test_a_week_is_copied(browser: Client, weekly: Asked, pool: Pool, monday: date) -> None:
    series.plan_series(asked=weekly(last_day=monday), by=None)
    address = f"{reverse('pools:copy_week', args=[pool.pk])}?semaine={monday.isoformat()}"
    asked = {
        "from_day": (monday + timedelta(days=9)).isoformat(),
        "until_day": (monday + timedelta(days=16)).isoformat(),
    }
    assert "2 fois." in _page(browser.post(address, {**asked, "voir": "1"}))
    assert browser.post(address, asked).status_code == 302
    assert LaneUse.objects.count() == 6
    assert "Ce qui s’y oppose" in _page(browser.post(address, asked))


def test_a_pool_gets_its_limit_its_basins_and_lanes(browser: Client, pool: Pool) -> None:
    settings = reverse("pools:settings", args=[pool.pk])
    assert (
        browser.post(settings, {"most_heads": 80, "closed_since": "2023-01-03", "closed_why_fr": "Toiture"}).status_code
        == 302
    )
    pool.refresh_from_db()
    assert (pool.most_heads, pool.closed_since, str(pool.closed_why)) == (80, date(2023, 1, 3), "Toiture")
    basin = reverse("pools:new_basin", args=[pool.pk])
    zones = {"name_fr": "Pataugeoire", "lanes_fr": "Zone 1\n\nZone 2", "lanes_de": "Bereich 1"}
    assert "autant de noms dans chaque langue" in _page(browser.post(basin, zones))
    assert browser.post(basin, {**zones, "lanes_de": "Bereich 1\nBereich 2"}).status_code == 302
    assert "Ce nom existe déjà ici" in _page(browser.post(basin, {"name_fr": "Pataugeoire", "lanes_fr": "Zone 1"}))
    assert "Deux lignes ont le même nom." in _page(browser.post(basin, {"name_fr": "Autre", "lanes_fr": "A\nA"}))
    zone = next(one for one in Lane.objects.all() if str(one.name) == "Zone 2")
    assert zone.name.in_language("de") == "Bereich 2"
    more = browser.post(reverse("pools:new_lanes", args=[zone.basin_id]), {"lanes_fr": "Zone 3"})
    assert more.status_code == 302 and zone.basin.lanes.count() == 3
    browser.post(reverse("pools:lane", args=[zone.pk]), {"service": "non"})
    assert "hors service" in _page(browser.get(settings))
    assert "Zone 2" not in _page(browser.get(reverse("pools:new_use", args=[pool.pk])))


def _traced(table: str, pk: int) -> AuditEntry:
    return AuditEntry.objects.filter(table=f"activities_{table}", object_id=str(pk)).latest("pk")


def test_a_basin_and_a_lane_are_renamed_in_three_languages(
    browser: Client, pool: Pool, lanes: list[Lane], manager: StaffMember
) -> None:
    settings = reverse("pools:settings", args=[pool.pk])
    lane, basin = lanes[0], lanes[0].basin
    address = reverse("pools:edit_lane", args=[lane.pk])
    assert address in _page(browser.get(settings)) and 'value="Ligne 1"' in _page(browser.get(address))
    names = {"name_fr": "Couloir 1", "name_de": "Bahn 1", "name_en": "Lane 1"}
    assert browser.post(address, names)["Location"] == settings
    lane.refresh_from_db()
    assert dict(lane.name) == {"fr": "Couloir 1", "de": "Bahn 1", "en": "Lane 1"}
    assert (traced := _traced("lane", lane.pk)).staff_id == manager.pk and traced.after == {"name": dict(lane.name)}
    assert "Ce nom existe déjà ici" in _page(browser.post(address, {"name_fr": "Ligne 2"}))
    address = reverse("pools:edit_basin", args=[basin.pk])
    assert browser.post(address, {"name_fr": "Bassin olympique"})["Location"] == settings
    assert "Bassin olympique" in _page(browser.get(settings))
    assert _traced("basin", basin.pk).staff_id == manager.pk
    assert "Ce nom existe déjà ici" in _page(browser.post(address, {"name_fr": "Bassin ludique"}))


def test_basins_and_lanes_stand_in_the_order_they_are_given(browser: Client, pool: Pool, lanes: list[Lane]) -> None:
    address = reverse("pools:edit_lane", args=[lanes[3].pk])
    assert 'name="rank" value="4"' in " ".join(_page(browser.get(address)).split())
    assert browser.post(address, {"name_fr": "Ligne 4", "rank": "2"}).status_code == 302
    assert browser.post(reverse("pools:edit_lane", args=[lanes[0].pk]), {"name_fr": "Seuil", "rank": "99"}).status_code
    assert [str(one) for one in lanes[0].basin.lanes.all()] == [
        f"Grand bassin, {name}" for name in ("Ligne 4", "Ligne 2", "Ligne 3", "Seuil")
    ]
    address = reverse("pools:edit_basin", args=[lanes[4].basin_id])
    assert browser.post(address, {"name_fr": "Bassin ludique", "rank": "1"}).status_code == 302
    assert [str(one) for one in pool.basins.all()] == ["Bassin ludique", "Grand bassin"]
    page = _page(browser.get(reverse("pools:settings", args=[pool.pk])))
    assert page.index("Bassin ludique") < page.index("Grand bassin") and page.index("Ligne 4") < page.index("Seuil")
    assert "1" in _page(browser.post(address, {"name_fr": "Bassin ludique", "rank": "0"}))
    assert [str(one) for one in pool.basins.all()] == ["Bassin ludique", "Grand bassin"]


def test_only_what_nobody_ever_had_is_removed(browser: Client, pool: Pool, lanes: list[Lane], weekly: Asked) -> None:
    series.plan_series(asked=weekly(), by=None)
    used = browser.post(reverse("pools:edit_lane", args=[lanes[0].pk]), {"retirer": "1"})
    assert "rien n’est retiré" in _page(used) and "Prochain créneau ici : lundi" in _page(used)
    assert "rien n’est retiré" in _page(
        browser.post(reverse("pools:edit_basin", args=[lanes[0].basin_id]), {"retirer": "1"})
    )
    # A series that is over, or a group that has not one session left, is what a lane is known by as well.
    LaneUse.objects.all().delete()
    assert "rien n’est retiré" in _page(browser.post(reverse("pools:edit_lane", args=[lanes[0].pk]), {"retirer": "1"}))
    UseSeries.objects.all().delete()
    group = GroupFactory.create(basin=lanes[0].basin)
    group.lanes.set([lanes[0]])
    assert "rien n’est retiré" in _page(browser.post(reverse("pools:edit_lane", args=[lanes[0].pk]), {"retirer": "1"}))
    group.lanes.clear()
    assert browser.post(reverse("pools:edit_lane", args=[lanes[0].pk]), {"retirer": "1"}).status_code == 302
    basin = reverse("pools:edit_basin", args=[lanes[0].basin_id])
    assert "Des groupes ont lieu dans ce bassin" in _page(browser.post(basin, {"retirer": "1"}))
    group.delete()
    assert browser.post(basin, {"retirer": "1"}).status_code == 302
    assert [str(one.name) for one in pool.basins.all()] == ["Bassin ludique"]
    assert Lane.objects.count() == 2


def test_a_basin_without_a_lane_is_still_shown(browser: Client, pool: Pool) -> None:
    BasinFactory.create(pool=pool, name="Fosse")
    assert "Fosse" in _page(browser.get(reverse("pools:settings", args=[pool.pk])))


def test_a_whole_basin_goes_out_of_service_and_comes_back(
    browser: Client, pool: Pool, lanes: list[Lane], weekly: Asked
) -> None:
    series.plan_series(asked=weekly(), by=None)
    address = reverse("pools:basin_service", args=[lanes[0].basin_id])
    shut = _page(browser.post(address, {"service": "non"}, follow=True))
    assert "plus rien n’y est proposé. 5 créneaux y restent planifiés." in shut
    assert list(Lane.objects.filter(is_active=True)) == lanes[4:]
    assert LaneUse.objects.count() == 10
    assert "En service." in _page(browser.post(address, {"service": "oui"}, follow=True))
    assert not Lane.objects.filter(is_active=False).exists()


def test_a_facility_that_is_a_pool_gets_its_page(browser: Client, pool: Pool) -> None:
    fresh = FacilityFactory.create(kind="pool", operator=pool.facility.operator, name="Bains neufs")
    address = reverse("pools:new_pool", args=[fresh.pk])
    assert browser.post(address, {"most_heads": 90}).status_code == 302
    assert Pool.objects.get(facility=fresh).most_heads == 90
    assert browser.get(address)["Location"] == reverse("pools:settings", args=[fresh.pool.pk])


@pytest.fixture
def known_year() -> Iterator[None]:
    """The holidays that we install are known until August 2028."""
    with time_machine.travel(datetime(2027, 1, 12, 9, tzinfo=UTC)):
        yield


def test_school_holidays_are_filled_added_changed_and_removed(known_year: None, browser: Client, pool: Pool) -> None:
    page = reverse("pools:holidays")
    assert "Aucunes vacances à venir" in _page(browser.get(page))
    browser.post(reverse("pools:fill_holidays"))
    number = SchoolHoliday.objects.count()
    assert number > 3
    assert "Rien de nouveau" in _page(browser.post(reverse("pools:fill_holidays"), follow=True))
    said = {"name": "Pont", "first_day": "2028-10-02", "last_day": "2028-10-03"}
    assert browser.post(page, said).status_code == 302
    # Said by the constraint's own sentence, where it stands.
    assert "D’autres vacances couvrent déjà" in _page(browser.post(page, said))
    mine = SchoolHoliday.objects.get(name="Pont")
    address = reverse("pools:holiday", args=[mine.pk])
    assert browser.post(address, {**said, "last_day": "2028-10-04"}).status_code == 302
    mine.refresh_from_db()
    assert mine.last_day == date(2028, 10, 4)
    assert browser.post(reverse("pools:drop_holiday", args=[mine.pk])).status_code == 302
    assert SchoolHoliday.objects.count() == number


def test_a_closure_lists_what_it_touches_before_it_is_made(weekly: Asked, pool: Pool, monday: date) -> None:
    series.plan_series(asked=weekly(), by=None)
    manager = signed_in(people.manager_of_operator(pool.facility.operator))
    data = {
        "place": f"etablissement-{pool.facility_id}",
        "from_day": monday.isoformat(),
        "until_day": (monday + timedelta(days=7)).isoformat(),
        "reason_fr": "Vidange",
        "reason_0": "Vidange",
    }
    page = _page(manager.post(reverse("counter:new_closure"), {**data, "apercu": "1"}))
    assert "2 créneaux de bassin touchés" in page and "Club : Les Dauphins" in page
    assert not Closure.objects.exists()
    assert manager.post(reverse("counter:new_closure"), data).status_code == 302
    assert LaneUse.objects.count() == 10
    shown = _page(manager.get(f"{reverse('pools:week', args=[pool.pk])}?semaine={monday.isoformat()}"))
    assert "Vidange" in shown and "Les Dauphins" in shown


def test_who_has_no_pool_yet_reads_how_to_get_one() -> None:
    """Their menu leads to these pages: they may not be missing."""
    manager = people.manager_of_operator(FacilityFactory.create().operator)
    client = signed_in(manager)
    for name in ("pools:pools", "occupancy:figures", "occupancy:proposals"):
        assert client.get(reverse(name)).status_code == 200, name
    assert "Régler les bassins" in _page(client.get(reverse("pools:pools")))


def test_whose_work_is_in_no_place_finds_it_on_the_start_page(manager: StaffMember) -> None:
    page = _page(signed_in(manager).get(reverse("staff:home")))
    assert "Votre travail" in page and page.count(f'href="{reverse("pools:pools")}"') == 2
    assert "Aucun établissement" not in page
