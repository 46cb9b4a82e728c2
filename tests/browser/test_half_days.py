"""Through the year: a family takes a half-day on its phone, bare; the desk confirms by one press what came free."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.nurseries.models import NurseryOffer, OccasionalStay, PresentChild
from booking.nurseries.models.occasional import StayState
from booking.nurseries.occasional import taking
from booking.nurseries.occasional.messages import SUBJECT
from booking.nurseries.vacancies import running
from booking.residents.actions import mint_link
from tests.booking.nurseries.commission import MONDAY, make_commission, next_month, published
from tests.booking.nurseries.occasional import make_occasional
from tests.browser.conftest import PHONE, WIDE, Visitor
from tests.browser.test_agent_day import shot, signed_in
from tests.factories import PresentChildFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Visitor]


@pytest.mark.parametrize(("viewport", "javascript"), [(PHONE, False), (WIDE, True)])
def test_a_family_takes_a_half_day_by_its_link(viewport: dict[str, int], javascript: bool, visit: Visit) -> None:
    care = make_occasional()
    care.open(2)
    care.open(1, half="pm")
    child, other = care.child(), care.child("Bravo")
    full = taking.hold(child=other, nursery=care.nursery, day=care.day, half="pm")
    taking.confirm(stay_id=full.pk)
    later = timezone.now() + timedelta(days=1)
    token = mint_link(subject_type=SUBJECT, subject_id=child.application_id, expires_at=later)
    visitor = visit(viewport, javascript=javascript)
    visitor.open(reverse("residents:link", args=[token]))
    visitor.look()
    shot(visitor, "demi-journees")
    visitor.page.get_by_role("button", name="Attendre qu’elle se libère").click()
    visitor.page.get_by_role("button", name="Prendre").click()
    visitor.look()
    shot(visitor, "demi-journee-a-confirmer")
    visitor.page.get_by_role("button", name="Confirmer").click()
    visitor.look()
    shot(visitor, "demi-journee-prise")
    assert "C’est confirmé" in visitor.page.content()
    assert OccasionalStay.objects.filter(child=child, state=StayState.TAKEN).exists()
    manager = signed_in(visit(viewport), care.manager)
    for name, arguments in (("nurseries", []), ("nursery", [care.nursery.pk]), ("hours", [care.nursery.pk])):
        manager.open(reverse(f"occasional:{name}", args=arguments))
        manager.look()
        shot(manager, f"occasionnel-{name}")


@pytest.mark.parametrize("viewport", [PHONE, WIDE])
def test_the_desk_confirms_by_one_press(viewport: dict[str, int], visit: Visit) -> None:
    made = make_commission()
    PresentChildFactory.create(nursery=made.ronde, number="R1", half_days=MONDAY, last_month=None)
    made.ask(made.ronde, points=20)
    published(made)
    before = (next_month() - timedelta(days=1)).replace(day=1)
    PresentChild.objects.filter(number="R1").update(last_month=before)
    running.look(made.authority.pk)
    visitor = signed_in(visit(viewport), made.chair)
    for name in ("new_vote", "swaps", "vacancies"):
        visitor.open(reverse(f"vacancies:{name}"))
        visitor.look()
        shot(visitor, f"liberees-{name}")
    visitor.page.get_by_role("button", name="Confirmer 1 place").click()
    visitor.look()
    assert "C’est confirmé" in visitor.page.content()
    assert NurseryOffer.objects.get().nursery == made.ronde
