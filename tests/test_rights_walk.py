"""Walks every address of the agents: signed out, as a stranger's agent, as an agent without the manager's right.

A new staff page of any app without its line in the rights table fails the first test. The last tests take one guard
away and see the walk fail.
"""

from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.urls import NoReverseMatch, reverse

from booking.activities.models import PoolQuerySet
from booking.activities.models.seasons import GroupQuerySet
from booking.appointments.models.appointments import AppointmentQuerySet
from booking.appointments.models.busy import BusyCalendarQuerySet
from booking.appointments.models.calendar import CounterQuerySet, OpeningPeriodQuerySet
from booking.appointments.models.desk import WalkInQuotaQuerySet, WalkInTicketQuerySet
from booking.feeds.models import CalendarFeedQuerySet
from booking.nurseries.models import (
    AppealQuerySet,
    NurseryApplicationQuerySet,
    NurseryQuerySet,
    PointsGridQuerySet,
    StayQuerySet,
)
from booking.nurseries.models.offers import NurseryOfferQuerySet
from booking.nurseries.models.rounds import RoundQuerySet
from booking.nurseries.models.vacancies import SmallRoundQuerySet
from booking.payments.models import CashOfficeQuerySet
from booking.residents.models import HouseholdQuerySet
from municipalities.enums import Role
from municipalities.models import AuditEntry, FacilityQuerySet, MunicipalityQuerySet, OperatorQuerySet
from tests import people
from tests.factories import CounterFactory, FacilityFactory
from tests.rights.posts import posted
from tests.rights.samples import SAMPLES
from tests.rights.table import (
    DONE_BY_AGENTS,
    NAMES_EVERY_PLACE,
    OF_CHILDCARE,
    OPEN_TO_AGENTS,
    OPEN_TO_AUDITORS,
)
from tests.rights.walk import addresses, everything, signed_in, unguarded, walk_as_stranger, without_samples
from tests.rights.world import World, make_world
from tests.second_service.models import VisitQuerySet

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def world() -> World:
    return make_world()


def test_every_staff_page_stands_in_the_rights_table() -> None:
    assert without_samples() == []
    assert set(SAMPLES) == set(addresses()), "the rights table names pages that are gone"


def test_nothing_among_the_agents_pages_is_open_to_everybody() -> None:
    assert unguarded() == []


