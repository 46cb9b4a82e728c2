import factory
from factory.django import DjangoModelFactory

from booking.payments.models import CashOffice
from municipalities.enums import OperatorKind
from tests.factories.municipalities import FIRST, OperatorFactory


class CashOfficeFactory(DjangoModelFactory[CashOffice]):
    class Meta:
        model = CashOffice

    operator = factory.SubFactory(OperatorFactory, name="Agglomération d’essai", kind=OperatorKind.AGGLOMERATION)
    name = factory.Sequence(lambda n: f"Régie {FIRST + n}")
    numcli = "090909"
