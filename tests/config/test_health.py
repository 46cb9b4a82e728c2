from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from config import health, metrics
from municipalities import services
from municipalities.exceptions import Refusal
from notifications.models import MessageState
from tests.factories import CounterFactory, MessageFactory
from tests.rights.walk import names


def test_alive_touches_no_database(client):
    assert client.get("/sante/vivant").content == b"vivant\n"


@pytest.mark.django_db
def test_ready_when_every_migration_is_there(client):
    response = client.get("/sante/pret")
    assert (response.status_code, response.json()) == (200, {"ready": True})


@pytest.mark.django_db
def test_not_ready_while_a_migration_is_missing(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'second'")
    response = client.get("/sante/pret")
    assert response.status_code == 503
    assert response.json()["missing"] == ["second.0001_initial"]


def test_not_ready_without_a_database(client, monkeypatch):
    def refuse():
        raise OperationalError("password of somebody")

    monkeypatch.setattr(health, "unapplied_migrations", refuse)
    response = client.get("/sante/pret")
    assert (response.status_code, response.json()) == (503, {"ready": False, "reason": "database"})


@pytest.mark.django_db
def test_state_tells_what_waits(client):
    now = timezone.now()
    MessageFactory(due_at=now - timedelta(minutes=5), recipient="odile@mail.example")
    MessageFactory(due_at=now + timedelta(days=5))
    MessageFactory(state=MessageState.AMBIGUOUS)
    CounterFactory(free_until=timezone.localdate() + timedelta(days=10))
    CounterFactory(free_until=None)
    CounterFactory(free_until=timezone.localdate(), is_active=False)

    response = client.get("/sante/etat")
    answer = response.json()
    assert 300 <= answer["oldest_unsent_seconds"] < 600
    assert answer["ambiguous_messages"] == 1
    assert answer["free_time_days"] == 10
    assert answer["counters_without_free_time"] == 1
    assert answer["migrations_missing"] == []
    assert answer["redis"] is True
    assert answer["version"]
    assert b"odile" not in response.content


@pytest.mark.django_db
def test_state_without_counters_or_redis(client, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    answer = client.get("/sante/etat").json()
    assert (answer["free_time_days"], answer["redis"]) == (None, False)


def test_state_without_a_database(client, monkeypatch):
    def refuse():
        raise OperationalError

    monkeypatch.setattr(health, "service_state", refuse)
    response = client.get("/sante/etat")
    assert (response.status_code, response.json()["database"]) == (503, False)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/sante/etat", "/metrics"])
def test_a_token_keeps_strangers_out(client, settings, address):
    settings.STATUS_TOKEN = "é-secret"
    assert client.get(address).status_code == 404
    assert client.get(address, headers={"Authorization": "Bearer wrong"}).status_code == 404
    settings.STATUS_TOKEN = "secret"
    assert client.get(address, headers={"Authorization": "Bearer secret"}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/sante/vivant", "/sante/pret", "/sante/etat", "/metrics"])
def test_machines_are_only_read_to(client, address):
    assert client.post(address).status_code == 405
    assert client.head(address).status_code == 200
    assert "no-cache" in client.get(address)["Cache-Control"]


class TestMetrics:
    @pytest.fixture(autouse=True)
    def database(self, db):
        pass

    def figures(self, client) -> str:
        return client.get("/metrics").content.decode()

    def value(self, client, line: str) -> float:
        for found in self.figures(client).splitlines():
            if found.startswith(line + " "):
                return float(found.rsplit(" ", 1)[1])
        return 0.0

    def test_requests_are_counted_by_view_and_status(self, client):
        line = 'guichet_requests_total{method="GET",status="200",view="health:alive"}'
        before = self.value(client, line)
        client.get("/sante/vivant")
        assert self.value(client, line) == before + 1

    def test_unknown_addresses_and_methods_make_no_label_of_their_own(self, client):
        client.get("/somewhere-nobody-knows-odile/")
        client.generic("ODILE", "/sante/vivant")
        assert "odile" not in self.figures(client).lower()

    def test_refusals_are_counted_by_code(self, client):
        class OnlyHere(Refusal):
            code = "refused_only_in_this_test"  # the counters belong to the process: other tests refuse in earnest

        line = 'guichet_refusals_total{code="refused_only_in_this_test"}'
        before = self.value(client, line)
        OnlyHere()
        OnlyHere("Pas aujourd’hui.")
        assert self.value(client, line) == before + 2
        metrics.observe_refusals()  # a second time adds nobody
        OnlyHere()
        assert self.value(client, line) == before + 3

    def test_the_outbox_is_told_by_state(self, client):
        MessageFactory(due_at=timezone.now() - timedelta(seconds=90))
        assert self.value(client, 'guichet_messages{state="queued"}') == 1
        assert 90 <= self.value(client, "guichet_oldest_unsent_seconds") < 600

    def test_several_processes_add_up(self, client, tmp_path, monkeypatch):
        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
        assert 'guichet_messages{state="queued"} 0.0' in self.figures(client)

    def test_searches_and_deeds_are_counted(self, rf, client):
        """By the name of the view and what it answered; the views themselves know nothing of it."""
        from types import SimpleNamespace

        from django.http import HttpResponse

        def went_through(view, method, status):
            request = rf.generic(method, "/")
            request.resolver_match = SimpleNamespace(view_name=view)
            metrics.request_figures(lambda _request: HttpResponse(status=status))(request)

        line = 'guichet_done_total{what="booking"}'
        before, searches = self.value(client, line), self.value(client, "guichet_search_seconds_count")
        went_through("appointments:book", "POST", 302)
        went_through("appointments:book", "POST", 409)
        went_through("appointments:book", "GET", 200)
        went_through("appointments:search", "GET", 200)
        assert self.value(client, line) == before + 1
        assert self.value(client, "guichet_search_seconds_count") == searches + 1

    def test_views_counted_exist(self):
        assert {*services.counted_views(), metrics.SEARCH_VIEW} <= set(names())
