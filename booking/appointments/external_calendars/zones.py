"""What a foreign file means by the name of a time zone. Pure."""

import re
from datetime import UTC, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

#: Its own: the child that reads a foreign file finds no module of ours that knows Django.
ZONE = ZoneInfo("Europe/Paris")
_UTC_NAMES = frozenset({"utc", "gmt", "z", "etc/utc", "(utc)", "coordinated universal time"})


class Zones:
    """The zones of one file. `own` is that of the calendar: of times without a zone, or with one nobody knows."""

    def __init__(self, definitions: dict[str, bytes], own: str) -> None:
        self._definitions = definitions
        self._known: dict[str, tzinfo | None] = {}
        self.own: tzinfo = (self.named(own) if own else None) or ZONE

    def named(self, name: str) -> tzinfo | None:
        """The zone of this name, None when nobody knows what it means."""
        if name not in self._known:
            self._known[name] = _by_name(name) or self._defined(name)
        return self._known[name]

    def _defined(self, name: str) -> tzinfo | None:
        text = self._definitions.get(name) or (
            # Outlook writes one custom zone, and does not always call it by its name.
            next(iter(self._definitions.values())) if "custom" in name.lower() and len(self._definitions) == 1 else None
        )
        if not text:
            return None
        from icalendar import Timezone  # late: most files do without

        try:
            definition = Timezone.from_ical(text)
            assert isinstance(definition, Timezone)
            zone: tzinfo = definition.to_tz(lookup_tzid=False)
            datetime(2027, 7, 1, tzinfo=zone).utcoffset()
        except Exception:  # whatever a stranger wrote
            return None
        return zone


def _by_name(name: str) -> tzinfo | None:
    plain = name.strip().strip('"').strip().lower()
    if plain == "europe/paris":
        return ZONE
    if plain in _UTC_NAMES or plain == "(utc) coordinated universal time":
        return UTC
    # "/citadel.org/20210210_1/Europe/Paris" and the like.
    parts = plain.split("/")
    keys = _keys()
    for length in (3, 2, 1):
        found = keys.get("/".join(parts[-length:]))
        if found:
            return ZoneInfo(found)
    # "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris".
    match = re.match(r"\((?:utc|gmt)(?:[+-]\d\d:\d\d)?\) *(.+)", plain)
    for city in match[1].split(",") if match else ():
        found = keys.get(f"europe/{city.strip()}")
        if found:
            return ZoneInfo(found)
    return None


@cache
def _keys() -> dict[str, str]:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    known = {key.lower(): key for key in available_timezones()}
    return {name.lower(): key for name, key in WINDOWS_TO_OLSON.items() if key.lower() in known} | known
