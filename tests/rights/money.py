"""A row of every table of the accounts that is traced or says something of a person."""

from django.utils import timezone

from booking.payments import credits, journal, refunds
from booking.payments.enums import AlertKind, CreditReason, Means
from booking.payments.models import CashOffice, Charge, CreditUse, OfficePerson, Payment, PaymentAlert
from booking.payments.models.charges import ChargeLine
from booking.residents.models import Household
from municipalities.models import Operator, StaffMember
from tests.booth.models import Place
from tests.factories import CashOfficeFactory, HouseholdFactory

IBAN = "FR1420041010050500013M02606"


def make_office(operator: Operator) -> CashOffice:
    """An office with something on every page of it: a receipt, an alert, a file of money that is wanted back."""
    office = CashOfficeFactory.create(name="Régie secrète", operator=operator)
    charge = _charge(office, HouseholdFactory.create(), 9)
    now = timezone.now()
    PaymentAlert.objects.create(office=office, kind=AlertKind.BOUNCED, code="1", raised_at=now)
    Payment.objects.create(charge=charge, cents=1200, refdet="B" * 20, numcli="090909", capture="T", created_at=now)
    journal.issue_receipt(charge=charge, parts=[(Means.CASH, 1200)], now=now)
    note = credits.issue_in_transaction(charge=charge, cents=600, reason=CreditReason.CANCELLED, now=now)
    refunds.ask_refund(note_id=note.pk, holder="Odile Secrète", iban=IBAN)
    return office


def _charge(office: CashOffice, household: Household, number: int) -> Charge:
    place = Place.objects.create(show=1, number=number, state="sold")
    charge = Charge.objects.create(
        office=office,
        household=household,
        subject_type="booth.place",
        subject_id=place.pk,
        cents=1200,
        created_at=timezone.now(),
    )
    ChargeLine.objects.create(
        charge=charge,
        position=0,
        label="Place",
        about="Léa Fictive",
        service="booth",
        tariff_code="P1",
        account="70631",
        cents=1200,
    )
    return charge


def make_money(staff: StaffMember) -> Charge:
    """A place that was paid twice; of the two credit notes one is wanted back, the other kept for something else."""
    office = CashOfficeFactory.create()
    OfficePerson.objects.create(office=office, staff=staff)
    household = HouseholdFactory.create()
    first, second = (_charge(office, household, number) for number in (1, 2))
    payment = Payment.objects.create(
        charge=first, cents=1200, refdet="A" * 20, numcli="090909", capture="T", created_at=timezone.now()
    )
    PaymentAlert.objects.create(office=office, payment=payment, kind=AlertKind.SETTINGS, raised_at=timezone.now())
    wanted_back, kept = (
        credits.issue_in_transaction(charge=first, cents=600, reason=CreditReason.CANCELLED, now=timezone.now())
        for _ in range(2)
    )
    CreditUse.objects.create(note=kept, charge=second, cents=100)
    refunds.ask_refund(note_id=wanted_back.pk, holder="Odile Fictive", iban=IBAN)
    return first
