"""What an answer of PayFiP means for a payment: pure, from the answer, the payment and the clock alone.

Nothing is believed dead before it must be: an operation may be begun for fifteen minutes, and what a bank's page does
then may take up to two hours. Sources: the contract with DGFiP's guide, and what other integrators lived.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from booking.payments.enums import Means, PaymentState
from municipalities.zone import ZONE

#: The same operation is offered again while it is younger: its page refuses after fifteen minutes.
OFFERED_FOR = timedelta(minutes=14)
#: "Unknown here" means that the night has cleaned it, and not that it has yet to arrive, from this age on.
UNKNOWN_IS_EXPIRED = timedelta(minutes=20)
#: "Not known yet" is waited for up to this age.
UNANSWERED_IS_EXPIRED = timedelta(minutes=120)
#: A refusal is final so long after its minute (two by the guide; they say minutes only).
REFUSAL_IS_FINAL = timedelta(minutes=3)
#: Past results are asked for nightly: a late "paid" must be seen.
ASKED_FOR = timedelta(days=7)

OFTEN_UNTIL, OFTEN = timedelta(minutes=20), timedelta(minutes=1)
SELDOM_UNTIL, SELDOM = timedelta(minutes=130), timedelta(minutes=5)
#: After a technical fault: the first, the second, and every other one after it.
AFTER_FAULTS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))

PAID_BY = {"P": Means.CARD_ONLINE, "V": Means.DEBIT_ONLINE}
NOT_PAID = {"A": PaymentState.ABANDONED, "R": PaymentState.REFUSED, "Z": PaymentState.REFUSED}
WAITING = frozenset({"P1", "P3", "P4", "P5"})


@dataclass(frozen=True)
class Result:
    """What PayFiP knows of an operation, as text; `at` is its minute in Paris, None where it says none."""

    code: str
    idop: str
    refdet: str
    numcli: str
    cents: str
    capture: str
    at: datetime | None = None
    numauto: str = ""


@dataclass(frozen=True)
class Code:
    """A functional fault: P1, P5, or what says that our request is wrong."""

    code: str


@dataclass(frozen=True)
class NoAnswer:
    """A technical fault, an HTML page, a cut, a time-out: nothing is known."""

    reason: str


Answer = Result | Code | NoAnswer


@dataclass(frozen=True)
class Asked:
    """The payment as it was when asked about."""

    idop: str
    refdet: str
    numcli: str
    cents: int
    capture: str
    opened_at: datetime


@dataclass(frozen=True)
class Verdict:
    """What the payment becomes. `state` None: unchanged. `alert` is what somebody must look at, by its code."""

    state: PaymentState | None = None
    means: Means | None = None
    numauto: str = ""
    result: str = ""
    said: str = ""
    failed: bool = False
    alert: str = field(default="")


def judge(answer: Answer, asked: Asked, now: datetime) -> Verdict:
    age = now - asked.opened_at
    if isinstance(answer, NoAnswer):
        return Verdict(PaymentState.UNCERTAIN, said=answer.reason, failed=True)
    if isinstance(answer, Code):
        return _judge_code(answer.code, age)
    if not _is_ours(answer, asked):
        return Verdict(PaymentState.UNCERTAIN, said=f"{answer.code} {answer.refdet} {answer.cents}", alert="mismatch")
    if answer.code in PAID_BY:
        return Verdict(PaymentState.PAID, PAID_BY[answer.code], answer.numauto[:16], answer.code, answer.code)
    if answer.code in NOT_PAID:
        # Whether a payer may try again within the operation nobody knows: it is over when it can no longer be begun.
        said_final = now - answer.at >= REFUSAL_IS_FINAL if answer.at else age >= UNANSWERED_IS_EXPIRED
        over = said_final and age >= UNKNOWN_IS_EXPIRED
        state = NOT_PAID[answer.code] if over else PaymentState.OPEN
        return Verdict(state, result=answer.code, said=answer.code)
    return Verdict(PaymentState.UNCERTAIN, said=answer.code[:40], alert="mismatch")


def _judge_code(code: str, age: timedelta) -> Verdict:
    if code not in WAITING:
        return Verdict(PaymentState.UNCERTAIN, said=code[:40], failed=True, alert="settings")
    dead = (code == "P1" and age >= UNKNOWN_IS_EXPIRED) or (code == "P5" and age >= UNANSWERED_IS_EXPIRED)
    return Verdict(PaymentState.EXPIRED if dead else PaymentState.OPEN, said=code)


def _is_ours(answer: Result, asked: Asked) -> bool:
    """The budget year is not compared: it comes back as two digits."""
    told = (answer.idop, answer.refdet, answer.numcli, answer.cents, answer.capture)
    return told == (asked.idop, asked.refdet, asked.numcli, str(asked.cents), asked.capture)


def ask_next(state: PaymentState, opened_at: datetime, failures: int, now: datetime) -> datetime | None:
    """When to ask again; None for never: it is paid, or nobody could hear of it any more."""
    age = now - opened_at
    if state == PaymentState.PAID:
        return None
    is_live = state in (PaymentState.OPEN, PaymentState.UNCERTAIN)
    if failures and is_live:
        return now + AFTER_FAULTS[min(failures, len(AFTER_FAULTS)) - 1]
    if is_live and age < OFTEN_UNTIL:
        return now + OFTEN
    if is_live and age < SELDOM_UNTIL:
        return now + SELDOM
    if not is_live and age >= ASKED_FOR:
        return None
    return _next_night(now)


def _next_night(now: datetime) -> datetime:
    """Half past three, when PayFiP has cleaned up."""
    local = now.astimezone(ZONE)
    tonight = local.replace(hour=3, minute=30, second=0, microsecond=0)
    return tonight if tonight > local else tonight + timedelta(days=1)


def transaction_minute(day: str, hour: str) -> datetime | None:
    """`DDMMYYYY` and `HHMM` in Paris; None for anything else. Of an hour that comes twice, the later one."""
    try:
        read = datetime.strptime(f"{day}{hour}", "%d%m%Y%H%M")  # noqa: DTZ007
    except ValueError:
        return None
    return read.replace(tzinfo=ZONE, fold=1).astimezone(UTC)
