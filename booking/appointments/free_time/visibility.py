"""Who sees which free time: one fragment of SQL, used by every search and by the taking itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Self

from django.db import connection

from booking.appointments.free_time.slots import Release
from booking.appointments.models import AppointmentType
from municipalities.models import Facility, Municipality, StaffMember
from municipalities.zone import ZONE


@dataclass(frozen=True)
class Viewer:
    """Who looks: a resident with or without a home municipality, or a member of staff with their facilities."""

    home: Municipality | None = None
    staff: bool = False
    facility_ids: frozenset[int] = field(default_factory=frozenset)

    @classmethod
    def resident(cls, home: Municipality | None = None) -> Self:
        return cls(home=home)

    @classmethod
    def of_staff(cls, staff: StaffMember, home: Municipality | None = None) -> Self:
        places = Facility.objects.visible_to(staff).values_list("pk", flat=True)
        return cls(home=home, staff=True, facility_ids=frozenset(places))


@dataclass(frozen=True)
class Place:
    """A facility that offers a type, as the search needs it."""

    facility_id: int
    municipality_id: int
    latitude: float
    longitude: float


#: `policy id → (earliest, latest, next release)`; 0 stands for the territory's default rule.
Rules = Mapping[int, tuple[datetime, datetime, datetime]]


def offered_at(places: str) -> str:
    """Which facilities among `places`, a condition, offer so many people a type, and under which release policies."""
    return f"""
SELECT f.id, f.municipality_id, f.latitude, f.longitude, coalesce(p.id, 0), p.notice_minutes, p.horizon_days,
       p.mode = 'batch', p.batch_weekday, p.batch_time, p.batch_weeks
FROM (SELECT DISTINCT facility_id, policy_id FROM appointments_offer
      WHERE type_id = %(type)s AND minutes[%(people)s] IS NOT NULL AND {places}) o
JOIN municipalities_facility f ON f.id = o.facility_id
LEFT JOIN appointments_releasepolicy p ON p.id = o.policy_id
WHERE f.is_active ORDER BY f.id, p.id
"""


def offered(
    kind: AppointmentType, people: int, facilities: Sequence[int] | None, now: datetime
) -> tuple[list[Place], Rules]:
    """Active facilities with a counter that serves `people` people for this type, and their release windows at `now`.

    One statement, whoever may see them.
    """
    places = "true" if facilities is None else "facility_id = ANY(%(facilities)s)"
    with connection.cursor() as cursor:
        cursor.execute(offered_at(places), {"type": kind.pk, "people": people, "facilities": list(facilities or ())})
        return windows(cursor.fetchall(), now)


def windows(rows: Iterable[Sequence[Any]], now: datetime) -> tuple[list[Place], Rules]:
    """The places in rows of `offered_at`, and their release windows at `now`."""
    here = ZONE
    places: dict[int, Place] = {}
    rules: dict[int, tuple[datetime, datetime, datetime]] = {}
    for facility_id, town_id, latitude, longitude, policy_id, notice, horizon, batch, weekday, hour, weeks in rows:
        places.setdefault(facility_id, Place(facility_id, town_id, latitude, longitude))
        if policy_id not in rules:
            release = Release(notice, horizon, weekday, hour, weeks) if batch else Release(notice, horizon)
            release = release if policy_id else Release()
            rules[policy_id] = (*release.window(now, here), release.next_release(now, here))
    return list(places.values()), rules


#: What an offer `f` means to this viewer: its rules, whether it is their own, how long it takes, in which steps, when.
TERMS = """
SELECT f.counter_id, f.facility_id, f.shared_from, f.shared_until, f.reserve_until, f.reserve_days, f.held_from_7,
       f.held_from_1, f.facility_id = ANY(%(own)s::bigint[]) AS own,
       (f.municipality_id = %(home)s::bigint OR f.facility_id = ANY(%(own)s::bigint[])) AS local,
       f.minutes[%(people)s::int] * interval '1 minute' AS length,
       coalesce(f.minutes[1], f.minutes[%(people)s::int]) * interval '1 minute' AS step,
       (%(earliest)s::timestamptz[])[r.rule] AS earliest, (%(latest)s::timestamptz[])[r.rule] AS latest
