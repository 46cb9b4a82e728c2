"""From a foreign ICS file to the times its owner is busy. Pure, and run in a process of its own.

Read event by event: what is damaged is counted with its line, and blocks what of its time can be read. A file of a few
lines can ask for millions of occurrences or for one that never comes, and no library counts along: `busy_times` gives
the work to a child process with little memory and little time, and believes only what it prints. The child knows
neither Django nor the database.
"""

import gc
import json
import re
import resource
import signal
import subprocess
import sys
import time as clock
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

from booking.appointments.external_calendars.events import Event, event_of, instant, period
from booking.appointments.external_calendars.scanning import Block, Scan, TooMuch, scan
from booking.appointments.external_calendars.zones import Zones

MAX_EVENTS = 5_000
#: Seconds of processor for one file, and for what one event asks for.
MAX_SECONDS = 2.0
MAX_SECONDS_OF_ONE = 0.5
MAX_MEMORY = 512 * 1024 * 1024
#: Line numbers told; how many there are is told in any case.
MAX_LINES_TOLD = 20
_ROOT = Path(__file__).parents[3]

_UNTIL = re.compile(r"UNTIL=(\d{8})(?:T\d{6}Z?)?(?:;|\Z)", re.IGNORECASE)

Span = tuple[datetime, datetime]


class Broken(Exception):
    """`args[0]` is the code of an `Unreadable`."""


class _TooLong(Exception):
    """One event asks for more time than a person's events do."""


@dataclass(frozen=True, slots=True)
class Found:
    """Busy periods in UTC, sorted, each once. `unread` busy events were not, or not wholly, read; `lines` where.

    `is_whole` is false when the end of the file is missing: what stood there nobody knows.
    """

    spans: list[Span]
    unread: int = 0
    lines: tuple[int, ...] = ()
    is_whole: bool = True


def busy_times(body: bytes, first: datetime, last: datetime, *, max_seconds: float = MAX_SECONDS) -> Found:
    """What of `[first, last)` this file says is busy. Raises Broken."""
    try:
        child = subprocess.run(
            [sys.executable, "-P", "-m", __name__, first.isoformat(), last.isoformat(), str(max_seconds)],
            input=body,
            capture_output=True,
            timeout=max_seconds * 10,
            check=False,
            env={"PATH": "", "PYTHONUTF8": "1", "PYTHONPATH": str(_ROOT)},
        )
    except subprocess.TimeoutExpired as error:
        raise Broken("too_many_events") from error
    if child.returncode != 0:
        raise Broken("too_many_events" if child.returncode < 0 else "not_a_calendar")
    answer = json.loads(child.stdout)
    if "error" in answer:
        raise Broken(answer["error"])
    spans = [(datetime.fromtimestamp(a, UTC), datetime.fromtimestamp(b, UTC)) for a, b in answer["busy"]]
    return Found(spans, answer["unread"], tuple(answer["lines"]), answer["is_whole"])


def read(body: bytes, first: datetime, last: datetime, *, seconds: float = MAX_SECONDS) -> Found:
    """As `busy_times`, in this process. Raises Broken."""
    until = clock.process_time() + seconds
    try:
        scanned = scan(body, f"{first - timedelta(days=2):%Y%m%d}")
    except TooMuch as error:
        raise Broken("too_many_events") from error
    if not scanned.is_calendar or (not scanned.is_whole and not scanned.blocks):
        raise Broken("not_a_calendar")
    zones = Zones(
        {name: text for block in scanned.blocks if block.kind == "VTIMEZONE" for name, text in _definition(block)},
        scanned.zone,
    )
    window = _Window(first, last, until)
    events = [event_of(block, zones) for block in scanned.blocks if block.kind == "VEVENT"]
    for series in _series(events):
        window.take(series)
    for block in scanned.blocks:
        if block.kind == "VFREEBUSY":
            window.take_free_busy(block, zones)
    return window.found(scanned)


def _definition(block: Block) -> Iterator[tuple[str, bytes]]:
    """The name and text of a zone's definition, when all of it is sound."""
    name = next((line.partition(b":")[2] for line in block.raw if line.upper().startswith(b"TZID")), b"")
    if name and not block.odd:
        yield name.decode("utf-8", "replace"), b"\r\n".join([b"BEGIN:VTIMEZONE", *block.raw, b"END:VTIMEZONE", b""])


