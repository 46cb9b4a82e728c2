"""Grids of prices in the database: no two prices meet, and what is published never changes."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.activities.models import Adjustment, PriceRow, Tariff, TariffGrid
from booking.activities.pricing import Residence, Span, Unit, Wish, quote
from booking.activities.tariffs import actions
from booking.activities.tariffs.queries import PriceSpan, as_grid, grid_on, published_grids, span_of
from municipalities.database.transactions import refused_by
from municipalities.enums import FacilityKind
from municipalities.models import Facility, StaffMember
from tests import people
from tests.factories import (
    ActivityFactory,
    FacilityFactory,
    GroupFactory,
    OperatorFactory,
    SeasonFactory,
    TariffGridFactory,
)
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def pool() -> Facility:
    return FacilityFactory.create(
        kind=FacilityKind.POOL,
        name="Piscine des Tests",
        operator=OperatorFactory.create(name="Agglomération des Tests"),
    )


@pytest.fixture
def manager(pool: Facility) -> StaffMember:
    return people.manager_of_operator(pool.operator)


@pytest.fixture
def grid(pool: Facility) -> TariffGrid:
    return TariffGridFactory.create(operator=pool.operator, name="Saison (fictif)")


def bands(grid: TariffGrid) -> Tariff:
    """The swimming school of the domain's examples."""
    tariff = Tariff.objects.create(grid=grid, code="ecole", label={"fr": "École de natation"})
    for low, below, cents in ((0, 501, 6000), (501, 1001, 9000), (1001, 1501, 11800), (1501, None, 14700)):
        PriceRow.objects.create(
            tariff=tariff,
            residence="territory",
            quotient_from=low,
            quotient_below=below,
            cents=cents,
            age_from=6,
            age_below=13,
        )
    PriceRow.objects.create(tariff=tariff, residence="other", cents=20600, age_from=6, age_below=13)
    return tariff


def wish(quotient: int | None = 820, residence: Residence = Residence.TERRITORY) -> Wish:
    return Wish("a", "a", "ecole", Unit.YEAR, 8, residence, quotient)


def test_a_grid_in_the_database_prices_as_the_pure_one(grid: TariffGrid) -> None:
    bands(grid)
    found = as_grid(grid)
    assert [quote(found, [wish(q)], on=timezone.localdate()).due for q in (500, 820, 1500, None)] == [
        6000,
        9000,
        11800,
        14700,
    ]
    assert quote(found, [wish(300, Residence.OTHER)], on=timezone.localdate()).due == 20600


@pytest.mark.parametrize(
    "case",
    [
        {"residence": "territory", "quotient_from": 900, "quotient_below": 950, "age_from": 8, "age_below": 9},
        {"residence": "any", "quotient_from": 0, "quotient_below": 1, "age_from": 12},
        {"residence": "other", "status": "reduced", "age_from": 0},
    ],
)
def test_two_prices_for_one_case_are_refused_by_the_database(grid: TariffGrid, case: dict[str, Any]) -> None:
    tariff = bands(grid)
    row = PriceRow(tariff=tariff, cents=1, **case)
    with pytest.raises(ValidationError, match="vaut déjà pour une partie de ces cas"):
        row.full_clean()
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        row.save()
    assert refused_by(refused.value, "prices_of_a_tariff_never_meet")


def test_prices_side_by_side_are_no_trouble(grid: TariffGrid) -> None:
    tariff = bands(grid)
    for case in ({"age_below": 6}, {"age_from": 13}, {"unit": "term", "age_from": 6, "age_below": 13}):
        row = PriceRow(tariff=tariff, cents=1, **case)
        row.full_clean()
        row.save()


@pytest.mark.parametrize(
    ("case", "constraint"),
    [
        ({}, "price_is_an_amount_or_a_rate"),
        ({"cents": 1, "rate": 800, "floor": 1, "cap": 2}, "price_is_an_amount_or_a_rate"),
        ({"rate": 800, "floor": 3, "cap": 2}, "price_is_reasonable"),
        ({"cents": 600_000}, "price_is_reasonable"),
        ({"cents": 1, "age_from": 6, "age_below": 6}, "ranges_of_a_price_have_a_beginning_and_an_end"),
        ({"cents": 1, "rank_from": 0}, "price_counts_children_from_the_first"),
    ],
)
def test_a_price_that_is_none_is_refused(grid: TariffGrid, case: dict[str, Any], constraint: str) -> None:
    tariff = Tariff.objects.create(grid=grid, code="x", label={"fr": "X"})
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        PriceRow.objects.create(tariff=tariff, **case)
    assert refused_by(refused.value, constraint)


