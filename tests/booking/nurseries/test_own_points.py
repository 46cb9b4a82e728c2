"""What a family reads of its own points, long before a commission: its lines, and apart what awaits its proof."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking.nurseries.documents.papers import note_seen
from booking.nurseries.enums import DocumentKind
from booking.nurseries.models import Criterion, NurseryApplication, PointsGrid, TownPoints
from booking.nurseries.points import facts
from booking.nurseries.points.actions import publish_grid
from booking.nurseries.points.queries import rules_of
from booking.nurseries.reckoning import Score
from booking.nurseries.requests.sending import change, send
from booking.nurseries.requests.steps import Step
from municipalities.enums import Role
from municipalities.models import StaffMember
from tests import people
from tests.booking.nurseries.family import (
    Family,
    agglomeration,
    begun,
    born,
    children,
    filled,
    nurseries,
    page,
    parents,
    sent,
    week,
    wishes,
)
from tests.booking.nurseries.test_request_steps import link_of
from tests.factories import PointsGridFactory, StaffMemberFactory

pytestmark = pytest.mark.django_db

#: Code, label, points and proof.
CRITERIA = (
    ("no-care", "Sans solution", 15, ""),
    ("multiple-birth", "Naissance multiple", 7, ""),
    ("disability", "Enfant en situation de handicap", 40, DocumentKind.DISABILITY),
)


@pytest.fixture
def grid() -> PointsGrid:
    made = PointsGridFactory.create(operator=agglomeration())
    for position, (code, label, points, proof) in enumerate(CRITERIA):
        Criterion.objects.create(
            grid=made, code=code, label={"fr": label}, kind="yes_no", points=points, proof=proof, position=position
        )
    publish_grid(grid=made, by=people.for_nurseries(Role.CHILDCARE_MANAGER, agglomeration()))
    return made


@pytest.fixture
def agent() -> StaffMember:
    return StaffMemberFactory.create()


def shown(request: NurseryApplication) -> str:
    family = Family()
    return page(family.client.get(link_of(request), follow=True))


def scores(request: NurseryApplication, grid: PointsGrid) -> list[Score]:
    """Of the children of a request who still ask, in their order."""
    (read,) = facts.with_what_counts(NurseryApplication.objects.filter(pk=request.pk))
    live = sorted((one for one in read.children.all() if one.is_live), key=lambda one: one.rank)
    return list(facts.scores_of(live, rules_of(grid), {}, {}, timezone.localdate()).values())


def data(said: dict[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in said.items() if value}


def test_a_family_reads_its_points_on_its_page_before_any_commission(grid: PointsGrid, agent: StaffMember) -> None:
    chosen = nurseries()
    TownPoints.objects.create(
        municipality=chosen[0].facility.municipality, points=10, valid_from=timezone.localdate(), decision="x"
    )
    request = sent(*chosen[:1], child=children(has_disability="on"))
    before = shown(request)
    assert "Vos points aujourd’hui" in before and "Sans solution" in before
    counted, _heading, awaiting = before.partition("Sans preuve encore")
    assert "Enfant en situation de handicap" in awaiting and "Enfant en situation de handicap" not in counted
    assert "15 points partout" in counted
    assert f"Habite la commune de la crèche ({chosen[0].facility.name})" in counted
    note_seen(application=request, kind=DocumentKind.DISABILITY, child_rank=1, by=agent)
    after = shown(request)
    assert "55 points partout" in after and "Sans preuve encore" not in after
    change(application=request, step=Step.CHILDREN, data=data(children(has_disability="on", current_care="family")))
    assert "40 points partout" in shown(request)


def test_where_no_grid_is_in_force_no_points_are_told() -> None:
    assert "Vos points aujourd’hui" not in shown(sent())


def two(**second: str) -> dict[str, Any]:
    first = children(has_disability="on")
    return first | children(2, **{"given_name": "Eli", **second}) | {"s-otherwise": "apart"}


def sent_for_two(**second: str) -> NurseryApplication:
    steps = {"children": two(**second), "parents": parents(), "week": week() | week(2), "wishes": wishes(*nurseries())}
    return send(application=filled(begun(), **steps))


def test_the_paper_of_one_child_proves_nothing_of_another(grid: PointsGrid, agent: StaffMember) -> None:
    request = sent_for_two(has_disability="on")
    note_seen(application=request, kind=DocumentKind.DISABILITY, child_rank=2, by=agent)
    first, second = scores(request, grid)
    assert [line.code for line in first.awaiting] == ["disability"] and not second.awaiting


def test_a_child_that_was_taken_off_is_nobodys_twin(grid: PointsGrid) -> None:
    request = sent_for_two()
    assert [one.total for one in scores(request, grid)] == [22, 22]
    change(application=request, step=Step.CHILDREN, data=data(two(is_gone="on")))
    assert [one.total for one in scores(request, grid)] == [15]


def test_the_papers_of_a_child_that_was_taken_off_are_not_the_next_ones(grid: PointsGrid, agent: StaffMember) -> None:
    """Children are told apart by a number within the request, which is given again."""
    request = sent_for_two(has_disability="on")
    note_seen(application=request, kind=DocumentKind.BIRTH, child_rank=2, by=agent)
    note_seen(application=request, kind=DocumentKind.DISABILITY, child_rank=2, by=agent)
    change(application=request, step=Step.CHILDREN, data=data(two(has_disability="on", is_gone="on")))
    younger = (born() + timedelta(days=90)).isoformat()
    new = two(given_name="Noé", born_on=younger, has_disability="on")
    change(application=request, step=Step.CHILDREN, data=data(new))
    (_first, second) = scores(request, grid)
    assert [line.code for line in second.awaiting] == ["disability"]
    assert not request.documents.filter(child_rank=2).exists()
