"""A feed of 5,000 entries against the icalendar library, and its 304 against a view that does next to nothing.

The trivial view makes one indexed query and answers one word, behind the same middleware.
"""

import gzip
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import clear_url_caches, path, set_urlconf
from django.utils import timezone
from icalendar import Calendar, Event

from booking.appointments.enums import State
from booking.appointments.models import Appointment, AppointmentPerson, AppointmentType, Counter, FeedEntry
from booking.feeds.actions import create_staff_feed
from booking.feeds.models import CalendarFeed
from municipalities.enums import Role
from municipalities.models import StaffMember, StaffRole
from municipalities.zone import ZONE
from tests.bench.measure import Row, Size, sql_time, take_turns, timed
from tests.bench.search import laid_out
from tests.bench.territory import Territory, m2a

WANTED = 5000


def trivial(request: HttpRequest) -> HttpResponse:
    """One indexed query, one word: the trivial view of the floors."""
    found = StaffMember.objects.only("pk").filter(pk=1).exists()
    return HttpResponse("oui" if found else "non", content_type="text/plain; charset=utf-8")


def run(size: Size) -> Iterator[Row]:
    with laid_out("bench_feeds", m2a) as town:
        entries = size.pick(WANTED, 200)
        counter = _one_full_counter(town, entries)
        agent = StaffMember.objects.create_user("agent@agents.example", "x" * 20, name="Agathe Guichet")
        StaffRole.objects.create(
            staff=agent,
            role=Role.AGENT,
            facility_id=counter.facility_id,
            valid_from=timezone.localdate() - timedelta(days=1),
        )
        _feed, token = create_staff_feed(
            kind="appointments.counter", subject_id=str(counter.pk), privacy="full", by=agent
        )
        address = f"/calendriers/{token}.ics"
        client = Client()

        def get(**headers: str) -> Any:
            answer = client.get(address, headers=headers)
            assert answer.status_code in (200, 304), answer.status_code
            return answer

        first = timed(get)
        body = get().content
        assert body.count(b"BEGIN:VEVENT") == entries == FeedEntry.objects.count()
        facts = list(
            Appointment.objects.filter(counter=counter).values_list(
                "pk", "sequence", "changed_at", "starts_at", "ends_at", "reference"
            )
        )
        yield Row(f"feed of {entries} entries, first read after all of them changed", f"{first:.0f} ms")
        turns = take_turns(size.rounds, lambda: timed(get), lambda: timed(lambda: _plain_library(facts)))
        yield Row(
            f"feed of {entries} entries",
            f"{turns.thing:.0f} ms, {len(body) / 1e6:.1f} MB",
            f"{turns.floor:.0f} ms (icalendar)",
            f"{1 / turns.ratio:.0f}×",
            "≥ 20× the plain library",
            1 / turns.ratio >= 20,
        )
        zipped = timed(lambda: get(**{"accept-encoding": "gzip"}))
        small = len(get(**{"accept-encoding": "gzip"}).content)
        yield Row(
            "the same, compressed", f"{zipped:.0f} ms, {small / 1e6:.2f} MB", f"{len(gzip.compress(body)) / 1e6:.2f} MB"
        )
        yield from _not_modified(size, get, client)


def _not_modified(size: Size, get: Callable[..., Any], client: Client) -> Iterator[Row]:
    tag = get()["ETag"]
    assert CalendarFeed.objects.get().mark, "the bench's appointments changed long ago"
    number = size.pick(300, 10)

    def many(ask: Callable[[], Any]) -> float:
        return timed(lambda: [ask() for _ in range(number)]) / number

    def unchanged() -> None:
        assert get(**{"if-none-match": tag}).status_code == 304

    with _trivial_address() as nothing, sql_time() as clock:
        unchanged()
        statements = clock.statements
        turns = take_turns(size.rounds, lambda: many(unchanged), lambda: many(lambda: client.get(nothing)))
        busy = take_turns(
            size.rounds,
            lambda: _while_booked_elsewhere(unchanged, number),
            lambda: _while_booked_elsewhere(lambda: client.get(nothing), number),
        )
    for name, turn, told in (
        ("304 of that feed, nothing changed", turns, f", {statements} statements"),
        ("304 of that feed, a booking elsewhere before each", busy, ""),
    ):
        rate = 1 / turn.ratio
        yield Row(
            name,
            f"{1000 / turn.thing:.0f}/s{told}",
            f"{1000 / turn.floor:.0f}/s (trivial view)",
            f"{rate:.0%}",
            "≥ 70 % of a trivial view",
            rate >= 0.7,
        )

    def recounted() -> None:
        CalendarFeed.objects.update(mark="")
        unchanged()

    counted = many(recounted)
    yield Row("304 of that feed, counted anew", f"{1000 / counted:.0f}/s")