def test_a_published_grid_is_changed_by_nobody(grid: TariffGrid, manager: StaffMember) -> None:
    tariff = bands(grid)
    adjustment = Adjustment.objects.create(grid=grid, because="sibling", percent=20)
    actions.publish_grid(grid=grid, by=manager)
    changes: list[Any] = [
        lambda: TariffGrid.objects.filter(pk=grid.pk).update(valid_from=timezone.localdate()),
        lambda: TariffGrid.objects.filter(pk=grid.pk).update(published_at=None),
        lambda: TariffGrid.objects.filter(pk=grid.pk).delete(),
        lambda: tariff.rows.update(cents=1),
        lambda: tariff.rows.all().delete(),
        lambda: PriceRow.objects.create(tariff=tariff, unit="term", cents=1),
        lambda: Tariff.objects.create(grid=grid, code="autre", label={"fr": "Autre"}),
        lambda: Tariff.objects.filter(pk=tariff.pk).update(code="autre"),
        lambda: Adjustment.objects.filter(pk=adjustment.pk).update(percent=1),
        lambda: adjustment.delete(),
    ]
    for change in changes:
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            change()
        assert refused_by(refused.value, actions.PUBLISHED)
    with pytest.raises(actions.PublishedForGood):
        actions.save_part(part=PriceRow(tariff=tariff, unit="term", cents=1), by=manager)
    with pytest.raises(actions.PublishedForGood):
        actions.publish_grid(grid=grid, by=manager)


def test_twin_without_the_guard_a_published_price_changes(grid: TariffGrid, manager: StaffMember) -> None:
    tariff = bands(grid)
    actions.publish_grid(grid=grid, by=manager)
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER guichet_published_grid_stays ON activities_pricerow")
    assert tariff.rows.update(cents=1) == 5


def test_who_published_may_be_forgotten(grid: TariffGrid, manager: StaffMember) -> None:
    bands(grid)
    actions.publish_grid(grid=grid, by=manager)
    manager.delete()
    grid.refresh_from_db()
    assert grid.is_published and grid.published_by is None


def test_publishing_wants_prices_a_decision_a_day_to_come_and_no_holes(grid: TariffGrid, manager: StaffMember) -> None:
    with pytest.raises(actions.NotReady):
        actions.publish_grid(grid=grid, by=manager)
    tariff = bands(grid)
    TariffGrid.objects.filter(pk=grid.pk).update(decision=" ")
    with pytest.raises(actions.Undecided):
        actions.publish_grid(grid=grid, by=manager)
    TariffGrid.objects.filter(pk=grid.pk).update(
        decision="fictive", valid_from=timezone.localdate() - timedelta(days=1)
    )
    with pytest.raises(actions.BeginsInThePast):
        actions.publish_grid(grid=grid, by=manager)
    TariffGrid.objects.filter(pk=grid.pk).update(valid_from=timezone.localdate())
    tariff.rows.filter(residence="other").delete()
    with pytest.raises(actions.HasHoles):
        actions.publish_grid(grid=grid, by=manager)
    actions.publish_grid(grid=grid, despite_holes=True, by=manager)
    assert TariffGrid.objects.get().is_published


def test_what_is_sold_wants_a_price(grid: TariffGrid, manager: StaffMember) -> None:
    """Of the grid's own prices none is missing: a group is sold by a code that it does not know."""
    bands(grid)
    season = SeasonFactory.create(operator=grid.operator, last_day=grid.valid_from + timedelta(days=200))
    activity = ActivityFactory.create(season=season)
    sold = GroupFactory.create(activity=activity, tariff_code="plongee", last_day=season.last_day)
    with pytest.raises(actions.HasHoles):
        actions.publish_grid(grid=grid, by=manager)
    assert "plongee" in signed_in(manager).get(reverse("tariffs:grid", args=[grid.pk])).content.decode()
    sold.delete()
    assert actions.publish_grid(grid=grid, by=manager).is_published


def test_the_latest_that_has_begun_is_in_force(pool: Facility, manager: StaffMember) -> None:
    today = timezone.localdate()
    for name, begins in (("ancienne", today), ("nouvelle", today + timedelta(days=200))):
        made = TariffGridFactory.create(operator=pool.operator, name=name, valid_from=begins)
        bands(made)
        actions.publish_grid(grid=made, by=manager)
    TariffGridFactory.create(operator=pool.operator, name="brouillon", valid_from=today, priced=True)
    assert len(published_grids()[pool.operator_id]) == 2

    def name_on(days: int) -> str | None:
        found = grid_on(pool.operator_id, today + timedelta(days=days))
        return found.grid.version if found else None

    assert [name_on(days) for days in (-1, 0, 199, 200)] == [None, "ancienne", "ancienne", "nouvelle"]


def test_from_the_cheapest_to_the_dearest_for_an_age(grid: TariffGrid) -> None:
    bands(grid)
    found = as_grid(grid)
    assert span_of(found, "ecole", Unit.YEAR, Span(6, 13)) == PriceSpan(6000, 20600)
    assert span_of(found, "ecole", Unit.YEAR, Span(13)) is None
    assert span_of(None, "ecole", Unit.YEAR, Span()) is None


