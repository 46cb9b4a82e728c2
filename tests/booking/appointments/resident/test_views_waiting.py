"""« Plus tôt » through the pages: bad input first, nothing on GET, a rank that only leaving loses."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from booking.appointments.bookings.changes import cancel_appointment, change_contact
from booking.appointments.models import EarlierOffer, WaitingListEntry
from booking.appointments.resident import rates
from booking.appointments.waiting_list.entries import join_waiting_list
from booking.appointments.waiting_list.offers import offer_freed_starts
from booking.residents.actions import mint_link
from notifications.models import Message
from tests.booking.appointments.waiting_list.test_offers import free_starts, wish
from tests.booking.appointments.walks import FOR_EVER, Walk, text_of
from tests.factories.appointments import at
from tests.people import MEHDI, ODILE
from tests.worlds import World, day_ahead, reached, shared_calendar

pytestmark = pytest.mark.django_db

JOIN = "/rendez-vous/plus-tot/"


def asked(world: World, **changed: Any) -> dict[str, Any]:
    return {
        "recherche": f"type={world.type.code}",
        "where": "toutes",
        "from_day": timezone.localdate().isoformat(),
        "until_day": day_ahead(4, weeks=3).isoformat(),
        "people": "1",
        "email": "odile@mail.example",
        "language": "fr",
    } | changed


def join(world: World, client: Client | None = None, **changed: Any) -> Any:
    return (client or Client()).post(JOIN, asked(world, **changed))


def enter(entry: WaitingListEntry) -> Client:
    """A browser that has followed the entry's private link."""
    client = Client()
    token = mint_link(subject_type="waiting", subject_id=entry.pk, expires_at=timezone.now() + timedelta(days=1))
    response = client.get(f"/lien/{token}/")
    assert response["Location"] == page_of(entry)
    assert response["Referrer-Policy"] == "no-referrer"
    return client


def page_of(entry: WaitingListEntry, verb: str = "") -> str:
    return f"/rendez-vous/attente/{entry.pk}/{verb}"


def offered(world: World, name: str = "premier", **more: Any) -> tuple[WaitingListEntry, EarlierOffer, Client]:
    """A person to whom next Tuesday at nine has just been offered."""
    booked = world.book(at(day_ahead(), 9))
    (entry,) = reached(join_waiting_list(wish=wish(), type=world.type, email=f"{name}@mail.example", **more))
    cancel_appointment(appointment=booked)
    assert offer_freed_starts() == 1
    return entry, EarlierOffer.objects.get(entry=entry), enter(entry)


