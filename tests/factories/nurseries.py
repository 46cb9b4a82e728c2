"""Nurseries and what they may take in."""

import factory
from factory.django import DjangoModelFactory

from booking.nurseries.models import Nursery
from municipalities.enums import FacilityKind, OperatorKind
from tests.factories.municipalities import FIRST, FacilityFactory, OperatorFactory


class NurseryFactory(DjangoModelFactory[Nursery]):
    """Run by a contract holder of its own, its places shared out by an agglomeration."""

    class Meta:
        model = Nursery

    facility = factory.SubFactory(
        FacilityFactory,
        kind=FacilityKind.NURSERY,
        name=factory.Sequence(lambda n: f"Les Petits Pas {FIRST + n}"),
        operator=factory.SubFactory(OperatorFactory),
    )
    authority = factory.SubFactory(OperatorFactory, kind=OperatorKind.AGGLOMERATION)
