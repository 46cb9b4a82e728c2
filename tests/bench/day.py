"""The day of a town hall as its agents see it: 17 counters, 180 appointments."""

import statistics
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.models import Appointment, AppointmentType, Counter, RequiredDocument
from municipalities.enums import Role
from municipalities.models import StaffMember, StaffRole
from tests.bench.measure import Row, Size, percentile, sql_time, timed, warm_up
from tests.bench.search import laid_out
from tests.bench.territory import Territory, m2a

WANTED = 180


def run(size: Size) -> Iterator[Row]:
    with laid_out("bench_day", m2a) as town:
        day, facility = busy_day(town)
        agent = StaffMember.objects.create_user("agent@agents.example", "x" * 20, name="Agathe Guichet")
        StaffRole.objects.create(
            staff=agent, role=Role.AGENT, facility_id=facility, valid_from=timezone.localdate() - timedelta(days=1)
        )
        client = Client()
        client.force_login(agent, backend=settings.AUTHENTICATION_BACKENDS[0])
        address = f"{reverse('counter:day', args=[facility])}?jour={day}"
        statements = 0

        def get() -> None:
            nonlocal statements
            with sql_time() as clock:
                answer = client.get(address)
            assert answer.status_code == 200, answer.status_code
            statements = clock.statements

        warm_up(get)
        times = [timed(get) for _ in range(size.pick(100, 3))]
        p95 = percentile(times, 95)
        yield Row(
            f"day list of a town hall, 17 counters, {WANTED} appointments",
            f"p50 {statistics.median(times):.0f} ms, p95 {p95:.0f} ms",
            f"{statements} statements",
            goal="p95 ≤ 60 ms",
            met=p95 <= 60,
        )


def busy_day(town: Territory) -> tuple[str, int]:
    """All 17 counters in one town hall, ten papers to bring, and a coming day on which exactly so many people come."""
    for number in range(10):
        document = RequiredDocument.objects.create(
            code=f"piece-{number}", label={"fr": f"Pièce numéro {number}, de moins de six mois"}, position=number
        )
        document.types.set(AppointmentType.objects.all())
    facility = town.facilities[0].pk
    for counter in town.counters:
        Counter.objects.filter(pk=counter.pk).update(facility=facility, name=f"Guichet no {counter.pk}")
    Appointment.objects.all().update(facility=facility)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (starts_at AT TIME ZONE 'Europe/Paris')::date AS day, count(*) FROM appointments_appointment"
            " GROUP BY 1 HAVING count(*) >= %s ORDER BY 1 DESC LIMIT 1",
            [WANTED],
        )
        day, number = cursor.fetchone()
        cursor.execute(
            "DELETE FROM appointments_appointmentperson WHERE appointment_id IN"
            " (SELECT id FROM appointments_appointment WHERE (starts_at AT TIME ZONE 'Europe/Paris')::date = %s"
            " ORDER BY id LIMIT %s) RETURNING appointment_id",
            [day, number - WANTED],
        )
        gone = [row[0] for row in cursor.fetchall()]
    Appointment.objects.filter(pk__in=gone).delete()
    return day.isoformat(), facility