class TestJoining:
    def test_the_search_leads_there_when_the_first_start_is_far(self) -> None:
        world = shared_calendar(weekdays=())
        page = text_of(Walk(world).search("personnes=2"))
        (link,) = set(re.findall(r'href="(/rendez-vous/plus-tot/[^"]*)"', page))
        response = Client().get(link.replace("&amp;", "&"))
        assert response.status_code == 200
        form = text_of(response)
        assert '<option value="2" selected>' in form
        assert "une seule personne à la fois" in form
        assert "Refuser, ou ne pas répondre, ne fait pas perdre votre place" in form

    def test_a_start_within_a_week_makes_no_noise(self) -> None:
        world = shared_calendar(weekdays=(0, 1, 2, 3, 4, 5, 6))
        assert "plus-tot" not in text_of(Walk(world).search())

    def test_without_a_type_the_search_asks_for_one(self) -> None:
        assert Client().get(JOIN)["Location"].startswith("/rendez-vous/?")
        assert Client().post(JOIN, {"recherche": "type=nimporte"}).status_code == 302

    def test_what_is_asked_is_kept(self) -> None:
        world = shared_calendar(town_halls=2)
        place = world.facilities[1]
        response = join(
            world,
            where="choix",
            facilities=[place.slug],
            weekdays=["lun", "mar"],
            earliest="8h30",
            latest="11:00",
            people="2",
            phone="06 12 34 56 78",
            language="de",
        )
        assert response["Location"] == "/rendez-vous/plus-tot/note/"
        entry = WaitingListEntry.objects.get()
        assert (entry.facility_ids, entry.weekdays, entry.people_count) == ([place.pk], [0, 1], 2)
        assert (f"{entry.earliest:%H:%M}", f"{entry.latest:%H:%M}") == ("08:30", "11:00")
        assert (entry.email, entry.phone, entry.language) == ("odile@mail.example", "+33612345678", "de")
        assert "privé" in text_of(Client().get(response["Location"]))

    def test_a_radius_is_measured_from_a_municipality(self) -> None:
        world = shared_calendar()
        wrong = text_of(join(world, where="rayon", radius="10"))
        assert "Choisissez votre commune" in wrong
        assert join(world, where="rayon", radius="12 km", home=world.municipality.slug).status_code == 302
        entry = WaitingListEntry.objects.get()
        assert (entry.radius_km, entry.home_municipality) == (12, world.municipality)

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"where": ""}, "Dites dans quelles mairies"),
            ({"where": "choix"}, "Cochez au moins une mairie"),
            ({"where": "choix", "facilities": ["ailleurs"]}, "Cette mairie n’est pas dans la liste"),
            ({"where": "rayon", "radius": "loin", "home": ""}, "« loin » n’est pas une distance"),
            ({"where": "rayon", "radius": "101"}, "n’est pas une distance"),
            ({"home": "atlantide"}, "Cette commune n’est pas dans la liste"),
            ({"until_day": "2020-01-01"}, "est passé"),
            ({"until_day": "2099-01-01"}, "au plus un an"),
            ({"until_day": "jamais"}, "« jamais » n’est pas une date"),
            ({"until_day": ""}, "Écrivez le dernier jour possible"),
            ({"from_day": "31/02/2027"}, "n’existe pas"),
            ({"from_day": day_ahead(1, weeks=9).isoformat()}, "La date de fin est avant"),
            ({"weekdays": ["dim"]}, "n’est pas un jour de la semaine"),
            ({"earliest": "25h"}, "« 25h » n’est pas une heure"),
            ({"earliest": "11:00", "latest": "9:00"}, "L’heure de fin est avant"),
            ({"people": "9"}, "Choisissez un nombre de personnes"),
            ({"email": ""}, "Donnez un courriel ou un mobile"),
            ({"email": "odile@"}, "Cette adresse ne peut pas exister"),
            ({"email": "", "phone": "03 89 00 00 00"}, "ligne fixe"),
            ({"language": "tlh"}, "Choisissez une réponse"),
        ],
    )
    def test_bad_input_is_said_beside_the_field_and_what_was_typed_stays(
        self, changed: dict[str, Any], sentence: str
    ) -> None:
        world = shared_calendar()
        response = join(world, **({"email": "garde@mail.example"} | changed))
        assert response.status_code == 422
        page = text_of(response)
        if "language" not in changed:
            assert page.count(sentence) >= 2, "in the summary and beside the field"
        for value in changed.values():
            if isinstance(value, str) and value and "language" not in changed and "home" not in changed:
                assert value in page or "people" in changed
        assert not WaitingListEntry.objects.exists()
        assert not Message.objects.exists()

    def test_who_waits_already_is_told_by_mail_and_nobody_else_learns_it(self) -> None:
        world = shared_calendar()
        first = join(world)
        again = join(world, email="ODILE+bis@mail.example", people="2")
        assert (first.status_code, first["Location"]) == (again.status_code, again["Location"])
        entry = WaitingListEntry.objects.get()
        assert entry.people_count == 1
        told = Message.objects.filter(kind="waiting.joined")
        assert [message.recipient for message in told] == ["odile@mail.example"] * 2, "never to what was typed"

    def test_one_browser_and_one_address_ask_so_often_a_day(self, settings: Any) -> None:
        settings.RATE_LIMITS = {rates.WAITS.name: (2, 3, FOR_EVER)}
        world = shared_calendar()
        client = Client()
        codes = [join(world, client, email=f"a{n}@mail.example").status_code for n in range(3)]
        assert codes == [302, 302, 429]
        assert [join(world, email=f"b{n}@mail.example").status_code for n in range(2)] == [302, 429]
        assert WaitingListEntry.objects.count() == 3

    def test_a_title_is_collected_where_it_lies(self) -> None:
        world = shared_calendar(town_halls=2, kind="collection")
        assert "Choisissez la mairie où vous avez déposé" in text_of(join(world))
        slug = world.facilities[1].slug
        join(world, facilities=slug, recherche=f"type={world.type.code}&mairie={slug}")
        assert WaitingListEntry.objects.get().facility_ids == [world.facilities[1].pk]

    def test_asking_again_after_the_last_day_is_a_new_wish(self) -> None:
        world = shared_calendar()
        join(world)
        with time_machine.travel(timezone.now() + timedelta(days=40), tick=False):
            join(world, from_day="", until_day="")
            join(
                world,
                from_day=timezone.localdate().isoformat(),
                until_day=(timezone.localdate() + timedelta(days=5)).isoformat(),
            )
        assert sorted(WaitingListEntry.objects.values_list("state", flat=True)) == ["left", "waiting"]


