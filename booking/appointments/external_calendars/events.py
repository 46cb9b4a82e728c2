"""What one event of a foreign file says of its time, and what of it could not be read. Pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeVar

from booking.appointments.external_calendars.scanning import Block, Line
from booking.appointments.external_calendars.zones import ZONE, Zones

T = TypeVar("T")
Moment = date | datetime
#: Servers write the year 1 or 9999 for ever; beyond these nothing can be reckoned in another zone.
EARLIEST, LATEST = 1600, 2999
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?", re.IGNORECASE | re.ASCII)
_DURATION = re.compile(
    r"\+?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?", re.IGNORECASE | re.ASCII
)
_ZONE = re.compile(r";TZID=(?:\"([^\"]*)\"|([^;]*))", re.IGNORECASE)
_FREE = {
    "TRANSP": {"TRANSPARENT"},
    "STATUS": {"CANCELLED"},
    "X-MICROSOFT-CDO-BUSYSTATUS": {"FREE", "WORKINGELSEWHERE"},  # Outlook says it in a property of its own
}


@dataclass(slots=True)
class Event:
    """`wrong` is the line of the first thing that could not be read, 0 for none.

    What of its time can be read is there all the same; where one end is lost, the day's is taken: rather too much is
    busy than too little. `starts` is None when nothing can be read.
    """

    line: int
    uid: str = ""
    starts: Moment | None = None
    ends: Moment | None = None
    rule: str = ""
    more: list[Moment | tuple[datetime, datetime]] = field(default_factory=list)
    without: list[Moment] = field(default_factory=list)
    instead_of: Moment | None = None
    and_after: bool = False
    is_busy: bool = True
    wrong: int = 0

    def is_wrong_at(self, number: int) -> None:
        self.wrong = self.wrong or number


def event_of(block: Block, zones: Zones) -> Event:
    event = Event(block.number, wrong=block.odd)
    duration: timedelta | None = None
    has_end = False
    on_own_clock = {_is_on_own_clock(line) for line in block.lines if line.name in ("DTSTART", "DTEND")} - {None}
    if len(on_own_clock) > 1:
        # Never both (RFC 5545, 3.8.2.2): one of the two has lost its zone, and is an hour or nine off.
        event.is_wrong_at(block.number)
    for line in block.lines:
        match line.name:
            case "UID":
                event.uid = event.uid or line.value
            case "TRANSP" | "STATUS" | "X-MICROSOFT-CDO-BUSYSTATUS":
                event.is_busy = event.is_busy and line.value.upper() not in _FREE[line.name]
            case "DTSTART":
                event.starts = event.starts or _one(event, line, zones)
            case "DTEND":
                has_end = True
                event.ends = event.ends or _one(event, line, zones)
            case "DURATION":
                has_end = True
                duration = duration or _read(event, line, lambda line: _duration(line.value))
            case "RRULE":
                if event.rule or not line.value or line.value.endswith(";"):
                    event.is_wrong_at(line.number)
                event.rule = event.rule or line.value.rstrip(";")
            case "RDATE":
                event.more += _read(event, line, lambda line: list(_dates(line, zones, event))) or []
            case "EXDATE":
                # One that cannot be read leaves its occurrence where it is: busy.
                event.without += _excepted(line, zones)
            case "RECURRENCE-ID":
                event.instead_of = _one(event, line, zones)
                event.and_after = "THISANDFUTURE" in line.parameters.upper()
    _find_ends(event, duration, has_end)
    return event


def _one(event: Event, line: Line, zones: Zones) -> Moment | None:
    return _read(event, line, lambda line: _moment(line.value, _zone(line, zones, event)))


def _read(event: Event, line: Line, how: Callable[[Line], T]) -> T | None:
    try:
        return how(line)
    except (ValueError, OverflowError):
        event.is_wrong_at(line.number)
        return None


def _zone(line: Line, zones: Zones, event: Event | None) -> tzinfo:
    """The zone a line names. One nobody knows is taken as the calendar's, and its event as not surely read."""
    match = _ZONE.search(line.parameters)
    if match is None:
        return zones.own
    zone = zones.named(match[1] or match[2] or "")
    if zone is None and event is not None:
        event.is_wrong_at(line.number)
    return zone or zones.own


