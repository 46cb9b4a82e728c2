"""A colleague covers another facility from date to date."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from municipalities.enums import Role
from municipalities.models import Facility, Municipality, StaffMember, StaffRole
from municipalities.rules import RIGHTS
from notifications.models import Message
from tests import people
from tests.factories import FacilityFactory, StaffRoleFactory

pytestmark = pytest.mark.django_db


def _page(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def _in(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


@pytest.fixture
def manager(client: Client, rixheim: Municipality) -> Client:
    client.force_login(
        people.manager_of_municipality(rixheim), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


@pytest.fixture
def colleague(riedisheim: Municipality) -> StaffMember:
    return people.agent_of_municipality(riedisheim, email="armand@riedisheim.example")


def _asked(colleague: StaffMember, hall: Facility, **changed: Any) -> dict[str, Any]:
    return {
        "email": colleague.email.upper(),
        "facility": hall.pk,
        "role": "agent",
        "valid_from": _in(1).isoformat(),
        "valid_until": _in(7).isoformat(),
    } | changed


def test_it_begins_and_ends_by_itself(manager: Client, colleague: StaffMember, rixheim_town_hall: Facility) -> None:
    address = reverse("staff:delegations")
    assert manager.post(address, _asked(colleague, rixheim_town_hall))["Location"] == address
    held = StaffRole.objects.get(is_delegation=True)
    assert (held.staff, held.facility, held.given_by.name) == (colleague, rixheim_town_hall, "Mathilde Secrétaire")  # type: ignore[union-attr]
    seen = []
    for day in (0, 1, 7, 8):
        with time_machine.travel(timezone.now() + timedelta(days=day), tick=True):
            fresh = StaffMember.objects.get(pk=colleague.pk)
            seen.append(Facility.objects.visible_to(fresh).filter(pk=rixheim_town_hall.pk).exists())
    assert seen == [False, True, True, False]
    page = _page(manager.get(address))
    assert "Armand Accueil" in page and "à venir" in page
    assert "Vous remplacez" in Message.objects.get(kind="staff.notice").context["subject"]


def test_it_is_stopped_early(manager: Client, colleague: StaffMember, rixheim_town_hall: Facility) -> None:
    manager.post(reverse("staff:delegations"), _asked(colleague, rixheim_town_hall))
    manager.post(reverse("staff:end_role", args=[StaffRole.objects.get(is_delegation=True).pk]))
    assert not StaffRole.objects.filter(is_delegation=True).exists()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"valid_from": _in(-1).isoformat()}, "cette date est passée"),
        ({"valid_from": _in(5).isoformat(), "valid_until": _in(4).isoformat()}, "doit finir après son début"),
        ({"valid_until": _in(400).isoformat()}, "un an au plus"),
        ({"valid_until": ""}, "Ce champ est nécessaire."),
        ({"email": "personne@nulle.example"}, "Aucun compte n’a cette adresse"),
        ({"email": "pas une adresse"}, "adresse"),
        ({"role": "municipality_manager"}, "municipality_manager"),
        ({"valid_from": "demain"}, "Une date s’écrit"),
    ],
)
def test_what_is_wrong_is_said_and_the_typed_text_kept(
    changed: dict[str, Any], sentence: str, manager: Client, colleague: StaffMember, rixheim_town_hall: Facility
) -> None:
    data = _asked(colleague, rixheim_town_hall, **changed)
    answer = manager.post(reverse("staff:delegations"), data)
    assert answer.status_code == 200
    page = _page(answer)
    assert sentence in page
    assert f'value="{data["email"]}"' in page
    assert not StaffRole.objects.filter(is_delegation=True).exists()


def test_two_that_overlap_are_refused_with_the_dates(
    manager: Client, colleague: StaffMember, rixheim_town_hall: Facility
) -> None:
    address = reverse("staff:delegations")
    manager.post(address, _asked(colleague, rixheim_town_hall))
    late = {"valid_from": _in(7).isoformat(), "valid_until": _in(9).isoformat()}
    page = _page(manager.post(address, _asked(colleague, rixheim_town_hall, **late)))
    assert "assure déjà un remplacement : Mairie de Rixheim" in page and "Choisissez d’autres dates." in page
    after = {"valid_from": _in(8).isoformat(), "valid_until": _in(9).isoformat()}
    assert manager.post(address, _asked(colleague, rixheim_town_hall, **after)).status_code == 302


def test_nobody_is_lent_what_they_have(
    manager: Client, colleague: StaffMember, rixheim: Municipality, rixheim_town_hall: Facility
) -> None:
    StaffRoleFactory.create(staff=colleague, role=Role.AGENT, municipality=rixheim)
    page = _page(manager.post(reverse("staff:delegations"), _asked(colleague, rixheim_town_hall)))
    assert "travaille déjà à cet endroit" in page


def test_a_closed_account_is_lent_nothing(manager: Client, colleague: StaffMember, rixheim_town_hall: Facility) -> None:
    StaffMember.objects.filter(pk=colleague.pk).update(is_active=False)
    page = _page(manager.post(reverse("staff:delegations"), _asked(colleague, rixheim_town_hall)))
    assert "Le compte de cette personne est fermé" in page


def test_nobody_lends_what_is_not_theirs(manager: Client, colleague: StaffMember, riedisheim: Municipality) -> None:
    foreign = FacilityFactory.create(municipality=riedisheim)
    assert manager.post(reverse("staff:delegations"), _asked(colleague, foreign)).status_code == 200
    assert not StaffRole.objects.filter(is_delegation=True).exists()


def test_the_staff_of_a_contract_holder_need_a_facility(manager: Client, rixheim: Municipality) -> None:
    data = {
        "name": "Dalila",
        "email": "dalila@piscine.example",
        "language": "fr",
        "role": "operator_staff",
        "place": f"commune-{rixheim.pk}",
        "valid_from": _in(0).isoformat(),
    }
    assert "dans un établissement précis" in _page(manager.post(reverse("staff:new_member"), data))
    assert not StaffMember.objects.filter(email="dalila@piscine.example").exists()


def test_the_table_of_rights_is_shown_to_managers(manager: Client) -> None:
    page = _page(manager.get(reverse("staff:rights")))
    assert "Personnel du délégataire" in page and page.count("<li>Responsable de commune</li>") == sum(
        Role.MUNICIPALITY_MANAGER in held for held in RIGHTS.values()
    )
