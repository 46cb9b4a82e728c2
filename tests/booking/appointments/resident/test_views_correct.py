"""Whoever holds the private link mends their own file."""

from typing import Any

import pytest
from django.test import Client

from booking.appointments.bookings.confirming import PersonDetails
from booking.appointments.bookings.correcting import CorrectedPerson, Correction, correct_appointment, version_shown
from booking.appointments.bookings.queries import people_of
from booking.appointments.models import Appointment, AppointmentPerson
from tests.booking.appointments.counter.test_correcting_pages import typed
from tests.booking.appointments.walks import Walk, text_of
from tests.factories.appointments import at
from tests.people import INES, LOIC, MEHDI, ODILE, Resident
from tests.worlds import day_ahead, shared_calendar

pytestmark = pytest.mark.django_db

DAY = day_ahead()


def booked(*people: Any) -> tuple[Walk, Appointment]:
    walk = Walk(shared_calendar())
    return walk, walk.book(at(DAY, 9), *people)


def test_a_name_is_mended_and_said() -> None:
    walk, appointment = booked()
    assert "Corriger mon dossier" in text_of(walk.client.get(walk.own(appointment)))
    page = text_of(walk.client.get(walk.own(appointment, "corriger/")))
    assert 'value="Fictive"' in page
    assert "no-store" in walk.client.get(walk.own(appointment, "corriger/"))["Cache-Control"]
    answer = walk.client.post(walk.own(appointment, "corriger/"), typed(appointment, p0__last_name="Réelle"))
    assert answer.status_code == 302, text_of(answer)
    assert "Votre dossier est corrigé" in text_of(walk.client.get(answer["Location"]))
    assert appointment.people.get().last_name == "Réelle"


def test_contact_and_note_are_not_taken_from_the_holders_form() -> None:
    walk, appointment = booked()
    walk.client.post(walk.own(appointment, "corriger/"), typed(appointment, email="autre@mail.example", note="Mot"))
    appointment.refresh_from_db()
    assert (appointment.email, appointment.counter_note) == (ODILE.email, "")


def test_only_with_the_link() -> None:
    walk, appointment = booked()
    stranger = Client()
    data = typed(appointment, p0__last_name="Volée")
    for answer in (
        stranger.get(walk.own(appointment, "corriger/")),
        stranger.post(walk.own(appointment, "corriger/"), data),
    ):
        assert answer.status_code == 403
    assert appointment.people.get().last_name == ODILE.last_name


def test_the_holder_needs_the_number_an_agent_could_do_without() -> None:
    walk, appointment = booked()
    answer = walk.client.post(walk.own(appointment, "corriger/"), typed(appointment, p0__number=""))
    assert "Le numéro de pré-demande est nécessaire" in text_of(answer)
    # Booked by an agent without: a name is mended before the number is there.
    appointment.people.update(pre_application_number="", holds_number=False)
    answer = walk.client.post(walk.own(appointment, "corriger/"), typed(appointment, p0__last_name="Réelle"))
    assert answer.status_code == 302, text_of(answer)
    answer = walk.client.post(walk.own(appointment, "corriger/"), typed(appointment, p0__number="z 12345 6789"))
    assert answer.status_code == 302, text_of(answer)
    assert (appointment.people.get().pre_application_number, appointment.people.get().holds_number) == (
        "Z123456789",
        True,
    )


def test_no_room_for_one_more_offers_times() -> None:
    walk, appointment = booked()
    walk.world.book(at(DAY, 9, 20), MEHDI, browser="autre")
    joins = {
        "p1__first_name": "Loïc", "p1__last_name": "Fictif", "p1__age": "mineur",
        "p1__birth_year": LOIC.birth_year, "p1__situation": "first", "p1__number": LOIC.number,
    }  # fmt: skip
    answer = walk.client.post(walk.own(appointment, "corriger/"), typed(appointment, de_plus="1", **joins))
    assert answer.status_code == 409
    assert "Horaires les plus proches" in text_of(answer)
    assert appointment.people.count() == 1


def test_the_second_press_is_one_correction() -> None:
    walk, appointment = booked(ODILE, LOIC)
    data = typed(appointment, p1__leaves="on")
    for _press in range(2):
        answer = walk.client.post(walk.own(appointment, "corriger/"), data)
    assert answer.status_code in (302, 409)
    appointment.refresh_from_db()
    assert (appointment.sequence, len(people_of(appointment))) == (1, 1)
    assert version_shown(appointment) != data["version"]


def test_what_was_changed_in_between_is_shown_before_the_next_press() -> None:
    """The page is sent while an agent drops one, then adds one: its second press takes nobody away unseen."""
    walk, appointment = booked(ODILE, LOIC, INES)
    data = typed(appointment, p0__last_name="Réelle")
    without_one = [one for one in people_of(appointment) if one.first_name != LOIC.first_name]
    correct_appointment(
        appointment=appointment,
        version=version_shown(appointment),
        correction=Correction([_as_it_is(one) for one in without_one] + [_joining(MEHDI)]),
    )
    answer = walk.client.post(walk.own(appointment, "corriger/"), data)
    assert answer.status_code == 409
    page = text_of(answer)
    assert "a changé entre-temps" in page
    assert [one in page for one in (INES.first_name, MEHDI.first_name, LOIC.first_name)] == [True, True, False]
    shown = [field for part in answer.context["form"].parts for field in part]
    assert {field.value() for field in shown if field.name == "last_name"} == {
        ODILE.last_name,
        INES.last_name,
        MEHDI.last_name,
    }
    answer = walk.client.post(walk.own(appointment, "corriger/"), _sent_as_shown(answer))
    assert answer.status_code == 302, text_of(answer)
    assert {one.first_name for one in people_of(appointment)} == {
        ODILE.first_name,
        INES.first_name,
        MEHDI.first_name,
    }


def _as_it_is(person: AppointmentPerson) -> CorrectedPerson:
    about = ("first_name", "last_name", "birth_year", "is_minor", "situation")
    details = PersonDetails(**{name: getattr(person, name) for name in about}, number=person.pre_application_number)
    return CorrectedPerson(details, person.pk)


def _joining(person: Resident) -> CorrectedPerson:
    return CorrectedPerson(PersonDetails(**person.details()))


def _sent_as_shown(answer: Any) -> dict[str, Any]:
    """The correction form of a page as a browser sends it."""
    form = answer.context["form"]
    sent = {"version": answer.context["version"], "de_plus": str(form.joining)}
    return sent | {field.html_name: field.value() or "" for part in form.parts for field in part}
