"""Asking for calendars as a program does, and reading what comes."""

import gzip
import re
from typing import Any

from django.test import Client
from icalendar import Calendar

from booking.appointments.calendar_feeds.kinds import COUNTER, FACILITY, OWN_FACILITIES
from booking.appointments.messages.kinds import SUBJECT
from booking.appointments.models import Appointment
from booking.feeds import actions
from municipalities.feeds import Privacy
from municipalities.models import StaffMember


def fetch(token: str, **headers: str) -> Any:
    return Client().get(f"/calendriers/{token}.ics", headers=headers)


def token_for(staff: StaffMember, counter: Any = None, facility: Any = None, privacy: str = Privacy.BUSY) -> str:
    kind = COUNTER if counter else FACILITY if facility else OWN_FACILITIES
    place = counter or facility
    subject_id = str(place.pk) if place else ""
    return actions.create_staff_feed(kind=kind.name, subject_id=subject_id, privacy=privacy, by=staff)[1]


def resident_token(appointment: Appointment) -> str:
    return actions.create_resident_feed(subject_type=SUBJECT, subject_id=appointment.pk)[1]


def events(response: Any) -> list[Any]:
    assert response.status_code == 200, response.content
    body = response.content
    if response.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return list(Calendar.from_ical(body).walk("VEVENT"))


def unfolded(body: bytes) -> str:
    return re.sub(r"\r\n[ \t]", "", body.decode())
