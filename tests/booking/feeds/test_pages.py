"""The pages that make calendar addresses: shown once, nothing on GET, nobody's but their own."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from booking.appointments.bookings.changes import cancel_appointment
from booking.appointments.models import BusyCalendar, CounterClosure
from booking.feeds.models import CalendarFeed, FeedToken
from municipalities.models import AuditEntry, StaffMember
from tests.booking.appointments.walks import Walk, text_of
from tests.factories.appointments import CounterClosureFactory, at
from tests.factories.feeds import BusyCalendarFactory
from tests.people import ODILE, ZOE, agent_of, auditor, manager_of_facility, superuser
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db

MINE = "/agents/calendriers/"


def address_on(response: Any) -> str:
    """The address the page shows, without the host."""
    found = re.search(r"https://guichet\.test(/calendriers/[\w-]{32}\.ics)", text_of(response))
    assert found, text_of(response)
    return found[1]


def signed_in(staff: StaffMember) -> Client:
    client = Client()
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def world() -> World:
    return shared_calendar()


class TestStaff:
    def test_make_read_replace_stop_delete(self, world: World) -> None:
        world.book(at(day_ahead(), 8), ODILE)
        client = signed_in(agent_of(world.facilities[0]))
        assert "Aucun calendrier" in text_of(client.get(MINE))
        form = text_of(client.get(f"{MINE}nouveau/"))
        assert re.search(r'value="busy"[^>]*checked', form), "the least is what one gets without asking"
        place = f"guichet-{world.counters[0].pk}"
        made = client.post(f"{MINE}nouveau/", {"place": place, "privacy": "full"})
        first = address_on(made)
        page = text_of(made)
        assert "no-store" in made["Cache-Control"]
        assert f"webcal://guichet.test{first}" in page and "<svg" in page and 'data-copy="https://' in page
        assert b"Odile" in Client().get(first).content
        listed = text_of(client.get(MINE))
        token = first.split("/")[-1].removesuffix(".ics")
        assert token not in listed
        assert timezone.localdate().strftime("%-d") in listed and "jamais lu" not in listed
        feed = CalendarFeed.objects.get()
        again = client.post(f"{MINE}nouveau/", {"place": place, "privacy": "full"}, follow=True)
        assert "Vous avez déjà ce calendrier" in text_of(again)
        assert Client().get(first).status_code == 200
        seen = feed.tokens.get().pk
        second = address_on(client.post(f"{MINE}{feed.pk}/adresse/", {"adresse": seen}))
        assert (Client().get(first).status_code, Client().get(second).status_code) == (410, 200)
        reloaded = client.post(f"{MINE}{feed.pk}/adresse/", {"adresse": seen}, follow=True)
        assert "déjà été remplacée" in text_of(reloaded)
        assert Client().get(second).status_code == 200
        assert "ne montre plus rien" in text_of(client.post(f"{MINE}{feed.pk}/arreter/", follow=True))
        assert Client().get(second).status_code == 410
        assert "arrêté" in text_of(client.get(MINE))
        third = address_on(client.post(f"{MINE}{feed.pk}/adresse/", {"adresse": ""}))
        assert Client().get(third).status_code == 200
        client.post(f"{MINE}{feed.pk}/supprimer/")
        assert not CalendarFeed.objects.exists()
        assert Client().get(third).status_code == 404

    def test_who_made_and_stopped_it_leaves_a_trace_and_reading_does_not(self, world: World) -> None:
        staff = agent_of(world.facilities[0])
        client = signed_in(staff)
        made = client.post(f"{MINE}nouveau/", {"place": f"guichet-{world.counters[0].pk}", "privacy": "full"})
        Client().get(address_on(made))
        feed = CalendarFeed.objects.get()
        client.post(f"{MINE}{feed.pk}/arreter/")
        told = AuditEntry.objects.filter(table__startswith="feeds_").order_by("pk")
        assert [(row.table, row.verb, row.staff) for row in told] == [
            ("feeds_calendarfeed", "I", staff),
            ("feeds_feedtoken", "I", staff),
            ("feeds_feedtoken", "U", staff),
        ]
        assert not any("token_hash" in str(row.after) for row in told)

    def test_the_same_under_a_municipality(self, world: World) -> None:
        client = signed_in(agent_of(world.facilities[0]))
        made = client.post(
            f"/communes/{world.municipality.slug}{MINE}nouveau/", {"place": "mes-etablissements", "privacy": "busy"}
        )
        assert Client().get(address_on(made)).status_code == 200

    @pytest.mark.parametrize(
        "data",
        [
            {"place": "guichet-0", "privacy": "busy"},
            {"place": "mes-etablissements", "privacy": "tout"},
            {"place": "guichet-' OR 1=1", "privacy": "busy"},
        ],
    )
    def test_bad_asks_make_nothing(self, world: World, data: dict[str, str]) -> None:
        answer = signed_in(agent_of(world.facilities[0])).post(f"{MINE}nouveau/", data)
        assert "Il y a un problème" in text_of(answer)
        assert not CalendarFeed.objects.exists()

    def test_more_than_the_role_tells(self, world: World) -> None:
        client = signed_in(auditor())
        place = f"etablissement-{world.facilities[0].pk}"
        answer = client.post(f"{MINE}nouveau/", {"place": place, "privacy": "full"})
        assert "n’est pas ouvert à votre rôle" in text_of(answer)
        assert "mes-etablissements" not in text_of(answer)
        assert client.post(f"{MINE}nouveau/", {"place": place, "privacy": "busy"}).status_code == 200

    def test_a_role_that_ended_is_told(self, world: World) -> None:
        staff = agent_of(world.facilities[0])
        client = signed_in(staff)
        client.post(f"{MINE}nouveau/", {"place": f"guichet-{world.counters[0].pk}", "privacy": "busy"})
        staff.roles.all().delete()
        assert "fermé à votre rôle" in text_of(client.get(MINE))

    def test_superusers_too(self, world: World) -> None:
        answer = signed_in(superuser()).post(
            f"{MINE}nouveau/", {"place": f"guichet-{world.counters[0].pk}", "privacy": "initials"}
        )
        assert Client().get(address_on(answer)).status_code == 200


class TestResident:
    def base(self, walk: Walk, appointment: Any) -> str:
        return f"/rendez-vous/mon-rendez-vous/{appointment.pk}/agenda/"

    def test_from_the_ticket_to_the_calendar_and_back(self, world: World) -> None:
        walk = Walk(world)
        appointment = walk.book(at(day_ahead(), 8), ODILE)
        ticket = text_of(walk.client.get(f"/rendez-vous/mon-rendez-vous/{appointment.pk}/"))
        base = self.base(walk, appointment)
        assert f'action="{base}creer/"' in ticket and "M’abonner : l’agenda suit les changements" in ticket
        assert walk.client.get(f"{base}creer/").status_code == 405
        assert "jamais de nom" in text_of(walk.client.get(base))
        assert not CalendarFeed.objects.exists()
        made = walk.client.post(f"{base}creer/")
        first = address_on(made)
        assert "no-store" in made["Cache-Control"]
        body = Client().get(first).content.decode()
        assert "BEGIN:VEVENT" in body and "Odile" not in body
        # A reload makes no second address and does not kill the first.
        reloaded = text_of(walk.client.post(f"{base}creer/"))
        assert "déjà été montrée" in reloaded and "Un agenda l’a lue" in reloaded and first not in reloaded
        seen = FeedToken.objects.get(revoked_at=None).pk
        second = address_on(walk.client.post(f"{base}adresse/", {"adresse": seen}))
        assert (Client().get(first).status_code, Client().get(second).status_code) == (410, 200)
        assert walk.client.post(f"{base}adresse/", {"adresse": seen}).status_code == 409
        stopped = walk.client.post(f"{base}arreter/", follow=True)
        assert "ne montre plus rien" in text_of(stopped)
        assert Client().get(second).status_code == 410
        assert Client().get(address_on(walk.client.post(f"{base}creer/"))).status_code == 200

    def test_only_with_the_cookie(self, world: World) -> None:
        walk = Walk(world)
        appointment = walk.book(at(day_ahead(), 8), ODILE)
        base = self.base(walk, appointment)
        other = Client()
        assert other.get(base).status_code == 403
        for verb in ("creer", "adresse", "arreter"):
            assert other.post(f"{base}{verb}/").status_code == 403
        assert not CalendarFeed.objects.exists()

    def test_nothing_to_follow_once_cancelled(self, world: World) -> None:
        walk = Walk(world)
        appointment = walk.book(at(day_ahead(), 8), ZOE)
        base = self.base(walk, appointment)
        walk.client.post(f"{base}adresse/", {"adresse": "1"})
        walk.client.post(f"{base}arreter/")
        cancel_appointment(appointment=appointment)
        assert "plus rien à suivre" in text_of(walk.client.get(base))
        assert walk.client.post(f"{base}creer/").status_code == 409
        assert not CalendarFeed.objects.exists()


class TestPublicLink:
    @pytest.mark.parametrize(("prefix", "query"), [("", ""), ("de/", "?langue=de"), ("en/", "?langue=en")])
    def test_on_the_page_of_the_municipality(self, world: World, prefix: str, query: str) -> None:
        slug = world.municipality.slug
        page = text_of(Client().get(f"/communes/{slug}/{prefix}"))
        assert f"webcal://guichet.test/calendriers/communes/{slug}.ics{query}" in page


class TestBusy:
    def page(self, world: World) -> str:
        return f"{MINE}guichet/{world.counters[0].pk}/"

    def test_added_shown_read_again_removed(self, world: World) -> None:
        client = signed_in(manager_of_facility(world.facilities[0]))
        assert self.page(world) in text_of(client.get(f"/agents/guichets/guichet/{world.counters[0].pk}/"))
        assert "Aucun agenda extérieur" in text_of(client.get(self.page(world)))
        data = {"name": "Salle 2", "address": "webcal://agenda.example/secret-path.ics"}
        added = text_of(client.post(self.page(world), data, follow=True))
        assert "pas encore relevé" in added and "agenda.example" in added
        assert "secret-path" not in added, "the address is its owner's secret"
        made = BusyCalendar.objects.get()
        BusyCalendar.objects.update(last_error="too_slow", last_ok_at=timezone.now(), due_at=timezone.now())
        CounterClosureFactory.create(counter=world.counters[0], busy_calendar=made, reason={"fr": "Titre secret"})
        told = text_of(client.get(self.page(world)))
        assert "en panne" in told and "trop lent" in told and "Ce qui était bloqué le reste" in told
        assert "prochaines périodes bloquées" in told and "Titre secret" not in told
        client.post(f"{MINE}exterieur/{made.pk}/relever/")
        BusyCalendar.objects.update(last_error="")
        assert "relevé" in text_of(client.get(self.page(world)))
        removed = client.post(f"{MINE}exterieur/{made.pk}/retirer/", follow=True)
        assert "est retiré" in text_of(removed)
        assert not CounterClosure.objects.exists()

    @pytest.mark.parametrize(
        ("address", "said"),
        [
            ("file:///etc/passwd", "n’est pas celle d’un agenda"),
            ("", "Ce champ est nécessaire"),
            ("https://agenda.example/a.ics", "déjà relevé"),
        ],
    )
    def test_refused(self, world: World, address: str, said: str) -> None:
        BusyCalendarFactory.create(counter=world.counters[0], address="https://agenda.example/a.ics")
        client = signed_in(manager_of_facility(world.facilities[0]))
        assert said in text_of(client.post(self.page(world), {"name": "X", "address": address}))
        assert BusyCalendar.objects.count() == 1

    def test_agents_see_its_health_and_change_nothing(self, world: World) -> None:
        BusyCalendarFactory.create(counter=world.counters[0], name="Salle 2")
        client = signed_in(agent_of(world.facilities[0]))
        page = text_of(client.get(self.page(world)))
        assert "Salle 2" in page and "Retirer" not in page and "<form method" not in page.split("<main")[1]
        assert client.post(self.page(world), {"name": "X", "address": "https://x.example/"}).status_code == 404

    def test_blocks_are_not_listed_among_closures_nor_lifted_by_hand(self, world: World) -> None:
        made = BusyCalendarFactory.create(counter=world.counters[0])
        block = CounterClosureFactory.create(counter=world.counters[0], busy_calendar=made, reason={"fr": "Bloqué"})
        client = signed_in(manager_of_facility(world.facilities[0]))
        for page in ("/agents/guichets/fermetures/", f"/agents/guichets/guichet/{world.counters[0].pk}/"):
            assert "Bloqué" not in text_of(client.get(page))
        assert client.post(f"/agents/guichets/fermetures/guichet/{block.pk}/lever/").status_code == 404
