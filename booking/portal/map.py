"""The territory as a drawing: a dot for each municipality, its name where there is room."""

from dataclasses import dataclass, replace

from django.utils import timezone

from booking.portal.towns import Town
from municipalities.wording import say_time, short_weekday

MAP_WIDTH, MAP_HEIGHT, MAP_MARGIN = 640, 560, 44


#: How wide a letter of a name is on the map, on average; a little too much rather than too little.
LETTER = 8.2
#: From one line to the next.
LINE = 15


Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Dot:
    """A place on the map, in units of its viewBox. `name_at`: x, y, anchor of its name, where there is room."""

    town: Town
    x: float
    y: float
    radius: float
    name_at: tuple[float, float, str] | None = None

    @property
    def first_word(self) -> str:
        """« lun 7, 8 h 40 »: the first free time, under the name."""
        if self.town.first is None:
            return ""
        local = timezone.localtime(self.town.first)
        return f"{short_weekday(local.weekday())} {local.day}, {say_time(local)}"


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
    return write_names(sorted(dots, key=lambda dot: -dot.radius))


def write_names(dots: list[Dot]) -> list[Dot]:
    """Names beside the dots, the largest first, each where it covers neither a dot nor another name, or nowhere."""
    taken = [(dot.x - dot.radius, dot.y - dot.radius, dot.x + dot.radius, dot.y + dot.radius) for dot in dots]
    written = []
    for dot in dots:
        width, gap = max(len(dot.town.municipality.name), len(dot.first_word)) * LETTER, dot.radius + 5
        below = LINE if dot.town.first else 0  # the first free day stands under the name
        places = (
            (dot.x + gap, dot.y + 5, "start", dot.x + gap),
            (dot.x - gap, dot.y + 5, "end", dot.x - gap - width),
            (dot.x, dot.y - gap - below, "middle", dot.x - width / 2),
            (dot.x, dot.y + gap + 11, "middle", dot.x - width / 2),
        )
        for x, y, anchor, left in places:
            box = (left, y - 13, left + width, y + 4 + below)
            is_inside = box[0] > 2 and box[2] < MAP_WIDTH - 2 and box[1] > 2 and box[3] < MAP_HEIGHT - 2
            if is_inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                dot = replace(dot, name_at=(round(x, 1), round(y, 1), anchor))
                break
        written.append(dot)
    return written


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
