"""A meeting by keyboard alone, from the freeze to the minutes; and the next in line after a family has declined."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from booking.nurseries.answers import next_in_line
from booking.nurseries.answers.messages import SUBJECT
from booking.nurseries.models import ApplicationChild, NurseryOffer, Round, RoundDecision
from booking.nurseries.models.offers import OfferState
from booking.residents.actions import mint_link
from municipalities.enums import Role
from tests import people
from tests.booking.nurseries.commission import Commission, make_commission, published
from tests.browser.conftest import PHONE, WIDE, Visitor
from tests.browser.test_agent_day import shot, signed_in
from tests.browser.test_monday import tab_to

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]


@pytest.fixture
def commission() -> Commission:
    """One place at La Ronde: Alpha has it by points, then Bravo."""
    made = make_commission()
    made.ask(made.ronde, made.lutins, points=50, name="Alpha")
    made.ask(made.ronde, points=40, name="Bravo")
    made.ask(made.lutins, points=30, name="Charlie")
    return made


def enter(visitor: Visitor) -> None:
    with visitor.page.expect_navigation():
        visitor.press("Enter")
    visitor.look()


def typed(visitor: Visitor, label: str, text: str) -> None:
    tab_to(visitor, label)
    visitor.page.keyboard.type(text)


def test_a_meeting_by_keyboard_and_the_next_in_line_accepts_after_a_refusal(
    visit: Visit, commission: Commission
) -> None:
    alpha, bravo, charlie = commission.asked
    commission.announced()
    chair = signed_in(visit(WIDE), commission.chair)
    page = chair.page

    chair.open(reverse("staff:home"))
    tab_to(chair, "la session peut être figée")
    enter(chair)
    tab_to(chair, "Figer la session")
    enter(chair)
    round = Round.objects.get()
    assert round.is_frozen
    shot(chair, "commission-figee")

    # One file by its number: tried, then decided with its reason.
    typed(chair, "Ouvrir un dossier par son numéro", str(charlie.number))
    enter(chair)
    typed(chair, "Décision", "garder")
    tab_to(chair, "Voir ce que cela changerait")
    enter(chair)
    typed(chair, "Motif", "Accueil engagé avec la PMI")
    tab_to(chair, "Décider ainsi")
    enter(chair)
    assert RoundDecision.objects.get().reason == "Accueil engagé avec la PMI"

    # Members, the vote on each nursery, the second count, the minutes.
    tab_to(chair, "Commission fictive")
    enter(chair)
    typed(chair, "Membres présents", "Présidente")
    tab_to(chair, "Noter les membres")
    enter(chair)
    for row in round.nurseries.order_by("nursery__facility__slug"):
        tab_to(chair, row.name)
        enter(chair)
        typed(chair, "Pour", "3")
        tab_to(chair, "Noter le vote")
        enter(chair)
        chair.open(reverse("commission:round", args=[round.pk]))
    tab_to(chair, "Contrôler")
    enter(chair)
    expect(page.locator("main")).to_contain_text("la réponse est juste")
    tab_to(chair, "Procès-verbal (PDF)")
    with page.expect_download() as told:
        chair.press("Enter")
    assert told.value.suggested_filename == f"proces-verbal-{round.pk}.pdf"
    tab_to(chair, "Répétition de la publication")
    enter(chair)
    shot(chair, "commission-repetition")
    tab_to(chair, "Publier et envoyer")
    enter(chair)

    # The operator agrees, the family declines, and the place goes to the next.
    director = signed_in(visit(WIDE), people.nursery_manager(commission.ronde.facility))
    director.open(reverse("replies:proposals"))
    director.click("button", f"Accepter le dossier n° {alpha.number}")
    family = visit(PHONE, javascript=False)
    family.open(_link(alpha))
    family.click("button", "Refuser la place")
    assert NurseryOffer.objects.get(child=alpha).state == OfferState.DECLINED
    assert next_in_line.pass_on() >= 1
    director.open(reverse("replies:proposals"))
    expect(director.page.locator("main")).to_contain_text(f"dossier n° {bravo.number}")
    shot(director, "propositions-suivante")

    # Whose turn it is then accepts.
    director.click("button", f"Accepter le dossier n° {bravo.number}")
    family.open(_link(bravo))
    family.click("button", "Accepter la place")
    expect(family.page.locator("main")).to_contain_text("Vous avez accepté la place")
    shot(family, "place-acceptee")
    assert NurseryOffer.objects.get(child=bravo).state == OfferState.ACCEPTED


def _link(child: ApplicationChild) -> str:
    later = timezone.now() + timedelta(days=1)
    return reverse(
        "residents:link", args=[mint_link(subject_type=SUBJECT, subject_id=child.application_id, expires_at=later)]
    )


@pytest.mark.parametrize("viewport", [WIDE, PHONE])
def test_the_figures_and_the_reports_are_fit_for_everybody(
    viewport: dict[str, int], visit: Visit, commission: Commission
) -> None:
    published(commission)
    anybody = visit(viewport)
    anybody.open(reverse("nurseries:rules"))
    shot(anybody, "regles")
    reader = signed_in(visit(viewport), people.for_nurseries(Role.CHILDCARE_MANAGER, commission.authority))
    for part in ("demande", "suivi", "places", "gestionnaires"):
        reader.open(reverse("figures:part", args=[part]))
        shot(reader, f"chiffres-{part}")
    director = signed_in(visit(viewport), people.nursery_manager(commission.ronde.facility))
    offer = NurseryOffer.objects.get(child=commission.asked[0])
    NurseryOffer.objects.filter(pk=offer.pk).update(state=OfferState.ACCEPTED)
    for name, arguments in (("replies:entry", [offer.pk]), ("supply:hours", [commission.ronde.pk])):
        director.open(reverse(name, args=arguments))
        shot(director, name.replace(":", "-"))
    director.page.goto(director.site + reverse("replies:entry", args=[offer.pk]))
    director.page.get_by_label("Numéro de l’enfant chez vous").fill("E1")
    director.page.get_by_label("Entré le").fill(timezone.localdate().isoformat())
    director.click("button", "Enregistrer")
    shot(director, "dossiers-acceptes")
    director.click("link", "Semaine et sortie")
    shot(director, "semaine-et-sortie")
