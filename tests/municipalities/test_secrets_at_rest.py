"""What the database keeps secret opens no door without the keys that are not in it."""

from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from config.checks import security
from municipalities import secrets_at_rest
from municipalities.models import AuditEntry, Facility, StaffMember
from tests import people
from tests.municipalities.test_door import _set_up_codes, _signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(rixheim_town_hall: Facility) -> StaffMember:
    return people.agent_of(rixheim_town_hall)


def _secret_of(agent: StaffMember) -> str:
    return TOTP(Authenticator.objects.get(user=agent, type="totp")).instance.data["secret"]


@pytest.mark.ignore_template_errors
def test_no_secret_of_a_second_factor_stands_in_the_database(agent: StaffMember) -> None:
    client = _signed_in(agent)
    secret = _set_up_codes(client)
    codes = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(data::text, ' ') FROM mfa_authenticator")
        (stored,) = cursor.fetchone()
    assert secret not in stored and codes[0] not in stored
    assert secrets_at_rest.decrypt(_secret_of(agent).encode()).decode() == secret
    seed = Authenticator.objects.get(type="recovery_codes").data["seed"]
    assert len(secrets_at_rest.decrypt(seed.encode())) == 80


def test_another_key_reads_nothing_and_a_changed_byte_neither(settings: Any) -> None:
    kept = secrets_at_rest.encrypt(b"grain")
    assert secrets_at_rest.decrypt(kept) == b"grain"
    with pytest.raises(secrets_at_rest.Unreadable):
        secrets_at_rest.decrypt(kept[:-2] + b"A=")
    settings.SECRETS_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(secrets_at_rest.Unreadable):
        secrets_at_rest.decrypt(kept)


def test_rotation_lets_the_old_key_go(agent: StaffMember, settings: Any) -> None:
    secret = generate_totp_secret()
    TOTP.activate(agent, secret)
    codes = RecoveryCodes.activate(agent).generate_codes()
    RecoveryCodes.activate(agent).validate_code(codes[3])
    old, new = settings.SECRETS_KEYS[0], Fernet.generate_key().decode()
    settings.SECRETS_KEYS = [new, old]
    said = StringIO()
    call_command("rotate_secrets", stdout=said)
    assert "second factors: 2" in said.getvalue()
    settings.SECRETS_KEYS = [new]
    assert secrets_at_rest.decrypt(_secret_of(agent).encode()).decode() == secret
    kept = RecoveryCodes.activate(agent)
    assert kept.generate_codes() == codes and codes[3] not in kept.get_unused_codes()
    settings.SECRETS_KEYS = [old]
    with pytest.raises(CommandError, match="put the former key back"):
        call_command("rotate_secrets")


@pytest.mark.parametrize("keys", [[], ["short"], ["ZGVtb25zdHJhdGlvbi1vbmx5LW5vdC1hLXNlY3JldC0="]])
def test_production_asks_for_keys_of_its_own(settings: Any, keys: list[str]) -> None:
    settings.REAL_PEOPLE, settings.SECRETS_KEYS = True, keys
    assert "guichet.E006" in {found.id for found in security()}
    settings.SECRETS_KEYS = [Fernet.generate_key().decode()]
    assert "guichet.E006" not in {found.id for found in security()}


class TestTraceOfSecondFactors:
    @pytest.mark.ignore_template_errors
    def test_setting_up_using_up_and_taking_away_say_who(self, agent: StaffMember) -> None:
        client = _signed_in(agent)
        _set_up_codes(client)
        made = AuditEntry.objects.filter(table="mfa_authenticator", verb="I")
        assert {(change.staff_id, change.channel, change.after["type"]) for change in made} == {
            (agent.pk, "agents", "totp"),
            (agent.pk, "agents", "recovery_codes"),
        }
        assert "gAAA" not in str([change.after for change in made]), "the secret is noted as there, not written down"
        root = people.superuser()
        administration = Client()
        administration.force_login(root)
        factor = Authenticator.objects.get(user=agent, type="totp")
        gone = administration.post(
            reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"}, follow=False
        )
        assert gone.status_code == 302
        change = AuditEntry.objects.get(table="mfa_authenticator", verb="D")
        assert (change.staff_id, change.channel, change.before["user_id"]) == (root.pk, "admin", agent.pk)

    def test_the_auditor_reads_it_in_french(self, agent: StaffMember, rixheim: Any) -> None:
        TOTP.activate(agent, generate_totp_secret())
        client = Client()
        client.force_login(people.auditor())
        page = client.get(reverse("staff:control"), {"objet": "mfa_authenticator"}).content.decode()
        assert "Second facteur" in page and "Authenticator" not in page
