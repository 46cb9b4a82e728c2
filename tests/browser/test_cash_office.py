"""A cash office by keyboard and on any screen: the till that is closed, what must be looked at, what a family sees."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.payments import counter, credits, refunds
from booking.payments.enums import AlertKind, ChargeState, CreditReason, Means, PaymentState
from booking.payments.models import CashierClosing, CashOffice, Charge, OfficePerson, Payment, PaymentAlert, Receipt
from booking.residents.models import Guardian
from municipalities.models import StaffMember
from tests import people
from tests.booking.residents.visitor import browser_of
from tests.booth import selling
from tests.browser.conftest import PHONE, WIDE, Visitor
from tests.browser.test_agent_day import shot, signed_in
from tests.factories import CashOfficeFactory, GuardianFactory
from tests.rights.money import IBAN

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]


@pytest.fixture
def office() -> CashOffice:
    return CashOfficeFactory.create(name="Régie des bains (fictive)", has_invented_data=True)


@pytest.fixture
def guardian() -> Guardian:
    return GuardianFactory.create()


@pytest.fixture
def cashier(office: CashOffice) -> StaffMember:
    return _working(people.cashier(office.operator), office)


def _working(staff: StaffMember, office: CashOffice) -> StaffMember:
    OfficePerson.objects.create(office=office, staff=staff)
    return staff


def _sold(office: CashOffice, guardian: Guardian, by: StaffMember, number: int, **parts: int) -> Charge:
    charge = selling.hold(office, show=1, number=number, household=guardian.household)
    assert charge is not None
    counter.take(charge_id=charge.pk, parts={Means(name): cents for name, cents in parts.items()}, by=by)
    charge.refresh_from_db()
    return charge


def _a_day(office: CashOffice, guardian: Guardian, by: StaffMember) -> Payment:
    """Something on every page: mixed means, a returned cheque, money wanted back, a payment nobody understands."""
    _sold(office, guardian, by, 1, cash=500, cheque=700)
    called_off = _sold(office, guardian, by, 2, card_terminal=1200)
    note = credits.issue_credit(charge=called_off, cents=400, reason=CreditReason.CALLED_OFF, by=by)
    credits.issue_credit(charge=called_off, cents=300, reason=CreditReason.CALLED_OFF, by=by)
    refunds.ask_refund(note_id=note.pk, holder="Odile Fictive", iban=IBAN)
    counter.take_back(receipt_id=Receipt.objects.get(number=1).pk, by=by)
    doubtful = selling.hold(office, show=1, number=3, household=guardian.household)
    assert doubtful is not None
    now = timezone.now()
    payment = Payment.objects.create(
        charge=doubtful, cents=1200, refdet="ABCDEFGHJKMNPQRSTVWX", numcli="090909", capture="T", created_at=now,
        state=PaymentState.UNCERTAIN, idop="op-1", asked_at=now, opened_at=now,
        last_answer="P ABCDEFGHJKMNPQRSTVWX 1350",
    )  # fmt: skip
    Charge.objects.filter(pk=doubtful.pk).update(state=ChargeState.PAYING)
    PaymentAlert.objects.create(
        office=office, payment=payment, kind=AlertKind.MISMATCH, code=payment.last_answer, raised_at=now
    )
    return payment


@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_each_page_is_fit_for_everybody(
    viewport: dict[str, int], visit: Visit, office: CashOffice, guardian: Guardian, cashier: StaffMember
) -> None:
    payment = _a_day(office, guardian, cashier)
    visitor = signed_in(visit(viewport), _working(people.accountant(office.operator), office))
    receipt = Receipt.objects.get(number=1)
    pages: list[tuple[str, Any]] = [
        (name, office.pk) for name in ("journal", "months", "pending", "refunds", "bounced")
    ]
    for name, pk in [("offices", None), *pages, ("decide", payment.pk), ("receipt", receipt.pk)]:
        visitor.open(reverse(f"cash:{name}", args=[pk] if pk else []))
        shot(visitor, f"cash-{name}")
    manager = signed_in(visit(viewport), people.manager_of_operator(office.operator))
    for name, args in (("new_office", []), ("office", [office.pk])):
        manager.open(reverse(f"cash:{name}", args=args))
        shot(manager, f"cash-{name}")
    family = _family(visit(viewport), guardian)
    owed = Charge.objects.get(state=ChargeState.UNPAID)
    for name, args in (("mine", []), ("charge", [owed.pk]), ("receipt", [receipt.pk])):
        family.open(reverse(f"payments:{name}", args=args))
        shot(family, f"payments-{name}")
    family.open(reverse("family:home"))
    family.click("link", "Mes paiements, reçus et avoirs")
    assert urlsplit(family.page.url).path == reverse("payments:mine")


def _family(visitor: Visitor, guardian: Guardian) -> Visitor:
    cookies = browser_of(guardian).cookies
    visitor.page.context.add_cookies(
        [{"name": name, "value": one.value, "url": visitor.site} for name, one in cookies.items()]
    )
    return visitor


def test_the_till_is_closed_by_keyboard(
    visit: Visit, office: CashOffice, guardian: Guardian, cashier: StaffMember
) -> None:
    _sold(office, guardian, cashier, 1, cash=500, cheque=700)
    visitor = signed_in(visit(PHONE), cashier)
    visitor.open(reverse("cash:closing", args=[office.pk]))
    page = visitor.page
    page.get_by_label("Espèces").focus()
    for keys in ("4,95", "7,00", "0", "0"):
        page.keyboard.press("Control+A")
        page.keyboard.type(keys)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_load_state("load")
    page.get_by_text("La caisse est clôturée").wait_for()
    visitor.look()
    shot(visitor, "cash-closing")
    lines = CashierClosing.objects.get().lines
    assert {line.means: line.difference for line in lines.all()}["cash"] == -5
