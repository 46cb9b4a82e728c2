"""A year of sales written in bulk is what a year of sales would have been: the accounts are right, and go on."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from booking.payments import accounts, counter
from booking.payments.enums import COUNTER_MEANS, Means
from booking.payments.models import CashierClosing, ChargeLine, JournalEntry, Payment, Receipt, RefundFile
from booking.payments.queries import credit_notes_of
from config.demo import cash, places, sales
from config.demo.cash import Sale, paid_by
from config.demo.families import MAILBOX
from municipalities.models import StaffMember
from tests import people
from tests.booth import selling
from tests.booth.models import Place
from tests.factories import CashOfficeFactory, GuardianFactory, HouseholdFactory, OperatorFactory, StaffMemberFactory
from tests.factories.activities import PoolFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 25)


def _sales(cashier: StaffMember, number: int) -> list[Sale]:
    chance, household = random.Random(1), HouseholdFactory.create()
    numbers = [Place.objects.create(show=7, number=n, state="sold") for n in range(number)]
    made = []
    for n, place in enumerate(numbers):
        cents = chance.choice([0, 50, 1200, 8450])
        lines = [selling.line(cents + 300), selling.line(-300)]
        means, by = paid_by(chance, cents, cashier)
        at = datetime(2025, 12, 1, 9, tzinfo=UTC) + timedelta(days=n * 3 % 359, minutes=n)
        made.append(Sale(selling.SUBJECT, place.pk, household.pk, lines, at, means, by))
    return made


def test_a_year_in_bulk_passes_the_check_and_the_next_sale_goes_on() -> None:
    office = CashOfficeFactory.create()
    cashier = people.cashier(office.operator)
    sold = _sales(cashier, 120)
    written = cash.write(office, sold, seed=3, today=TODAY)
    assert written == JournalEntry.objects.count() > 80
    assert list(accounts.faults()) == []
    assert Payment.objects.count() > 40 and Receipt.objects.filter(by=cashier).exists()
    assert {means for sale in sold for means, _ in sale.means} >= {*COUNTER_MEANS, Means.CARD_ONLINE}
    # Counted every day, against what the journal says of it.
    last = CashierClosing.objects.latest("up_to")
    expected = counter.expected_of(office, cashier)
    assert expected[0] == expected[1] == last.up_to and last.closed_at.date() < TODAY
    charge = selling.hold(office, show=8, number=1)
    assert charge
    receipt = counter.take(charge_id=charge.pk, parts={Means.CASH: 1200}, by=cashier)
    assert receipt and receipt.number == Receipt.objects.count()
    assert list(accounts.faults()) == []


def test_every_operator_of_a_pool_has_an_office_that_says_it_is_invented() -> None:
    operator = OperatorFactory.create(name=places.AGGLOMERATION)
    for _ in range(2):
        PoolFactory.create(facility__operator=operator)
    OperatorFactory.create(name="Sans piscine")
    cashier = people.cashier(operator)
    StaffMember.objects.filter(pk=cashier.pk).update(email=cash.CASHIER)
    StaffMemberFactory.create(email=cash.ACCOUNTANT)
    (office,) = cash.build_offices()
    assert office.operator == operator and office.has_invented_data and "fictive" in office.name
    assert [person.staff_id for person in office.people.all()] == [cashier.pk]


def test_a_year_at_the_pools_till_is_right_to_the_cent() -> None:
    operator = OperatorFactory.create(name=places.AGGLOMERATION)
    pool = PoolFactory.create(facility__operator=operator)
    for staff, mailbox in ((people.cashier(operator), cash.CASHIER), (people.accountant(operator), cash.ACCOUNTANT)):
        StaffMember.objects.filter(pk=staff.pk).update(email=mailbox)
    family = GuardianFactory.create(email=MAILBOX).household
    cash.build_offices()
    pool.refresh_from_db()
    assert pool.cash_office is not None
    now = timezone.now()
    written = sales.build_year(now, 1, number=150)
    assert written >= 150 and list(accounts.faults()) == []
    assert JournalEntry.objects.dates("day", "month").count() >= 10
    assert all("fictif" in str(label) for label in ChargeLine.objects.values_list("label", flat=True).distinct())
    cashier = StaffMember.objects.get(email=cash.CASHIER)
    after, up_to, expected = counter.expected_of(pool.cash_office, cashier)
    assert up_to > after and expected[Means.CASH] > 0
    assert credit_notes_of(family)[0].cents == 1000 and RefundFile.objects.to_do().count() == 1
