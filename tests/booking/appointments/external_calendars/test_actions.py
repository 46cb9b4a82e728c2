"""A foreign calendar's busy time is taken off a counter: no row more than changed, nobody cancelled, health told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments import tasks
from booking.appointments.enums import State
from booking.appointments.external_calendars import actions
from booking.appointments.external_calendars.exceptions import BadAddress
from booking.appointments.free_time import gaps as free_time
from booking.appointments.models import BusyCalendar, Counter, CounterClosure, FreeGap
from booking.appointments.planning.openings import close_counter
from booking.appointments.search.answers import Search
from booking.appointments.search.availability import find
from municipalities.database.transactions import Busy
from municipalities.languages import Translated
from tests.factories.appointments import at
from tests.factories.feeds import BusyCalendarFactory
from tests.people import ODILE, manager_of_facility
from tests.simulators.ics_server import IcsServer, calendar, event
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Any) -> Iterator[IcsServer]:
    settings.BUSY_CALENDARS_MAY_BE_LOCAL = True
    with IcsServer().running() as running:
        yield running


@pytest.fixture
def world() -> World:
    return shared_calendar()


@pytest.fixture
def followed(world: World, server: IcsServer) -> BusyCalendar:
    return BusyCalendarFactory.create(counter=world.counters[0], address=server.address())


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def meeting(uid: object, starts_at: datetime, *lines: str, hours: int = 1) -> str:
    span = (f"DTSTART:{stamp(starts_at)}", f"DTEND:{stamp(starts_at + timedelta(hours=hours))}")
    return event(uid, *span, "SUMMARY:Entretien annuel d’Agathe", *lines)


def read(calendar_row: BusyCalendar) -> BusyCalendar:
    actions.refresh(calendar_id=calendar_row.pk)
    calendar_row.refresh_from_db()
    return calendar_row


def hours(world: World) -> list[int]:
    answer = find(Search(world.type, day=day_ahead()))
    found = {timezone.localtime(slot.starts_at).hour for place in answer.day_facilities for slot in place.slots}
    return sorted(found)


def is_like_the_oracle(world: World) -> bool:
    counters = list(free_time.counters_with_place().filter(pk__in=[counter.pk for counter in world.counters]))
    days = free_time.days_between(timezone.localdate(), free_time.last_day())
    wanted = {stretch for stretches in free_time.computed(counters, days).values() for stretch in stretches}
    return wanted == {free_time.as_stretch(row) for row in FreeGap.objects.filter(counter__in=counters)}


class TestBlocking:
    def test_busy_time_is_not_offered(self, world: World, server: IcsServer, followed: BusyCalendar) -> None:
        assert hours(world) == [8, 9, 10, 11]
        server.body = calendar(meeting(1, at(day_ahead(), 9), hours=2))
        assert read(followed).last_error == ""
        assert hours(world) == [8, 11]
        assert (followed.blocked_count, followed.last_ok_at is not None) == (1, True)
        assert is_like_the_oracle(world)
        [block] = CounterClosure.objects.all()
        assert str(block.reason) == "Guichet indisponible"
        assert "Entretien" not in repr(vars(block)) + repr(vars(followed))

    def test_unchanged_blocks_are_not_written_again(
        self, world: World, server: IcsServer, followed: BusyCalendar
    ) -> None:
        one, two = meeting(1, at(day_ahead(), 9)), meeting(2, at(day_ahead(), 11))
        server.body = calendar(one, two)
        read(followed)
        before = dict(CounterClosure.objects.values_list("period", "pk"))
        gaps = set(FreeGap.objects.values_list("pk", flat=True))
        server.body = calendar(two, one, "BEGIN:VTODO\r\nUID:9\r\nEND:VTODO\r\n")
        read(followed)
        assert dict(CounterClosure.objects.values_list("period", "pk")) == before
        assert set(FreeGap.objects.values_list("pk", flat=True)) == gaps
        server.body = calendar(two, meeting(3, at(day_ahead(weekday=3), 8)))
        read(followed)
        after = dict(CounterClosure.objects.values_list("period", "pk"))
        assert len(set(after.values()) & set(before.values())) == 1
        assert hours(world) == [8, 9, 10]
        assert is_like_the_oracle(world)

    def test_appointments_under_a_block_stay_and_are_listed(
        self, world: World, server: IcsServer, followed: BusyCalendar
    ) -> None:
        appointment = world.book(at(day_ahead(), 9), ODILE)
        server.body = calendar(meeting(1, at(day_ahead(), 9)))
        assert actions.refresh(calendar_id=followed.pk) == [appointment.pk]
        appointment.refresh_from_db()
        assert appointment.state == State.BOOKED
        counters = list(free_time.counters_with_place())
        assert [row.pk for row in free_time.outside(counters)] == [appointment.pk]
        server.body = calendar(meeting(1, at(day_ahead(), 9)), meeting(2, at(day_ahead(), 11)))
        assert actions.refresh(calendar_id=followed.pk) == [], "those already outside are not told again"

    def test_closures_made_by_hand_are_left_alone(
        self, world: World, server: IcsServer, followed: BusyCalendar
    ) -> None:
        staff = manager_of_facility(world.facilities[0])
        span = (at(day_ahead(), 9), at(day_ahead(), 10))
        close_counter(counter=world.counters[0], period=span, reason=Translated(fr="Panne"), by=staff)
        server.body = calendar(meeting(1, span[0]))
        read(followed)
        server.body = calendar()
        read(followed)
        assert hours(world) == [8, 10, 11]
        [left] = CounterClosure.objects.all()
        assert left.busy_calendar is None

    def test_every_week_and_whole_days(self, world: World, server: IcsServer, followed: BusyCalendar) -> None:
        first = day_ahead(weekday=0, weeks=1)
        server.body = calendar(
            event(1, f"DTSTART;TZID=Europe/Paris:{first:%Y%m%d}T080000", "DURATION:PT4H", "RRULE:FREQ=WEEKLY"),
            event(2, f"DTSTART;VALUE=DATE:{day_ahead():%Y%m%d}"),
        )
        read(followed)
        assert followed.blocked_count > 50
        assert hours(world) == []
        assert not FreeGap.objects.filter(day__gte=first, day__week_day=2).exists()
        assert is_like_the_oracle(world)

    def test_what_is_over_is_kept(self, world: World, server: IcsServer, followed: BusyCalendar) -> None:
        server.body = calendar(meeting(1, at(day_ahead(), 9)))
        read(followed)
        server.body = calendar()
        with time_machine.travel(at(day_ahead(), 9) + timedelta(days=2)):
            read(followed)
        assert CounterClosure.objects.count() == 1

    def test_removed_gives_the_time_back(self, world: World, server: IcsServer, followed: BusyCalendar) -> None:
        server.body = calendar(meeting(1, at(day_ahead(), 9)))
        read(followed)
        actions.remove_busy_calendar(calendar=followed, by=manager_of_facility(world.facilities[0]))
        assert hours(world) == [8, 9, 10, 11]
        assert not CounterClosure.objects.exists() and not BusyCalendar.objects.exists()
        assert is_like_the_oracle(world)
        assert actions.refresh(calendar_id=followed.pk) == []


class TestDamaged:
    """What is read in part blocks, is told, and frees nothing of what was blocked."""

    def test_an_unreadable_event_is_shown_with_its_line(
        self, world: World, server: IcsServer, followed: BusyCalendar
    ) -> None:
        strange = (event(n, "DTSTART:demain", "DURATION:PT1H", "SUMMARY:Secret") for n in range(3))
        server.body = calendar(*strange, meeting(9, at(day_ahead(), 9)))
        read(followed)
        assert (followed.last_error, followed.unread_count, followed.unread_lines) == ("", 3, [7, 14, 21])
        assert hours(world) == [8, 10, 11]
        client = Client()
        client.force_login(manager_of_facility(world.facilities[0]))
        page = client.get(reverse("external_calendars:busy", args=[world.counters[0].pk])).content.decode()
        assert "3 événements illisibles (lignes 7, 14, 21)" in page
        assert "relevé en partie" in page
        assert "Secret" not in page
        server.body = calendar(meeting(9, at(day_ahead(), 9)))
        assert read(followed).unread_count == 0
        assert (
            "illisible"
            not in client.get(reverse("external_calendars:busy", args=[world.counters[0].pk])).content.decode()
        )

    def test_a_file_cut_short_frees_nothing(self, world: World, server: IcsServer, followed: BusyCalendar) -> None:
        one, two = meeting(1, at(day_ahead(), 9)), meeting(2, at(day_ahead(), 11))
        server.body = calendar(one, two)
        read(followed)
        server.body = calendar(one)[: -len("END:VCALENDAR\r\n")]
        read(followed)
        assert (followed.is_cut_short, followed.etag) == (True, "")
        assert hours(world) == [8, 10]
        server.body = calendar(one)
        assert not read(followed).is_cut_short
        assert hours(world) == [8, 10, 11]


class TestHealth:
    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("html", "not_a_calendar"),
            ("huge", "too_large"),
            ("bomb", "too_large"),
            ("broken", "not_answering"),
            ("forbidden", "not_allowed"),
            ("redirect", "private_address"),
        ],
    )
    def test_whatever_fails_blocks_stay_and_the_reason_is_told(
        self, world: World, server: IcsServer, followed: BusyCalendar, name: str, code: str
    ) -> None:
        server.body = calendar(meeting(1, at(day_ahead(), 9)))
        well = read(followed).last_ok_at
        server.onward = "http://169.254.169.254/latest/"
        BusyCalendar.objects.filter(pk=followed.pk).update(address=server.address(name), etag="", last_read_at=None)
        read(followed)
        assert (followed.last_error, followed.last_ok_at) == (code, well)
        assert followed.last_fetched_at and well and followed.last_fetched_at > well
        assert hours(world) == [8, 10, 11]
        BusyCalendar.objects.filter(pk=followed.pk).update(address=server.address())
        assert read(followed).last_error == ""

    @pytest.mark.parametrize("onward", ["http://[", "http://a\u00ad.example:99999/", "https://\u2100/", "webcal:"])
    def test_a_place_that_is_none_ends_the_reading_and_not_the_task(
        self, world: World, server: IcsServer, followed: BusyCalendar, onward: str
    ) -> None:
        server.onward = onward.encode().decode("latin-1")
        BusyCalendar.objects.filter(pk=followed.pk).update(address=server.address("redirect"))
        assert read(followed).last_error and followed.last_fetched_at

    def test_a_tag_that_no_column_can_hold(self, server: IcsServer, followed: BusyCalendar) -> None:
        server.body = calendar(meeting(1, at(day_ahead(), 9)))
        BusyCalendar.objects.filter(pk=followed.pk).update(address=server.address("strange_tag"))
        assert read(followed).last_error in ("", "not_answering")

    @pytest.mark.parametrize(
        "lines",
        [
            ("DTSTART:99991231T235959Z", "DURATION:P9999999D"),
            ("DTSTART;VALUE=DATE:99991231",),
            ("DTSTART:00010101T000000", "RRULE:FREQ=YEARLY"),
            ("DTSTART:20261201T080000Z", "DURATION:P99999999999999W"),
            ("DTSTART:20261201T080000Z", "DTEND:20261201T090000Z", "RRULE:FREQ=DAILY;INTERVAL=0"),
            ("DTSTART:20261201T080000Z", "DTEND:20261201T090000Z", "RRULE:FREQ=DAILY;UNTIL=99999999T000000Z"),
            ("DTSTART:20261201T080000Z", "DTEND:20261201T090000Z", "UID:a\0b"),
        ],
    )
    def test_a_date_at_the_end_of_time(self, server: IcsServer, followed: BusyCalendar, lines: tuple[str, ...]) -> None:
        server.body = calendar(event(7, *lines), meeting(8, at(day_ahead(), 9)))
        assert (read(followed).last_error, followed.blocked_count >= 1) == ("", True)

    def test_whoever_is_busy_for_ever_has_no_free_time(
        self, world: World, server: IcsServer, followed: BusyCalendar
    ) -> None:
        server.body = calendar(event(7, f"DTSTART:{stamp(at(day_ahead(), 9))}", "DTEND:99991231T235959Z"))
        assert read(followed).last_error == ""
        assert hours(world) == [8]

    def test_whatever_else_comes_up_is_noted_and_not_raised(
        self, server: IcsServer, followed: BusyCalendar, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What nobody has thought of yet, stood for by an error that the reading cannot have."""

        def surprise(*_arguments: Any) -> None:
            raise RecursionError

        monkeypatch.setattr(actions, "busy_times", surprise)
        assert read(followed).last_error == "not_answering"

    def test_unchanged_files_are_read_again_after_a_day(
        self, world: World, server: IcsServer, followed: BusyCalendar
    ) -> None:
        server.body = calendar(meeting(1, at(day_ahead(), 9)))
        read(followed)
        read(followed)
        assert [path for path, _headers in server.asked] == ["/good.ics"] * 2
        assert "if-none-match" in server.asked[1][1]
        assert followed.last_error == "" and CounterClosure.objects.count() == 1
        with time_machine.travel(timezone.now() + timedelta(hours=21)):
            read(followed)
        assert "if-none-match" not in server.asked[2][1]

    def test_a_counter_that_is_being_changed_is_tried_again_later(
        self, followed: BusyCalendar, server: IcsServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:

        def occupied(*_arguments: Any) -> None:
            raise Busy

        server.body = calendar(meeting(1, at(day_ahead(), 9)))
        monkeypatch.setattr(actions, "rebuild", occupied)
        assert read(followed).last_error == "busy"
        assert not CounterClosure.objects.exists()

    def test_neither_address_nor_title_is_logged(
        self, followed: BusyCalendar, server: IcsServer, caplog: pytest.LogCaptureFixture, capsys: Any
    ) -> None:
        BusyCalendar.objects.filter(pk=followed.pk).update(address=server.address("forbidden/secret-token"))
        read(followed)
        told = caplog.text + "".join(capsys.readouterr())
        assert "secret-token" not in told and str(server.port) not in told


class TestTurns:
    def test_each_is_due_every_quarter_of_an_hour(self, world: World) -> None:
        calendar_row = BusyCalendarFactory.create(counter=world.counters[0])
        BusyCalendarFactory.create(counter=world.counters[0], is_active=False)
        now = timezone.now()
        assert actions.claim_due(now=now) == [calendar_row.pk]
        assert actions.claim_due(now=now + timedelta(minutes=14)) == []
        assert actions.claim_due(now=now + timedelta(minutes=15)) == [calendar_row.pk]
        actions.read_again_soon(calendar=calendar_row, by=manager_of_facility(world.facilities[0]))
        assert actions.claim_due() == [calendar_row.pk]

    def test_the_tasks(
        self, world: World, server: IcsServer, followed: BusyCalendar, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.book(at(day_ahead(), 9), ODILE)
        server.body = calendar(meeting(1, at(day_ahead(), 9)))
        monkeypatch.setattr(tasks.fetch_busy_calendar, "delay", tasks.fetch_busy_calendar)
        tasks.fetch_busy_calendars()
        assert CounterClosure.objects.count() == 1
        tasks.fetch_busy_calendars()
        assert len(server.asked) == 1


class TestAdding:
    def add(self, counter: Counter, address: str = "webcal://agenda.example/a.ics") -> BusyCalendar:
        staff = manager_of_facility(counter.facility)
        return actions.add_busy_calendar(counter=counter, name="Salle 2", address=address, by=staff)

    def test_kept_as_https_and_due_at_once(self, world: World) -> None:
        made = self.add(world.counters[0])
        assert made.address == "https://agenda.example/a.ics"
        assert actions.claim_due() == [made.pk]

    def test_refused(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        counter = world.counters[0]
        with pytest.raises(BadAddress):
            self.add(counter, "file:///etc/passwd")
        self.add(counter)
        with pytest.raises(actions.AlreadyRead):
            self.add(counter, "https://agenda.example/a.ics")
        monkeypatch.setattr(actions, "MOST_CALENDARS", 1)
        with pytest.raises(actions.TooManyCalendars):
            self.add(counter, "https://agenda.example/b.ics")
