"""One attempt to pay online, step by step; between any two of them everything may stop.

`prepare` commits the row before PayFiP is asked. `open_operation` marks that it is asking, asks, and notes the idOp.
`ask_about` claims the question, asks, and notes the answer. No step trusts that the one before it was followed by the
next: whoever comes later, by whatever way, finds the row and goes on or gives it up.
"""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from booking.payments import charges, credits, payfip
from booking.payments.enums import LIVE, AlertKind, ChargeState, PaymentState
from booking.payments.exceptions import (
    NotOnlineHere,
    NotOnlineJustNow,
    NotPayable,
    TooMuchForOnline,
    UnderOneEuro,
)
from booking.payments.models import CashOffice, Charge, Payment, PaymentAlert
from booking.payments.sums import LEAST_ONLINE, MOST_ONLINE
from booking.payments.verdicts import OFFERED_FOR, Answer, Asked, NoAnswer, ask_next, judge
from municipalities.database.transactions import own_transaction, patient_transaction

log = structlog.get_logger(__name__)

#: Letters and digits of a refdet that nobody reads aloud: 20 of 32 are 100 bits.
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: Whoever asked for an operation and has not noted it by then has stopped on the way.
STOPPED_AFTER = timedelta(seconds=60)
#: An operation is asked about at most so often.
QUESTION_EVERY = timedelta(seconds=10)


def is_online(office: CashOffice) -> bool:
    """Whether this office is paid online: it has its number, and this installation speaks to PayFiP."""
    return bool(office.numcli and office.is_active and payfip.is_offered())


def prepare(*, charge_id: UUID, now: datetime | None = None) -> Payment | None:
    """The attempt by which this charge is being paid: the one that is under way, or a new row. Asks nobody.

    None where credit notes pay it all, or it costs nothing: it is settled then. Raises NotPayable, NotOnlineHere,
    UnderOneEuro, TooMuchForOnline, NotOnlineJustNow.
    """
    now = now or timezone.now()
    with patient_transaction():
        charge = charges.lock(charge_id)
        if charge.state == ChargeState.PAYING:
            under_way = give_up_if_stopped(charge, now)
            if under_way:
                return under_way
        if charge.state not in (ChargeState.OPEN, ChargeState.UNPAID):
            raise NotPayable
        if charge.payments.live().exists():  # a late payment has settled it, and the bank has taken that back
            raise NotOnlineJustNow
        rest = credits.keep_for(charge, charges.open_cents(charge), online=True, now=now)
        if not rest:
            charges.settle(charge, [], now=now)
            return None
        _refuse_sum(rest)
        if not is_online(charge.office):
            raise NotOnlineHere
        payment = Payment.objects.create(
            charge=charge,
            cents=rest,
            refdet="".join(secrets.choice(LETTERS) for _ in range(20)),
            numcli=charge.office.numcli,
            capture=settings.PAYFIP_SAISIE,
            created_at=now,
        )
        Charge.objects.filter(pk=charge.pk).update(state=ChargeState.PAYING)
        return payment


def give_up_if_stopped(charge: Charge, now: datetime) -> Payment | None:
    """The live payment of a locked charge; None once it had stopped on the way and is given up."""
    payment = charge.payments.live().get()
    if not _has_stopped(payment, now):
        return payment
    _end(payment, PaymentState.EXPIRED, now)
    charges.put_back(charge, now)
    charge.refresh_from_db()
    return None


def _refuse_sum(cents: int) -> None:
    if cents < LEAST_ONLINE:
        raise UnderOneEuro
    if cents > MOST_ONLINE:
        raise TooMuchForOnline


def _has_stopped(payment: Payment, now: datetime) -> bool:
    """Whoever was asking for its operation has stopped on the way: nobody was sent there, and nobody will be."""
    return (
        payment.state == PaymentState.PREPARED
        and payment.asked_at is not None
        and now - payment.asked_at >= STOPPED_AFTER
    )


def open_operation(payment: Payment, *, mail: str, wait: float = payfip.SHORT_WAIT) -> str:
    """Ask PayFiP for the operation of a prepared payment; its idOp, or "" while somebody else is asking.

    Never within a transaction. Raises NotOnlineJustNow once it is given up: the charge may then be paid anew.
    """
    now = timezone.now()
    if payment.state != PaymentState.PREPARED or not _claim(payment, now):
        return payment.idop or ""
    try:
        idop = payfip.create(
            numcli=payment.numcli,
            capture=payment.capture,
            refdet=payment.refdet,
            cents=payment.cents,
            mail=mail,
            subject=f"Reglement {payment.refdet}",
            notify_url=f"{settings.PUBLIC_URL}{reverse('payfip:notification')}",
            return_url=f"{settings.PUBLIC_URL}{reverse('payfip:back', args=[payment.pk])}",
            now=now,
            wait=wait,
        )
    except payfip.Busy:
        # Nothing was sent: the next who comes asks.
        Payment.objects.filter(pk=payment.pk, state=PaymentState.PREPARED).update(asked_at=None)
        return ""
    except payfip.Refused as refused:
        give_up(payment.pk, refused.code, AlertKind.SETTINGS)
        raise NotOnlineJustNow from None
    except payfip.Silent as silent:
        give_up(payment.pk, silent.args[0])
        raise NotOnlineJustNow from None
    return _opened(payment, idop)


def _claim(payment: Payment, now: datetime) -> bool:
    """Whether it is us who ask. Committed before anything is sent."""
    with own_transaction():
        unasked = Payment.objects.filter(pk=payment.pk, state=PaymentState.PREPARED, asked_at__isnull=True)
        return bool(unasked.update(asked_at=now))


