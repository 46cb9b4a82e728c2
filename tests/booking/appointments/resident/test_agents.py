"""An agent on the residents' pages books for others only where the agents' own door would open, in residents' time."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from booking.appointments.enums import Audience
from booking.appointments.free_time.gaps import rebuild_ahead
from booking.appointments.models import Appointment, OpeningPeriod, ReleasePolicy
from municipalities.models import MunicipalityDraft, StaffMember
from tests.booking.appointments.walks import Walk, text_of
from tests.factories.appointments import at
from tests.people import agent_of, auditor, manager_of_municipality
from tests.worlds import World, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return shared_calendar()


def holds(walk: Walk) -> bool:
    """Whether what is taken now is booked by an agent for somebody."""
    assert walk.hold(at(day_ahead(), 9)).status_code == 302
    return Appointment.objects.held().get().booked_by is not None


def signed_in(world: World, staff: StaffMember) -> Walk:
    walk = Walk(world)
    walk.client.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    return walk


def test_an_agent_who_is_there(world: World) -> None:
    assert holds(signed_in(world, agent_of(world.facilities[0])))


@pytest.mark.parametrize("audience", [Audience.ANY_STAFF, Audience.FACILITY_STAFF])
def test_time_kept_for_staff_wants_the_desk_and_its_reason(world: World, audience: Audience) -> None:
    OpeningPeriod.objects.update(audience=audience)
    rebuild_ahead(world.counters)
    walk = signed_in(world, agent_of(world.facilities[0]))
    page = text_of(walk.search())
    assert "Vous réservez pour un usager" in page and reverse("counter:book") in page
    assert 'name="creneau"' not in page
    assert walk.hold(at(day_ahead(), 9)).status_code == 409
    assert not Appointment.objects.held().exists()


def test_nor_is_an_appointment_moved_to_it(world: World) -> None:
    walk = signed_in(world, agent_of(world.facilities[0]))
    booked = walk.book(at(day_ahead(), 9))
    OpeningPeriod.objects.update(audience=Audience.ANY_STAFF)
    rebuild_ahead(world.counters)
    assert walk.hold(at(day_ahead(), 10), query=f"deplace={booked.pk}").status_code == 409


def test_nor_what_is_too_soon_or_too_far_for_a_resident(world: World) -> None:
    ReleasePolicy.objects.update(notice_minutes=30 * 24 * 60)
    walk = signed_in(world, agent_of(world.facilities[0]))
    assert walk.hold(at(day_ahead(), 9)).status_code == 409
    ReleasePolicy.objects.update(notice_minutes=0, horizon_days=7)
    assert walk.hold(at(day_ahead(), 9)).status_code == 409


def test_not_with_a_password_alone(world: World, settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = True
    walk = signed_in(world, agent_of(world.facilities[0]))
    assert "Vous réservez pour un usager" not in text_of(walk.search())
    assert not holds(walk)


def test_not_after_half_an_hour_away(world: World) -> None:
    walk = signed_in(world, agent_of(world.facilities[0]))
    with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=True):
        assert "Vous réservez pour un usager" not in text_of(walk.search())
        assert not holds(walk)


def test_not_who_only_reads(world: World) -> None:
    walk = signed_in(world, auditor())
    assert "Vous réservez pour un usager" not in text_of(walk.search())
    assert not holds(walk)


def test_nor_is_a_draft_shown_with_a_password_alone(world: World, settings: Any) -> None:
    town = world.municipality
    MunicipalityDraft.objects.create(municipality=town, values={"welcome_text": {"fr": "Un mot tout neuf"}})
    walk = signed_in(world, manager_of_municipality(town))
    page = f"/communes/{town.slug}/?apercu=1"
    assert "Un mot tout neuf" in text_of(walk.client.get(page))
    settings.STAFF_MFA_REQUIRED = True
    assert "Un mot tout neuf" not in text_of(walk.client.get(page))
