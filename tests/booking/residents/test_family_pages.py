"""A family's own pages: add, correct, remove, share, take away, be forgotten. Each family meets its own only."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.residents.access import is_household_page
from booking.residents.families.erasing import season_of
from booking.residents.models import Guardian, HealthAttestation, Household, Member
from municipalities.models import Municipality
from municipalities.wording import say_day
from notifications.delivery import deliver_due
from tests.booking.residents.visitor import browser_of, signed_in
from tests.factories import GuardianFactory, MemberFactory, SeenPaperFactory
from tests.rights.walk import _views

pytestmark = pytest.mark.django_db
IN_THREE_MONTHS = "in three months"
LEA = {"given_name": "Léa", "family_name": "Fictive", "born_on": "04/05/2018", "expected_on": ""}


@pytest.fixture
def guardian() -> Guardian:
    return GuardianFactory.create(name="Camille Fictive", email="camille@famille.example")


@pytest.fixture
def browser(guardian: Guardian) -> Client:
    return browser_of(guardian)


def said(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def test_members_are_added_corrected_and_removed(browser: Client, guardian: Guardian) -> None:
    assert browser.post(reverse("family:new_member"), LEA).status_code == 302
    member = Member.objects.get()
    assert "Léa Fictive fait partie" in said(browser.get(reverse("family:home")))
    assert 'value="Fictive"' in said(browser.get(reverse("family:new_member"))), "brothers and sisters share a name"
    page = reverse("family:member", args=[member.pk])
    assert 'value="2018-05-04"' in said(browser.get(page))
    assert browser.post(page, LEA | {"given_name": "Léa-Lou"}).status_code == 302
    member.refresh_from_db()
    assert member.given_name == "Léa-Lou"
    remove = reverse("family:remove_member", args=[member.pk])
    assert "effacés aussitôt" in said(browser.get(remove))
    assert not Member.objects.get().erased_at
    assert browser.post(remove).status_code == 302
    assert Member.objects.get().erased_at


def test_a_child_to_come_is_born_on_the_same_page(browser: Client) -> None:
    due = timezone.localdate() + timedelta(days=90)
    blank = {"given_name": "", "family_name": "", "born_on": "", "expected_on": due.isoformat()}
    assert browser.post(reverse("family:new_member"), blank).status_code == 302
    member = Member.objects.get()
    assert "Naissance prévue" in said(browser.get(reverse("family:home")))
    assert browser.post(reverse("family:member", args=[member.pk]), LEA).status_code == 302
    assert Member.objects.get().is_born


def test_a_birth_has_its_year_also_in_the_year_of_the_birth(browser: Client) -> None:
    born = timezone.localdate()
    assert browser.post(reverse("family:new_member"), LEA | {"born_on": born.isoformat()}).status_code == 302
    dated = say_day(born, today=date.min).replace("\xa0", " ")
    assert str(born.year) in dated and dated in said(browser.get(reverse("family:home")))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"born_on": ""}, "l’une des deux"),
        ({"expected_on": IN_THREE_MONTHS}, "l’une des deux"),
        ({"born_on": "2118-05-04"}, "à venir"),
        ({"born_on": "1818-05-04"}, "trop ancienne"),
        ({"born_on": "31/02/2018"}, "n’existe pas"),
        ({"born_on": "hier"}, "n’est pas une date"),
        ({"given_name": ""}, "Écrivez le prénom."),
        ({"family_name": "<script>"}, "avec des lettres"),
        ({"given_name": "Lé\x07a"}, "invisible"),
        ({"given_name": "L" * 81}, "trop long"),
        ({"born_on": "", "expected_on": "2020-01-01"}, "est passée"),
        ({"born_on": "", "expected_on": "2090-01-01"}, "trop lointaine"),
    ],
)
def test_what_cannot_be_is_said_and_kept(browser: Client, changed: dict[str, str], sentence: str) -> None:
    if changed.get("expected_on") == IN_THREE_MONTHS:
        changed = {"expected_on": (timezone.localdate() + timedelta(days=90)).isoformat()}
    answer = browser.post(reverse("family:new_member"), LEA | changed)
    assert answer.status_code == 422 and sentence in said(answer)
    assert "govuk-error-summary" in said(answer)
    assert 'value="Fictive"' in said(answer) or "family_name" in changed
    assert not Member.objects.exists()


def test_the_same_child_twice_is_said(browser: Client) -> None:
    browser.post(reverse("family:new_member"), LEA)
    answer = browser.post(reverse("family:new_member"), LEA | {"given_name": "LÉA"})
    assert answer.status_code == 409 and "déjà dans la famille" in said(answer)
    assert Member.objects.count() == 1


def test_health_is_a_tick_with_a_date(browser: Client, guardian: Guardian) -> None:
    member = MemberFactory.create(household=guardian.household)
    season = season_of(timezone.now())
    page = reverse("family:health", args=[member.pk, season])
    assert browser.post(page, {}).status_code == 422
    assert browser.post(page, {"attests": "on"}).status_code == 302
    given = HealthAttestation.objects.get()
    assert (given.given_by, given.season, given.given_on) == (guardian, season, timezone.localdate())
    assert "déjà donnée" in said(browser.post(page, {"attests": "on"}, follow=True))
    assert browser.get(reverse("family:health", args=[member.pk, 1999])).status_code == 404


def test_an_adult_is_invited_by_mail_and_comes_in_by_their_own_code(browser: Client, guardian: Guardian) -> None:
    other = {"name": "Dominique Fictive", "email": "Dominique@Famille.example", "phone": "06 12 34 56 78"}
    assert browser.post(reverse("family:new_guardian"), other).status_code == 302
    deliver_due()
    assert mail.outbox[-1].to == ["dominique@famille.example"] and "/famille/connexion/" in str(mail.outbox[-1].body)
    assert "n’est pas encore entré" in said(browser.get(reverse("family:home")))
    theirs = signed_in(Client(), "dominique@famille.example")
    assert "Camille Fictive" in said(theirs.get(reverse("family:home")))
    again = browser.post(reverse("family:new_guardian"), other)
    assert again.status_code == 409 and "déjà celle d’un responsable" in said(again)


def test_whether_a_mailbox_has_a_family_elsewhere_is_not_told(browser: Client) -> None:
    GuardianFactory.create(email="connu@famille.example")
    answers = [
        browser.post(reverse("family:new_guardian"), {"name": "Une Personne", "email": f"{who}@famille.example"})
        for who in ("connu", "inconnu")
    ]
    assert [one.status_code for one in answers] == [302, 302]


def test_an_adult_is_corrected_and_removed_with_their_sessions(browser: Client, guardian: Guardian) -> None:
    other = GuardianFactory.create(household=guardian.household)
    theirs = browser_of(other)
    page = reverse("family:guardian", args=[other.pk])
    assert browser.post(page, {"name": "Dominique Corrigée", "phone": ""}).status_code == 302
    other.refresh_from_db()
    assert other.name == "Dominique Corrigée"
    browser.post(reverse("family:remove_guardian", args=[other.pk]))
    assert theirs.get(reverse("family:home")).status_code == 302
    last = browser.post(reverse("family:remove_guardian", args=[guardian.pk]))
    assert last.status_code == 409 and "au moins un responsable" in said(last)


def test_the_home_is_declared_and_the_old_proof_falls(
    browser: Client, guardian: Guardian, rixheim: Municipality
) -> None:
    SeenPaperFactory.create(household=guardian.household)
    assert "Justificatif de domicile" in said(browser.get(reverse("family:home")))
    assert browser.post(reverse("family:town"), {"home": "atlantide"}).status_code == 422
    assert browser.post(reverse("family:town"), {"home": rixheim.slug}).status_code == 302
    page = said(browser.get(reverse("family:home")))
    assert f"Vous habitez {rixheim.name}" in page and "Justificatif de domicile" not in page


def test_a_child_of_two_homes_by_the_first_ones_link(browser: Client, guardian: Guardian) -> None:
    member = MemberFactory.create(household=guardian.household)
    share = reverse("family:share", args=[member.pk])
    assert "/rejoindre/" not in said(browser.get(share))
    link = said(browser.post(share)).split('value="https://guichet.test')[1].split('"')[0]
    other = GuardianFactory.create()
    theirs = browser_of(other)
    assert Client().get(link)["Location"].startswith(reverse("family:sign_in"))
    assert str(member) in said(theirs.get(link))
    assert not other.household.members.exists()
    assert theirs.post(link).status_code == 302
    assert set(member.households.all()) == {guardian.household, other.household}
    late = browser_of(GuardianFactory.create()).post(link)
    assert late.status_code == 404 and "ne vaut plus" in said(late)


def test_everything_is_taken_away_as_json_and_nothing_of_the_other_home(browser: Client, guardian: Guardian) -> None:
    other = GuardianFactory.create(name="Autre Parent", email="autre@foyer.example")
    MemberFactory.create(given_name="Léa", households=[guardian.household, other.household])
    SeenPaperFactory.create(household=guardian.household)
    answer = browser.get(reverse("family:export"))
    copy = json.loads(answer.content)
    assert copy["membres"][0]["prenom"] == "Léa" and copy["membres"][0]["ne_le"] == "2018-05-04"
    assert copy["responsables"][0]["courriel"] == guardian.email and copy["pieces_vues"][0]["nature"] == "residence"
    assert "attachment" in answer["Content-Disposition"]
    assert "Autre Parent" not in said(answer) and "autre@foyer" not in said(answer)


def test_a_family_is_erased_when_it_says_that_it_is_sure(browser: Client, guardian: Guardian) -> None:
    page = reverse("family:erase")
    assert "effacés aussitôt" in said(browser.get(page))
    assert browser.post(page).status_code == 422
    assert Household.objects.living().exists()
    assert "est effacée" in said(browser.post(page, {"sure": "on"}))
    assert not Household.objects.living().exists() and not Guardian.objects.exists()
    assert browser.get(reverse("family:home")).status_code == 302


def household_pages() -> list[str]:
    from django.urls import get_resolver

    return [name for name, _path, _module, view in _views(get_resolver()) if is_household_page(view)]


def test_every_page_of_a_family_asks_who_comes_and_meets_its_own_only(guardian: Guardian) -> None:
    """Signed out: the sign-in. Signed in elsewhere: not found, and nothing changed."""
    member = MemberFactory.create(household=guardian.household)
    stranger = browser_of(GuardianFactory.create())
    samples: dict[str, list[Any]] = {
        "family:member": [member.pk],
        "family:remove_member": [member.pk],
        "family:share": [member.pk],
        "family:health": [member.pk, season_of(timezone.now())],
        "family:guardian": [guardian.pk],
        "family:remove_guardian": [guardian.pk],
        "family:join": ["x" * 32],
    }
    before = list(Member.objects.values()), list(Guardian.objects.values())
    mine = [name for name in household_pages() if name.startswith("family:")]
    assert len(mine) >= 13
    for name in mine:
        address = reverse(name, args=samples.get(name, []))
        for method in ("get", "post"):
            signed_out = getattr(Client(), method)(address)
            assert signed_out.status_code == 405 or signed_out["Location"].startswith(reverse("family:sign_in")), name
            if name in samples:
                foreign = getattr(stranger, method)(address, LEA | {"name": "Intrus", "attests": "on"})
                assert foreign.status_code in (404, 405), name
    assert (list(Member.objects.values()), list(Guardian.objects.values())) == before


def test_the_family_is_no_agent(browser: Client) -> None:
    assert browser.get(reverse("staff:home"))["Location"].startswith(reverse("account_login"))
