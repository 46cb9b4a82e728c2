"""Contact, lost links, and that no GET changes anything."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from booking.appointments.resident import rates
from booking.residents import limits
from municipalities.idempotency import FIELD
from notifications.models import Message
from tests.booking.appointments.resident.test_views_manage import VERBS, booked, link_to
from tests.booking.appointments.walks import FOR_EVER, SEARCH, text_of
from tests.factories.appointments import at
from tests.people import ODILE
from tests.worlds import World, day_ahead

pytestmark = pytest.mark.django_db


class TestContact:
    def test_changed_and_the_old_links_die(self) -> None:
        walk, appointment = booked()
        old = link_to(appointment)
        assert f'value="{ODILE.email}"' in text_of(walk.client.get(walk.own(appointment, "contact/")))
        data = {"email": "neuve@mail.example", "phone": "", "language": "de"}
        response = walk.client.post(walk.own(appointment, "contact/"), data, follow=True)
        assert "Vos coordonnées sont changées" in text_of(response)
        appointment.refresh_from_db()
        assert (appointment.email, appointment.language) == ("neuve@mail.example", "de")
        assert Client().get(old).status_code == 404

    def test_bad_address_keeps_what_was_typed(self) -> None:
        walk, appointment = booked()
        data = {"email": "neuve@", "phone": "06", "language": "fr"}
        response = walk.client.post(walk.own(appointment, "contact/"), data)
        page = text_of(response)
        assert response.status_code == 422
        assert 'value="neuve@"' in page
        assert 'value="06"' in page

    def test_resend_and_its_limit(self, settings: Any) -> None:
        settings.RATE_LIMITS = {rates.RESENDS.name: (1, 9, FOR_EVER)}
        walk, appointment = booked()
        before = Message.objects.filter(kind="appointment.confirmed").count()
        assert "à nouveau" in text_of(walk.client.post(walk.own(appointment, "renvoyer/"), follow=True))
        assert Message.objects.filter(kind="appointment.confirmed").count() == before + 1
        assert walk.client.post(walk.own(appointment, "renvoyer/")).status_code == 429

    def test_the_confirmation_pressed_twice_is_sent_once_more(self) -> None:
        walk, appointment = booked()
        before = Message.objects.count()
        for _press in range(2):
            answer = walk.client.post(walk.own(appointment, "renvoyer/"), {FIELD: "one-press-of-one-form"})
            assert answer.status_code == 302
        assert Message.objects.count() == before + 1

    @pytest.mark.parametrize("verb", ["contact/", "renvoyer/"])
    def test_not_after_cancelling(self, verb: str) -> None:
        walk, appointment = booked()
        walk.client.post(walk.own(appointment, "annuler/"))
        response = walk.client.post(walk.own(appointment, verb), {"email": "x@mail.example", "language": "fr"})
        assert response.status_code == 409


class TestLostLink:
    @pytest.mark.parametrize("contact", [ODILE.email, ODILE.email.upper(), "personne@mail.example", "06 99 99 99 99"])
    def test_the_answer_is_always_the_same(self, contact: str) -> None:
        booked()
        response = Client().post("/retrouver/", {"contact": contact})
        assert response.status_code == 200
        assert "Si un rendez-vous à venir est enregistré" in text_of(response)
        known = contact.lower() == ODILE.email
        assert Message.objects.filter(kind="appointment.lost_link").count() == int(known)

    @pytest.mark.parametrize("number", ["03 89 45 67 89", "0590 12 34 56", "+49 30 901820"])
    def test_no_link_is_promised_to_a_landline(self, number: str) -> None:
        response = Client().post("/retrouver/", {"contact": number})
        assert response.status_code == 422
        assert "Ce numéro est une ligne fixe" in text_of(response)

    def test_what_cannot_be_is_told_and_kept(self) -> None:
        response = Client().post("/retrouver/", {"contact": "odile@"})
        assert response.status_code == 422
        assert 'value="odile@"' in text_of(response)

    def test_limited(self, settings: Any) -> None:
        settings.RATE_LIMITS = {limits.LINKS.name: (1, 2, FOR_EVER)}
        codes = [Client().post("/retrouver/", {"contact": "a@mail.example"}).status_code for _n in range(3)]
        assert codes == [200, 200, 429]

    def test_nobody_is_pestered_with_links_they_have_not_asked_for(self) -> None:
        """From however many browsers and addresses: a few an hour reach one mailbox, and the page says the same."""
        _walk, appointment = booked()
        pages = {
            text_of(
                Client(REMOTE_ADDR=f"192.0.2.{n}").post(
                    "/retrouver/", {"contact": appointment.email.upper() if n % 2 else appointment.email}
                )
            ).count("Si un rendez-vous à venir")
            for n in range(9)
        }
        assert len(pages) == 1
        assert Message.objects.filter(kind="appointment.lost_link").count() == limits.LINKS_PER_CONTACT


def snapshot() -> dict[str, Any]:
    """Every row of ours, but for the note of when a link was last opened."""
    tables = [name for name in connection.introspection.table_names() if not name.startswith(("django_", "auth_"))]
    found = {}
    with connection.cursor() as cursor:
        for name in tables:
            columns = "*" if name != "residents_accesslink" else "id, token_hash, revoked_at, expires_at"
            cursor.execute(f'SELECT {columns} FROM "{name}"')
            found[name] = sorted(map(str, cursor.fetchall()))
    return found


def test_no_get_changes_anything() -> None:
    """Mail scanners and curious browsers follow every link."""
    walk, appointment = booked()
    world: World = walk.world
    held = walk.held(at(day_ahead(), 9, 20))
    moving = walk.hold(at(day_ahead(), 10, 0), query=f"deplace={appointment.pk}")["Location"]
    link = link_to(appointment)
    before = snapshot()
    addresses = [
        SEARCH,
        f"{SEARCH}?type={world.type.code}",
        f"{SEARCH}?deplace={appointment.pk}",
        "/rendez-vous/retenir/",
        held,
        held.split("?")[0] + "pieces/",
        held.split("?")[0] + "rendre/",
        held.split("?")[0] + "premier-rendez-vous/",
        moving,
        link,
        "/rendez-vous/confirme/",
        "/retrouver/",
        *(walk.own(appointment, verb) for verb in (*VERBS, "renvoyer/")),
    ]
    for client in (walk.client, Client()):
        for address in addresses:
            assert client.get(address).status_code < 500
            assert client.head(address).status_code < 500
    assert snapshot() == before
