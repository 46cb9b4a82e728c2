import pytest
from hypothesis import given
from hypothesis import strategies as st

from municipalities.distance import distance_km

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)


def test_mulhouse_to_rixheim():
    assert distance_km(47.75205, 7.32866, 47.7497, 7.40203) == pytest.approx(5.49, abs=0.02)


def test_half_the_earth():
    assert distance_km(0, 0, 0, 180) == pytest.approx(20015.1, abs=0.5)


@given(latitudes, longitudes, latitudes, longitudes)
def test_it_is_a_distance(a_lat, a_lon, b_lat, b_lon):
    there = distance_km(a_lat, a_lon, b_lat, b_lon)
    assert 0 <= there <= 20016
    assert there == pytest.approx(distance_km(b_lat, b_lon, a_lat, a_lon), abs=1e-6)
    assert distance_km(a_lat, a_lon, a_lat, a_lon) == 0
