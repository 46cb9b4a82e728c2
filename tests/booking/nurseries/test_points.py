"""Grids of points in the database and on their pages: drafted by who may, published for good."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from booking.nurseries import reckoning
from booking.nurseries.answers import offers, publishing
from booking.nurseries.models import (
    ApplicationChild,
    Criterion,
    CriterionOption,
    FamilyDocument,
    NurseryApplication,
    PointsGrid,
    Round,
    TownPoints,
)
from booking.nurseries.models.offers import FamilyReason
from booking.nurseries.points import actions, answering, facts
from booking.nurseries.points.previewing import preview
from booking.nurseries.points.queries import Rules, own_town, published_rules, rules_of, rules_on
from booking.nurseries.reckoning import Claimed, Score
from booking.nurseries.rounds import deciding
from municipalities.database.transactions import refused_by
from municipalities.enums import Role
from municipalities.models import ReadTrace, StaffMember
from tests import people
from tests.booking.nurseries.commission import MONDAY, make_commission, next_month
from tests.booking.nurseries.test_answers import to_family
from tests.factories import MunicipalityFactory, PointsGridFactory
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def grid() -> PointsGrid:
    return PointsGridFactory.create(filled=True)


@pytest.fixture
def manager(grid: PointsGrid) -> StaffMember:
    return people.for_nurseries(Role.CHILDCARE_MANAGER, grid.operator)


def test_what_is_published_never_changes_whatever_path_it_takes(grid: PointsGrid, manager: StaffMember) -> None:
    actions.publish_grid(grid=grid, by=manager)
    criterion = grid.criteria.get()
    for attempt in (
        lambda: PointsGrid.objects.filter(pk=grid.pk).update(name="Autre"),
        lambda: Criterion.objects.filter(pk=criterion.pk).update(points=7),
        lambda: criterion.options.update(points=1000),
        lambda: CriterionOption.objects.create(criterion=criterion, code="new", label={"fr": "X"}, points=1),
        lambda: Criterion.objects.create(grid=grid, code="new", label={"fr": "X"}),
        grid.delete,
    ):
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            attempt()
        assert refused_by(refused.value, actions.PUBLISHED)
    with pytest.raises(actions.GridIsPublished):
        actions.save_part(part=criterion, by=manager)


def test_a_grid_is_published_only_when_it_means_something(grid: PointsGrid, manager: StaffMember) -> None:
    empty = PointsGridFactory.create(operator=grid.operator)
    with pytest.raises(actions.NothingToPublish):
        actions.publish_grid(grid=empty, by=manager)
    Criterion.objects.create(grid=empty, code="choice", label={"fr": "Choix"}, kind="choice")
    with pytest.raises(actions.ChoiceWithoutOptions, match="Choix"):
        actions.publish_grid(grid=empty, by=manager)
    grid.decision = ""
    grid.save()
    with pytest.raises(actions.WithoutDecision):
        actions.publish_grid(grid=grid, by=manager)
    PointsGrid.objects.filter(pk=grid.pk).update(decision="x", valid_from=timezone.localdate() - timedelta(days=1))
    with pytest.raises(actions.BeginsBeforeToday):
        actions.publish_grid(grid=grid, by=manager)


def test_a_later_version_ends_the_one_before_on_its_day(grid: PointsGrid, manager: StaffMember) -> None:
    today = timezone.localdate()
    later = PointsGridFactory.create(operator=grid.operator, valid_from=today + timedelta(days=30))
    actions.save_grid(grid=later, by=manager)
    assert rules_on(today) is None
    actions.publish_grid(grid=grid, by=manager)
    copy = PointsGrid(operator=grid.operator, name="Suite", valid_from=today + timedelta(days=40), decision="fictive")
    actions.save_grid(grid=copy, like=grid, by=manager)
    actions.publish_grid(grid=copy, by=manager)
    assert [rules.grid.name for rules in published_rules()] == ["Suite", grid.name]
    for days, name in ((0, grid.name), (39, grid.name), (40, "Suite")):
        found = rules_on(today + timedelta(days=days))
        assert found is not None
        assert found.grid.name == name
    assert rules_of(copy).criteria == rules_of(grid).criteria


def test_my_points_are_reckoned_without_storing_anything(grid: PointsGrid, manager: StaffMember) -> None:
    actions.publish_grid(grid=grid, by=manager)
    rules = rules_on(timezone.localdate())
    assert rules is not None
    score = reckoning.score(rules.criteria, [Claimed("residence", "lives", is_proven=True)])
    assert [(rules.said(line).replace("\u00a0", " "), line.points) for line in score.lines] == [
        ("Lieu de vie : Y habite", 100)
    ]


def test_a_town_gives_points_at_its_own_nurseries_from_its_day_on(manager: StaffMember) -> None:
    today = timezone.localdate()
    town, other = MunicipalityFactory.create(), MunicipalityFactory.create()
    for days, points in ((0, 10), (5, 20)):
        given = TownPoints(
            municipality=town, valid_from=today + timedelta(days=days), points=points, decision="fictive"
        )
        actions.decide_town_points(given=given, by=manager)
    nurseries = {"Les Lutins": town.pk, "La Ronde": other.pk}
    assert own_town(town.pk, nurseries, today) == {"Les Lutins": 10}
    assert own_town(town.pk, nurseries, today + timedelta(days=5)) == {"Les Lutins": 20}
    assert own_town(other.pk, nurseries, today) == {}
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        TownPoints.objects.create(municipality=other, valid_from=today, points=21, decision="fictive")
    assert refused_by(refused.value, "town_gives_at_most_twenty_points")


@pytest.mark.parametrize("role", [Role.CHILDCARE_AGENT, Role.COMMISSION_CHAIR, Role.OPERATOR_MANAGER])
def test_nobody_else_writes_the_rules(grid: PointsGrid, role: Role) -> None:
    staff = people.for_nurseries(role, grid.operator)
    with pytest.raises(actions.NotYourRules):
        actions.publish_grid(grid=grid, by=staff)
    for name, arguments in (("points:grids", []), ("points:grid", [grid.pk]), ("points:towns", [])):
        assert signed_in(staff).get(reverse(name, args=arguments)).status_code == 404


def test_a_grid_is_drafted_and_published_on_its_pages(manager: StaffMember) -> None:
    client, today = signed_in(manager), timezone.localdate()
    typed = {"name": "Critères fictifs", "valid_from": today.isoformat(), "decision": "délibération fictive"}
    assert client.post(reverse("points:new_grid"), typed).status_code == 302
    grid = PointsGrid.objects.get(name="Critères fictifs")
    criterion = {
        "position": 1,
        "code": "work",
        "label_fr": "Situation des parents",
        "kind": "choice",
        "points": 0,
        "least": 0,
        "most": 1,
        "set_by": "family",
        "proof": "work",
    }
    assert client.post(reverse("points:new_criterion", args=[grid.pk]), criterion).status_code == 302
    found = grid.criteria.get()
    option = {"position": 1, "code": "all", "label_fr": "tous travaillent", "points": 40}
    assert client.post(reverse("points:new_option", args=[found.pk]), option).status_code == 302
    page = client.get(reverse("points:grid", args=[grid.pk])).content.decode()
    assert "tous travaillent" in page
    assert client.post(reverse("points:publish_grid", args=[grid.pk])).status_code == 302
    assert client.get(reverse("points:criterion", args=[found.pk])).status_code == 404
    assert "en vigueur" in client.get(reverse("points:grids")).content.decode()


def test_a_referral_is_entered_and_read_by_the_two_roles_that_may() -> None:
    commission = make_commission()
    child = commission.ask()
    agent = people.for_nurseries(Role.CHILDCARE_AGENT, commission.authority)
    referent = people.for_nurseries(Role.CHILDCARE_REFERENT, commission.authority)
    typed: dict[str, Any] = {
        "number": child.number,
        "code": "referral",
        "value": "60",
        "reason": "Orientation fictive",
    }
    with pytest.raises(answering.NotYourAnswer):
        answering.answer(**typed, by=agent)
    with pytest.raises(answering.NoSuchAnswer):
        answering.answer(**typed | {"value": "900"}, by=referent)
    assert signed_in(referent).post(reverse("points:claims"), typed).status_code == 302
    assert "Orientation fictive" in signed_in(referent).get(reverse("points:claims")).content.decode()
    assert "Orientation fictive" not in signed_in(agent).get(reverse("points:claims")).content.decode()
    assert ReadTrace.objects.filter(staff=referent, subject_id=child.application_id).exists()
    assert signed_in(commission.member).get(reverse("points:claims")).status_code == 404


def test_a_draft_says_who_would_gain_and_lose_as_figures(django_assert_max_num_queries: Any) -> None:
    commission = make_commission()
    commission.ask(points=60, name="Alpha")
    commission.ask(name="Bravo")
    draft = PointsGridFactory.create(operator=commission.authority, valid_from=timezone.localdate() + timedelta(days=9))
    manager = people.for_nurseries(Role.CHILDCARE_MANAGER, commission.authority, email="m@x.example")
    moved = preview(draft)
    assert moved is not None
    assert (moved.gain, moved.lose, moved.same, moved.by_points) == (0, 1, 1, {-60: 1, 0: 1})
    with django_assert_max_num_queries(50):
        page = signed_in(manager).get(reverse("points:grid", args=[draft.pk])).content.decode()
    assert "Alpha" not in page
    assert "Demandes, par points gagnés ou perdus" in page


def test_a_round_in_commission_keeps_its_grid_when_another_is_published() -> None:
    commission = make_commission()
    child = commission.ask(points=60)
    manager = people.for_nurseries(Role.CHILDCARE_MANAGER, commission.authority, email="m@x.example")
    round = commission.frozen()
    tomorrow = timezone.localdate() + timedelta(days=1)
    later = PointsGridFactory.create(filled=True, operator=commission.authority, valid_from=tomorrow)
    said = signed_in(manager).post(reverse("points:publish_grid", args=[later.pk]), follow=True).content.decode()
    assert "« Commission fictive » est en commission et garde la grille" in said.replace("\u00a0", " ")
    decision: dict[str, Any] = {"kind": "refuse", "reason": "déménage", "by": commission.chair}
    deciding.decide(round=round, version=1, number=child.number, **decision)
    after = Round.objects.get()
    assert (after.grid, after.file, after.digest) == (commission.grid, round.file, round.digest)
    assert rules_on(tomorrow) is not None and rules_on(tomorrow).grid == later  # type: ignore[union-attr]


def test_what_a_request_says_counts_once_its_document_was_seen(manager: StaffMember, grid: PointsGrid) -> None:
    commission = make_commission()
    child = commission.ask()
    home = commission.lutins.facility.municipality
    child.application.parents.update(municipality=home)
    names = {commission.lutins.pk: "Les Lutins"}
    rules = rules_of(grid)
    before = _score(child, rules, names)
    assert (before.total, [line.code for line in before.awaiting]) == (0, ["residence"])
    FamilyDocument.objects.create(
        application=child.application, kind="address", seen_on=timezone.localdate(), seen_by=manager
    )
    assert _score(child, rules, names).total == 100


def _score(child: ApplicationChild, rules: Rules, names: dict[int, str]) -> Score:
    (request,) = facts.with_what_counts(NurseryApplication.objects.filter(pk=child.application_id))
    return facts.scores_of(list(request.children.all()), rules, names, {}, timezone.localdate())[child.pk]


@pytest.mark.parametrize("elsewhere", [False, True])
def test_only_a_place_that_was_asked_for_costs_points_when_it_is_refused(elsewhere: bool) -> None:
    """The commission may give a place where nobody asked for one: its refusal costs nothing, and the page says so."""
    commission = make_commission()
    child = commission.ask(commission.lutins, points=50)
    grid = PointsGridFactory.create(operator=commission.authority, valid_from=timezone.localdate())
    said = {"label": {"fr": "Refus"}, "points": -20, "kind": "yes_no", "set_by": "service"}
    Criterion.objects.create(grid=grid, code=facts.REFUSED, **said)
    round = commission.frozen()
    if elsewhere:
        given = {"nursery": round.nurseries.get(name="La Ronde"), "start": f"{next_month():%Y-%m}", "half_days": MONDAY}
        told = {"number": child.number, "kind": "place", "reason": "fratrie", "by": commission.chair}
        deciding.decide(round=round, version=1, **given, **told)
        round.refresh_from_db()
    for row in round.nurseries.all():
        votes = {"votes_for": 3, "votes_against": 0, "abstained": 0}
        deciding.vote(nursery=row, version=round.version, by=commission.chair, **votes)
    publishing.publish(round=round, by=commission.chair)
    offer = to_family(child)
    rules = rules_of(grid)
    assert facts.points_lost(offer, rules) == (0 if elsewhere else 20)
    offers.family_declines(offer_id=offer.pk, reason=FamilyReason.PLACE)
    (request,) = facts.with_what_counts(NurseryApplication.objects.filter(pk=child.application_id))
    scores = facts.scores_of(list(request.children.all()), rules, {}, {}, timezone.localdate())
    assert scores[child.pk].total == (0 if elsewhere else -20)
