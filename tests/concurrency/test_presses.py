"""One press is one thing: two of them at one instant, in real threads, and twins that show what each guard is worth."""

import re
from datetime import UTC
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.bookings import holds
from booking.appointments.counter.views import walk_ins
from booking.appointments.models import Appointment, WalkInQuota, WalkInTicket
from municipalities import idempotency, services
from municipalities.idempotency import FIELD, new_key
from municipalities.models import IdempotencyKey, StaffMember
from tests.concurrency.crowd import crowd
from tests.factories.appointments import at
from tests.people import agent_of
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


def token(world: World, hour: int = 9) -> str:
    return f"{world.facilities[0].pk}-{at(day_ahead(), hour).astimezone(UTC):%Y%m%d%H%M}"


def press(browser: Client, name: str, sent: dict[str, Any], *args: Any) -> Any:
    return browser.post(reverse(name, args=args), sent)


def twice(browsers: list[Client], name: str, sent: dict[str, Any], *args: Any) -> list[Any]:
    """Presses of one form at one instant; every browser is the same person's."""
    answers = crowd([partial(press, browser, name, sent, *args) for browser in browsers])
    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    return answers


def hold_of_one_form(world: World, key: str) -> dict[str, Any]:
    return {"creneau": token(world), "recherche": f"type={world.type.code}&personnes=1", FIELD: key}


def same_browser(number: int) -> list[Client]:
    """The same resident's browser so many times: cookies as one GET gave them."""
    first = Client()
    first.get(reverse("appointments:search"), {"type": "cni"})
    browsers = [Client() for _ in range(number)]
    for browser in browsers:
        browser.cookies = first.cookies
    return browsers


@pytest.mark.parametrize("round_number", range(4))
@pytest.mark.parametrize("is_known", [True, False])
def test_two_presses_are_one_hold(is_known: bool, round_number: int) -> None:
    """Also of a browser that has no cookie yet, which is one browser all the same."""
    world = shared_calendar(counters=3)
    browsers = same_browser(2) if is_known else [Client(), Client()]
    answers = twice(browsers, "appointments:hold", hold_of_one_form(world, new_key()))
    assert Appointment.objects.held().count() == 1
    assert answers[0].status_code == answers[1].status_code == 302
    assert answers[0].url == answers[1].url
    for browser in browsers:
        assert browser.get(answers[0].url).status_code == 200, "the hold is that of this browser"


def test_twin_without_the_key_two_presses_are_two_holds() -> None:
    world = shared_calendar(counters=6)
    for _round in range(10):
        twice([Client(), Client()], "appointments:hold", hold_of_one_form(world, ""))
        if Appointment.objects.held().count() > 1:
            return
        Appointment.objects.all().delete()
    pytest.fail("ten rounds of two presses never made two holds")


def test_pressed_again_later_it_is_the_same_hold_and_once_given_back_a_new_one() -> None:
    world = shared_calendar(counters=3)
    sent = hold_of_one_form(world, new_key())
    browser = Client()
    first = press(browser, "appointments:hold", sent)
    assert press(browser, "appointments:hold", sent).url == first.url
    held = Appointment.objects.held().get()
    press(browser, "appointments:release", {}, held.pk)
    assert not Appointment.objects.exists()
    assert press(browser, "appointments:hold", sent).status_code == 302
    assert Appointment.objects.held().get().pk != held.pk


def test_another_start_of_the_same_form_is_another_press() -> None:
    world = shared_calendar()
    key, browser = new_key(), Client()
    press(browser, "appointments:hold", hold_of_one_form(world, key))
    press(browser, "appointments:hold", hold_of_one_form(world, key) | {"creneau": token(world, 10)})
    assert Appointment.objects.held().count() == 2


def at_once_at_different_hours(world: World) -> int:
    """Five presses of one browser on five starts: how many it holds afterwards."""
    starts = [at(day_ahead(), hour) for hour in (8, 9, 10, 11)]
    crowd([partial(world.hold, start, browser="lune") for start in starts])
    return Appointment.objects.held().count()


def test_the_limit_of_three_holds_also_at_one_instant() -> None:
    assert at_once_at_different_hours(shared_calendar(counters=2)) == 3


def test_twin_without_the_constraint_the_limit_is_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    world = shared_calendar(counters=2)
    constraint = next(
        found for found in Appointment._meta.constraints if found.name == "a_browser_has_each_of_its_few_holds_once"
    )
    with connection.schema_editor() as schema:
        schema.remove_constraint(Appointment, constraint)
    try:
        for _round in range(10):
            if at_once_at_different_hours(world) > 3:
                return
            Appointment.objects.all().delete()
            holds.rebuild_day(world.counters[0].pk, at(day_ahead(), 8))
            holds.rebuild_day(world.counters[1].pk, at(day_ahead(), 8))
        pytest.fail("ten rounds never passed the limit")
    finally:
        Appointment.objects.all().delete()
        with connection.schema_editor() as schema:
            schema.add_constraint(Appointment, constraint)


def signed_in(staff: StaffMember) -> list[Client]:
    first, second = Client(), Client()
    first.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    second.cookies = first.cookies
    return [first, second]


