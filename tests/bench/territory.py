"""Territories to measure on: a real-looking one by way of the ORM, its appointments and free time by SQL.

Free time is written from the same appointments as `openings − appointments`, and a sample is held against the oracle,
so that search and booking meet what they would meet in life.
"""

import csv
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from booking.appointments.enums import TypeKind
from booking.appointments.free_time import gaps as free_time
from booking.appointments.free_time import offerings
from booking.appointments.models import (
    AppointmentType,
    CalendarPool,
    Counter,
    Duration,
    FreeGap,
    OpeningPeriod,
    PoolShare,
    ReleasePolicy,
)
from municipalities.enums import FacilityKind, OperatorKind
from municipalities.holidays import public_holidays
from municipalities.models import Facility, Municipality, Operator

COMMUNES = Path(settings.ROOT) / "config" / "demo" / "data" / "m2a_communes.csv"
#: Counters of the seven equipped town halls: 17 in all.
EQUIPPED = {
    "Mulhouse": 7,
    "Wittenheim": 2,
    "Illzach": 2,
    "Rixheim": 2,
    "Habsheim": 1,
    "Wittelsheim": 1,
    "Brunstatt-Didenheim": 2,
}
SESSIONS = ((time(8), time(12)), (time(13, 30), time(17, 30)))
STEP = 20
STARTS_PER_DAY = 24
HORIZON = 90
#: Part of the near days that is taken; falls to nothing at the horizon. What is past was nearly full.
NEAR_FILL, PAST_FILL = 0.75, 0.9


@dataclass
class Territory:
    kind: AppointmentType
    facilities: list[Facility]
    counters: list[Counter]
    homes: list[Municipality]
    appointments: int = 0
    gaps: int = 0


def m2a(*, people: bool = True) -> Territory:
    """39 municipalities, seven town halls, 17 counters, 90 days."""
    with COMMUNES.open(encoding="utf-8") as file:
        towns = [
            Municipality(
                insee_code=line["insee"],
                slug=f"c{line['insee']}",
                name=line["nom"],
                latitude=float(line["lat"]),
                longitude=float(line["lon"]),
                postal_codes=line["codes_postaux"].split("/"),
            )
            for line in csv.DictReader(file)
        ]
    sizes = [EQUIPPED.get(town.name, 0) for town in towns]
    territory = _lay_out(towns, sizes)
    fill(territory, past_days=60, people=people)
    hold_against_oracle(territory)
    return territory


def large(*, facilities: int, counters: int, appointments: int) -> Territory:
    """A whole region: every facility in its own municipality, the same hours everywhere."""
    side = math.ceil(math.sqrt(facilities))
    towns = [
        Municipality(
            insee_code=f"{68000 + n}" if n < 999 else f"{10000 + n}",
            slug=f"c{n}",
            name=f"Commune {n}",
            latitude=47.2 + n // side * 0.06,
            longitude=6.4 + n % side * 0.08,
            postal_codes=["68000"],
        )
        for n in range(facilities)
    ]
    each, more = divmod(counters, facilities)
    territory = _lay_out(towns, [each + (n < more) for n in range(facilities)])
    ahead = sum(_fill_of(n) for n in _workdays_ahead(HORIZON)) * STARTS_PER_DAY * counters
    past_days = max(1, math.ceil((appointments - ahead) / (PAST_FILL * STARTS_PER_DAY * counters) * 7 / 5))
    # Building two exclusion constraints over millions of rows takes minutes, and no search reads them.
    fill(territory, past_days=past_days, people=False, guards=False)
    hold_against_oracle(territory)
    return territory


