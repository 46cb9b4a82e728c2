"""« Plus tôt » in Chromium: asked for, offered by mail, accepted or not, with and without JavaScript."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from booking.appointments.bookings.changes import cancel_appointment
from booking.appointments.enums import State
from booking.appointments.models import Appointment, EarlierOffer, WaitingListEntry
from booking.appointments.waiting_list.offers import offer_freed_starts
from notifications.tasks import deliver_due
from tests.browser.conftest import PHONE, WIDE, Visitor
from tests.factories.appointments import at
from tests.people import MEHDI, PHOEBE
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]
BOTH = pytest.mark.parametrize(
    ("viewport", "javascript"), [(PHONE, True), (WIDE, False)], ids=["phone with script", "wide without"]
)


@pytest.fixture
def world() -> World:
    return shared_calendar(
        town_halls=2,
        code="carte-identite",
        name={"fr": "Carte d’identité", "de": "Personalausweis", "en": "Identity card"},
    )


def picture(visitor: Visitor, name: str) -> None:
    """For human eyes, where `SCREENSHOTS` names a folder."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        width = (visitor.page.viewport_size or {"width": 0})["width"]
        visitor.page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)


def send(visitor: Visitor, button: str) -> None:
    visitor.page.get_by_role("button", name=re.compile(button)).first.click()
    visitor.page.wait_for_load_state("load")
    visitor.look()


def heading(visitor: Visitor) -> str:
    return visitor.page.get_by_role("heading", level=1).inner_text()


def newest_link(visitor: Visitor) -> str:
    """Not of the newest mail: an offer leaves before the farewell to whoever made room for it."""
    deliver_due()
    links = [
        link for one in mail.outbox for link in re.findall(rf"{re.escape(visitor.site)}\S*/lien/\S+", str(one.body))
    ]
    return str(links[-1])


def ask(visitor: Visitor, *, email: str = "odile@mail.example") -> None:
    """From a search that finds nothing to a place in the queue, with a mistake on the way."""
    page = visitor.page
    visitor.open(f"/rendez-vous/?type=carte-identite&du={day_ahead(5, weeks=1)}&au={day_ahead(6, weeks=1)}")
    visitor.click("link", re.compile("liste d’attente"))
    assert heading(visitor) == "Me prévenir si un horaire plus tôt se libère"
    picture(visitor, "waiting-form")
    page.locator("[name='until_day']").fill(day_ahead(4, weeks=3).isoformat())
    page.locator("[name='where'][value='rayon']").check()
    page.locator("[name='weekdays'][value='mar']").check()
    page.locator("[name='earliest']").fill("08:30")
    page.locator("[name='radius']").fill("")
    page.locator("[name='email']").fill(email)
    send(visitor, "M’inscrire")
    assert visitor.page.locator(".govuk-error-summary a").count() == 2, "no town, no distance"
    picture(visitor, "waiting-errors")
    assert page.locator("[name='email']").input_value() == email
    assert page.locator("[name='earliest']").input_value() == "08:30"
    page.locator("[name='where'][value='toutes']").check()
    send(visitor, "M’inscrire")
    assert heading(visitor) == "Votre demande est enregistrée"
    picture(visitor, "waiting-noted")


def free_nine(world: World) -> None:
    cancel_appointment(appointment=world.book(at(day_ahead(), 9), PHOEBE, browser="autre"))
    assert offer_freed_starts() == 1


@BOTH
def test_asked_offered_accepted_booked(visit: Visit, world: World, viewport: dict[str, int], javascript: bool) -> None:
    ask(visit(viewport, javascript=javascript))
    visitor = visit(viewport, javascript=javascript)
    visitor.open(newest_link(visitor))
    assert heading(visitor) == "Vous êtes en liste d’attente"
    picture(visitor, "waiting-entry")
    free_nine(world)
    visitor.open(newest_link(visitor))
    assert heading(visitor) == "Cet horaire est pour vous, si vous le voulez"
    if javascript:
        assert re.search(r"encore \d+ h \d\d", visitor.page.locator(".gc-countdown").inner_text())
    picture(visitor, "waiting-offer")
    assert EarlierOffer.objects.get().state == "offered", "opening the mail's link accepts nothing"
    send(visitor, "Accepter")
    page = visitor.page
    assert page.locator("[name$='email']").input_value() == "odile@mail.example", "not asked twice"
    picture(visitor, "waiting-book")
    page.locator("[name$='first_name']").fill("Odile")
    page.locator("[name$='last_name']").fill("Fictive")
    page.locator("[name$='number']").fill("A123456789")
    page.locator("form#reservation button[type=submit].govuk-button").first.click()
    page.wait_for_load_state("load")
    visitor.look()
    assert heading(visitor) == "Votre rendez-vous est confirmé"
    assert Appointment.objects.get(state=State.BOOKED).starts_at == at(day_ahead(), 9)
    visitor.open(f"/rendez-vous/attente/{WaitingListEntry.objects.get().pk}/")
    assert heading(visitor) == "Vous avez votre rendez-vous"