FROM appointments_offer f
CROSS JOIN LATERAL (SELECT array_position(%(policies)s::bigint[], coalesce(f.policy_id, 0)) AS rule) r
"""

#: The release window `w` of a gap `g` under the terms `o`, its terms `q` and the first start `s` in it.
STARTS = """
CROSS JOIN LATERAL (SELECT o.earliest, o.latest) w
CROSS JOIN LATERAL (
    SELECT o.local, o.own, o.length, o.step,
           greatest(g.starts_at, CASE WHEN %(staff)s::boolean THEN %(now)s::timestamptz ELSE w.earliest END,
                    (g.day + %(from_time)s::time) AT TIME ZONE %(zone)s::text) AS low
) q
CROSS JOIN LATERAL (
    SELECT date_bin(q.step, q.low + q.step - interval '1 microsecond', g.starts_at) AS start
) s
"""

#: Free gaps `g` of counters that offer the type, each with its terms `o`, `w`, `q` and first start `s`.
#: OFFSET 0 keeps the planner from turning the look-up of an offer into a join: it cannot know how few gaps these rules
#: refuse, and would read a whole calendar where the first gaps in the order of an index are the answer.
SOURCE = f"""
appointments_freegap g
CROSS JOIN LATERAL ({TERMS} WHERE f.counter_id = g.counter_id AND f.type_id = %(type)s::bigint OFFSET 0) o
{STARTS}
"""

#: The type may be had in this gap at all.
SERVES = "q.length IS NOT NULL AND (g.type_ids = '{}' OR %(type)s::bigint = ANY(g.type_ids))"

#: Rules that do not change as time passes: what is shared with whom, for what.
SHARED = f"""
{SERVES}
AND (q.local OR (o.shared_from <= g.day AND (o.shared_until IS NULL OR g.day <= o.shared_until)))
"""


def released(start: str, local: str = "q.local") -> str:
    """Rules by which time is released to people as the day comes nearer, for an appointment at `start`."""
    return f"""
(g.audience = 0 OR g.public_from <= %(now)s::timestamptz OR (%(staff)s::boolean AND (g.audience = 1 OR q.own)))
AND ({local} OR g.portion >= o.reserve_until OR g.day <= %(today)s::date + o.reserve_days)
AND (q.own OR g.portion < o.held_from_7 OR (g.portion < o.held_from_1 AND g.day <= %(today)s::date + 7)
     OR g.day <= %(today)s::date + 1)
AND (q.own OR {start} < w.latest)
"""


#: The first start in the gap fits, within the hours and weekdays asked for.
FITS = """
s.start + q.length <= g.ends_at
AND (%(until_time)s::time IS NULL OR s.start <= (g.day + %(until_time)s::time) AT TIME ZONE %(zone)s::text)
AND (%(weekdays)s::int[] IS NULL OR extract(isodow FROM g.day)::int - 1 = ANY(%(weekdays)s::int[]))
"""

BOOKABLE = f"{SHARED} AND {released('s.start')} AND {FITS}"

#: The same, were this viewer a resident of the municipality that offers it.
BOOKABLE_AT_HOME = f"{SERVES} AND {released('s.start', local='true')} AND {FITS}"


def parameters(
    *,
    kind: AppointmentType,
    people: int,
    viewer: Viewer,
    now: datetime,
    rules: Rules,
    weekdays: Sequence[int] = (),
    from_time: Any = None,
    until_time: Any = None,
) -> dict[str, Any]:
    """The values every fragment above refers to."""
    return {
        "type": kind.pk,
        "people": people,
        "policies": list(rules),
        "earliest": [window[0] for window in rules.values()],
        "latest": [window[1] for window in rules.values()],
        "home": viewer.home.pk if viewer.home else None,
        "own": sorted(viewer.facility_ids) if viewer.staff else [],
        "staff": viewer.staff,
        "now": now,
        "today": now.astimezone(ZONE).date(),
        "zone": ZONE.key,
        "weekdays": list(weekdays) or None,
        "from_time": from_time,
        "until_time": until_time,
    }


def far_day(rules: Rules, today: date) -> date:
    """The last local day on which anybody in the public may book."""
    ends = [window[1] for window in rules.values()]
    return (max(ends) - timedelta(minutes=1)).astimezone(ZONE).date() if ends else today
