"""Calendar parsers that are not ours, each time as if in a process of its own."""

from typing import Any

import vobject


def vobject_of(text: str) -> Any:
    """What vobject reads. It keeps the first rules it meets under a zone's name for all its life; not here."""
    vars(vobject.icalendar)["__tzidMap"].clear()
    return vobject.readOne(text)
