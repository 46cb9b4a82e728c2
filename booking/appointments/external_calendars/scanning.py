"""From the bytes of a foreign file to the few lines of each event that busy time needs. Pure, and without a library.

Parsers give a whole file back or nothing, and one bad alarm is enough for nothing. Here a file is read line by line:
what is none of our business is not looked at, what is over is passed by before it is read (a calendar of ten years is
mostly history), and of what is damaged one knows the line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

#: Lines looked at one by one: far more than the events of a person, few enough for a second.
MAX_LINES = 400_000
_TIMES = frozenset({"DTSTART", "DTEND", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"})
_NEEDED = _TIMES | {"DURATION", "UID", "TRANSP", "STATUS", "X-MICROSOFT-CDO-BUSYSTATUS", "FREEBUSY"}
#: What stands in events besides (RFC 5545, 7986, 9073, 9074). A line of another name may be one of the needed, damaged.
_KNOWN = frozenset(
    {
        "ACKNOWLEDGED", "ACTION", "ATTACH", "ATTENDEE", "CALENDAR-ADDRESS", "CATEGORIES", "CLASS", "COLOR", "COMMENT",
        "COMPLETED", "CONCEPT", "CONFERENCE", "CONTACT", "CREATED", "DESCRIPTION", "DTSTAMP", "DUE", "EXRULE", "GEO",
        "IMAGE", "LAST-MODIFIED", "LINK", "LOCATION", "LOCATION-TYPE", "NAME", "ORGANIZER", "PARTICIPANT-TYPE",
        "PERCENT-COMPLETE", "PRIORITY", "PROXIMITY", "REFID", "RELATED-TO", "REPEAT", "REQUEST-STATUS",
        "RESOURCE-TYPE", "RESOURCES", "SEQUENCE", "SOURCE", "STRUCTURED-DATA", "STYLED-DESCRIPTION", "SUMMARY",
        "TRIGGER", "URL",
    }
)  # fmt: skip
_OF_ZONES = frozenset(
    {
        "TZID", "TZNAME", "TZOFFSETFROM", "TZOFFSETTO", "TZURL", "TZUNTIL", "TZID-ALIAS-OF", "DTSTART", "RRULE",
        "RDATE", "LAST-MODIFIED", "COMMENT",
    }
)  # fmt: skip
_TOP = frozenset({"VCALENDAR", "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY", "VPOLL"})
_LINE = re.compile(rb"([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:\"[^\"]*\"|[^\";]*))*):([^:]*)\Z")
_NAME = re.compile(rb"([A-Za-z0-9-]+)[;:]")
_OF_TIME = re.compile(
    rb"(?:FREQ|UNTIL|COUNT|INTERVAL|WKST|BY[A-Z]{3,8})=|(?<!\d)(?:19|20)\d{6}(?:T\d{6}Z?)?\s*\Z|[:/]-?PT?\d",
    re.IGNORECASE,
)
_SWALLOWED = re.compile(
    rb"[ \t]+(?:DTSTART|DTEND|DURATION|RRULE|RDATE|RECURRENCE-ID|(?:BEGIN|END):VEVENT)[;:\r\n]?", re.I
)
#: Of a zone's definition: the library reads « +010 » as one minute, half a rule as a whole one, and counts from 1601 on
#: whatever comes every second.
_OFFSET = re.compile(rb"[+-]\d\d[0-5]\d(?:[0-5]\d)?")
_EVERY_YEAR = re.compile(
    rb"(?=.*FREQ=YEARLY)(?:(?:FREQ=YEARLY|INTERVAL=1|COUNT=\d{1,4}|UNTIL=[\dTZ]+|WKST=[A-Z]{2}"
    rb"|BY(?:MONTH|DAY|MONTHDAY|SETPOS)=[\w,+-]+|BY(?:HOUR|MINUTE|SECOND)=\d\d?)(?:;|\Z))+",
    re.IGNORECASE,
)
_VALUES_OF_ZONES = {"TZOFFSETFROM": _OFFSET, "TZOFFSETTO": _OFFSET, "RRULE": _EVERY_YEAR}
#: The name of a needed property behind another one: the line break between the two has got lost.
_JOINED = re.compile(rb"(?:DTSTART|DTEND|DURATION|RRULE|RDATE|RECURRENCE-ID)[;:]")
_ENDED = re.compile(rb"\nDTEND(?:;[^:\n]*)?:(\d{8})(?:T\d{6}Z?)?[ \t]*\r?\n", re.IGNORECASE)
_BEGUN = re.compile(rb"\nDTSTART(?:;[^:\n]*)?:(\d{8})(?:T\d{6}Z?)?[ \t]*\r?\n", re.IGNORECASE)
_MAY_COME_AGAIN = re.compile(
    rb"\n(?:RRULE|RDATE|RECURRENCE-ID)|FREQ=|RDATE[;:]|\nDURATION|\n[ \t]*\r?\n|\n[A-Z0-9=;,+-]+\r?\n", re.IGNORECASE
)
#: A line without a name, and not of prose.
_REST = re.compile(rb"[A-Z0-9=;,+-]+")


class TooMuch(Exception):
    """More lines than anybody's calendar has."""


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    name: str
    parameters: str
    value: str


