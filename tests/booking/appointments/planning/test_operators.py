"""Calendars follow who runs a facility: a town closes, rules and shares what it runs, and nothing else in it."""

from datetime import time

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.free_time.gaps import rebuild_ahead
from booking.appointments.free_time.offerings import rebuild_offers
from booking.appointments.messages.kinds import Kind
from booking.appointments.messages.renderers import render
from booking.appointments.models import Appointment, AppointmentType, Counter, FreeGap, PoolShare
from booking.appointments.planning.queries import closures_seen_by
from booking.appointments.planning.settings import may_rule, may_share
from municipalities.actions.closures import close_place, reopen_place
from municipalities.enums import OperatorKind
from municipalities.languages import Translated
from municipalities.models import Facility, Municipality, Operator
from notifications.kinds import Mail, gather_all
from tests import people
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    CalendarPoolFactory,
    CounterFactory,
    FacilityFactory,
    MessageFactory,
    MunicipalityFactory,
    OpeningPeriodFactory,
    OperatorFactory,
    PoolShareFactory,
)
from tests.factories.appointments import at
from tests.worlds import day_ahead

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
DAY = day_ahead(1)


@pytest.fixture(autouse=True)
def password_is_enough(settings: object) -> None:
    settings.STAFF_MFA_REQUIRED = False  # type: ignore[attr-defined]


@pytest.fixture
def town() -> Municipality:
    return MunicipalityFactory.create()


@pytest.fixture
def kind() -> AppointmentType:
    return AppointmentTypeFactory.create()


@pytest.fixture
def hall(town: Municipality, kind: AppointmentType) -> Counter:
    return _open(CounterFactory.create(facility=FacilityFactory.create(municipality=town), types=[kind]))


@pytest.fixture
def pool(town: Municipality, kind: AppointmentType) -> Counter:
    operator = OperatorFactory.create(name="Agglomération d’essai", kind=OperatorKind.AGGLOMERATION)
    place = FacilityFactory.create(municipality=town, name="Piscine d’essai", operator=operator)
    return _open(CounterFactory.create(facility=place, name="Caisse", types=[kind]))


def _open(counter: Counter) -> Counter:
    OpeningPeriodFactory.create(counter=counter, weekday=DAY.weekday(), starts=time(8), ends=time(12))
    rebuild_offers([counter])
    rebuild_ahead([counter])
    return counter


def _is_free(counter: Counter) -> bool:
    return FreeGap.objects.filter(counter=counter, day=DAY).exists()


def test_a_towns_closure_closes_what_it_runs_and_not_what_stands_in_it(
    town: Municipality, hall: Counter, pool: Counter
) -> None:
    by = people.manager_of_municipality(town)
    assert _is_free(hall) and _is_free(pool)
    closure = close_place(municipality=town, period=(at(DAY, 0), at(DAY, 23)), reason=Translated(fr="Pont"), by=by)
    assert (_is_free(hall), _is_free(pool)) == (False, True)
    rebuild_ahead([pool])
    assert _is_free(pool), "nor when its days are written anew"
    reopen_place(closure=closure, by=by)
    assert _is_free(hall)


def test_rules_and_shares_belong_to_who_manages_all_of_an_operator(
    town: Municipality, hall: Counter, pool: Counter
) -> None:
    of_town, of_pool = people.manager_of_municipality(town), people.manager_of_operator(pool.facility.operator)
    for staff, mine, other in ((of_town, hall, pool), (of_pool, pool, hall)):
        assert may_rule(staff, mine.facility) and may_share(staff, mine)
        assert not may_rule(staff, other.facility) and not may_share(staff, other)


def test_towns_see_each_others_shares_and_nobody_elses(town: Municipality, hall: Counter, pool: Counter) -> None:
    agenda = CalendarPoolFactory.create()
    other_town = PoolShareFactory.create(pool=agenda, counter=CounterFactory.create())
    ours, theirs = (PoolShareFactory.create(pool=agenda, counter=counter) for counter in (hall, pool))
    seen = PoolShare.objects.visible_to
    assert set(seen(people.manager_of_municipality(town))) == {ours, other_town}
    assert set(seen(people.manager_of_operator(pool.facility.operator))) == {theirs}
    assert set(seen(people.territory_manager())) == {ours, theirs, other_town}
    assert not seen(people.agent_of(pool.facility)).exists()


def test_the_closures_of_a_pool_are_not_listed_to_the_town(town: Municipality, pool: Counter) -> None:
    boss = people.manager_of_operator(pool.facility.operator)
    close_place(facility=pool.facility, period=(at(DAY, 0), at(DAY, 23)), reason=Translated(fr="Vidange"), by=boss)
    assert [line.may_lift for line in closures_seen_by(boss, since=timezone.now())] == [True]
    assert closures_seen_by(people.manager_of_municipality(town), since=timezone.now()) == []


def test_only_the_territorys_manager_hands_a_facility_over_and_rights_follow(client: Client, hall: Counter) -> None:
    facility, operator = hall.facility, OperatorFactory.create(name="Société des Bains")
    town, theirs = people.manager_of_municipality(facility.municipality), people.manager_of_operator(operator)
    page = reverse("counter:facility_operator", args=[facility.pk])
    client.force_login(town, backend=BACKEND)
    assert client.post(page, {"operator": operator.pk}).status_code == 403
    client.force_login(people.territory_manager(), backend=BACKEND)
    assert str(facility.operator) in client.get(page).content.decode()
    assert client.post(page, {"operator": operator.pk}).status_code == 302
    assert Facility.objects.visible_to(theirs).get() == facility
    assert not Facility.objects.visible_to(town).exists()


def test_a_towns_closure_no_longer_holds_where_another_runs_it(client: Client, hall: Counter) -> None:
    town, operator = hall.facility.municipality, OperatorFactory.create()
    by = people.manager_of_municipality(town)
    close_place(municipality=town, period=(at(DAY, 0), at(DAY, 23)), reason=Translated(fr="Pont"), by=by)
    assert not _is_free(hall)
    client.force_login(people.territory_manager(), backend=BACKEND)
    client.post(reverse("counter:facility_operator", args=[hall.facility_id]), {"operator": operator.pk})
    assert _is_free(hall)


def _mail(appointment: Appointment) -> Mail:
    message = MessageFactory.create(
        kind=str(Kind.CONFIRMED), subject_type="appointment", subject_id=appointment.pk, recipient=appointment.email
    )
    sent = render(message, gather_all([message]).get(message.pk), timezone.now())
    assert isinstance(sent, Mail)
    return sent


def test_who_runs_the_place_speaks_in_its_mails(town: Municipality, pool: Counter) -> None:
    """Name, mailbox, contacts and colour of the operator, not those of the town it stands in."""
    Operator.objects.filter(pk=pool.facility.operator_id).update(
        name="Les Bains", sender_name="Les Bains d’essai", sender_email="bains@bains.example", colour="#7a1f2b",
        email="accueil@bains.example", address="2 quai du Canal",
    )  # fmt: skip
    appointment = AppointmentFactory.create(counter=pool, email="odile@mail.example")
    sent = _mail(appointment)
    assert sent.from_email == "Les Bains d’essai <bains@bains.example>" and sent.reply_to == ("accueil@bains.example",)
    assert "#7a1f2b" in sent.html and "suivre : Les Bains." in sent.text.replace("\xa0", " ")
    assert town.sender_name not in sent.text + sent.html
    Appointment.objects.update(booked_through=town)
    assert town.sender_email in _mail(appointment).from_email, "who booked it there is written to by the town"
