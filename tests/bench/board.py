"""The day board: the page, its living part after a change, and the answer that nothing has changed."""

import statistics
from collections.abc import Callable, Iterator
from datetime import timedelta

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.models import Appointment
from municipalities.enums import Role
from municipalities.models import StaffMember, StaffRole
from tests.bench.day import WANTED, busy_day
from tests.bench.measure import Row, Size, percentile, sql_time, timed, warm_up
from tests.bench.search import laid_out
from tests.bench.territory import m2a


def run(size: Size) -> Iterator[Row]:
    with laid_out("bench_board", m2a) as town:
        day, facility = busy_day(town)
        _bring_to_today(day)
        agent = StaffMember.objects.create_user("agent@agents.example", "x" * 20, name="Agathe Guichet")
        StaffRole.objects.create(
            staff=agent, role=Role.AGENT, facility_id=facility, valid_from=timezone.localdate() - timedelta(days=1)
        )
        client = Client()
        client.force_login(agent, backend=settings.AUTHENTICATION_BACKENDS[0])
        address = reverse("counter:board", args=[facility])
        live = {"HTTP_HX_REQUEST": "true"}
        yield _row(size, f"day board, 17 counters, {WANTED} appointments", lambda: client.get(address), 200, 60)
        yield _row(size, "the same, living part only", lambda: client.get(address, **live), 200, 60)

        def nothing_new() -> object:
            answer = client.get(address, **live, HTTP_IF_NONE_MATCH=tag[0])
            if answer.status_code == 200:  # another minute has begun
                tag[0] = answer["ETag"]
                answer = client.get(address, **live, HTTP_IF_NONE_MATCH=tag[0])
            return answer

        tag = [client.get(address, **live)["ETag"]]
        yield _row(size, "the same, nothing new", nothing_new, 304, 20)


def _row(size: Size, work: str, get: Callable[[], object], status: int, goal: int) -> Row:
    statements = 0

    def asked() -> None:
        nonlocal statements
        with sql_time() as clock:
            answer = get()
        assert answer.status_code == status, answer.status_code  # type: ignore[attr-defined]
        statements = clock.statements

    warm_up(asked)
    times = [timed(asked) for _ in range(size.pick(100, 3))]
    p95 = percentile(times, 95)
    return Row(
        work,
        f"p50 {statistics.median(times):.0f} ms, p95 {p95:.0f} ms",
        f"{statements} statements",
        goal=f"p95 ≤ {goal} ms",
        met=p95 <= goal,
    )


def _bring_to_today(day: str) -> None:
    """That day's appointments become today's, a third of them under way: the board at its busiest."""
    today = timezone.localdate()
    busy = [row for row in Appointment.objects.all() if timezone.localdate(row.starts_at).isoformat() == day]
    Appointment.objects.filter(starts_at__date=today).delete()
    now = timezone.now()
    for number, row in enumerate(busy):
        local = timezone.localtime(row.starts_at)
        start = now.astimezone(local.tzinfo).replace(hour=local.hour, minute=local.minute, second=0, microsecond=0)
        row.starts_at, row.ends_at = start, start + (row.ends_at - row.starts_at)
        if number % 3 == 0:
            row.arrived_at = now - timedelta(minutes=number % 40)
        if number % 9 == 0:
            row.called_at = now
    Appointment.objects.bulk_update(busy, ["starts_at", "ends_at", "arrived_at", "called_at"])
