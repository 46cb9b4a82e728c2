"""A database that is closed, read-only, locked or gone: 503, and nothing that was typed is lost or done twice."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import psycopg
import pytest
from django import forms
from django.db import OperationalError, close_old_connections, connection
from django.test import Client
from django.urls import get_resolver, reverse

from booking.appointments.models import Appointment, WalkInQuota
from booking.residents.views import links
from config.away import is_secret
from config.database import limits
from config.database.limits import Kind, Limits
from municipalities.database.transactions import GoneMeanwhile
from municipalities.idempotency import FIELD, new_key
from tests.concurrency.test_presses import hold_of_one_form, signed_in
from tests.people import manager_of_facility
from tests.worlds import shared_calendar

pytestmark = pytest.mark.django_db(transaction=True)


def other_connection(name: str = "") -> psycopg.Connection[Any]:
    settings = connection.settings_dict
    return psycopg.connect(
        host=settings["HOST"] or settings["OPTIONS"].get("host"),
        port=settings["PORT"] or None,
        user=settings["USER"] or None,
        password=settings["PASSWORD"] or None,
        dbname=name or settings["NAME"],
        autocommit=True,
    )


@contextmanager
def database_that_is(setting: str, back: str) -> Iterator[None]:
    """The test's database altered, for connections that begin from now on."""
    name = connection.settings_dict["NAME"]
    connection.close()
    with other_connection("postgres") as server:
        server.execute(f'ALTER DATABASE "{name}" {setting}')
        try:
            yield
        finally:
            server.execute(f'ALTER DATABASE "{name}" {back}')
            connection.close()


def read_only() -> Any:
    return database_that_is("SET default_transaction_read_only TO on", "RESET default_transaction_read_only")


def closed() -> Any:
    return database_that_is("ALLOW_CONNECTIONS false", "ALLOW_CONNECTIONS true")


@contextmanager
def connections_of(kind: Kind) -> Iterator[None]:
    connection.close()
    before, limits.process = limits.process, kind
    try:
        yield
    finally:
        limits.process = before
        connection.close()


@contextmanager
def locked(table: str) -> Iterator[None]:
    with other_connection() as other, other.transaction():
        other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


def visitor() -> Client:
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def given_back(answer: Any) -> dict[str, str]:
    page = answer.content.decode()
    return {
        unescape(name): unescape(value)
        for name, value in re.findall(r'<input type="hidden"\s+name="([^"]*)"\s+value="([^"]*)"', page)
    }


def a_form(browser: Client) -> str:
    """The token a page of ours gives this browser."""
    page = browser.get(reverse("residents:find")).content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("state", [read_only, closed], ids=["read-only", "closed"])
def test_what_was_sent_comes_back_and_pressing_again_makes_one_hold(state: Any) -> None:
    world = shared_calendar(counters=3)
    browser = visitor()
    sent = hold_of_one_form(world, new_key()) | {"csrfmiddlewaretoken": a_form(browser), "souple": "<é>"}
    with state():
        answer = browser.post(reverse("appointments:hold"), sent)
        assert (answer.status_code, answer["Retry-After"]) == (503, "10")
        assert "no-store" in answer["Cache-Control"]
        again = given_back(answer)
        assert again.pop("csrfmiddlewaretoken") != sent.pop("csrfmiddlewaretoken")
        assert again == sent
        assert browser.get("/sante/vivant").status_code == 200
        assert browser.get("/sante/pret").status_code == 503
    sent = given_back(answer)
    first, second = (browser.post(reverse("appointments:hold"), sent) for _ in range(2))
    assert (first.status_code, first.url) == (302, second.url)
    assert Appointment.objects.held().count() == 1
    assert browser.get("/sante/pret").status_code == 200


def test_a_page_that_is_only_read_is_503_while_the_database_is_closed() -> None:
    with closed():
        answer = visitor().get(reverse("appointments:search"), {"type": "cni"})
    assert answer.status_code == 503
    assert "Réessayer" in answer.content.decode()


def test_a_script_gets_a_piece_and_no_page() -> None:
    browser = visitor()
    sent = {"contact": "odile@mail.example", "csrfmiddlewaretoken": a_form(browser), FIELD: new_key()}
    with closed():
        answer = browser.post(reverse("residents:find"), sent, HTTP_HX_REQUEST="true")
    assert answer.status_code == 503
    assert "<html" not in answer.content.decode()
    assert given_back(answer)["contact"] == "odile@mail.example"


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("account_login", {"login": "odile@mail.example", "password": "un secret de taille"}),
        ("residents:find", {"contact": "odile@mail.example", "new_password": "un secret de taille"}),
        ("residents:find", {"contact": "odile@mail.example", "code": "un secret de taille"}),
    ],
)
def test_no_password_and_no_code_comes_back(name: str, sent: dict[str, str]) -> None:
    browser = visitor()
    token = a_form(browser)
    with closed():
        answer = browser.post(reverse(name), sent | {"csrfmiddlewaretoken": token})
    assert answer.status_code == 503
    assert "taille" not in answer.content.decode() and given_back(answer) == {}


