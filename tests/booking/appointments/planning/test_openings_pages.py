"""Opening periods, closures, holidays, pools, rules and durations, as staff edit them."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.enums import Audience, State
from booking.appointments.models import (
    Appointment,
    Counter,
    CounterClosure,
    CounterOffering,
    FreeGap,
    OpeningPeriod,
)
from booking.appointments.planning.wording import say_opening
from municipalities.models import Closure, Facility, Municipality, StaffMember
from tests import people
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    CounterFactory,
    OpeningPeriodFactory,
)
from tests.factories.appointments import at, next_weekday

pytestmark = pytest.mark.django_db

MONDAY = next_weekday(0, weeks=2)


@pytest.fixture
def counter(rixheim_town_hall: Facility) -> Counter:
    return CounterFactory.create(
        facility=rixheim_town_hall, name="Guichet 1", types=[AppointmentTypeFactory.create(code="cni")]
    )


@pytest.fixture
def opening(counter: Counter) -> OpeningPeriod:
    return OpeningPeriodFactory.create(counter=counter, weekday=0, starts=time(8), ends=time(12))


@pytest.fixture
def appointment(opening: OpeningPeriod) -> Appointment:
    counter = opening.counter
    return AppointmentFactory.create(
        type=counter.types.get(),
        counter=counter,
        starts_at=at(MONDAY, 11),
        phone="+33612345678",
        people=[{"last_name": "Dérangée"}],
    )


def _as(client: Client, staff: StaffMember) -> Client:
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def manager(client: Client, rixheim: Municipality) -> Client:
    return _as(client, people.manager_of_municipality(rixheim))


def _opening(**changed: Any) -> dict[str, Any]:
    today = timezone.localdate().isoformat()
    return {"weekday": 1, "starts": "13:30", "ends": "17:00", "valid_from": today, "audience": 0} | changed


def _sentences(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def test_a_new_opening_is_free_time_at_once(manager: Client, counter: Counter) -> None:
    answer = manager.post(reverse("counter:new_opening", args=[counter.pk]), _opening())
    assert answer["Location"] == reverse("counter:counter", args=[counter.pk])
    made = counter.openings.get()
    assert (made.weekday, made.starts, made.ends, made.audience) == (1, time(13, 30), time(17), Audience.PUBLIC)
    assert FreeGap.objects.filter(counter=counter).exists()
    assert "13 h 30" in _sentences(manager.get(reverse("counter:counter", args=[counter.pk])))


def test_one_may_add_several_in_a_row(manager: Client, counter: Counter) -> None:
    address = reverse("counter:new_opening", args=[counter.pk])
    assert manager.post(address, _opening(suivante="1"))["Location"] == address


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"starts": "17:00", "ends": "13:30"}, "La plage doit finir après son début."),
        ({"starts": "13:30", "ends": "13:30"}, "La plage doit finir après son début."),
        ({"starts": "25:00"}, "Une heure s’écrit heures:minutes"),
        ({"starts": "13:32"}, "de cinq en cinq minutes"),
        ({"starts": ""}, "Ce champ est nécessaire."),
        ({"weekday": "9"}, "9"),
        ({"valid_from": "3026-01-01"}, "trop lointaine"),
        ({"valid_from": "hier"}, "Une date s’écrit jour/mois/année"),
        ({"valid_until": "2020-01-01"}, "La date de fin doit suivre la date de début."),
        ({"fallback_days": "1"}, "Le retour au public demande un nombre de jours et une heure."),
        ({"fallback_time": "12:00"}, "Le retour au public demande un nombre de jours et une heure."),
        ({"fallback_days": "-1", "fallback_time": "12:00"}, "0"),
        ({"types": ["999999"]}, "999999"),
    ],
)
def test_a_wrong_opening_is_explained_and_the_typed_text_kept(
    changed: dict[str, Any], sentence: str, manager: Client, counter: Counter
) -> None:
    answer = manager.post(reverse("counter:new_opening", args=[counter.pk]), _opening(**changed))
    assert answer.status_code == 200
    page = _sentences(answer)
    assert sentence in page
    assert "Il y a un problème" in page
    assert "Erreur" in page.split("</title>")[0]
    for typed in ("starts", "ends", "valid_from"):
        assert f'value="{_opening(**changed)[typed]}"' in page or _opening(**changed)[typed] == ""
    assert not counter.openings.exists()


def test_overlapping_openings_are_refused(manager: Client, opening: OpeningPeriod) -> None:
    answer = manager.post(
        reverse("counter:new_opening", args=[opening.counter_id]), _opening(weekday=0, starts="11:00", ends="14:00")
    )
    page = _sentences(answer)
    assert "Une autre plage de ce guichet couvre déjà une partie de ces heures" in page
    assert "lundi 8 h – 12 h" in page
    assert 'value="14:00"' in _sentences(answer)
    assert OpeningPeriod.objects.count() == 1


def test_shortening_an_opening_shows_who_would_be_left_outside(
    manager: Client, opening: OpeningPeriod, appointment: Appointment
) -> None:
    address = reverse("counter:opening", args=[opening.pk])
    data = _opening(weekday=0, starts="08:00", ends="10:00", valid_from=opening.valid_from.isoformat())
    page = _sentences(manager.post(address, data))
    for expected in ("Rien n’est encore changé", "Dérangée", appointment.reference, "+33612345678", 'name="garder"'):
        assert expected in page
    assert OpeningPeriod.objects.get().ends == time(12)
    assert "Dérangée" in _sentences(manager.post(address, data | {"garder": "1", "vus": "d’autres"}))
    assert OpeningPeriod.objects.get().ends == time(12)
    assert manager.post(address, data | {"garder": "1", "vus": str(appointment.pk)}).status_code == 302
    assert OpeningPeriod.objects.get().ends == time(10)
    outside = _sentences(manager.get(reverse("counter:outside", args=[opening.counter.facility_id])))
    assert "Dérangée" in outside
    assert Appointment.objects.get().state == State.BOOKED


def test_deleting_an_opening_asks_the_same(manager: Client, opening: OpeningPeriod, appointment: Appointment) -> None:
    address = reverse("counter:delete_opening", args=[opening.pk])
    assert manager.get(address).status_code == 200
    assert "Dérangée" in _sentences(manager.post(address))
    assert OpeningPeriod.objects.exists()
    assert manager.post(address, {"garder": "1", "vus": str(appointment.pk)}).status_code == 302
    assert not OpeningPeriod.objects.exists()


def _closure(where: str, **changed: Any) -> dict[str, Any]:
    return {
        "place": where,
        "from_day": MONDAY.isoformat(),
        "from_time": "08:00",
        "until_day": MONDAY.isoformat(),
        "until_time": "10:00",
        "reason_fr": "Panne du dispositif",
        "reason_de": "Gerät defekt",
        "reason_en": "Out of order",
    } | changed


def test_a_counter_closes_for_some_hours_and_opens_again(manager: Client, opening: OpeningPeriod) -> None:
    counter = opening.counter
    answer = manager.post(reverse("counter:new_closure"), _closure(f"guichet-{counter.pk}"))
    assert answer["Location"] == reverse("counter:closures")
    made = CounterClosure.objects.get()
    assert (made.period.lower, made.period.upper) == (at(MONDAY, 8), at(MONDAY, 10))
    assert made.reason == {"fr": "Panne du dispositif", "de": "Gerät defekt", "en": "Out of order"}
    assert "Panne du dispositif" in _sentences(manager.get(reverse("counter:closures")))
    manager.post(reverse("counter:lift_counter_closure", args=[made.pk]))
    assert not CounterClosure.objects.exists()


def test_without_hours_whole_days_are_closed(manager: Client, opening: OpeningPeriod, rixheim: Municipality) -> None:
    data = _closure(f"commune-{rixheim.pk}", from_time="", until_time="")
    assert manager.post(reverse("counter:new_closure"), data).status_code == 302
    made = Closure.objects.get()
    assert (made.period.lower, made.period.upper) == (at(MONDAY, 0), at(MONDAY + timedelta(days=1), 0))
    manager.post(reverse("counter:lift_closure", args=[made.pk]))
    assert not Closure.objects.exists()


def test_only_the_territorys_manager_closes_the_territory(
    manager: Client, opening: OpeningPeriod, rixheim: Municipality
) -> None:
    assert "territoire" not in manager.get(reverse("counter:new_closure")).context["form"].places
    assert manager.post(reverse("counter:new_closure"), _closure("territoire")).status_code == 200
    assert not Closure.objects.exists()
    _as(manager, people.territory_manager())
    assert manager.post(reverse("counter:new_closure"), _closure("territoire")).status_code == 302
    assert Closure.objects.get().municipality is None


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"until_time": "07:00"}, "La fermeture doit finir après son début."),
        ({"from_day": "2020-01-01", "until_day": "2020-01-02"}, "Cette fermeture est déjà passée."),
        ({"until_day": "9999-01-01"}, "trop lointaine"),
        ({"from_day": ""}, "Ce champ est nécessaire."),
        ({"from_time": "midi"}, "Une heure s’écrit heures:minutes"),
        ({"reason_fr": " "}, "Le texte français est nécessaire."),
        ({"place": "guichet-999999"}, "guichet-999999"),
    ],
)
def test_a_wrong_closure_is_explained(
    changed: dict[str, Any], sentence: str, manager: Client, opening: OpeningPeriod
) -> None:
    answer = manager.post(reverse("counter:new_closure"), _closure(f"guichet-{opening.counter_id}", **changed))
    assert answer.status_code == 200
    assert sentence in _sentences(answer)
    assert 'value="Gerät defekt"' in _sentences(answer)
    assert not CounterClosure.objects.exists()


def test_closing_where_people_are_booked_asks_first(
    manager: Client, opening: OpeningPeriod, appointment: Appointment
) -> None:
    data = _closure(f"guichet-{opening.counter_id}", until_time="12:00")
    page = _sentences(manager.post(reverse("counter:new_closure"), data))
    assert "Dérangée" in page
    assert 'value="Panne du dispositif"' in page
    assert not CounterClosure.objects.exists()
    assert (
        manager.post(reverse("counter:new_closure"), data | {"garder": "1", "vus": str(appointment.pk)}).status_code
        == 302
    )
    assert CounterClosure.objects.exists()


def test_good_friday_closes_the_municipality(manager: Client, counter: Counter, rixheim: Municipality) -> None:
    address = reverse("counter:holidays", args=[rixheim.pk])
    assert "Vendredi saint" in _sentences(manager.get(address))
    manager.post(address, {})
    rixheim.refresh_from_db()
    assert rixheim.good_friday_is_holiday is False
    manager.post(address, {"is_holiday": "on"})
    rixheim.refresh_from_db()
    assert rixheim.good_friday_is_holiday is True


def test_a_counter_is_made_and_taken_out_of_service(
    manager: Client, opening: OpeningPeriod, appointment: Appointment
) -> None:
    counter = opening.counter
    kind = counter.types.get()
    new = reverse("counter:new_counter", args=[counter.facility_id])
    twice = manager.post(new, {"name": "Guichet 1", "types": [kind.pk], "is_active": "on"})
    assert "Un guichet de ce nom existe déjà ici." in _sentences(twice)
    assert manager.post(new, {"name": "Guichet 2", "types": [kind.pk], "is_active": "on"}).status_code == 302
    assert CounterOffering.objects.filter(counter__name="Guichet 2", type=kind).exists()
    edit = reverse("counter:edit_counter", args=[counter.pk])
    assert "Dérangée" in _sentences(manager.post(edit, {"name": "Guichet 1", "types": [kind.pk]}))
    manager.post(edit, {"name": "Guichet 1", "types": [kind.pk], "garder": "1", "vus": str(appointment.pk)})
    assert Counter.objects.get(pk=counter.pk).is_active is False
    assert not FreeGap.objects.filter(counter=counter).exists()


def test_a_facility_goes_out_of_service_and_back(
    manager: Client, opening: OpeningPeriod, appointment: Appointment
) -> None:
    facility = opening.counter.facility
    address = reverse("counter:facility_service", args=[facility.pk])
    page = manager.post(address, {"service": "non"})
    assert page.status_code == 409
    assert 'name="service" value="non"' in _sentences(page)
    manager.post(address, {"service": "non", "garder": "1", "vus": str(appointment.pk)})
    facility.refresh_from_db()
    assert facility.is_active is False
    manager.post(address, {"service": "oui"})
    facility.refresh_from_db()
    assert facility.is_active is True


def test_audience_in_a_sentence(opening: OpeningPeriod) -> None:
    assert say_opening(opening) == ""
    opening.audience = Audience.ANY_STAFF
    assert say_opening(opening) == "Agents de toutes les communes seulement."
    opening.fallback_days, opening.fallback_time = 1, time(12)
    said = say_opening(opening).replace("\xa0", " ")
    assert said == "Agents de toutes les communes, puis tout le monde dès la veille à 12 h."