def test_only_who_plans_the_offer_of_the_operator_sets_prices(grid: TariffGrid) -> None:
    stranger = people.manager_of_operator(OperatorFactory.create(name="Société d’ailleurs"))
    with pytest.raises(actions.NotYourPrices):
        actions.discard_grid(grid=grid, by=stranger)


def test_the_command_lists_cases_without_a_price(grid: TariffGrid) -> None:
    tariff = bands(grid)
    out = StringIO()
    call_command("tariffs", "--holes", stdout=out)
    assert "Saison (fictif)" in out.getvalue()
    tariff.rows.filter(quotient_from=501).delete()
    with pytest.raises(CommandError, match="2 cas sans prix"):
        call_command("tariffs", "--holes", stdout=out)
    assert "quotient de 501 à 1\u202f000" in out.getvalue().replace("\xa0", "\u202f")


def _page(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ").replace("\u202f", " ")


def test_a_grid_is_drafted_filled_and_published_by_pages(pool: Facility, manager: StaffMember) -> None:
    client = signed_in(manager)
    day = timezone.localdate() + timedelta(days=3)
    head = {"name": "Saison", "valid_from": day.isoformat(), "decision": "Délibération 12 (fictive)", "step": 10}
    made = client.post(reverse("tariffs:new_grid"), {**head, "operator": pool.operator_id})
    grid = TariffGrid.objects.get()
    assert made["Location"] == reverse("tariffs:grid", args=[grid.pk])
    client.post(reverse("tariffs:new_tariff", args=[grid.pk]), {"code": "aquagym", "label_fr": "Aquagym"})
    tariff = grid.tariffs.get()
    price = {
        "unit": "term",
        "residence": "territory",
        "status": "any",
        "age_from": 16,
        "quotient_from": 0,
        "rank_from": 1,
    }
    new = reverse("tariffs:new_price", args=[tariff.pk])
    client.post(new, {**price, "quotient_to": "1000", "euros": "84,50"})
    row = tariff.rows.get()
    assert (row.cents, row.quotient_below, row.age_below) == (8450, 1001, None)
    refused = _page(client.post(new, {**price, "quotient_from": 1000, "euros": "90"}))
    assert "Un autre prix de ce tarif vaut déjà pour une partie de ces cas." in refused
    client.post(new, {**price, "quotient_from": 1001, "percent": "8", "least": "40", "most": "160"})
    rate = tariff.rows.exclude(pk=row.pk).get()
    assert (rate.cents, rate.rate, rate.floor, rate.cap) == (None, 800, 4000, 16000)
    Adjustment.objects.create(grid=grid, because="sibling", percent=20, codes=["aquagym"])
    page = _page(client.get(reverse("tariffs:grid", args=[grid.pk])))
    assert "8 % du quotient, de 40 € à 160 €" in page
    assert "autres communes" in page, "the hole is named"
    assert _page(client.post(reverse("tariffs:publish_grid", args=[grid.pk]))).count("cochez que vous la publiez") == 1
    client.post(reverse("tariffs:publish_grid", args=[grid.pk]), {"malgre": "1"})
    assert TariffGrid.objects.get().published_by == manager
    assert client.get(reverse("tariffs:price", args=[row.pk])).status_code == 404
    public = _page(Client().get(reverse("catalogue:prices")))
    for said in ("Délibération 12 (fictive)", "84,50 €", "Aquagym, un trimestre", "d’une même famille, Aquagym</li>"):
        assert said in public


def test_a_new_grid_may_begin_with_the_prices_of_another(grid: TariffGrid, manager: StaffMember) -> None:
    bands(grid)
    Adjustment.objects.create(grid=grid, because="sibling", percent=20, codes=["ecole"])
    head = {"name": "Suivante", "valid_from": "2027-09-01", "step": 1, "like": grid.pk, "operator": grid.operator_id}
    signed_in(manager).post(reverse("tariffs:new_grid"), head)
    made = TariffGrid.objects.get(name="Suivante")
    assert as_grid(made).rows == as_grid(grid).rows
    assert as_grid(made).reductions == as_grid(grid).reductions
    assert not made.is_published


def test_a_reduction_names_codes_of_its_grid(grid: TariffGrid, manager: StaffMember) -> None:
    bands(grid)
    new = reverse("tariffs:new_adjustment", args=[grid.pk])
    sent = {"position": 1, "because": "sibling", "rank_from": 2, "rank_to": 2, "percent": 20, "codes": "plongee"}
    client = signed_in(manager)
    assert "pas de tarif « plongee »" in _page(client.post(new, sent))
    client.post(new, {**sent, "codes": "ecole"})
    made = grid.adjustments.get()
    assert (made.codes, made.rank_below) == (["ecole"], 3)
    client.post(reverse("tariffs:adjustment", args=[made.pk]), {"retirer": "1"})
    assert not grid.adjustments.exists()


def test_nothing_is_published_and_the_page_says_so() -> None:
    assert "Aucun tarif n’est publié" in _page(Client().get(reverse("catalogue:prices")))
