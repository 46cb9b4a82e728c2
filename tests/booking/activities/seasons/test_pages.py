"""Staff make a season by pages: season, activity with its openings, group, and one session by itself."""

import re
from datetime import date, datetime, time
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from booking.activities.models import Activity, Group, Lane, Season, Session
from municipalities.enums import FacilityKind
from municipalities.zone import ZONE
from tests import people
from tests.factories import BasinFactory, FacilityFactory, LaneFactory, OperatorFactory, PoolFactory
from tests.rights.walk import signed_in

#: On a telephone a cell says what it is: with nothing behind it, that is a question.
EMPTY_CELL = r'data-label="[^"]*">\s*</td>'

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_the_end_of_summer() -> Any:
    with time_machine.travel(datetime(2026, 8, 31, 12, tzinfo=ZONE)):
        yield


@pytest.fixture
def lanes() -> list[Lane]:
    operator = OperatorFactory.create(name="Agglomération des Tests")
    facility = FacilityFactory.create(kind=FacilityKind.POOL, operator=operator)
    basin = BasinFactory.create(pool=PoolFactory.create(facility=facility))
    return [LaneFactory.create(basin=basin) for _number in range(2)]


@pytest.fixture
def office(lanes: list[Lane]) -> Client:
    return signed_in(people.manager_of_operator(lanes[0].basin.pool.facility.operator))


def text(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def make_group(office: Client, lanes: list[Lane]) -> Group:
    operator = lanes[0].basin.pool.facility.operator
    days = {"first_day": "2026-09-01", "last_day": "2027-06-30"}
    office.post(reverse("seasons:new_season"), {"operator": operator.pk, "name_fr": "Saison 2026-2027", **days})
    season = Season.objects.get()
    assert not season.is_public
    opens = {"day_residents": "2026-09-05", "hour_residents": "10:00", "day_everybody": "2026-09-12"}
    new_activity = reverse("seasons:new_activity", args=[season.pk])
    activity = {"code": "ecole", "kind": "school", "name_fr": "École de natation", "account": "70631", **opens}
    assert "Donnez le jour et l’heure, ou aucun des deux." in text(office.post(new_activity, activity))
    office.post(new_activity, {**activity, "hour_everybody": "10:00"})
    made = Activity.objects.get()
    assert [window.opens_at for window in made.windows.order_by("opens_at")] == [
        datetime(2026, 9, 5, 10, tzinfo=ZONE),
        datetime(2026, 9, 12, 10, tzinfo=ZONE),
    ]
    group = {
        "code": "g1",
        "lanes": [lane.pk for lane in lanes],
        "weekday": "2",
        "starts": "14:00",
        "ends": "14:45",
        "capacity": "10",
        "age_from": "6 ans",
        "age_to": "12 ans",
        "age_day": "first_session",
        "unit": "year",
        "tariff_code": "ecole",
        "absence_hours": "24",
        "credit_rule": "credit",
        **days,
    }
    new_group = reverse("seasons:new_group", args=[made.pk])
    assert "n’est pas un âge" in text(office.post(new_group, {**group, "age_from": "vieux"}))
    assert not Group.objects.exists()
    answer = office.post(new_group, group)
    found = Group.objects.get()
    assert answer["Location"] == reverse("seasons:group", args=[found.pk])
    return found


def test_a_season_is_made_by_pages(office: Client, lanes: list[Lane]) -> None:
    found = make_group(office, lanes)
    assert (found.months_from, found.months_below, found.starts) == (72, 156, time(14))
    page = text(office.get(reverse("seasons:group", args=[found.pk])))
    assert "Jours sans séance" in page and "Armistice de 1918" in page
    assert "de 6 à 12 ans" in page
    season = text(office.get(reverse("seasons:season", args=[found.activity.season_id])))
    assert "Les vacances scolaires ne sont pas encore saisies" in season
    assert text(Client().get(reverse("catalogue:offer"))).count("École de natation") == 0
    form = {"name_fr": "Saison 2026-2027", "first_day": "2026-09-01", "last_day": "2027-06-30", "is_public": "on"}
    office.post(reverse("seasons:edit_season", args=[found.activity.season_id]), form)
    assert text(Client().get(reverse("catalogue:offer"))).count("École de natation") > 0


def test_windows_come_in_their_order(office: Client, lanes: list[Lane]) -> None:
    found = make_group(office, lanes)
    wrong = {"day_residents": "2026-09-12", "hour_residents": "10:00", "day_everybody": "2026-09-05"}
    sent = {
        "code": "ecole",
        "kind": "school",
        "name_fr": "École",
        "account": "70631",
        **wrong,
        "hour_everybody": "10:00",
    }
    answer = text(office.post(reverse("seasons:activity", args=[found.activity_id]), sent))
    assert "Chaque ouverture vient après celle de ceux qui passent avant" in answer
    # The night on which summer time begins has no half past two.
    night = {**sent, "day_residents": "2027-03-28", "hour_residents": "02:30", "day_everybody": "2027-03-29"}
    address = reverse("seasons:activity", args=[found.activity_id])
    assert "ce moment n’existe pas" in text(office.post(address, night))
    assert office.post(address, night | {"hour_residents": "03:30"}).status_code == 302


def test_a_session_is_moved_called_off_and_reinstated_by_its_page(office: Client, lanes: list[Lane]) -> None:
    found = make_group(office, lanes)
    session = Session.objects.get(planned_on=date(2026, 9, 2))
    page = reverse("desk:session", args=[session.pk])
    office.post(page, {"geste": "deplacer", "day": "2026-09-03", "starts": "15:00", "ends": "15:45"})
    session.refresh_from_db()
    assert session.is_moved and session.starts_at == datetime(2026, 9, 3, 15, tzinfo=ZONE)
    taken = {"geste": "deplacer", "day": "2026-09-09", "starts": "14:30", "ends": "15:15"}
    assert "une ligne est déjà prise" in text(office.post(page, taken)).replace(
        "des lignes sont déjà prises", "une ligne est déjà prise"
    )
    office.post(page, {"geste": "annuler", "reason_fr": "Grève (fictive)"})
    shown = text(office.get(reverse("seasons:group", args=[found.pk])))
    assert "Grève (fictive)" in shown and not re.search(EMPTY_CELL, shown)
    office.post(page, {"geste": "retablir"})
    session.refresh_from_db()
    assert not session.is_called_off


def test_an_activity_with_groups_stays(office: Client, lanes: list[Lane]) -> None:
    found = make_group(office, lanes)
    office.post(reverse("seasons:activity", args=[found.activity_id]), {"retirer": "1"})
    assert Activity.objects.count() == 1
    office.post(reverse("seasons:edit_group", args=[found.pk]), {"retirer": "1"})
    office.post(reverse("seasons:activity", args=[found.activity_id]), {"retirer": "1"})
    assert not Group.objects.exists() and not Activity.objects.exists()


def test_lanes_are_chosen_by_their_pool_and_basin(office: Client, lanes: list[Lane]) -> None:
    """« Ligne 1 » is in every basin."""
    page = text(office.get(reverse("seasons:edit_group", args=[make_group(office, lanes).pk])))
    basin = lanes[0].basin
    assert page.index(f"{basin.pool}, {basin}") < page.index(lanes[0].name)