def caller(world: World, key: str) -> dict[str, Any]:
    """The desk's form for a caller without a pre-application number, as it is typed."""
    return {
        "type": world.type.code,
        "personnes": "1",
        "ici": str(world.facilities[0].pk),
        "creneau": token(world),
        "email": "",
        "phone": "06 12 34 56 78",
        "language": "fr",
        "channel": "phone",
        FIELD: key,
    }


def desk_form(browser: Client, world: World) -> dict[str, Any]:
    """What the page itself would send, filled in."""
    page = browser.get(reverse("counter:book"), {"type": world.type.code, "ici": world.facilities[0].pk})
    names = set(re.findall(r'name="([^"]+)"', page.content.decode()))
    sent = {name: value for name, value in caller(world, new_key()).items() if name in names}
    for name in names:
        if name.endswith("last_name"):
            sent[name] = "Fictive"
        elif name.endswith("first_name"):
            sent[name] = "Odile"
    return sent


@pytest.mark.parametrize("round_number", range(3))
def test_two_presses_at_the_desk_are_one_appointment(round_number: int) -> None:
    world = shared_calendar(counters=3)
    browsers = signed_in(agent_of(world.facilities[0]))
    answers = twice(browsers, "counter:book", desk_form(browsers[0], world))
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Appointment.objects.booked().count() == 1
    assert answers[0].url == answers[1].url == reverse("counter:booked", args=[Appointment.objects.get().pk])


def test_twin_without_the_key_one_caller_has_two_appointments() -> None:
    world = shared_calendar(counters=6)
    browsers = signed_in(agent_of(world.facilities[0]))
    sent = desk_form(browsers[0], world) | {FIELD: ""}
    for _round in range(10):
        twice(browsers, "counter:book", sent)
        if Appointment.objects.booked().count() > 1:
            return
        Appointment.objects.all().delete()
    pytest.fail("ten rounds of two presses never made two appointments")


def test_the_same_key_with_other_content_is_said() -> None:
    world = shared_calendar(counters=3)
    browser = signed_in(agent_of(world.facilities[0]))[0]
    sent = desk_form(browser, world)
    first = press(browser, "counter:book", sent)
    again = press(browser, "counter:book", sent | {"creneau": token(world, 11)})
    assert again.status_code == 409
    assert "Ce formulaire a déjà été envoyé" in again.content.decode()
    assert first.url in again.content.decode()
    assert Appointment.objects.count() == 1


def test_a_form_with_errors_may_be_sent_again_with_its_key() -> None:
    world = shared_calendar()
    browser = signed_in(agent_of(world.facilities[0]))[0]
    sent = desk_form(browser, world)
    assert press(browser, "counter:book", sent | {"phone": "quatre"}).status_code == 422
    assert not IdempotencyKey.objects.exists()
    assert press(browser, "counter:book", sent).status_code == 302


def hall_with_tickets() -> World:
    world = shared_calendar()
    for half in ("am", "pm"):
        WalkInQuota.objects.create(facility=world.facilities[0], day=timezone.localdate(), half=half, places=20)
    return world


def tickets(world: World, key: str) -> int:
    browsers = signed_in(agent_of(world.facilities[0]))
    sent = {"type": world.type.pk, "people": 1, FIELD: key}
    twice(browsers, "counter:walk_in", sent, world.facilities[0].pk)
    return WalkInTicket.objects.count()


def test_two_presses_are_one_ticket() -> None:
    assert tickets(hall_with_tickets(), new_key()) == 1


def test_twin_without_the_key_two_presses_are_two_tickets() -> None:
    assert tickets(hall_with_tickets(), "") == 2


def test_a_form_on_htmx_is_sent_to_what_was_made() -> None:
    world = hall_with_tickets()
    browser = signed_in(agent_of(world.facilities[0]))[0]
    where = reverse("counter:walk_in", args=[world.facilities[0].pk])
    sent = {"type": world.type.pk, "people": 1, FIELD: new_key()}
    first = browser.post(where, sent)
    again = browser.post(where, sent, HTTP_HX_REQUEST="true")
    assert (again.status_code, again["HX-Redirect"]) == (204, first.url)


def test_what_fails_halfway_leaves_neither_thing_nor_key(monkeypatch: pytest.MonkeyPatch) -> None:
    world = hall_with_tickets()
    browser = signed_in(agent_of(world.facilities[0]))[0]
    browser.raise_request_exception = False
    given = walk_ins.give_ticket

    def breaks(**asked: Any) -> Any:
        given(**asked)
        raise RuntimeError("the power is cut")

    sent = {"type": world.type.pk, "people": 1, FIELD: new_key()}
    with monkeypatch.context() as cut:
        cut.setattr(walk_ins, "give_ticket", breaks)
        assert press(browser, "counter:walk_in", sent, world.facilities[0].pk).status_code == 500
    assert not WalkInTicket.objects.exists() and not IdempotencyKey.objects.exists()
    assert press(browser, "counter:walk_in", sent, world.facilities[0].pk).status_code == 302


def test_a_key_is_forgotten_after_a_day() -> None:
    now = timezone.now()
    IdempotencyKey.objects.create(digest=b"young", body=b"", created_at=now - idempotency.KEPT_FOR / 2)
    IdempotencyKey.objects.create(digest=b"old", body=b"", created_at=now - idempotency.KEPT_FOR * 2)
    services.purge(now=now)
    assert bytes(IdempotencyKey.objects.get().digest) == b"young"
