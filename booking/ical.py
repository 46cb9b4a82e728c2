"""Calendar entries and invitations that real calendar clients accept. Pure: facts in, text out, no clock, no ORM.

One VEVENT is rendered per change of an appointment and stored; mails, downloads and feeds join stored entries. Every
instant in an entry comes from its facts, so two renders of the same facts are byte for byte the same.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal

from icalendar import Alarm, Component, Event, Timezone, vCalAddress, vGeo, vText, vUri
from icalendar.parser import Contentline

from municipalities.zone import ZONE

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]

PRODUCT = "-//guichet-commun//rendez-vous//FR"
_YEAR = re.compile(r"^(?:DTSTART|DTEND)[^:\r\n]*:(\d{4})", re.MULTILINE)
#: Unicode's control characters (Cc) and halves of pairs (Cs).
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_BREAKS = re.compile(r"\r\n|[\r\n\v\f\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What an entry says, in the words of its reader. `uid` is opaque and stays for the life of the appointment.

    `sequence` rises by one at each real change (time, place, status); `changed_at` is that change. Latitude and
    longitude in degrees, or None. `alarm` is the text of the two reminders (a day and an hour before). What
    `takes_time` shows its reader as busy; `is_all_day` tells local dates instead of hours.
    """

    uid: str
    sequence: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    organizer_name: str = ""
    organizer_email: str = ""
    location: str = ""
    latitude: float | None = None
    longitude: float | None = None
    description: str = ""
    url: str = ""
    alarm: str = ""
    is_cancelled: bool = False
    has_alarms: bool = True
    takes_time: bool = True
    is_all_day: bool = False


def plain(text: str) -> str:
    """One line without control characters: nothing in it can begin another property or leave a parameter."""
    return _CONTROL.sub("", _LINE_BREAKS.sub(" ", text)).strip()


def plain_lines(text: str) -> str:
    """Several lines, each plain. icalendar writes the breaks as `\\n` inside the value."""
    return "\n".join(plain(line) for line in _LINE_BREAKS.split(text)).strip()


def render_entry(facts: EntryFacts) -> str:
    """The VEVENT of these facts: CRLF, lines folded at 75 octets, ending with a line break."""
    event = Event()
    changed = facts.changed_at.replace(microsecond=0)
    event.add("uid", plain(facts.uid))
    event.add("sequence", facts.sequence)
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    starts, ends = facts.starts_at.astimezone(ZONE), facts.ends_at.astimezone(ZONE)
    event.add("dtstart", starts.date() if facts.is_all_day else starts)
    event.add("dtend", ends.date() if facts.is_all_day else ends)
    event.add("summary", plain(facts.summary))
    event.add("status", "CANCELLED" if facts.is_cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE" if facts.takes_time and not facts.is_cancelled else "TRANSPARENT")
    if facts.location:
        event.add("location", plain(facts.location))
    if facts.latitude is not None and facts.longitude is not None:
        event["geo"] = vGeo((facts.latitude, facts.longitude))
    if facts.description:
        event.add("description", plain_lines(facts.description))
    if facts.url:
        event["url"] = vUri(plain(facts.url))
    if facts.organizer_email:
        organizer = vCalAddress(f"mailto:{_address(facts.organizer_email)}")
        organizer.params["CN"] = vText(_parameter(facts.organizer_name))
        event["organizer"] = organizer
    if facts.has_alarms and not facts.is_cancelled:
        for before in (timedelta(days=1), timedelta(hours=1)):
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("trigger", -before)
            alarm.add("description", plain(facts.alarm or facts.summary))
            event.add_component(alarm)
    return _text(event)


def invitation(
    entry: str,
    method: Method = "PUBLISH",
    years: tuple[int, int] | None = None,
    *,
    attendee: str = "",
    attendee_name: str = "",
) -> bytes:
    """A whole calendar object around one stored entry.

    `attendee` is the recipient's mail address: clients act on REQUEST and CANCEL only where they find themselves.
    `years` are the first and last year of the time zone's rules, read from the entry when not given.
    """
    if attendee and method != "PUBLISH":
        entry = _with_attendee(entry, attendee, attendee_name)
    return assemble([entry], method=method, years=years)


def assemble(
    entries: Iterable[str],
    *,
    method: Method | None = None,
    years: tuple[int, int] | None = None,
    properties: Iterable[tuple[str, str]] = (),
) -> bytes:
    """A calendar object of ready entries. `properties` are further calendar-level lines, e.g. REFRESH-INTERVAL."""
    body = "".join(entries)
    first, last = years or _years_of(body)
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN"]
    if method is not None:
        head.append(f"METHOD:{method}")
    head += [_folded(f"{name}:{plain(value)}") for name, value in properties]
    zone = _time_zone(first, last) if first else ""
    return ("\r\n".join(head) + "\r\n" + zone + body + "END:VCALENDAR\r\n").encode()


def _folded(line: str) -> str:
    """A content line in pieces of at most 75 octets, never cut inside a character (RFC 5545, 3.1)."""
    pieces: bytes = Contentline(line).to_ical()  # type: ignore[no-untyped-call]
    return pieces.decode()


def _text(component: Component) -> str:
    raw: bytes = component.to_ical()
    return raw.decode()


def _years_of(body: str) -> tuple[int, int]:
    found = [int(year) for year in _YEAR.findall(body)]
    return (min(found), max(found)) if found else (0, 0)


@lru_cache(maxsize=64)
def _time_zone(first: int, last: int) -> str:
    """The rules of our time zone from the first to the last year, both whole."""
    zone = Timezone.from_tzid(ZONE.key, first_date=date(first, 1, 1), last_date=date(last + 1, 1, 1))
    zone.pop("COMMENT", None)
    return _text(zone)


def _with_attendee(entry: str, attendee: str, name: str) -> str:
    # Written here, not by icalendar: done for every mail, and nothing in these two can end a quoted parameter.
    line = f'ATTENDEE;CN="{_parameter(name or attendee)}";PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=FALSE'
    lines = _folded(f"{line}:mailto:{_address(attendee)}") + "\r\n"
    # Only at the beginning of a line: a value may well contain these words.
    at = entry.find("\r\nBEGIN:VALARM\r\n")
    if at < 0:
        at = entry.rindex("\r\nEND:VEVENT\r\n")
    return f"{entry[:at]}\r\n{lines}{entry[at + 2 :]}"


def _address(email: str) -> str:
    """A mail address cannot hold spaces; what is left cannot end the value."""
    return "".join(plain(email).split())


def _parameter(text: str) -> str:
    return plain(text).replace('"', "’")
