"""Holding a number, and what the money does to it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from booking.payments.charges import Line, create_charge
from booking.payments.door import Seller
from booking.payments.models import CashOffice, Charge
from booking.payments.models.charges import AccountItem
from booking.residents.models import Household
from municipalities.database.transactions import patient_transaction
from municipalities.languages import Translated
from tests.booth.models import Place
from tests.factories.residents import HouseholdFactory

SUBJECT = "booth.place"
HOLD = timedelta(minutes=20)


def line(cents: int, **fields: object) -> Line:
    said = {"label": Translated(fr="Place"), "service": "booth", "tariff_code": "P1", "account": "70631"}
    return Line(**({"cents": cents} | said | fields))  # type: ignore[arg-type]


def hold(
    office: CashOffice,
    *,
    show: int,
    number: int,
    cents: int = 1200,
    household: Household | None = None,
    lines: Sequence[Line] = (),
    now: datetime | None = None,
) -> Charge | None:
    """Take this number and owe its price, or these lines; None where somebody has it."""
    now = now or timezone.now()
    try:
        with patient_transaction():
            place = Place.objects.create(show=show, number=number, state="held")
            return create_charge(
                office=office,
                household=household or HouseholdFactory.create(),
                subject_type=SUBJECT,
                subject_id=place.pk,
                lines=lines or [line(cents, about="Léa Fictive")],
                expires_at=now + HOLD,
                now=now,
            )
    except IntegrityError:
        return None


def settled(pk: UUID) -> None:
    assert Place.objects.filter(pk=pk, state="held").update(state="sold")


def released(pk: UUID) -> None:
    assert Place.objects.filter(pk=pk, state="held").update(state="gone")


def paid_late(pk: UUID) -> list[tuple[AccountItem, int]]:
    """The same number, if nobody has it; worth the whole charge."""
    place = Place.objects.get(pk=pk)
    if Place.objects.filter(show=place.show, number=place.number).exclude(state="gone").exists():
        return []
    Place.objects.filter(pk=pk).update(state="sold")
    return Charge.objects.filter(subject_type=SUBJECT, subject_id=pk).latest("created_at").items


def bounced(pk: UUID) -> None:
    Place.objects.filter(pk=pk).update(is_flagged=True)


SELLER = Seller(
    subject_type=SUBJECT,
    label="place",
    settled=settled,
    released=released,
    paid_late=paid_late,
    sold=lambda: Place.objects.filter(state="sold").values_list("pk", flat=True),
    bounced=bounced,
)