@dataclass(slots=True)
class Block:
    """A component and its needed lines. `odd` is the first line that may have been one of them, damaged; 0 for none."""

    kind: str
    number: int
    lines: list[Line] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)  # of a time zone, which is read whole
    nested: int = 0
    odd: int = 0

    def is_wrong_at(self, number: int) -> None:
        self.odd = self.odd or number


@dataclass(slots=True)
class Scan:
    """`is_whole` is false when the end is missing: what came after it nobody knows. `zone` is the calendar's own."""

    blocks: list[Block] = field(default_factory=list)
    is_calendar: bool = False
    is_whole: bool = False
    zone: str = ""


def scan(body: bytes, over_before: str) -> Scan:
    """The blocks of a file. Events that are over before this day (YYYYMMDD) and do not come again are left out.

    Raises TooMuch.
    """
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        body = body.decode("utf-16", "replace").encode()
    body = body.removeprefix(b"\xef\xbb\xbf")
    if b"\n" not in body:
        body = body.replace(b"\r", b"\n")
    body = body.replace(b"\r\r\n", b"\r\n")
    scanner = _Scanner()
    seen = 0
    for number, piece in _without_history(body, over_before.encode()):
        seen += piece.count(b"\n") + 1
        if seen > MAX_LINES:
            raise TooMuch
        scanner.take(piece.split(b"\n"), number)
    return scanner.finish()


def _without_history(body: bytes, over_before: bytes) -> Iterator[tuple[int, bytes]]:
    """Pieces of the file and the number of their first line, less the events that are plainly over."""
    number, kept_from, at = 1, 0, 0
    while (begins := body.find(b"\nBEGIN:VEVENT", at)) >= 0 and (ends := body.find(b"\nEND:VEVENT", begins)) >= 0:
        line_after = body.find(b"\n", ends + 1)
        if line_after < 0:
            break
        event = body[begins : ends + 1]
        if _is_over(event, over_before) and body[ends:line_after].strip() == b"END:VEVENT":
            if begins > kept_from:
                yield number, body[kept_from:begins]
            number += body.count(b"\n", kept_from, line_after + 1)
            kept_from = line_after + 1
        at = line_after
    yield number, body[kept_from:]


def _is_over(event: bytes, before: bytes) -> bool:
    """Plainly: both times sound and past. Whatever is in doubt is read."""
    begun, ended = _BEGUN.search(event), _ENDED.search(event)
    return (
        begun is not None
        and begun[1] < before
        and ended is not None
        and ended[1] < before
        and not _MAY_COME_AGAIN.search(event)
        and event.find(b"\nBEGIN:VEVENT", 1) < 0
    )


