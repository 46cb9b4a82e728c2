"""Files that strangers write badly: what can be read blocks, the rest is counted, nothing becomes free in silence."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.appointments.external_calendars.reading import Found, read
from tests.simulators.ics_server import calendar, event

FILES = Path(__file__).parent / "files"
FIRST = datetime(2026, 11, 25, tzinfo=UTC)
LAST = FIRST + timedelta(days=380)
PARIS = ZoneInfo("Europe/Paris")
SECONDS = 2.0


def hours(found: Found) -> list[str]:
    return [f"{a.astimezone(PARIS):%d %H:%M}-{b.astimezone(PARIS):%H:%M}" for a, b in found.spans]


class TestFiles:
    """What each of these files means, read by hand."""

    @pytest.mark.parametrize(
        ("name", "busy", "lines"),
        [
            ("same_uid", ["01 09:00-10:00", "02 09:00-10:00", "03 09:00-10:00"], ()),
            ("no_uid", ["01 09:00-10:00", "02 09:00-10:00", "03 09:00-10:00"], ()),
            ("stray_line", ["01 09:00-10:00"], ()),
            ("one_alarm_bad", ["01 09:00-10:00"], ()),
            # Not surely read: taken as ours, and counted.
            ("blank_tzid", ["01 09:00-10:00", "02 09:00-10:00"], (14,)),
            ("microsoft_custom", ["01 09:00-10:00"], (6,)),
            ("rule_wkst", ["01 09:00-10:00", "02 09:00-10:00"], (9,)),
            ("unknown_tzid_elsewhere", ["01 09:00-10:00", "02 10:00-11:00", "03 09:00-10:00"], (6, 16)),
        ],
    )
    def test_cases(self, name: str, busy: list[str], lines: tuple[int, ...]) -> None:
        found = read((FILES / f"{name}.ics").read_bytes(), FIRST, LAST)
        assert hours(found) == busy
        assert (found.unread, found.lines, found.is_whole) == (len(lines), lines, True)

    def test_ten_years_are_mostly_over(self) -> None:
        begin = datetime(2016, 11, 25, 8, tzinfo=UTC)
        events = [self._one(n, begin + timedelta(hours=12 * n)) for n in range(7500)]
        body = calendar(*events, *[self._one(n, FIRST + timedelta(hours=n)) for n in range(8000, 8010)])
        assert len(body) > 2_000_000
        begun = time.process_time()
        found = read(body, FIRST + timedelta(days=300), LAST)
        assert time.process_time() - begun < SECONDS
        assert len(found.spans) == 10
        assert found.unread == 0

    @staticmethod
    def _one(number: int, starts: datetime) -> str:
        ends = starts + timedelta(hours=1)
        return event(
            number, f"DTSTART:{starts:%Y%m%dT%H%M%SZ}", f"DTEND:{ends:%Y%m%dT%H%M%SZ}", "SUMMARY:Réunion " + "x" * 180
        )

    def test_twenty_megabytes_of_history_and_attachments(self) -> None:
        old = event(1, "DTSTART:20160101T080000Z", "DTEND:20160101T090000Z", "ATTACH:" + ("a" * 70 + "\r\n ") * 900)
        body = calendar(*[old] * 300, event(2, "DTSTART:20261201T080000Z", "DURATION:PT1H"))
        assert 19_000_000 < len(body) < 21_000_000
        begun = time.process_time()
        assert hours(read(body, FIRST, LAST)) == ["01 09:00-10:00"]
        assert time.process_time() - begun < SECONDS

    def test_history_that_reaches_into_what_is_to_come_is_read(self) -> None:
        found = read(
            calendar(
                event(1, "DTSTART:20261001T080000Z", "DTEND:20261130T090000Z"),
                event(2, "DTSTART:20161201T080000Z", "DTEND:20161201T090000Z", "RRULE:FREQ=YEARLY"),
                event(3, "DTSTART:20161202T080000Z", "DTEND:20161202T090000Z", "RDATE:20261202T080000Z"),
                event(4, "DTSTART:20161203T080000Z", "DTEND:20161203T090000Z", "RRUL:FREQ=YEARLY"),
                event(5, "DTSTART:20261204T080000Z", "DTEND:20161204T090000Z"),
                event(6, "DTSTART:20161206T080000Z", "DURATION:P3650DT1H"),
            ),
            FIRST,
            LAST,
        )
        begun = [f"{a:%Y-%m-%d}" for a, _b in found.spans]
        assert begun == ["2016-12-06", "2026-10-01", "2026-12-01", "2026-12-02", "2026-12-04", "2027-12-01"]
        assert found.unread == 2, "a rule under a strange name, and an end before its beginning"


class TestWhatIsLost:
    """A lost end is the day's, a lost beginning likewise; neither is silent."""

    @pytest.mark.parametrize(
        ("lines", "busy"),
        [
            (("DTSTART:20261201T080000Z", "DTEND:20261201T0900"), ["01 09:00-01:00"]),
            (("DTSTART;TZID=Europe/Paris:20261201T090000", "DTEND:"), ["01 09:00-00:00"]),
            (("DTSTART;TZID=Europe/Paris:20261201T090000", "DURATION:une heure"), ["01 09:00-00:00"]),
            (("DTSTART;TZID=Europe/Paris:20261201T090000", "DTEN D:20261201T090000Z"), ["01 09:00-00:00"]),
            (("DTSTART;TZID=Europe/Paris:2026-12-01", "DTEND;TZID=Europe/Paris:20261201T100000"), ["01 00:00-10:00"]),
            (("DTSTART;VALUE=DATE:20261301", "DTEND;VALUE=DATE:20261202"), ["01 00:00-00:00"]),
            (("DTSTART:demain", "DTEND:après-demain"), []),
            (("SUMMARY:Sans heure",), []),
            (("DTSTART;TZID=Europe/Paris:20261201T090000", "DURATION:PT1H", "RRULE:"), ["01 09:00-10:00"]),
            (("DTSTART;TZID=Mars/Olympus:20261201T090000", "DURATION:PT1H"), ["01 09:00-10:00"]),
        ],
    )  # fmt: skip
    def test_is_counted_and_blocks_what_is_left(self, lines: tuple[str, ...], busy: list[str]) -> None:
        found = read(calendar(event(1, *lines)), FIRST, LAST)
        assert (hours(found), found.unread) == (busy, 1)

    @pytest.mark.parametrize(
        ("lines", "busy", "line"),
        [
            # A line break lost before a line, or come into one.
            (("SUMMARY:RéunionDTEND:20261201T090000Z", "DTSTART:20261201T080000Z"), ["01 09:00-01:00"], 7),
            (("UID:aDURATION:PT1H", "DTSTART;TZID=Europe/Paris:20261201T090000"), ["01 09:00-00:00"], 7),
            (("DTSTART:20261201T080000Z", "DURATION:PT1H", "SUMMARY:xRRULE:FREQ=DAILY"), ["01 09:00-10:00"], 9),
            (("DTSTART;VALUE=DATE:20261201DTEND;VALUE=DATE:20261203",), ["03 00:00-00:00"], 7),
            (("DTSTART:20261201T080000Z", "DTEND:20261201T100000", "Z"), ["01 09:00-10:00"], 9),
            (("DTSTART:20261201T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=1", "0"), ["01 09:00-10:00"], 10),
            # Of two ends one has lost its zone.
            (("DTSTART:20261201T080000Z", "DTEND:20261201T100000"), ["01 09:00-10:00"], 4),
            (("DTSTART;TZD=America/New_York:20261201T080000", "DTEND;TZID=America/New_York:20261201T090000"),
             ["01 08:00-15:00"], 4),
        ],
    )  # fmt: skip
    def test_two_lines_in_one_and_one_in_two(self, lines: tuple[str, ...], busy: list[str], line: int) -> None:
        found = read(calendar(event(1, *lines)), FIRST, LAST)
        assert (hours(found), found.lines) == (busy, (line,))

    @pytest.mark.parametrize(
        "lines",
        [
            ("DTSTART:20261101T080000Z", "DTXND:20261230T080000Z"),
            ("DTSTART:20261101T080000Z", "SUMMARY:CongésDTEND:20261230T080000Z"),
            ("DTSTART:20161101T080000Z", "DTEND:20161101T090000Z", "SUMMARY:LundiRRULE:FREQ=WEEKLY"),
            ("DTSTART:20161101T080000Z", "DTEND:20161101T090000Z", "SUMMARY:Lundi", "EQ=YEARLY"),
            ("DTSTART:20161101T080000Z", "DTEND:20161101T090000Z", "SUMMARY:LundiRDATE:20261201T080000Z"),
        ],
    )
    def test_what_began_long_ago_is_not_over_because_its_end_is_lost(self, lines: tuple[str, ...]) -> None:
        assert read(calendar(event(1, *lines)), FIRST, LAST).unread == 1

    def test_an_event_right_behind_a_time_zone_is_counted(self) -> None:
        zone = "BEGIN:VTIMEZONE\r\nTZID:x\r\nEND:VTIMEZONE"
        whole = calendar(zone + "\r\n" + event(1, "DTSTART:20261201T080000Z", "DURATION:PT1H"))
        assert read(whole, FIRST, LAST).unread == 0
        assert read(whole.replace(b"END:VTIMEZONE\r\n", b"END:VTIMEZONE"), FIRST, LAST).unread == 1

    @pytest.mark.parametrize(
        ("sound", "damaged"),
        [
            ("TZOFFSETTO:+0400", "TZOFFSETTO:+040"),
            ("BYDAY=-1SU;BYMONTH=3", 'BYDAY=-1SU"BYMONTH=3'),
            ("FREQ=YEARLY", "FREQ=SECONDLY"),
            ("FREQ=YEARLY", "FREQ=YEARLY;INTERVAL=0"),
            ("FREQ=YEARLY", "FREQ=YEARLY;BYSECOND=0,1,2"),
        ],
    )
    def test_a_time_zone_of_which_half_is_lost_is_none(self, sound: str, damaged: str) -> None:
        rule = "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"
        zone = "\r\n".join(
            ["BEGIN:VTIMEZONE", "TZID:Bureau", "BEGIN:STANDARD", "DTSTART:16010101T020000", "TZOFFSETFROM:+0300",
             "TZOFFSETTO:+0400", rule, "END:STANDARD", "END:VTIMEZONE", ""]
        )  # fmt: skip
        body = calendar(zone + event(1, "DTSTART;TZID=Bureau:20261201T120000", "DURATION:PT1H"))
        found = read(body, FIRST, LAST)
        assert (hours(found), found.unread) == (["01 09:00-10:00"], 0)
        assert read(body.replace(sound.encode(), damaged.encode()), FIRST, LAST).unread == 1

    @pytest.mark.parametrize(
        "lines",
        [
            ("DTSTART:99991231T235959Z", "DURATION:P9999W"),
            ("DTSTART;VALUE=DATE:99991231",),
            ("DTSTART:demain", "DTEND;VALUE=DATE:00010101"),
            ("DTSTART:00010101T000000", "DTEND:00010101T000001"),
            ("DTSTART;TZID=America/New_York:99991231T230000", "DURATION:PT2H", "RRULE:FREQ=YEARLY;COUNT=3"),
        ],
    )
    def test_an_event_at_the_end_of_time_takes_no_other_along(self, lines: tuple[str, ...]) -> None:
        sound = event(1, "DTSTART:20261201T080000Z", "DURATION:PT1H")
        assert hours(read(calendar(sound, event(2, *lines)), FIRST, LAST)) == ["01 09:00-10:00"]

    @pytest.mark.parametrize(
        "lines",
        [
            ("DTSTART:20261202T080000Z", "DTEND:99991231T235959Z"),
            ("DTSTART;TZID=America/New_York:20261202T080000", "DTEND;TZID=America/New_York:99991231T235959"),
            ("DTSTART:00010101T000000", "DTEND:99991231T235959"),
            ("DTSTART;VALUE=DATE:20261202", "DTEND;VALUE=DATE:99991231"),
        ],
    )
    def test_who_is_busy_for_ever_is_busy(self, lines: tuple[str, ...]) -> None:
        found = read(calendar(event(1, *lines)), FIRST, LAST)
        ((_begins, ends),) = found.spans
        assert ends.astimezone(PARIS) > LAST and found.unread == 0

    @pytest.mark.parametrize("until", ["99991231", "99991231T235959", "99991231T235959Z"])
    def test_a_rule_until_the_end_of_time(self, until: str) -> None:
        begins = "DTSTART;TZID=America/New_York:20261202T080000"
        found = read(calendar(event(1, begins, "DURATION:PT1H", f"RRULE:FREQ=DAILY;UNTIL={until}")), FIRST, LAST)
        assert len(found.spans) > 300 and found.unread == 0

    def test_what_is_free_need_not_be_read(self) -> None:
        found = read(calendar(event(1, "DTSTART:demain", "TRANSP:TRANSPARENT")), FIRST, LAST)
        assert (found.spans, found.unread) == ([], 0)

    def test_a_moved_occurrence_that_cannot_be_read_leaves_the_old_one_blocked(self) -> None:
        found = read(
            calendar(
                event(1, "DTSTART:20261201T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2"),
                event(1, "RECURRENCE-ID:20261202T080000Z", "DTSTART:plus tard", "DURATION:PT1H"),
            ),
            FIRST,
            LAST,
        )
        assert (hours(found), found.unread) == (["01 09:00-10:00", "02 09:00-10:00"], 1)

    def test_a_file_without_its_end_says_so(self) -> None:
        body = calendar(event(1, "DTSTART:20261201T080000Z", "DURATION:PT1H"))
        assert not read(body[:-5], FIRST, LAST).is_whole
        assert read(body, FIRST, LAST).is_whole

    @pytest.mark.parametrize(
        ("name", "hour"),
        [
            ("(UTC) Coordinated Universal Time", "10"),
            ("(UTC+01:00) Brussels, Copenhagen, Madrid, Paris", "09"),
            ("/citadel.org/20210210_1/Europe/Lisbon", "10"),
            ("GMT Standard Time", "10"),
            ("europe/london", "10"),
        ],
    )
    def test_zones_by_the_names_strangers_give_them(self, name: str, hour: str) -> None:
        found = read(calendar(event(1, f"DTSTART;TZID={name}:20261201T090000", "DURATION:PT1H")), FIRST, LAST)
        assert (hours(found), found.unread) == ([f"01 {hour}:00-{int(hour) + 1}:00"], 0)