class TestWithAnAppointment:
    def test_its_type_people_and_contact_count_and_the_day_before_is_the_last(self) -> None:
        world = shared_calendar()
        walk = Walk(world)
        appointment = walk.book(at(day_ahead(), 11), ODILE, MEHDI)
        assert walk.own(appointment, "plus-tot/") in text_of(walk.client.get(walk.own(appointment)))
        page = walk.client.get(walk.own(appointment, "plus-tot/"))
        assert f'value="{day_ahead() - timedelta(days=1):%Y-%m-%d}"' in text_of(page)
        late = asked(world, until_day=(day_ahead() + timedelta(days=1)).isoformat())
        refused = walk.client.post(walk.own(appointment, "plus-tot/"), late)
        assert "ne va pas au-delà" in text_of(refused)

        response = walk.client.post(
            walk.own(appointment, "plus-tot/"), asked(world, until_day=day_ahead().isoformat(), email="x@mail.example")
        )
        entry = WaitingListEntry.objects.get()
        assert response["Location"] == page_of(entry) + "?fait=inscrit"
        assert (entry.appointment, entry.people_count, entry.email) == (appointment, 2, ODILE.email)
        shown = text_of(walk.client.get(response["Location"]))
        assert "Votre demande est enregistrée" in shown
        assert "reste à vous" in shown
        again = walk.client.post(walk.own(appointment, "plus-tot/"), asked(world))
        assert again["Location"] == page_of(entry) + "?fait=deja"
        assert walk.client.get(walk.own(appointment, "plus-tot/"))["Location"] == page_of(entry)

    def test_only_with_the_right_to_the_appointment(self) -> None:
        world = shared_calendar()
        appointment = world.book(at(day_ahead(), 11))
        for client in (Client().get, Client().post):
            assert client(f"/rendez-vous/mon-rendez-vous/{appointment.pk}/plus-tot/").status_code == 403

    def test_accepting_leads_to_the_move_which_frees_the_old_time(self) -> None:
        world = shared_calendar()
        walk = Walk(world)
        mine = walk.book(at(day_ahead(), 11), MEHDI)
        early = world.book(at(day_ahead(), 9), browser="autre")
        walk.client.post(walk.own(mine, "plus-tot/"), asked(world, until_day=day_ahead().isoformat()))
        entry = WaitingListEntry.objects.get()
        client = enter(entry)  # on another device
        cancel_appointment(appointment=early)
        offer_freed_starts()
        offer = EarlierOffer.objects.get()
        response = client.post(page_of(entry, "accepter/"), {"offre": str(offer.pk)}, follow=True)
        assert "Déplacer le rendez-vous ?" in text_of(response)
        address = response.redirect_chain[-1][0]
        moved = client.post(address, {"creneau": ""}, follow=True)
        assert "déplacé" in text_of(moved)
        mine.refresh_from_db()
        assert mine.starts_at == at(day_ahead(), 9)
        assert "Vous avez votre rendez-vous" in text_of(client.get(page_of(entry)))
        assert at(day_ahead(), 11) in free_starts(world)

    def test_a_new_contact_gets_the_offers_and_the_old_link_ends(self) -> None:
        world = shared_calendar()
        mine = world.book(at(day_ahead(), 11), MEHDI)
        entry = join_waiting_list(wish=wish(), appointment=mine)
        token = mint_link(subject_type="waiting", subject_id=entry.pk, expires_at=timezone.now() + timedelta(days=1))
        change_contact(appointment=mine, email="neuf@mail.example", phone="", language="de")
        entry.refresh_from_db()
        assert (entry.email, entry.phone, entry.language) == ("neuf@mail.example", "", "de")
        assert Client().get(f"/lien/{token}/").status_code == 404

    def test_cancelling_passes_on_at_once_what_was_offered(self) -> None:
        world = shared_calendar()
        early, mine = world.book(at(day_ahead(), 9)), world.book(at(day_ahead(), 11), MEHDI, browser="b")
        reached(join_waiting_list(wish=wish(), appointment=mine))
        (next_one,) = reached(join_waiting_list(wish=wish(), type=world.type, email="suivant@mail.example"))
        cancel_appointment(appointment=early)
        offer_freed_starts()
        cancel_appointment(appointment=mine)
        assert EarlierOffer.objects.get(state="offered").entry == next_one
