"""A sale at the desk by keyboard alone, counted; and the other pages of those who sell and plan, on any screen."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from booking.activities.models import Enrolment, EnrolmentState
from booking.payments.enums import Means
from booking.payments.models import CashOffice, OfficePerson, Receipt
from tests import people
from tests.booking.activities.changes.bought import enrolled
from tests.browser.conftest import PHONE, WIDE, Visitor
from tests.browser.test_agent_day import shot, signed_in
from tests.factories import LaneFactory
from tests.factories.enrolments import child_of, course, family, water

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]
#: Beyond the person's data.
MOST_KEYS = 40


class Keyboard:
    """Counts what is pressed; `data` is the person's own and does not count."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.pressed = visitor, 0

    def press(self, *keys: str) -> None:
        self.visitor.press(*keys)
        self.pressed += len(keys)

    def type(self, text: str) -> None:
        self.press(*text)

    def enter(self) -> None:
        with self.visitor.page.expect_navigation():
            self.press("Enter")
        self.visitor.look()

    def data(self, text: str) -> None:
        self.visitor.page.keyboard.type(text)


@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_two_children_are_enrolled_and_pay_by_two_means_in_forty_keys(viewport: dict[str, int], visit: Visit) -> None:
    basin = water()
    first = course(basin, code="m14")
    course(basin, code="m16", hour=16, activity=first.activity)
    home = family(children=2)
    office = CashOffice.objects.get()
    cashier = people.cashier(office.operator)
    OfficePerson.objects.create(office=office, staff=cashier)
    visitor = signed_in(visit(viewport), cashier)
    keys = Keyboard(visitor)
    visitor.open(reverse("desk:find"))
    keys.data(str(home.name))
    keys.enter()
    shot(visitor, "desk-found")
    keys.enter()
    keys.press("Tab")
    keys.type("m14")
    keys.enter()
    keys.press("ArrowDown", "Tab")
    keys.type("m16")
    keys.enter()
    shot(visitor, "desk-sale")
    keys.press("Tab")
    keys.enter()
    shot(visitor, "desk-till")
    keys.type("20")
    keys.press("Tab")
    keys.type("62")
    keys.enter()
    shot(visitor, "desk-receipt")
    parts = {part.means: part.cents for part in Receipt.objects.get().parts.all()}
    assert parts == {Means.CASH: 2000, Means.CHEQUE: 6200, Means.CARD_TERMINAL: 8000}
    sold = Enrolment.objects.filter(state=EnrolmentState.ENROLLED)
    assert {one.member_id for one in sold} == {child_of(home.household, place).pk for place in (0, 1)}
    assert keys.pressed <= MOST_KEYS
    print(f"{keys.pressed} keys")


@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_each_page_is_fit_for_everybody(viewport: dict[str, int], visit: Visit) -> None:
    basin = water()
    group = course(basin, code="m14")
    into = course(basin, code="m16", hour=16, activity=group.activity)
    group.lanes.add(LaneFactory.create(basin=basin))
    line = enrolled(family().household, group)
    visitor = signed_in(visit(viewport), people.sports_manager(group.activity.season.operator))
    pages: list[tuple[str, list[Any]]] = [
        ("desk:places", [group.pk]),
        ("desk:merge", [group.pk]),
        ("desk:session", [group.sessions.earliest("starts_at").pk]),
        ("seasons:import_groups", [group.activity.season_id]),
        ("seasons:group", [group.pk]),
        ("seasons:edit_season", [group.activity.season_id]),
        ("desk:cancel", [line.pk]),
        ("desk:sale", [line.basket.household_id]),
        ("occupancy:figures", []),
        ("occupancy:proposals", []),
        ("pools:new_lanes", [basin.pk]),
    ]
    for name, arguments in pages:
        visitor.open(reverse(name, args=arguments))
        shot(visitor, name.replace(":", "-"))
    visitor.open(reverse("desk:merge", args=[group.pk]))
    visitor.page.get_by_label("Avec le groupe").select_option(str(into.pk))
    visitor.click("button", "Voir ce que cela donne")
    shot(visitor, "desk-merge-shown")
