"""The page of all activities: what one finds on it, in which order, and that it says only what is true."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from booking.activities.models import Group, Season, Window
from booking.activities.seasons.offered import door
from booking.activities.tariffs.actions import publish_grid
from municipalities.enums import FacilityKind
from municipalities.models import Municipality
from tests import people
from tests.factories import (
    ActivityFactory,
    BasinFactory,
    FacilityFactory,
    GroupFactory,
    OperatorFactory,
    PoolFactory,
    SeasonFactory,
    SessionFactory,
    TariffGridFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def season() -> Season:
    return SeasonFactory.create(operator=OperatorFactory.create(name="Agglomération des Tests"))


def pool_in(season: Season, name: str, town: Municipality) -> Any:
    facility = FacilityFactory.create(
        kind=FacilityKind.POOL, name=name, slug=name.lower().replace(" ", "-"), municipality=town,
        operator=season.operator, phone="+33389123456",
    )  # fmt: skip
    return BasinFactory.create(pool=PoolFactory.create(facility=facility))


@pytest.fixture
def basins(season: Season, rixheim: Municipality, riedisheim: Municipality) -> list[Any]:
    return [pool_in(season, "Piscine Haute", rixheim), pool_in(season, "Bassin Bas", riedisheim)]


def group(season: Season, basin: Any, *, meets_in: int = 9, **fields: Any) -> Group:
    activity = fields.pop("activity", None) or ActivityFactory.create(season=season)
    made = GroupFactory.create(activity=activity, basin=basin, **fields)
    SessionFactory.create(group=made, starts_at=timezone.now() + timedelta(days=meets_in))
    return made


def page(query: str = "", prefix: str = "") -> str:
    answer = Client().get(f"{prefix}{reverse('catalogue:offer')}{query}")
    assert answer.status_code == 200
    return str(answer.content.decode()).replace("\xa0", " ")


def test_the_nearest_pool_comes_first(season: Season, basins: list[Any]) -> None:
    for basin in basins:
        group(season, basin)
    by_name = page()

    def order(text: str) -> list[str]:
        return sorted(("Piscine Haute <", "Bassin Bas <"), key=text.index)

    assert order(by_name)[0].startswith("Bassin Bas")
    near = page("?commune=rixheim")
    assert order(near)[0].startswith("Piscine Haute")
    assert "2,6 km" in near
    assert order(page(prefix="/communes/rixheim"))[0].startswith("Piscine Haute")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("age=6", {"enfants"}),
        ("age=8+mois", {"bebes"}),
        ("age=40", {"adultes"}),
        ("jours=mer", {"enfants"}),
        ("jours=sam&jours=lun", {"bebes", "adultes"}),
        ("de=18:00", {"adultes"}),
        ("a=12:00", {"bebes"}),
        ("niveau=1", {"enfants", "bebes", "adultes"}),
        ("niveau=4", {"bebes", "adultes"}),
        ("nature=aquagym", {"adultes"}),
        ("piscine=piscine-haute", {"enfants", "bebes"}),
        ("q=gymnas+RIEDI", {"adultes"}),
        ("q=introuvable", set()),
    ],
)
def test_every_filter_leaves_what_fits(season: Season, basins: list[Any], query: str, found: set[str]) -> None:
    high, low = basins
    made = {
        "enfants": group(season, high, weekday=2, level_from=1, level_to=2),
        "bebes": group(season, high, weekday=5, starts="09:00", ends="09:30", months_from=6, months_below=37),
        "adultes": group(
            season,
            low,
            weekday=0,
            starts="18:00",
            ends="18:45",
            months_from=192,
            months_below=None,
            activity=ActivityFactory.create(season=season, kind="aquagym", name={"fr": "Gymnastique dans l’eau"}),
        ),
    }
    for vue in ("liste", "semaine"):
        text = page(f"?{query}&vue={vue}")
        links = {name for name, one in made.items() if f"/piscines/groupes/{one.pk}/" in text}
        assert links == found, vue


@pytest.mark.parametrize("query", ["age=vieux", "de=25:00", "commune=nulle-part", "nature=x", "niveau=9", "piscine=x"])
def test_a_filter_that_cannot_be_read_is_said_and_hides_nothing(season: Season, basins: list[Any], query: str) -> None:
    one = group(season, basins[0])
    text = page(f"?{query}")
    assert "govuk-error-summary" in text
    assert f"/piscines/groupes/{one.pk}/" in text


def test_a_card_says_only_what_is_true_today(season: Season, basins: list[Any]) -> None:
    in_three_days = (timezone.now() + timedelta(days=3)).replace(second=0, microsecond=0)
    later = ActivityFactory.create(season=season, name={"fr": "Plus tard"})
    Window.objects.create(activity=later, audience="residents", opens_at=in_three_days)
    Window.objects.create(activity=later, audience="everybody", opens_at=in_three_days + timedelta(days=1))
    now_open = ActivityFactory.create(season=season, name={"fr": "Ouverte"})
    Window.objects.create(activity=now_open, audience="everybody", opens_at=timezone.now() - timedelta(days=1))
    over = ActivityFactory.create(season=season, name={"fr": "Finie"})
    group(season, basins[0], activity=later)
    group(season, basins[0], activity=now_open)
    group(season, basins[0], activity=over, meets_in=-2)
    text = page()
    cards = {
        name: text[text.index(f">{name}") :].split("</li>\n<li class")[0] for name in ("Plus tard", "Ouverte", "Finie")
    }
    assert ">ouvre " in cards["Plus tard"] and "habitants du territoire : " in cards["Plus tard"]
    assert "ouvert à tous" in cards["Ouverte"]
    assert "terminé" in cards["Finie"]
    assert "03 89 12 34 56" in text, "where one enrols"
    for promise in ("Panier", "Payer", "Complet", "places restantes"):
        assert promise not in text


def test_prices_are_told_from_the_cheapest_to_the_dearest(season: Season, basins: list[Any]) -> None:
    group(season, basins[0])
    assert "€" not in page()
    grid = TariffGridFactory.create(operator=season.operator, valid_from=timezone.localdate(), priced=True)
    tariff = grid.tariffs.get()
    tariff.rows.update(residence="territory", cents=6000)
    tariff.rows.create(residence="other", cents=20600)
    publish_grid(grid=grid, by=people.manager_of_operator(season.operator))
    assert "de 60 € à 206 € pour une saison entière" in page()


def test_a_season_in_preparation_is_nobodys(season: Season, basins: list[Any]) -> None:
    one = group(season, basins[0])
    Season.objects.update(is_public=False)
    assert "Aucune activité n’est publiée en ce moment" in page()
    assert Client().get(reverse("catalogue:group", args=[one.pk])).status_code == 404


def test_a_group_shows_its_dates_and_what_became_of_them(season: Season, basins: list[Any]) -> None:
    one = group(season, basins[0])
    SessionFactory.create(
        group=one,
        starts_at=timezone.now() + timedelta(days=16),
        called_off_at=timezone.now(),
        reason={"fr": "Grève des maîtres-nageurs"},
    )
    text = str(Client().get(reverse("catalogue:group", args=[one.pk])).content.decode())
    assert "Grève des maîtres-nageurs" in text and "de 6 à 12 ans" in text.replace("\xa0", " ")


def test_of_dates_that_are_over_only_their_number_is_told(season: Season, basins: list[Any]) -> None:
    one = group(season, basins[0])
    SessionFactory.create(group=one, starts_at=timezone.now() - timedelta(days=7))
    called_off = timezone.now() - timedelta(days=20)
    SessionFactory.create(group=one, starts_at=timezone.now() - timedelta(days=14), called_off_at=called_off)
    text = str(Client().get(reverse("catalogue:group", args=[one.pk])).content.decode())
    dates = text.split('class="cat-dates"')[1].split("</ul>")[0]
    assert dates.count("<li") == 1 and "1 séance a déjà eu lieu." in text


def test_the_door_counts_what_one_may_still_join_and_knows_the_next_opening(season: Season, basins: list[Any]) -> None:
    now = timezone.now()
    assert door(now) is None
    opens = now + timedelta(days=3)
    one = group(season, basins[0])
    Window.objects.create(activity=one.activity, audience="everybody", opens_at=opens)
    group(season, basins[1], meets_in=-2)
    found = door(now)
    assert found is not None and (found.activities, found.pools, found.opens_at) == (1, 1, opens)
    home = Client().get(reverse("portal:home")).content.decode().replace("\xa0", " ")
    assert reverse("catalogue:offer") in home
    assert "1 activité</strong>" in home and "dans 1 piscine" in home


def _queries(number: int, season: Season, basin: Any) -> int:
    activity = ActivityFactory.create(season=season)
    for _one in range(number):
        group(season, basin, activity=activity)
    page()
    with CaptureQueriesContext(connection) as asked:
        page()
    return len(asked)


def test_the_number_of_queries_does_not_grow(season: Season, basins: list[Any]) -> None:
    few = _queries(3, season, basins[0])
    many = _queries(30, season, basins[1])
    assert few == many <= 4


def test_nobody_is_served_what_was_cached_before_a_change(season: Season, basins: list[Any]) -> None:
    one = group(season, basins[0])
    page()
    one.activity.name = {"fr": "Tout autre nom"}
    one.activity.save()
    assert "Tout autre nom" in page()


def test_towns_keep_their_prefix_in_the_links(season: Season, basins: list[Any]) -> None:
    one = group(season, basins[0])
    assert f"/communes/rixheim/piscines/groupes/{one.pk}/" in page(prefix="/communes/rixheim")
