"""A resident's steps through the pages, for tests that read like a walk."""

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.test import Client
from django.utils import timezone

from booking.appointments.models import Appointment
from booking.appointments.search.answers import Slot
from municipalities.models import Facility
from tests.people import ODILE, Resident
from tests.worlds import World

SEARCH = "/rendez-vous/"
HOLD = "/rendez-vous/retenir/"
#: Seconds of a limit's window that does not end while a test counts: the next one begins in 2033.
FOR_EVER = 10**9
KEPT_WHOLE = re.compile(r'<span class="gc-nowrap">([^<]*)</span>')


def text_of(response: Any) -> str:
    """The page with plain spaces and whole words, as one reads it."""
    return KEPT_WHOLE.sub(r"\1", response.content.decode()).replace("\u00a0", " ")


def token_of(facility: Facility | None, starts_at: datetime) -> str:
    if facility is None:
        return "0-" + Slot(Facility(pk=1), starts_at, starts_at, 1).token.partition("-")[2]
    return Slot(facility, starts_at, starts_at, 1).token


class Walk:
    """One browser. `secret_forms` keeps the check of the form's origin, as browsers meet it."""

    def __init__(self, world: World, *, secret_forms: bool = False) -> None:
        self.world = world
        self.client = Client(enforce_csrf_checks=secret_forms)

    def search(self, query: str = "", **headers: str) -> Any:
        return self.client.get(f"{SEARCH}?type={self.world.type.code}&{query}", headers=headers or None)

    def hold(
        self, starts_at: datetime, *, people: int = 1, facility: Facility | None = None, query: str = "", **more: str
    ) -> Any:
        self.search()
        facility = facility or self.world.facilities[0]
        recherche = query or f"type={self.world.type.code}&personnes={people}"
        return self.client.post(HOLD, {"recherche": recherche, "creneau": token_of(facility, starts_at)} | more)

    def held(self, starts_at: datetime, **more: Any) -> str:
        """The address of the booking page."""
        response = self.hold(starts_at, **more)
        assert response.status_code == 302, text_of(response)
        return str(response["Location"])

    def fill(self, *people: Resident, **changed: Any) -> dict[str, Any]:
        people = people or (ODILE,)
        data: dict[str, Any] = {"recherche": f"type={self.world.type.code}&personnes={len(people)}", "language": "fr"}
        for n, person in enumerate(people):
            data |= {
                f"p{n}-first_name": person.first_name,
                f"p{n}-last_name": person.last_name,
                f"p{n}-age": "mineur" if person.is_minor else "majeur",
                f"p{n}-birth_year": str(person.birth_year or "") if person.is_minor else "",
                f"p{n}-situation": person.situation,
                f"p{n}-number": person.number,
            }
        data |= {"email": people[0].email, "phone": people[0].phone}
        return data | {name.replace("__", "-"): value for name, value in changed.items()}

    def confirm(self, address: str, *people: Resident, **changed: Any) -> Any:
        return self.client.post(urlsplit(address).path, self.fill(*people, **changed))

    def book(self, starts_at: datetime, *people: Resident, **more: Any) -> Appointment:
        address = self.held(starts_at, people=len(people or (ODILE,)), **more)
        response = self.confirm(address, *people)
        assert response.status_code == 302, text_of(response)
        return Appointment.objects.get(pk=str(response["Location"]).rpartition("=")[2])

    def own(self, appointment: Appointment, verb: str = "") -> str:
        return f"/rendez-vous/mon-rendez-vous/{appointment.pk}/{verb}"

    def forget(self, *cookies: str) -> None:
        for name in cookies or list(self.client.cookies):
            self.client.cookies.pop(name, None)


def hold_id(address: str) -> UUID:
    return UUID(urlsplit(address).path.rstrip("/").rpartition("/")[2])


def lapse(pk: UUID) -> None:
    """As if ten minutes had gone by."""
    Appointment.objects.filter(pk=pk).update(expires_at=timezone.now() - timedelta(seconds=1))
