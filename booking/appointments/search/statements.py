"""The statements of a search, planned once per connection (municipalities/database/prepared.py).

A plan made once serves every search, so none may depend on what the planner guesses about values: each look-up names
the counter and the day, or the day alone, and OFFSET 0 keeps every LATERAL a loop. Then a search reads what it tells
about and no more, in a territory of seven town halls or of five hundred.

Values go in as text and are cast where they are used: one statement, whatever was asked. Free time comes back as one
row of arrays, in minutes since 1970: one array is read faster than a hundred rows.
"""

from booking.appointments.free_time.visibility import BOOKABLE, BOOKABLE_AT_HOME, FITS, SHARED, SOURCE, STARTS, TERMS

#: What the counters of the listed places offer to whoever asks.
_OFFERS = f"""o AS MATERIALIZED (
    SELECT x.* FROM unnest(%(ids)s::bigint[]) AS p(facility_id)
    CROSS JOIN LATERAL (
        {TERMS} WHERE f.facility_id = p.facility_id AND f.type_id = %(type)s::bigint
                  AND f.minutes[%(people)s::int] IS NOT NULL OFFSET 0
    ) x
    WHERE x.local OR x.shared_from IS NOT NULL
)"""

_GAP = """o.facility_id, s.start, g.ends_at, q.length, q.step,
          CASE WHEN q.own THEN g.ends_at ELSE least(w.latest, g.ends_at) END AS stop"""

#: What they offer to their own residents before, or instead of, whoever asks.
_RESERVED_OFFERS = f"""r AS MATERIALIZED (
    SELECT x.* FROM unnest(%(ids)s::bigint[]) AS p(facility_id)
    CROSS JOIN LATERAL (
        {TERMS} WHERE f.facility_id = p.facility_id AND f.type_id = %(type)s::bigint
                  AND f.minutes[%(people)s::int] IS NOT NULL OFFSET 0
    ) x
    WHERE x.local IS NOT TRUE
      AND (x.shared_from IS NULL OR x.shared_from > %(today)s::date OR x.shared_until IS NOT NULL
           OR x.reserve_until > 0)
)"""

#: Columns of `_GAP` as arrays, in the order of `Gap`.
_ARRAYS = ", ".join(
    ["coalesce(array_agg(x.facility_id), '{}')"]
    + [
        f"array_agg((date_part('epoch', x.{name}) / 60)::int)"
        for name in ("start", "ends_at", "stop", "length", "step")
    ]
)

#: `g.ends_at` is compared first: time that is over today is told by the index.
_BOOKABLE = f"g.ends_at > %(soonest)s::timestamptz AND {BOOKABLE}"

_GAPS_OF_COUNTER = (
    f"SELECT {_GAP} FROM appointments_freegap g {STARTS} WHERE g.counter_id = o.counter_id AND {_BOOKABLE}"
)

_WEEKDAY = "(%(weekdays)s::int[] IS NULL OR extract(isodow FROM d.day)::int - 1 = ANY(%(weekdays)s::int[]))"

_SOME_GAP = "EXISTS (SELECT FROM appointments_freegap x WHERE x.day = d.day OFFSET 0)"


def _days(bookable: str) -> str:
    return f"""d AS MATERIALIZED (
    SELECT d.day FROM (SELECT %(today)s::date + n AS day FROM generate_series(0, %(span)s::int) AS n OFFSET 0) d
    WHERE {_WEEKDAY} AND {bookable} LIMIT %(most_days)s::int
)"""


#: A day is bookable when a counter of the listed places has a gap. A day on which nobody is open is told by one look.
_DAYS_OF_PLACES = _days(
    f"""CASE WHEN {_SOME_GAP} THEN EXISTS (
        SELECT FROM o CROSS JOIN LATERAL ({_GAPS_OF_COUNTER} AND g.day = d.day OFFSET 0) x OFFSET 0
    ) END"""
)
#: Where many places offer a type nearly every gap is one: the first ones of the day answer.
_DAYS_OF_ALL = _days(
    f"""EXISTS (SELECT FROM {SOURCE} WHERE g.day = d.day AND {_BOOKABLE}
                AND (%(only)s::bigint[] IS NULL OR g.facility_id = ANY(%(only)s::bigint[])) OFFSET 0)"""
)


def _free_time(days: str) -> str:
    """Bookable days; the gaps of the day asked for, or the first one (of the month); the first gap of other places."""
    return f"""
WITH {_OFFERS},
{days},
c AS MATERIALIZED (
    SELECT x.first, CASE WHEN %(day)s::date IS NOT NULL THEN %(day)s::date
                         WHEN %(month)s::date IS NOT NULL THEN x.of_month ELSE x.first END AS day
    FROM (
        SELECT min(d.day) AS first, min(d.day) FILTER (
                WHERE d.day >= %(month)s::date AND d.day < %(month)s::date + interval '1 month'
            ) AS of_month
        FROM d WHERE d.day BETWEEN %(first)s::date AND %(last)s::date
    ) x
),
y AS MATERIALIZED (
    SELECT x.* FROM o CROSS JOIN LATERAL ({_GAPS_OF_COUNTER} AND g.day = (SELECT c.day FROM c) OFFSET 0) x
),
z AS MATERIALIZED (
    SELECT x.* FROM o CROSS JOIN LATERAL (
        SELECT x.* FROM (
            SELECT d.day FROM d WHERE d.day BETWEEN %(first)s::date AND %(last)s::date ORDER BY d.day
        ) d CROSS JOIN LATERAL ({_GAPS_OF_COUNTER} AND g.day = d.day ORDER BY g.starts_at LIMIT 1) x
        ORDER BY d.day LIMIT 1
    ) x
    WHERE ((SELECT c.day = c.first FROM c) AND o.facility_id IN (SELECT y.facility_id FROM y)) IS NOT TRUE
)
SELECT array_agg(d.day - %(today)s::date), NULL, NULL, NULL, NULL, NULL FROM d
UNION ALL SELECT {_ARRAYS} FROM y x
UNION ALL SELECT {_ARRAYS} FROM z x
"""


