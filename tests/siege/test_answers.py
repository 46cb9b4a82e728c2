import pytest

from tests.siege.answers import SEND, STEPS, kill_answers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race, pytest.mark.slow]


def test_answers_that_leave_while_whoever_sends_them_is_killed_are_told_once() -> None:
    report = kill_answers(80)
    assert report.wrong == [], str(report)
    assert report.kills.total() == len(STEPS) and report.told > 0
    assert report.told + report.uncertain == 79, "of three places one is still its operator's to answer"


def test_twin_unless_they_are_marked_before_they_are_handed_over_some_are_told_twice() -> None:
    report = kill_answers(12, [(SEND, "after", 3)], is_guarded=False)
    assert [one for one in report.wrong if one.startswith("told 2 times")] == ["told 2 times: one family"] * 3
