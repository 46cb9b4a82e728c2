"""Drafting grids of points and publishing them for good; what a municipality gives at its own nurseries."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.nurseries.models import Criterion, CriterionKind, CriterionOption, PointsGrid, TownPoints
from municipalities import rules
from municipalities.database.transactions import patient_transaction, refused_by
from municipalities.exceptions import Refusal
from municipalities.models import StaffMember
from municipalities.rules import Ability

#: Raised by the database's own guard over what is published.
PUBLISHED = "published_points_never_change"


class NotYourRules(Refusal):
    code = "not_your_rules"
    sentence = _("Vous ne publiez pas les règles d’attribution des places.")


class GridIsPublished(Refusal):
    code = "points_grid_is_published"
    sentence = _("Cette grille est publiée : elle ne change plus. Préparez-en une nouvelle, à partir de sa date.")


class NothingToPublish(Refusal):
    code = "points_grid_is_empty"
    sentence = _("Cette grille ne contient aucun critère.")


class ChoiceWithoutOptions(Refusal):
    code = "choice_without_options"

    def __init__(self, criterion: Criterion) -> None:
        super().__init__(
            _("Le critère « %(criterion)s » est un choix sans réponse possible : ajoutez-en.")
            % {"criterion": criterion}
        )


class WithoutDecision(Refusal):
    code = "points_grid_without_decision"
    sentence = _("Indiquez la décision qui fixe ces critères avant de les publier.")


class BeginsBeforeToday(Refusal):
    code = "points_grid_begins_before_today"
    sentence = _("Une grille ne peut pas commencer avant aujourd’hui : ce qui est décidé ne change plus de règles.")


class SaidAlready(Refusal):
    code = "points_said_already"
    sentence = _("Quelqu’un vient d’enregistrer la même chose, ou ce code et cette date sont déjà pris.")


@contextmanager
def _change(by: StaffMember, grid: PointsGrid | None = None) -> Iterator[None]:
    """A change by somebody who publishes the rules. Raises a Refusal whatever the database says."""
    mine = by.current_roles().authorities_with(*rules.RIGHTS[Ability.PUBLISH_RULES])
    if not mine or (grid is not None and grid.operator_id not in mine):
        raise NotYourRules
    try:
        with patient_transaction(by=by):
            yield
    except IntegrityError as error:
        if refused_by(error, PUBLISHED):
            raise GridIsPublished from error
        raise SaidAlready from error


def save_grid(*, grid: PointsGrid, like: PointsGrid | None = None, by: StaffMember) -> PointsGrid:
    """Create or change a draft, from a validated instance; a new one may begin with the criteria of another."""
    is_new = grid.pk is None
    with _change(by, grid):
        grid.save()
        if is_new and like is not None:
            _copy(like, grid)
    return grid


def _copy(like: PointsGrid, grid: PointsGrid) -> None:
    for criterion in like.criteria.prefetch_related("options"):
        options = list(criterion.options.all())
        criterion.pk, criterion.grid = None, grid
        criterion._state.adding = True
        criterion.save()
        for option in options:
            option.pk, option.criterion = None, criterion
        CriterionOption.objects.bulk_create(options)


def discard_grid(*, grid: PointsGrid, by: StaffMember) -> None:
    with _change(by, grid):
        grid.delete()


def save_part(*, part: Criterion | CriterionOption, by: StaffMember) -> None:
    """Create or change a criterion of a draft, or one of its options, from a validated instance."""
    with _change(by, _grid_of(part)):
        part.save()


def remove_part(*, part: Criterion | CriterionOption, by: StaffMember) -> None:
    with _change(by, _grid_of(part)):
        part.delete()


def _grid_of(part: Criterion | CriterionOption) -> PointsGrid:
    return part.grid if isinstance(part, Criterion) else part.criterion.grid


def publish_grid(*, grid: PointsGrid, by: StaffMember) -> PointsGrid:
    """From its first day on the commission goes by this grid, and nobody changes it any more.

    Raises BeginsBeforeToday, ChoiceWithoutOptions, GridIsPublished, NothingToPublish, WithoutDecision.
    """
    with _change(by, grid):
        PointsGrid.objects.select_for_update().get(pk=grid.pk)
        grid.refresh_from_db()
        if grid.is_published:
            raise GridIsPublished
        criteria = list(grid.criteria.prefetch_related("options"))
        if not criteria:
            raise NothingToPublish
        for criterion in criteria:
            if criterion.kind == CriterionKind.CHOICE and not criterion.options.all():
                raise ChoiceWithoutOptions(criterion)
        if not grid.decision.strip():
            raise WithoutDecision
        if grid.valid_from < timezone.localdate():
            raise BeginsBeforeToday
        grid.published_at = timezone.now()
        grid.published_by = by
        grid.save(update_fields=["published_at", "published_by"])
    return grid


def decide_town_points(*, given: TownPoints, by: StaffMember) -> TownPoints:
    """What a municipality gives from a day on, from a validated instance. Raises BeginsBeforeToday."""
    with _change(by):
        if given.valid_from < timezone.localdate():
            raise BeginsBeforeToday
        given.save()
    return given
