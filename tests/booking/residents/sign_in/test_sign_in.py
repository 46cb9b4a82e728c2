"""Signing in by a code or by a link: one answer for every address, ten minutes, five tries, once."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.residents.models import Guardian, Household, HouseholdSession, SignInCode
from municipalities.idempotency import FIELD, new_key
from notifications.delivery import deliver_due
from notifications.models import Message
from tests.booking.residents.visitor import MAILBOX, ask, browser_of, read_mail, signed_in, type_code
from tests.factories import GuardianFactory, HouseholdFactory

pytestmark = pytest.mark.django_db
HOME = reverse("family:home")


def is_in(client: Client) -> bool:
    return bool(client.get(HOME).status_code == 200)


def test_a_new_mailbox_opens_a_family_by_the_same_two_pages(client: Client) -> None:
    assert client.get(HOME)["Location"] == f"{reverse('family:sign_in')}?suite=%2Ffamille%2F"
    answer = ask(client, " Camille@Famille.example ", suite=HOME)
    assert answer["Location"] == reverse("family:code")
    assert MAILBOX in client.get(reverse("family:code")).content.decode()
    assert not Household.objects.exists(), "asking opens nothing"
    digits, _link = read_mail()
    assert type_code(client, f" {digits[:3]} {digits[3:]} ")["Location"] == HOME
    guardian = Guardian.objects.get()
    assert (guardian.email, bool(guardian.confirmed_at)) == (MAILBOX, True)
    assert is_in(client)
    assert "no-store" in client.get(HOME)["Cache-Control"]


def test_one_comes_back_to_where_one_was_and_nowhere_else(client: Client) -> None:
    back = reverse("family:town")
    ask(client, suite=back)
    assert type_code(client, read_mail()[0])["Location"] == back
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        client = Client()
        ask(client, suite=elsewhere)
        assert type_code(client, read_mail()[0])["Location"] == HOME


def test_known_and_unknown_addresses_are_answered_alike() -> None:
    GuardianFactory.create(email=MAILBOX)
    answers = []
    for email in (MAILBOX, "inconnu@famille.example"):
        client = Client()
        answer = ask(client, email)
        page = client.get(reverse("family:code")).content.decode().replace(email, "…")
        answers.append((answer.status_code, answer["Location"], len(page), sorted(client.cookies)))
    assert answers[0] == answers[1]
    assert Message.objects.filter(kind="family.code").count() == 2


def test_both_addresses_cost_the_same_queries(django_assert_num_queries: Any) -> None:
    GuardianFactory.create(email=MAILBOX)
    for email in (MAILBOX, "inconnu@famille.example"):
        with django_assert_num_queries(5):
            ask(Client(), email)


def test_an_address_alone_finds_no_family() -> None:
    GuardianFactory.create(email=MAILBOX)
    client = Client()
    ask(client)
    assert not is_in(client)
    assert type_code(client, "000000").status_code in (302, 422)
    assert not HouseholdSession.objects.exists() or read_mail()[0] == "000000"


def test_neither_digits_nor_link_stand_in_the_database(client: Client) -> None:
    ask(client)
    digits, link = read_mail()
    token = link.rstrip("/").rsplit("/", 1)[1]
    rows = str([*SignInCode.objects.values(), *Message.objects.values(), *HouseholdSession.objects.values()])
    assert digits not in rows and token not in rows
    type_code(client, digits)
    assert client.cookies["gc_famille"].value not in str(list(HouseholdSession.objects.values()))


def test_the_cookie_is_ours_and_djangos_session_is_never_made(client: Client) -> None:
    signed_in(client)
    assert "sessionid" not in client.cookies and not Session.objects.exists()
    cookie = client.cookies["gc_famille"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/"
    assert client.get(reverse("staff:home")).status_code == 302


def test_five_wrong_tries_end_a_code(client: Client) -> None:
    ask(client)
    digits, _link = read_mail()
    wrong = f"{(int(digits) + 1) % 1_000_000:06}"
    for left in (4, 3, 2, 1):
        answer = type_code(client, wrong)
        assert answer.status_code == 422 and f"{left} essai" in answer.content.decode().replace("\xa0", " ")
    assert "trop de fois" in type_code(client, wrong).content.decode()
    assert "trop de fois" in type_code(client, digits).content.decode(), "the right one comes too late"
    assert not is_in(client)


def test_a_code_is_good_for_ten_minutes(client: Client) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        ask(client)
        digits, link = read_mail()
        clock.shift(timedelta(minutes=10, seconds=1))
        answer = type_code(client, digits)
        assert answer.status_code == 422 and "plus valable" in answer.content.decode()
        assert client.post(link).status_code == client.get(link).status_code == 404
    assert not HouseholdSession.objects.exists()


def test_a_code_signs_in_once(client: Client) -> None:
    ask(client)
    digits, link = read_mail()
    other = Client()
    other.cookies = client.cookies.copy()
    assert type_code(client, digits).status_code == 302
    other.cookies.pop("gc_famille", None)
    assert type_code(other, digits).status_code in (302, 422) and not is_in(other)
    assert Client().post(link).status_code == 404


def test_one_press_sent_twice_is_one_session(client: Client) -> None:
    ask(client)
    digits, _link = read_mail()
    asked = client.cookies["gc_code"].value
    key = new_key()
    first = type_code(client, digits, **{FIELD: key})
    client.cookies["gc_code"] = asked
    second = type_code(client, digits, **{FIELD: key})
    assert first["Location"] == second["Location"] and HouseholdSession.objects.count() == 1
    assert is_in(client)


def test_another_browser_types_nobodys_code(client: Client) -> None:
    ask(client)
    digits, _link = read_mail()
    assert type_code(Client(), digits)["Location"] == reverse("family:sign_in")


def test_the_link_signs_in_on_any_device_by_a_press_and_not_by_being_opened(client: Client) -> None:
    ask(client)
    _digits, link = read_mail()
    phone = Client()
    for _scanner in range(2):
        assert MAILBOX in phone.get(link).content.decode()
    assert not is_in(phone)
    assert phone.post(link)["Location"] == HOME
    assert is_in(phone)


def test_a_mailbox_that_was_named_is_let_into_that_family_once_it_has_shown_itself(client: Client) -> None:
    household = HouseholdFactory.create()
    GuardianFactory.create(household=household, email=MAILBOX, confirmed_at=None)
    signed_in(client)
    assert Household.objects.count() == 1
    assert Guardian.objects.get(email=MAILBOX).confirmed_at


def test_a_mailbox_with_a_family_of_its_own_is_not_drawn_into_another(client: Client) -> None:
    mine = GuardianFactory.create(email=MAILBOX)
    GuardianFactory.create(email=MAILBOX, confirmed_at=None)
    signed_in(client)
    assert HouseholdSession.objects.get().guardian == mine


def test_few_codes_leave_for_one_mailbox_and_nobody_is_told(client: Client) -> None:
    answers = {ask(Client())["Location"] for _n in range(8)}
    assert answers == {reverse("family:code")}
    deliver_due()
    assert len(mail.outbox) == 5


def test_one_browser_asks_so_often_and_no_more(client: Client) -> None:
    for number in range(10):
        ask(client, f"a{number}@famille.example")
    assert ask(client, "b@famille.example").status_code == 429


def test_a_code_of_long_ago_is_not_sent_any_more(client: Client) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        ask(client)
        clock.shift(timedelta(hours=1))
        deliver_due()
    assert mail.outbox == []


@pytest.mark.parametrize(("language", "word"), [("", "votre code"), ("/de", "Ihr Code"), ("/en", "your code")])
def test_the_mail_speaks_the_language_of_the_page(client: Client, language: str, word: str) -> None:
    client.post(f"{language}/famille/connexion/", {"email": MAILBOX, "where": "own"})
    deliver_due()
    assert word in mail.outbox[0].subject
    assert f"guichet.test{language}/famille/connexion/lien/" in str(mail.outbox[0].body)


@pytest.mark.parametrize("typed", ["", "camille", "a@b", "x" * 300 + "@mail.example", "<script>@mail.example"])
def test_an_address_that_cannot_be_keeps_what_was_typed(client: Client, typed: str) -> None:
    answer = ask(client, typed)
    assert answer.status_code == 422 and "govuk-error-summary" in answer.content.decode()
    assert "<script>@" not in answer.content.decode()


class TestSessions:
    def test_a_shared_computer_ends_after_half_an_hour_without_a_page(self, client: Client) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:
            ask(client, where="shared")
            type_code(client, read_mail()[0])
            assert not client.cookies["gc_famille"]["max-age"]
            for _page in range(3):
                clock.shift(timedelta(minutes=29))
                assert is_in(client)
            clock.shift(timedelta(minutes=31))
            assert not is_in(client)

    def test_ones_own_ends_after_twelve_hours_however_it_is_used(self, client: Client) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:
            signed_in(client)
            for _hour in range(11):
                clock.shift(timedelta(hours=1))
                assert is_in(client)
            clock.shift(timedelta(hours=1, seconds=1))
            assert not is_in(client)

    def test_signing_out_ends_it_on_the_server(self, client: Client) -> None:
        signed_in(client)
        token = client.cookies["gc_famille"].value
        assert client.get(reverse("family:sign_out")).status_code == 405
        client.post(reverse("family:sign_out"))
        client.cookies["gc_famille"] = token
        assert not is_in(client)

    def test_a_family_sees_its_devices_and_ends_any(self) -> None:
        guardian = GuardianFactory.create()
        here, there, foreign = browser_of(guardian), browser_of(guardian), browser_of(GuardianFactory.create())
        assert here.get(reverse("family:sessions")).content.decode().count("Firefox, Linux</strong>") == 2
        theirs = HouseholdSession.objects.exclude(guardian=guardian).get()
        here.post(reverse("family:end_session"), {"session": str(theirs.pk)})
        assert is_in(foreign), "nobody ends another family's session"
        here.post(reverse("family:end_session"), {"session": "autres"})
        assert is_in(here) and not is_in(there)
        mine = HouseholdSession.objects.get(guardian=guardian)
        here.post(reverse("family:end_session"), {"session": str(mine.pk)})
        assert not is_in(here)

    @pytest.mark.parametrize("cookie", ["", "x", "x" * 32, "\x00", "é" * 4000])
    def test_a_cookie_that_is_nobodys_lets_nobody_in(self, client: Client, cookie: str) -> None:
        client.cookies["gc_famille"] = cookie
        assert not is_in(client)

    def test_being_seen_keeps_a_family_from_being_forgotten(self, client: Client) -> None:
        long_ago = timezone.localdate() - timedelta(days=200)
        guardian = GuardianFactory.create()
        browser = browser_of(guardian)
        Household.objects.update(active_on=long_ago)
        HouseholdSession.objects.update(last_seen_at=timezone.now() - timedelta(minutes=5))
        assert is_in(browser)
        guardian.household.refresh_from_db()
        assert guardian.household.active_on == timezone.localdate()
