"""Types and stamps, as the territory's manager keeps them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.appointments.enums import TypeKind
from booking.appointments.models import AppointmentType, CounterOffering, Fee
from municipalities.models import AuditEntry
from tests import people
from tests.factories import FeeFactory
from tests.worlds import shared_calendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(people.territory_manager(), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _type(**more: Any) -> dict[str, Any]:
    return {
        "code": "recensement",
        "name_fr": "Recensement",
        "name_de": "Erfassung",
        "kind": "other",
        "max_people": "1",
        "position": "4",
        "is_active": "on",
    } | more


def test_a_type_is_made_changed_and_put_out_of_service(office: Client) -> None:
    assert office.post(reverse("counter:new_type"), _type()).status_code == 302
    kind = AppointmentType.objects.get()
    assert (kind.code, kind.name, kind.max_people) == ("recensement", {"fr": "Recensement", "de": "Erfassung"}, 1)
    edit = reverse("counter:edit_type", args=[kind.pk])
    office.post(edit, _type(code="autre", name_fr="Recensement citoyen"))
    kind.refresh_from_db()
    assert (kind.code, kind.name["fr"]) == ("recensement", "Recensement citoyen")
    refused = office.post(edit, _type(kind="collection", needs_number="on")).content.decode()
    assert "Un retrait ne demande jamais de numéro" in refused
    assert office.post(edit, _type(max_people="7")).status_code == 200
    assert AppointmentType.objects.get().max_people == 1
    assert AuditEntry.objects.filter(table="appointments_appointmenttype", staff__isnull=False).exists()


def test_what_is_out_of_service_is_offered_no_more(office: Client) -> None:
    world = shared_calendar()
    assert CounterOffering.objects.filter(type=world.type).exists()
    office.post(
        reverse("counter:edit_type", args=[world.type.pk]),
        _type(kind=TypeKind.DEPOSIT, is_active="", max_people=world.type.max_people),
    )
    assert not CounterOffering.objects.filter(type=world.type, type__is_active=True).exists()
    assert "hors service" in office.get(reverse("counter:offer")).content.decode()


def test_a_stamp_is_typed_in_euros(office: Client) -> None:
    world = shared_calendar()
    typed = {
        "code": "passeport-majeur",
        "label_fr": "Timbre fiscal",
        "euros": "86.50",
        "types": [world.type.pk],
        "situations": ["loss"],
        "ages": "adult",
        "position": "1",
    }
    assert office.post(reverse("counter:new_fee"), typed).status_code == 302
    fee = Fee.objects.get()
    assert (fee.cents, fee.situations, list(fee.types.all())) == (8650, ["loss"], [world.type])
    page = office.get(reverse("counter:offer")).content.decode().replace("&nbsp;", " ")
    assert "86,50 €" in page
    edit = reverse("counter:edit_fee", args=[fee.pk])
    assert 'value="86.50"' in office.get(edit).content.decode()
    assert office.post(edit, typed | {"euros": "1001"}).status_code == 200
    assert office.post(edit, typed | {"euros": "-1"}).status_code == 200
    office.post(edit, typed | {"euros": "0.29"})
    fee.refresh_from_db()
    assert fee.cents == 29
    office.post(reverse("counter:drop_fee", args=[fee.pk]))
    assert not Fee.objects.exists()


def test_nobody_else_keeps_them(client: Client) -> None:
    world = shared_calendar()
    fee = FeeFactory.create()
    client.force_login(
        people.manager_of_municipality(world.municipality),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    for name, arguments in (("offer", []), ("new_type", []), ("edit_type", [world.type.pk]), ("edit_fee", [fee.pk])):
        assert client.get(reverse(f"counter:{name}", args=arguments)).status_code == 404
    assert client.post(reverse("counter:drop_fee", args=[fee.pk])).status_code == 404
    assert Fee.objects.exists()
