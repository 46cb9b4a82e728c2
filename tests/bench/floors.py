"""What the database can do when asked by hand: one prepared statement, raw rows, nothing around it."""

#: The first 20 starts of a territory. Per facility with LATERAL: `facility = ANY(…)` walks the calendar.
FIRST_STARTS = """
SELECT f.id, x.starts_at, x.ends_at FROM unnest(%(facilities)s::bigint[]) AS f(id)
CROSS JOIN LATERAL (
    SELECT greatest(g.starts_at, %(now)s) AS starts_at, g.ends_at FROM appointments_freegap g
    WHERE g.facility_id = f.id AND g.day BETWEEN %(first)s AND %(last)s
      AND g.ends_at - interval '20 minutes' >= greatest(g.starts_at, %(now)s)
    ORDER BY g.day, g.starts_at LIMIT 20
) AS x ORDER BY x.starts_at LIMIT 20
"""

#: The days that have a free start.
DAYS = """
SELECT d.day::date FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS d(day)
WHERE EXISTS (SELECT 1 FROM appointments_freegap g WHERE g.day = d.day::date AND g.facility_id = ANY(%(facilities)s)
              AND g.ends_at - interval '20 minutes' >= greatest(g.starts_at, %(now)s))
"""

#: The free time of one day.
ONE_DAY = """
SELECT g.facility_id, g.starts_at, g.ends_at FROM appointments_freegap g
WHERE g.day = %(day)s AND g.facility_id = ANY(%(facilities)s) ORDER BY g.starts_at
"""

#: Gap split and time held under the exclusion constraint: one statement, one commit.
HOLD = """
WITH chosen AS MATERIALIZED (
    SELECT id, counter_id, facility_id, day, starts_at, ends_at FROM appointments_freegap
    WHERE facility_id = %(facility)s AND day = %(day)s AND starts_at <= %(start)s AND ends_at >= %(end)s
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
), removed AS (
    DELETE FROM appointments_freegap g USING chosen c WHERE g.id = c.id RETURNING c.*
), kept AS (
    INSERT INTO appointments_freegap (counter_id, facility_id, day, starts_at, ends_at, audience, portion, type_ids)
    SELECT c.counter_id, c.facility_id, c.day, p.a, p.b, 0, 0, '{}' FROM removed c
    CROSS JOIN LATERAL (VALUES (c.starts_at, %(start)s::timestamptz), (%(end)s::timestamptz, c.ends_at)) AS p(a, b)
    WHERE p.a < p.b
)
INSERT INTO appointments_appointment
    (id, reference, type_id, facility_id, counter_id, starts_at, ends_at, people_count, state, expires_at, kept_for,
     browser_hash, address_hash, email, phone, language, accessibility, channel, changed_at, cancel_reason, sequence)
SELECT %(id)s, %(reference)s, %(type)s, c.facility_id, c.counter_id, %(start)s, %(end)s, 1, 'held',
       now() + interval '10 minutes', 'browser', %(browser)s, %(browser)s, '', '', 'fr', '{}', 'web', now(), '', 0
FROM removed c RETURNING id
"""

#: The held time booked, its person, three messages: one statement, one commit.
CONFIRM = """
WITH booked AS (
    UPDATE appointments_appointment
    SET state = 'booked', expires_at = NULL, booked_at = now(), changed_at = now(), email = 'odile@mail.example'
    WHERE id = %(id)s AND state = 'held' AND browser_hash = %(browser)s
    RETURNING id
), people AS (
    INSERT INTO appointments_appointmentperson
        (appointment_id, position, first_name, last_name, is_minor, situation, pre_application_number, holds_number)
    SELECT id, 1, 'Odile', 'Fictive', false, 'renewal', %(number)s, true FROM booked
), owed AS (
    INSERT INTO notifications_message
        (kind, channel, recipient, language, subject_type, subject_id, context, due_at, state, created_at, attempts,
         provider_id, last_error)
    SELECT m.kind, 'mail', 'odile@mail.example', 'fr', 'appointment', b.id, '{}', m.due_at, 'queued', now(), 0, '', ''
    FROM booked b CROSS JOIN (VALUES ('appointment.confirmed', now()),
        ('appointment.reminder_7', %(start)s::timestamptz - interval '7 days'),
        ('appointment.reminder_2', %(start)s::timestamptz - interval '2 days')) AS m(kind, due_at)
)
SELECT id FROM booked
"""
