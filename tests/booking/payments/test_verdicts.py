"""What each answer means, to the minute: from the contract, rule by rule."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from booking.payments.enums import Means, PaymentState
from booking.payments.verdicts import (
    Asked,
    Code,
    NoAnswer,
    Result,
    Verdict,
    ask_next,
    judge,
    transaction_minute,
)

OPENED = datetime(2027, 2, 9, 9, 0, tzinfo=UTC)
ASKED = Asked("abc", "ABCDEF", "090909", 1200, "T", OPENED)
PAID = Result("P", "abc", "ABCDEF", "090909", "1200", "T", OPENED, "A55A")


def after(minutes: float, answer: object) -> Verdict:
    return judge(answer, ASKED, OPENED + timedelta(minutes=minutes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "minutes", "state"),
    [
        ("P1", 0, PaymentState.OPEN),
        ("P1", 19.9, PaymentState.OPEN),
        ("P1", 20, PaymentState.EXPIRED),
        ("P5", 20, PaymentState.OPEN),
        ("P5", 119.9, PaymentState.OPEN),
        ("P5", 120, PaymentState.EXPIRED),
        ("P3", 10_000, PaymentState.OPEN),
        ("P4", 10_000, PaymentState.OPEN),
    ],
)
def test_unknown_and_unanswered_wait_until_they_must_be_dead(code: str, minutes: float, state: PaymentState) -> None:
    assert after(minutes, Code(code)).state == state
    assert after(minutes, Code(code)).alert == ""


@pytest.mark.parametrize("code", ["A1", "A2", "M1", "M3", "M5", "N1", "D1", "R3", "S1", "T1", "T2", "T4", "Q9"])
def test_any_other_code_is_our_own_fault_and_told(code: str) -> None:
    verdict = after(500, Code(code))
    assert (verdict.state, verdict.alert, verdict.failed) == (PaymentState.UNCERTAIN, "settings", True)


def test_without_an_answer_nothing_is_known_at_any_age() -> None:
    for minutes in (0, 30, 500, 100_000):
        verdict = after(minutes, NoAnswer("HTTP error"))
        assert (verdict.state, verdict.failed, verdict.alert) == (PaymentState.UNCERTAIN, True, "")


@pytest.mark.parametrize(("code", "means"), [("P", Means.CARD_ONLINE), ("V", Means.DEBIT_ONLINE)])
def test_paid_is_paid_at_any_age(code: str, means: Means) -> None:
    verdict = after(50_000, replace(PAID, code=code))
    assert (verdict.state, verdict.means, verdict.numauto) == (PaymentState.PAID, means, "A55A")


@pytest.mark.parametrize(
    "wrong",
    [
        {"idop": "abd"},
        {"refdet": "ABCDEG"},
        {"numcli": "080808"},
        {"cents": "1201"},
        {"cents": "12.00"},
        {"capture": "W"},
    ],
)
def test_what_is_paid_and_is_not_ours_is_uncertain_and_told(wrong: dict[str, str]) -> None:
    verdict = after(1, replace(PAID, **wrong))  # type: ignore[arg-type]
    assert (verdict.state, verdict.alert, verdict.means) == (PaymentState.UNCERTAIN, "mismatch", None)


def test_a_result_that_nobody_knows_is_uncertain_and_told() -> None:
    assert after(1, replace(PAID, code="X")).alert == "mismatch"


@pytest.mark.parametrize(("code", "state"), [("A", "abandoned"), ("R", "refused"), ("Z", "refused")])
def test_a_refusal_waits_for_its_three_minutes_and_for_the_end_of_the_operation(code: str, state: str) -> None:
    """Whether somebody may try again inside of it nobody knows: two operations of one basket are never payable."""
    early, late = OPENED + timedelta(minutes=5), OPENED + timedelta(minutes=18)
    assert after(9, replace(PAID, code=code, at=early)).state == PaymentState.OPEN
    assert after(20, replace(PAID, code=code, at=early)).state == state
    assert after(20.9, replace(PAID, code=code, at=late)).state == PaymentState.OPEN
    assert after(21, replace(PAID, code=code, at=late)).state == state
    assert after(119, replace(PAID, code=code, at=None)).state == PaymentState.OPEN
    assert after(120, replace(PAID, code=code, at=None)).state == state


def test_minutes_are_those_of_paris_and_of_the_later_hour_that_comes_twice() -> None:
    assert transaction_minute("09022027", "1000") == datetime(2027, 2, 9, 9, 0, tzinfo=UTC)
    assert transaction_minute("31102027", "0230") == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    assert transaction_minute("31022027", "1000") is None
    assert transaction_minute("", "") is None


@pytest.mark.parametrize(
    ("state", "minutes", "failures", "wait"),
    [
        ("open", 5, 0, timedelta(minutes=1)),
        ("open", 25, 0, timedelta(minutes=5)),
        ("uncertain", 5, 1, timedelta(minutes=1)),
        ("uncertain", 5, 2, timedelta(minutes=5)),
        ("uncertain", 5, 3, timedelta(minutes=30)),
        ("uncertain", 5, 9, timedelta(minutes=30)),
        ("open", 131, 0, timedelta(hours=15, minutes=19)),  # half past three at night, in Paris
        ("expired", 131, 0, timedelta(hours=15, minutes=19)),
        ("expired", 7 * 24 * 60, 0, None),
        ("uncertain", 7 * 24 * 60, 0, timedelta(hours=17, minutes=30)),
        ("paid", 5, 0, None),
    ],
)
def test_how_often_it_is_asked_about(state: str, minutes: int, failures: int, wait: timedelta | None) -> None:
    now = OPENED + timedelta(minutes=minutes)
    due = ask_next(PaymentState(state), OPENED, failures, now)
    assert due == (now + wait if wait else None)
