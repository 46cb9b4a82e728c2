"""What comes out of the printer: pages are counted, not believed."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.appointments.enums import Accessibility
from booking.appointments.models import AppointmentPerson
from booking.residents.actions import link_expiry, mint_link
from municipalities.models import StaffMember
from tests import people
from tests.browser.conftest import PHONE, WIDE, Visitor
from tests.browser.test_agent_day import signed_in
from tests.factories import AppointmentFactory, RequiredDocumentFactory
from tests.factories.appointments import at
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]
SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture
def world() -> World:
    world = shared_calendar(counters=4, code="carte-identite", name={"fr": "Carte d’identité ou passeport"})
    for number, counter in enumerate(world.counters):
        counter.name = f"Guichet {number + 1}"
        counter.save()
    for number in range(9):
        RequiredDocumentFactory.create(
            label={"fr": f"Pièce {number} : justificatif de domicile de moins de douze mois, original et copie"},
            detail={"fr": "De moins de six mois, aux normes, non découpée."},
        ).types.add(world.type)
    return world


@pytest.fixture
def agent(world: World) -> StaffMember:
    return people.agent_of(world.facilities[0])


def printed(visitor: Visitor, name: str, margin: str = "0") -> list[tuple[float, float]]:
    """Width and height of every page that would come out, in points."""
    around: Any = dict.fromkeys(("top", "right", "bottom", "left"), margin)
    raw = visitor.page.pdf(prefer_css_page_size=True, margin=around)
    if SHOTS:
        path = Path(SHOTS) / f"{name}.pdf"
        path.write_bytes(raw)
        subprocess.run(["pdftoppm", "-png", "-r", "60", str(path), str(path.with_suffix(""))], check=False)
    pages = re.findall(rb"/Type\s*/Page\b[^s].*?/MediaBox\s*\[([^\]]+)\]", raw, re.DOTALL)
    return [(float(box.split()[2]), float(box.split()[3])) for box in pages]


def expected(world: World, number: int) -> None:
    today = timezone.localdate()
    for one in range(number):
        row, column = divmod(one, 4)
        AppointmentFactory.create(
            type=world.type,
            counter=world.counters[column],
            starts_at=at(today, 8 + row // 3, 20 * (row % 3)),
            phone="+33612345678",
            people=[{"last_name": f"Fictive-Imaginaire {one}", "first_name": "Odile Marguerite"}],
            accessibility=[Accessibility.STEP_FREE] if one % 5 == 0 else [],
        )


@pytest.mark.parametrize(("number", "pages"), [(28, 1), (60, 2)])
@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_the_list_of_the_day_is_a_table_of_about_35_lines_a_page(
    number: int, pages: int, viewport: dict[str, int], visit: Visit, world: World, agent: StaffMember
) -> None:
    expected(world, number)
    visitor = signed_in(visit(viewport), agent)
    visitor.open(reverse("counter:day", args=[world.facilities[0].pk]))
    sheets = printed(visitor, f"list-{number}")
    assert len(sheets) == pages
    assert all(width < height for width, height in sheets)
    visitor.page.emulate_media(media="print")
    table = visitor.page.locator(".ag-paper")
    assert table.is_visible()
    assert table.locator("tbody tr").count() == number == AppointmentPerson.objects.count()
    assert table.locator("i").count() == 3 * number
    heads = table.locator("thead").evaluate("head => getComputedStyle(head).display")
    assert heads == "table-header-group", "what repeats on every page"
    assert not visitor.page.locator(".ag-day").is_visible()
    assert visitor.page.locator(".gc-header nav:visible").count() == 0


@pytest.mark.parametrize(("persons", "pages"), [(1, 1), (6, 3)])
def test_a_ticket_is_upright_and_begins_on_its_first_page(
    persons: int, pages: int, visit: Visit, world: World, agent: StaffMember
) -> None:
    one = AppointmentFactory.create(
        type=world.type,
        counter=world.counters[0],
        starts_at=at(day_ahead(), 9),
        people_count=persons,
        people=[{"last_name": f"Fictive {number}"} for number in range(persons)],
        booked_by=agent,
    )
    visitor = signed_in(visit(), agent)
    visitor.open(reverse("counter:booked", args=[one.pk]))
    sheets = printed(visitor, f"ticket-{persons}")
    assert 1 <= len(sheets) <= pages
    assert all(width < height for width, height in sheets)
    visitor.page.emulate_media(media="print")
    ticket = visitor.page.locator(".dk-ticket").bounding_box()
    assert ticket is not None
    assert ticket["y"] < 200, "nothing stands before it that could fill a page"
    assert visitor.page.locator(".dk-ticket").evaluate("one => getComputedStyle(one).breakInside") == "auto"


def test_what_a_resident_prints_of_a_ticket_is_one_sheet(visit: Visit, world: World) -> None:
    booked = world.book(at(day_ahead(), 9))
    token = mint_link(subject_type="appointment", subject_id=booked.pk, expires_at=link_expiry(booked.ends_at))
    visitor = visit()
    visitor.open(f"/lien/{token}/")
    assert len(printed(visitor, "ticket-resident", margin="12mm")) == 1


def test_folded_answers_are_read_on_paper_and_folded_forms_are_not(visit: Visit, world: World) -> None:
    shown = "found => found.every((one) => one.checkVisibility())"
    visitor = visit()
    visitor.open("/aide/")
    answers = visitor.page.locator("details > p")
    assert answers.count() > 5 and not answers.evaluate_all(shown)
    visitor.page.emulate_media(media="print")
    assert answers.evaluate_all(shown)
    visitor = visit(PHONE)
    visitor.open("/rendez-vous/?type=carte-identite")
    visitor.page.emulate_media(media="print")
    assert not visitor.page.locator("#recherche").evaluate("one => one.checkVisibility()")
    # A question to the page is not part of its answer: neither the fields nor the line under which they are folded.
    visitor.open("/communes/")
    visitor.page.emulate_media(media="print")
    assert visitor.page.locator("form[method=get]").count() and not visitor.page.locator("form:visible").count()


def test_the_ticket_leads_to_the_find_page_and_to_nobody(
    visit: Visit, world: World, agent: StaffMember, settings: Any
) -> None:
    import segno

    one = AppointmentFactory.create(
        type=world.type, counter=world.counters[0], starts_at=at(day_ahead(), 9), booked_by=agent
    )
    visitor = signed_in(visit(), agent)
    visitor.open(reverse("counter:booked", args=[one.pk]))
    address = f"{settings.PUBLIC_URL}/retrouver/"
    assert address in visitor.page.locator(".dk-find").inner_text()
    drawn = segno.make(address, micro=False, error="m").svg_inline(
        scale=4, border=2, omitsize=True, svgclass=None, lineclass=None
    )
    path = re.search(r' d="([^"]+)"', drawn)
    assert path is not None
    assert visitor.page.locator(".dk-qr path").last.get_attribute("d") == path.group(1)
    visitor.page.goto(address)
    assert one.reference not in visitor.page.content()