class _Scanner:
    """Where we are in a file: in a block, in something nested in it, or between blocks.

    Lines between blocks are kept as well, as a block without a kind: an event whose BEGIN is damaged ends all the same.
    """

    def __init__(self) -> None:
        self.found = Scan()
        self.block = Block("", 1)
        self.was_needed = False

    def take(self, lines: list[bytes], number: int) -> None:
        begun, parts = number, list[bytes]()
        for at, line in enumerate(lines, number):
            if line[:1] in (b" ", b"\t"):
                if line[1:2] in b"DRBEdrbe" and _SWALLOWED.match(line):
                    self.block.is_wrong_at(at)
                parts.append(line.rstrip(b"\r")[1:])
                continue
            if parts:
                self._line(begun, b"".join(parts))
            begun, parts = at, [line.rstrip(b"\r")]
        if parts:
            self._line(begun, b"".join(parts))

    def finish(self) -> Scan:
        self._flush(self.block.number, is_closed=False)
        return self.found

    def _line(self, number: int, line: bytes) -> None:
        match = _NAME.match(line)
        name = match[1].decode().upper() if match else ""
        if match is None:
            # Cut off the line before by a stray break, or what is left of a rule.
            is_odd = self.was_needed or (self.block.kind == "VEVENT" and _REST.fullmatch(line) is not None)
        else:
            # Two names: the break between them is lost.
            is_odd = _JOINED.search(line, match.end()) is not None
        if is_odd:
            self.block.is_wrong_at(number)
        self.was_needed = name in _NEEDED
        if name == "BEGIN":
            self._begin(number, line[6:].strip().decode("ascii", "replace").upper())
        elif name == "END":
            self._end(number, line[4:].strip().decode("ascii", "replace").upper())
        elif self.block.kind == "VTIMEZONE":
            self._keep_raw(number, line, name)
        elif name in _NEEDED:
            self._keep(number, line, name)
        elif name == "X-WR-TIMEZONE":
            self.found.zone = self.found.zone or line.partition(b":")[2].strip().decode("utf-8", "replace")
        elif name not in _KNOWN and not name.startswith("X-") and _may_be_needed(line):
            self.block.is_wrong_at(number)

    def _keep(self, number: int, line: bytes, name: str) -> None:
        if self.block.nested and name not in _TIMES:
            return  # an alarm has a duration and a UID of its own
        if name == "UID":
            self.block.lines.append(Line(number, name, "", line.partition(b":")[2].decode("utf-8", "replace").strip()))
            return
        match = _LINE.match(line)
        if match is None:
            self.block.is_wrong_at(number)
            self.block.lines.append(Line(number, name, "", ""))
            return
        parameters, value = (part.decode("utf-8", "replace") for part in match.group(2, 3))
        self.block.lines.append(Line(number, name, parameters, value.strip()))

    def _keep_raw(self, number: int, line: bytes, name: str) -> None:
        self.block.raw.append(line)
        is_known = name in _OF_ZONES or name.startswith("X-")
        sound = _VALUES_OF_ZONES.get(name)
        if not is_known or (sound and not sound.fullmatch(line.partition(b":")[2].strip())):
            self.block.is_wrong_at(number)

    def _begin(self, number: int, kind: str) -> None:
        if kind in _TOP:
            self._flush(number, is_closed=False)
            if kind == "VCALENDAR":
                self.found.is_calendar, self.found.is_whole = True, False
            self.block = Block("" if kind == "VCALENDAR" else kind, number)
        else:
            self.block.nested += 1
            self._keep_nested(number, "BEGIN", kind)

    def _end(self, number: int, kind: str) -> None:
        if kind == "VCALENDAR":
            self._flush(number, is_closed=False)
            self.found.is_calendar = self.found.is_whole = True
        elif kind == "VEVENT" and self.block.kind != kind:
            self.block.kind = kind
            self.block.is_wrong_at(self.block.lines[0].number if self.block.lines else number)
            self._flush(number, is_closed=True)
        elif kind in _TOP:
            if kind != self.block.kind and self.block.kind:
                self.block.is_wrong_at(number)
            self._flush(number, is_closed=True)
        else:
            self.block.nested -= 1
            self._keep_nested(number, "END", kind)

    def _keep_nested(self, number: int, what: str, kind: str) -> None:
        self.block.raw.append(f"{what}:{kind}".encode())
        if self.block.kind == "VTIMEZONE" and kind not in ("STANDARD", "DAYLIGHT"):
            self.block.is_wrong_at(number)

    def _flush(self, number: int, *, is_closed: bool) -> None:
        block = self.block
        self.block = Block("", number)
        if block.kind == "" and not is_closed and any(line.name == "DTSTART" for line in block.lines):
            if block.nested or any(line.startswith(b"BEGIN:STANDARD") for line in block.raw):
                return  # a time zone whose BEGIN is damaged
            block.kind = "VEVENT"
        if block.kind and (block.nested or not is_closed):
            block.is_wrong_at(block.number)
        if block.kind:
            self.found.blocks.append(block)


def _may_be_needed(line: bytes) -> bool:
    """Whether a line nobody knows may have been one of those needed: it speaks of a time, or of nothing at all."""
    text = line.strip().upper()
    if _OF_TIME.search(text):
        return True
    return any(text.startswith(name) or name.startswith(text) for name in _NAMES_OF_TIMES)


_NAMES_OF_TIMES = tuple(name.encode() for name in (_TIMES | {"DURATION"}) - {"EXDATE"})
