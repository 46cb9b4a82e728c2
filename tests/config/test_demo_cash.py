"""A year of sales written in bulk is what a year of sales would have been: the accounts are right, and go on."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from booking.payments import accounts, counter
from booking.payments.enums import COUNTER_MEANS, Means
from booking.payments.models import CashierClosing, JournalEntry, Payment, Receipt
from config.demo import cash, places
from config.demo.cash import Sale, paid_by
from municipalities.models import StaffMember
from tests import people
from tests.booth import selling
from tests.booth.models import Place
from tests.factories import CashOfficeFactory, HouseholdFactory, OperatorFactory, StaffMemberFactory
from tests.factories.activities import PoolFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 25)


def _sales(cashier: StaffMember, number: int) -> list[Sale]:
    chance, household = random.Random(1), HouseholdFactory.create()
    places = [Place.objects.create(show=7, number=n, state="sold") for n in range(number)]
    sales = []
    for n, place in enumerate(places):
        cents = chance.choice([0, 50, 1200, 8450])
        lines = [selling.line(cents + 300), selling.line(-300)]
        means, by = paid_by(chance, cents, cashier)
        at = datetime(2025, 12, 1, 9, tzinfo=UTC) + timedelta(days=n * 3 % 359, minutes=n)
        sales.append(Sale(selling.SUBJECT, place.pk, household.pk, lines, at, means, by))
    return sales


def test_a_year_in_bulk_passes_the_check_and_the_next_sale_goes_on() -> None:
    office = CashOfficeFactory.create()
    cashier = people.cashier(office.operator)
    sales = _sales(cashier, 120)
    written = cash.write(office, sales, seed=3, today=TODAY)
    assert written == JournalEntry.objects.count() > 80
    assert list(accounts.faults()) == []
    assert Payment.objects.count() > 40 and Receipt.objects.filter(by=cashier).exists()
    assert {means for sale in sales for means, _ in sale.means} >= {*COUNTER_MEANS, Means.CARD_ONLINE}
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