def test_a_page_that_the_rights_table_forgets_is_found(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.stray_app.urls"
    assert without_samples() == ["stray:page"]
    assert unguarded() == ["stray:open agents/stray/ouvert/"]


def test_signed_out_people_are_sent_to_the_door(world: World) -> None:
    client = signed_in(None)
    before = everything()
    for name in addresses():
        address = reverse(name, args=SAMPLES[name](world))
        for answer in (client.get(address), client.post(address, posted(name, world))):
            assert answer.status_code == 302, name
            assert answer["Location"].startswith(reverse("account_login")), name
    assert everything() == before


def test_a_strangers_agent_neither_sees_nor_changes_anything(world: World) -> None:
    walk_as_stranger(world)


def test_an_agent_without_the_managers_right_changes_no_calendar(world: World) -> None:
    client = signed_in(world.agent)
    before = everything()
    for name in set(addresses()) - DONE_BY_AGENTS:
        address = reverse(name, args=SAMPLES[name](world))
        seen = client.get(address)
        if name in OPEN_TO_AGENTS:
            assert seen.status_code in (200, 302), f"{name}: {seen.status_code}"
        else:
            assert seen.status_code in (403, 404, 405), f"{name} showed an agent {seen.status_code}"
        done = client.post(address, posted(name, world))
        if name not in OPEN_TO_AGENTS:
            assert done.status_code in (403, 404, 405), f"{name} let an agent post: {done.status_code}"
    assert everything() == before, "an agent changed a calendar"


def test_an_auditor_looks_on(world: World) -> None:
    client = signed_in(people.auditor())
    before = everything()
    for name in addresses():
        address = reverse(name, args=SAMPLES[name](world))
        seen = client.get(address)
        if name in OPEN_TO_AUDITORS:
            assert seen.status_code in (200, 302), f"{name} is closed to the auditor: {seen.status_code}"
        else:
            assert seen.status_code in (403, 404, 405), f"{name} showed an auditor {seen.status_code}"
        done = client.post(address, posted(name, world))
        assert done.status_code in (200, 302, 403, 404, 405), name
        if name not in OPEN_TO_AUDITORS:
            assert done.status_code in (403, 404, 405), f"{name} let an auditor post: {done.status_code}"
    assert everything() == before, "an auditor changed something"


def test_the_staff_of_a_contract_holder_stay_in_their_facility(world: World) -> None:
    """Their own facility like its agents; the municipality's others, and its calendar, not at all."""
    other = FacilityFactory.create(municipality=world.town, name="Piscine Verte")
    theirs = CounterFactory.create(facility=other, name="Guichet Vert")
    staff = people.of_contract_holder(other)
    before = everything()
    client = signed_in(staff)
    for name in addresses():
        arguments = SAMPLES[name](world)
        for answer in (
            client.get(reverse(name, args=arguments)),
            client.post(reverse(name, args=arguments), posted(name, world)),
        ):
            if arguments:
                assert answer.status_code in (403, 404, 405), f"{name} answered {answer.status_code}"
            body = answer.content.decode()
            hidden = {world.appointment.reference, world.appointment.email, world.counter.name, world.hall.name}
            for secret in hidden - ({world.hall.name} if name in NAMES_EVERY_PLACE else set()):
                assert secret not in body, f"{name} told « {secret} »"
    assert everything() == before
    assert client.get(reverse("counter:day", args=[other.pk])).status_code == 200
    assert client.get(reverse("counter:edit_counter", args=[theirs.pk])).status_code == 404


def test_the_trace_is_closed_to_every_other_role(world: World) -> None:
    for role in set(Role) - {Role.TERRITORY_MANAGER, Role.AUDITOR}:
        browser = signed_in(people.with_role(role, facility=world.hall))
        for name in ("staff:control", "staff:readings"):
            assert browser.get(reverse(name)).status_code == 404, role


def test_nobody_writes_the_trace(world: World) -> None:
    """Not even the code: the database refuses."""
    from django.db import InternalError, ProgrammingError, transaction

    assert AuditEntry.objects.exists()
    for attempt in (AuditEntry.objects.all().delete, lambda: AuditEntry.objects.update(staff=None)):
        with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
            attempt()


def test_a_manager_of_elsewhere_changes_nothing_here(world: World) -> None:
    elsewhere = world.stranger.roles.get().facility.municipality  # type: ignore[union-attr]
    client = signed_in(people.manager_of_municipality(elsewhere))
    before = everything()
    for name in addresses():
        arguments = SAMPLES[name](world)
        if not arguments and name != "counter:new_closure":
            continue
        answer = client.post(reverse(name, args=arguments), posted(name, world))
        assert answer.status_code != 302, f"{name} let a foreign manager through"
    assert everything() == before


def test_the_manager_of_the_territory_opens_every_page(world: World) -> None:
    client = signed_in(world.territory)
    for name in addresses():
        answer = client.get(reverse(name, args=SAMPLES[name](world)))
        opens = (404, 405) if name.split(":")[0] in OF_CHILDCARE else (200, 302, 405)
        assert answer.status_code in opens, f"{name}: {answer.status_code}"


def test_pages_with_names_are_never_kept_by_browsers(world: World) -> None:
    answer = signed_in(world.agent).get(reverse("counter:day", args=[world.hall.pk]))
    assert "no-store" in answer["Cache-Control"]


def test_unknown_objects_and_enormous_numbers_are_not_found(world: World) -> None:
    client = signed_in(world.territory)
    for name in addresses():
        try:
            address = reverse(name, args=[10**30])
        except NoReverseMatch:
            continue
        assert client.get(address).status_code in (404, 405), name


#: Guards, each with a page or a group of pages where its absence tells: the whole walk takes half a minute.
GUARDS = [
    (FacilityQuerySet, "visible_to", "counter:board"),
    (FacilityQuerySet, "manageable_by", "counter:close_one"),
    (MunicipalityQuerySet, "visible_to", "staff:municipalities"),
    (FacilityQuerySet, "governed_by", "counter:drop_reminders"),
    (MunicipalityQuerySet, "editable_by", "counter:closures"),
    (OperatorQuerySet, "editable_by", "staff:operator"),
    (CounterQuerySet, "visible_to", "counter:counter"),
    (CounterQuerySet, "manageable_by", "counter:copy_day"),
    (OpeningPeriodQuerySet, "manageable_by", "counter:delete_opening"),
    (AppointmentQuerySet, "visible_to", "counter:find"),
    (WalkInTicketQuerySet, "visible_to", "counter:ticket"),
    (WalkInQuotaQuerySet, "manageable_by", "counter:remove_quota"),
    (BusyCalendarQuerySet, "manageable_by", "external_calendars:refresh_busy"),
    (CalendarFeedQuerySet, "owned_by", "feeds:delete"),
    (VisitQuerySet, "visible_to", "second:visit_file"),
    (CashOfficeQuerySet, "visible_to", "cash:journal"),
    (CashOfficeQuerySet, "governed_by", "cash:office"),
    (CashOfficeQuerySet, "accounted_by", "cash:bounced"),
    (PoolQuerySet, "visible_to", "pools:pools"),
    (PoolQuerySet, "planned_by", "pools"),
    (HouseholdQuerySet, "visible_to", "families"),
    (GroupQuerySet, "visible_to", "desk"),
    (NurseryQuerySet, "visible_to", "supply"),
    (NurseryQuerySet, "run_by", "supply"),
    (NurseryApplicationQuerySet, "visible_to", "nursery_files"),
    (AppealQuerySet, "visible_to", "nursery_files"),
    (RoundQuerySet, "visible_to", "commission"),
    (RoundQuerySet, "chaired_by", "commission"),
    (NurseryOfferQuerySet, "visible_to", "replies"),
    (StayQuerySet, "visible_to", "replies"),
    (PointsGridQuerySet, "visible_to", "points"),
    (SmallRoundQuerySet, "visible_to", "vacancies"),
]


@pytest.mark.parametrize(("queryset", "guard", "where"), GUARDS)
def test_without_a_guard_the_walk_fails(
    world: World, monkeypatch: pytest.MonkeyPatch, queryset: type, guard: str, where: str
) -> None:
    monkeypatch.setattr(queryset, guard, lambda self, staff: self)
    # What a stranger has already deleted is missing when the walk asks for it: that tells on the guard as well.
    with pytest.raises((AssertionError, ObjectDoesNotExist)):
        walk_as_stranger(world, only={where})
