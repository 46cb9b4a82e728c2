"""The door of the agents' pages, and the pages of one's own account."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from municipalities.enums import Role
from municipalities.models import Facility, Municipality, StaffMember
from notifications.delivery import deliver_due
from notifications.models import Message
from tests import people
from tests.factories.municipalities import PASSWORD
from tests.municipalities.test_staff_pages import _as, _page

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client: Client, rixheim: Municipality) -> Client:
    return _as(client, people.manager_of_municipality(rixheim))


def test_the_door_opens_with_mail_and_password(client: Client, rixheim_town_hall: Facility) -> None:
    agent = people.agent_of(rixheim_town_hall)
    login = reverse("account_login")
    wrong = client.post(login, {"login": agent.email, "password": "faux"})
    assert wrong.status_code == 200
    assert agent.email in _page(wrong)
    assert client.post(login, {"login": agent.email, "password": PASSWORD})["Location"] == reverse("staff:home")


def test_a_family_at_this_door_is_led_to_its_own(client: Client) -> None:
    assert f'href="{reverse("family:home")}"' in _page(client.get(reverse("account_login"))).partition("<main")[2]


def test_too_many_wrong_passwords_close_the_door_for_a_while(client: Client, rixheim_town_hall: Facility) -> None:
    agent = people.agent_of(rixheim_town_hall)
    login = reverse("account_login")
    for _number in range(6):
        answer = client.post(login, {"login": agent.email, "password": "faux"})
    assert answer.status_code in (200, 429)
    assert client.post(login, {"login": agent.email, "password": PASSWORD}).status_code != 302


@pytest.mark.parametrize(
    ("prefix", "said"), [("", "Beaucoup d’essais sont partis"), ("/de", "viele Versuche"), ("/en", "Many attempts")]
)
def test_too_many_tries_are_told_in_the_language_of_the_page(
    client: Client, rixheim_town_hall: Facility, prefix: str, said: str
) -> None:
    client.force_login(people.agent_of(rixheim_town_hall))
    path = prefix + reverse("account_change_password")
    for _number in range(6):
        answer = client.post(path, {"oldpassword": "faux", "password1": "x", "password2": "x"})
    assert answer.status_code == 429
    assert said in _page(answer) and "gc-brand" in _page(answer)


def test_nobody_signs_up(client: Client) -> None:
    client.post(
        reverse("account_signup"),
        {"email": "moi@x.example", "password1": "cheval-agrafe", "password2": "cheval-agrafe"},
    )
    assert not StaffMember.objects.exists()


def test_a_forgotten_password_is_mailed_to_known_addresses_only(client: Client, rixheim_town_hall: Facility) -> None:
    agent = people.agent_of(rixheim_town_hall)
    address = reverse("account_reset_password")
    answers = [client.post(address, {"email": email}) for email in (agent.email, "inconnue@x.example")]
    assert {answer["Location"] for answer in answers} == {reverse("account_reset_password_done")}
    row = Message.objects.get()
    assert (row.kind, row.recipient, row.context) == ("staff.password", agent.email, {"staff": agent.pk})
    deliver_due()
    assert "https://guichet.test/compte/password/reset/key/" in mail.outbox[0].body


def test_no_link_is_made_once_the_account_is_closed(client: Client, rixheim_town_hall: Facility) -> None:
    agent = people.agent_of(rixheim_town_hall)
    client.post(reverse("account_reset_password"), {"email": agent.email})
    StaffMember.objects.update(is_active=False)
    deliver_due()
    assert mail.outbox == []


def test_the_address_of_an_account_stays(client: Client, rixheim_town_hall: Facility) -> None:
    agent = people.agent_of(rixheim_town_hall)
    answer = _as(client, agent).post(reverse("account_email"), {"action_add": "", "email": "autre@x.example"})
    agent.refresh_from_db()
    assert agent.email != "autre@x.example"
    assert answer.status_code in (200, 302)


def test_the_agents_pages_speak_german(client: Client, rixheim_town_hall: Facility) -> None:
    answer = _as(client, people.agent_of(rixheim_town_hall)).get("/de/agents/")
    assert answer.status_code == 200
    assert 'lang="de"' in _page(answer)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_team_costs_the_same_for_one_and_three(
    rows: int, manager: Client, rixheim_town_hall: Facility, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(rows):
        people.agent_of(rixheim_town_hall)
    with django_assert_num_queries(6):
        manager.get(reverse("staff:members"))


@pytest.mark.ignore_template_errors  # allauth's own templates ask for what is not always there
def test_every_page_of_the_account_opens(client: Client, rixheim_town_hall: Facility) -> None:
    agent = people.agent_of(rixheim_town_hall)
    client.post(reverse("account_login"), {"login": agent.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    for name in (
        "account_logout",
        "account_change_password",
        "account_reauthenticate",
        "account_reset_password",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
    ):
        answer = client.get(reverse(name))
        assert answer.status_code == 200, name
        assert "gc-header" in _page(answer), name


@pytest.mark.ignore_template_errors
def test_a_second_factor_is_asked_once_it_is_there(
    client: Client, rixheim_town_hall: Facility, django_capture_on_commit_callbacks: Any
) -> None:
    agent = people.agent_of(rixheim_town_hall)
    client.post(reverse("account_login"), {"login": agent.email, "password": PASSWORD})
    assert client.get(reverse("mfa_activate_totp")).status_code == 302
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    code = f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06d}"
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("mfa_activate_totp"), {"code": code}).status_code == 302
    assert client.get(reverse("mfa_view_recovery_codes")).status_code == 200
    assert Message.objects.filter(kind="staff.notice", recipient=agent.email).exists()
    deliver_due()
    assert "compte d’agent" in mail.outbox[0].body
    other = Client()
    door = other.post(reverse("account_login"), {"login": agent.email, "password": PASSWORD})
    assert door["Location"] == reverse("mfa_authenticate")
    assert other.get(reverse("mfa_authenticate")).status_code == 200
    assert other.get(reverse("staff:home")).status_code == 302


def test_the_same_role_is_not_given_twice_at_once(manager: Client, rixheim_town_hall: Facility) -> None:
    agent = people.agent_of(rixheim_town_hall)
    today = timezone.localdate()
    place = f"etablissement-{rixheim_town_hall.pk}"
    given = {"place": place, "role": Role.AGENT, "valid_from": today.isoformat(), "valid_until": ""}
    answer = manager.post(reverse("staff:member_role", args=[agent.pk]), given)
    assert "a déjà ce rôle à cet endroit" in _page(answer)
    assert agent.roles.count() == 1
    agent.roles.update(valid_until=today + timedelta(days=3))
    later = given | {"valid_from": (today + timedelta(days=4)).isoformat()}
    assert manager.post(reverse("staff:member_role", args=[agent.pk]), later).status_code == 302
    between = given | {"valid_until": (today + timedelta(days=3)).isoformat()}
    assert "a déjà ce rôle" in _page(manager.post(reverse("staff:member_role", args=[agent.pk]), between))
    assert agent.roles.count() == 2
