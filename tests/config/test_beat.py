"""The clock of the tasks survives whatever happens to the machine: it keeps nothing."""

from pathlib import Path

from celery.beat import PersistentScheduler, Service
from django.conf import settings

from config.celery import app

#: What comes more seldom than this must come by the clock: each start of beat begins every other wait anew.
OFTEN = 60.0


def test_no_file_can_break(tmp_path: Path) -> None:
    broken = tmp_path / "schedule"
    broken.write_bytes(b"")
    beat = app.Beat(schedule=str(broken))
    scheduler = Service(app, scheduler_cls=beat.scheduler_cls, schedule_filename=beat.schedule).scheduler
    assert not isinstance(scheduler, PersistentScheduler)
    scheduler.sync()
    scheduler.close()
    assert broken.read_bytes() == b"" and list(tmp_path.iterdir()) == [broken]
    assert set(settings.CELERY_BEAT_SCHEDULE) <= set(scheduler.schedule)


def test_nothing_waits_longer_for_each_restart() -> None:
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        assert not isinstance(entry["schedule"], float) or entry["schedule"] <= OFTEN, name