def _while_booked_elsewhere(ask: Callable[[], Any], number: int) -> float:
    """Milliseconds of one, with somebody booking at another place before each; the booking is not measured."""
    mine = Counter.objects.get(pk=CalendarFeed.objects.get().subject_id)
    other = Counter.objects.exclude(facility_id=mine.facility_id).order_by("pk")[0]
    spent, start = 0.0, Appointment.objects.filter(counter=other).count()
    for turn in range(start, start + number):
        now = timezone.now()
        Appointment.objects.create(
            reference=f"E{turn:08d}",
            type=AppointmentType.objects.order_by("pk")[0],
            facility_id=other.facility_id,
            counter=other,
            starts_at=now + timedelta(days=1, minutes=20 * turn),
            ends_at=now + timedelta(days=1, minutes=20 * turn + 5),
            state=State.BOOKED,
            booked_at=now,
            changed_at=now,
        )
        spent += timed(ask)
    return spent / number


class _trivial_address:
    """The trivial view inside the real site, for as long as it is measured."""

    def __enter__(self) -> str:
        from config import urls

        self._patterns = urls.urlpatterns
        urls.urlpatterns.insert(0, path("rien/", trivial))
        clear_url_caches()
        set_urlconf(None)
        return "/rien/"

    def __exit__(self, *_error: object) -> None:
        self._patterns.pop(0)
        clear_url_caches()


def _one_full_counter(town: Territory, entries: int) -> Any:
    """So many appointments of the last weeks and the next ones, all changed yesterday, on one counter."""
    counter = town.counters[0]
    AppointmentPerson.objects.all().delete()
    Appointment.objects.all().delete()
    now = timezone.now()
    appointments = Appointment.objects.bulk_create(
        Appointment(
            reference=f"F{number:08d}",
            type=town.kind,
            facility_id=counter.facility_id,
            counter=counter,
            starts_at=now + timedelta(minutes=20 * number) - timedelta(days=20),
            ends_at=now + timedelta(minutes=20 * number + 15) - timedelta(days=20),
            state=State.BOOKED,
            booked_at=now - timedelta(days=1),
            changed_at=now - timedelta(days=1),
        )
        for number in range(entries)
    )
    AppointmentPerson.objects.bulk_create(
        AppointmentPerson(appointment=row, position=1, first_name="Odile", last_name="Fictive") for row in appointments
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE appointments_appointment, appointments_appointmentperson")
    return counter


def _plain_library(facts: list[tuple[Any, ...]]) -> bytes:
    """The same feed as one writes it with icalendar alone."""
    calendar = Calendar()
    calendar.add("prodid", "-//plain//")
    calendar.add("version", "2.0")
    for pk, sequence, changed_at, starts_at, ends_at, reference in facts:
        event = Event()
        event.add("uid", f"{pk}@{settings.CALENDAR_DOMAIN}")
        event.add("sequence", sequence)
        event.add("dtstamp", changed_at)
        event.add("last-modified", changed_at)
        event.add("dtstart", starts_at.astimezone(ZONE))
        event.add("dtend", ends_at.astimezone(ZONE))
        event.add("summary", "Odile Fictive – Carte d’identité")
        event.add("status", "CONFIRMED")
        event.add("transp", "OPAQUE")
        event.add("location", "Guichet 1, Mairie de Mulhouse")
        event.add("description", f"Référence : {reference}")
        calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text
