"""Calendar addresses in Chromium: made, copied, replaced, on a phone and wide, with and without JavaScript."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from booking.feeds.models import FeedToken
from municipalities.models import StaffMember
from tests.booking.appointments.walks import Walk
from tests.browser.conftest import PHONE, WIDE, Visitor
from tests.factories.appointments import CounterClosureFactory, at
from tests.factories.feeds import BusyCalendarFactory
from tests.factories.municipalities import period
from tests.people import ODILE, manager_of_facility
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]


@pytest.fixture
def world() -> World:
    return shared_calendar()


def with_cookies_of(visitor: Visitor, client: Client) -> Visitor:
    for name, cookie in client.cookies.items():
        visitor.page.context.add_cookies([{"name": name, "value": cookie.value, "url": visitor.site}])
    return visitor


def signed_in(visitor: Visitor, staff: StaffMember) -> Visitor:
    client = Client()
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return with_cookies_of(visitor, client)


@pytest.mark.parametrize("viewport", [PHONE, WIDE], ids=["phone", "wide"])
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "plain"])
def test_an_agent_makes_copies_and_replaces_an_address(
    visit: Visit, world: World, viewport: Any, javascript: bool
) -> None:
    visitor = signed_in(visit(viewport, javascript=javascript), manager_of_facility(world.facilities[0]))
    page = visitor.page
    visitor.open("/agents/calendriers/")
    visitor.click("link", "Nouveau calendrier")
    page.locator("select[name=place]").select_option(f"guichet-{world.counters[0].pk}")
    visitor.click("button", "Créer l’adresse")
    address = page.locator(".cal-code").first.inner_text()
    assert Client().get(address.removeprefix(visitor.site)).status_code == 200
    assert page.get_by_role("link", name="S’abonner").get_attribute("href") == "webcal" + address.removeprefix("http")
    copy = page.get_by_role("button", name="Copier l’adresse")
    if javascript:
        page.evaluate("navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve() }")
        copy.click()
        assert page.evaluate("window.copied") == address
    else:
        assert not copy.is_visible()
    visitor.open("/agents/calendriers/")
    visitor.click("button", "Remplacer l’adresse")
    assert page.locator(".cal-code").first.inner_text() != address
    assert Client().get(address.removeprefix(visitor.site)).status_code == 410


@pytest.mark.parametrize("viewport", [PHONE, WIDE], ids=["phone", "wide"])
def test_a_resident_follows_an_appointment(visit: Visit, world: World, viewport: Any) -> None:
    walk = Walk(world)
    appointment = walk.book(at(day_ahead(), 8), ODILE)
    visitor = with_cookies_of(visit(viewport), walk.client)
    visitor.open(f"/rendez-vous/mon-rendez-vous/{appointment.pk}/")
    visitor.click("button", "M’abonner : l’agenda suit les changements")
    address = visitor.page.locator(".cal-code").first.inner_text()
    assert b"BEGIN:VEVENT" in Client().get(address.removeprefix(visitor.site)).content
    visitor.page.reload()
    assert FeedToken.objects.count() == 1, "a reload makes no second address"
    visitor.look()
    visitor.click("button", "Ne plus montrer ce calendrier")
    assert Client().get(address.removeprefix(visitor.site)).status_code == 410


@pytest.mark.parametrize("viewport", [PHONE, WIDE], ids=["phone", "wide"])
def test_the_health_of_foreign_calendars(visit: Visit, world: World, viewport: Any) -> None:
    counter, now = world.counters[0], timezone.now()
    well = BusyCalendarFactory.create(counter=counter, name="Salle des mariages", last_ok_at=now, blocked_count=37)
    BusyCalendarFactory.create(
        counter=counter, name="Agathe", last_error="too_slow", last_ok_at=now - timedelta(hours=3)
    )
    CounterClosureFactory.create(counter=counter, busy_calendar=well, period=period(at(day_ahead(), 9), hours=2))
    visitor = signed_in(visit(viewport), manager_of_facility(world.facilities[0]))
    visitor.open(f"/agents/guichets/guichet/{counter.pk}/")
    visitor.click("link", "Agendas extérieurs")
    page = visitor.page
    assert page.get_by_text("Le serveur de cet agenda est trop lent.").is_visible()
    page.get_by_text("Les prochaines périodes bloquées").click()
    visitor.look()
    page.get_by_label("Nom, pour vous y retrouver").fill("Intrus")
    page.get_by_label("Adresse ICS de l’agenda").fill("file:///etc/passwd")
    visitor.click("button", "Ajouter")
    assert page.get_by_text("n’est pas celle d’un agenda").first.is_visible()
    page.get_by_label("Adresse ICS de l’agenda").fill("webcal://agenda.example/a.ics")
    visitor.click("button", "Ajouter")
    assert page.get_by_text("pas encore relevé").is_visible()
