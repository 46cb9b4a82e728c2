"""Grids of points, rounds and what they give."""

from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from booking.nurseries.models import Criterion, CriterionOption, PointsGrid
from municipalities.enums import OperatorKind
from tests.factories.municipalities import FIRST, OperatorFactory


class PointsGridFactory(DjangoModelFactory[PointsGrid]):
    """A draft that begins today; `filled` gives it a criterion of choice with one answer."""

    class Meta:
        model = PointsGrid
        skip_postgeneration_save = True

    operator = factory.SubFactory(OperatorFactory, kind=OperatorKind.AGGLOMERATION)
    name = factory.Sequence(lambda n: f"Critères {FIRST + n}")
    valid_from = factory.LazyFunction(timezone.localdate)
    decision = "délibération fictive"

    @factory.post_generation
    def filled(self: Any, create: bool, wanted: Any, **_fields: Any) -> None:
        if wanted:
            criterion = Criterion.objects.create(
                grid=self, code="residence", label={"fr": "Lieu de vie"}, kind="choice", proof="address"
            )
            CriterionOption.objects.create(criterion=criterion, code="lives", label={"fr": "Y habite"}, points=100)