def _lay_out(towns: list[Municipality], sizes: Sequence[int]) -> Territory:
    towns = Municipality.objects.bulk_create(towns)
    kind = AppointmentType.objects.create(
        code="cni",
        name={"fr": "Carte d’identité", "de": "Personalausweis", "en": "Identity card"},
        kind=TypeKind.DEPOSIT,
        needs_number=True,
    )
    Duration.objects.bulk_create([Duration(type=kind, people=n, minutes=5 + 15 * n) for n in range(1, 7)])
    ReleasePolicy.objects.create(notice_minutes=120, horizon_days=HORIZON)
    pool = CalendarPool.objects.create(name="Agenda commun")
    pool.types.set([kind])
    equipped = [(town, size) for town, size in zip(towns, sizes, strict=True) if size]
    operators = Operator.objects.bulk_create(
        [
            Operator(name=f"Commune de {town.name}", kind=OperatorKind.MUNICIPALITY, municipality=town)
            for town, _ in equipped
        ]
    )
    facilities = Facility.objects.bulk_create(
        [
            Facility(
                kind=FacilityKind.TOWN_HALL,
                name=f"Mairie de {town.name}",
                slug=f"mairie-{town.slug}",
                municipality=town,
                operator=operator,
                address="1 place de la Mairie",
                postal_code="68000",
                latitude=town.latitude,
                longitude=town.longitude,
            )
            for (town, _), operator in zip(equipped, operators, strict=True)
        ]
    )
    counters = Counter.objects.bulk_create(
        [
            Counter(facility=facility, name=f"Guichet {n + 1}", free_until=free_time.last_day())
            for facility, (_, size) in zip(facilities, equipped, strict=True)
            for n in range(size)
        ]
    )
    serves = Counter.types.through
    serves.objects.bulk_create([serves(counter_id=counter.pk, appointmenttype_id=kind.pk) for counter in counters])
    since = timezone.localdate() - timedelta(days=730)
    PoolShare.objects.bulk_create([PoolShare(pool=pool, counter=counter, shared_from=since) for counter in counters])
    OpeningPeriod.objects.bulk_create(
        [
            OpeningPeriod(counter=counter, weekday=weekday, starts=starts, ends=ends, valid_from=since)
            for counter in counters
            for weekday in range(5)
            for starts, ends in SESSIONS
        ],
        batch_size=5000,
    )
    offerings.rebuild_offers()
    return Territory(kind, list(facilities), list(counters), list(towns))


def _fill_of(days_ahead: int) -> float:
    return PAST_FILL if days_ahead < 0 else max(0.0, NEAR_FILL * (1 - days_ahead / HORIZON))


def _workdays_ahead(days: int) -> list[int]:
    today = timezone.localdate()
    return [n for n in range(days) if (today + timedelta(days=n)).weekday() < 5]


def fill(territory: Territory, *, past_days: int, people: bool, guards: bool = True) -> None:
    """Appointments from `past_days` ago to the horizon, and the free time that they leave, straight into the tables."""
    today = timezone.localdate()
    days = [today + timedelta(days=n) for n in range(-past_days, free_time.DAYS_AHEAD + 1)]
    off = {
        day
        for year in {day.year for day in days}
        for day in public_holidays(year, insee_code="68224", good_friday=True)
    }
    days = [day for day in days if day.weekday() < 5 and day not in off]
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; SET work_mem = '256MB'")
        cursor.execute("SET session_replication_role = replica")  # no foreign key is looked up row by row
        later = _without_indexes(cursor, ["appointments_appointment", "appointments_freegap"])
        cursor.execute(
            "CREATE TEMP TABLE bench_days AS SELECT * FROM unnest(%s::date[], %s::float8[]) AS d(day, fill)",
            [days, [_fill_of((day - today).days) for day in days]],
        )
        cursor.execute(
            "CREATE TEMP TABLE bench_sessions AS SELECT * FROM unnest(%s::time[], %s::time[]) AS s(starts, ends)",
            [[starts for starts, _ in SESSIONS], [ends for _, ends in SESSIONS]],
        )
        cursor.execute(_APPOINTMENTS, {"type": territory.kind.pk, "step": STEP, "zone": settings.TIME_ZONE})
        territory.appointments = cursor.rowcount
        cursor.execute("CREATE INDEX bench_taken ON appointments_appointment (counter_id, starts_at)")
        cursor.execute("ANALYZE appointments_appointment")
        cursor.execute(_GAPS, {"today": today, "zone": settings.TIME_ZONE})
        territory.gaps = cursor.rowcount
        cursor.execute("DROP INDEX bench_taken; DROP TABLE bench_days, bench_sessions")
        if people:
            cursor.execute(_PEOPLE)
        for statement in later:
            if guards or " EXCLUDE " not in statement:
                cursor.execute(statement)
        cursor.execute("RESET session_replication_role; RESET synchronous_commit; RESET work_mem")
        cursor.execute("RESET maintenance_work_mem")
        cursor.execute("VACUUM ANALYZE")


