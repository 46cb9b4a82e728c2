"""Who besieges: everybody who may come to the site, each with a browser, in a territory that has something of all."""

from collections.abc import Callable
from datetime import UTC
from typing import Any

from django.test import Client
from django.urls import reverse

from booking.appointments.messages.kinds import SUBJECT
from booking.appointments.models import Appointment
from booking.residents.actions import link_expiry, mint_link
from tests import people
from tests.factories.appointments import at
from tests.rights.world import make_world
from tests.worlds import World, day_ahead, shared_calendar


class Besieger(Client):
    """One browser whose server never lets an exception through: what it answers is what is looked at."""

    def __init__(self, **options: Any) -> None:
        super().__init__(raise_request_exception=False, HTTP_USER_AGENT="Siege/1.0", **options)


def besiegers() -> dict[str, Besieger]:
    """Makes the territory and its people. Roles by name."""
    town = make_world()
    calendar = shared_calendar(town_halls=2, counters=1)
    roles: dict[str, Callable[[], Any]] = {
        "agent": lambda: town.agent,
        "manager": lambda: town.manager,
        "stranger": lambda: town.stranger,
        "territory": lambda: town.territory,
        "auditor": people.auditor,
        "contract holder": lambda: people.of_contract_holder(town.hall),
        "admin": people.superuser,
    }
    found = {"anonymous": Besieger(), "resident": resident_of(calendar)[0]}
    for name, staff in roles.items():
        found[name] = Besieger()
        found[name].force_login(staff())
    return found


def resident_of(calendar: World) -> tuple[Besieger, Appointment]:
    """Has an appointment, its link open, and holds a second time."""
    browser = Besieger()
    booked = calendar.book(at(day_ahead(), 9))
    token = mint_link(subject_type=SUBJECT, subject_id=booked.pk, expires_at=link_expiry(booked.ends_at))
    assert browser.get(reverse("residents:link", args=[token])).status_code == 302
    start = f"{calendar.facilities[0].pk}-{at(day_ahead(), 10).astimezone(UTC):%Y%m%d%H%M}"
    asked = f"type={calendar.type.code}&personnes=1"
    assert browser.post(reverse("appointments:hold"), {"creneau": start, "recherche": asked}).status_code == 302
    return browser, booked
