"""What stands before the agents' pages: a second factor, presence, an end to what is open elsewhere."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.calendar_feeds.kinds import OWN_FACILITIES
from booking.feeds.actions import create_staff_feed
from booking.feeds.models import FeedToken
from municipalities.feeds import Privacy
from municipalities.models import Facility, Municipality, StaffMember, StaffRole
from notifications.delivery import deliver_due
from tests import people
from tests.factories import CounterFactory
from tests.factories.municipalities import PASSWORD

pytestmark = pytest.mark.django_db

MODEL_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def agent(rixheim_town_hall: Facility) -> StaffMember:
    return people.agent_of(rixheim_town_hall)


def _signed_in(agent: StaffMember, password: str = PASSWORD) -> Client:
    client = Client(HTTP_USER_AGENT="Renard/1.0")
    answer = client.post(reverse("account_login"), {"login": agent.email, "password": password})
    assert answer.status_code == 302
    return client


def _page(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def _code(secret: str) -> str:
    return f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06d}"


def _set_up_codes(client: Client) -> str:
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.get(reverse("mfa_activate_totp"))
    secret = str(client.session["mfa.totp.secret"])
    # The clock stands still: a code may end between being read and being typed.
    with time_machine.travel(timezone.now(), tick=False):
        assert client.post(reverse("mfa_activate_totp"), {"code": _code(secret)}).status_code == 302
    return secret


class TestSecondFactor:
    @pytest.fixture(autouse=True)
    def required(self, settings: Any) -> None:
        settings.STAFF_MFA_REQUIRED = True

    def test_without_one_every_page_leads_to_setting_it_up(self, agent: StaffMember) -> None:
        client = _signed_in(agent)
        there = reverse("staff:second_factor")
        for name in ("staff:home", "counter:today", "staff:resume", "feeds:mine"):
            assert client.get(reverse(name))["Location"] == there, name
        assert client.post(reverse("feeds:new"))["Location"] == there
        page = _page(client.get(there))
        assert reverse("mfa_add_webauthn") in page and reverse("mfa_activate_totp") in page

    @pytest.mark.ignore_template_errors
    def test_with_a_code_the_pages_open_and_the_code_is_asked_from_then_on(self, agent: StaffMember) -> None:
        client = _signed_in(agent)
        secret = _set_up_codes(client)
        assert client.get(reverse("staff:home")).status_code == 200
        assert client.get(reverse("staff:second_factor"))["Location"] == reverse("staff:home")
        other = Client()
        door = other.post(reverse("account_login"), {"login": agent.email, "password": PASSWORD})
        assert door["Location"] == reverse("mfa_authenticate")
        assert other.get(reverse("staff:home")).status_code == 302
        assert other.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
        with time_machine.travel(timezone.now() + timedelta(seconds=60), tick=False):
            assert other.post(reverse("mfa_authenticate"), {"code": _code(secret)}).status_code == 302
            assert other.get(reverse("staff:home")).status_code == 200

    @pytest.mark.ignore_template_errors
    def test_setting_one_up_ends_what_a_password_alone_has_opened_elsewhere(
        self, agent: StaffMember, django_capture_on_commit_callbacks: Any
    ) -> None:
        """Whoever had learnt the password before is not carried over the new threshold."""
        thief, owner = _signed_in(agent), _signed_in(agent)
        with django_capture_on_commit_callbacks(execute=True):
            _set_up_codes(owner)
        assert owner.get(reverse("staff:home")).status_code == 200
        assert thief.get(reverse("staff:home"))["Location"].startswith(reverse("account_login"))

    @pytest.mark.ignore_template_errors
    def test_a_recovery_code_opens_once(self, agent: StaffMember) -> None:
        client = _signed_in(agent)
        _set_up_codes(client)
        codes = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
        assert len(codes) == 10
        for expected in (302, 200):
            other = Client()
            other.post(reverse("account_login"), {"login": agent.email, "password": PASSWORD})
            assert other.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == expected

    def test_the_administration_has_the_same_door(self) -> None:
        root = people.superuser()
        client = _signed_in(root)
        assert client.get("/gestion/")["Location"] == reverse("staff:second_factor")
        assert client.get("/de/gestion/")["Location"].endswith("second-facteur/")

    def test_a_password_alone_opens_no_administration(self) -> None:
        root = people.superuser()
        client = Client()
        answer = client.post("/gestion/login/", {"username": root.email, "password": PASSWORD})
        assert answer.status_code == 302 and answer["Location"].startswith(reverse("account_login"))
        assert "_auth_user_id" not in client.session

    def test_an_invitation_leads_to_a_password_then_to_a_second_factor(
        self, rixheim: Municipality, rixheim_town_hall: Facility
    ) -> None:
        from municipalities.actions.staff import add_staff_member
        from municipalities.enums import Role

        add_staff_member(
            email="nadia@rixheim.example",
            name="Nadia",
            language="fr",
            role=Role.AGENT,
            place=rixheim_town_hall,
            valid_from=timezone.localdate(),
            valid_until=None,
            by=people.manager_of_municipality(rixheim),
        )
        deliver_due()
        link = re.search(r"https://guichet\.test(/compte/\S+)", mail.outbox[0].body)
        assert link
        newcomer = Client()
        form = newcomer.get(link.group(1), follow=True).redirect_chain[-1][0]
        done = newcomer.post(form, {"password1": "cheval-agrafe-pile", "password2": "cheval-agrafe-pile"})
        assert done["Location"] == reverse("staff:home")
        assert newcomer.get(reverse("staff:home"))["Location"] == reverse("staff:second_factor")
        again = Client().get(link.group(1), follow=True)
        assert again.context.get("token_fail") is True

    def test_an_invitation_expires(self, rixheim: Municipality, agent: StaffMember) -> None:
        from municipalities.actions.staff import invite

        invite(member=agent, by=people.manager_of_municipality(rixheim))
        deliver_due()
        link = re.search(r"https://guichet\.test(/compte/\S+)", mail.outbox[0].body)
        assert link
        with time_machine.travel(timezone.now() + timedelta(days=3, hours=4), tick=True):
            assert Client().get(link.group(1), follow=True).context.get("token_fail") is True


def test_in_the_demonstration_a_password_is_enough_and_the_door_says_so(agent: StaffMember, client: Client) -> None:
    assert "Ici, un mot de passe suffit." in _page(client.get(reverse("account_login")))
    assert _signed_in(agent).get(reverse("staff:home")).status_code == 200


def test_elsewhere_the_door_says_nothing_of_the_kind(client: Client, settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = True
    assert "un mot de passe suffit" not in _page(client.get(reverse("account_login")))


class TestAbsence:
    def test_after_half_an_hour_one_signs_in_again_and_comes_back(self, agent: StaffMember) -> None:
        client = _signed_in(agent)
        with time_machine.travel(timezone.now() + timedelta(minutes=29), tick=True) as clock:
            assert client.get(reverse("staff:home")).status_code == 200
            clock.shift(29 * 60)
            assert client.get(reverse("staff:home")).status_code == 200
            clock.shift(31 * 60)
            asked = reverse("counter:find") + "?q=x"
            door = client.get(asked)["Location"]
            assert door.startswith(reverse("account_login")) and "raison=inactif" in door
            assert "Vous étiez absent un moment" in _page(client.get(door))
            back = client.post(door, {"login": agent.email, "password": PASSWORD})
            assert back["Location"] == asked

    def test_what_was_being_sent_is_sent_after_signing_in(self, rixheim: Municipality) -> None:
        manager = people.manager_of_municipality(rixheim)
        client = _signed_in(manager)
        address = reverse("staff:new_facility", args=[rixheim.pk])
        with time_machine.travel(timezone.now() + timedelta(minutes=40), tick=True):
            door = client.post(address, {"name": "Annexe du port", "slug": "annexe", "kind": ["town_hall"]})["Location"]
            back = client.post(door, {"login": manager.email, "password": PASSWORD})["Location"]
            assert back == reverse("staff:resume")
            page = _page(client.get(back))
            assert "Annexe du port" in page and f'action="{address}"' in page
            assert "csrfmiddlewaretoken" in page
            lost = client.get(back, follow=True)
            assert "rien n’est enregistré" in _page(lost)

    def test_nobody_else_gets_what_was_being_sent(self, rixheim: Municipality, agent: StaffMember) -> None:
        manager = people.manager_of_municipality(rixheim)
        client = _signed_in(manager)
        with time_machine.travel(timezone.now() + timedelta(minutes=40), tick=True):
            address = reverse("staff:new_facility", args=[rixheim.pk])
            door = client.post(address, {"name": "Annexe du port"})["Location"]
            client.post(door, {"login": agent.email, "password": PASSWORD})
            assert "Annexe du port" not in _page(client.get(reverse("staff:resume"), follow=True))

    def test_what_is_too_large_is_not_kept_and_one_is_told(self, agent: StaffMember, rixheim: Municipality) -> None:
        manager = people.manager_of_municipality(rixheim)
        client = _signed_in(manager)
        with time_machine.travel(timezone.now() + timedelta(minutes=40), tick=True):
            address = reverse("staff:new_facility", args=[rixheim.pk])
            door = client.post(address, {"name": "x" * 70_000})["Location"]
            back = client.post(door, {"login": manager.email, "password": PASSWORD})["Location"]
            assert "n’a pas pu être gardé" in _page(client.get(back, follow=True))

    def test_a_piece_of_a_page_sends_the_whole_page_to_the_door(self, agent: StaffMember) -> None:
        client = _signed_in(agent)
        with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=True):
            answer = client.get(reverse("staff:home"), HTTP_HX_REQUEST="true")
            assert answer.status_code == 204
            assert answer["HX-Redirect"].startswith(reverse("account_login"))

    def test_pages_of_the_account_close_as_well(self, agent: StaffMember) -> None:
        """Whoever sits down at a counter left half an hour ago finds no account to change."""
        client = _signed_in(agent)
        for name in ("usersessions_list", "account_change_password", "mfa_index"):
            assert client.get(reverse(name)).status_code == 200, name
        with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=True):
            assert client.get(reverse("usersessions_list"))["Location"].startswith(reverse("account_login"))
            assert client.get("/de" + reverse("account_change_password"))["Location"].startswith("/de/compte/login/")
            assert _signed_in(agent).get(reverse("usersessions_list")).status_code == 200

    def test_a_board_that_refreshes_itself_does_not_keep_one_present(self, agent: StaffMember) -> None:
        client = _signed_in(agent)
        with time_machine.travel(timezone.now(), tick=True) as clock:
            for _minute in range(4):
                clock.shift(9 * 60)
                answer = client.get(reverse("staff:home"), HTTP_HX_REQUEST="true")
            assert answer.status_code == 204


class TestSessions:
    def test_they_are_listed_and_ended_elsewhere(self, agent: StaffMember) -> None:
        here, there = _signed_in(agent), _signed_in(agent)
        page = _page(here.get(reverse("usersessions_list")))
        assert page.count("Renard/1.0") == 2 and page.count("celle-ci") == 1
        assert here.post(reverse("usersessions_list")).status_code == 302
        assert there.get(reverse("staff:home")).status_code == 302
        assert here.get(reverse("staff:home")).status_code == 200
        assert "nulle part ailleurs" in _page(here.get(reverse("usersessions_list")))

    def test_leaving_ends_sessions_roles_and_calendars_at_once(
        self, agent: StaffMember, rixheim: Municipality, rixheim_town_hall: Facility
    ) -> None:
        from municipalities.actions.staff import close_account, reopen_account

        manager = people.manager_of_municipality(rixheim)
        theirs = _signed_in(agent)
        CounterFactory.create(facility=rixheim_town_hall)
        create_staff_feed(kind=OWN_FACILITIES.name, subject_id="", privacy=Privacy.BUSY, by=agent)
        to_come = StaffRole.objects.create(
            staff=agent,
            role="agent",
            facility=rixheim_town_hall,
            valid_from=timezone.localdate() + timedelta(days=5),
        )
        close_account(member=agent, by=manager)
        assert theirs.get(reverse("staff:home")).status_code == 302
        assert not UserSession.objects.filter(user=agent).exists()
        assert not FeedToken.objects.filter(feed__owner=agent, revoked_at__isnull=True).exists()
        assert not StaffRole.objects.filter(pk=to_come.pk).exists()
        reopen_account(member=agent, by=manager)
        with time_machine.travel(timezone.now() + timedelta(days=1), tick=True):
            fresh = StaffMember.objects.get(pk=agent.pk)
            assert not Facility.objects.visible_to(fresh).exists()