FREE_TIME_OF_PLACES = _free_time(_DAYS_OF_PLACES)
FREE_TIME_OF_ALL = _free_time(_DAYS_OF_ALL)

#: The gaps of some days at the listed places.
GAPS_OF_DAYS = f"""
WITH {_OFFERS}
SELECT {_ARRAYS} FROM unnest(%(days)s::date[]) AS d(day)
CROSS JOIN LATERAL (
    SELECT x.* FROM o CROSS JOIN LATERAL ({_GAPS_OF_COUNTER} AND g.day = d.day OFFSET 0) x OFFSET 0
) x
"""

_ELSEWHERE = f"""SELECT {_GAP} FROM {SOURCE} WHERE g.day = %(day)s::date AND {_BOOKABLE}
    AND g.facility_id <> ALL(%(ids)s::bigint[]) AND s.start < %(before)s::timestamptz
    AND (%(only)s::bigint[] IS NULL OR g.facility_id = ANY(%(only)s::bigint[]))"""

#: What begins sooner at places that are not listed: gaps under way when booking opens at `%(opens)s`, and later ones.
FIRST_GAPS_ELSEWHERE = f"""
SELECT {_ARRAYS} FROM (
    ({_ELSEWHERE} AND g.starts_at < %(opens)s::timestamptz)
    UNION ALL
    ({_ELSEWHERE} AND g.starts_at >= %(opens)s::timestamptz AND g.starts_at < %(before)s::timestamptz
     ORDER BY g.starts_at, g.facility_id LIMIT %(most)s::int)
) x
"""

#: Time that these rules will release to whoever asks.
_LATER = f"""g.ends_at > %(soonest)s::timestamptz AND (g.audience = 0 OR g.public_from IS NOT NULL)
    AND {SHARED} AND {FITS} AND s.start >= w.earliest"""

#: Time that residents of the municipality could have now, and whoever asks could not.
_FOR_RESIDENTS = f"""SELECT FROM appointments_freegap g {STARTS}
    WHERE g.counter_id = o.counter_id AND g.ends_at > %(soonest)s::timestamptz AND {BOOKABLE_AT_HOME}"""

_APPOINTMENT = "appointments_appointment a WHERE a.state NOT LIKE 'cancelled%%'"

#: Why days and places have nothing: (day, place, released later, somebody was open, free for residents alone).
REASONS = f"""
WITH {_OFFERS},
{_RESERVED_OFFERS}
SELECT d.day, NULL::bigint, x.later,
  CASE WHEN NOT x.later THEN
    CASE WHEN {_SOME_GAP} THEN EXISTS (
        SELECT FROM unnest(%(ids)s::bigint[]) AS p(id)
        CROSS JOIN LATERAL (
            SELECT FROM appointments_freegap g WHERE g.facility_id = p.id AND g.day = d.day LIMIT 1
        ) x OFFSET 0
    ) ELSE false END OR EXISTS (
        SELECT FROM unnest(%(ids)s::bigint[]) AS p(id)
        CROSS JOIN LATERAL (
            SELECT FROM {_APPOINTMENT} AND a.facility_id = p.id
            AND a.starts_at >= d.day::timestamp AT TIME ZONE %(zone)s::text
            AND a.starts_at < (d.day + 1)::timestamp AT TIME ZONE %(zone)s::text LIMIT 1
        ) x OFFSET 0
    )
  END,
  CASE WHEN NOT x.later THEN EXISTS (
      SELECT FROM r o CROSS JOIN LATERAL ({_FOR_RESIDENTS} AND g.day = d.day LIMIT 1) x OFFSET 0
  ) ELSE false END
FROM unnest(%(days)s::date[]) AS d(day) CROSS JOIN LATERAL (
    SELECT CASE WHEN {_WEEKDAY} AND {_SOME_GAP} THEN EXISTS (
        SELECT FROM o CROSS JOIN LATERAL (
            SELECT FROM appointments_freegap g {STARTS}
            WHERE g.counter_id = o.counter_id AND g.day = d.day AND {_LATER} LIMIT 1
        ) x OFFSET 0
    ) ELSE false END AS later OFFSET 0
) x
UNION ALL
SELECT NULL, p.id, EXISTS (
    SELECT FROM o CROSS JOIN LATERAL (
        SELECT FROM appointments_freegap g {STARTS}
        WHERE g.counter_id = o.counter_id AND g.day >= %(first)s::date AND g.day <= %(until)s::date AND {_LATER} LIMIT 1
    ) x WHERE o.facility_id = p.id OFFSET 0
), EXISTS (
    SELECT FROM appointments_freegap g WHERE g.facility_id = p.id AND g.day BETWEEN %(first)s::date AND %(last)s::date
    OFFSET 0
) OR EXISTS (
    SELECT FROM {_APPOINTMENT} AND a.facility_id = p.id
    AND a.starts_at >= %(first)s::timestamp AT TIME ZONE %(zone)s::text
    AND a.starts_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s::text OFFSET 0
), EXISTS (
    SELECT FROM r o CROSS JOIN LATERAL (
        {_FOR_RESIDENTS} AND g.day BETWEEN %(first)s::date AND %(last)s::date LIMIT 1
    ) x WHERE o.facility_id = p.id OFFSET 0
)
FROM unnest(%(places)s::bigint[]) AS p(id)
"""
