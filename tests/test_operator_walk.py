"""Walks every staff page around a pool that stands in a town and is run by somebody else.

Nobody of the town meets it, in no page, list, select, search, feed or trace; its operator's manager reaches it, and
another operator's does not.
"""

from dataclasses import replace

import pytest
from django.urls import reverse

from booking.appointments.models import Appointment
from booking.feeds.actions import create_staff_feed
from booking.feeds.exceptions import NotYours
from municipalities.enums import Role
from municipalities.models import CurrentRoles, FacilityQuerySet, ReadTrace, StaffMember
from tests import people
from tests.factories import FacilityFactory, OperatorFactory
from tests.rights.posts import posted
from tests.rights.samples import SAMPLES
from tests.rights.table import OF_CASH_OFFICES, OF_CHILDCARE, OF_THE_TERRITORY, OF_THE_TOWN
from tests.rights.walk import addresses, everything, signed_in, walk_as_stranger
from tests.rights.world import World, make_pool_world

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

#: Whoever sets rules may join an agenda; who else shares in it is not told.
AGENDAS = {"counter:pool", "counter:new_share"}
#: The town's own name is no secret to the town.
OF_THE_TOWN_ITSELF = {"Quelquepart"}


@pytest.fixture
def world() -> World:
    return make_pool_world()


def walk_as_the_town(world: World, staff: StaffMember) -> None:
    client = signed_in(staff)
    before = everything()
    secrets = set(world.secrets) - OF_THE_TOWN_ITSELF
    for name in addresses():
        arguments, sent = SAMPLES[name](world), posted(name, world)
        # What one has typed oneself comes back in a form.
        hidden = secrets - {str(value) for value in sent.values()}
        address = reverse(name, args=arguments)
        answers = [client.get(address)]
        if name not in OF_THE_TOWN:
            answers.append(client.post(address, sent))
        for answer in answers:
            if arguments and name not in OF_THE_TOWN:
                assert answer.status_code in (403, 404, 405), f"{name} answered the town with {answer.status_code}"
            body = answer.content.decode()
            for secret in hidden:
                assert secret not in body, f"{name} told the town « {secret} »"
    for asked in ("Introuvable", world.appointment.reference, "Odile", world.appointment.email):
        body = client.get(reverse("counter:find"), {"q": asked}).content.decode()
        assert reverse("counter:booked", args=[world.appointment.pk]) not in body
        assert world.counter.name not in body and world.hall.name not in body
    assert not ReadTrace.objects.filter(staff=staff).exists()
    assert everything() == before, "the town changed something of the pool"


@pytest.mark.parametrize("role", [Role.MUNICIPALITY_MANAGER, Role.FACILITY_MANAGER, Role.AGENT])
def test_nobody_of_the_town_meets_what_another_runs_in_it(world: World, role: Role) -> None:
    staff = people.in_municipality(role, world.town)
    walk_as_the_town(world, staff) if role == Role.MUNICIPALITY_MANAGER else _walk_as_stranger(world, staff)


def _walk_as_stranger(world: World, staff: StaffMember) -> None:
    """An agent of the town has none of its pages either; its name they know."""
    client, secrets = signed_in(staff), set(world.secrets) - OF_THE_TOWN_ITSELF
    for name in addresses():
        arguments = SAMPLES[name](world)
        answer = client.get(reverse(name, args=arguments))
        if arguments and name not in OF_THE_TOWN:
            assert answer.status_code in (403, 404, 405), name
        body = answer.content.decode()
        assert not [one for one in secrets if one in body], name


def test_the_feeds_of_the_town_do_not_hold_it(world: World) -> None:
    staff = people.manager_of_municipality(world.town)
    page = signed_in(staff).get(reverse("feeds:new")).content.decode()
    assert world.hall.name not in page and world.counter.name not in page
    # Its own hall has no counter: there is nothing that it could subscribe to.
    for kind, subject in (("own", ""), ("facility", world.hall.pk), ("counter", world.counter.pk)):
        with pytest.raises(NotYours):
            create_staff_feed(kind=f"appointments.{kind}", subject_id=str(subject), privacy="busy", by=staff)


def test_the_manager_of_its_operator_opens_every_page_of_it(world: World) -> None:
    client = signed_in(people.manager_of_operator(world.operator))
    closed = OF_THE_TERRITORY | (OF_THE_TOWN - AGENDAS) | OF_CASH_OFFICES | {"counter:ours"}
    for name in addresses():
        answer = client.get(reverse(name, args=SAMPLES[name](world)))
        is_closed = name in closed or name.split(":")[0] in OF_CHILDCARE
        wanted = (403, 404, 405) if is_closed else (200, 302, 405)
        assert answer.status_code in wanted, f"{name}: {answer.status_code}"


def _manager_elsewhere() -> StaffMember:
    rink = FacilityFactory.create(name="Patinoire d’ailleurs", operator=OperatorFactory.create(name="Société des Jeux"))
    return people.with_role(Role.OPERATOR_MANAGER, facility=rink)


def test_the_manager_of_another_operator_is_a_stranger(world: World) -> None:
    walk_as_stranger(replace(world, stranger=_manager_elsewhere()), meets=AGENDAS)


def test_if_rights_followed_the_ground_the_walk_would_fail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As they did: a municipality's role reached all that stands in it."""

    def by_the_ground(self: FacilityQuerySet, staff: StaffMember) -> FacilityQuerySet:
        return self.filter(municipality__in=staff.current_roles().municipality_ids)

    monkeypatch.setattr(FacilityQuerySet, "visible_to", by_the_ground)
    with pytest.raises(AssertionError):
        walk_as_the_town(world, people.manager_of_municipality(world.town))


def test_if_a_role_in_an_operator_were_one_of_the_territory_the_walk_would_fail(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither municipality nor facility was what made a role span the territory."""
    assert not people.manager_of_operator(world.operator).current_roles().territory_wide
    monkeypatch.setattr(CurrentRoles, "territory_wide", property(lambda self: not self.municipality_ids))
    other = _manager_elsewhere()
    assert Appointment.objects.visible_to(other).exists()
    with pytest.raises(AssertionError):
        walk_as_stranger(replace(world, stranger=other), meets=AGENDAS)
