"""Taking time: the one statement that splits free time and holds its middle. Every path that takes comes here."""

import uuid
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection
from psycopg.errors import DeadlockDetected

from booking.appointments.enums import State
from booking.appointments.exceptions import NotOffered, SlotTaken
from booking.appointments.free_time import visibility
from booking.appointments.free_time.visibility import AMONG, OFFERED, RELEASED, SHARED, SOURCE, Place, Rules, Viewer
from booking.appointments.models import Appointment, AppointmentType
from booking.residents.references import new_reference
from municipalities.database.prepared import prepared_cursor
from municipalities.database.transactions import Busy, busy_if_locked, own_transaction, patient_transaction
from municipalities.distance import distance_km
from municipalities.models import Facility, Municipality, StaffMember
from municipalities.zone import ZONE

#: Tries before "busy": each one waits for whoever is splitting the same free morning just now.
MOST_TRIES = 40


def hold_minutes() -> int:
    return int(getattr(settings, "HOLD_MINUTES", 10))


def hold_time(
    *,
    type: AppointmentType,
    people: int,
    facility: Facility | None,
    starts_at: datetime,
    viewer: Viewer,
    expires_at: datetime,
    now: datetime,
    offer: tuple[list[Place], Rules] | None = None,
    at_once: dict[str, Any] | None = None,
    browser_hash: bytes | None = None,
    address_hash: bytes | None = None,
    moves: Appointment | None = None,
    booked_through: Municipality | None = None,
    by: StaffMember | None = None,
) -> Appointment:
    """Hold a start that this viewer may take, until `expires_at`. The hold, made of what the statement returned.

    Among equal counters the one with most free time left that day is chosen, then the nearest to the viewer's home,
    then the oldest: the published balancing rule. `offer` is what `offered` says, where that is known already;
    `at_once` are the values of `UNHINDERED`. Raises NotOffered, SlotTaken, Busy; with `at_once`, Hindered alone.
    """
    places, rules = offer or visibility.offered(type, people, None if facility is None else [facility.pk], now)
    if not places:
        raise NotOffered
    values = visibility.parameters(kind=type, people=people, viewer=viewer, now=now, rules=rules)
    values |= {
        "facility": facility.pk if facility else None,
        "start": starts_at,
        "day": starts_at.astimezone(ZONE).date(),
        "id": uuid.uuid4(),
        "reference": new_reference(),
        "expires_at": expires_at,
        "browser_hash": browser_hash,
        "address_hash": address_hash,
        "moves": moves.pk if moves else None,
        "language": moves.language if moves else "fr",
        "through": booked_through.pk if booked_through else None,
        "by": by.pk if by else None,
        "places": [place.facility_id for place in places],
        "km": [_km(viewer, place) for place in places],
    }
    facility_id, counter_id, ends_at = _take(values) if at_once is None else _take_at_once(values | at_once)
    hold = Appointment(
        id=values["id"],
        reference=values["reference"],
        type=type,
        facility_id=facility_id,
        counter_id=counter_id,
        starts_at=starts_at,
        ends_at=ends_at,
        people_count=people,
        state=State.HELD,
        expires_at=expires_at,
        browser_hash=browser_hash,
        address_hash=address_hash,
        moves=moves,
        language=values["language"],
        booked_through=booked_through,
        booked_by=by,
        changed_at=now,
    )
    if facility is not None:
        hold.facility = facility
    hold._state.adding, hold._state.db = False, connection.alias
    return hold


def _km(viewer: Viewer, place: Place) -> float:
    if viewer.home is None:
        return 0.0
    return distance_km(viewer.home.latitude, viewer.home.longitude, place.latitude, place.longitude)


_COVERS = f"""
{SHARED} AND {RELEASED}
AND g.facility_id = %(facility)s
AND g.day = %(day)s AND g.starts_at <= %(start)s AND %(start)s + q.length <= g.ends_at
AND (%(staff)s OR %(start)s >= w.earliest)
AND extract(epoch FROM %(start)s - g.starts_at)::bigint %% 300 = 0
""".replace("s.start", "%(start)s")