def _is_on_own_clock(line: Line) -> bool | None:
    """Whether a time names no zone; None for what is a date, or no time."""
    match = _MOMENT.fullmatch(line.value)
    return None if match is None or match[4] is None else not match[7] and _ZONE.search(line.parameters) is None


def _moment(value: str, zone: tzinfo) -> Moment:
    match = _MOMENT.fullmatch(value)
    if match is None:
        raise ValueError(value)
    year, month, day = (int(part) for part in match.group(1, 2, 3))
    year = min(max(year, EARLIEST), LATEST)
    if match[4] is None:
        return date(year, month, day)
    hour, minute, second = int(match[4]), int(match[5]), min(int(match[6]), 59)
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC if match[7] else zone)


def _duration(value: str) -> timedelta:
    match = _DURATION.fullmatch(value)
    if match is None or not any(match.groups()):
        raise ValueError(value)
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _dates(line: Line, zones: Zones, event: Event) -> Iterator[Moment | tuple[datetime, datetime]]:
    zone = _zone(line, zones, event)
    for value in line.value.split(","):
        if "/" in value:
            yield period(value, zone)
        else:
            yield _moment(value.strip(), zone)


def _excepted(line: Line, zones: Zones) -> Iterator[Moment]:
    for value in line.value.split(","):
        try:
            yield _moment(value.strip(), _zone(line, zones, None))
        except ValueError:
            continue


def period(value: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """`start/end` or `start/duration`. Raises ValueError."""
    begins, _slash, rest = value.strip().partition("/")
    starts = instant(_moment(begins, zone))
    ends = starts + _duration(rest) if "P" in rest.upper() else instant(_moment(rest, zone))
    if ends <= starts:
        raise ValueError(value)
    return starts, ends


def _find_ends(event: Event, duration: timedelta | None, has_end: bool) -> None:
    """Both ends, from what is there: the end from a length, and from the day where it is lost."""
    starts, ends = event.starts, event.ends
    if starts is not None and ends is None and duration is not None:
        event.ends = ends = add(starts, duration)
    if ends is not None and ends == starts and not isinstance(starts, datetime):
        event.ends = ends = _midnight(ends)  # many write the last day instead of the one after
    if starts is not None and ends is not None and instant(ends) < instant(starts):
        event.is_wrong_at(event.line)
        event.ends = ends = None
        has_end = True
    if starts is None:
        event.is_wrong_at(event.line)
        event.rule, event.more = "", []
        if ends is not None:
            event.starts = _midnight(ends, before=True)
    elif ends is None:
        is_lost = has_end or event.wrong
        event.ends = _midnight(starts) if is_lost or not isinstance(starts, datetime) else starts


def _midnight(moment: Moment, *, before: bool = False) -> Moment:
    """The end of a moment's day, or its beginning."""
    if not isinstance(moment, datetime):
        return moment - timedelta(days=1) if before else moment + timedelta(days=1)
    day = moment.date() if before else moment.date() + timedelta(days=1)
    return datetime.combine(day, time.min, moment.tzinfo)


def add(starts: Moment, duration: timedelta) -> Moment:
    """Whole days by the calendar, the rest by the clock (RFC 5545, 3.3.6)."""
    if not isinstance(starts, datetime):
        return starts + timedelta(days=max(1, duration.days))
    later = starts + timedelta(days=duration.days)
    return (later.astimezone(UTC) + timedelta(seconds=duration.seconds)).astimezone(later.tzinfo)


def instant(moment: Moment) -> datetime:
    """A date is local midnight; what has a zone stays what it is."""
    if isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time.min, ZONE)
