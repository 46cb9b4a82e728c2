"""Asking about what is not known yet: by the worker for all, by a page for its own when the worker is away."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.utils import timezone

from booking.payments import charges, online, payfip
from booking.payments.enums import LIVE, PaymentState
from booking.payments.models import Payment
from booking.residents.models import Household

log = structlog.get_logger(__name__)

#: So many technical faults one after the other, and the rest waits for the next run: PayFiP is down or slow.
FAULTS_IN_A_ROW = 2
#: A page asks about so many payments before it answers.
ASKED_BY_A_PAGE = 3
#: The worker waits for its turn.
PATIENT = 10.0


def reconcile(now: datetime | None = None, *, at_most: int = 600) -> int:
    """Give up what stopped before it was opened, ask about what is due, let go what is due. How many were asked."""
    now = now or timezone.now()
    give_up_stopped(now)
    asked = _ask_about_due(now, at_most)
    charges.release_due(now)
    return asked


def give_up_stopped(now: datetime) -> None:
    """Prepared payments that nobody has carried on with: nobody was sent to pay them."""
    waiting = Payment.objects.filter(state=PaymentState.PREPARED, created_at__lte=now - online.STOPPED_AFTER)
    for payment in waiting.order_by("created_at", "pk")[:500]:
        asked_long_ago = payment.asked_at is not None and now - payment.asked_at >= online.STOPPED_AFTER
        forgotten = payment.asked_at is None and now - payment.created_at >= timedelta(minutes=20)
        if asked_long_ago or forgotten:
            online.give_up(payment.pk, "stopped")


def _ask_about_due(now: datetime, at_most: int) -> int:
    due = Payment.objects.filter(next_at__lte=now).order_by("next_at", "pk").values_list("pk", flat=True)
    asked = faults = 0
    for pk in list(due[:at_most]):
        asked += 1
        if online.ask_about(pk, wait=PATIENT):
            faults = 0
            continue
        faults += Payment.objects.filter(pk=pk, failures__gt=0).exists()
        if faults >= FAULTS_IN_A_ROW:
            log.warning("payfip_away", left=len(due) - asked)
            break
    return asked


def refresh_household(household: Household) -> None:
    """What the worker would do, for one household's own payments: its pages call it, and need no Redis."""
    now = timezone.now()
    mine = Payment.objects.filter(charge__household=household)
    for payment in mine.filter(state=PaymentState.PREPARED, asked_at__lte=now - online.STOPPED_AFTER):
        online.give_up(payment.pk, "stopped")
    waiting = mine.filter(state__in=LIVE, idop__isnull=False).order_by("created_at", "pk")
    for pk in list(waiting.values_list("pk", flat=True)[:ASKED_BY_A_PAGE]):
        online.ask_about(pk, wait=payfip.SHORT_WAIT)


def refresh_by_idop(idop: str) -> UUID | None:
    """A hint about an operation: asked about if it is one of ours. The payment, None for a foreign one."""
    pk = Payment.objects.filter(idop=idop).values_list("pk", flat=True).first() if 0 < len(idop) <= 64 else None
    if pk is not None:
        online.ask_about(pk)
    return pk
