"""The agents' door: how long a session lasts, who may try how often, which passwords are refused."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.auth import hashers
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from municipalities.forms.accounts import ANSWER_AFTER_SECONDS
from municipalities.models import Facility, Municipality, StaffMember
from notifications.models import Message
from tests import people
from tests.factories.municipalities import PASSWORD

pytestmark = pytest.mark.django_db

HER_PLACE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def agent(rixheim_town_hall: Facility) -> StaffMember:
    return people.agent_of(rixheim_town_hall)


def _try(client: Client, agent: StaffMember, password: str, address: str = HER_PLACE) -> bool:
    """Whether the password opened the account."""
    data = {"login": agent.email, "password": password}
    return bool(client.post(reverse("account_login"), data, REMOTE_ADDR=address).status_code == 302)


class TestTheEndOfASession:
    def test_a_session_in_use_ends_after_twelve_hours(self, agent: StaffMember) -> None:
        client = Client()
        assert _try(client, agent, PASSWORD)
        with time_machine.travel(timezone.now(), tick=False) as clock:
            for _quarter in range(4 * 12):
                clock.shift(15 * 60 - 1)
                assert client.get(reverse("staff:home")).status_code == 200
            clock.shift(15 * 60 - 1)
            door = client.get(reverse("staff:home"))["Location"]
            assert door.startswith(reverse("account_login")) and "raison=duree" in door
            assert "pas plus d’une journée de travail" in client.get(door).content.decode()
            assert client.get(reverse("usersessions_list")).status_code == 302

    def test_showing_the_password_again_does_not_make_it_longer(self, agent: StaffMember) -> None:
        client = Client()
        assert _try(client, agent, PASSWORD)
        with time_machine.travel(timezone.now(), tick=False) as clock:
            for _part in range(30):
                clock.shift(25 * 60)
                client.get(reverse("staff:home"))
                client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
            assert client.get(reverse("staff:home")).status_code == 302

    def test_its_address_goes_with_it(self, agent: StaffMember) -> None:
        from config.tasks import forget_people

        assert _try(Client(), agent, PASSWORD)
        assert _try(Client(), agent, PASSWORD, ELSEWHERE)
        Session.objects.filter(pk=UserSession.objects.get(ip=ELSEWHERE).session_key).update(
            expire_date=timezone.now() - timedelta(seconds=1)
        )
        forget_people()
        assert [session.ip for session in UserSession.objects.all()] == [HER_PLACE]


class TestGuessing:
    def test_a_stranger_locks_himself_out_and_not_the_agent(self, agent: StaffMember) -> None:
        stranger = Client()
        assert not any(_try(stranger, agent, f"essai-{n}", ELSEWHERE) for n in range(5))
        locked = stranger.post(
            reverse("account_login"), {"login": agent.email, "password": PASSWORD}, REMOTE_ADDR=ELSEWHERE
        )
        assert "Mot de passe oublié" in locked.content.decode() and locked.status_code == 200
        assert _try(Client(), agent, PASSWORD, HER_PLACE)

    def test_many_strangers_are_stopped_together_and_her_own_browser_still_opens(self, agent: StaffMember) -> None:
        hers = Client()
        assert _try(hers, agent, PASSWORD)
        hers.post(reverse("account_logout"))
        assert not any(_try(Client(), agent, f"essai-{n}", f"198.51.100.{n}") for n in range(30))
        assert not _try(Client(), agent, PASSWORD, "198.51.100.99"), "not even the right one, from nobody knows where"
        assert _try(hers, agent, PASSWORD, "203.0.113.5"), "wherever her browser is now"

    def test_a_link_to_the_mailbox_opens_what_is_locked(self, agent: StaffMember) -> None:
        from notifications.delivery import deliver_due

        for n in range(31):
            _try(Client(), agent, f"essai-{n}", f"198.51.100.{n}")
        new = Client()
        assert not _try(new, agent, PASSWORD)
        new.post(reverse("account_reset_password"), {"email": agent.email})
        deliver_due()
        link = re.search(r"https://guichet\.test(/compte/\S+)", mail.outbox[-1].body)
        assert link
        form = new.get(link.group(1), follow=True).redirect_chain[-1][0]
        done = new.post(form, {"password1": "cheval-agrafe-pile", "password2": "cheval-agrafe-pile"})
        assert done["Location"] == reverse("staff:home")
        new.post(reverse("account_logout"))
        assert _try(new, agent, "cheval-agrafe-pile"), "this browser is now known to the account"

    def test_a_forged_cookie_is_nobody(self, agent: StaffMember) -> None:
        hers, forger = Client(), Client()
        assert _try(hers, agent, PASSWORD)
        forger.cookies["gc_poste"] = hers.cookies["gc_poste"].value[:-1] + "~"
        for n in range(31):
            _try(Client(), agent, f"essai-{n}", f"198.51.100.{n}")
        assert not _try(forger, agent, PASSWORD)

    @pytest.mark.parametrize("known", [True, False])
    def test_one_attempt_hashes_one_password(
        self, agent: StaffMember, known: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hashed = []
        plain = hashers.MD5PasswordHasher.encode

        def counted(self: Any, password: str, salt: str) -> str:
            hashed.append(password)
            return plain(self, password, salt)

        monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", counted)
        email = agent.email if known else "personne@rixheim.example"
        Client().post(reverse("account_login"), {"login": email, "password": "un-mauvais-mot"})
        assert hashed == ["un-mauvais-mot"]

    def test_asking_for_a_link_takes_as_long_for_an_unknown_address(self, agent: StaffMember) -> None:
        took = {}
        for email in (agent.email, "personne@rixheim.example"):
            began = time.monotonic()
            answer = Client().post(reverse("account_reset_password"), {"email": email})
            took[email] = time.monotonic() - began
            assert answer["Location"] == reverse("account_reset_password_done")
        assert Message.objects.filter(recipient=agent.email).count() == 1
        assert min(took.values()) >= ANSWER_AFTER_SECONDS
        assert max(took.values()) - min(took.values()) < ANSWER_AFTER_SECONDS / 2


class TestPasswords:
    @pytest.mark.parametrize(
        "password",
        [
            "Password1234",
            "motdepasse2026!",
            "P@ssw0rd!!!!",
            "azertyazerty",
            "aaaaaaaaaaaa",
            "123456789123456789",
            "football-football",
            "guichet-commun-68",
            "Mairie2026!!",
            "MairieDeRixheim1",
            "r1xhe1m-r1xhe1m",
            "rixheim68170!",
            "Mulhouse-Alsace-26",
            "lea.muller2026",
        ],
    )
    def test_what_everybody_tries_or_knows_is_refused(self, password: str, rixheim: Municipality) -> None:
        member = StaffMember(name="Léa Muller", email="l.muller@ville-rixheim.example")
        with pytest.raises(ValidationError):
            validate_password(password, member)

    @pytest.mark.parametrize(
        "password",
        ["cheval-agrafe-pile", "Rixheim cheval agrafe", "nous mangeons tard", "483920175538", "xK7#pq!mZ2vR"],
    )
    def test_others_are_taken_whatever_they_are_made_of(self, password: str, rixheim: Municipality) -> None:
        validate_password(password, StaffMember(name="Léa Muller", email="l.muller@ville-rixheim.example"))


def test_the_old_mailbox_hears_of_a_new_address(agent: StaffMember) -> None:
    from notifications.delivery import deliver_due

    before, client, root = agent.email, Client(), Client()
    assert _try(client, agent, PASSWORD)
    root.force_login(people.superuser())
    page = root.get(reverse("admin:municipalities_staffmember_change", args=[agent.pk]))
    form = page.context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    data |= {"email": "nouvelle@rixheim.example"}
    for formset in page.context["inline_admin_formsets"]:
        data |= {f"{formset.formset.prefix}-{key}": 0 for key in ("TOTAL_FORMS", "INITIAL_FORMS")}
    assert root.post(page.request["PATH_INFO"], data).status_code == 302
    assert client.get(reverse("staff:home")).status_code == 302, "what was open is closed"
    deliver_due()
    assert [letter.to for letter in mail.outbox] == [[before]]
    assert "vient d’être changée" in mail.outbox[0].body