@dataclass(frozen=True)
class Part:
    """An event of a sound calendar and the times it is busy."""

    text: str
    spans: frozenset[tuple[datetime, datetime]]


ALARM = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDURATION:PT5M\r\nEND:VALARM"


@st.composite
def parts(draw: st.DrawFn, number: int) -> Part:
    day = FIRST.date() + timedelta(days=draw(st.integers(2, 300)))
    starts = datetime(
        day.year, day.month, day.day, draw(st.integers(6, 20)), draw(st.sampled_from([0, 15, 30])), tzinfo=PARIS
    )
    ends = starts + timedelta(minutes=draw(st.sampled_from([15, 60, 150])))
    zoned = draw(
        st.sampled_from(
            [";TZID=Europe/Paris:%Y%m%dT%H%M%S", ";TZID=Romance Standard Time:%Y%m%dT%H%M%S", ":%Y%m%dT%H%M%SZ"]
        )
    )

    def told(moment: datetime) -> str:
        return (moment.astimezone(UTC) if zoned.endswith("Z") else moment).strftime(zoned)

    length = draw(st.sampled_from([f"DTEND{told(ends)}", f"DURATION:PT{(ends - starts).seconds // 60}M"]))
    lines = [f"DTSTART{told(starts)}", length]
    spans = {(starts, ends)}
    rest = []
    match draw(st.sampled_from(["once", "once", "weekly", "moved", "day"])):
        case "weekly":
            lines.append("RRULE:FREQ=WEEKLY;COUNT=3")
            if not zoned.endswith("Z"):
                spans |= {(starts + timedelta(weeks=n), ends + timedelta(weeks=n)) for n in (1, 2)}
            else:
                spans |= {
                    ((starts.astimezone(UTC) + timedelta(weeks=n)), (ends.astimezone(UTC) + timedelta(weeks=n)))
                    for n in (1, 2)
                }
        case "moved":
            second = (starts.astimezone(UTC) if zoned.endswith("Z") else starts) + timedelta(days=1)
            moved = second + timedelta(hours=2)
            lines.append("RRULE:FREQ=DAILY;COUNT=2")
            rest.append(
                event(
                    number,
                    f"RECURRENCE-ID{told(second)}",
                    f"DTSTART{told(moved)}",
                    length_of(told, moved, starts, ends),
                )
            )
            spans.add((moved, moved + (ends - starts)))
        case "day":
            lines = [f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}"]
            midnight = datetime(day.year, day.month, day.day, tzinfo=PARIS)
            spans = {(midnight, midnight + timedelta(days=1))}
    more = draw(
        st.lists(
            st.sampled_from(["SUMMARY:Réunion", "DESCRIPTION:a\\nb", "STATUS:CONFIRMED", "SEQUENCE:1", ALARM]),
            unique=True,
        )
    )
    text = event(number, *draw(st.permutations([*lines, *more]))) + "".join(rest)
    return Part(text, frozenset((a.astimezone(UTC), b.astimezone(UTC)) for a, b in spans))


