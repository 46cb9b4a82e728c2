"""The file of a round as text, with its digest, and the same file with what the commission decided. Pure.

The format is that of the allocation's contract (section 2). Its canonical text (sorted keys, no spaces, UTF-8) is what
is stored and hashed, so that whoever has the file can count it again.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from booking.nurseries.allocation.answers import allocate
from booking.nurseries.allocation.exceptions import RoundRefused
from municipalities.exceptions import Refusal
from municipalities.garbage import uncollected

Json = dict[str, Any]


class CannotBeAnswered(Refusal):
    """A decision that contradicts another, or gives more than there is."""

    code = "round_cannot_be_answered"

    def __init__(self, why: str) -> None:
        super().__init__(_("Cette décision ne tient pas avec les autres. %(why)s") % {"why": why})


def canonical(data: Mapping[str, Any]) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Decision:
    """As the file says it. `facility` "" with `is_refusal`: no place anywhere."""

    child: str
    reason: str
    facility: str = ""
    start: str = ""
    half_days: tuple[str, ...] = ()

    @property
    def gives(self) -> bool:
        return bool(self.half_days)


def with_decisions(file: Mapping[str, Any], decisions: Iterable[Decision]) -> Json:
    """The file with these decisions beside those it was frozen with (places offered before)."""
    locks = dict(file.get("locks", {}))
    excluded = list(file.get("excluded", []))
    for one in decisions:
        if one.gives:
            locks[one.child] = {
                "facility": one.facility,
                "start": one.start,
                "half_days": list(one.half_days),
                "reason": one.reason,
            }
            continue
        request = file["children"][one.child]
        # Whoever is given no place anywhere keeps the one it has.
        held = request.get("holds", {}).get("facility")
        away = [one.facility] if one.facility else [name for name in request["wishes"] if name != held]
        excluded += [{"child": one.child, "facility": name, "reason": one.reason} for name in away]
    return {**file, "locks": locks, "excluded": _once(excluded)}


def _once(excluded: list[Json]) -> list[Json]:
    """A child refused everywhere, and somewhere in particular: the particular reason stands."""
    found: dict[tuple[str, str], Json] = {}
    for one in excluded:
        found.setdefault((one["child"], one["facility"]), one)
    return list(found.values())


@uncollected()
def answer_to(decided: Mapping[str, Any]) -> Json:
    """The engine's answer. Raises CannotBeAnswered."""
    try:
        return allocate(decided)
    except RoundRefused as refused:
        raise CannotBeAnswered(str(refused)) from refused


def seats_digest(answer: Mapping[str, Any], facility: str) -> str:
    """What a vote on a nursery is about: who gets which place there."""
    seats = {child: seat for child, seat in answer["seats"].items() if seat["facility"] == facility}
    return digest_of(canonical(seats))
