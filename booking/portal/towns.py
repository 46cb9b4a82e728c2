"""The municipalities as lines of a list: their names, addresses, and how one finds them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import get_language

from booking.appointments.search.answers import Slot
from municipalities.context import language_prefix
from municipalities.directory import members
from municipalities.enums import FacilityKind
from municipalities.models import Facility, Municipality
from municipalities.wording import without_accents


@dataclass(frozen=True)
class Town:
    """One line of the directory and one dot of the map. `url` is the front page of the municipality."""

    municipality: Municipality
    url: str
    has_counter: bool
    first: datetime | None = None


def list_towns(first_starts: Mapping[int, Slot] | None = None) -> list[Town]:
    """The members of the territory by name, one query for them and one for the equipped ones.

    `first_starts` are those of facilities; of several in one town the soonest is told.
    """
    firsts: dict[int, datetime] = {}
    for slot in (first_starts or {}).values():
        town_id = slot.facility.municipality_id
        firsts[town_id] = min(firsts.get(town_id, slot.starts_at), slot.starts_at)
    equipped = set(
        Facility.objects.filter(is_active=True, kind=FacilityKind.TOWN_HALL, counters__is_active=True).values_list(
            "municipality_id", flat=True
        )
    )
    towns = [
        Town(member, town_url(member), member.pk in equipped, firsts.get(member.pk)) for member in members().values()
    ]
    return sorted(towns, key=lambda town: without_accents(town.municipality.name))


def town_url(municipality: Municipality) -> str:
    """Front page of a municipality in the active language, wherever the link stands."""
    root = (settings.FORCE_SCRIPT_NAME or "").rstrip("/")
    return f"{root}/communes/{municipality.slug}/{language_prefix(get_language())}"


def matches(municipality: Municipality, asked: str) -> bool:
    """Every word asked for begins a word of the name, or a postal code begins with it."""
    name = without_accents(municipality.name).split()
    return all(
        any(part.startswith(word) for part in (*name, *municipality.postal_codes))
        for word in without_accents(asked).split()
    )
