"""From a foreign ICS file to the times its owner is busy. Pure, and run as a script in a process of its own.

A file of a few lines can ask for millions of occurrences or for one that never comes, and no library counts along:
`busy_times` gives the work to a child process with little memory and little time, and believes only what it prints.
The child knows neither Django nor the database.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

#: Its own: the child finds no module of ours.
ZONE = ZoneInfo("Europe/Paris")
MAX_EVENTS = 5_000
MAX_SECONDS = 15
MAX_MEMORY = 512 * 1024 * 1024
#: Rules that come this often are no calendar of a person or a room.
_TOO_OFTEN = {"SECONDLY", "MINUTELY"}

Span = tuple[datetime, datetime]


class Broken(Exception):
    """`args[0]` is the code of an `Unreadable`."""


def busy_times(body: bytes, first: datetime, last: datetime, *, max_seconds: float = MAX_SECONDS) -> list[Span]:
    """Busy periods that touch `[first, last)`, in UTC, sorted, each once. Raises Broken."""
    try:
        child = subprocess.run(
            # -P: the folder of this file is not a place to import from, its calendar.py is not Python's.
            [sys.executable, "-P", __file__, first.isoformat(), last.isoformat(), str(max_seconds)],
            input=body,
            capture_output=True,
            timeout=max_seconds + 5,
            check=False,
            env={"PATH": "", "PYTHONUTF8": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise Broken("too_many_events") from error
    if child.returncode != 0:
        raise Broken("too_many_events" if child.returncode < 0 else "not_a_calendar")
    answer = json.loads(child.stdout)
    if "error" in answer:
        raise Broken(answer["error"])
    return [(datetime.fromtimestamp(a, UTC), datetime.fromtimestamp(b, UTC)) for a, b in answer["busy"]]


def read(body: bytes, first: datetime, last: datetime) -> list[tuple[int, int]]:
    """As `busy_times`, in this process and in seconds since the epoch. Raises Broken."""
    try:
        calendars = icalendar.Calendar.from_ical(body, multiple=True)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise Broken("not_a_calendar") from error
    if not calendars or any(calendar.name != "VCALENDAR" for calendar in calendars):
        raise Broken("not_a_calendar")
    found: set[tuple[int, int]] = set()
    for calendar in calendars:
        found.update(_told_free_busy(calendar, first, last))
        _refuse_what_comes_too_often(calendar)
        query = recurring_ical_events.of(calendar, skip_bad_series=True)
        # A week, a month, the rest: counting stops soon after there are too many.
        start = first
        for days in (7, 30, (last - first).days + 1):
            end = min(start + timedelta(days=days), last)
            try:
                events = query.between(start, end) if start < end else []
            except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError) as error:
                raise Broken("not_a_calendar") from error
            found.update(span for event in events if _is_busy(event) and (span := _span(event)))
            if len(found) > MAX_EVENTS:
                raise Broken("too_many_events")
            start = end
    if len(found) > MAX_EVENTS:
        raise Broken("too_many_events")
    return sorted(found)


def _refuse_what_comes_too_often(calendar: icalendar.Calendar) -> None:
    for event in calendar.walk("VEVENT"):
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            often = {str(name).upper() for name in rule.get("FREQ", [])}
            if often & _TOO_OFTEN or rule.get("BYSECOND") or len(rule.get("BYMINUTE", [])) > 4:
                raise Broken("too_many_events")


def _is_busy(event: icalendar.Event) -> bool:
    """Opaque and not cancelled; Outlook says FREE in a property of its own."""
    return (
        str(event.get("TRANSP", "OPAQUE")).upper() != "TRANSPARENT"
        and str(event.get("STATUS", "")).upper() != "CANCELLED"
        and str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() not in ("FREE", "WORKINGELSEWHERE")
    )


def _span(event: icalendar.Event) -> tuple[int, int] | None:
    starts, ends = _instant(event.decoded("DTSTART")), _instant(event.decoded("DTEND"))
    return (starts, ends) if ends > starts else None


def _told_free_busy(calendar: icalendar.Calendar, first: datetime, last: datetime) -> Iterator[tuple[int, int]]:
    """Servers that tell only when somebody is busy send VFREEBUSY instead of events."""
    for component in calendar.walk("VFREEBUSY"):
        periods = component.get("FREEBUSY", [])
        for period in islice(periods if isinstance(periods, list) else [periods], MAX_EVENTS + 1):
            if str(period.params.get("FBTYPE", "BUSY")).upper() == "FREE":
                continue
            for starts, ends in _periods(period):
                if starts < ends and ends > first.timestamp() and starts < last.timestamp():
                    yield starts, ends


def _periods(period: object) -> Iterator[tuple[int, int]]:
    for one in getattr(period, "dts", [period]):
        start, end = getattr(one, "start", None), getattr(one, "end", None)
        if start is not None and end is not None:
            yield _instant(start), _instant(end)


def _instant(value: date | datetime) -> int:
    """Seconds since the epoch. A date is local midnight, a time without a zone is on our clocks."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    return int((value if value.tzinfo else value.replace(tzinfo=ZONE)).timestamp())


def _main() -> None:
    first, last = (datetime.fromisoformat(argument) for argument in sys.argv[1:3])
    seconds = max(1, round(float(sys.argv[3])))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        answer: dict[str, object] = {"busy": read(sys.stdin.buffer.read(), first, last)}
    except Broken as error:
        answer = {"error": error.args[0]}
    except (MemoryError, RecursionError):
        answer = {"error": "too_many_events"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    _main()