def _series(events: list[Event]) -> Iterator[list[Event]]:
    """Each event by itself, followed by those that stand in for some of its occurrences.

    Events that share a UID and stand in for nothing are events of their own, whatever the standard says.
    """
    by_uid: dict[str, list[Event]] = {}
    for event in events:
        if event.uid:
            by_uid.setdefault(event.uid, []).append(event)
        else:
            yield [event]
    for same in by_uid.values():
        whole = [event for event in same if event.instead_of is None]
        parts = [event for event in same if event.instead_of is not None]
        # What comes again takes them; the last of several, so that too much is busy rather than too little.
        owner = next((event for event in reversed(whole) if event.rule or event.more), whole[-1] if whole else None)
        for event in whole:
            yield [event, *(parts if event is owner else ())]
        if owner is None:
            yield from ([event] for event in parts)


class _Window:
    """Gathers what is busy between two moments, and what could not be read."""

    def __init__(self, first: datetime, last: datetime, until: float) -> None:
        self.first, self.last, self.until = first, last, until
        self.spans: set[tuple[int, int]] = set()
        self.wrong: list[int] = []

    def take(self, series: list[Event]) -> None:
        """One event and those that stand in for some of its occurrences.

        One of these that cannot wholly be read leaves the occurrence it stands for where it is, and is busy besides.
        """
        busy = [event for event in series if event.is_busy]
        head = series[0]
        alone = busy
        if busy and head.starts is not None and (head.rule or head.more or len(series) > 1) and not self._is_over(head):
            try:
                spans = self._expanded([event for event in series if event is head or not event.wrong])
            except Broken:
                raise
            except Exception:  # whatever a stranger wrote, or what takes too long
                head.is_wrong_at(head.line)
            else:
                alone = [event for event in busy if event.wrong]
                for span in spans:
                    self.add(*span)
        for event in alone:
            if event.starts is not None and event.ends is not None:
                self.add(instant(event.starts), instant(event.ends))
            if event.wrong:
                self.wrong.append(event.wrong)

    def _is_over(self, head: Event) -> bool:
        """Whether a rule has said its last before what we look at; so have most of a calendar of ten years."""
        until = _UNTIL.search(head.rule)
        return until is not None and not head.more and until[1] < f"{self.first - timedelta(days=2):%Y%m%d}"

    def _expanded(self, series: list[Event]) -> list[Span]:
        if clock.process_time() > self.until:
            raise Broken("too_many_events")
        from booking.appointments.external_calendars.recurring import occurrences  # most files do without

        def stop(*_signal: Any) -> None:
            raise _TooLong

        before = signal.signal(signal.SIGVTALRM, stop)
        # Collecting rubbish takes its time, and a finalizer would swallow the stop: which therefore comes again, too.
        gc.disable()
        signal.setitimer(signal.ITIMER_VIRTUAL, MAX_SECONDS_OF_ONE, MAX_SECONDS_OF_ONE)
        try:
            return occurrences(series, self.first, self.last)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)
            gc.enable()

    def add(self, starts: datetime, ends: datetime) -> None:
        if starts < ends and ends > self.first and starts < self.last:
            self.spans.add((int(starts.timestamp()), int(ends.timestamp())))
            if len(self.spans) > MAX_EVENTS:
                raise Broken("too_many_events")

    def take_free_busy(self, block: Block, zones: Zones) -> None:
        """Servers that tell only when somebody is busy send VFREEBUSY instead of events."""
        if block.odd:
            self.wrong.append(block.odd)
        for line in block.lines:
            if line.name != "FREEBUSY" or "FBTYPE=FREE" in line.parameters.upper():
                continue
            for value in line.value.split(","):
                try:
                    self.add(*period(value, zones.own))
                except (ValueError, OverflowError):
                    self.wrong.append(line.number)

    def found(self, scanned: Scan) -> Found:
        lines = sorted(self.wrong)
        spans = [(datetime.fromtimestamp(a, UTC), datetime.fromtimestamp(b, UTC)) for a, b in sorted(self.spans)]
        return Found(spans, len(lines), tuple(lines[:MAX_LINES_TOLD]), scanned.is_whole)


def _main() -> None:
    first, last = (datetime.fromisoformat(argument) for argument in sys.argv[1:3])
    seconds = float(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_CPU, (ceil(seconds), ceil(seconds)))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    answer: dict[str, object]
    try:
        found = read(sys.stdin.buffer.read(), first, last, seconds=seconds - clock.process_time())
    except Broken as error:
        answer = {"error": error.args[0]}
    except (MemoryError, RecursionError):
        answer = {"error": "too_many_events"}
    else:
        busy = [(int(starts.timestamp()), int(ends.timestamp())) for starts, ends in found.spans]
        answer = {"busy": busy, "unread": found.unread, "lines": found.lines, "is_whole": found.is_whole}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    _main()