def test_every_field_that_a_browser_keeps_for_itself_is_a_secret_by_its_name() -> None:
    guarded = {"one-time-code", "current-password", "new-password"}
    found = {
        (form.__name__, name)
        for form in all_forms()
        for name, field in form.base_fields.items()
        if isinstance(field.widget, forms.PasswordInput) or field.widget.attrs.get("autocomplete") in guarded
    }
    assert {("CodeForm", "code"), ("SignInForm", "password"), ("AuthenticateForm", "code")} <= found
    assert [(form, name) for form, name in sorted(found) if not is_secret(name, "/")] == []


def all_forms() -> set[type[forms.BaseForm]]:
    get_resolver().url_patterns  # noqa: B018 - whatever has an address is imported now
    found: set[type[forms.BaseForm]] = set()
    left = [forms.BaseForm]
    while left:
        below = left.pop().__subclasses__()
        found.update(below)
        left += below
    return {form for form in found if hasattr(form, "base_fields")}


def test_codes_of_agents_forms_are_names_and_come_back() -> None:
    browser = signed_in(manager_of_facility(shared_calendar().facilities[0]))[0]
    browser.raise_request_exception = False
    sent = {"name": "Mairie", "postal_code": "68170", "code": "cni", "jours": ["1", "3"]}
    with closed():
        answer = browser.post("/agents/guichets/1/tableau/", sent)
    assert answer.status_code == 503
    assert given_back(answer).items() >= {"postal_code": "68170", "code": "cni"}.items()


@pytest.mark.true_clock
def test_a_save_that_waits_for_a_lock_in_vain_is_handed_back() -> None:
    world = shared_calendar()
    hall = world.facilities[0]
    browser = signed_in(manager_of_facility(hall))[0]
    browser.raise_request_exception = False
    sent = {"w0am": "5"}
    with locked(WalkInQuota._meta.db_table), connections_of(Kind.WEB):
        began = time.monotonic()
        answer = browser.post(reverse("counter:quotas", args=[hall.pk]), sent)
        assert time.monotonic() - began < 10
    assert answer.status_code == 503
    assert given_back(answer)["w0am"] == "5"


def test_a_backend_that_was_ended_is_replaced() -> None:
    browser = visitor()
    browser.get("/")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with other_connection() as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
    time.sleep(0.2)
    close_old_connections()  # as the server does before a request, and the test's client does not
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize("kind", list(Kind))
def test_connections_have_the_limits_of_their_process(kind: Kind) -> None:
    with connections_of(kind), connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting::int / 1000 FROM pg_settings WHERE name IN"
            " ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout')"
        )
        found = dict(cursor.fetchall())
    wanted = limits.LIMITS[kind]
    assert found == {
        "lock_timeout": wanted.lock,
        "statement_timeout": wanted.statement,
        "idle_in_transaction_session_timeout": wanted.idle,
    }


def test_a_peer_that_has_gone_without_a_word_is_noticed() -> None:
    with connections_of(Kind.WEB):
        connection.ensure_connection()
        said = connection.connection.info.get_parameters()
    assert {name: said[name] for name in ("keepalives_idle", "keepalives_interval", "keepalives_count")} == {
        "keepalives_idle": "30",
        "keepalives_interval": "10",
        "keepalives_count": "3",
    }
    assert said["tcp_user_timeout"] == "30000"


def seconds_behind_a_forgotten_transaction(monkeypatch: pytest.MonkeyPatch, idle: int) -> float:
    """How long a write waits for another connection of ours that has locked its row and says nothing for 3 s."""
    monkeypatch.setitem(limits.LIMITS, Kind.WEB, Limits(lock=10, statement=15, idle=idle))
    has_locked, over = threading.Event(), threading.Event()

    def forgets() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("BEGIN")
                cursor.execute("LOCK TABLE appointments_walkinquota IN ACCESS EXCLUSIVE MODE")
                has_locked.set()
                over.wait(3)
        finally:
            connection.close()

    with connections_of(Kind.WEB):
        thread = threading.Thread(target=forgets)
        thread.start()
        assert has_locked.wait(10)
        began = time.monotonic()
        WalkInQuota.objects.count()
        waited = time.monotonic() - began
        over.set()
        thread.join()
    return waited


@pytest.mark.true_clock
def test_a_forgotten_transaction_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    assert seconds_behind_a_forgotten_transaction(monkeypatch, idle=1) < 2.5


@pytest.mark.true_clock
def test_twin_without_the_limit_everybody_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert seconds_behind_a_forgotten_transaction(monkeypatch, idle=0) > 2.5


@pytest.mark.true_clock
def test_a_statement_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.LIMITS, Kind.WEB, Limits(lock=10, statement=1, idle=10))
    with connections_of(Kind.WEB), connection.cursor() as cursor, pytest.raises(OperationalError):
        cursor.execute("SELECT pg_sleep(5)")


def test_what_is_gone_meanwhile_is_said_where_a_page_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The form comes back: sent once more, it shows what is left to choose from."""

    def gone(*_given: Any, **_named: Any) -> None:
        raise GoneMeanwhile

    browser = visitor()
    sent = {"contact": "odile@mail.example", "csrfmiddlewaretoken": a_form(browser)}
    monkeypatch.setattr(links, "send_lost_link", gone)
    answer = browser.post(reverse("residents:find"), sent)
    assert answer.status_code == 409 and str(GoneMeanwhile.sentence) in unescape(answer.content.decode())
    assert "Retry-After" not in answer and given_back(answer)["contact"] == "odile@mail.example"
