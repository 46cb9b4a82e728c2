"""What staff do to cash offices: open and set them, say who works there, take note of alerts."""

from collections.abc import Collection

from django.db import IntegrityError
from django.db.models import Q, QuerySet
from django.utils import timezone

from booking.payments.decisions import awaiting
from booking.payments.enums import OVER, AlertKind
from booking.payments.exceptions import AwaitsDecision, NameTaken
from booking.payments.models import CashOffice, OfficePerson, PaymentAlert
from municipalities.database.transactions import patient_transaction, refused_by
from municipalities.enums import Role
from municipalities.models import Operator, StaffMember, StaffRole

NAME = "one_cash_office_of_a_name_per_operator"


def operators_of(staff: StaffMember) -> QuerySet[Operator]:
    """Operators whose cash offices this person opens."""
    roles = staff.current_roles()
    if roles.has_territory(Role.TERRITORY_MANAGER):
        return Operator.objects.order_by("name")
    managed = roles.operators_with(Role.MUNICIPALITY_MANAGER, Role.OPERATOR_MANAGER)
    return Operator.objects.filter(pk__in=managed).order_by("name")


def may_work_for(office: CashOffice) -> QuerySet[StaffMember]:
    """Cashiers and accountants of the office's operator, as of today."""
    held = StaffRole.objects.valid_on(timezone.localdate()).filter(role__in=[Role.CASHIER, Role.ACCOUNTANT])
    there = held.filter(Q(operator=office.operator_id) | Q(municipality__operator=office.operator_id))
    return StaffMember.objects.filter(pk__in=there.values("staff"), is_active=True).order_by("name", "pk")


def reads_accounts(staff: StaffMember, office: CashOffice) -> bool:
    """Whether bank accounts are shown: to an accountant who works for this very office, and nobody else."""
    is_accountant = office.operator_id in staff.current_roles().operators_with(Role.ACCOUNTANT)
    return is_accountant and office.people.filter(staff=staff).exists()


def open_office(*, operator: Operator, name: str, numcli: str, by: StaffMember) -> CashOffice:
    """Raises NameTaken."""
    try:
        with patient_transaction(by=by):
            return CashOffice.objects.create(operator=operator, name=name, numcli=numcli)
    except IntegrityError as error:
        if refused_by(error, NAME):
            raise NameTaken from error
        raise


def set_office(
    *,
    office: CashOffice,
    name: str,
    numcli: str,
    credit_days: int,
    is_active: bool,
    people: Collection[StaffMember],
    by: StaffMember,
) -> None:
    """Raises NameTaken."""
    try:
        with patient_transaction(by=by):
            CashOffice.objects.filter(pk=office.pk).update(
                name=name, numcli=numcli, credit_days=credit_days, is_active=is_active
            )
            OfficePerson.objects.filter(office=office).exclude(staff__in=people).delete()
            for person in people:
                OfficePerson.objects.get_or_create(office=office, staff=person)
    except IntegrityError as error:
        if refused_by(error, NAME):
            raise NameTaken from error
        raise


def note_seen(*, alert: PaymentAlert, by: StaffMember) -> None:
    """Raises AwaitsDecision where money may have come for what is over: no other list leads to it than that alert."""
    if alert.kind == AlertKind.MISMATCH and awaiting().filter(alerts=alert, state__in=OVER).exists():
        raise AwaitsDecision
    with patient_transaction(by=by):
        PaymentAlert.objects.filter(pk=alert.pk, seen_at__isnull=True).update(seen_at=timezone.now(), seen_by=by)
