"""Nurseries as cards and as a drawing, and what is asked of them in the address bar."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext as _

from booking.nurseries.calendar_words import say_month_and_year
from booking.nurseries.enums import Section
from booking.nurseries.supply.published import Demand, Open, step
from municipalities.directory import members
from municipalities.distance import distance_km
from municipalities.models import Municipality
from municipalities.wording import say_distance

LIST, MAP = "liste", "carte"
WIDTH, HEIGHT, MARGIN = 640, 480, 24


@dataclass(frozen=True)
class Asked:
    """What somebody looks for. What cannot be read is as if not asked."""

    home: Municipality | None
    month: str
    section: str
    is_map: bool


def read(query: QueryDict, months: Sequence[str], preset: Municipality | None) -> Asked:
    month = query.get("mois", "")
    home = members().get(slugify(str(query["commune"]))) if "commune" in query else preset
    return Asked(
        home=home,
        month=month if month in months else months[min(1, len(months) - 1)],
        section=query.get("section", "") if query.get("section") in Section.values else "",
        is_map=query.get("vue") == MAP,
    )


@dataclass(frozen=True)
class Free:
    """Places of one section in one month. `is_none`: none for a whole week, though perhaps for some days."""

    section: str
    said: str
    is_none: bool


@dataclass(frozen=True)
class Card:
    open: Open
    number: int
    km: float | None
    demand: Demand
    free: Sequence[Free]

    @property
    def distance(self) -> str:
        return say_distance(self.km) if self.km is not None else ""


def free_of(one: Open, month: str, sections: Sequence[Section]) -> list[Free]:
    found = []
    for section in sections:
        stretch = one.at(month, section)
        if stretch is None:
            found.append(Free(str(section.label), _("fermé"), True))
        elif not stretch.whole_week and stretch.any_half_day > 0:
            found.append(Free(str(section.label), _("certains jours"), True))
        else:
            found.append(Free(str(section.label), step(stretch.whole_week), not stretch.whole_week))
    return found


def cards(found: Sequence[Open], asked: Asked, demands: dict[int, Demand]) -> list[Card]:
    """The nearest first where a town is said, else by name."""
    sections = [Section(asked.section)] if asked.section else list(Section)
    placed = [(one, _km(one, asked.home)) for one in found]
    placed.sort(key=lambda pair: (pair[1] is None, pair[1] or 0, pair[0].facility.name))
    return [
        Card(one, number, km, demands[one.pk], free_of(one, asked.month, sections))
        for number, (one, km) in enumerate(placed, 1)
    ]


def _km(one: Open, home: Municipality | None) -> float | None:
    if home is None:
        return None
    return distance_km(home.latitude, home.longitude, one.facility.latitude, one.facility.longitude)


@dataclass(frozen=True)
class Spot:
    """A nursery on the drawing, in units of its viewBox."""

    card: Card
    x: float
    y: float

    @property
    def is_free(self) -> bool:
        return any(not free.is_none for free in self.card.free)


def drawing(shown: Sequence[Card]) -> list[Spot]:
    """North is up; longitudes are shortened as at this latitude."""
    if not shown:
        return []
    places = [(card.open.facility.longitude * 0.672, card.open.facility.latitude) for card in shown]
    west, east = min(x for x, _y in places), max(x for x, _y in places)
    south, north = min(y for _x, y in places), max(y for _x, y in places)
    scale = min((WIDTH - 2 * MARGIN) / ((east - west) or 1), (HEIGHT - 2 * MARGIN) / ((north - south) or 1))
    return [
        Spot(
            card,
            round(WIDTH / 2 + (x - (west + east) / 2) * scale, 1),
            round(HEIGHT / 2 - (y - (south + north) / 2) * scale, 1),
        )
        for card, (x, y) in zip(shown, places, strict=True)
    ]


def months_said(months: Sequence[str], chosen: str) -> list[tuple[str, str, bool]]:
    return [(month, say_month_and_year(month), month == chosen) for month in months]
