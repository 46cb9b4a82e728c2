"""Asking for calendars as a program does, and reading what comes."""

import gzip
import re
from typing import Any

from django.test import Client
from icalendar import Calendar

from booking.appointments.models import Appointment
from booking.feeds import actions
from booking.feeds.enums import FeedKind, Privacy
from municipalities.models import StaffMember


def fetch(token: str, **headers: str) -> Any:
    return Client().get(f"/calendriers/{token}.ics", headers=headers)


def token_for(staff: StaffMember, counter: Any = None, facility: Any = None, privacy: str = Privacy.BUSY) -> str:
    kind = FeedKind.COUNTER if counter else FeedKind.FACILITY if facility else FeedKind.STAFF
    return actions.create_staff_feed(kind=kind, privacy=privacy, by=staff, counter=counter, facility=facility)[1]


def resident_token(appointment: Appointment) -> str:
    return actions.create_resident_feed(appointment=appointment)[1]


def events(response: Any) -> list[Any]:
    assert response.status_code == 200, response.content
    body = response.content
    if response.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return list(Calendar.from_ical(body).walk("VEVENT"))


def unfolded(body: bytes) -> str:
    return re.sub(r"\r\n[ \t]", "", body.decode())
