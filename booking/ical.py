"""Calendar entries and invitations that real calendar clients accept. Pure: facts in, text out, no clock, no ORM.

One VEVENT is rendered per change of an appointment and stored; mails, downloads and feeds join stored entries. Every
instant in an entry comes from its facts, so two renders of the same facts are byte for byte the same.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from django.utils.encoding import punycode
from icalendar import Alarm, Component, Event, vCalAddress, vGeo, vText, vUri
from icalendar.parser import Contentline

from municipalities.zone import ZONE

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]

PRODUCT = "-//guichet-commun//rendez-vous//FR"
#: Unicode's control characters (Cc) and halves of pairs (Cs).
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_BREAKS = re.compile(r"\r\n|[\r\n\v\f\x85\u2028\u2029]")


#: Our time zone, the same in every file. Both rules are true for ever: clients keep the first definition they meet, and
#: one that ends with the year of its appointment puts those of the next year an hour off. Each begins at the local time
#: before its change: summer at two o'clock of winter, winter at three o'clock of summer.
TIME_ZONE = "\r\n".join(
    (
        "BEGIN:VTIMEZONE",
        f"TZID:{ZONE.key}",
        "BEGIN:DAYLIGHT",
        "DTSTART:19810329T020000",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "TZNAME:CEST",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:19961027T030000",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        "TZNAME:CET",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "END:STANDARD",
        "END:VTIMEZONE",
        "",
    )
)


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
    # By way of UTC: on the night of spring, adding twenty minutes to local 1:50 makes an hour that does not exist.
    starts, ends = (moment.astimezone(UTC).astimezone(ZONE) for moment in (facts.starts_at, facts.ends_at))
    event.add("dtstart", starts.date() if facts.is_all_day else starts)
    event.add("dtend", ends.date() if facts.is_all_day else ends)
    event.add("summary", plain(facts.summary))
    event.add("status", "CANCELLED" if facts.is_cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE" if facts.takes_time and not facts.is_cancelled else "TRANSPARENT")
    if facts.location:
        event.add("location", plain(facts.location))
    if facts.latitude is not None and facts.longitude is not None:
        # Six decimals are within a metre (RFC 5545, 3.8.1.6).
        event["geo"] = vGeo((round(facts.latitude, 6), round(facts.longitude, 6)))
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


def invitation(entry: str, method: Method = "PUBLISH", *, attendee: str = "") -> bytes:
    """A whole calendar object around one stored entry.

    `attendee` is the recipient's mail address: clients act on REQUEST and CANCEL only where they find themselves.
    """
    if attendee and method != "PUBLISH":
        entry = _with_attendee(entry, attendee)
    return assemble([entry], method=method)


def assemble(
    entries: Iterable[str],
    *,
    method: Method | None = None,
    properties: Iterable[tuple[str, str]] = (),
) -> bytes:
    """A calendar object of ready entries. `properties` are further calendar-level lines, e.g. REFRESH-INTERVAL.

    The time zone stands in it also when no entry does: a calendar without any component is none (RFC 5545, 3.6).
    """
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN"]
    if method is not None:
        head.append(f"METHOD:{method}")
    head += [_folded(f"{name}:{plain(value)}") for name, value in properties]
    return ("\r\n".join(head) + "\r\n" + TIME_ZONE + "".join(entries) + "END:VCALENDAR\r\n").encode()


def _folded(line: str) -> str:
    """A content line in pieces of at most 75 octets, never cut inside a character (RFC 5545, 3.1)."""
    pieces: bytes = Contentline(line).to_ical()  # type: ignore[no-untyped-call]
    return pieces.decode()


def _text(component: Component) -> str:
    raw: bytes = component.to_ical()
    return raw.decode()


def _with_attendee(entry: str, attendee: str) -> str:
    # Written here, not by icalendar: done for every mail, and nothing in it can end a quoted parameter.
    line = f'ATTENDEE;CN="{_parameter(attendee)}";PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=FALSE'
    lines = _folded(f"{line}:mailto:{_address(attendee)}") + "\r\n"
    # Only at the beginning of a line: a value may well contain these words.
    at = entry.find("\r\nBEGIN:VALARM\r\n")
    if at < 0:
        at = entry.rindex("\r\nEND:VEVENT\r\n")
    return f"{entry[:at]}\r\n{lines}{entry[at + 2 :]}"


def _address(email: str) -> str:
    """A mail address cannot hold spaces; what is left cannot end the value. Its domain as on the envelope of a mail.

    Clients look for themselves among the attendees letter by letter, and a mail to « münchen.example » reaches them as
    one to « xn--mnchen-3ya.example ».
    """
    name, at, domain = "".join(plain(email).split()).rpartition("@")
    try:
        return f"{name}{at}{punycode(domain)}"
    except UnicodeError:
        return f"{name}{at}{domain}"


def _parameter(text: str) -> str:
    return plain(text).replace('"', "’")
