"""A family is found, enrolled and pays at the desk: the numbers families have, mixed means, reasoned exceptions."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.activities.models import Basket, BasketState, Enrolment, EnrolmentState, GivenLevel, Group, Level, Season
from booking.payments import counter
from booking.payments.enums import Means
from booking.payments.models import CashOffice, Charge, OfficePerson, Receipt
from booking.residents.models import Household
from municipalities.idempotency import FIELD, new_key
from municipalities.models import ReadTrace, StaffMember
from tests import people
from tests.factories import MemberFactory, OperatorFactory
from tests.factories.enrolments import child_of, course, family, water
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def basin() -> Any:
    return water()


@pytest.fixture
def cashier(basin: Any) -> StaffMember:
    office = CashOffice.objects.get()
    staff = people.cashier(office.operator)
    OfficePerson.objects.create(office=office, staff=staff)
    return staff


@pytest.fixture
def home() -> Household:
    return family(children=2).household


def said(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ").replace("\u202f", " ")


def sale(client: Client, home: Household, **sent: Any) -> Any:
    address = reverse("desk:sale", args=[home.pk])
    return client.post(address, {FIELD: new_key(), **sent}) if sent else client.get(address)


def add(client: Client, home: Household, place: int, group: str, **more: Any) -> Any:
    member = str(child_of(home, place).pk)
    return sale(client, home, geste="ajouter", member=member, group=group, **more)


def test_two_children_in_one_basket_pay_with_mixed_means_on_one_receipt(
    basin: Any, cashier: StaffMember, home: Household
) -> None:
    group = course(basin, code="mer-14")
    client = signed_in(cashier)
    found = said(client.get(reverse("desk:find"), {"q": str(home.guardians.get().name)}))
    assert reverse("desk:sale", args=[home.pk]) in found and "autofocus" in found
    assert ReadTrace.objects.filter(subject_id=home.pk, view="desk:find").exists()
    assert add(client, home, 0, "MER-14").status_code == 302
    assert add(client, home, 1, "mer").status_code == 302
    page = said(sale(client, home))
    assert "Total : 162,00 €" in page and page.count("École de natation, mercredi") >= 2
    # An empty field and Enter lead to the till.
    till = add(client, home, 0, "")["Location"]
    assert "À encaisser : 162,00 €" in said(client.get(till))
    paid = client.post(till, {FIELD: new_key(), "encaisser": "1", "cash": "20", "vouchers": "50,50", "rest": "cheque"})
    receipt = Receipt.objects.get()
    assert paid["Location"] == reverse("cash:receipt", args=[receipt.pk])
    assert {part.means: part.cents for part in receipt.parts.all()} == {
        Means.CASH: 2000,
        Means.VOUCHERS: 5050,
        Means.CHEQUE: 9150,
    }
    assert "Reçu n° 1" in said(client.get(paid["Location"]))
    assert {line.state for line in Enrolment.objects.all()} == {EnrolmentState.ENROLLED}
    assert Enrolment.objects.filter(group=group).values("number").distinct().count() == 2
    assert Basket.objects.get().state == BasketState.PAID


def test_a_place_whose_cheque_bounced_stays_and_is_flagged_for_whoever_sells(
    basin: Any, cashier: StaffMember, home: Household
) -> None:
    group = course(basin, code="g1")
    coach = people.coach(group.activity.season.operator)
    Group.objects.filter(pk=group.pk).update(coach=coach)
    client = signed_in(cashier)
    add(client, home, 0, "g1")
    till = add(client, home, 0, "")["Location"]
    client.post(till, {FIELD: new_key(), "encaisser": "1", "rest": "cheque"})
    line = Enrolment.objects.get()
    pages = [
        reverse("desk:places", args=[group.pk]),
        reverse("desk:sale", args=[home.pk]),
        reverse("desk:cancel", args=[line.pk]),
    ]
    assert not any("Impayé" in said(client.get(page)) for page in pages)
    counter.take_back(receipt_id=Receipt.objects.get().pk, by=cashier)
    assert all("Impayé" in said(client.get(page)) for page in pages) and "Prix payé" not in said(client.get(pages[2]))
    line.refresh_from_db()
    assert line.state == EnrolmentState.ENROLLED
    # Who teaches needs to know who comes, and nothing of money.
    taught = said(signed_in(coach).get(pages[0]))
    assert line.member.family_name in taught and "Impayé" not in taught
    client.post(till, {FIELD: new_key(), "encaisser": "1", "rest": "cash"})
    assert not any("Impayé" in said(client.get(page)) for page in pages)


def test_more_than_is_owed_is_refused_and_the_basket_opens_again(
    basin: Any, cashier: StaffMember, home: Household
) -> None:
    course(basin, code="g1")
    client = signed_in(cashier)
    add(client, home, 0, "g1")
    till = add(client, home, 0, "")["Location"]
    assert client.post(till, {FIELD: new_key(), "encaisser": "1", "cash": "95", "rest": "cash"}).status_code == 409
    assert not Receipt.objects.exists()
    back = client.post(till, {FIELD: new_key(), "revenir": "1"})
    assert back["Location"] == reverse("desk:sale", args=[home.pk])
    line = Enrolment.objects.get()
    assert line.state == EnrolmentState.HELD
    sale(client, home, geste="retirer", ligne=str(line.pk))
    line.refresh_from_db()
    assert line.state == EnrolmentState.ENDED


def test_what_a_family_buys_of_another_operator_is_neither_read_nor_touched(
    basin: Any, cashier: StaffMember, home: Household
) -> None:
    """A family belongs to no place; its baskets and what it owes are of one cash office."""
    course(basin, code="g1")
    client = signed_in(cashier)
    stranger = signed_in(people.cashier(OperatorFactory.create(), email="ailleurs@caisse.example"))
    add(client, home, 0, "g1")
    line = Enrolment.objects.get()
    assert "École de natation" in said(sale(client, home)) and "École de natation" not in said(sale(stranger, home))
    assert sale(stranger, home, geste="retirer", ligne=str(line.pk)).status_code == 404
    assert sale(stranger, home, geste="encaisser", panier=str(line.basket_id)).status_code == 404
    assert "panier est vide" in said(add(stranger, home, 0, "")) and not Charge.objects.exists()
    till = add(client, home, 0, "")["Location"]
    assert till in said(sale(client, home)) and till not in said(sale(stranger, home))
    assert stranger.get(till).status_code == stranger.post(till, {FIELD: new_key(), "revenir": "1"}).status_code == 404
    assert Basket.objects.get().state == BasketState.PAYING


@pytest.mark.parametrize("seen", ['{"abc": []}', '{"%s": 5}', '{"%s": [["price", "x", null, 0]]}', "\x00", ""])
def test_what_a_form_says_was_shown_is_believed_only_of_us(
    basin: Any, cashier: StaffMember, home: Household, seen: str
) -> None:
    course(basin, code="g1")
    client = signed_in(cashier)
    add(client, home, 0, "g1")
    forged = {"geste": "encaisser", "panier": str(Basket.objects.get().pk), "vu": seen}
    forged["vu"] = seen.replace("%s", str(Enrolment.objects.get().pk))
    answer = sale(client, home, **forged)
    assert answer.status_code == (400 if seen == "\x00" else 409) and not Charge.objects.exists()
    shown = re.search(r'name="vu" value="([^"]+)"', said(sale(client, home)))
    assert shown is not None
    assert sale(client, home, **forged | {"vu": shown[1]})["Location"].startswith("/agents/piscines/vente/caisse/")


def test_what_is_offered_no_more_can_be_taken_out_of_a_basket(
    basin: Any, cashier: StaffMember, home: Household
) -> None:
    """A season that is hidden again while people hold places in it."""
    group = course(basin, code="g1")
    course(basin, code="g2", hour=18, activity=group.activity)
    client = signed_in(cashier)
    for code in ("g1", "g2"):
        assert add(client, home, 0, code).status_code == 302
    first, second = Enrolment.objects.order_by("created_at")
    Season.objects.update(is_public=False)
    assert said(sale(client, home)).count("École de natation") >= 2
    assert sale(client, home, geste="retirer", ligne=str(first.pk)).status_code == 302
    before, second = second, Enrolment.objects.get(pk=second.pk)
    assert (second.state, second.cents) == (EnrolmentState.HELD, before.cents)


def test_an_exception_needs_its_reason_and_keeps_it(basin: Any, cashier: StaffMember, home: Household) -> None:
    group = course(basin, code="g1", months_from=240, months_below=None)
    client = signed_in(cashier)
    refused = add(client, home, 0, "g1")
    assert refused.status_code == 409 and "Motif de l’exception" in said(refused)
    assert f"{child_of(home).given_name} : Âge demandé : dès 20 ans." in said(refused)
    assert "(facultatif)" not in said(refused), "the reason is asked for"
    assert not Enrolment.objects.exists()
    add(client, home, 0, f"#{group.pk}", reason="Nageuse de compétition (fictif)")
    assert Enrolment.objects.get().override_reason == "Nageuse de compétition (fictif)"


def test_groups_are_found_by_words_and_those_of_other_operators_are_not(
    basin: Any, cashier: StaffMember, home: Household
) -> None:
    first, second = course(basin, code="a1", hour=9, capacity=3), course(basin, code="b1", hour=16)
    foreign = course(water("Piscine d’ailleurs", operator=OperatorFactory.create(name="Ailleurs")), code="z1")
    client = signed_in(cashier)
    page = said(add(client, home, 0, "natation"))
    assert "Lequel ?" in page and f"#{first.pk}" in page and f"#{second.pk}" in page and "3 places libres" in page
    assert f"#{foreign.pk}" not in page
    for asked in ("z1", f"#{foreign.pk}", "inconnu", "#99999999999999"):
        assert "Aucun groupe ne s’appelle ainsi" in said(add(client, home, 0, asked))
    assert not Enrolment.objects.exists()


def test_whoever_takes_no_money_prepares_and_does_not_collect(basin: Any, home: Household) -> None:
    course(basin, code="g1")
    manager = people.sports_manager(CashOffice.objects.get().operator)
    client = signed_in(manager)
    add(client, home, 0, "g1")
    till = add(client, home, 0, "")["Location"]
    assert "Vous n’encaissez pas pour cette régie" in said(client.get(till))
    assert client.post(till, {FIELD: new_key(), "encaisser": "1", "rest": "cash"}).status_code == 404
    assert Charge.objects.get().state == "open" and not Receipt.objects.exists()
    coach = signed_in(people.coach(CashOffice.objects.get().operator))
    for address in (reverse("desk:find"), reverse("desk:sale", args=[home.pk]), till):
        assert coach.get(address).status_code == 404


def test_the_last_place_is_told_and_a_line_of_another_family_is_not_dropped(
    basin: Any, cashier: StaffMember, home: Household
) -> None:
    course(basin, code="g1", capacity=1)
    client = signed_in(cashier)
    add(client, home, 0, "g1")
    other = family().household
    full = add(client, other, 0, "g1")
    assert full.status_code == 409 and "Ce groupe est complet" in said(full)
    line = Enrolment.objects.get()
    assert sale(client, other, geste="retirer", ligne=str(line.pk)).status_code == 404
    MemberFactory.create(household=other, born_on=timezone.localdate())
    assert "places retenues" in said(sale(client, home))


def test_a_level_is_given_replaced_and_never_taken_away(cashier: StaffMember, home: Household) -> None:
    coach, child = signed_in(cashier), child_of(home)
    address, name = reverse("desk:levels", args=[home.pk]), f"niveau-{child.pk}"
    page = coach.post(address, {FIELD: new_key(), name: str(Level.BEGINNER.value)})
    assert page.status_code == 302
    assert GivenLevel.objects.get(member=child).level == Level.BEGINNER
    assert f"par {cashier}" in said(coach.get(address))
    again = coach.post(address, {FIELD: new_key(), name: ""})
    assert again.status_code == 200 and "govuk-error-summary" in said(again)
    assert GivenLevel.objects.get(member=child).level == Level.BEGINNER
