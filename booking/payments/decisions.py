"""What PayFiP confirms otherwise than it was asked: an accountant finds out what came, and says so.

Nothing is guessed from such an answer: the payment would stay uncertain, and what it pays kept, for ever; and of one
that was over already, the money would stand nowhere.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from booking.payments import charges
from booking.payments.enums import ONLINE_MEANS, OVER, AlertKind, CreditReason, Means, PaymentState
from booking.payments.exceptions import NotToCloseByHand, WrongSum
from booking.payments.models import Payment, PaymentAlert
from booking.payments.sums import MOST_ONLINE
from municipalities.database.transactions import patient_transaction
from municipalities.models import StaffMember


def awaiting() -> QuerySet[Payment]:
    """Payments that PayFiP says something else of than we asked: nobody but a person ends them.

    Of one that was over before, as long as nobody has found out what came.
    """
    told = PaymentAlert.objects.filter(payment=OuterRef("pk"), kind=AlertKind.MISMATCH)
    over = Q(state__in=OVER, closed_at__isnull=True) & Exists(told.filter(seen_at__isnull=True))
    return Payment.objects.filter(Exists(told), Q(state=PaymentState.UNCERTAIN) | over)


def decide(
    *, payment_id: UUID, received: int, means: Means, reason: str, by: StaffMember, now: datetime | None = None
) -> None:
    """So many cents have come, by these means; 0 for none. With them the charge is settled, or they become credit.

    Nothing that came is lost: a sum that is not what was open is receipted whole, a credit note stands for it, and what
    was owed may be paid again. Raises NotToCloseByHand, WrongSum.
    """
    now = now or timezone.now()
    if not 0 <= received <= MOST_ONLINE or means not in ONLINE_MEANS:
        raise WrongSum
    charge_id = Payment.objects.values_list("charge", flat=True).get(pk=payment_id)
    with patient_transaction(by=by):
        charge = charges.lock(charge_id)
        before = awaiting().filter(pk=payment_id).first()
        if before is None:
            raise NotToCloseByHand
        Payment.objects.filter(pk=payment_id).update(
            state=PaymentState.PAID if received else PaymentState.EXPIRED if before.is_live else before.state,
            means=means if received else "",
            received_cents=received,
            closed_at=now,
            closed_by=by,
            closed_reason=reason[:200],
            ended_at=before.ended_at or now,
            next_at=None,
        )
        if received:
            payment = Payment.objects.get(pk=payment_id)
            charges.receive(charge, payment, now, otherwise=CreditReason.OTHER_SUM)
            charge.refresh_from_db()
        if before.is_live:  # else another attempt may be paying it
            charges.put_back(charge, now)
        PaymentAlert.objects.filter(payment=payment_id, seen_at__isnull=True).update(seen_at=now, seen_by=by)
