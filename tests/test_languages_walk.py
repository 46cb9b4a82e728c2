"""Another language keeps what is typed: on every staff page each field of each form that is sent comes back as it was.

The page's script sends the form to the page itself in that language (`js/forms.js`); what the walk asks is what the
server makes of it. A form whose fields are drawn by hand, from something else than a form, is found.
"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from lxml import html

from municipalities.forms.typed import BUTTON
from tests.rights.samples import SAMPLES
from tests.rights.walk import addresses, everything, signed_in
from tests.rights.world import World, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

#: Never said back, or chosen by the page: nothing of it is typed.
NOT_TYPED = {"hidden", "submit", "button", "password", "file", "image", "reset"}
OTHER = {"date": "2027-02-03", "time": "10:10", "color": "#123456"}
#: Chosen and sent at once, nothing is typed beside it.
SENT_AT_ONCE = {"counter:board"}


def forms_of(page: bytes) -> list[Any]:
    """Forms in which somebody can type or choose."""
    return [form for form in html.fromstring(page).forms if form.method == "POST" and _fields(form)]


def _fields(form: Any) -> list[Any]:
    return [
        field
        for field in form.inputs
        if field.name and not (field.tag == "input" and field.get("type", "text") in NOT_TYPED)
    ]


def typed_into(form: Any) -> dict[str, list[str]]:
    """What the browser would send once somebody has changed every field."""
    said: dict[str, list[str]] = {}
    for field in _fields(form):
        values = said.setdefault(field.name, [])
        kind = field.get("type", "")
        if field.tag == "select":
            values += field.value_options[-1:]
        elif kind == "radio":
            if not values or field.get("checked") is None:
                values[:] = [field.get("value", "on")]
        elif kind == "checkbox":
            values += [field.get("value", "on")] if field.get("checked") is None else []
        else:
            values.append(OTHER.get(kind, "7"))
    return said


def shown_in(form: Any) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {}
    for field in _fields(form):
        values = said.setdefault(field.name, [])
        if field.tag == "select":
            chosen = [one.get("value", one.text) for one in field.iter("option") if one.get("selected") is not None]
            values += chosen or field.value_options[:1]
        elif field.get("type") in ("checkbox", "radio"):
            if field.get("checked") is not None:
                values.append(field.get("value", "on"))
        else:
            values.append(field.get("value", "") if field.tag == "input" else (field.value or "").removeprefix("\n"))
    return said


def forgetful(browser: Client, address: str) -> list[str] | None:
    """Fields of the forms of this page that another language loses; None where it is no page for this person."""
    answer = browser.get(address)
    if answer.status_code != 200 or "text/html" not in answer["Content-Type"]:
        return None
    lost = []
    for place, form in enumerate(forms_of(answer.content)):
        typed = typed_into(form)
        hidden = {
            field.name: field.value or "" for field in form.inputs if field.name and field.get("type") == "hidden"
        }
        there = browser.post(f"/de{address}", {**hidden, **typed, BUTTON: "1"})
        assert there.status_code == 200, (address, there.status_code)
        again = forms_of(there.content)
        shown = shown_in(again[place]) if place < len(again) else {}
        lost += [name for name, values in typed.items() if sorted(shown.get(name, [])) != sorted(values)]
    return lost


def forgotten(world: World) -> dict[str, list[str]]:
    """Staff pages with the fields that another language loses."""
    # Some pages are the territory's alone; the counter's are for those who work there.
    browsers = [signed_in(world.manager), signed_in(world.territory)]
    found = {}
    for name in addresses():
        with translation.override("fr"):
            address = reverse(name, args=SAMPLES[name](world))
        answers = (forgetful(browser, address) for browser in browsers)
        found[name] = next((lost for lost in answers if lost is not None), [])
    return {name: lost for name, lost in found.items() if lost and name not in SENT_AT_ONCE}


def test_every_staff_form_keeps_what_is_typed() -> None:
    world = make_world()
    before = everything()
    assert forgotten(world) == {}
    assert everything() == before, "nothing is done by it"


def test_twin_a_form_that_forgets_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were forms to begin as ever, the walk would see it on every page with a form of its own."""
    world = make_world()
    monkeypatch.setattr("municipalities.forms.typed._was_sent", lambda *_args: False)
    with translation.override("fr"):
        address = reverse("counter:edit_type", args=SAMPLES["counter:edit_type"](world))
    assert "name_fr" in (forgetful(signed_in(world.territory), address) or [])
