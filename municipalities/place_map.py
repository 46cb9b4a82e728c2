"""A small drawing around a town on which the place of a facility is pointed at. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, radians

WIDTH, HEIGHT = 480, 360
#: North to south, in degrees: about thirteen kilometres.
SPAN = 0.12


@dataclass(frozen=True)
class Mark:
    """Something one recognises, in units of the drawing."""

    name: str
    x: float
    y: float


@dataclass(frozen=True)
class PlaceMap:
    """North is up; so many units of the drawing per degree each way, shortened as at this latitude."""

    north: float
    west: float
    per_latitude: float
    per_longitude: float

    @classmethod
    def around(cls, latitude: float, longitude: float) -> "PlaceMap":
        up = HEIGHT / SPAN
        across = up * cos(radians(latitude))
        return cls(latitude + SPAN / 2, longitude - WIDTH / across / 2, up, across)

    def at(self, latitude: float, longitude: float) -> tuple[float, float]:
        x, y = (longitude - self.west) * self.per_longitude, (self.north - latitude) * self.per_latitude
        return round(x, 1), round(y, 1)

    def marks(self, places: Iterable[tuple[str, float, float]]) -> list[Mark]:
        """Those of these (name, latitude, longitude) that lie within."""
        found = [Mark(name, *self.at(latitude, longitude)) for name, latitude, longitude in places]
        return [mark for mark in found if 0 <= mark.x <= WIDTH and 0 <= mark.y <= HEIGHT]
