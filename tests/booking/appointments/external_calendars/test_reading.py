"""From a foreign file to busy times: recurrences, exceptions, whole days, zones, both clock changes, hostile rules."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.appointments.external_calendars import reading
from booking.appointments.external_calendars.reading import Broken, busy_times, read
from tests.simulators.ics_server import calendar, event

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
LAST = FIRST + timedelta(days=400)


def busy(*events: str) -> list[tuple[datetime, datetime]]:
    return read(calendar(*events), FIRST, LAST).spans


def starts(*events: str) -> list[str]:
    return [f"{a:%Y-%m-%d %H:%M}" for a, _b in busy(*events)]


class TestEvents:
    def test_one(self):
        assert busy(event(1, "DTSTART:20260302T080000Z", "DTEND:20260302T093000Z")) == [
            (datetime(2026, 3, 2, 8, tzinfo=UTC), datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
        ]

    def test_a_time_without_zone_is_on_our_clocks(self):
        assert starts(event(1, "DTSTART:20260302T090000", "DURATION:PT1H")) == ["2026-03-02 08:00"]

    def test_a_whole_day_is_the_local_one(self):
        assert busy(event(1, "DTSTART;VALUE=DATE:20260329", "DTEND;VALUE=DATE:20260330")) == [
            (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC))  # 23 hours in spring
        ]
        assert busy(event(1, "DTSTART;VALUE=DATE:20261025")) == [
            (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC))  # 25 in autumn
        ]

    def test_outlook_names_of_zones(self):
        assert starts(event(1, "DTSTART;TZID=W. Europe Standard Time:20260702T090000", "DURATION:PT1H")) == [
            "2026-07-02 07:00"
        ]

    @pytest.mark.parametrize(
        "line",
        ["TRANSP:TRANSPARENT", "STATUS:CANCELLED", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"],
    )
    def test_free_time_is_not_busy(self, line):
        assert busy(event(1, "DTSTART:20260302T080000Z", "DURATION:PT1H", line)) == []

    def test_an_event_of_no_length_blocks_nothing(self):
        assert busy(event(1, "DTSTART:20260302T080000Z")) == []

    def test_begun_before_and_over_are_told_apart(self):
        assert starts(
            event(1, "DTSTART:20260228T230000Z", "DURATION:PT3H"), event(2, "DTSTART:20260201T080000Z", "DURATION:PT1H")
        ) == ["2026-02-28 23:00"]

    def test_the_same_time_twice_is_one_block(self):
        assert len(busy(*(event(n, "DTSTART:20260302T080000Z", "DURATION:PT1H") for n in range(3)))) == 1

    def test_free_busy_lists(self):
        body = calendar(
            "BEGIN:VFREEBUSY\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
            "FREEBUSY;FBTYPE=BUSY:20260302T080000Z/20260302T090000Z,20260303T080000Z/PT30M\r\n"
            "FREEBUSY;FBTYPE=FREE:20260304T080000Z/20260304T090000Z\r\n"
            "FREEBUSY:20250304T080000Z/20250304T090000Z\r\n"
            "END:VFREEBUSY\r\n"
        )
        assert [(b - a).total_seconds() for a, b in read(body, FIRST, LAST).spans] == [3600, 1800]


class TestRecurrences:
    def test_weekly_across_both_clock_changes_keeps_its_hour(self):
        told = starts(
            event(
                1,
                "DTSTART;TZID=Europe/Paris:20260302T090000",
                "DURATION:PT1H",
                "RRULE:FREQ=WEEKLY;UNTIL=20261201T000000Z",
            )
        )
        assert told[0] == "2026-03-02 08:00"
        assert "2026-03-30 07:00" in told and "2026-10-19 07:00" in told and "2026-10-26 08:00" in told
        assert len(told) == 40

    def test_exceptions_moves_and_additions(self):
        told = starts(
            event(
                1, "DTSTART;TZID=Europe/Paris:20260302T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=5",
                "EXDATE;TZID=Europe/Paris:20260303T090000", "RDATE;TZID=Europe/Paris:20260310T090000",
            ),
            event(1, "RECURRENCE-ID;TZID=Europe/Paris:20260304T090000", "DTSTART;TZID=Europe/Paris:20260304T150000",
                  "DURATION:PT1H"),
            event(1, "RECURRENCE-ID;TZID=Europe/Paris:20260305T090000", "DTSTART;TZID=Europe/Paris:20260305T090000",
                  "DURATION:PT1H", "STATUS:CANCELLED"),
        )  # fmt: skip
        assert told == ["2026-03-02 08:00", "2026-03-04 14:00", "2026-03-06 08:00", "2026-03-10 08:00"]

    @pytest.mark.parametrize(
        ("begins", "last"),
        [
            ("DTSTART:20260303T220000Z", "2026-03-05 22:00"),
            ("DTSTART:20260303T220000", "2026-03-05 21:00"),
            ("DTSTART;TZID=Europe/Paris:20260303T220000", "2026-03-05 21:00"),
            ("DTSTART;TZID=America/New_York:20260303T220000", "2026-03-06 03:00"),
        ],
    )
    @pytest.mark.parametrize("until", ["UNTIL=20260305", "UNTIL=20260305T220000;INTERVAL=1"])
    def test_the_last_day_of_a_rule_counts_on_the_clock_of_the_event(self, begins, last, until):
        assert starts(event(1, begins, "DURATION:PT1H", f"RRULE:FREQ=DAILY;{until}"))[-1] == last

    @pytest.mark.parametrize("until", ["20260305", "20260304T230000Z", "20260305T000000Z", "20260305T000000"])
    def test_the_last_day_of_a_rule_of_whole_days(self, until):
        """Some servers end it at the midnight of our clocks, said in UTC."""
        whole = event(1, "DTSTART;VALUE=DATE:20260303", "DURATION:P1D", f"RRULE:FREQ=DAILY;UNTIL={until}")
        assert starts(whole) == ["2026-03-02 23:00", "2026-03-03 23:00", "2026-03-04 23:00"]

    def test_an_occurrence_moved_by_its_day_alone(self):
        told = starts(
            event(1, "DTSTART;TZID=Europe/Paris:20260302T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3"),
            event(1, "RECURRENCE-ID;VALUE=DATE:20260303", "DTSTART;TZID=Europe/Paris:20260303T150000", "DURATION:PT1H"),
        )
        assert told == ["2026-03-02 08:00", "2026-03-03 14:00", "2026-03-04 08:00"]

    def test_endless_ones_end_with_the_window(self):
        told = busy(event(1, "DTSTART:20200101T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"))
        assert len(told) == 400

    def test_agrees_with_dateutil(self):
        from dateutil.rrule import rrulestr

        for rule in (
            "FREQ=WEEKLY;BYDAY=MO,WE,FR;INTERVAL=2",
            "FREQ=MONTHLY;BYDAY=-1FR",
            "FREQ=MONTHLY;BYMONTHDAY=31",
            "FREQ=YEARLY;BYMONTH=3;BYDAY=2TU",
            "FREQ=DAILY;INTERVAL=10;COUNT=9",
        ):
            told = [a for a, _b in busy(event(1, "DTSTART:20260302T080000Z", "DURATION:PT1H", f"RRULE:{rule}"))]
            begin = datetime(2026, 3, 2, 8, tzinfo=UTC)
            expected = rrulestr(rule, dtstart=begin).between(FIRST, LAST - timedelta(seconds=1), inc=True)
            assert told == sorted({begin, *expected}), rule  # an event takes place when it begins, whatever its rule


class TestHostile:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<!doctype html><title>Sign in</title>",
            b"\x00\xff" * 5000,
            event(1, "DTSTART:20260302T080000Z").encode(),
            calendar()[:-20],
            b"BEGIN:VCALENDAR\r\n" * 2000,
        ],
        ids=["empty", "html", "bytes", "bare event", "cut", "nested"],
    )
    def test_what_is_no_calendar(self, body):
        with pytest.raises(Broken) as broken:
            busy_times(body, FIRST, LAST)
        assert broken.value.args[0] in ("not_a_calendar", "too_many_events")

    @pytest.mark.parametrize(
        "rule",
        [
            "FREQ=SECONDLY",
            "FREQ=MINUTELY",
            "FREQ=DAILY;BYSECOND=1,2",
            "FREQ=HOURLY;BYMINUTE=0,5,10,15,20,25",
            "FREQ=NEVER",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        ],
    )
    def test_rules_of_no_person_are_counted_and_their_first_time_blocked(self, rule):
        odd = event(1, "DTSTART:20260303T080000Z", "DURATION:PT1H", f"RRULE:{rule}")
        sound = event(2, "DTSTART:20260302T080000Z", "DURATION:PT1H")
        found = read(calendar(odd, sound), FIRST, LAST)
        assert [f"{a:%d %H}" for a, _b in found.spans] == ["02 08", "03 08"]
        assert (found.unread, found.lines) == (1, (4,))

    def test_more_events_than_anybody_has(self, monkeypatch):
        monkeypatch.setattr(reading, "MAX_EVENTS", 100)
        with pytest.raises(Broken, match="too_many_events"):
            busy(event(1, "DTSTART:20200101T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"))

    def test_a_file_that_would_take_for_ever_is_stopped(self):
        rule = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
        events = [event(n, "DTSTART:19000101T000000Z", "DURATION:PT1H", rule) for n in range(200)]
        with pytest.raises(Broken, match="too_many_events"):
            busy_times(calendar(*events), FIRST, LAST, max_seconds=1)

    def test_the_child_says_the_same_as_we_do(self):
        body = calendar(
            event(1, "DTSTART:20260302T080000Z", "DURATION:PT1H", "SUMMARY:Secret", "RRULE:FREQ=WEEKLY"),
            event(2, "DTSTART:20260302T110000Z", "DTEND:plus tard"),
        )[:-20]
        ours = read(body, FIRST, LAST)
        assert busy_times(body, FIRST, LAST) == ours
        assert (ours.unread, ours.is_whole) == (1, False)
