"""Distances as the crow flies. Good enough to order town halls; not a route."""

from math import asin, cos, hypot, radians, sin, sqrt

#: Mean radius of the Earth, in kilometres.
EARTH_KM = 6371.0088


def distance_km(a_lat: float, a_lon: float, b_lat: float, b_lon: float) -> float:
    """Great-circle distance (haversine) between two points given in degrees, in kilometres."""
    north = sin(radians(b_lat - a_lat) / 2)
    east = sin(radians(b_lon - a_lon) / 2)
    half_chord = hypot(north, sqrt(cos(radians(a_lat)) * cos(radians(b_lat))) * east)
    return 2 * EARTH_KM * asin(min(1.0, half_chord))