#: Split the chosen gap and hold its middle, in one round trip and without an explicit transaction.
_TAKE = f"""
WITH chosen AS MATERIALIZED (
    SELECT g.id, g.counter_id, g.facility_id, g.day, g.starts_at, g.ends_at, g.audience, g.public_from, g.portion,
           g.type_ids, q.length
    FROM {SOURCE}
    JOIN unnest(%(places)s::bigint[], %(km)s::float8[]) AS p(facility_id, km) ON p.facility_id = g.facility_id
    WHERE {_COVERS}
    ORDER BY (SELECT sum(f.ends_at - f.starts_at) FROM appointments_freegap f
              WHERE f.counter_id = g.counter_id AND f.day = g.day) DESC, p.km, g.counter_id
    LIMIT 1
    FOR UPDATE OF g SKIP LOCKED
), removed AS (
    DELETE FROM appointments_freegap g USING chosen c WHERE g.id = c.id RETURNING g.id
), kept AS (
    INSERT INTO appointments_freegap
        (counter_id, facility_id, day, starts_at, ends_at, audience, public_from, portion, type_ids)
    SELECT c.counter_id, c.facility_id, c.day, piece.a, piece.b, c.audience, c.public_from, c.portion, c.type_ids
    FROM chosen c JOIN removed r ON r.id = c.id
    CROSS JOIN LATERAL (VALUES (c.starts_at, %(start)s), (%(start)s + c.length, c.ends_at)) AS piece(a, b)
    WHERE piece.a < piece.b
)
INSERT INTO appointments_appointment
    (id, reference, type_id, facility_id, counter_id, starts_at, ends_at, people_count, state, expires_at,
     browser_hash, address_hash, moves_id, email, phone, language, accessibility, channel, booked_through_id,
     booked_by_id, changed_at, cancel_reason, sequence, calendar_entry)
SELECT %(id)s, %(reference)s, %(type)s, c.facility_id, c.counter_id, %(start)s, %(start)s + c.length, %(people)s,
       'held', %(expires_at)s, %(browser_hash)s::bytea, %(address_hash)s::bytea, %(moves)s::uuid, '', '',
       %(language)s, '{{}}', 'web', %(through)s::bigint, %(by)s::bigint, %(now)s, '', 0, ''
FROM chosen c JOIN removed r ON r.id = c.id
RETURNING facility_id, counter_id, ends_at
"""

#: Nothing has to be looked at first: no hold has lapsed, this browser holds nothing and its address not too much, and
#: what is offered at the facility is what it was when it was last read (`%(known)s`, rows as text).
_UNHINDERED = f"""
NOT EXISTS (SELECT FROM appointments_appointment WHERE state = 'held' AND expires_at <= %(now)s)
AND NOT EXISTS (SELECT FROM appointments_appointment WHERE state = 'held' AND browser_hash = %(browser_hash)s)
AND (SELECT count(*) FROM appointments_appointment WHERE state = 'held' AND address_hash = %(address_hash)s) < %(most)s
AND (SELECT string_agg(x::text, ' ') FROM ({OFFERED.replace(AMONG, "facility_id = %(facility)s")}) x) = %(known)s::text
"""
_TAKE_AT_ONCE = _TAKE.replace(_COVERS, f"{_UNHINDERED} AND {_COVERS}")

_LOOK = f"SELECT g.id FROM {SOURCE} WHERE {_COVERS}"
_FIRST_LOCKED = f"{_LOOK} ORDER BY g.id LIMIT 1 FOR UPDATE OF g"


@cache
def _anywhere(sql: str) -> str:
    """The statement for any place that offers it. A text of its own, so that each is planned for what it looks up."""
    return sql.replace("g.facility_id = %(facility)s", "true")


class Hindered(Exception):
    """Not a refusal: something has to be looked at before this start can be taken, or refused."""


def _take_at_once(values: dict[str, Any]) -> tuple[int, int, datetime]:
    """One trip to the database when nothing is in the way, as nearly always."""
    try:
        with busy_if_locked(), own_transaction(), prepared_cursor() as cursor:
            cursor.execute(_TAKE_AT_ONCE, values)
            row: tuple[int, int, datetime] | None = cursor.fetchone()
    except (IntegrityError, Busy) as error:
        raise Hindered from error
    if row is None:
        raise Hindered
    return row


def _take(values: dict[str, Any]) -> tuple[int, int, datetime]:
    """Take a gap that covers the start: facility, counter, end. While somebody splits the only one, wait, retry."""
    take, look, first_locked = (sql if values["facility"] else _anywhere(sql) for sql in (_TAKE, _LOOK, _FIRST_LOCKED))
    for _attempt in range(MOST_TRIES):
        try:
            with own_transaction(), prepared_cursor() as cursor:
                cursor.execute(take, values)
                row: tuple[int, int, datetime] | None = cursor.fetchone()
            if row:
                return row
            # Nothing unlocked. A plain look, in a fresh snapshot, tells "gone" from "being split just now".
            with patient_transaction(), connection.cursor() as cursor:
                cursor.execute(look, values)
                if cursor.fetchone() is None:
                    raise SlotTaken
                cursor.execute(first_locked, values)
        except IntegrityError as error:
            raise SlotTaken from error
        except OperationalError as error:
            # Inserts that wait for each other's fate at the constraint may be told to begin again.
            if connection.in_atomic_block or not isinstance(error.__cause__, DeadlockDetected):
                raise
    raise Busy
