"""A family on its pages: chooses, changes, confirms, pays; and what it reads when something is in the way."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from booking.activities.enrolling import messages as told
from booking.activities.enrolling.holding import Choice, hold
from booking.activities.models import (
    Activity,
    Basket,
    BasketState,
    Enrolment,
    EnrolmentState,
    PriceRow,
    Tariff,
    TariffGrid,
    Window,
)
from booking.activities.seasons.actions import save_activity
from booking.payments.models import Charge
from booking.residents.enums import PaperKind
from booking.residents.models import Guardian, HealthAttestation, Household, Membership, SeenPaper
from notifications.models import Message, MessageState
from tests import people
from tests.factories import HouseholdSessionFactory
from tests.factories.enrolments import child_of, course, family, water
from tests.factories.municipalities import OperatorFactory
from tests.factories.offer import TariffGridFactory
from tests.factories.payments import CashOfficeFactory
from tests.factories.residents import SeenPaperFactory
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def parent() -> Guardian:
    return family(children=2)


@pytest.fixture
def basin() -> Any:
    return water()


def browser(guardian: Guardian, token: str = "jeton-essai") -> Client:
    HouseholdSessionFactory.create(guardian=guardian, token=token)
    client = Client()
    client.cookies["gc_famille"] = token
    return client


@pytest.fixture
def client(parent: Guardian) -> Client:
    return browser(parent)


def text(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def choose(client: Client, group: Any, *members: Any, **more: str) -> Any:
    said = {"pour": [str(member.pk) for member in members], **more}
    return client.post(reverse("enrol:choose", args=[group.pk]), said, follow=True)


def confirm(client: Client, basket: Basket, **more: str) -> Any:
    page = client.get(reverse("enrol:basket"))
    (view,) = page.context["baskets"]
    said = {"vu": view.shown, **{f"sante-{one.member.pk}": "1" for one in view.unattested}, **more}
    return client.post(reverse("enrol:confirm", args=[basket.pk]), said, follow=True)


def water_sold_at(*rows: dict[str, Any]) -> Any:
    operator = OperatorFactory.create()
    CashOfficeFactory.create(operator=operator)
    grid = TariffGridFactory.create(operator=operator, valid_from=timezone.localdate() - timedelta(days=30))
    tariff = Tariff.objects.create(grid=grid, code="ecole", label={"fr": "École"})
    for row in rows:
        PriceRow.objects.create(tariff=tariff, **row)
    TariffGrid.objects.filter(pk=grid.pk).update(published_at=timezone.now())
    return water(f"Piscine {operator.pk}", operator=operator)


ELSEWHERE = {"residence": "other", "cents": 20600}
BY_STATUS = (
    {"residence": "territory", "status": "full", "cents": 9000},
    {"residence": "territory", "status": "reduced", "cents": 6000},
)
BY_QUOTIENT = (
    {"residence": "territory", "quotient_below": 1501, "cents": 9000},
    {"residence": "territory", "quotient_from": 1501, "cents": 14700},
)
NO_PROOF = "Sans justificatif de domicile valable vu à la piscine, le tarif des autres communes s’applique."
OLD_PAPER = "Le justificatif date de plus de trois mois : le plein tarif s’applique."


@pytest.mark.parametrize(
    ("paper", "days_old", "valid_for", "sentence", "price"),
    [
        (PaperKind.RESIDENCE, 400, -1, NO_PROOF, "206,00 €"),
        (PaperKind.RESIDENCE, 400, 1, "", "90,00 €"),
        (PaperKind.STATUS, 120, -1, OLD_PAPER, "90,00 €"),
        (PaperKind.STATUS, 120, 30, OLD_PAPER, "90,00 €"),
        (PaperKind.STATUS, 30, 30, "", "60,00 €"),
        (PaperKind.STATUS, 30, -1, "", "90,00 €"),
    ],
)
def test_a_paper_that_is_out_of_date_is_why_the_price_is_higher(
    paper: PaperKind, days_old: int, valid_for: int, sentence: str, price: str
) -> None:
    parent, today = family(), timezone.localdate()
    lea, group = child_of(parent.household), course(water_sold_at(*BY_STATUS, ELSEWHERE))
    fields = {"paper_on": today - timedelta(days=days_old), "valid_until": today + timedelta(days=valid_for)}
    if paper == PaperKind.STATUS:
        SeenPaperFactory.create(household=parent.household, member=lea, kind=paper, status="student", **fields)
    else:
        SeenPaper.objects.update(**fields)
    client = browser(parent)
    card = text(client.get(reverse("catalogue:group", args=[group.pk])))
    choose(client, group, lea)
    basket = text(client.get(reverse("enrol:basket")))
    cashier = people.cashier(group.activity.season.operator)
    desk = text(signed_in(cashier).get(reverse("desk:sale", args=[parent.household_id])))
    for page in (card, basket, desk):
        assert price in page and [one for one in (NO_PROOF, OLD_PAPER) if one in page] == (
            [sentence] if sentence else []
        )


def test_from_the_list_to_the_charge(client: Client, basin: Any, parent: Guardian) -> None:
    group, lea = course(basin, capacity=8), child_of(parent.household)
    listed = text(client.get(reverse("catalogue:offer"), {"pour": str(lea.pk)}))
    assert f"90 € pour {lea.given_name}" in listed and "8 places libres sur 8" in listed
    answer = client.post(reverse("enrol:choose_listed"), {"pour": str(lea.pk), "groupe": group.pk}, follow=True)
    assert "La place est retenue vingt minutes" in text(answer) and "encore 20 minutes" in text(answer)
    # Too quickly pressed twice: the place is in the basket, and nothing is said against it.
    again = client.post(reverse("enrol:choose_listed"), {"pour": str(lea.pk), "groupe": group.pk}, follow=True)
    assert again.status_code == 200 and Enrolment.objects.count() == 1
    refused = client.post(reverse("enrol:confirm", args=[Basket.objects.get().pk]), {}, follow=True)
    assert refused.status_code == 422 and "Attestez la santé" in text(refused)
    paying = confirm(client, Basket.objects.get())
    assert paying.redirect_chain[-1][0] == reverse("payments:charge", args=[Charge.objects.get().pk])
    assert HealthAttestation.objects.get().member == lea
    assert "Revenir à ce que j’ai choisi" in text(paying)
    # Nobody gives up a seat of a place that is not paid for yet.
    mine = text(client.get(reverse("enrol:mine")))
    assert "Paiement en cours" in mine and "Prochaines séances" in mine and "Absence" not in mine
    # The back button and another tab find the same charge.
    assert confirm_again(client).redirect_chain[-1][0] == paying.redirect_chain[-1][0]
    assert Charge.objects.count() == 1


def confirm_again(client: Client) -> Any:
    return client.post(reverse("enrol:confirm", args=[Basket.objects.get().pk]), {"vu": "forgé"}, follow=True)


def test_what_is_free_is_confirmed_thanked_for_and_told(client: Client, basin: Any, parent: Guardian) -> None:
    group, lea = course(basin, tariff_code="gratuit"), child_of(parent.household)
    choose(client, group, lea)
    thanks = confirm(client, Basket.objects.get())
    assert "inscription confirmée" in text(thanks)
    # The back button, and the same press again, lead to the same thanks.
    assert "inscription confirmée" in text(confirm_again(client)) and Charge.objects.count() == 1
    mine = text(client.get(reverse("enrol:mine")))
    assert lea.given_name in mine and "3 séances à venir en tout" in mine
    enrolled, first = Message.objects.order_by("kind")
    assert (enrolled.kind, first.kind) == (told.ENROLLED, told.FIRST_SESSION)
    for language, words in (
        ("fr", "Inscription confirmée"),
        ("de", "Anmeldung bestätigt"),
        ("en", "Enrolment confirmed"),
    ):
        enrolled.language = first.language = language
        mail = told.render_enrolled(enrolled, told.gather_baskets([enrolled])[enrolled.pk])
        assert mail is not None and words in mail.subject and mail.attachments[0][1].count("BEGIN:VEVENT") == 3
        assert basin.pool.facility.operator.name in mail.from_email
        place = basin.pool.facility
        assert place.address_line in mail.text and f"{place.name}, {place.name}" not in mail.text
        assert told.render_first(first, told.gather_enrolments([first])[first.pk]) is not None
    Enrolment.objects.update(state=EnrolmentState.ENDED, ended_at=timezone.now(), end_reason="family")
    assert told.render_enrolled(enrolled, told.gather_baskets([enrolled]).get(enrolled.pk)) is None
    assert told.render_first(first, told.gather_enrolments([first]).get(first.pk)) is None


def test_a_place_that_is_gone_shows_others_that_fit_all_first(client: Client, basin: Any, parent: Guardian) -> None:
    lost = course(basin, capacity=1, sessions=1)
    hold(household=(other := family().household), choices=[Choice(child_of(other), lost.pk)])
    course(basin, capacity=1, hour=17, activity=lost.activity, weekday=3)
    course(water("Grande piscine"), capacity=9, hour=18)
    both = [child_of(parent.household, 0), child_of(parent.household, 1)]
    refused = choose(client, lost, *both, ensemble="1")
    page = text(refused)
    assert refused.status_code == 409 and "Ce groupe est complet" in page
    assert (
        page.index("Grande piscine") < page.index("convient à")
        and not Enrolment.objects.filter(basket__household=parent.household).exists()
    )


def test_removing_and_binding_lines(client: Client, basin: Any, parent: Guardian) -> None:
    group = course(basin)
    choose(client, group, child_of(parent.household, 0), child_of(parent.household, 1))
    first, second = Enrolment.objects.order_by("created_at")
    bound = client.post(
        reverse("enrol:together", args=[first.basket_id]), {"ligne": [first.pk, second.pk]}, follow=True
    )
    assert text(bound).count("toutes ou aucune") >= 2
    dropped = client.post(reverse("enrol:drop", args=[second.pk]), follow=True)
    assert "La place est libre à nouveau" in text(dropped) and Enrolment.objects.standing().get() == first


def test_a_price_that_changed_is_shown_old_and_new(client: Client, basin: Any, parent: Guardian) -> None:
    group = course(basin)
    choose(client, group, child_of(parent.household, 0))
    (view,) = client.get(reverse("enrol:basket")).context["baskets"]
    ticked = {f"sante-{one.member.pk}": "1" for one in view.unattested}
    choose(client, group, child_of(parent.household, 1))
    later = {f"sante-{member.pk}": "1" for member in parent.household.members.all()}
    answer = client.post(
        reverse("enrol:confirm", args=[view.basket.pk]), {"vu": view.shown, **ticked, **later}, follow=True
    )
    assert answer.status_code == 409 and "Le prix a changé" in text(answer) and "pas dans le panier" in text(answer)
    assert "−18" in text(answer) and Basket.objects.get().state == BasketState.OPEN


def test_whoever_changes_their_mind_before_paying_goes_back(client: Client, basin: Any, parent: Guardian) -> None:
    choose(client, course(basin), child_of(parent.household))
    confirm(client, Basket.objects.get())
    assert "À régler" in text(client.get(reverse("enrol:basket")))
    reopened = client.post(reverse("enrol:reopen", args=[Basket.objects.get().pk]), follow=True)
    assert "Vous pouvez changer votre panier" in text(reopened) and "Confirmer et payer" in text(reopened)


def test_nobody_touches_the_basket_of_another_family(client: Client, basin: Any) -> None:
    other = family().household
    held = hold(household=other, choices=[Choice(child_of(other), course(basin).pk)])
    for name, pk in [("drop", held.enrolments[0]), *((one, held.basket) for one in ("together", "confirm", "reopen"))]:
        assert client.post(reverse(f"enrol:{name}", args=[pk])).status_code == 404
    assert client.get(reverse("enrol:thanks", args=[held.basket])).status_code == 404
    assert Client().post(reverse("enrol:drop", args=[held.enrolments[0]])).status_code == 302
    assert Enrolment.objects.standing().count() == 1


def test_both_homes_of_a_child_see_one_schedule_and_each_its_own_money(basin: Any, parent: Guardian) -> None:
    other = family(children=0)
    lea = child_of(parent.household)
    Membership.objects.create(household=other.household, member=lea)
    first = browser(parent)
    choose(first, course(basin), lea)
    confirm(first, Basket.objects.get())
    page = text(browser(other, "autre-jeton").get(reverse("enrol:mine")))
    assert "Prochaines séances" in page and "inscrit par l’autre foyer" in page and "90" not in page.split("<main")[1]


def test_ready_asks_for_papers_only_where_they_change_the_price() -> None:
    soon = timezone.now() + timedelta(days=2)
    parent, stranger = family(), family()
    SeenPaper.objects.filter(household=stranger.household).delete()
    for basin, name in (
        (water(), "Prix unique"),
        (water_sold_at(*BY_STATUS, ELSEWHERE), "Selon la commune"),
        (water_sold_at(*BY_QUOTIENT, ELSEWHERE), "Selon le quotient"),
    ):
        group = course(basin, opens_at=soon)
        Activity.objects.filter(pk=group.activity_id).update(name={"fr": name})
    page = text(browser(parent).get(reverse("enrol:ready")))
    lacks = page.split("quotient familial")[1].split("</li>")[0]
    assert "Selon le quotient" in lacks and "Prix unique" not in lacks and "Selon la commune" not in lacks
    assert "justificatif de domicile" not in page
    page = text(browser(stranger, "autre-jeton").get(reverse("enrol:ready")))
    lacks = page.split("justificatif de domicile", 1)[1].split("</li>")[0]
    assert "Selon la commune" in lacks and "Selon le quotient" in lacks and "Prix unique" not in lacks


def test_ready_says_what_is_missing_for_which(client: Client, parent: Guardian) -> None:
    course(water_sold_at(*BY_STATUS, ELSEWHERE), opens_at=timezone.now() + timedelta(days=2), level_from=3)
    Household.objects.filter(pk=parent.household_id).update(home_municipality=None)
    page = text(client.get(reverse("enrol:ready")))
    assert "attestation de santé" in page and "justificatif de domicile" in page and "École de natation" in page
    assert "Ce groupe demande le niveau" in page and "Ouvertures pour cette personne" in page


def test_whoever_asked_is_told_of_another_minute(client: Client, basin: Any, parent: Guardian) -> None:
    group = course(basin, opens_at=timezone.now() + timedelta(days=2))
    client.post(reverse("enrol:tell_me", args=[group.activity_id]))
    windows = {Window.objects.get().audience: timezone.now() + timedelta(days=3)}
    manager = people.territory_manager()
    save_activity(activity=group.activity, windows=windows, by=manager)  # type: ignore[arg-type]
    message = Message.objects.get()
    assert message.kind == "activities.windows_changed" and message.recipient == parent.email
    save_activity(activity=group.activity, windows=windows, by=manager)  # type: ignore[arg-type]
    assert Message.objects.count() == 1
    # Changed once more before that letter has left: one says where it all came to.
    again = {audience: timezone.now() + timedelta(days=4) for audience in windows}
    save_activity(activity=group.activity, windows=again, by=manager)  # type: ignore[arg-type]
    assert [one.state for one in Message.objects.order_by("pk")] == [MessageState.WITHDRAWN, MessageState.QUEUED]
    # Nothing opens for a while, and then something does again.
    for changed in ({}, windows):
        Message.objects.update(state=MessageState.SENT)
        save_activity(activity=group.activity, windows=changed, by=manager)  # type: ignore[arg-type]
        assert Message.objects.filter(state=MessageState.QUEUED).count() == 1


def test_the_list_for_a_child_asks_as_much_for_many_groups_as_for_one(
    client: Client, basin: Any, parent: Guardian
) -> None:
    def asked() -> int:
        client.get(reverse("catalogue:offer"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse("catalogue:offer"), {"pour": str(child_of(parent.household).pk)})
        return len(queries)

    first = course(basin)
    few = asked()
    for hour in range(15, 20):
        course(basin, hour=hour, activity=first.activity)
    assert asked() == few


def test_the_group_says_why_not_to_each(client: Client, basin: Any, parent: Guardian) -> None:
    group = course(basin, months_from=192, months_below=None, opens_at=timezone.now() + timedelta(days=1))
    page = text(client.get(reverse("catalogue:group", args=[group.pk])))
    assert "Âge demandé" in page and "ouvrent pour vous" in page and "disabled" in page
    refused = choose(client, group, child_of(parent.household))
    assert refused.status_code == 409 and "Âge demandé" in text(refused)
    assert "Entrer pour s’inscrire" in text(Client().get(reverse("catalogue:group", args=[group.pk])))


def test_nobody_is_offered_a_button_that_only_refuses(client: Client, basin: Any, parent: Guardian) -> None:
    page = text(client.get(reverse("catalogue:group", args=[course(basin, months_from=192, months_below=None).pk])))
    assert (
        "Âge demandé" in page and "ne convient à personne de votre famille" in page and "Retenir la place" not in page
    )
