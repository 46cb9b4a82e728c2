"""Facilities that offer a type, the nearest of them, each with its municipality, and the rules of release."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

from booking.appointments.free_time.slots import Release
from booking.appointments.free_time.visibility import Rules
from booking.appointments.search.answers import Search
from municipalities.database.prepared import prepared_rows
from municipalities.directory import facilities
from municipalities.distance import distance_km
from municipalities.models import Facility, Municipality
from municipalities.zone import ZONE

_OFFERED = """
SELECT FROM appointments_offer o JOIN municipalities_facility f ON f.id = o.facility_id AND f.is_active
WHERE o.type_id = %(type)s::bigint AND o.minutes[%(people)s::int] IS NOT NULL
  AND (%(only)s::bigint[] IS NULL OR o.facility_id = ANY(%(only)s::bigint[]))
"""

#: The release policies under which a type is offered to so many people, once each, however many counters there are.
_RULES = f"""(
SELECT json_agg(r)::text FROM (
    SELECT p.id, p.notice_minutes, p.horizon_days, p.mode = 'batch' AS batch, p.batch_weekday, p.batch_time,
           p.batch_weeks
    FROM appointments_releasepolicy p WHERE EXISTS ({_OFFERED} AND o.policy_id = p.id OFFSET 0)
    UNION ALL
    SELECT 0, NULL, NULL, NULL, NULL, NULL, NULL WHERE EXISTS ({_OFFERED} AND o.policy_id IS NULL OFFSET 0)
    ORDER BY 1
) r)"""

#: As `distance_km` orders them; kilometres are told by that function.
_HALF_CHORD = """
CASE WHEN f.municipality_id = %(home)s::bigint THEN 0 ELSE
    sin(radians(f.latitude - %(latitude)s::float8) / 2) ^ 2 + cos(radians(f.latitude))
    * cos(radians(%(latitude)s::float8)) * sin(radians(f.longitude - %(longitude)s::float8) / 2) ^ 2
END
"""


#: Distances first, then who offers the type: the nearest that do are found before the others are asked.
_NEAREST = f"""
SELECT {_RULES}, n.places, n.id FROM (
    SELECT n.id, row_number() OVER () AS rank, count(*) OVER () AS places FROM (
        SELECT n.id FROM (
            SELECT f.id FROM municipalities_facility f WHERE f.is_active
              AND (%(only)s::bigint[] IS NULL OR f.id = ANY(%(only)s::bigint[]))
            ORDER BY {_HALF_CHORD}, f.id OFFSET 0
        ) n
        WHERE EXISTS (
            SELECT FROM appointments_offer o WHERE o.type_id = %(type)s::bigint AND o.facility_id = n.id
              AND o.minutes[%(people)s::int] IS NOT NULL OFFSET 0
        )
        LIMIT %(most)s::int + 1
    ) n
) n WHERE n.places <= %(most)s::int OR n.rank <= %(nearest)s::int ORDER BY n.rank
"""


@dataclass(frozen=True)
class Found:
    """Places, nearest first; whether there are more; the release windows of all that is offered, also by those."""

    places: list[Facility]
    are_more: bool
    rules: Rules


def nearest(search: Search, now: datetime, *, most: int, of_more: int) -> Found:
    """Active facilities with a counter for what is searched: all where they are at most `most`, else `of_more`."""
    home = search.viewer.home
    values = {
        "type": search.type.pk,
        "people": search.people,
        "only": search.facilities,
        "home": home and home.pk,
        "latitude": home and home.latitude,
        "longitude": home and home.longitude,
        "most": most,
        "nearest": of_more,
    }
    rows = prepared_rows(_NEAREST, values)
    if not rows:
        return Found([], False, {})
    policies, count, _nearest = rows[0]
    return Found(named(row[2] for row in rows), count > most, _windows(json.loads(policies), now))


def named(ids: Iterable[int]) -> list[Facility]:
    """These facilities, each with its municipality, as the directory has them: shared, so never to be changed."""
    known = facilities()
    return [known[pk] for pk in ids if pk in known]


def kilometres(facility: Facility, home: Municipality | None) -> float | None:
    """From home, as the crow flies; nothing inside of one's own municipality."""
    if home is None:
        return None
    if facility.municipality_id == home.pk:
        return 0.0
    return distance_km(home.latitude, home.longitude, facility.latitude, facility.longitude)


def _windows(policies: Iterable[dict[str, Any]], now: datetime) -> Rules:
    here = ZONE
    rules: dict[int, tuple[datetime, datetime, datetime]] = {}
    for policy in policies:
        release = Release()
        if policy["id"]:
            release = Release(policy["notice_minutes"], policy["horizon_days"])
        if policy["batch"]:
            hour = time.fromisoformat(policy["batch_time"])
            release = replace(
                release, batch_weekday=policy["batch_weekday"], batch_time=hour, batch_weeks=policy["batch_weeks"]
            )
        rules[policy["id"]] = (*release.window(now, here), release.next_release(now, here))
    return rules
