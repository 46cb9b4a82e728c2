"""Taking time: the one statement that splits free time and holds its middle. Every path that takes comes here."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection
from psycopg.errors import DeadlockDetected

from booking.appointments.enums import KeptFor, State
from booking.appointments.exceptions import HeldMeanwhile, NotOffered, SlotTaken
from booking.appointments.free_time import visibility
from booking.appointments.free_time.visibility import SHARED, SOURCE, Place, Rules, Viewer, released
from booking.appointments.models import Appointment, AppointmentType
from booking.residents.references import new_reference
from municipalities.database.prepared import prepared_cursor
from municipalities.database.transactions import Busy, own_transaction, patient_transaction, refused_by
from municipalities.distance import distance_km
from municipalities.idempotency import CLAIM_SQL, Press, claim_parameters
from municipalities.models import Facility, Municipality, StaffMember
from municipalities.zone import ZONE

HOLDS_OF_A_BROWSER = "a_browser_has_each_of_its_few_holds_once"
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
    kept_for: KeptFor,
    offer: tuple[list[Place], Rules] | None = None,
    any_minute: bool = False,
    browser_hash: bytes | None = None,
    address_hash: bytes | None = None,
    moves: Appointment | None = None,
    booked_through: Municipality | None = None,
    by: StaffMember | None = None,
    most_of_browser: int | None = None,
    press: Press | None = None,
) -> Appointment:
    """Hold a start that this viewer may take, until `expires_at`. The hold, made of what the statement returned.

    Among equal counters the one with most free time left that day is chosen, then the nearest to the viewer's home,
    then the oldest: the published balancing rule. `offer` is what `offered` says, where that is known already.
    A start off the counter's step is only for those who are given one, by the office or by the waiting list:
    `any_minute`. `most_of_browser` bounds what this browser holds at once, also at one instant; `press` is claimed with
    the hold. Raises NotOffered, SlotTaken, HeldMeanwhile, Busy.
    """
    places, rules = offer or visibility.offered(type, people, None if facility is None else [facility.pk], now)
    if not places:
        raise NotOffered
    values = visibility.parameters(kind=type, people=people, viewer=viewer, now=now, rules=rules)
    values |= {
        "facility": facility.pk if facility else None,
        "start": starts_at,
        "day": starts_at.astimezone(ZONE).date(),
        "any_minute": any_minute,
        "id": uuid.uuid4(),
        "reference": new_reference(),
        "expires_at": expires_at,
        "kept_for": str(kept_for),
        "browser_hash": browser_hash,
        "address_hash": address_hash,
        "moves": moves.pk if moves else None,
        "language": moves.language if moves else "fr",
        "through": booked_through.pk if booked_through else None,
        "by": by.pk if by else None,
        "places": [place.facility_id for place in places],
        "km": [_km(viewer, place) for place in places],
        "most_of_browser": most_of_browser,
        **claim_parameters(press),
    }
    facility_id, counter_id, ends_at, browser_place = _take(values)
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
        kept_for=kept_for,
        browser_hash=browser_hash,
        address_hash=address_hash,
        browser_place=browser_place,
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


def _covering(here: str) -> str:
    """Gaps of the places `here`, a condition, that this viewer may take the start from; its step is not asked."""
    return f"""
{SHARED} AND {released("%(start)s")}
AND {here}
AND g.day = %(day)s AND g.starts_at <= %(start)s AND %(start)s + q.length <= g.ends_at
AND (%(staff)s OR %(start)s >= w.earliest)
"""


_ON_STEP = """
(CASE WHEN %(any_minute)s::boolean THEN true
 ELSE date_bin(q.step, %(start)s, g.starts_at) = %(start)s END)
"""


#: The first of its few holds that a browser has not got, as far as this statement sees; the constraint sees the rest.
_BROWSER_PLACE = """
(SELECT coalesce(min(n), 1) FROM generate_series(1, %(most_of_browser)s::int) n
 WHERE NOT EXISTS (SELECT FROM appointments_appointment
                   WHERE state = 'held' AND browser_hash = %(browser_hash)s::bytea AND browser_place = n)
 HAVING %(most_of_browser)s::int IS NOT NULL)
