"""Before any form: free places in steps, who runs what, when the commission meets, and points that nobody keeps."""

import logging
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.nurseries.enums import HALF_DAYS, Section
from booking.nurseries.models import Nursery, PointsGrid, Wish
from booking.nurseries.supply import published, reading
from tests.booking.nurseries.commission import make_commission
from tests.booking.nurseries.test_rounds import publish, vote_all
from tests.factories import (
    ApplicationChildFactory,
    CommissionMeetingFactory,
    HeldBackFactory,
    MunicipalityFactory,
    NurseryOpeningFactory,
    PointsGridFactory,
    PresentChildFactory,
    TownChildcareFactory,
)
from tests.rights.walk import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def lutins() -> Nursery:
    town = MunicipalityFactory.create(name="Rixheim-sur-Ill", latitude=47.75, longitude=7.40)
    return NurseryOpeningFactory.create(
        nursery__facility__name="Les Lutins",
        nursery__facility__municipality=town,
        authorised=dict.fromkeys(HALF_DAYS, 4),
        sections={Section.SMALL: 1},
    ).nursery


def _page(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(str(answer.content.decode()).replace("\xa0", " ").split())


def _offer(**asked: str) -> str:
    return _page(Client().get(reverse("nurseries:offer"), asked))


def _ask_for(nursery: Nursery, children: int) -> None:
    for _number in range(children):
        child = ApplicationChildFactory.create()
        Wish.objects.create(application=child.application, rank=1, nursery=nursery)


def test_the_page_tells_the_numbers_of_the_round_in_steps(lutins: Nursery) -> None:
    PresentChildFactory.create(nursery=lutins, half_days=["mon_am"])
    read = reading.with_supply(Nursery.objects.filter(pk=lutins.pk)).get()
    ahead = reading.horizon()
    stretches = ahead.stretches(reading.capacity_of(read))
    (one,) = published.published().values()
    assert {key: free.whole_week for key, free in one.free.items()} == {
        key: free.whole_week for key, free in stretches.items()
    }
    month = ahead.months[2]
    assert stretches[month, Section.BIG].whole_week == 3
    page = _offer(mois=month)
    for section, said in (("Grands", "3 à 5"), ("Bébés", "1 à 2")):
        assert re.search(rf"<dt>{section}</dt>\s*<dd>\s*<strong>{said}</strong>", page)


@pytest.mark.parametrize(
    ("number", "said"), [(0, "complet"), (1, "1 à 2"), (2, "1 à 2"), (3, "3 à 5"), (5, "3 à 5"), (6, "plus de 5")]
)
def test_a_number_is_told_as_a_step(number: int, said: str) -> None:
    assert published.step(number) == said


def test_what_changes_is_told_at_once(lutins: Nursery) -> None:
    assert "3 à 5" in _offer()
    PresentChildFactory.create_batch(4, nursery=lutins)
    assert "complet" in _offer() and "3 à 5" not in _offer()
    lutins.children.all().delete()
    HeldBackFactory.create(nursery=lutins, places=3, last_month=date(2099, 1, 1))
    assert "3 à 5" not in _offer()


def test_full_on_one_half_day_is_not_full_but_free_on_some_days(lutins: Nursery) -> None:
    PresentChildFactory.create_batch(4, nursery=lutins, half_days=["mon_am"])
    page = _offer(section=Section.BIG)
    assert "<dd>certains jours</dd>" in page and "<dd>complet</dd>" not in page
    assert "certains jours</td>" in _page(Client().get(reverse("nurseries:nursery", args=[lutins.facility.slug])))


def test_the_nearest_nursery_comes_first_and_says_how_far(lutins: Nursery) -> None:
    far = MunicipalityFactory.create(name="Loin-sur-Rhin", latitude=47.95, longitude=7.40)
    NurseryOpeningFactory.create(nursery__facility__name="Aux Abeilles", nursery__facility__municipality=far)
    page = _offer()
    assert page.index("Aux Abeilles") < page.index("Les Lutins")
    page = _offer(commune="rixheim-sur-ill")
    assert page.index("Les Lutins") < page.index("Aux Abeilles") and "22 km" in page
    drawn = _offer(vue="carte")
    assert drawn.count("<circle") == 2 and 'aria-label="Les Lutins, Bébés 1 à 2' in drawn


def test_few_requests_are_not_told_and_poor_chances_are_said(lutins: Nursery) -> None:
    _ask_for(lutins, 4)
    assert "Demandée pour" not in _offer()
    _ask_for(lutins, 21)
    page = _offer()
    assert "Demandée pour 25 enfants, soit 2,8 pour une place" in page and "peu de chances" not in page
    _ask_for(lutins, 3)
    assert "Demandée pour 28 enfants, soit 3,1 pour une place" in _offer() and "peu de chances" in _offer()
    lutins.openings.update(authorised=dict.fromkeys(HALF_DAYS, 1))
    PresentChildFactory.create(nursery=lutins)
    assert "Aucune place d’une semaine entière ne se libère ici" in _offer()


def test_one_nursery_says_who_runs_it_and_eighteen_months(lutins: Nursery) -> None:
    page = _page(Client().get(reverse("nurseries:nursery", args=[lutins.facility.slug])))
    assert lutins.facility.operator.name in page
    assert page.count('<th role="rowheader" scope="row" class="govuk-table__header">') == 18
    lutins.facility.is_active = False
    lutins.facility.save()
    assert Client().get(reverse("nurseries:nursery", args=[lutins.facility.slug])).status_code == 404


def test_the_calendar_and_who_else_cares_stand_below(lutins: Nursery) -> None:
    CommissionMeetingFactory.create(about={"fr": "Entrées de septembre"})
    CommissionMeetingFactory.create(
        meets_on=timezone.localdate() - timedelta(days=1),
        files_until=timezone.localdate() - timedelta(days=9),
        about={"fr": "Passée"},
    )
    TownChildcareFactory.create(municipality=lutins.facility.municipality, childminders=31)
    page = _offer()
    assert "Entrées de septembre" in page and "Passée" not in page
    assert "31 assistantes maternelles" in page and "Relais petite enfance d’essai" in page


def test_the_home_page_and_the_towns_answer(lutins: Nursery) -> None:
    meeting = CommissionMeetingFactory.create()
    for address in ("/", f"/communes/{lutins.facility.municipality.slug}/"):
        page = _page(Client().get(address))
        assert "<strong>1 crèche</strong> où une place au moins se libère dans l’année" in page
        assert f'datetime="{meeting.meets_on:%Y-%m-%d}"' in page
    lutins.openings.update(authorised={})
    assert "<strong>1 crèche</strong> sans place qui se libère" in _page(Client().get("/"))
    NurseryOpeningFactory.create(nursery__facility__name="Aux Abeilles")
    assert "<strong>2 crèches</strong> dont 1 où une place se libère" in _page(Client().get("/"))


def test_without_any_nursery_the_door_says_that_it_opens_later() -> None:
    assert "ouvriront plus tard sur ce site" in _page(Client().get("/"))
    assert "Aucune crèche n’est encore décrite ici" in _offer()


def test_points_are_reckoned_and_kept_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    grid = PointsGridFactory.create(filled=True)
    PointsGrid.objects.filter(pk=grid.pk).update(published_at=timezone.now())
    criterion = grid.criteria.get()
    client = Client()
    address = reverse("nurseries:points")
    assert str(criterion.label) in _page(client.get(address))
    before, cookies = everything(), dict(client.cookies)
    with caplog.at_level(logging.DEBUG):
        answer = client.post(address, {f"c_{criterion.code}": "lives"})
    assert (answer.context["total"], "Y habite" in _page(answer)) == (100, True)
    assert everything() == before and client.cookies.keys() == cookies.keys()
    assert "no-store" in answer["Cache-Control"]
    assert criterion.code not in caplog.text and "lives" not in caplog.text


def test_without_a_grid_there_is_nothing_to_reckon(lutins: Nursery) -> None:
    assert reverse("nurseries:points") not in _offer()
    assert Client().get(reverse("nurseries:points")).status_code == 404


@pytest.mark.parametrize(("children", "said"), [(4, False), (5, True)])
def test_the_points_of_the_last_admitted_are_told_where_five_were(children: int, said: bool) -> None:
    commission = make_commission()
    commission.lutins.openings.update(authorised=dict.fromkeys(HALF_DAYS, 9))
    for points in range(60, 60 - children, -1):
        commission.ask(commission.lutins, points=points)
    round = commission.frozen()
    vote_all(round, commission)
    publish(round)
    page = _page(Client().get(reverse("nurseries:nursery", args=[commission.lutins.facility.slug])))
    assert ("Points du dernier enfant admis" in page) is said
    assert (f"Bébés <strong>{61 - children}" in page) is said
