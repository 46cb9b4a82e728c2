"""Places in nurseries: looked for by a family before any form, kept by who runs them. On any screen, also bare."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.nurseries.enums import HALF_DAYS, Section
from booking.nurseries.models import Nursery, PointsGrid
from tests import people
from tests.browser.conftest import PHONE, WIDE, Visitor
from tests.browser.test_agent_day import shot, signed_in
from tests.factories import (
    CommissionMeetingFactory,
    HeldBackFactory,
    NurseryOpeningFactory,
    PointsGridFactory,
    PresentChildFactory,
    TownChildcareFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]


@pytest.fixture
def lutins() -> Nursery:
    opening = NurseryOpeningFactory.create(
        nursery__facility__name="Les Lutins fictifs",
        sections={Section.SMALL: 2},
        authorised=dict.fromkeys(HALF_DAYS, 12),
    )
    PresentChildFactory.create_batch(9, nursery=opening.nursery)
    HeldBackFactory.create(nursery=opening.nursery)
    TownChildcareFactory.create(municipality=opening.nursery.facility.municipality)
    CommissionMeetingFactory.create(authority=opening.nursery.authority)
    grid = PointsGridFactory.create(filled=True)
    PointsGrid.objects.filter(pk=grid.pk).update(published_at=timezone.now())
    NurseryOpeningFactory.create(nursery__facility__name="La Ronde fictive")
    return opening.nursery


@pytest.mark.parametrize(("viewport", "javascript"), [(WIDE, True), (PHONE, True), (PHONE, False)])
def test_a_family_finds_places_and_its_points(
    viewport: dict[str, int], javascript: bool, visit: Visit, lutins: Nursery
) -> None:
    visitor = visit(viewport, javascript=javascript)
    visitor.open("/")
    visitor.page.get_by_role("link", name="Voir les places en crèche").click()
    visitor.look()
    shot(visitor, "creches-liste")
    visitor.page.get_by_label("Âge").select_option("small")
    visitor.page.get_by_role("button", name="Voir", exact=True).click()
    visitor.look()
    assert "1 à 2" in visitor.page.content() and "3 à 5" not in visitor.page.content()
    visitor.page.get_by_role("link", name="Carte", exact=True).click()
    visitor.look()
    shot(visitor, "creches-carte")
    visitor.page.get_by_role("link", name="Les Lutins fictifs", exact=True).click()
    visitor.look()
    shot(visitor, "creche")
    visitor.open(reverse("nurseries:points"))
    visitor.page.get_by_label("Lieu de vie").select_option("lives")
    visitor.page.get_by_role("button", name="Calculer").click()
    visitor.look()
    assert "100 points" in visitor.page.content().replace("\xa0", " ")
    shot(visitor, "creches-points")


@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_each_page_of_who_runs_them_is_fit_for_everybody(
    viewport: dict[str, int], visit: Visit, lutins: Nursery
) -> None:
    visitor = signed_in(visit(viewport), people.nursery_manager(lutins.facility))
    pages: list[tuple[str, list[int]]] = [
        ("nurseries", []),
        ("nursery", [lutins.pk]),
        ("settings", [lutins.pk]),
        ("new_opening", [lutins.pk]),
        ("new_held", [lutins.pk]),
        ("children", []),
    ]
    for name, arguments in pages:
        visitor.open(reverse(f"supply:{name}", args=arguments))
        shot(visitor, f"supply-{name}")
