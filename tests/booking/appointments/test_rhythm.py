"""Every second week, the first Saturday: what the rule says is what the calendar world's own library says."""

from datetime import date, timedelta

from dateutil.rrule import MONTHLY, WEEKLY, rrule, rruleset, weekday
from hypothesis import given
from hypothesis import strategies as st

from booking.appointments.rhythm import EVERY_WEEK, LAST, Rhythm
from municipalities.spans import monday_of

DAYS = st.dates(date(2024, 1, 1), date(2031, 12, 31))
BY_WEEK = st.builds(Rhythm, every_weeks=st.integers(2, 4), counted_from=DAYS)
BY_MONTH = st.builds(Rhythm, nth=st.sampled_from([1, 2, 3, 4, LAST]))
RHYTHMS = st.one_of(st.just(EVERY_WEEK), BY_WEEK, BY_MONTH)


def as_said_by_dateutil(rhythm: Rhythm, day: int, since: date, until: date) -> list[date]:
    rules = rruleset()
    start = monday_of(rhythm.counted_from or since)
    if rhythm.nth is not None:
        rules.rrule(rrule(MONTHLY, byweekday=weekday(day, rhythm.nth), dtstart=since.replace(day=1), until=until))
    else:
        # Counted backwards too: a rule begins at its first week, ours has no beginning.
        while start > since:
            start -= timedelta(weeks=rhythm.every_weeks)
        rules.rrule(rrule(WEEKLY, interval=rhythm.every_weeks, byweekday=weekday(day), dtstart=start, until=until))
    return [one.date() for one in rules if since <= one.date() <= until and one.date() not in rhythm.except_on]


@given(rhythm=RHYTHMS, day=st.integers(0, 6), since=DAYS, length=st.integers(0, 200), number=st.integers(0, 5))
def test_it_holds_on_the_days_that_dateutil_gives(
    rhythm: Rhythm, day: int, since: date, length: int, number: int
) -> None:
    until = since + timedelta(days=length)
    wanted = as_said_by_dateutil(rhythm, day, since, until)
    left_out = tuple(wanted[number : number + 1])
    kept = Rhythm(rhythm.every_weeks, rhythm.counted_from, rhythm.nth, left_out)
    assert list(kept.days(day, since, until)) == as_said_by_dateutil(kept, day, since, until)
    assert list(rhythm.days(day, since, until)) == wanted
    assert kept.first_days(3, day, since, until) == [one for one in wanted if one not in left_out][:3]


@given(one=RHYTHMS, other=RHYTHMS, since=DAYS)
def test_two_that_hold_on_one_day_are_said_to_meet(one: Rhythm, other: Rhythm, since: date) -> None:
    assert one.may_meet(other) == other.may_meet(one)
    days = [since + timedelta(weeks=n) for n in range(60)]
    meets = any(one.holds_on(day) and other.holds_on(day) for day in days)
    assert meets <= one.may_meet(other)
    if one.nth is None and other.nth is None:
        assert meets == one.may_meet(other)


def test_a_year_of_fifty_three_weeks_changes_no_turn() -> None:
    every_second = Rhythm(every_weeks=2, counted_from=date(2026, 12, 23))
    assert every_second.first_days(3, 2, date(2026, 12, 23)) == [
        date(2026, 12, 23),
        date(2027, 1, 6),
        date(2027, 1, 20),
    ]
    assert Rhythm(nth=1).first_days(3, 5, date(2026, 11, 25)) == [
        date(2026, 12, 5),
        date(2027, 1, 2),
        date(2027, 2, 6),
    ]
