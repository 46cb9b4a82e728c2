"""A family pays what it owes, sees what it has paid, and asks its credit back. Everything here is its own."""

from email.utils import parseaddr
from functools import partial
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from booking.payments import online, queries, reconciliation, refunds
from booking.payments.door import seller_of
from booking.payments.enums import PaymentState
from booking.payments.forms import RefundForm
from booking.payments.models import Charge, CreditNote, Payment
from booking.residents.access import context_of, household_page
from booking.residents.models import HouseholdSession
from municipalities.access import posted, saved
from municipalities.exceptions import Refusal
from municipalities.idempotency import one_press

log = structlog.get_logger(__name__)


@require_GET
@household_page
def mine(request: HttpRequest, session: HouseholdSession) -> HttpResponse:
    """Needs no worker: what is not known yet of this family's payments is asked for here as well."""
    household = session.guardian.household
    reconciliation.refresh_household(household)
    context = context_of(session, charges=queries.payments_of(household), notes=queries.credit_notes_of(household))
    return render(request, "payments/mine.html", context)


@require_GET
@household_page
def charge(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    """What is owed, line by line; the way to PayFiP as a link, once there is one."""
    owed = _mine(session, pk)
    if owed.payments.live().filter(idop__isnull=False).exists():
        reconciliation.refresh_household(session.guardian.household)
        owed.refresh_from_db()
    return _charge_page(request, session, owed)


def _charge_page(
    request: HttpRequest, session: HouseholdSession, owed: Charge, refusal: Refusal | None = None
) -> HttpResponse:
    context = context_of(
        session,
        charge=owed,
        lines=owed.lines.order_by("position"),
        standing=queries.standing_of(owed),
        receipts=owed.receipts.order_by("number"),
        back=seller_of(owed.subject_type).page(owed.subject_id),
        refusal=refusal,
    )
    return render(request, "payments/charge.html", context, status=409 if refusal else 200)


@require_POST
@household_page
@one_press
def pay(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    """Begin to pay, or go on with it. PayFiP is asked once the row is committed, and the next page has the link."""
    owed = _mine(session, pk)
    try:
        payment = online.prepare(charge_id=owed.pk)
    except Refusal as refusal:
        owed.refresh_from_db()
        return _charge_page(request, session, owed, refusal)
    if payment is not None and payment.state == PaymentState.PREPARED:
        transaction.on_commit(partial(_open, payment.pk, payer_mail(session.guardian.email)))
    return redirect("payments:charge", owed.pk)


def _open(payment_id: UUID, mail: str) -> None:
    try:
        online.open_operation(Payment.objects.get(pk=payment_id), mail=mail)
    except Refusal as refusal:  # the page that follows says so
        log.info("payment_not_opened", code=refusal.code)


def payer_mail(mail: str) -> str:
    """The address PayFiP writes to: the payer's, or ours where it cannot take theirs (ASCII, 6 to 80 characters)."""
    takes = mail.isascii() and 6 <= len(mail) <= 80
    return mail if takes else parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


@require_http_methods(["GET", "POST"])
@household_page
@one_press
def refund(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    """Ask what is left of a credit note back as money."""
    note = get_object_or_404(CreditNote.objects.select_related("office"), pk=pk, household=session.guardian.household)
    form = RefundForm(posted(request), initial={"holder": session.guardian.name})
    if request.method == "POST" and form.is_valid():
        said = _("Votre demande est enregistrée : le comptable vous verse l’argent.")
        if saved(request, form, lambda: refunds.ask_refund(note_id=note.pk, **form.cleaned_data), said):
            return redirect("payments:mine")
    return render(request, "payments/refund.html", context_of(session, note=note, form=form))


def _mine(session: HouseholdSession, pk: UUID) -> Charge:
    mine = Charge.objects.of_household(session.guardian.household).select_related("office")
    return get_object_or_404(mine, pk=pk)
