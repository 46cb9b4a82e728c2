"""Calendar files, read by parsers that are not ours."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import ics
import pytest
from dateutil import tz
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Timezone

from booking.ical import TIME_ZONE, EntryFacts, Method, assemble, invitation, plain, render_entry
from tests.foreign import vobject_of

PARIS = ZoneInfo("Europe/Paris")
FACTS = EntryFacts(
    uid="5b0a8f0e-7d0a-4d5e-9a55-2d6c8a6f5d11@guichet.example",
    sequence=0,
    changed_at=datetime(2026, 11, 2, 9, 0, 0, 123456, tzinfo=UTC),
    starts_at=datetime(2026, 11, 24, 8, 40, tzinfo=PARIS),
    ends_at=datetime(2026, 11, 24, 9, 0, tzinfo=PARIS),
    summary="Carte d’identité, Mairie de Rixheim",
    organizer_name="Mairie de Rixheim",
    organizer_email="rendez-vous@guichet.example",
    location="Mairie de Rixheim, 28 rue Zuber, 68170 Rixheim",
    latitude=47.7497,
    longitude=7.40203,
    description="Référence : ABC\n– Photo de moins de six mois ; non découpée, récente\n– Ancien titre",
    alarm="Rendez-vous à la mairie",
)
#: Both nights on which the clock changes, one day on each side, and hours that come twice or never.
CLOCK_CHANGES = [
    datetime(2027, 3, 27, 9, 0, tzinfo=PARIS), datetime(2027, 3, 28, 1, 50, tzinfo=PARIS),
    datetime(2027, 3, 28, 3, 0, tzinfo=PARIS), datetime(2027, 3, 28, 9, 0, tzinfo=PARIS),
    datetime(2027, 3, 29, 9, 0, tzinfo=PARIS), datetime(2027, 10, 30, 9, 0, tzinfo=PARIS),
    datetime(2027, 10, 31, 3, 30, tzinfo=PARIS), datetime(2027, 10, 31, 9, 0, tzinfo=PARIS),
    datetime(2027, 11, 1, 9, 0, tzinfo=PARIS),
]  # fmt: skip


def whole(facts: EntryFacts = FACTS, method: Method = "REQUEST", attendee: str = "odile@mail.example") -> bytes:
    return invitation(render_entry(facts), method, attendee=attendee)


def test_two_renders_are_byte_for_byte_the_same() -> None:
    assert whole() == whole()


def test_lines_end_in_crlf_and_are_folded_at_75_octets() -> None:
    raw = whole(replace(FACTS, summary="é" * 200, organizer_name="ç" * 100), attendee="a" * 60 + "@mail.example")
    assert raw.endswith(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    for line in raw.split(b"\r\n"):
        line.decode()


def test_it_says_what_clients_need() -> None:
    raw = whole().decode()
    unfolded = raw.replace("\r\n ", "")
    for line in (
        "METHOD:REQUEST",
        f"UID:{FACTS.uid}",
        "SEQUENCE:0",
        "DTSTAMP:20261102T090000Z",
        "LAST-MODIFIED:20261102T090000Z",
        "DTSTART;TZID=Europe/Paris:20261124T084000",
        "DTEND;TZID=Europe/Paris:20261124T090000",
        "STATUS:CONFIRMED",
        "GEO:47.7497;7.40203",
        "TRIGGER:-P1D",
        "TRIGGER:-PT1H",
    ):
        assert f"\r\n{line}\r\n" in unfolded, line
    assert raw.count("ACTION:DISPLAY") == 2
    assert 'ORGANIZER;CN="Mairie de Rixheim":mailto:rendez-vous@guichet.example' in unfolded or (
        "ORGANIZER;CN=Mairie de Rixheim:mailto:rendez-vous@guichet.example" in unfolded
    )
    assert "RSVP=FALSE" in unfolded
    assert raw.count("UID:") == 1


#: Half an hour before and after each change of the clocks, in the year of the appointment and in one far from it.
BOTH_CHANGES = [
    datetime(year, month, day, 0, minute, tzinfo=UTC) + timedelta(minutes=30)
    for year, month, day in ((2026, 3, 29), (2026, 10, 25), (2027, 3, 28), (2027, 10, 31), (2036, 3, 30))
    for minute in (0, 59)
]


@pytest.mark.parametrize("moment", BOTH_CHANGES, ids=str)
def test_strangers_find_both_changes_of_the_clock_in_our_rules(moment: datetime) -> None:
    """By the rules alone: dateutil and vobject do not look our zone up by its name."""
    local = moment.astimezone(PARIS)
    text = whole().decode()
    zones = tz.tzical(StringIO(text))
    theirs = zones.get()
    assert theirs is not None
    assert moment.astimezone(theirs).replace(tzinfo=None) == local.replace(tzinfo=None)
    named = Timezone.from_ical(TIME_ZONE)
    assert isinstance(named, Timezone)
    assert moment.astimezone(named.to_tz(lookup_tzid=False)).replace(tzinfo=None) == local.replace(tzinfo=None)
    read = vobject_of(text.replace("Europe/Paris", "Ici")).vtimezone
    assert moment.astimezone(read.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)


def test_our_time_zone_is_one_constant_with_two_endless_rules() -> None:
    years = timedelta(days=4000)
    later = replace(FACTS, starts_at=FACTS.starts_at + years, ends_at=FACTS.ends_at + years)
    for raw in (whole(), whole(later), assemble([])):
        assert raw.count(b"BEGIN:VTIMEZONE") == 1
        assert TIME_ZONE.encode() in raw
    assert TIME_ZONE.count("RRULE:FREQ=YEARLY;") == 2
    assert re.findall(r"DTSTART:(\S+)", TIME_ZONE) == ["19810329T020000", "19961027T030000"]


def test_cancelling_and_moving_concern_the_same_event() -> None:
    moved = replace(
        FACTS, sequence=1, starts_at=FACTS.starts_at + timedelta(days=7), ends_at=FACTS.ends_at + timedelta(days=7)
    )
    cancelled = replace(moved, sequence=2, is_cancelled=True)
    before, after, end = (
        Calendar.from_ical(whole(facts, method)).walk("VEVENT")[0]
        for facts, method in ((FACTS, "REQUEST"), (moved, "REQUEST"), (cancelled, "CANCEL"))
    )
    assert before["UID"] == after["UID"] == end["UID"]
    assert before["ORGANIZER"] == end["ORGANIZER"]
    assert [event["SEQUENCE"] for event in (before, after, end)] == [0, 1, 2]
    assert end["STATUS"] == "CANCELLED"
    assert not end.walk("VALARM")
    assert b"METHOD:CANCEL" in whole(cancelled, "CANCEL")


def test_a_file_to_download_names_no_recipient() -> None:
    raw = whole(method="PUBLISH")
    assert b"ATTENDEE" not in raw
    assert b"METHOD:PUBLISH" in raw


@pytest.mark.parametrize("starts_at", [FACTS.starts_at, *CLOCK_CHANGES], ids=str)
def test_foreign_parsers_read_the_same_instants(starts_at: datetime) -> None:
    facts = replace(FACTS, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=20))
    text = whole(facts).decode()
    theirs = vobject_of(text).vevent
    assert theirs.dtstart.value.astimezone(UTC) == starts_at.astimezone(UTC)
    assert theirs.dtend.value.astimezone(UTC) == facts.ends_at.astimezone(UTC)
    assert theirs.summary.value == FACTS.summary
    assert theirs.description.value == FACTS.description
    (event,) = ics.Calendar(text).events
    assert event.begin.datetime.astimezone(UTC) == starts_at.astimezone(UTC)
    assert event.location == FACTS.location
    ours = Calendar.from_ical(text).walk("VEVENT")[0]
    assert ours.decoded("DTSTART").astimezone(UTC) == starts_at.astimezone(UTC)


NASTY = st.text(max_size=80) | st.sampled_from(
    [
        "x\r\nATTENDEE:mailto:evil@x.example",
        "x\nBEGIN:VALARM",
        "BEGIN:VALARM",
        "x\u2028METHOD:CANCEL",
        '";CN=evil:mailto:x',
        "a\x0bb\x85c\x00",
    ]
)


@given(text=NASTY, other=NASTY)
def test_no_value_can_begin_a_property(text: str, other: str) -> None:
    facts = replace(FACTS, summary=text, location=text, description=text, organizer_name=other, alarm=other)
    raw = whole(facts, attendee=f"odile@mail.example{text}")
    names = {re.split(r"[:;]", line, maxsplit=1)[0] for line in raw.decode().replace("\r\n ", "").split("\r\n") if line}
    assert names <= {
        "BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "METHOD", "TZID", "TZNAME", "TZOFFSETFROM", "TZOFFSETTO",
        "DTSTART", "DTEND", "UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "SUMMARY", "STATUS", "TRANSP", "LOCATION",
        "GEO", "DESCRIPTION", "ORGANIZER", "ATTENDEE", "ACTION", "TRIGGER", "RRULE",
    }  # fmt: skip
    calendar = Calendar.from_ical(raw)
    assert calendar["METHOD"] == "REQUEST"
    event = calendar.walk("VEVENT")[0]
    assert str(event["SUMMARY"]) == plain(text)
    assert len(event.walk("VALARM")) == 2
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75


def test_many_entries_share_one_time_zone() -> None:
    entries = [render_entry(replace(FACTS, uid=f"{n}@guichet.example")) for n in range(3)]
    raw = assemble(
        entries,
        method="PUBLISH",
        properties=[("REFRESH-INTERVAL;VALUE=DURATION", "PT4H"), ("NAME", "x\r\nMETHOD:CANCEL")],
    )
    calendar = Calendar.from_ical(raw)
    assert len(calendar.walk("VEVENT")) == 3
    assert len(calendar.walk("VTIMEZONE")) == 1
    assert calendar["METHOD"] == "PUBLISH"


@pytest.mark.django_db
def test_entry_of_an_appointment_has_no_token_and_speaks_its_language(django_assert_num_queries: Any) -> None:
    from booking.appointments.messages.entry import calendar_entry
    from booking.appointments.models import Appointment
    from tests.factories import AppointmentFactory

    made = AppointmentFactory.create(language="de", sequence=3)
    appointment = Appointment.objects.select_related(
        "type", "facility__municipality", "facility__operator__municipality"
    ).get(pk=made.pk)
    with django_assert_num_queries(0):
        entry = calendar_entry(appointment, ["Foto"])
    event = Calendar.from_ical(entry)
    assert event["UID"] == f"{appointment.pk}@guichet.example"
    assert event["SEQUENCE"] == 3
    assert "Grund" in event["SUMMARY"]
    assert "Foto" in event["DESCRIPTION"]
    assert "lien/" not in entry
