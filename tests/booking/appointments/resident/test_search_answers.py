"""What stands around the times: filters to take away, what to bring, where it is, and the ways out of nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from booking.appointments.enums import TypeKind
from booking.appointments.models import FreeGap
from municipalities.models import Facility
from municipalities.wording import say_day, say_month, say_soon
from notifications.tasks import deliver_due
from tests.booking.appointments.walks import Walk, text_of
from tests.factories import FeeFactory, RequiredDocumentFactory
from tests.factories.appointments import at
from tests.people import MEHDI, ODILE
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return shared_calendar(town_halls=2)


def after_next_month() -> Any:
    first = timezone.localdate().replace(day=1)
    return ((first + timedelta(days=32)).replace(day=1) + timedelta(days=32)).replace(day=1)


def test_each_filter_is_a_chip_that_takes_it_away(world: World) -> None:
    place = world.facilities[1]
    page = text_of(Walk(world).search(f"jours=lun&jours=mar&de=08:30&mairie={place.slug}"))
    chips = page[page.index('class="gc-chips"') :]
    chips = chips[: chips.index("</ul>")]
    assert chips.count("<li>") == 4
    for said in ("lundi", "mardi", "pas avant 8 h 30", place.name):
        assert said in chips
    assert 'class="gc-chips"' not in text_of(Walk(world).search())


def test_a_chip_leads_to_the_search_without_it(world: World) -> None:
    walk = Walk(world)
    page = text_of(walk.search("jours=lun&jours=mar&de=08:30"))
    chips = page[page.index('class="gc-chips"') : page.index("</ul>", page.index('class="gc-chips"'))]
    addresses = [part.partition('"')[0].replace("&amp;", "&") for part in chips.split('href="')[1:]]
    left = [sorted(address.partition("&")[2].split("&")) for address in addresses]
    assert left == [["de=08%3A30", "jours=mar"], ["de=08%3A30", "jours=lun"], ["jours=lun", "jours=mar"]]


def test_the_day_follows_the_month(world: World) -> None:
    month = after_next_month()
    page = text_of(Walk(world).search(f"mois={month:%Y-%m}"))
    shown = FreeGap.objects.filter(day__gte=month).order_by("day").values_list("day", flat=True)[0]
    assert f'tabindex="-1">{say_day(shown)}</h2>'.replace("\u00a0", " ") in page
    assert f"jour={shown:%Y-%m-%d}&amp;mois={shown:%Y-%m}#jour" in page
    assert "Le plus tôt" in page  # which stays the soonest of all


def test_a_month_without_anything_says_so_and_leads_on(world: World) -> None:
    month = after_next_month()
    following = (month + timedelta(days=32)).replace(day=1)
    FreeGap.objects.filter(day__gte=month, day__lt=following).delete()
    headers = {"HX-Request": "true", "HX-Target": "resultats", "HX-Current-URL": f"/?type={world.type.code}"}
    page = text_of(Walk(world).search(f"mois={month:%Y-%m}", **headers))
    assert f'tabindex="-1">{say_month(month)}</h2>' in page
    assert "Aucun horaire libre ce mois-là" in page
    assert 'rel="prev"' in page
    announced = page[page.index('id="annonce"') : page.index("</p>")]
    assert say_month(month)[1:] in announced and "Aucun horaire libre ce mois-là" in announced


def test_the_month_is_announced_with_its_day(world: World) -> None:
    month = after_next_month()
    headers = {"HX-Request": "true", "HX-Target": "resultats", "HX-Current-URL": f"/?type={world.type.code}"}
    page = text_of(Walk(world).search(f"mois={month:%Y-%m}", **headers))
    announced = page[page.index('id="annonce"') : page.index("</p>")]
    assert say_month(month)[1:] in announced and "horaires libres" in announced


def test_each_place_says_where_it_is_how_long_it_takes_and_how_one_gets_in(world: World) -> None:
    Facility.objects.filter(pk=world.facilities[0].pk).update(
        address="28 rue Zuber", postal_code="68170", access_text={"fr": "Entrée sans marche par la cour."}
    )
    page = text_of(Walk(world).search())
    town = world.facilities[0].municipality.name
    assert f"28 rue Zuber, 68170 {town} · 20 min · Entrée sans marche par la cour." in page


def test_before_the_hold_one_reads_what_to_have(world: World) -> None:
    RequiredDocumentFactory.create(label={"fr": "Une photo d’identité récente"}, types=[world.type])
    FeeFactory.create(cents=8600, types=[world.type])
    page = text_of(Walk(world).search("personnes=2"))
    assert page.index("passeport.ants.gouv.fr") < page.index('name="creneau"')
    assert "un numéro de pré-demande par personne" in page
    assert "Une photo d’identité récente" in page
    assert "un timbre fiscal (86 €)" in page
    assert "min au guichet" in page


def test_a_collection_asks_for_no_number() -> None:
    world = shared_calendar(kind=TypeKind.COLLECTION, needs_number=False)
    page = text_of(Walk(world).search(f"mairie={world.facilities[0].slug}"))
    assert "passeport.ants.gouv.fr" not in page
    assert "min au guichet" in page


def test_the_states_address_stands_under_every_number(world: World) -> None:
    walk = Walk(world)
    page = text_of(walk.client.get(walk.held(at(day_ahead(), 9), people=3)))
    assert page.count("Pas encore de numéro ? Faites la pré-demande") == 3


def test_nothing_free_tells_what_each_filter_given_up_would_bring(world: World) -> None:
    page = text_of(Walk(world).search("jours=dim&de=11:30&personnes=2"))
    ways = page[page.index("Ce que vous pouvez faire") :]
    soonest = Walk(world).search("personnes=2").context["page"].answer.soonest
    brought = say_soon(soonest.starts_at).replace("\u00a0", " ")
    assert f"tous les jours, à toutes les heures</a> : <strong>{brought}</strong>" in ways
    assert "à toutes les heures</a> : rien de libre non plus" in ways
    assert "une personne de moins, et prendre deux rendez-vous</a> : rien de libre non plus" in ways


def test_nothing_free_gives_the_nearest_telephones(world: World) -> None:
    near, far = world.facilities
    Facility.objects.filter(pk=far.pk).update(latitude=48.5, phone="+33389000002")
    Facility.objects.filter(pk=near.pk).update(phone="+33389000001")
    page = text_of(Walk(world).search(f"jours=dim&commune={near.municipality.slug}"))
    assert page.index('href="tel:+33389000001"') < page.index('href="tel:+33389000002"')
    assert "(dans votre commune)" in page


def test_two_stamps_are_added_up_before_on_the_ticket_and_in_the_mail(world: World) -> None:
    FeeFactory.create(cents=8600, types=[world.type])
    walk = Walk(world)
    address = walk.held(at(day_ahead(), 9), people=2)
    assert "2 × 86 € = 172 €" in text_of(walk.client.get(address))
    ticket = walk.client.get(walk.confirm(address, ODILE, MEHDI)["Location"])
    assert "2 × 86 € = 172 €" in text_of(ticket)
    deliver_due()
    (sent,) = mail.outbox
    assert "2 × 86 € = 172 €" in str(sent.body).replace("\u00a0", " ")
    assert "2 × 86 € = 172 €" in str(sent.alternatives[0][0]).replace("\u00a0", " ")