@BOTH
def test_with_an_appointment_refused_once_then_moved(
    visit: Visit, world: World, viewport: dict[str, int], javascript: bool
) -> None:
    late = world.book(at(day_ahead(4), 11), MEHDI, facility=world.facilities[1])
    Appointment.objects.filter(pk=late.pk).update(email="mehdi@mail.example")
    late.refresh_from_db()
    from booking.appointments.bookings.changes import send_again

    send_again(appointment=late)
    visitor = visit(viewport, javascript=javascript)
    visitor.open(newest_link(visitor))
    picture(visitor, "waiting-ticket")
    visitor.click("link", "Me prévenir si un horaire plus tôt se libère")
    picture(visitor, "waiting-form-with-appointment")
    send(visitor, "M’inscrire")
    assert "Votre demande est enregistrée" in visitor.page.content()
    free_nine(world)
    visitor.open(newest_link(visitor))
    picture(visitor, "waiting-offer-with-appointment")
    send(visitor, "Refuser cet horaire")
    assert heading(visitor) == "Vous êtes en liste d’attente"
    cancel_appointment(appointment=world.book(at(day_ahead(), 10), PHOEBE, browser="autre"))
    assert offer_freed_starts() == 1
    visitor.open(newest_link(visitor))
    send(visitor, "Accepter")
    assert heading(visitor).startswith("Déplacer le rendez-vous")
    picture(visitor, "waiting-move")
    send(visitor, "Déplacer mon rendez-vous")
    late.refresh_from_db()
    assert late.starts_at == at(day_ahead(), 10)


@BOTH
def test_too_late_changed_and_left(visit: Visit, world: World, viewport: dict[str, int], javascript: bool) -> None:
    ask(visit(viewport, javascript=javascript))
    visitor = visit(viewport, javascript=javascript)
    visitor.open(newest_link(visitor))
    free_nine(world)
    visitor.open(newest_link(visitor))
    Appointment.objects.held().update(expires_at=timezone.now())
    send(visitor, "Accepter")
    assert heading(visitor) == "Cet horaire n’est plus proposé"
    assert "Votre place dans la liste est gardée" in visitor.page.content()
    picture(visitor, "waiting-lapsed")
    visitor.click("link", "Voir ma demande")
    visitor.click("link", "Changer ma demande")
    visitor.page.locator("[name='where'][value='choix']").check()
    visitor.page.locator("[name='facilities']").first.check()
    picture(visitor, "waiting-change")
    send(visitor, "Enregistrer")
    assert world.facilities[0].name in visitor.page.content() or world.facilities[1].name in visitor.page.content()
    visitor.click("link", "Quitter la liste d’attente")
    picture(visitor, "waiting-leave")
    assert WaitingListEntry.objects.get().state == "waiting", "looking at the question changes nothing"
    send(visitor, "Oui, quitter")
    assert heading(visitor) == "Vous n’êtes plus en liste d’attente"


@pytest.mark.parametrize("width", [320, 1200])
def test_no_page_scrolls_sideways_and_all_is_reached_by_keyboard(visit: Visit, world: World, width: int) -> None:
    visitor = visit({"width": width, "height": 740})
    visitor.open("/rendez-vous/plus-tot/?type=carte-identite")
    names: list[Any] = []
    for _n in range(60):
        visitor.press("Tab")
        names.append(visitor.page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))
        if names[-1] == "M’inscrire en liste d’attente":
            break
    assert {"where", "from_day", "until_day", "weekdays", "earliest", "latest", "people", "email", "phone"} <= set(
        names
    )
    assert names[-1] == "M’inscrire en liste d’attente"
