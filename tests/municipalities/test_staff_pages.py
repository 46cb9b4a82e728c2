"""Places and people, as their managers keep them; the door; the letters about accounts."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from municipalities.enums import Role
from municipalities.models import Facility, Municipality, StaffMember, StaffRole
from notifications.delivery import deliver_due
from notifications.models import Message
from tests import people
from tests.factories import FacilityFactory, StaffRoleFactory

pytestmark = pytest.mark.django_db

MODEL_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def manager(client: Client, rixheim: Municipality) -> Client:
    return _as(client, people.manager_of_municipality(rixheim))


def _as(client: Client, staff: StaffMember) -> Client:
    client.force_login(staff, backend=MODEL_BACKEND)
    return client


@pytest.fixture
def territory(client: Client) -> Client:
    return _as(client, people.territory_manager())


def _page(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def _identity(**changed: Any) -> dict[str, Any]:
    return {
        "name": "Rixheim",
        "colour": "#6b2e1f",
        "second_colour": "#9cc5e8",
        "coat_pattern": "chevron",
        "postal_codes": "68170, 68171",
        "welcome_text_fr": "Bienvenue",
        "welcome_text_de": "Willkommen",
        "sender_email": "mairie@rixheim.example",
    } | changed


def test_home_says_what_one_may_do_where(client: Client, rixheim_town_hall: Facility) -> None:
    staff = people.agent_of(rixheim_town_hall)
    StaffRoleFactory.create(
        staff=staff,
        role=Role.FACILITY_MANAGER,
        facility=rixheim_town_hall,
        valid_until=timezone.localdate() - timedelta(days=1),
    )
    page = _page(_as(client, staff).get(reverse("staff:home")))
    assert "Mairie de Rixheim" in page
    assert "Agent d’accueil" in page
    assert "pas en cours" in page
    assert "Modifier la fiche" not in page


def test_without_a_current_role_home_says_whom_to_ask(client: Client) -> None:
    page = _page(_as(client, StaffMember.objects.create_user("seul@x.example", name="Seul")).get(reverse("staff:home")))
    assert "Aucun rôle en cours" in page


def test_a_municipality_says_who_it_is(manager: Client, rixheim: Municipality) -> None:
    address = reverse("staff:municipality", args=[rixheim.pk])
    assert manager.post(address, _identity())["Location"] == address
    rixheim.refresh_from_db()
    assert rixheim.postal_codes == ["68170", "68171"]
    assert rixheim.welcome_text == {"fr": "Bienvenue", "de": "Willkommen"}
    assert rixheim.good_friday_is_holiday is True
    assert rixheim.insee_code == "68278"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"colour": "rouge"}, "Une couleur s’écrit #"),
        ({"colour": "#fff;}body{display:none"}, "caractères"),
        ({"postal_codes": "681"}, "Un code postal a cinq chiffres"),
        ({"name": ""}, "Ce champ est nécessaire."),
        ({"sender_email": "mairie"}, "adresse"),
        ({"coat_pattern": "lion"}, "lion"),
        ({"website": "javascript:alert(1)"}, "URL"),
    ],
)
def test_a_wrong_identity_is_explained_and_the_typed_text_kept(
    changed: dict[str, Any], sentence: str, manager: Client, rixheim: Municipality
) -> None:
    answer = manager.post(reverse("staff:municipality", args=[rixheim.pk]), _identity(**changed))
    assert answer.status_code == 200
    assert sentence in _page(answer)
    assert ">\nWillkommen</textarea>" in _page(answer)
    assert '<h1 class="govuk-heading-l">Rixheim</h1>' in _page(answer)
    rixheim.refresh_from_db()
    assert rixheim.welcome_text.get("de") is None


def _picture(kind: str = "PNG") -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "#336699").save(out, format=kind)
    out.seek(0)
    out.name = f"logo.{kind.lower()}"
    return out


def test_a_logo_is_drawn_anew_and_taken_back(manager: Client, rixheim: Municipality) -> None:
    address = reverse("staff:municipality", args=[rixheim.pk])
    assert manager.post(address, _identity(logo_file=_picture("JPEG"))).status_code == 302
    rixheim.refresh_from_db()
    assert bytes(rixheim.logo or b"").startswith(b"\x89PNG")
    assert "Logo actuel" in _page(manager.get(address))
    manager.post(address, _identity(no_logo="on"))
    rixheim.refresh_from_db()
    assert not rixheim.logo


def test_a_file_that_is_no_picture_is_refused_and_the_typed_text_kept(manager: Client, rixheim: Municipality) -> None:
    fake = io.BytesIO(b"<svg onload='alert(1)'/>")
    fake.name = "logo.png"
    address = reverse("staff:municipality", args=[rixheim.pk])
    page = _page(manager.post(address, _identity(logo_file=fake, welcome_text_fr="Un mot tapé")))
    assert "n’est pas une image" in page
    assert "Un mot tapé" in page
    both = _page(manager.post(address, _identity(logo_file=_picture(), no_logo="on")))
    assert "envoyer un logo, ou retirer" in both


def test_the_territorys_manager_creates_a_municipality_and_its_town_hall(
    territory: Client, rixheim: Municipality
) -> None:
    data = _identity(
        name="Neuville", slug="neuville", insee_code="68999", latitude="47.7", longitude="7.3", population="12"
    )
    answer = territory.post(reverse("staff:new_municipality"), data | {"insee_code": "6827"})
    assert "Un code INSEE a cinq caractères" in _page(answer)
    taken = territory.post(reverse("staff:new_municipality"), data | {"insee_code": "68278", "slug": rixheim.slug})
    assert _page(taken).count("existe déjà") >= 2
    assert territory.post(reverse("staff:new_municipality"), data).status_code == 302
    made = Municipality.objects.get(slug="neuville")
    assert (made.latitude, made.good_friday_is_holiday) == (47.7, False)
    operator = FacilityFactory.create(municipality=rixheim).operator
    hall = {"kind": "town_hall", "name": "Mairie", "slug": "mairie-neuville", "operator": operator.pk}
    new = reverse("staff:new_facility", args=[made.pk])
    off_earth = territory.post(new, hall | {"latitude": "470", "longitude": "7.3"})
    assert "n’existe pas sur Terre" in _page(off_earth)
    assert territory.post(new, hall | {"latitude": "47.7", "longitude": "7.3"}).status_code == 302
    assert Facility.objects.get(slug="mairie-neuville").municipality == made


def test_a_facility_keeps_its_town_and_its_service(manager: Client, rixheim_town_hall: Facility) -> None:
    address = reverse("staff:facility", args=[rixheim_town_hall.pk])
    data = {
        "kind": "town_hall",
        "name": "Hôtel de ville",
        "slug": rixheim_town_hall.slug,
        "operator": rixheim_town_hall.operator_id,
        "latitude": "47.7",
        "longitude": "7.4",
        "access_text_fr": "Tram 3",
        "is_active": "",
        "municipality": "1",
    }
    assert manager.post(address, data).status_code == 302
    rixheim_town_hall.refresh_from_db()
    assert (rixheim_town_hall.name, rixheim_town_hall.is_active) == ("Hôtel de ville", True)
    assert rixheim_town_hall.access_text == {"fr": "Tram 3"}


def _member(where: str, **changed: Any) -> dict[str, Any]:
    return {
        "name": "Nadia Nouvelle",
        "email": "Nadia@Rixheim.example",
        "language": "de",
        "role": "agent",
        "place": where,
        "valid_from": timezone.localdate().isoformat(),
    } | changed


def test_an_invited_person_chooses_a_password_and_signs_in(
    manager: Client, rixheim_town_hall: Facility, rixheim: Municipality
) -> None:
    answer = manager.post(reverse("staff:new_member"), _member(f"etablissement-{rixheim_town_hall.pk}"))
    member = StaffMember.objects.get(email="nadia@rixheim.example")
    assert answer["Location"] == reverse("staff:member", args=[member.pk])
    assert not member.has_usable_password()
    row = Message.objects.get(kind="staff.invitation")
    assert "key" not in str(row.context) and row.language == "de"
    deliver_due()
    (letter,) = mail.outbox
    link = re.search(r"https://guichet\.test(/de/\S+)", letter.body)
    assert link
    newcomer = Client()
    form = newcomer.get(link.group(1), follow=True)
    address = form.redirect_chain[-1][0]
    done = newcomer.post(address, {"password1": "cheval-agrafe-pile", "password2": "cheval-agrafe-pile"})
    assert done.status_code == 302
    assert newcomer.login(email="nadia@rixheim.example", password="cheval-agrafe-pile")
    used = Client().get(link.group(1), follow=True)
    assert used.context.get("token_fail") is True


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"email": "pas une adresse"}, "adresse"),
        ({"place": ""}, "Ce champ est nécessaire."),
        ({"place": "territoire"}, "territoire"),
        ({"role": "territory_manager"}, "territory_manager"),
        ({"role": "municipality_manager"}, "Vous ne pouvez pas donner ce rôle à cet endroit."),
        ({"valid_until": "2020-01-01"}, "Le rôle doit finir après son début."),
        ({"valid_from": "12/2026"}, "Une date s’écrit jour/mois/année"),
    ],
)
def test_a_wrong_newcomer_is_explained(
    changed: dict[str, Any], sentence: str, manager: Client, rixheim_town_hall: Facility
) -> None:
    data = _member(f"etablissement-{rixheim_town_hall.pk}", **changed)
    answer = manager.post(reverse("staff:new_member"), data)
    assert answer.status_code == 200
    assert sentence in _page(answer)
    assert 'value="Nadia Nouvelle"' in _page(answer)
    assert not Message.objects.exists()


def test_nobody_hands_out_roles_elsewhere(manager: Client, riedisheim: Municipality) -> None:
    answer = manager.post(reverse("staff:new_member"), _member(f"commune-{riedisheim.pk}"))
    assert answer.status_code == 200
    assert "Riedisheim" not in _page(answer)
    assert not StaffMember.objects.filter(email="nadia@rixheim.example").exists()


def test_a_known_address_gets_the_role_and_keeps_its_name(
    manager: Client, rixheim: Municipality, riedisheim: Municipality
) -> None:
    known = people.agent_of_municipality(riedisheim, email="armand@riedisheim.example")
    manager.post(reverse("staff:new_member"), _member(f"commune-{rixheim.pk}", email="ARMAND@riedisheim.example"))
    known.refresh_from_db()
    assert (known.name, known.roles.count()) == ("Armand Accueil", 2)
    assert not Message.objects.exists()
    page = manager.get(reverse("staff:member", args=[known.pk]))
    assert "Riedisheim" not in _page(page).split("<main")[1].split("</main>")[0]
    manager.post(reverse("staff:member", args=[known.pk]), {"name": "Pirate", "language": "fr"})
    manager.post(reverse("staff:member_account", args=[known.pk]), {"geste": "fermer"})
    known.refresh_from_db()
    assert (known.name, known.is_active) == ("Armand Accueil", True)


def test_a_closed_account_gets_no_role(manager: Client, rixheim: Municipality) -> None:
    StaffMember.objects.create_user("ferme@x.example", name="Fermée", is_active=False)
    answer = manager.post(reverse("staff:new_member"), _member(f"commune-{rixheim.pk}", email="ferme@x.example"))
    assert "Le compte de cette personne est fermé." in _page(answer)


def test_an_account_is_closed_and_opened_again(manager: Client, rixheim_town_hall: Facility) -> None:
    agent = people.agent_of(rixheim_town_hall)
    theirs = _as(Client(), agent)
    assert theirs.get(reverse("staff:home")).status_code == 200
    address = reverse("staff:member_account", args=[agent.pk])
    manager.post(address, {"geste": "fermer"})
    assert theirs.get(reverse("staff:home")).status_code == 302
    manager.post(address, {"geste": "rouvrir"})
    assert theirs.get(reverse("staff:home")).status_code == 200
    assert manager.post(address, {"geste": "effacer"}).status_code == 404


def test_a_role_ends_and_nobody_ends_their_own(
    manager: Client, rixheim: Municipality, rixheim_town_hall: Facility
) -> None:
    agent = people.agent_of(rixheim_town_hall)
    held = agent.roles.get()
    manager.post(reverse("staff:end_role", args=[held.pk]))
    held.refresh_from_db()
    assert held.valid_until == timezone.localdate() - timedelta(days=1)
    own = StaffRole.objects.get(municipality=rixheim)
    answer = manager.post(reverse("staff:end_role", args=[own.pk]), follow=True)
    assert "vos propres rôles" in _page(answer)
    assert StaffRole.objects.get(pk=own.pk).valid_until is None


def test_one_more_role_is_given(manager: Client, rixheim: Municipality, rixheim_town_hall: Facility) -> None:
    agent = people.agent_of(rixheim_town_hall)
    data = _member(f"commune-{rixheim.pk}", role="municipality_manager")
    manager.post(reverse("staff:member_role", args=[agent.pk]), data)
    assert agent.roles.filter(role=Role.MUNICIPALITY_MANAGER, municipality=rixheim).exists()
    wrong = manager.post(reverse("staff:member_role", args=[agent.pk]), data | {"valid_from": "x"})
    assert "Une date s’écrit jour/mois/année" in _page(wrong)


def test_people_are_searched_by_name(manager: Client, rixheim_town_hall: Facility) -> None:
    people.agent_of(rixheim_town_hall)
    assert "Agathe Guichet" in _page(manager.get(reverse("staff:members"), {"q": "agathe"}))
    assert "Agathe Guichet" not in _page(manager.get(reverse("staff:members"), {"q": "zzz\x00"}))
