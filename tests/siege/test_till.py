import pytest

from tests.siege.till import kill_payments

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_a_payment_that_is_killed_while_it_writes_the_journal_is_paid_once() -> None:
    report = kill_payments([("journal", "issue_receipt")])
    assert report.wrong == [] and report.kills.total() == 2 and report.money == 2400
    assert "0 lost, 0 paid twice" in str(report)


def test_twin_where_nobody_comes_by_it_is_seen() -> None:
    report = kill_payments([("journal", "issue_receipt")], comes_by=False)
    assert len([one for one in report.wrong if "place not sold" in one]) == 2
    assert any("the treasury has 2400, the journal 0" in one for one in report.wrong)
