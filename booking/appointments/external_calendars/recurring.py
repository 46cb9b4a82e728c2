"""The occurrences of one event that comes again, less those moved or left out. Slow to import, so imported at need."""

from datetime import UTC, date, datetime

import icalendar
import recurring_ical_events

from booking.appointments.external_calendars.events import Event, instant

#: Rules that come this often are no calendar of a person or a room.
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY"})
_PARTS = frozenset(
    {
        "FREQ", "UNTIL", "COUNT", "INTERVAL", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY",
        "BYWEEKNO", "BYMONTH", "BYSETPOS", "WKST",
    }
)  # fmt: skip


def occurrences(series: list[Event], first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    """Busy periods of an event and of those that stand in for some of its occurrences.

    Raises ValueError, and whatever the library does on what it cannot read.
    """
    calendar = icalendar.Calendar()
    for event in series:
        calendar.add_component(_component(event))
    found = recurring_ical_events.of(calendar, skip_bad_series=False).between(first, last)
    return [
        (instant(event.decoded("DTSTART")).astimezone(UTC), instant(event.decoded("DTEND")).astimezone(UTC))
        for event in found
        if event["TRANSP"] == "OPAQUE"
    ]


def _component(event: Event) -> icalendar.Event:
    made = icalendar.Event()
    made.add("UID", "x")
    made.add("TRANSP", "OPAQUE" if event.is_busy else "TRANSPARENT")
    assert event.starts is not None and event.ends is not None
    made.add("DTSTART", event.starts)
    made.add("DTEND", event.ends)
    if event.rule:
        made["RRULE"] = _rule(event.rule)
    for more in event.more:
        made.add("RDATE", [more])
    for without in event.without:
        made.add("EXDATE", [_like(without, event.starts)])
    if event.instead_of is not None:
        parameters = {"RANGE": "THISANDFUTURE"} if event.and_after else {}
        made.add("RECURRENCE-ID", event.instead_of, parameters=parameters)
    return made


def _like(without: date, starts: date) -> date:
    """An exception by its day alone, for an event that has an hour: the occurrence of that day."""
    if isinstance(starts, datetime) and not isinstance(without, datetime):
        return datetime.combine(without, starts.timetz())
    return without


def _rule(text: str) -> icalendar.vRecur:
    """Raises ValueError for what is no rule, or none of a person."""
    for part in text.upper().split(";"):
        name, _equals, value = part.partition("=")
        if name not in _PARTS or not value:
            raise ValueError(text)
    rule: icalendar.vRecur = icalendar.vRecur.from_ical(text.upper())
    frequency = [str(value) for value in rule.get("FREQ", [])]
    if len(frequency) != 1:
        raise ValueError(text)
    if frequency[0] in _TOO_OFTEN or rule.get("BYSECOND") or len(rule.get("BYMINUTE", [])) > 4:
        raise ValueError(text)
    if any(number < 1 for name in ("INTERVAL", "COUNT") for number in rule.get(name, [])):
        raise ValueError(text)
    return rule
