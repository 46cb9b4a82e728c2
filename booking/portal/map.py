"""The territory as a drawing: a dot for each municipality, its name where there is room.

The names are written twice, for a phone shows the whole drawing at half its size: larger there, and fewer.
"""

from dataclasses import dataclass

from django.utils import timezone

from booking.portal.towns import Town
from municipalities.wording import say_time, short_weekday

MAP_WIDTH, MAP_HEIGHT, MAP_MARGIN = 640, 560, 44


#: How wide a letter of a name is on average, rather too wide than too narrow; and from one line to the next.
WIDE, PHONE = (8.2, 15), (14.6, 27)

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Dot:
    """A place on the map, in units of its viewBox."""

    town: Town
    x: float
    y: float
    radius: float

    @property
    def first_word(self) -> str:
        """« lun 7, 8 h 40 »: the first free time, under the name."""
        if self.town.first is None:
            return ""
        local = timezone.localtime(self.town.first)
        return f"{short_weekday(local.weekday())} {local.day}, {say_time(local)}"


@dataclass(frozen=True)
class Name:
    """The name of a dot and the first free time under it, or the time alone: where, and from which side."""

    dot: Dot
    words: str
    time: str
    x: float
    y: float
    anchor: str
    line: int


@dataclass(frozen=True)
class TownMap:
    dots: list[Dot]
    names: list[Name]
    names_on_a_phone: list[Name]


def town_map(towns: list[Town]) -> TownMap:
    dots = place_dots(towns)
    # Not all have room: those come first that have a time to tell.
    told = sorted(dots, key=lambda dot: dot.town.first is None)
    return TownMap(dots, write_names(told, *WIDE), write_names(told, *PHONE))


def place_dots(towns: list[Town]) -> list[Dot]:
    """The territory as dots, the larger the more people. Longitudes are shortened as at this latitude."""
    if not towns:
        return []
    places = [(town, town.municipality.longitude * 0.672, town.municipality.latitude) for town in towns]
    west, east = min(x for _t, x, _y in places), max(x for _t, x, _y in places)
    south, north = min(y for _t, _x, y in places), max(y for _t, _x, y in places)
    scale = min(
        (MAP_WIDTH - 2 * MAP_MARGIN) / ((east - west) or 1), (MAP_HEIGHT - 2 * MAP_MARGIN) / ((north - south) or 1)
    )
    dots = [
        Dot(
            town,
            x=round(MAP_WIDTH / 2 + (x - (west + east) / 2) * scale, 1),
            y=round(MAP_HEIGHT / 2 - (y - (south + north) / 2) * scale, 1),
            radius=round(min(22.0, 5 + town.municipality.population**0.5 / 18), 1),
        )
        for town, x, y in places
    ]
    # Small dots last, so that a large neighbour never covers them.
    return sorted(dots, key=lambda dot: -dot.radius)


def write_names(dots: list[Dot], letter: float, line: int) -> list[Name]:
    """Names beside the dots, the first ones first, each where it covers neither a dot nor another name, or nowhere.

    Where a name with its time has no room, the time alone may have.
    """
    taken = [(dot.x - dot.radius, dot.y - dot.radius, dot.x + dot.radius, dot.y + dot.radius) for dot in dots]
    written = []
    for dot in dots:
        name = dot.town.municipality.name
        for words, time in ((name, dot.first_word), ("", dot.first_word)) if dot.first_word else ((name, ""),):
            places = _beside(dot, max(len(words), len(time)) * letter, line, below=line if words and time else 0)
            found = next((place for place in places if _has_room(place[1], taken)), None)
            if found:
                (x, y, anchor), box = found
                taken.append(box)
                written.append(Name(dot, words, time, round(x, 1), round(y, 1), anchor, line))
                break
    return written


def _beside(dot: Dot, width: float, line: int, *, below: int) -> list[tuple[tuple[float, float, str], Box]]:
    """Right, left, above and under: where the first line begins, and the room that all of it takes."""
    gap = dot.radius + line / 3
    places = (
        (dot.x + gap, dot.y + line / 3, "start", dot.x + gap),
        (dot.x - gap, dot.y + line / 3, "end", dot.x - gap - width),
        (dot.x, dot.y - gap - below, "middle", dot.x - width / 2),
        (dot.x, dot.y + gap + 0.75 * line, "middle", dot.x - width / 2),
    )
    return [
        ((x, y, anchor), (left, y - 0.9 * line, left + width, y + 0.25 * line + below)) for x, y, anchor, left in places
    ]


def _has_room(box: Box, taken: list[Box]) -> bool:
    is_inside = box[0] > 2 and box[2] < MAP_WIDTH - 2 and box[1] > 2 and box[3] < MAP_HEIGHT - 2
    return is_inside and not any(_overlap(box, other) for other in taken)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
