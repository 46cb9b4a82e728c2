"""The demonstration: its data, its processes and its command."""

import io
import os
import signal
import socket
import time
from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command
from django.utils import timezone

from booking.appointments.documents.queries import documents_for
from booking.appointments.enums import State
from booking.appointments.free_time import gaps
from booking.appointments.free_time.gaps import outside
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.models import (
    Appointment,
    AppointmentPerson,
    AppointmentType,
    BusyCalendar,
    CalendarPool,
    Counter,
    CounterClosure,
    EarlierOffer,
    Fee,
    FreeGap,
    RequiredDocument,
    WaitingListEntry,
    WalkInQuota,
    WalkInTicket,
)
from booking.appointments.search.answers import Search
from booking.appointments.search.availability import find
from config.demo import appointments, build, busy, enrolments, nursery_requests, offer, places, processes, staff
from config.demo.texts import CARD, CENSUS, COLLECTION, PASSPORT, WELCOME
from municipalities.enums import FacilityKind
from municipalities.models import Facility, Municipality, MunicipalityDraft, StaffMember, StaffRole
from notifications.models import Message
from notifications.queries import unreachable

#: A Monday, early.
NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def territory(django_db_setup, django_db_blocker):
    """Built once; tests of this module only read."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(NOW, tick=False):
            build.build(told=lambda _step: None, now=NOW)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def reading(territory, django_db_blocker):
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.usefixtures("reading")
class TestTerritory:
    def test_the_real_and_the_invented(self):
        assert Municipality.objects.count() == 39
        assert Facility.objects.filter(kind=FacilityKind.TOWN_HALL).count() == 39
        assert Counter.objects.count() == sum(places.EQUIPPED.values()) == 17
        assert not Municipality.objects.filter(has_invented_data=False).exists()
        assert not Counter.objects.filter(has_invented_data=False).exists()
        assert Counter.objects.values("facility").distinct().count() == 7

    def test_colours_carry_white_text(self):
        def luminance(colour):
            parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
            red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
            return 0.2126 * red + 0.7152 * green + 0.0722 * blue

        assert all(1.05 / (luminance(colour) + 0.05) >= 7 for colour in places.COLOURS)

    def test_seventeen_counters_share_one_calendar(self):
        pool = CalendarPool.objects.get()
        assert pool.shares.count() == 17
        assert set(pool.types.values_list("code", flat=True)).isdisjoint({WELCOME, CENSUS})

    def test_every_text_is_in_three_languages(self):
        for model, name in (
            (RequiredDocument, "label"),
            (Fee, "label"),
            (AppointmentType, "name"),
            (AppointmentType, "description"),
            (Municipality, "welcome_text"),
            (Municipality, "opening_text"),
        ):
            for row in model.objects.all():
                assert {"fr", "de", "en"} <= set(getattr(row, name)), row

    def test_collection_asks_no_number_and_deposits_do(self):
        asks = dict(AppointmentType.objects.values_list("code", "needs_number"))
        assert asks[COLLECTION] is False
        assert asks[CARD] is True

    def test_a_loss_costs_and_a_change_of_name_does_not(self):
        class Person:
            is_minor, birth_year = False, 1980

            def __init__(self, situation):
                self.situation = situation

        passport = AppointmentType.objects.get(code=PASSPORT)
        loss, name = documents_for(type=passport, people=[Person("loss"), Person("name_change")], municipality=None)
        assert [fee.cents for fee in loss.fees] == [8600]
        assert name.fees == []
        assert "declaration-perte" in [line.code for line in loss.lines]
        assert "changement-nom" in [line.code for line in name.lines]

    def test_two_towns_have_their_own_wording(self):
        assert RequiredDocument.objects.filter(municipality__isnull=False).count() == 2

    def test_appointments_are_many_near_and_few_far(self):
        booked = Appointment.objects.booked()
        today = timezone.localdate(NOW)

        def in_week(n):
            days = [gaps.days_between(today, today.fromordinal(today.toordinal() + 60))[7 * n + d] for d in range(7)]
            return booked.filter(starts_at__date__in=days).count()

        assert in_week(0) > in_week(2) > in_week(4) > 0
        assert Appointment.objects.filter(state=State.ATTENDED).exists()
        assert not Appointment.objects.filter(starts_at__lt=NOW, state=State.BOOKED, ends_at__lte=NOW).exists()

    def test_the_names_are_clearly_invented(self):
        assert set(AppointmentPerson.objects.values_list("last_name", flat=True)) <= set(appointments.LAST_NAMES)
        assert not Appointment.objects.exclude(email="").exclude(email__endswith=".example").exists()
        assert not Appointment.objects.exclude(phone="").exclude(phone__startswith="+336399").exists()

    def test_free_time_is_what_the_calendar_leaves(self):
        counters = list(gaps.counters_with_place())
        today = timezone.localdate(NOW)
        days = gaps.days_between(today, gaps.last_day())[:30]
        for counter_id, stretches in gaps.computed(counters, days).items():
            rows = FreeGap.objects.filter(counter=counter_id, day__range=(days[0], days[-1])).order_by("starts_at")
            assert [gaps.as_stretch(row) for row in rows] == stretches

    def test_something_is_free_within_two_days(self):
        answer = find(Search(type=AppointmentType.objects.get(code=CARD)), now=NOW)
        assert answer.soonest is not None
        assert (answer.soonest.starts_at - NOW).days <= 2

    def test_a_towns_own_affairs_are_for_its_own_people(self):
        kind = AppointmentType.objects.get(code=WELCOME)
        rixheim, riedisheim = (Municipality.objects.get(slug=slug) for slug in ("rixheim", "riedisheim"))
        assert find(Search(type=kind, viewer=Viewer.resident(rixheim)), now=NOW).soonest is not None
        assert find(Search(type=kind, viewer=Viewer.resident(riedisheim)), now=NOW).soonest is None

    def test_the_mailbox_will_have_something(self):
        assert Message.objects.filter(due_at__lte=NOW).exists()

    def test_one_account_for_each_role(self):
        assert StaffMember.objects.count() == len(staff.ACCOUNTS)
        agent = StaffMember.objects.get(email="agent@rixheim.example")
        assert agent.check_password(staff.PASSWORD)
        assert [facility.slug for facility in Facility.objects.visible_to(agent)] == ["mairie-rixheim"]

    def test_a_house_at_work(self):
        rixheim = Facility.objects.get(slug="mairie-rixheim")
        assert WalkInQuota.objects.filter(facility=rixheim).count() == 10
        assert not WalkInTicket.objects.exists(), "nobody comes before eight"
        assert WaitingListEntry.objects.filter(appointment__isnull=True).count() == 3
        assert WaitingListEntry.objects.filter(appointment__isnull=False).count() == 3
        assert EarlierOffer.objects.get().deadline > NOW
        assert {row.facility for row in outside(list(gaps.counters_with_place()))} == {rixheim}
        assert unreachable(list(Appointment.objects.booked().filter(facility=rixheim).values_list("pk", flat=True)))
        assert StaffRole.objects.filter(is_delegation=True, facility=rixheim).count() == 2
        assert MunicipalityDraft.objects.get().municipality.slug == "mulhouse"

    def test_a_foreign_calendar_blocks_nobody(self):
        calendar = BusyCalendar.objects.get()
        assert CounterClosure.objects.filter(busy_calendar=calendar).count() == calendar.blocked_count > 50
        busy.point_to(8123)
        calendar.refresh_from_db()
        assert calendar.address == "http://127.0.0.1:8123/static/demo/agenda-fictif.ics"
        assert finders.find(busy.FILE)

    def test_nothing_is_mixed_with_what_is_there(self):
        with pytest.raises(ValueError, match="not empty"):
            build.build(told=print)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("at", "states"),
    [
        ("2026-11-22T10:00", ["attended", "booked", "booked", "booked"]),
        ("2026-11-21T21:00", ["attended", "attended", "attended", "attended"]),
    ],
)
def test_a_weekend_is_a_day_at_work_too(at, states, monkeypatch):
    """Built on a Sunday morning or a Saturday night: the agent's board is not empty.

    All that is built, but few of what no board shows.
    """
    from django.db import transaction

    monkeypatch.setattr(nursery_requests, "REQUESTS", 250)
    monkeypatch.setattr(enrolments, "ENROLMENTS", 200)
    monkeypatch.setattr(offer, "GROUPS", 24)
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    with time_machine.travel(now, tick=False), transaction.atomic():
        build.build(told=lambda _step: None, now=now)
        rixheim = Facility.objects.get(slug="mairie-rixheim")
        assert Appointment.objects.filter(facility=rixheim, starts_at__date=timezone.localdate()).count() > 10
        tickets = list(WalkInTicket.objects.order_by("arrived_at"))
        assert [ticket.state for ticket in tickets] == states
        assert Message.objects.filter(kind__contains="day_list").exists()
        transaction.set_rollback(True)


def test_working_days_skip_the_weekend():
    friday = datetime(2026, 11, 27, tzinfo=UTC).date()
    assert places.working_day(friday, 0) == friday
    assert str(places.working_day(friday, 1)) == "2026-11-30"
    assert str(places.working_day(friday, 2)) == "2026-11-30"


class TestProcesses:
    def sleeper(self, tmp_path, code="import time; time.sleep(60)"):
        (tmp_path / "sleeper.py").write_text(code)
        return processes.start("sleeper", ["sleeper"], logs=tmp_path / "logs", env={"PYTHONPATH": str(tmp_path)})

    def test_stop_ends_the_whole_group(self, tmp_path):
        code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
        one = self.sleeper(tmp_path, code)
        time.sleep(0.5)
        processes.stop([one])
        assert one.process.poll() is not None
        with pytest.raises(ProcessLookupError):
            for _ in range(50):
                os.killpg(one.process.pid, 0)
                time.sleep(0.1)

    def test_stop_insists(self, tmp_path, monkeypatch):
        monkeypatch.setattr(processes, "PATIENCE", 0.3)
        one = self.sleeper(
            tmp_path, "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(60)"
        )
        assert processes.wait_until(lambda: "up" in one.log.read_text(), [one], seconds=60)
        processes.stop([one])
        assert one.process.returncode == -signal.SIGKILL

    def test_watch_tells_who_ended(self, tmp_path):
        one, short = self.sleeper(tmp_path), self.sleeper(tmp_path, "print('done')")
        assert processes.watch([one, short], every=0.05) in (one, short)
        processes.stop([one, short])

    def test_waiting_ends_when_a_process_dies_or_time_is_over(self, tmp_path):
        one = self.sleeper(tmp_path, "print('done')")
        one.process.wait()
        assert not processes.wait_until(lambda: False, [one], seconds=5)
        assert not processes.wait_until(lambda: False, [], seconds=0.2)

    def test_a_taken_port_is_told(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            assert not processes.port_is_free("127.0.0.1", taken.getsockname()[1])
        assert processes.port_is_free("::1", 0)

    def test_signals_interrupt_once(self):
        before = signal.getsignal(signal.SIGTERM)
        with pytest.raises(processes.Interrupted), processes.stoppable():
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)
        assert signal.getsignal(signal.SIGTERM) is before


class TestCommand:
    def test_only_with_development_settings(self, settings):
        settings.DEMO_MAILBOX = None
        with pytest.raises(CommandError, match="réglages de développement"):
            call_command("demo")

    def test_a_port_that_is_none(self, monkeypatch):
        monkeypatch.setenv("PORT", "http")
        with pytest.raises(CommandError, match="PORT doit être un nombre"):
            call_command("demo")

    def test_a_port_that_is_taken(self, monkeypatch):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
            with pytest.raises(CommandError, match="déjà pris"):
                call_command("demo")

    def test_somebody_elses_database_is_not_erased(self, monkeypatch):
        monkeypatch.delenv("EMBEDDED_DATABASE", raising=False)
        monkeypatch.delenv("DEMO_MAY_ERASE", raising=False)
        with pytest.raises(CommandError, match="effacerait la base"):
            call_command("demo", fresh=True, prepare_only=True, stdout=io.StringIO())

    @pytest.mark.django_db
    def test_an_empty_database_is_filled(self, monkeypatch):
        from django.db import connections

        called = []
        monkeypatch.setattr(build, "build", lambda *, told: called.append(told("39 communes")))
        monkeypatch.setattr(connections, "close_all", lambda: None)
        out = io.StringIO()
        call_command("demo", prepare_only=True, stdout=out)
        assert called
        assert "39 communes" in out.getvalue()
