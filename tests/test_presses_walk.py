"""Whatever a form creates, it creates once: every page is pressed twice, and every form found is looked at."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from booking.appointments.enums import Half
from booking.appointments.models import AppointmentType, WalkInQuota
from municipalities.idempotency import FIELD, is_one_press, new_key
from tests.house import ROOT, our_apps
from tests.rights.posts import posted
from tests.rights.samples import SAMPLES
from tests.rights.walk import LOOKED_AT, _views, addresses, signed_in
from tests.rights.world import World, make_world
from tests.siege.camp import besiegers
from tests.siege.scouts import scout, view_of

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors, pytest.mark.slow]

#: Not things: what is looked at, what is told about what was done, and the keys themselves.
NOT_THINGS = LOOKED_AT | {
    "municipalities.AuditEntry",
    "municipalities.IdempotencyKey",
    "appointments.FreeGap",
    "appointments.BoardStep",
}
#: A rule that is saved again lets the reminders that wait be withdrawn and owed anew.
SENDS_AGAIN = {"counter:edit_reminders"}


def rows() -> dict[str, int]:
    """How many there are of everything that a form could create."""
    tables = {
        model._meta.db_table: model._meta.label
        for app in our_apps()
        for model in app.get_models()
        if model._meta.label not in NOT_THINGS
    }
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables))
        return {tables[table]: number for table, number in cursor.fetchall()}


class _Enough(Exception):
    """Takes back what a press has done."""


def grown_by_a_second_press(browser: Client, name: str, world: World, key: str) -> list[str]:
    """Tables of which the second press of one form makes more."""
    sent = posted(name, world) | {FIELD: key}
    address = reverse(name, args=SAMPLES[name](world))
    grown: list[str] = []
    try:
        with transaction.atomic():
            browser.post(address, sent)
            first = rows()
            browser.post(address, sent)
            second = rows()
            grown = [label for label, number in second.items() if number > first[label]]
            raise _Enough
    except _Enough:
        return grown


def creating_twice(key: Callable[[], str], names: Iterable[str]) -> dict[str, list[str]]:
    """Which of these pages create again when they are pressed a second time, and what."""
    world = make_world()
    found: dict[str, list[str]] = {}
    for half in Half:
        WalkInQuota.objects.update_or_create(
            facility=world.hall, day=timezone.localdate(), half=half, defaults={"places": 9}
        )
    # Some pages are the territory's alone; the counter's are for those who work there. What a press does to a session
    # is taken back with it; what it leaves in cookies is not.
    territory, manager = signed_in(world.territory), signed_in(world.manager)
    for name in names:
        browser = Client()
        browser.cookies = deepcopy((territory if name.startswith("staff:") else manager).cookies)
        grown = grown_by_a_second_press(browser, name, world, key())
        if grown:
            found[name] = grown
    return found


def test_no_staff_form_creates_twice() -> None:
    assert set(creating_twice(new_key, addresses())) - SENDS_AGAIN == set()


def test_twin_without_keys_the_walk_finds_those_that_would() -> None:
    """It sees what it looks for; and each of them is one of those that claim a key."""
    would = {"counter:walk_in", "counter:new_closure", "counter:rehome"}
    assert set(creating_twice(lambda: "", sorted(would))) == would
    views = {name: view for name, _path, _module, view in _views(get_resolver())}
    assert [name for name in sorted(would) if not is_one_press(views[name])] == []


#: Residents' forms that claim no key of their own, and why.
NEEDS_NONE = {
    "appointments:hold": "claims it in the statement that holds",
    "appointments:book": "confirms one hold; a start taken anew claims the key with it",
    "appointments:release": "gives back",
    "appointments:extend": "of one hold, once",
    "appointments:move": "confirms one hold",
    "appointments:cancel": "of one appointment",
    "appointments:contact": "changes",
    "appointments:correct": "changes",
    "appointments:wait_accept": "of one offer",
    "appointments:wait_decline": "of one offer",
    "appointments:wait_change": "changes",
    "appointments:wait_leave": "of one entry",
    "appointments:first_appointment": "sends a link, within its limit",
    "enrol:choose": "one place for each member and group, by a constraint",
    "enrol:choose_listed": "one place for each member and group, by a constraint",
    "enrol:drop": "ends",
    "enrol:together": "changes",
    "enrol:confirm": "one charge for each basket, by a constraint",
    "enrol:reopen": "of one basket, once",
    "enrol:absence": "changes",
    "enrol:make_up": "one for each seat, by a constraint",
    "enrol:take_single": "one seat of a session for each member, by a constraint",
    "enrol:cancel": "ends",
    "enrol:join": "one for each member and group, by a constraint",
    "enrol:answer": "of one offer, once",
    "enrol:tell_me": "one for each adult and activity, by a constraint",
    "follow:create": "one for each appointment, by a constraint",
    "follow:reset": "replaces",
    "follow:revoke": "ends",
    "residents:find": "sends a link, within its limit",
    "family:sign_in": "sends a code, within its limit",
    "family:code": "signs in once with each code; the same press again gets the same session",
    "family:open": "signs in once with each code; the same press again gets the same session",
    "family:sign_out": "ends",
    "family:franceconnect_met": "one family for each identity, by a constraint",
    "family:franceconnect_part": "ends",
    "family:member": "changes",
    "family:remove_member": "ends",
    "family:share": "replaces",
    "family:join": "once by each link",
    "family:guardian": "changes",
    "family:remove_guardian": "ends",
    "family:town": "changes",
    "family:end_session": "ends",
    "family:erase": "ends",
}


def unexplained(forms: set[str]) -> list[str]:
    views = {name: view for name, _path, _module, view in _views(get_resolver())}
    theirs = ("account", "mfa", "usersessions", "admin")
    return sorted(
        name
        for name in forms - set(SAMPLES) - set(NEEDS_NONE)
        if name in views and not name.startswith(theirs) and not is_one_press(views[name])
    )


def forms_of_residents() -> set[str]:
    found: set[str] = set()
    camp = besiegers()
    search = reverse("appointments:search")
    doors = ["/", *(f"{search}?type={kind.code}&personnes=1" for kind in AppointmentType.objects.all())]
    for name in ("anonymous", "resident"):
        for target in [found for door in doors for found in scout(camp[name], [door], 25)]:
            if target.method == "POST":
                assert FIELD in dict(target.fields), f"{target.path} lacks the key"
                found.add(view_of(target.path))
    return found


def test_every_form_of_residents_is_accounted_for() -> None:
    found = forms_of_residents()
    assert {"appointments:hold", "residents:find"} <= found
    assert unexplained(found) == []


def test_twin_a_form_nobody_thought_of_is_named() -> None:
    assert unexplained({"appointments:hold", "second:call_off", "portal:home"}) == ["portal:home"]


def test_every_form_that_is_sent_carries_the_key() -> None:
    """By the tag that carries the token, of which no form can do without."""
    guilty: list[Any] = []
    for package in ("config", "municipalities", "notifications", "booking"):
        for path in (ROOT / package).rglob("*.html"):
            text = path.read_text()
            if text.count('method="post"') > text.count("csrf") and "{% element form" not in text:
                guilty.append(path.relative_to(ROOT))
    assert guilty == []