#: Whether a start is taken is a hash of counter, day and start: the same in every run.
_APPOINTMENTS = """
INSERT INTO appointments_appointment
    (id, reference, type_id, facility_id, counter_id, starts_at, ends_at, people_count, state, email, phone, language,
     accessibility, channel, booked_at, changed_at, cancel_reason, sequence)
SELECT lpad(to_hex(row_number() OVER ()), 32, '0')::uuid,
       overlay(lpad(upper(to_hex(row_number() OVER ())), 8, '0') PLACING '-' FROM 5 FOR 0),
       %(type)s, c.facility_id, c.id, x.at, x.at + %(step)s * interval '1 minute', 1, 'booked',
       'habitant@mail.example', '', 'fr', '{}', 'web', now(), now(), '', 0
FROM bench_days d CROSS JOIN bench_sessions s CROSS JOIN appointments_counter c
CROSS JOIN LATERAL generate_series((d.day + s.starts) AT TIME ZONE %(zone)s,
    (d.day + s.ends) AT TIME ZONE %(zone)s - %(step)s * interval '1 minute', %(step)s * interval '1 minute') AS x(at)
WHERE d.fill > 0 AND (hashint8extended(c.id * 1000003 + extract(epoch FROM x.at)::bigint, 7) & 65535) < d.fill * 65536
"""

_GAPS = """
INSERT INTO appointments_freegap
    (counter_id, facility_id, day, starts_at, ends_at, audience, public_from, portion, type_ids)
SELECT c.id, c.facility_id, d.day, lower(free.span), upper(free.span), 0, NULL, 0, '{}'
FROM bench_days d CROSS JOIN appointments_counter c CROSS JOIN LATERAL (
    SELECT tstzrange((d.day + s.starts) AT TIME ZONE %(zone)s, (d.day + s.ends) AT TIME ZONE %(zone)s) AS span
    FROM bench_sessions s
) AS opening CROSS JOIN LATERAL unnest(
    tstzmultirange(opening.span) - coalesce((
        SELECT range_agg(tstzrange(a.starts_at, a.ends_at)) FROM appointments_appointment a
        WHERE a.counter_id = c.id AND a.starts_at >= lower(opening.span) AND a.starts_at < upper(opening.span)
    ), '{}')
) AS free(span)
WHERE d.day >= %(today)s
"""

_PEOPLE = """
INSERT INTO appointments_appointmentperson
    (appointment_id, position, first_name, last_name, birth_year, is_minor, situation, pre_application_number,
     holds_number)
SELECT id, 1, 'Odile', 'Fictive', 1968, false, 'renewal', replace(reference, '-', '') || 'ZZ', true
FROM appointments_appointment
"""


def _without_indexes(cursor: Any, tables: Sequence[str]) -> list[str]:
    """Drop what makes loading millions of rows slow; give the statements that put it back."""
    later = []
    cursor.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid::regclass::text = ANY(%s) AND contype IN ('x', 'u') ORDER BY conname",
        [list(tables)],
    )
    for table, name, definition in cursor.fetchall():
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        later.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        " WHERE i.indrelid::regclass::text = ANY(%s) AND NOT i.indisprimary",
        [list(tables)],
    )
    for name, definition in cursor.fetchall():
        cursor.execute(f"DROP INDEX {name}")
        later.append(definition)
    return later


def hold_against_oracle(territory: Territory, counters: int = 5, days: int = 8) -> None:
    """A sample of the rows against `free_time.computed`: a benchmark on a wrong calendar would measure nothing."""
    chosen = list(
        free_time.counters_with_place().filter(pk__in=[counter.pk for counter in territory.counters[:counters]])
    )
    today = timezone.localdate()
    some: list[date] = [today + timedelta(days=1 + 11 * n) for n in range(days)]
    oracle = free_time.computed(chosen, some)
    for counter in chosen:
        rows = FreeGap.objects.filter(counter=counter, day__in=some).order_by("starts_at")
        if [free_time.as_stretch(row) for row in rows] != oracle[counter.pk]:
            raise AssertionError(f"the free time laid out for {counter} is not that of the oracle")


def empty_days(territory: Territory, *, only: Sequence[Counter]) -> list[tuple[int, int, int, datetime, datetime]]:
    """Every start of every wholly free half-day within the horizon, as (type, facility, counter, start, end)."""
    full = [timedelta(hours=4)]
    gaps = FreeGap.objects.filter(
        counter__in=only,
        day__gt=timezone.localdate() + timedelta(days=8),
        day__lt=timezone.localdate() + timedelta(days=HORIZON),
    ).order_by("day", "starts_at", "counter")
    starts = []
    for gap in gaps:
        if gap.ends_at - gap.starts_at in full:
            for n in range(STARTS_PER_DAY // 2):
                start = gap.starts_at + timedelta(minutes=STEP * n)
                starts.append(
                    (territory.kind.pk, gap.facility_id, gap.counter_id, start, start + timedelta(minutes=STEP))
                )
    # Not in order: neighbours must not be booked one after the other by everybody at once.
    random.Random(7).shuffle(starts)
    return starts
