"""Answering an offered start, changing one's mind, and what agents see of it."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from booking.appointments.models import Appointment, EarlierOffer, WaitingListEntry
from booking.appointments.waiting_list.entries import join_waiting_list
from municipalities.models import StaffMember
from notifications.models import Message
from notifications.tasks import deliver_due
from tests.booking.appointments.resident.test_views_contact import snapshot
from tests.booking.appointments.resident.test_views_waiting import asked, enter, offered, page_of
from tests.booking.appointments.waiting_list.test_offers import free_starts, wish
from tests.booking.appointments.walks import Walk, text_of
from tests.factories.appointments import at
from tests.people import ODILE, agent_of, manager_of_facility
from tests.worlds import day_ahead, shared_calendar

pytestmark = pytest.mark.django_db


class TestAnswering:
    def test_the_mail_opens_the_offer_and_looking_changes_nothing(self) -> None:
        world = shared_calendar()
        entry, offer, _client = offered(world)
        deliver_due()
        told = "".join(str(one.body) for one in mail.outbox if one.to == [entry.email])
        (link,) = re.findall(r"https?://[^/\s]+(/lien/\S+)", told)
        client = Client()
        before = snapshot()
        response = client.get(link, follow=True)
        for verb in ("", "modifier/", "quitter/"):
            assert client.get(page_of(entry, verb)).status_code == 200
        for verb in ("accepter/", "refuser/"):
            assert client.get(page_of(entry, verb)).status_code == 405
        assert snapshot() == before
        page = text_of(response)
        assert "Cet horaire est pour vous" in page
        assert "Réservé pour vous jusqu’à" in page
        assert f'data-expires="{offer.deadline.astimezone(timezone.get_current_timezone()):%Y-%m-%dT%H:%M}' in page
        assert response["Cache-Control"] == "no-store, private"

    def test_accepting_leads_to_the_booking_page_which_knows_the_contact(self) -> None:
        world = shared_calendar()
        entry, offer, client = offered(world)
        response = client.post(page_of(entry, "accepter/"), {"offre": str(offer.pk)})
        address = response["Location"]
        page = text_of(client.get(address))
        assert 'value="premier@mail.example"' in page
        assert "Réservé pour vous jusqu’à" in page
        assert "Il reste à confirmer" in text_of(client.get(page_of(entry)))
        walk = Walk(world)
        walk.client = client
        booked = walk.confirm(address, ODILE)
        assert booked["Location"].startswith("/rendez-vous/confirme/")
        assert Appointment.objects.get(state="booked").starts_at == at(day_ahead(), 9)
        assert "cette demande est terminée" in text_of(client.get(page_of(entry)))
        # The mail's link still says what became of it.
        assert "cette demande est terminée" in text_of(enter(entry).get(page_of(entry)))

    def test_refusing_keeps_the_rank(self) -> None:
        world = shared_calendar()
        entry, offer, client = offered(world)
        response = client.post(page_of(entry, "refuser/"), {"offre": str(offer.pk)}, follow=True)
        assert "Votre place dans la liste reste la même" in text_of(response)
        assert at(day_ahead(), 9) in free_starts(world)
        again = client.post(page_of(entry, "refuser/"), {"offre": str(offer.pk)}, follow=True)
        assert again.status_code == 200
        entry.refresh_from_db()
        assert entry.state == "waiting"

    @pytest.mark.parametrize("verb", ["accepter/"])
    def test_an_answer_after_the_deadline_is_told_so(self, verb: str) -> None:
        world = shared_calendar()
        entry, offer, client = offered(world)
        with time_machine.travel(offer.deadline + timedelta(seconds=1), tick=False):
            client = enter(entry)
            assert "Vous êtes en liste d’attente" in text_of(client.get(page_of(entry)))
            response = client.post(page_of(entry, verb), {"offre": str(offer.pk)})
            assert response.status_code == 410
            page = text_of(response)
            assert "Votre place dans la liste est gardée" in page
            assert page_of(entry) in page

    @pytest.mark.parametrize("offre", ["", "pas-un-uuid", "00000000-0000-0000-0000-000000000000"])
    def test_an_offer_that_is_nobodys(self, offre: str) -> None:
        world = shared_calendar()
        entry, _offer, client = offered(world)
        assert client.post(page_of(entry, "accepter/"), {"offre": offre}).status_code == 410
        assert client.post(page_of(entry, "refuser/"), {"offre": offre}).status_code == 302
        assert EarlierOffer.objects.get().state == "offered"

    def test_nobody_answers_for_another(self) -> None:
        world = shared_calendar()
        _entry, offer, _client = offered(world)
        other = join_waiting_list(wish=wish(), type=world.type, email="autre@mail.example")
        intruder = enter(other)
        for verb in ("accepter/", "refuser/"):
            intruder.post(page_of(other, verb), {"offre": str(offer.pk)})
        assert EarlierOffer.objects.get().state == "offered"
        for verb in ("accepter/", "refuser/", "modifier/", "quitter/"):
            response = Client().post(page_of(other, verb), {"offre": str(offer.pk)})
            assert response.status_code == 403
        for verb in ("", "modifier/", "quitter/"):
            assert Client().get(page_of(other, verb)).status_code == 403

    def test_claiming_again_gives_no_more_time(self) -> None:
        world = shared_calendar()
        entry, offer, client = offered(world)
        with time_machine.travel(offer.deadline - timedelta(minutes=1), tick=False):
            client = enter(entry)
            client.post(page_of(entry, "accepter/"), {"offre": str(offer.pk)})
            first = Appointment.objects.held().get().expires_at
        assert first is not None
        with time_machine.travel(first - timedelta(minutes=1), tick=False):
            enter(entry).post(page_of(entry, "accepter/"), {"offre": str(offer.pk)})
            assert Appointment.objects.held().get().expires_at == first


class TestChangingOnesMind:
    def test_another_wish_keeps_the_rank(self) -> None:
        world = shared_calendar(town_halls=2)
        entry = join_waiting_list(wish=wish(weekdays=frozenset({2})), type=world.type, email="a@mail.example")
        client = enter(entry)
        page = text_of(client.get(page_of(entry, "modifier/")))
        assert re.search(r'value="mer"[^>]*checked', page)
        assert client.post(page_of(entry, "modifier/"), asked(world, until_day="hier")).status_code == 422
        changed = asked(world, where="choix", facilities=[world.facilities[0].slug], earliest="9:00")
        response = client.post(page_of(entry, "modifier/"), changed, follow=True)
        assert "Votre demande est changée" in text_of(response)
        after = WaitingListEntry.objects.get()
        assert (after.facility_ids, after.weekdays, after.created_at) == (
            [world.facilities[0].pk],
            [],
            entry.created_at,
        )
        assert (after.email, after.people_count) == ("a@mail.example", 1)
        assert world.facilities[0].name in text_of(client.get(page_of(entry)))

    def test_leaving_asks_first_and_can_be_done_twice(self) -> None:
        world = shared_calendar()
        entry, _offer, client = offered(world)
        assert "Quitter la liste d’attente ?" in text_of(client.get(page_of(entry, "quitter/")))
        for _n in range(2):
            response = client.post(page_of(entry, "quitter/"), follow=True)
            assert "Vous n’êtes plus en liste d’attente" in text_of(response)
        assert at(day_ahead(), 9) in free_starts(world)
        for verb in ("modifier/", "quitter/"):
            assert client.get(page_of(entry, verb))["Location"] == page_of(entry)
        assert client.post(page_of(entry, "modifier/"), asked(world))["Location"] == page_of(entry)

    def test_a_wish_that_has_run_out_can_be_prolonged(self) -> None:
        world = shared_calendar()
        entry = join_waiting_list(wish=wish(), type=world.type, email="a@mail.example")
        with time_machine.travel(timezone.now() + timedelta(days=40), tick=False):
            client = enter(entry)
            assert "arrivée à son terme" in text_of(client.get(page_of(entry)))
            day = timezone.localdate()
            data = asked(world, from_day=day.isoformat(), until_day=(day + timedelta(days=9)).isoformat())
            client.post(page_of(entry, "modifier/"), data)
            assert "Vous êtes en liste d’attente" in text_of(client.get(page_of(entry)))

    def test_a_lost_link_comes_again(self) -> None:
        world = shared_calendar()
        entry = join_waiting_list(wish=wish(), type=world.type, email="a@mail.example")
        Message.objects.all().delete()
        Client().post("/retrouver/", {"contact": "A@mail.example"})
        assert Message.objects.get().subject_id == entry.pk


class TestStaff:
    def panel(self, staff: StaffMember) -> str:
        client = Client()
        client.force_login(staff)
        return text_of(client.get("/agents/"))

    def test_managers_see_how_many_wait_and_not_who(self, settings: Any) -> None:
        settings.STAFF_MFA_REQUIRED = False
        world = shared_calendar(town_halls=2)
        here, there = world.facilities
        for n, place in enumerate([(), (here.pk,), (there.pk,)]):
            join_waiting_list(wish=wish(facility_ids=place), type=world.type, email=f"secret{n}@mail.example")
        page = self.panel(manager_of_facility(here))
        assert "Liste d’attente" in page
        assert re.search(rf"{re.escape(world.type.name['fr'])}.{{0,200}}2 personnes", page, re.S)
        assert "secret" not in page
        for other in (agent_of(here), agent_of(there)):
            assert "Liste d’attente" not in self.panel(other)