"""


def _take_one(here: str) -> str:
    """Split the chosen gap and hold its middle, in one round trip and without an explicit transaction."""
    return f"""
WITH chosen AS MATERIALIZED (
    SELECT g.id, g.counter_id, g.facility_id, g.day, g.starts_at, g.ends_at, g.audience, g.public_from, g.portion,
           g.type_ids, q.length
    FROM {SOURCE}
    JOIN unnest(%(places)s::bigint[], %(km)s::float8[]) AS p(facility_id, km) ON p.facility_id = g.facility_id
    WHERE {_covering(here)} AND {_ON_STEP}
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
), pressed AS ({CLAIM_SQL} AND EXISTS (SELECT FROM removed))
INSERT INTO appointments_appointment
    (id, reference, type_id, facility_id, counter_id, starts_at, ends_at, people_count, state, expires_at, kept_for,
     browser_hash, address_hash, browser_place, moves_id, email, phone, language, accessibility, channel,
     booked_through_id, booked_by_id, changed_at, cancel_reason, sequence)
SELECT %(id)s, %(reference)s, %(type)s, c.facility_id, c.counter_id, %(start)s, %(start)s + c.length, %(people)s,
       'held', %(expires_at)s, %(kept_for)s, %(browser_hash)s::bytea, %(address_hash)s::bytea, {_BROWSER_PLACE},
       %(moves)s::uuid, '', '',
       %(language)s, '{{}}', 'web', %(through)s::bigint, %(by)s::bigint, %(now)s, '', 0
FROM chosen c JOIN removed r ON r.id = c.id
RETURNING facility_id, counter_id, ends_at, browser_place
"""


def _look(here: str) -> str:
    """What covers the start, locked or not: the gap, whether the start is on its step, whether somebody cut it.

    After an appointment of another length the steps begin anew: what was offered a moment ago may be off them.
    """
    return f"""
SELECT g.id, {_ON_STEP} AS on_step, EXISTS (
    SELECT FROM appointments_appointment a WHERE a.counter_id = g.counter_id AND a.ends_at = g.starts_at
    AND a.state NOT LIKE 'cancelled%%'
) AS cut
FROM {SOURCE} WHERE {_covering(here)} ORDER BY 2 DESC, g.id
"""


#: A text for each, so that each is planned for what it looks up.
_HERE, _ANYWHERE = "g.facility_id = %(facility)s", "true"
_TAKE_HERE, _TAKE_ANYWHERE = _take_one(_HERE), _take_one(_ANYWHERE)
_LOOK_HERE, _LOOK_ANYWHERE = _look(_HERE), _look(_ANYWHERE)


def _take(values: dict[str, Any]) -> tuple[int, int, datetime, int | None]:
    """Take a gap that covers the start: facility, counter, end, rank. While somebody splits the only one, try again."""
    take, look = (_TAKE_HERE, _LOOK_HERE) if values["facility"] else (_TAKE_ANYWHERE, _LOOK_ANYWHERE)
    for _attempt in range(MOST_TRIES):
        try:
            with own_transaction(), prepared_cursor() as cursor:
                cursor.execute(take, values)
                row: tuple[int, int, datetime, int | None] | None = cursor.fetchone()
            if row:
                return row
            # Nothing unlocked. A plain look, in a fresh snapshot, tells "gone" from "being split just now".
            with patient_transaction(), connection.cursor() as cursor:
                cursor.execute(look, values)
                covering = cursor.fetchall()
                if not any(on_step for _gap, on_step, _cut in covering):
                    raise NotOffered if covering and not any(cut for _gap, _on_step, cut in covering) else SlotTaken
                cursor.execute("SELECT FROM appointments_freegap WHERE id = %s FOR UPDATE", [covering[0][0]])
        except IntegrityError as error:
            if refused_by(error, HOLDS_OF_A_BROWSER):
                raise HeldMeanwhile from error
            raise SlotTaken from error
        except OperationalError as error:
            # Inserts that wait for each other's fate at the constraint may be told to begin again.
            if connection.in_atomic_block or not isinstance(error.__cause__, DeadlockDetected):
                raise
    raise Busy