def length_of(told: object, moved: datetime, starts: datetime, ends: datetime) -> str:
    return f"DURATION:PT{(ends - starts).seconds // 60}M"


@st.composite
def damaged(draw: st.DrawFn) -> tuple[bytes, list[Part], Part | None, str]:
    """A sound calendar with one line damaged: its bytes, its events, whose line it was, and the line."""
    whole = [draw(parts(number)) for number in range(draw(st.integers(1, 4)))]
    lines: list[tuple[str, Part | None]] = []
    for part in (None, *whole):
        text = part.text if part else "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//ailleurs//FR\r\n"
        lines += [(line, part) for line in text.split("\r\n")[:-1]]
    lines.append(("END:VCALENDAR", None))
    at = draw(st.integers(0, len(lines) - 1))
    line, hurt = lines[at]
    middle = draw(st.integers(0, len(line) - 1))
    worse = draw(
        st.sampled_from(
            [
                line[:middle] + "¤" + line[middle:],
                line[:middle] + " ? " + line[middle:],
                "\x00" + line,
                line.replace(":", "", 1),
                line.partition(":")[0] + ":",
                line.partition(":")[0],
                " " + line,
                line[: len(line) // 2],
                "",
            ]
        )
    )
    lines[at] = worse, hurt
    return "".join(f"{text}\r\n" for text, _part in lines).encode(), whole, hurt, line


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_one_damaged_line_frees_nothing_in_silence(case: tuple[bytes, list[Part], Part | None, str]) -> None:
    body, whole, hurt, line = case
    begun = time.process_time()
    found = read(body, FIRST, LAST)
    assert time.process_time() - begun < SECONDS
    busy = set(found.spans)
    for part in whole:
        if part is not hurt:
            assert part.spans <= busy, "an event beside the damaged line is not blocked"
    if hurt is not None:
        is_said = found.unread > 0 or not found.is_whole
        assert is_said or hurt.spans <= busy, "what the damaged line took is free, and nobody is told"
    if line.startswith(("SUMMARY", "TRIGGER", "DESCRIPTION", "SEQUENCE")):
        assert busy == frozenset().union(*(part.spans for part in whole))
