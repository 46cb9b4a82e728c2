"""What comes from PayFiP, or says that it does: hints, which only make us ask."""

from uuid import UUID

import structlog
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from booking.payments import online, reconciliation
from booking.payments.door import seller_of
from booking.payments.enums import LIVE, PaymentState
from booking.payments.models import Payment
from municipalities.exceptions import Refusal

log = structlog.get_logger(__name__)


@csrf_exempt
@never_cache
def notification(request: HttpRequest) -> HttpResponse:
    """Something may have happened to an operation. Whatever comes is answered with 200 and nothing."""
    try:
        reconciliation.refresh_by_idop(_idop_of(request))
    except (Refusal, DatabaseError, InterfaceError) as problem:
        # It will be asked about all the same: the worker has its own clock.
        log.warning("notification_not_followed", reason=type(problem).__name__)
    return HttpResponse(status=200)


def _idop_of(request: HttpRequest) -> str:
    for fields in (request.POST, request.GET):
        for name in ("idop", "idOp"):
            given = fields.get(name, "")
            if given and "\x00" not in given:
                return given.strip()
    return ""


@csrf_exempt
@never_cache
def back(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The payer comes back, with or without our cookie: PayFiP is asked once, and what is known is said.

    Nothing on the page is about a person: what was bought stands on the household's own pages.
    """
    payment = get_object_or_404(Payment.objects.select_related("charge__office"), pk=pk)
    with translation.override(payment.charge.language):
        if payment.state != PaymentState.PAID:
            try:
                online.ask_about(payment.pk)
            except Refusal as refusal:  # another one is noting the answer: the page says what is known
                log.info("return_not_followed", code=refusal.code)
            payment.refresh_from_db()
        charge = payment.charge
        context = {
            "payment": payment,
            "onward": seller_of(charge.subject_type).page(charge.subject_id)
            or reverse("payments:charge", args=[charge.pk]),
            "office": payment.charge.office,
            "is_waiting": payment.state in LIVE,
            "pay_page": online.offered_page(payment),
        }
        return render(request, "payments/back.html", context)
