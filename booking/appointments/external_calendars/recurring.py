"""The occurrences of one event that comes again, less those moved or left out. Slow to import, so imported at need."""

import re
from datetime import UTC, date, datetime, time

import icalendar
import recurring_ical_events

from booking.appointments.external_calendars.events import LATEST, Event, instant
from booking.appointments.external_calendars.zones import ZONE

#: Rules that come this often are no calendar of a person or a room.
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY"})
_PARTS = frozenset(
    {
        "FREQ", "UNTIL", "COUNT", "INTERVAL", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY",
        "BYWEEKNO", "BYMONTH", "BYSETPOS", "WKST",
    }
)  # fmt: skip
_UNTIL = re.compile(r"(?<![^;])UNTIL=(\d{8}(?:T\d{6}Z?)?)(?=;|\Z)")


def occurrences(series: list[Event], first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    """Busy periods of an event and of those that stand in for some of its occurrences.

    Raises ValueError, and whatever the library does on what it cannot read.
    """
    calendar = icalendar.Calendar()
    for event in series:
        calendar.add_component(_component(event, series[0].starts))
    found = recurring_ical_events.of(calendar, skip_bad_series=False).between(first, last)
    return [
        (instant(event.decoded("DTSTART")).astimezone(UTC), instant(event.decoded("DTEND")).astimezone(UTC))
        for event in found
        if event["TRANSP"] == "OPAQUE"
    ]


def _component(event: Event, series_starts: date | None) -> icalendar.Event:
    made = icalendar.Event()
    made.add("UID", "x")
    made.add("TRANSP", "OPAQUE" if event.is_busy else "TRANSPARENT")
    assert event.starts is not None and event.ends is not None and series_starts is not None
    made.add("DTSTART", event.starts)
    made.add("DTEND", event.ends)
    if event.rule:
        made["RRULE"] = _rule(event.rule, event.starts)
    for more in event.more:
        made.add("RDATE", [more])
    for without in event.without:
        made.add("EXDATE", [_like(without, event.starts)])
    if event.instead_of is not None:
        parameters = {"RANGE": "THISANDFUTURE"} if event.and_after else {}
        made.add("RECURRENCE-ID", _like(event.instead_of, series_starts), parameters=parameters)
    return made


def _like(without: date, starts: date) -> date:
    """An exception, or what is moved, by its day alone, for an event that has an hour: the occurrence of that day."""
    if isinstance(starts, datetime) and not isinstance(without, datetime):
        return datetime.combine(without, starts.timetz())
    return without


def _end(text: str, starts: date) -> str:
    """The end of a rule as the library wants it: by UTC for an event with an hour, by the day for one without.

    The last day counts whole: with its midnight for the end, what is at ten o'clock then would be free.
    """
    last = datetime.fromisoformat(text if int(text[:4]) <= LATEST else f"{LATEST}{text[4:]}")
    if not isinstance(starts, datetime):
        return f"{last.astimezone(ZONE) if last.tzinfo else last:%Y%m%d}"
    if len(text) == len("20261203"):
        last = datetime.combine(last, time(23, 59, 59))
    return f"{(last if last.tzinfo else last.replace(tzinfo=starts.tzinfo)).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _rule(text: str, starts: date) -> icalendar.vRecur:
    """Raises ValueError for what is no rule, or none of a person."""
    text = _UNTIL.sub(lambda found: f"UNTIL={_end(found[1], starts)}", text.upper())
    for part in text.split(";"):
        name, _equals, value = part.partition("=")
        if name not in _PARTS or not value:
            raise ValueError(text)
    rule: icalendar.vRecur = icalendar.vRecur.from_ical(text)
    frequency = [str(value) for value in rule.get("FREQ", [])]
    if len(frequency) != 1:
        raise ValueError(text)
    if frequency[0] in _TOO_OFTEN or rule.get("BYSECOND") or len(rule.get("BYMINUTE", [])) > 4:
        raise ValueError(text)
    if any(number < 1 for name in ("INTERVAL", "COUNT") for number in rule.get(name, [])):
        raise ValueError(text)
    return rule
