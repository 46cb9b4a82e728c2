"""The one purge of all services: its periods, its command, its daily task."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from booking.appointments.enums import State
from booking.appointments.models import Appointment
from config.tasks import forget_people
from municipalities.retention import months_before
from tests.factories import AppointmentFactory


@pytest.mark.parametrize(
    ("moment", "months", "before"),
    [
        ((2026, 11, 24), 3, (2026, 8, 24)),
        ((2026, 5, 31), 3, (2026, 2, 28)),
        ((2024, 5, 31), 3, (2024, 2, 29)),
        ((2026, 1, 15), 1, (2025, 12, 15)),
        ((2026, 3, 31), 15, (2024, 12, 31)),
    ],
)
def test_months_are_those_of_the_calendar(moment: Any, months: int, before: Any) -> None:
    found = months_before(datetime(*moment, 12, tzinfo=UTC), months)
    assert (found.year, found.month, found.day) == before


@pytest.mark.django_db
def test_the_command_counts_or_erases() -> None:
    def run(**options: Any) -> str:
        out = io.StringIO()
        call_command("purge", stdout=out, **options)
        return out.getvalue().replace("\u00a0", " ")

    AppointmentFactory.create(starts_at=timezone.now() - timedelta(days=100), state=State.ATTENDED)
    assert run(dry_run=True).startswith("À effacer : ")
    assert not Appointment.objects.filter(purged_at__isnull=False).exists()
    told = run()
    assert told.startswith("Effacé : ") and told.endswith(".\n")
    assert "1 rendez-vous, 1 personnes, 0 inscriptions en liste d’attente" in told
    assert "0 rendez-vous, 0 personnes" in run()


@pytest.mark.django_db
def test_the_daily_task_runs_it() -> None:
    AppointmentFactory.create(starts_at=timezone.now() - timedelta(days=100), state=State.ATTENDED)
    forget_people()
    assert Appointment.objects.get().purged_at