def _opened(payment: Payment, idop: str) -> str:
    """Note the operation, unless the attempt was given up meanwhile: then nobody is sent there."""
    now = timezone.now()
    with own_transaction():
        noted = Payment.objects.filter(pk=payment.pk, state=PaymentState.PREPARED).update(
            state=PaymentState.OPEN, idop=idop, opened_at=now, next_at=ask_next(PaymentState.OPEN, now, 0, now)
        )
    if not noted:
        raise NotOnlineJustNow
    payment.refresh_from_db()
    return idop


def give_up(payment_id: UUID, said: str, alert: AlertKind | None = None) -> None:
    """A prepared payment nobody was sent to pay is over."""
    now = timezone.now()
    charge_id = Payment.objects.values_list("charge", flat=True).get(pk=payment_id)
    with patient_transaction():
        charge = charges.lock(charge_id)
        payment = Payment.objects.get(pk=payment_id)
        if payment.state != PaymentState.PREPARED:
            return
        Payment.objects.filter(pk=payment_id).update(last_answer=said[:40])
        _end(payment, PaymentState.EXPIRED, now)
        charges.put_back(charge, now)
        if alert:
            _raise_alert(charge, payment, alert, said)


def offered_page(payment: Payment, now: datetime | None = None) -> str:
    """The address where this payment is paid, while PayFiP takes it; "" before and after."""
    now = now or timezone.now()
    if payment.state not in (PaymentState.OPEN, PaymentState.UNCERTAIN) or payment.asked_at is None:
        return ""
    is_young = now - payment.asked_at < OFFERED_FOR
    return payfip.page_of(payment.idop or "") if is_young and payment.idop else ""


def ask_about(payment_id: UUID, *, wait: float = payfip.SHORT_WAIT) -> bool:
    """Ask PayFiP what became of a payment, at most once in ten seconds, and note it. Whether an answer was noted.

    Never within a transaction. A technical fault is an answer too: nothing is known.
    """
    now = timezone.now()
    idop = _claim_question(payment_id, now)
    if not idop:
        return False
    try:
        answer = payfip.result_of(idop, wait=wait)
    except payfip.Busy:
        return False
    note(payment_id, answer, asked_at=now)
    return not isinstance(answer, NoAnswer)


def _claim_question(payment_id: UUID, now: datetime) -> str:
    long_ago = Q(last_asked_at__isnull=True) | Q(last_asked_at__lte=now - QUESTION_EVERY)
    with own_transaction():
        mine = Payment.objects.filter(long_ago, pk=payment_id, idop__isnull=False).exclude(state=PaymentState.PAID)
        if not mine.update(last_asked_at=now):
            return ""
    return Payment.objects.values_list("idop", flat=True).get(pk=payment_id) or ""


def note(payment_id: UUID, answer: Answer, *, asked_at: datetime) -> None:
    """What PayFiP has said of a payment becomes its state, with all that follows for its charge: one transaction.

    It is judged by the moment of the question: an answer that lay about says nothing of what came after it.
    """
    now = timezone.now()
    charge_id = Payment.objects.values_list("charge", flat=True).get(pk=payment_id)
    with patient_transaction():
        charge = charges.lock(charge_id)
        payment = Payment.objects.get(pk=payment_id)
        if payment.state == PaymentState.PAID or payment.opened_at is None:
            return
        verdict = judge(answer, _asked(payment), asked_at)
        was_live = payment.is_live
        # What is over stays so, whatever else is said of it, until it turns out to be paid.
        state = verdict.state or payment.state
        if not was_live and state != PaymentState.PAID:
            state = PaymentState(payment.state)
        failures = payment.failures + 1 if verdict.failed else 0
        came_after_all = state == PaymentState.PAID and payment.closed_at is not None
        Payment.objects.filter(pk=payment_id).update(
            state=state,
            means=verdict.means or "",
            numauto=verdict.numauto,
            result=verdict.result or payment.result,
            last_answer=verdict.said[:40],
            failures=failures,
            # An accountant had found nothing; what PayFiP now confirms word for word has come after all.
            received_cents=payment.cents if came_after_all else payment.received_cents,
            ended_at=payment.ended_at if state in LIVE else (now if was_live else payment.ended_at or now),
            next_at=ask_next(PaymentState(state), payment.opened_at, failures, now),
        )
        payment.refresh_from_db()
        if payment.state == PaymentState.PAID:
            alert = charges.receive(charge, payment, now)
            if alert:
                _raise_alert(charge, payment, alert)
        elif was_live and not payment.is_live:
            charges.put_back(charge, now)
        if verdict.alert and payment.closed_at is None:  # else somebody has looked at it already
            _raise_alert(charge, payment, AlertKind(verdict.alert), verdict.said)
    log.info("payment_asked_about", state=payment.state, said=verdict.said)


def _asked(payment: Payment) -> Asked:
    assert payment.idop is not None and payment.opened_at is not None
    return Asked(
        idop=payment.idop,
        refdet=payment.refdet,
        numcli=payment.numcli,
        cents=payment.cents,
        capture=payment.capture,
        opened_at=payment.opened_at,
    )


def _end(payment: Payment, state: PaymentState, now: datetime) -> None:
    Payment.objects.filter(pk=payment.pk).update(state=state, ended_at=now, next_at=None)


def _raise_alert(charge: Charge, payment: Payment, kind: AlertKind, code: str = "") -> None:
    log.error("payment_alert", kind=kind.value, code=code, office=charge.office_id)
    PaymentAlert.objects.get_or_create(
        office_id=charge.office_id,
        payment=payment,
        kind=kind,
        code=code[:40],
        seen_at=None,
        defaults={"raised_at": timezone.now()},
    )
