"""Pools, rules of release and durations, as staff edit them."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.enums import ReleaseMode
from booking.appointments.models import CalendarPool, Counter, CounterOffering, Duration, PoolShare, ReleasePolicy
from booking.appointments.planning.wording import say_policy, say_share
from municipalities.models import Facility, Municipality, StaffMember
from tests import people
from tests.factories import AppointmentTypeFactory, CalendarPoolFactory, CounterFactory, PoolShareFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter(rixheim_town_hall: Facility) -> Counter:
    return CounterFactory.create(
        facility=rixheim_town_hall, name="Guichet 1", types=[AppointmentTypeFactory.create(code="cni")]
    )


def _as(client: Client, staff: StaffMember) -> Client:
    client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def manager(client: Client, rixheim: Municipality) -> Client:
    return _as(client, people.manager_of_municipality(rixheim))


def _sentences(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def _share(**changed: Any) -> dict[str, Any]:
    today = timezone.localdate().isoformat()
    return {"shared_from": today, "reserve_percent": 30, "reserve_days": 3} | changed


def test_a_manager_shares_own_counters_only(manager: Client, counter: Counter) -> None:
    pool = CalendarPoolFactory.create(types=list(counter.types.all()))
    foreign = CounterFactory.create(types=list(counter.types.all()))
    new = reverse("counter:new_share", args=[pool.pk])
    assert manager.post(new, _share(counter=foreign.pk)).status_code == 200
    assert not PoolShare.objects.exists()
    preview = _sentences(manager.post(new, _share(counter=counter.pk, apercu="1")))
    assert "30 % de chaque plage reste aux habitants de Rixheim jusqu’à 3 jours avant." in preview
    assert not PoolShare.objects.exists()
    assert manager.post(new, _share(counter=counter.pk)).status_code == 302
    assert CounterOffering.objects.get(counter=counter).reserve_until == 300
    share = PoolShare.objects.get()
    edit = reverse("counter:share", args=[share.pk])
    assert "50" in _sentences(manager.post(edit, _share(reserve_percent=80)))
    assert manager.post(edit, _share(reserve_percent=10)).status_code == 302
    assert "Retirer" in _sentences(manager.get(edit))
    manager.post(reverse("counter:remove_share", args=[share.pk]))
    assert not PoolShare.objects.exists()


def test_pools_belong_to_the_territory(manager: Client, counter: Counter) -> None:
    kind = counter.types.get()
    new = reverse("counter:new_pool")
    data = {"name": "Titres", "types": [kind.pk], "is_active": "on"}
    assert manager.post(new, data).status_code == 403
    _as(manager, people.territory_manager())
    assert manager.post(new, data).status_code == 302
    assert "existe déjà" in _sentences(manager.post(new, data))
    pool = CalendarPool.objects.get()
    manager.post(reverse("counter:edit_pool", args=[pool.pk]), data | {"name": "Titres d’identité"})
    pool.refresh_from_db()
    assert pool.name == "Titres d’identité"


def _policy(**changed: Any) -> dict[str, Any]:
    return {
        "notice_minutes": 120,
        "horizon_days": 60,
        "mode": "batch",
        "batch_weekday": 3,
        "batch_time": "17:30",
        "batch_weeks": 1,
        "held_until_7_days_percent": 20,
        "held_until_1_day_percent": 10,
    } | changed


def test_a_rule_says_what_it_does_before_it_is_saved(manager: Client, counter: Counter) -> None:
    new = reverse("counter:new_policy")
    data = _policy(facility=counter.facility_id)
    page = _sentences(manager.post(new, data | {"apercu": "1"}))
    assert "Ouvert au public chaque jeudi à 17 h 30 pour la semaine suivante." in page
    assert not ReleasePolicy.objects.exists()
    assert manager.post(new, data).status_code == 302
    policy = ReleasePolicy.objects.get()
    assert CounterOffering.objects.get(counter=counter).policy == policy
    assert "Une règle existe déjà pour cet établissement et ce motif." in _sentences(manager.post(new, data))
    manager.post(reverse("counter:policy", args=[policy.pk]), data | {"horizon_days": 30})
    policy.refresh_from_db()
    assert policy.horizon_days == 30
    manager.post(reverse("counter:remove_policy", args=[policy.pk]))
    assert not ReleasePolicy.objects.exists()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"batch_time": ""}, "Un lot demande une heure."),
        ({"batch_weekday": ""}, "Un lot demande un jour."),
        ({"horizon_days": "999"}, "365"),
        ({"held_until_7_days_percent": "60", "held_until_1_day_percent": "40"}, "ne dépassent pas 90"),
        ({"facility": ""}, "Ce champ est nécessaire."),
        ({"notice_minutes": "beaucoup"}, "Saisissez"),
    ],
)
def test_a_wrong_rule_is_explained(changed: dict[str, Any], sentence: str, manager: Client, counter: Counter) -> None:
    answer = manager.post(reverse("counter:new_policy"), _policy(facility=counter.facility_id) | changed)
    assert answer.status_code == 200
    assert sentence in _sentences(answer)
    assert not ReleasePolicy.objects.exists()


def test_durations_of_a_facility_win_and_go_away_again(manager: Client, counter: Counter) -> None:
    kind = counter.types.get()
    address = reverse("counter:facility_durations", args=[counter.facility_id])
    assert 'placeholder="20"' in _sentences(manager.get(address))
    assert "Un multiple de cinq minutes." in _sentences(manager.post(address, {f"m-{kind.pk}-1": "17"}))
    assert manager.post(address, {f"m-{kind.pk}-1": "30"}).status_code == 302
    assert Duration.objects.get(facility=counter.facility).minutes == 30
    assert CounterOffering.objects.get(counter=counter).minutes[0] == 30
    manager.post(address, {f"m-{kind.pk}-1": ""})
    assert not Duration.objects.filter(facility=counter.facility).exists()
    assert CounterOffering.objects.get(counter=counter).minutes[0] == 20


def test_rules_in_sentences() -> None:
    rolling = ReleasePolicy(horizon_days=90, notice_minutes=0)
    assert say_policy(rolling) == [
        "Ouvert au public au fil des jours, jusqu’à 90 jours à l’avance.",
        "On peut prendre un créneau jusqu’à la dernière minute.",
    ]
    batch = ReleasePolicy(
        mode=ReleaseMode.BATCH, batch_weekday=0, batch_time=time(8), batch_weeks=2, notice_minutes=2 * 24 * 60
    )
    said = [sentence.replace("\xa0", " ") for sentence in say_policy(batch)]
    assert said[0] == "Ouvert au public chaque lundi à 8 h pour les 2 semaines suivantes."
    assert said[2] == "On ne prend plus un créneau moins de 2 jours avant."
    assert say_policy(ReleasePolicy(notice_minutes=90))[1] == "On ne prend plus un créneau moins de 90 minutes avant."


def test_a_share_without_reserve_in_a_sentence(counter: Counter) -> None:
    share = PoolShareFactory.create(counter=counter, shared_until=timezone.localdate() + timedelta(days=9))
    assert say_share(share)[1] == "Sans réserve locale\u00a0: tout le monde voit les mêmes créneaux."
    assert "du " in say_share(share)[0] and " au " in say_share(share)[0]
