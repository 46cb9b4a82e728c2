"""Afterwards, without an account: the private link, the half hour, moving, cancelling, and nothing on GET."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from icalendar import Calendar
from pytest_django import DjangoAssertNumQueries

from booking.appointments.bookings.changes import cancel_appointment
from booking.appointments.enums import State, TypeKind
from booking.appointments.models import Appointment
from booking.residents.actions import mint_link, revoke_links
from municipalities.wording import say_day
from notifications.models import Message, ReminderPolicy
from tests.booking.appointments.walks import SEARCH, Walk, hold_id, lapse, text_of, token_of
from tests.factories.appointments import FeeFactory, RequiredDocumentFactory, at
from tests.people import GRETEL, INES, LOIC, MEHDI, ODILE, agent_of
from tests.worlds import day_ahead, shared_calendar

pytestmark = pytest.mark.django_db

VERBS = ("", "annuler/", "contact/", "rendez-vous.ics")


def eight() -> Any:
    return at(day_ahead(), 8)


def booked(*people: Any, **world: Any) -> tuple[Walk, Appointment]:
    walk = Walk(shared_calendar(**world))
    return walk, walk.book(eight(), *people)


def link_to(appointment: Appointment) -> str:
    token = mint_link(
        subject_type="appointment", subject_id=appointment.pk, expires_at=timezone.now() + timedelta(days=30)
    )
    return f"/lien/{token}/"


class TestTicket:
    def test_says_everything(self) -> None:
        world = shared_calendar()
        RequiredDocumentFactory.create(label={"fr": "Une photo"}, types=[world.type])
        FeeFactory.create(cents=8600, label={"fr": "timbre"}, types=[world.type])
        walk = Walk(world)
        appointment = walk.book(eight(), ODILE)
        page = text_of(walk.client.get(f"/rendez-vous/confirme/?rdv={appointment.pk}"))
        for said in (
            "Votre rendez-vous est confirmé",
            appointment.reference,
            world.facilities[0].name,
            "8 h",
            "Odile Fictive",
            ODILE.number,
            "Une photo",
            "86 €",
            "Il n’est pas vendu ici",
            "o…@mail.example",
            "<svg",
            "openstreetmap.org",
            "rendez-vous.ics",
            "Déplacer",
            "Annuler",
        ):
            assert said in page
        assert ODILE.email not in page

    def test_by_phone_alone(self) -> None:
        walk, _appointment = booked(MEHDI)
        assert "Un SMS part au +33 … 78" in text_of(walk.client.get("/rendez-vous/confirme/"))

    @pytest.mark.parametrize("days", [2, 3, None])
    def test_an_sms_is_promised_for_the_day_it_is_owed_and_only_then(self, days: int | None) -> None:
        """Each place has its own rule, and some write none: « la veille » would be untrue."""
        ReminderPolicy.objects.create(sms_is_on=days is not None, sms_days=days or 1)
        walk, appointment = booked(GRETEL)
        page = text_of(walk.client.get("/rendez-vous/confirme/"))
        owed = Message.objects.filter(subject_id=appointment.pk, kind="appointment.reminder_sms").first()
        assert (owed is None) == (days is None)
        assert ("et un SMS au" in page) == (owed is not None)
        assert owed is None or f"le {say_day(owed.due_at)}.".replace("\u00a0", " ") in page
        assert "la veille" not in page

    def test_names_are_escaped_wherever_they_came_from(self) -> None:
        walk, appointment = booked()
        appointment.people.update(first_name="<script>alert(1)</script>", last_name='"><img src=x>')
        page = text_of(walk.client.get(walk.own(appointment)))
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page

    def test_personal_pages_stay_out_of_caches(self) -> None:
        walk, appointment = booked()
        assert "no-store" in walk.client.get(walk.own(appointment))["Cache-Control"]

    def test_collection_has_neither_number_nor_situation(self) -> None:
        world = shared_calendar(kind=TypeKind.COLLECTION)
        walk = Walk(world)
        query = f"type={world.type.code}&mairie={world.facilities[0].slug}"
        address = walk.held(eight(), query=query)
        response = walk.confirm(address, ODILE, recherche=query)
        page = text_of(walk.client.get(response["Location"]))
        assert "pré-demande" not in page
        assert "Renouvellement" not in page

    def test_calendar_file_is_read_by_a_foreign_parser(self) -> None:
        walk, appointment = booked()
        response = walk.client.get(walk.own(appointment, "rendez-vous.ics"))
        assert response["Content-Type"].startswith("text/calendar")
        assert appointment.reference in response["Content-Disposition"]
        event = Calendar.from_ical(response.content).walk("VEVENT")[0]
        assert event["dtstart"].dt == appointment.starts_at

    @pytest.mark.parametrize("people", [[ODILE], [ODILE, LOIC, INES]])
    def test_same_number_of_queries_for_one_and_three_people(
        self, django_assert_num_queries: DjangoAssertNumQueries, people: list[Any]
    ) -> None:
        walk, appointment = booked(*people)
        walk.client.get(walk.own(appointment))
        with django_assert_num_queries(3):
            walk.client.get(walk.own(appointment))

    def test_past(self) -> None:
        walk, appointment = booked()
        Appointment.objects.filter(pk=appointment.pk).update(
            starts_at=timezone.now() - timedelta(days=2),
            ends_at=timezone.now() - timedelta(days=2, minutes=-20),
        )
        page = text_of(walk.client.get(walk.own(appointment)))
        assert "Ce rendez-vous est passé" in page
        assert "annuler/" not in page
        assert walk.client.get(walk.own(appointment, "annuler/")).status_code == 302
        assert "ne peut plus être modifié" in text_of(walk.client.post(walk.own(appointment, "annuler/")))


class TestLink:
    def test_is_exchanged_and_leaves_the_address_bar(self) -> None:
        _walk, appointment = booked()
        client = Client()
        response = client.get(link_to(appointment))
        assert response.status_code == 302
        assert response["Location"] == f"/rendez-vous/mon-rendez-vous/{appointment.pk}/"
        assert response["Referrer-Policy"] == "no-referrer"
        cookie = client.cookies["gc_acces"]
        assert cookie["httponly"]
        assert cookie["max-age"] == 1800
        assert appointment.reference in text_of(client.get(response["Location"]))

    @pytest.mark.parametrize("token", ["x", "a" * 32, "A" * 31 + "!", "%3Cscript%3E", "é" * 32])
    def test_tampered_says_so_and_offers_a_new_one(self, token: str) -> None:
        response = Client().get(f"/lien/{token}/")
        assert response.status_code == 404
        page = text_of(response)
        assert "Ce lien ne mène à aucun rendez-vous" in page
        assert 'name="contact"' in page

    def test_expired_and_replaced(self) -> None:
        _walk, appointment = booked()
        link = link_to(appointment)
        with time_machine.travel(timezone.now() + timedelta(days=31)):
            assert "n’est plus valable" in text_of(Client().get(link))
        revoke_links(subject_id=appointment.pk)
        assert "a été remplacé" in text_of(Client().get(link))

    def test_works_under_every_town_and_language(self) -> None:
        _walk, appointment = booked()
        slug = appointment.facility.municipality.slug
        response = Client().get(f"/communes/{slug}/de{link_to(appointment)}")
        assert response["Location"].startswith(f"/communes/{slug}/de/")


class TestHalfHour:
    def test_each_use_starts_it_again_and_then_it_ends(self) -> None:
        now = timezone.now()
        with time_machine.travel(now) as clock:
            walk, appointment = booked()
            for minutes in (25, 50, 75):
                clock.move_to(now + timedelta(minutes=minutes))
                assert walk.client.get(walk.own(appointment)).status_code == 200
            clock.move_to(now + timedelta(minutes=106))
            walk.client.cookies["gc_acces"]["expires"] = ""
            response = walk.client.get(walk.own(appointment))
            assert response.status_code == 403
            assert appointment.reference not in text_of(response)

    @pytest.mark.parametrize("verb", VERBS)
    def test_without_it_an_appointment_that_exists_looks_like_one_that_does_not(self, verb: str) -> None:
        walk, appointment = booked()
        stranger = Client()
        real = stranger.get(walk.own(appointment, verb))
        none = stranger.get(walk.own(appointment, verb).replace(str(appointment.pk)[:8], "00000000"))
        assert real.status_code == none.status_code == 403
        assert text_of(real).split("csrfmiddlewaretoken")[0] == text_of(none).split("csrfmiddlewaretoken")[0].replace(
            "00000000", str(appointment.pk)[:8]
        )

    @pytest.mark.parametrize("verb", ["annuler/", "contact/", "renvoyer/"])
    def test_strangers_change_nothing(self, verb: str) -> None:
        walk, appointment = booked()
        assert (
            Client().post(walk.own(appointment, verb), {"email": "x@mail.example", "language": "fr"}).status_code == 403
        )
        appointment.refresh_from_db()
        assert (appointment.state, appointment.email) == (State.BOOKED, ODILE.email)

    def test_forged_cookie(self) -> None:
        walk, appointment = booked()
        stranger = Client()
        stranger.cookies["gc_acces"] = appointment.pk.hex
        assert stranger.get(walk.own(appointment)).status_code == 403

    def test_half_an_hour_later_the_booking_page_opens_nothing_either(self) -> None:
        now = timezone.now()
        with time_machine.travel(now) as clock:
            walk = Walk(shared_calendar())
            address = walk.held(eight())
            walk.confirm(address, ODILE)
            clock.move_to(now + timedelta(minutes=31))
            walk.forget("gc_acces")
            assert walk.client.get(address).status_code == 403


class TestCancel:
    def test_asks_then_frees_the_time_at_once(self) -> None:
        walk, appointment = booked()
        assert "Annuler ce rendez-vous" in text_of(walk.client.get(walk.own(appointment, "annuler/")))
        assert Walk(walk.world).hold(eight()).status_code == 409
        response = walk.client.post(walk.own(appointment, "annuler/"), follow=True)
        assert "Ce rendez-vous est annulé" in text_of(response)
        assert Walk(walk.world).hold(eight()).status_code == 302

    def test_twice_is_once(self) -> None:
        walk, appointment = booked()
        for _n in range(2):
            assert walk.client.post(walk.own(appointment, "annuler/")).status_code == 302
        assert Message.objects.filter(kind="appointment.cancelled_by_resident").count() == 1

    def test_cancelled_by_the_office_says_why(self) -> None:
        walk, appointment = booked()
        cancel_appointment(appointment=appointment, reason="Panne du dispositif", by=agent_of(appointment.facility))
        page = text_of(walk.client.get(walk.own(appointment)))
        assert "La mairie a dû l’annuler" in page
        assert "Panne du dispositif" in page
        assert "Prendre un nouveau rendez-vous" in page


class TestMove:
    def move(self, walk: Walk, appointment: Appointment, to: Any) -> Any:
        return walk.hold(to, query=f"deplace={appointment.pk}")

    def test_search_again_see_both_then_move(self) -> None:
        walk, appointment = booked()
        page = text_of(walk.client.get(f"{SEARCH}?deplace={appointment.pk}"))
        assert "Vous déplacez votre rendez-vous du" in page
        address = self.move(walk, appointment, at(day_ahead(), 9, 20))["Location"]
        page = text_of(walk.client.get(address))
        assert "Rendez-vous actuel" in page
        assert "9 h 20" in page
        token = token_of(walk.world.facilities[0], at(day_ahead(), 9, 20))
        for _click in range(2):
            response = walk.client.post(address, {"creneau": token})
            assert response.status_code == 302
        assert "est déplacé" in text_of(walk.client.get(response["Location"]))
        appointment.refresh_from_db()
        assert appointment.starts_at == at(day_ahead(), 9, 20)
        assert Walk(walk.world).hold(eight()).status_code == 302

    def test_looking_at_the_new_time_moves_nothing(self) -> None:
        walk, appointment = booked()
        walk.client.get(self.move(walk, appointment, at(day_ahead(), 9, 20))["Location"])
        appointment.refresh_from_db()
        assert appointment.starts_at == eight()

    def test_lapsed_keeps_the_old_time(self) -> None:
        walk, appointment = booked()
        address = self.move(walk, appointment, at(day_ahead(), 9, 20))["Location"]
        lapse(hold_id(address))
        assert walk.client.get(address).status_code == 410
        Appointment.objects.filter(pk=hold_id(address)).delete()
        response = walk.client.post(address)
        assert response.status_code == 410
        assert "reste valable" in text_of(response)

    def test_of_somebody_else_is_refused_before_anything_is_held(self) -> None:
        walk, appointment = booked()
        stranger = Walk(walk.world)
        assert self.move(stranger, appointment, at(day_ahead(), 9, 20)).status_code == 403
        assert stranger.client.get(f"{SEARCH}?deplace={appointment.pk}").status_code == 403
        assert not Appointment.objects.held().exists()

    def test_cancelled_cannot_be_moved(self) -> None:
        walk, appointment = booked()
        address = self.move(walk, appointment, at(day_ahead(), 9, 20))["Location"]
        walk.client.post(walk.own(appointment, "annuler/"))
        assert "ne peut plus être modifié" in text_of(walk.client.post(address))

    def test_booking_page_of_a_move_leads_to_the_move(self) -> None:
        walk, appointment = booked()
        address = self.move(walk, appointment, at(day_ahead(), 9, 20))["Location"]
        assert walk.client.get(f"/rendez-vous/retenu/{hold_id(address)}/")["Location"] == address

    def test_agent_moves_for_somebody_whose_page_is_open(self) -> None:
        walk, appointment = booked()
        walk.client.force_login(agent_of(appointment.facility))
        address = self.move(walk, appointment, at(day_ahead(), 9, 20))["Location"]
        assert walk.client.post(address).status_code == 302
