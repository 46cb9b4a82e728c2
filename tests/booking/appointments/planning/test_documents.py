"""Documents and instructions of a municipality, kept by its manager."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking.appointments.documents.queries import documents_for
from booking.appointments.models import AppointmentType, RequiredDocument
from municipalities.models import Municipality
from tests import people
from tests.factories import AppointmentTypeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind() -> AppointmentType:
    return AppointmentTypeFactory.create(code="cni", name={"fr": "Carte d’identité"})


@pytest.fixture
def common(kind: AppointmentType) -> RequiredDocument:
    row = RequiredDocument.objects.create(code="photo", label={"fr": "Une photo", "de": "Ein Foto"}, position=1)
    row.types.add(kind)
    return row


@pytest.fixture
def manager(client: Client, rixheim: Municipality) -> Client:
    client.force_login(
        people.manager_of_municipality(rixheim), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def _page(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def _asked(kind: AppointmentType, municipality: Municipality) -> list[str]:
    from booking.appointments.bookings.confirming import PersonDetails

    people_ = [PersonDetails(**people.ODILE.details())]
    (found,) = documents_for(type=kind, people=people_, municipality=municipality)
    return [str(line.label) for line in found.lines]


def test_a_line_of_its_own_is_added_changed_and_removed(
    manager: Client, rixheim: Municipality, riedisheim: Municipality, kind: AppointmentType, common: RequiredDocument
) -> None:
    new = reverse("counter:new_document", args=[rixheim.pk])
    data = {"label_fr": "Une photo", "detail_fr": "Entrée côté cour.", "types": [kind.pk], "ages": "any", "position": 9}
    assert manager.post(new, data)["Location"] == reverse("counter:documents", args=[rixheim.pk])
    own = RequiredDocument.objects.get(municipality=rixheim)
    assert own.code != common.code
    assert _asked(kind, rixheim) == ["Une photo", "Une photo"] and _asked(kind, riedisheim) == ["Une photo"]
    edit = reverse("counter:edit_document", args=[own.pk])
    assert "Entrée côté cour." in _page(manager.get(edit))
    manager.post(edit, data | {"label_fr": "Sonnez deux fois"})
    assert _asked(kind, rixheim) == ["Une photo", "Sonnez deux fois"]
    page = _page(manager.get(reverse("counter:documents", args=[rixheim.pk])))
    assert "en français seulement" in page and "de votre commune" in page
    manager.post(reverse("counter:drop_document", args=[rixheim.pk, own.pk]))
    assert not RequiredDocument.objects.filter(pk=own.pk).exists()


def test_a_common_line_is_said_otherwise_dropped_and_taken_back(
    manager: Client, rixheim: Municipality, kind: AppointmentType, common: RequiredDocument
) -> None:
    otherwise = reverse("counter:own_document", args=[rixheim.pk, common.pk])
    page = _page(manager.get(otherwise))
    assert 'value="Une photo"' in page and "checked" in page
    manager.post(otherwise, {"label_fr": "Deux photos", "types": [kind.pk], "ages": "any", "position": 1})
    assert _asked(kind, rixheim) == ["Deux photos"]
    own = RequiredDocument.objects.get(municipality=rixheim)
    assert manager.get(otherwise)["Location"] == reverse("counter:edit_document", args=[own.pk])
    manager.post(reverse("counter:restore_document", args=[own.pk]))
    assert _asked(kind, rixheim) == ["Une photo"]
    manager.post(reverse("counter:drop_document", args=[rixheim.pk, common.pk]))
    assert _asked(kind, rixheim) == []
    assert "retirée ici" in _page(manager.get(reverse("counter:documents", args=[rixheim.pk])))
    dropped = RequiredDocument.objects.get(municipality=rixheim)
    manager.post(reverse("counter:restore_document", args=[dropped.pk]))
    assert _asked(kind, rixheim) == ["Une photo"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"label_fr": "", "label_de": "Nur deutsch"}, "Le texte français est nécessaire."),
        ({"types": []}, "Ce champ est nécessaire."),
        ({"position": "-1"}, "0"),
        ({"ages": "vieux"}, "vieux"),
    ],
)
def test_what_is_wrong_is_said_and_kept(
    changed: dict[str, Any], sentence: str, manager: Client, rixheim: Municipality, kind: AppointmentType
) -> None:
    data = {"label_fr": "Un mot", "detail_fr": "Tapé", "types": [kind.pk], "ages": "any", "position": 1} | changed
    page = _page(manager.post(reverse("counter:new_document", args=[rixheim.pk]), data))
    assert sentence in page and "Tapé" in page
    assert not RequiredDocument.objects.exists()


def test_a_line_of_another_municipality_is_not_dropped_from_here(
    manager: Client, rixheim: Municipality, riedisheim: Municipality
) -> None:
    theirs = RequiredDocument.objects.create(code="x", municipality=riedisheim, label={"fr": "À eux"})
    manager.post(reverse("counter:drop_document", args=[rixheim.pk, theirs.pk]))
    assert list(RequiredDocument.objects.all()) == [theirs]
