"""A receipt on a page and as a file: a family's own, and for those who work for the office that gave it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from booking.payments import queries
from booking.payments.models import CashOffice, Receipt
from booking.payments.receipts import pdf
from booking.residents.access import context_of, household_page
from booking.residents.families.reaching import addresses_of
from booking.residents.models import HouseholdSession
from booking.residents.views.staff import HOUSEHOLD
from municipalities.access import render_staff, staff_page
from municipalities.exceptions import Refusal
from municipalities.models import StaffMember, Why
from municipalities.readings import note_subjects

_WHOLE = Receipt.objects.select_related("charge__office__operator", "office__operator__municipality", "payment")


@require_GET
@household_page
def receipt(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    found = _mine(session, pk)
    return render(request, "payments/receipt.html", context_of(session, **_shown(found)))


@require_GET
@household_page
def receipt_file(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    found = _mine(session, pk)
    try:
        return _file(found)
    except Refusal as refusal:
        context = context_of(session, refusal=refusal, **_shown(found))
        return render(request, "payments/receipt.html", context, status=503)


def _mine(session: HouseholdSession, pk: UUID) -> Receipt:
    return get_object_or_404(_WHOLE.all(), pk=pk, charge__household=session.guardian.household)


@staff_page
@require_GET
def office_receipt(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    """Names stand on it: for those who take the office's money or keep its accounts, and each reading is noted."""
    found = _of_my_office(staff, pk)
    _note(staff, found, "cash:receipt")
    context = {"office": found.office, "is_mailed": bool(addresses_of([found.charge.household_id])), **_shown(found)}
    return render_staff(request, staff, "cash/receipt.html", context)


@staff_page
@require_GET
def office_receipt_file(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    found = _of_my_office(staff, pk)
    _note(staff, found, "cash:receipt_file")
    try:
        return _file(found)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("cash:receipt", pk)


def _of_my_office(staff: StaffMember, pk: UUID) -> Receipt:
    return get_object_or_404(_WHOLE.filter(office__in=CashOffice.objects.worked_for_by(staff)), pk=pk)


def _note(staff: StaffMember, found: Receipt, view: str) -> None:
    note_subjects(HOUSEHOLD, found.charge.household_id, why=Why.SEARCH, view=view, by=staff)


def _shown(found: Receipt) -> dict[str, object]:
    return {
        "receipt": found,
        "lines": found.charge.lines.order_by("position"),
        "parts": queries.receipt_parts(found),
        "taken_back": queries.taken_back(found),
    }


def _file(found: Receipt) -> HttpResponse:
    # A document of the accounts: the same for whoever reads it, in the words in which it was given.
    answer = HttpResponse(pdf.pdf_of(found, found.charge.language), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{pdf.name_of(found)}"'
    return answer
