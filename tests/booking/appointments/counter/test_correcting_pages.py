"""An agent mends a file, notes something for the counter, and cancels for whoever asked."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.appointments.bookings.changes import cancel_appointment, change_contact
from booking.appointments.bookings.correcting import version_shown
from booking.appointments.bookings.queries import people_of
from booking.appointments.counter.figures import day_figures
from booking.appointments.enums import State
from booking.appointments.models import Appointment
from booking.appointments.retention import purge
from municipalities.database.transactions import Busy
from municipalities.models import StaffMember
from notifications.models import Message
from tests import people
from tests.booking.appointments.walks import Walk, text_of
from tests.factories.appointments import at
from tests.people import INES, LOIC, MEHDI, ODILE
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db

DAY = day_ahead()


@pytest.fixture
def world() -> World:
    return shared_calendar()


@pytest.fixture
def agent(world: World) -> StaffMember:
    return people.agent_of(world.facilities[0])


@pytest.fixture
def desk(client: Client, agent: StaffMember) -> Client:
    client.force_login(agent, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def address(appointment: Appointment) -> str:
    return reverse("counter:correct", args=[appointment.pk])


def typed(appointment: Appointment, **changed: Any) -> dict[str, Any]:
    """The page as it was shown, with these changes."""
    data: dict[str, Any] = {
        "version": version_shown(appointment),
        "de_plus": "0",
        "email": appointment.email,
        "phone": appointment.phone,
        "language": appointment.language,
        "note": appointment.counter_note,
    }
    for n, person in enumerate(people_of(appointment)):
        data |= {
            f"p{n}-pk": person.pk,
            f"p{n}-first_name": person.first_name,
            f"p{n}-last_name": person.last_name,
            f"p{n}-age": "mineur" if person.is_minor else "majeur",
            f"p{n}-birth_year": person.birth_year or "",
            f"p{n}-situation": person.situation,
            f"p{n}-number": person.pre_application_number,
        }
    return data | {name.replace("__", "-"): value for name, value in changed.items()}


def test_the_family_of_three_of_which_one_dropped_out(desk: Client, world: World) -> None:
    booked = world.book(at(DAY, 9), ODILE, LOIC, INES)
    page = text_of(desk.get(address(booked)))
    for said in ("Cette personne ne vient plus", "Loïc", "Note pour le guichet", "A123456789"):
        assert said in page
    answer = desk.post(address(booked), typed(booked, p1__leaves="on", p1__number="faux"))
    assert answer.status_code == 302, text_of(answer)
    booked.refresh_from_db()
    assert (booked.people_count, booked.ends_at) == (2, at(DAY, 9, 35))
    assert [one.first_name for one in people_of(booked)] == ["Odile", "Inès"]
    assert "est corrigé" in text_of(desk.get(answer["Location"]))


def test_the_title_says_an_error_only_where_there_is_one(desk: Client, world: World) -> None:
    page = desk.get(address(world.book(at(DAY, 9)))).content.decode()
    assert "Corriger le dossier" in page and "Erreur" not in page.split("</title>")[0]


def test_one_more_is_added_without_losing_what_is_typed(desk: Client, world: World) -> None:
    booked = world.book(at(DAY, 9))
    page = text_of(desk.post(address(booked), typed(booked, p0__last_name="Réelle", ajouter="1")))
    assert 'value="Réelle"' in page
    assert 'name="de_plus" value="1"' in page
    assert booked.people.get().last_name == ODILE.last_name
    joins = {"p1__last_name": "Fictif", "p1__age": "mineur", "p1__number": LOIC.number, "p1__situation": "first"}
    answer = desk.post(address(booked), typed(booked, p0__last_name="Réelle", de_plus="1", **joins))
    assert answer.status_code == 302, text_of(answer)
    assert [one.last_name for one in people_of(booked)] == ["Réelle", "Fictif"]


def test_no_room_offers_the_nearest_times_and_one_press_takes_one_with_all_that_was_typed(
    desk: Client, world: World
) -> None:
    booked = world.book(at(DAY, 9))
    world.book(at(DAY, 9, 20), MEHDI)
    joins = {"p1__last_name": "Fictif", "p1__age": "majeur", "p1__number": LOIC.number, "p1__situation": "first"}
    asked = typed(booked, de_plus="1", note="Rappeler", **joins)
    answer = desk.post(address(booked), asked)
    assert answer.status_code == 409
    token = re.findall(r'name="creneau"\s+value="([^"]+)"', answer.content.decode())[0]
    assert 'value="Fictif"' in text_of(answer)
    assert desk.post(address(booked), asked | {"creneau": token}).status_code == 302
    booked.refresh_from_db()
    assert (booked.people_count, booked.counter_note) == (2, "Rappeler")
    assert booked.starts_at != at(DAY, 9)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"p0__last_name": ""}, "Écrivez le nom"),
        ({"p0__number": "A12"}, "dix lettres ou chiffres"),
        ({"p0__number": MEHDI.number}, "a déjà un rendez-vous"),
        ({"phone": "072 123 45 67"}, "ne peut pas exister"),
        ({"email": "odile@"}, "ne peut pas exister"),
        ({"version": "1"}, "a changé entre-temps"),
        ({"creneau": "x"}, "Choisissez une heure"),
        ({"note": "n" * 501}, "500"),
        ({"p0__leaves": "on"}, "Une personne au moins doit venir"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_changed(
    desk: Client, world: World, changed: dict[str, Any], sentence: str
) -> None:
    world.book(at(DAY, 10), MEHDI)
    booked = world.book(at(DAY, 9))
    answer = desk.post(address(booked), typed(booked, p0__first_name="Autre", **changed))
    assert answer.status_code in (409, 422)
    assert sentence in text_of(answer)
    assert booked.people.get().first_name == "Odile"


def test_a_note_alone_sends_nothing_and_is_on_the_sheet_and_the_list_until_the_identity_goes(
    desk: Client, world: World
) -> None:
    booked = world.book(at(DAY, 9))
    told = Message.objects.count()
    desk.post(address(booked), typed(booked, note="Vient avec sa sœur"))
    assert Message.objects.count() == told
    day, key = DAY.isoformat(), f"rdv-{booked.pk}"
    for page in (
        reverse("counter:day", args=[booked.facility_id]) + f"?jour={day}",
        reverse("counter:sheet", args=[booked.facility_id]) + f"?jour={day}&rdv={key}",
    ):
        assert "Vient avec sa sœur" in text_of(desk.get(page)), page
    Appointment.objects.filter(pk=booked.pk).update(state=State.ATTENDED)
    purge(now=at(DAY.replace(year=DAY.year + 1), 9))
    booked.refresh_from_db()
    assert booked.counter_note == ""


def test_the_holder_sees_no_note(world: World) -> None:
    walk = Walk(world)
    booked = walk.book(at(DAY, 9))
    Appointment.objects.filter(pk=booked.pk).update(counter_note="Vient avec sa sœur")
    for verb in ("", "corriger/"):
        page = text_of(walk.client.get(walk.own(booked, verb)))
        assert "sœur" not in page
        assert "Note pour le guichet" not in page


def test_a_cancelled_file_is_not_opened(desk: Client, world: World) -> None:
    booked = world.book(at(DAY, 9))
    Appointment.objects.filter(pk=booked.pk).update(state=State.CANCELLED_BY_OFFICE, cancelled_at=at(DAY, 8))
    assert desk.get(address(booked)).status_code == 302


@pytest.mark.parametrize(
    ("asked", "state", "kind", "sorry"),
    [
        ({"asked_for": "phone"}, State.CANCELLED_BY_RESIDENT, "appointment.cancelled_for_caller", False),
        ({"asked_for": "counter"}, State.CANCELLED_BY_RESIDENT, "appointment.cancelled_for_caller", False),
        (
            {"asked_for": "office", "reason": "Panne"},
            State.CANCELLED_BY_OFFICE,
            "appointment.cancelled_by_office",
            True,
        ),
    ],
)
def test_who_asked_is_not_who_typed(
    desk: Client, world: World, asked: dict[str, str], state: str, kind: str, sorry: bool
) -> None:
    from django.core import mail

    from notifications.delivery import deliver_due

    booked = world.book(at(DAY, 9))
    answer = desk.post(reverse("counter:cancel", args=[booked.pk]), asked)
    assert answer.status_code == 302, text_of(answer)
    booked.refresh_from_db()
    assert booked.state == state
    assert set(Message.objects.filter(state="queued").values_list("kind", flat=True)) == {kind}
    deliver_due()
    (letter,) = mail.outbox
    assert ("excuser" in letter.body) is sorry
    assert ("Panne" in letter.body) is sorry
    figures = day_figures(booked.facility, DAY, [booked])
    through_agent = int(not sorry)
    assert (figures.called_off, figures.called_off_at_counter, figures.cancelled_by_office) == (
        through_agent,
        through_agent,
        int(sorry),
    )


@pytest.mark.parametrize(
    ("asked", "sentence"), [({}, "Dites qui annule"), ({"asked_for": "office"}, "doit savoir pourquoi")]
)
def test_the_office_says_why(desk: Client, world: World, asked: dict[str, str], sentence: str) -> None:
    booked = world.book(at(DAY, 9))
    assert sentence in text_of(desk.post(reverse("counter:cancel", args=[booked.pk]), asked))
    booked.refresh_from_db()
    assert booked.state == State.BOOKED


def test_a_contact_that_its_holder_has_changed_meanwhile_is_not_put_back(desk: Client, world: World) -> None:
    booked = world.book(at(DAY, 9))
    data = typed(booked, p0__last_name="Réelle")
    change_contact(appointment=booked, email="neuve@mail.example", phone="", language="fr")
    answer = desk.post(address(booked), data)
    assert answer.status_code == 409
    assert "neuve@mail.example" in text_of(answer)
    assert ODILE.email not in text_of(answer)


def test_whoever_was_only_busy_sees_the_next_change_too(
    desk: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal that changes nothing leaves the page what it was: of the version that it shows."""
    booked = world.book(at(DAY, 9))
    data = typed(booked, p0__last_name="Réelle")
    change_contact(appointment=booked, email="neuve@mail.example", phone="", language="fr")

    def busy(**_asked: Any) -> Appointment:
        raise Busy

    monkeypatch.setattr("booking.appointments.bookings.correction_page.correct_appointment", busy)
    answer = desk.post(address(booked), data)
    assert answer.status_code == 409
    assert answer.context["version"] == data["version"]


@pytest.mark.parametrize("asked", [{"asked_for": "office", "reason": "Panne"}, {"asked_for": "phone"}])
def test_what_its_holder_has_just_cancelled_is_not_said_to_be_told_again(
    desk: Client, world: World, asked: dict[str, str]
) -> None:
    booked = world.book(at(DAY, 9))
    cancel_appointment(appointment=booked)
    answer = text_of(desk.post(reverse("counter:cancel", args=[booked.pk]), asked, follow=True))
    assert "était déjà annulé" in answer
    assert "en est avertie" not in answer
