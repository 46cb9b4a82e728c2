"""Walks every address of the agents: signed out, as a stranger's agent, as an agent without the manager's right.

A new address without sample arguments fails the first test. The last tests take one guard away and see the walk fail.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from booking.appointments.models import (
    Appointment,
    BusyCalendar,
    Counter,
    OpeningPeriod,
    PoolShare,
    ReleasePolicy,
    RequiredDocument,
    WalkInQuota,
    WalkInTicket,
)
from booking.appointments.models.appointments import AppointmentQuerySet
from booking.appointments.models.busy import BusyCalendarQuerySet
from booking.appointments.models.calendar import CounterQuerySet, OpeningPeriodQuerySet
from booking.appointments.models.desk import WalkInQuotaQuerySet, WalkInTicketQuerySet
from booking.feeds.actions import create_staff_feed
from booking.feeds.models import CalendarFeed, CalendarFeedQuerySet
from municipalities.enums import Role
from municipalities.models import (
    Change,
    Facility,
    FacilityQuerySet,
    Municipality,
    MunicipalityDraft,
    MunicipalityQuerySet,
    StaffMember,
)
from tests import people
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    CalendarPoolFactory,
    ClosureFactory,
    CounterClosureFactory,
    CounterFactory,
    FacilityFactory,
    MunicipalityFactory,
    OpeningPeriodFactory,
    PoolShareFactory,
    ReleasePolicyFactory,
)
from tests.factories.feeds import BusyCalendarFactory

pytestmark = pytest.mark.django_db

NAMESPACES = ("staff", "counter", "feeds")


@dataclass
class World:
    """One town hall with everything in it, its people, and somebody who works elsewhere."""

    town: Municipality
    hall: Facility
    counter: Counter
    opening: OpeningPeriod
    appointment: Appointment
    closure: Any
    counter_closure: Any
    share: PoolShare
    policy: ReleasePolicy
    draft: MunicipalityDraft
    common: RequiredDocument
    document: RequiredDocument
    busy: BusyCalendar
    feed: CalendarFeed
    ticket: WalkInTicket
    quota: WalkInQuota
    agent: StaffMember
    manager: StaffMember
    territory: StaffMember
    stranger: StaffMember

    @property
    def secrets(self) -> list[str]:
        """What no stranger may read anywhere."""
        person = self.appointment.people.get()
        return [
            person.last_name,
            person.pre_application_number,
            self.appointment.reference,
            self.appointment.email,
            self.counter.name,
            self.hall.name,
            self.town.name,
            self.agent.email,
            self.manager.name,
            "Panne secrète",
            "Travaux secrets",
            "Agenda secret",
            self.busy.address,
        ]


@pytest.fixture
def world() -> World:
    kind = AppointmentTypeFactory.create()
    town = MunicipalityFactory.create(name="Quelquepart")
    hall = FacilityFactory.create(municipality=town, name="Maison Commune Rouge")
    counter = CounterFactory.create(facility=hall, name="Guichet Bleu-Nuit", types=[kind])
    appointment = AppointmentFactory.create(
        type=kind, counter=counter, home_municipality=town, people=[{"last_name": "Introuvable"}]
    )
    elsewhere = MunicipalityFactory.create(name="Ailleurs")
    other_hall = FacilityFactory.create(municipality=elsewhere)
    manager = people.manager_of_municipality(town)
    feed, _token = create_staff_feed(kind="counter", counter=counter, privacy="full", by=manager)
    CounterFactory.create(facility=other_hall, types=[kind])
    return World(
        town=town,
        hall=hall,
        counter=counter,
        opening=OpeningPeriodFactory.create(counter=counter),
        appointment=appointment,
        closure=ClosureFactory.create(facility=hall, reason={"fr": "Travaux secrets"}),
        counter_closure=CounterClosureFactory.create(counter=counter, reason={"fr": "Panne secrète"}),
        share=PoolShareFactory.create(pool=CalendarPoolFactory.create(types=[kind]), counter=counter),
        policy=ReleasePolicyFactory.create(facility=hall),
        draft=MunicipalityDraft.objects.create(municipality=town, values={"name": "Brouillon secret"}),
        common=RequiredDocument.objects.create(code="commun", label={"fr": "Une pièce commune"}),
        document=RequiredDocument.objects.create(code="propre", municipality=town, label={"fr": "Pièce secrète"}),
        ticket=WalkInTicket.objects.create(
            facility=hall, day=timezone.localdate(), half="am", number=1, type=kind, arrived_at=timezone.now()
        ),
        quota=WalkInQuota.objects.create(facility=hall, day=timezone.localdate(), half="am", places=3),
        agent=people.agent_of(hall, email="agathe@rouge.example"),
        manager=manager,
        busy=BusyCalendarFactory.create(counter=counter, name="Agenda secret"),
        feed=feed,
        territory=people.territory_manager(),
        stranger=people.agent_of(other_hall, email="etranger@ailleurs.example"),
    )


def _pk(pick: Callable[[World], Any]) -> Callable[[World], list[Any]]:
    return lambda world: [pick(world).pk]


def _role(world: World) -> Any:
    return world.agent.roles.get()


#: Arguments of every address. Those without any may answer everybody, with what is theirs.
SAMPLES: dict[str, Callable[[World], list[Any]]] = {
    "staff:municipality": _pk(lambda w: w.town),
    "staff:publish_draft": _pk(lambda w: w.town),
    "staff:discard_draft": _pk(lambda w: w.town),
    "staff:draft_emblem": _pk(lambda w: w.town),
    "counter:documents": _pk(lambda w: w.town),
    "counter:new_document": _pk(lambda w: w.town),
    "counter:own_document": lambda w: [w.town.pk, w.common.pk],
    "counter:drop_document": lambda w: [w.town.pk, w.common.pk],
    "counter:edit_document": _pk(lambda w: w.document),
    "counter:restore_document": _pk(lambda w: w.document),
    "staff:new_facility": _pk(lambda w: w.town),
    "staff:facility": _pk(lambda w: w.hall),
    "staff:member": _pk(lambda w: w.agent),
    "staff:member_role": _pk(lambda w: w.agent),
    "staff:member_account": _pk(lambda w: w.agent),
    "staff:end_role": _pk(_role),
    "counter:day": _pk(lambda w: w.hall),
    "counter:board": _pk(lambda w: w.hall),
    "counter:sheet": _pk(lambda w: w.hall),
    "counter:board_act": _pk(lambda w: w.hall),
    "counter:walk_in": _pk(lambda w: w.hall),
    "counter:quotas": _pk(lambda w: w.hall),
    "counter:remove_quota": _pk(lambda w: w.quota),
    "counter:ticket": _pk(lambda w: w.ticket),
    "counter:morning": _pk(lambda w: w.hall),
    "counter:booked": _pk(lambda w: w.appointment),
    "counter:outside": _pk(lambda w: w.hall),
    "counter:mark": _pk(lambda w: w.appointment),
    "counter:cancel": _pk(lambda w: w.appointment),
    "counter:move": _pk(lambda w: w.appointment),
    "counter:counters": _pk(lambda w: w.hall),
    "counter:new_counter": _pk(lambda w: w.hall),
    "counter:facility_service": _pk(lambda w: w.hall),
    "counter:counter": _pk(lambda w: w.counter),
    "counter:edit_counter": _pk(lambda w: w.counter),
    "counter:new_opening": _pk(lambda w: w.counter),
    "counter:opening": _pk(lambda w: w.opening),
    "counter:delete_opening": _pk(lambda w: w.opening),
    "counter:facility_week": _pk(lambda w: w.hall),
    "counter:close_one": _pk(lambda w: w.hall),
    "counter:history": _pk(lambda w: w.hall),
    "counter:week": _pk(lambda w: w.counter),
    "counter:new_week": _pk(lambda w: w.counter),
    "counter:copy_week": _pk(lambda w: w.counter),
    "counter:copy_day": _pk(lambda w: w.counter),
    "counter:split_opening": _pk(lambda w: w.opening),
    "counter:end_opening": _pk(lambda w: w.opening),
    "counter:rehome": _pk(lambda w: w.counter),
    "counter:rehomed": _pk(lambda w: w.counter_closure),
    "counter:holidays": _pk(lambda w: w.town),
    "counter:lift_counter_closure": _pk(lambda w: w.counter_closure),
    "counter:lift_closure": _pk(lambda w: w.closure),
    "counter:pool": _pk(lambda w: w.share.pool),
    "counter:edit_pool": _pk(lambda w: w.share.pool),
    "counter:new_share": _pk(lambda w: w.share.pool),
    "counter:share": _pk(lambda w: w.share),
    "counter:remove_share": _pk(lambda w: w.share),
    "counter:policy": _pk(lambda w: w.policy),
    "counter:remove_policy": _pk(lambda w: w.policy),
    "counter:facility_durations": _pk(lambda w: w.hall),
    "feeds:reset": _pk(lambda w: w.feed),
    "feeds:revoke": _pk(lambda w: w.feed),
    "feeds:delete": _pk(lambda w: w.feed),
    "feeds:busy": _pk(lambda w: w.counter),
    "feeds:refresh_busy": _pk(lambda w: w.busy),
    "feeds:remove_busy": _pk(lambda w: w.busy),
} | dict.fromkeys(
    (
        "staff:home",
        "staff:second_factor",
        "staff:resume",
        "staff:rights",
        "staff:delegations",
        "staff:control",
        "staff:readings",
        "staff:municipalities",
        "staff:new_municipality",
        "staff:members",
        "staff:new_member",
        "counter:today",
        "counter:find",
        "counter:book",
        "counter:closures",
        "counter:new_closure",
        "counter:pools",
        "counter:new_pool",
        "counter:policies",
        "counter:new_policy",
        "counter:durations",
        "feeds:mine",
        "feeds:new",
    ),
    lambda _world: [],
)

#: What an agent of the place may open without being its manager.
OPEN_TO_AGENTS = {
    "staff:home",
    "staff:second_factor",
    "staff:resume",
    "staff:municipalities",
    "counter:today",
    "counter:find",
    "counter:book",
    "counter:closures",
    "counter:day",
    "counter:board",
    "counter:sheet",
    "counter:ticket",
    "counter:outside",
    "counter:counters",
    "counter:counter",
    "counter:facility_week",
    "counter:week",
    "feeds:mine",
    "feeds:new",
    "feeds:busy",
}
#: What an agent of the place may change.
DONE_BY_AGENTS = {
    "counter:mark",
    "counter:cancel",
    "counter:move",
    "counter:board_act",
    "counter:walk_in",
    "counter:morning",
    "counter:booked",
    "feeds:new",
}
#: Every agent books for the whole territory: this page names all town halls, as the public search does.
NAMES_EVERY_PLACE = {"counter:book"}


def _posted(name: str, world: World) -> dict[str, Any]:
    """Data that would do harm, were the right there."""
    day = (timezone.localdate() + timedelta(days=3)).isoformat()
    seen = str(world.appointment.pk)
    role = {"role": "agent", "place": f"etablissement-{world.hall.pk}", "valid_from": day}
    opening = {"weekday": 2, "starts": "08:00", "ends": "10:00", "valid_from": day, "audience": 0}
    share = {"counter": world.counter.pk, "shared_from": day, "reserve_percent": 10, "reserve_days": 3}
    policy = {
        "facility": world.hall.pk,
        "notice_minutes": 60,
        "horizon_days": 30,
        "mode": "rolling",
        "batch_weeks": 1,
        "held_until_7_days_percent": 0,
        "held_until_1_day_percent": 0,
    }
    place = {"name": "Changé", "slug": "change", "postal_codes": "68100", "latitude": 47, "longitude": 7}
    colours = {"colour": "#123456", "second_colour": "#654321", "coat_pattern": "plain"}
    facility = {**place, "kind": "town_hall", "operator": world.hall.operator_id}
    kind = world.appointment.type_id
    document = {"label_fr": "Intrus", "types": [kind], "ages": "any", "position": 1}
    data: dict[str, dict[str, Any]] = {
        "staff:municipality": {**place, **colours},
        "staff:new_municipality": {**place, **colours, "insee_code": "68999", "population": 1},
        "staff:delegations": {**role, "email": world.agent.email, "facility": world.hall.pk, "valid_until": day},
        "counter:new_document": document,
        "counter:own_document": document,
        "counter:edit_document": document,
        "staff:new_facility": facility,
        "staff:facility": facility,
        "staff:new_member": {**role, "name": "Intrus", "email": "intrus@mal.example", "language": "fr"},
        "staff:member": {"name": "Intrus", "language": "fr"},
        "staff:member_role": role,
        "staff:member_account": {"geste": "fermer"},
        "counter:mark": {"etat": "attended"},
        "counter:board_act": {"geste": f"attended:rdv-{seen}:1"},
        "counter:book": {"voir": "1", "ici": str(world.hall.pk)},
        "counter:walk_in": {"type": kind, "people": 1},
        "counter:quotas": {"w0am": 5},
        "counter:morning": {"to_me": "on", "to_facility": "on"},
        "counter:cancel": {"reason": "Rien"},
        "counter:move": {"lieu": "", "creneau": f"{world.hall.pk}-202701041000"},
        "counter:new_counter": {"name": "Intrus", "types": [kind], "is_active": "on"},
        "counter:edit_counter": {"name": "Intrus", "types": [kind], "is_active": "on"},
        "counter:facility_service": {"service": "non", "garder": "1", "vus": seen},
        "counter:new_opening": opening,
        "counter:opening": {**opening, "garder": "1", "vus": seen},
        "counter:delete_opening": {"garder": "1", "vus": seen},
        "counter:new_week": {"from_day": day, "h0-0-de": "", "h0-0-a": "", "garder": "1", "vus": seen},
        "counter:copy_week": {"from_day": day, "targets": [world.counter.pk], "garder": "1", "vus": seen},
        "counter:copy_day": {"from_day": day, "weekday": "3", "to": ["0"], "garder": "1", "vus": seen},
        "counter:split_opening": {"from_day": day, "pause": "10:00", "garder": "1", "vus": seen},
        "counter:end_opening": {"last_day": day, "garder": "1", "vus": seen},
        "counter:rehome": {"span": "journee", "day": day, "why": "panne", "confirmer": "1", "rdv": seen, "vu": seen},
        "counter:holidays": {"garder": "1", "vus": seen},
        "counter:new_closure": {
            "place": f"guichet-{world.counter.pk}",
            "from_day": day,
            "until_day": day,
            "reason_fr": "Intrus",
            "garder": "1",
            "vus": seen,
        },
        "counter:new_pool": {"name": "Intrus", "types": [kind], "is_active": "on"},
        "counter:edit_pool": {"name": "Intrus", "types": [kind], "is_active": "on"},
        "counter:new_share": share,
        "counter:share": share,
        "counter:new_policy": policy,
        "counter:policy": policy,
        "counter:durations": {f"m-{kind}-1": 30},
        "counter:facility_durations": {f"m-{kind}-1": 30},
        "feeds:new": {"place": f"guichet-{world.counter.pk}", "privacy": "full"},
        "feeds:reset": {"adresse": world.feed.tokens.get().pk},
        "feeds:busy": {"name": "Intrus", "address": "https://agenda.example/intrus.ics"},
    }
    return data.get(name, {})


def addresses() -> Iterator[str]:
    """Names of all addresses of the agents, as the resolver has them."""

    def walk(resolver: URLResolver, space: str) -> Iterator[str]:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern, pattern.namespace or space)
            elif isinstance(pattern, URLPattern) and space in NAMESPACES:
                yield f"{space}:{pattern.name}"

    yield from walk(get_resolver(), "")


def _signed_in(staff: StaffMember | None) -> Client:
    client = Client()
    if staff is not None:
        client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    return client


#: Looking leaves a trace, which is the point of it.
LOOKED_AT = {"municipalities.ReadTrace"}


def _everything() -> dict[str, list[dict[str, Any]]]:
    """All rows that agents could change."""
    models = [
        model
        for app in ("municipalities", "appointments", "notifications", "feeds")
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
        if model._meta.label not in LOOKED_AT
    ]
    return {
        model._meta.label: sorted(
            (
                {name: value for name, value in row.items() if name != "last_login"}
                for row in model._default_manager.values()
            ),
            key=lambda row: str(row.get("id")),
        )
        for model in models
    }


def walk_as_stranger(world: World) -> None:
    client = _signed_in(world.stranger)
    before = _everything()
    for name in addresses():
        arguments = SAMPLES[name](world)
        address = reverse(name, args=arguments)
        for answer in (client.get(address), client.post(address, _posted(name, world))):
            if arguments:
                assert answer.status_code in (403, 404, 405), f"{name} answered a stranger with {answer.status_code}"
            else:
                assert answer.status_code in (200, 302, 403, 404, 405), f"{name}: {answer.status_code}"
            body = answer.content.decode()
            public = {world.hall.name, world.town.name} if name in NAMES_EVERY_PLACE else set()
            for secret in set(world.secrets) - public:
                assert secret not in body, f"{name} told a stranger « {secret} »"
    for asked in ("Introuvable", world.appointment.reference, "Odile"):
        found = client.get(reverse("counter:find"), {"q": asked}).content.decode()
        assert world.appointment.email not in found and reverse("counter:day", args=[world.hall.pk]) not in found
    assert _everything() == before, "a stranger changed something"


def test_every_address_has_sample_arguments() -> None:
    assert set(addresses()) == set(SAMPLES)


def test_signed_out_people_are_sent_to_the_door(world: World) -> None:
    client = _signed_in(None)
    before = _everything()
    for name in addresses():
        address = reverse(name, args=SAMPLES[name](world))
        for answer in (client.get(address), client.post(address, _posted(name, world))):
            assert answer.status_code == 302, name
            assert answer["Location"].startswith(reverse("account_login")), name
    assert _everything() == before


def test_a_strangers_agent_neither_sees_nor_changes_anything(world: World) -> None:
    walk_as_stranger(world)


def test_an_agent_without_the_managers_right_changes_no_calendar(world: World) -> None:
    client = _signed_in(world.agent)
    before = _everything()
    for name in set(addresses()) - DONE_BY_AGENTS:
        address = reverse(name, args=SAMPLES[name](world))
        seen = client.get(address)
        if name in OPEN_TO_AGENTS:
            assert seen.status_code in (200, 302), f"{name}: {seen.status_code}"
        else:
            assert seen.status_code in (403, 404, 405), f"{name} showed an agent {seen.status_code}"
        done = client.post(address, _posted(name, world))
        if name not in OPEN_TO_AGENTS:
            assert done.status_code in (403, 404, 405), f"{name} let an agent post: {done.status_code}"
    assert _everything() == before, "an agent changed a calendar"


#: What an auditor opens: everything that only shows.
OPEN_TO_AUDITORS = (OPEN_TO_AGENTS - {"counter:book"}) | {"staff:rights", "staff:control", "staff:readings"}


def test_an_auditor_looks_on(world: World) -> None:
    client = _signed_in(people.auditor())
    before = _everything()
    for name in addresses():
        address = reverse(name, args=SAMPLES[name](world))
        seen = client.get(address)
        if name in OPEN_TO_AUDITORS:
            assert seen.status_code in (200, 302), f"{name} is closed to the auditor: {seen.status_code}"
        else:
            assert seen.status_code in (403, 404, 405), f"{name} showed an auditor {seen.status_code}"
        done = client.post(address, _posted(name, world))
        assert done.status_code in (200, 302, 403, 404, 405), name
        if name not in OPEN_TO_AUDITORS:
            assert done.status_code in (403, 404, 405), f"{name} let an auditor post: {done.status_code}"
    assert _everything() == before, "an auditor changed something"


def test_the_staff_of_a_contract_holder_stay_in_their_facility(world: World) -> None:
    """Their own facility like its agents; the municipality's others, and its calendar, not at all."""
    other = FacilityFactory.create(municipality=world.town, name="Piscine Verte")
    theirs = CounterFactory.create(facility=other, name="Guichet Vert")
    staff = people.of_contract_holder(other)
    before = _everything()
    client = _signed_in(staff)
    for name in addresses():
        arguments = SAMPLES[name](world)
        for answer in (
            client.get(reverse(name, args=arguments)),
            client.post(reverse(name, args=arguments), _posted(name, world)),
        ):
            if arguments:
                assert answer.status_code in (403, 404, 405), f"{name} answered {answer.status_code}"
            body = answer.content.decode()
            hidden = {world.appointment.reference, world.appointment.email, world.counter.name, world.hall.name}
            for secret in hidden - ({world.hall.name} if name in NAMES_EVERY_PLACE else set()):
                assert secret not in body, f"{name} told « {secret} »"
    assert _everything() == before
    assert client.get(reverse("counter:day", args=[other.pk])).status_code == 200
    assert client.get(reverse("counter:edit_counter", args=[theirs.pk])).status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.TERRITORY_MANAGER, Role.AUDITOR)])
def test_the_trace_is_closed_to_every_other_role(world: World, role: Role) -> None:
    staff = people.with_role(role, facility=world.hall)
    for name in ("staff:control", "staff:readings"):
        assert _signed_in(staff).get(reverse(name)).status_code == 404


def test_nobody_writes_the_trace(world: World) -> None:
    """Not even the code: the database refuses."""
    from django.db import InternalError, ProgrammingError, transaction

    assert Change.objects.exists()
    for attempt in (Change.objects.all().delete, lambda: Change.objects.update(staff=None)):
        with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
            attempt()


def test_a_manager_of_elsewhere_changes_nothing_here(world: World) -> None:
    elsewhere = world.stranger.roles.get().facility.municipality  # type: ignore[union-attr]
    client = _signed_in(people.manager_of_municipality(elsewhere))
    before = _everything()
    for name in addresses():
        arguments = SAMPLES[name](world)
        if not arguments and name != "counter:new_closure":
            continue
        answer = client.post(reverse(name, args=arguments), _posted(name, world))
        assert answer.status_code != 302, f"{name} let a foreign manager through"
    assert _everything() == before


def test_the_manager_of_the_territory_opens_every_page(world: World) -> None:
    client = _signed_in(world.territory)
    for name in addresses():
        answer = client.get(reverse(name, args=SAMPLES[name](world)))
        assert answer.status_code in (200, 302, 405), f"{name}: {answer.status_code}"


def test_pages_with_names_are_never_kept_by_browsers(world: World) -> None:
    answer = _signed_in(world.agent).get(reverse("counter:day", args=[world.hall.pk]))
    assert "no-store" in answer["Cache-Control"]


def test_unknown_objects_and_enormous_numbers_are_not_found(world: World) -> None:
    client = _signed_in(world.territory)
    for name in addresses():
        try:
            address = reverse(name, args=[10**30])
        except NoReverseMatch:
            continue
        assert client.get(address).status_code in (404, 405), name


@pytest.mark.parametrize(
    ("queryset", "guard"),
    [
        (FacilityQuerySet, "visible_to"),
        (FacilityQuerySet, "manageable_by"),
        (MunicipalityQuerySet, "visible_to"),
        (MunicipalityQuerySet, "editable_by"),
        (CounterQuerySet, "visible_to"),
        (CounterQuerySet, "manageable_by"),
        (OpeningPeriodQuerySet, "manageable_by"),
        (AppointmentQuerySet, "visible_to"),
        (WalkInTicketQuerySet, "visible_to"),
        (WalkInQuotaQuerySet, "manageable_by"),
        (BusyCalendarQuerySet, "manageable_by"),
        (CalendarFeedQuerySet, "owned_by"),
    ],
)
def test_without_a_guard_the_walk_fails(
    world: World, monkeypatch: pytest.MonkeyPatch, queryset: type, guard: str
) -> None:
    monkeypatch.setattr(queryset, guard, lambda self, staff: self)
    with pytest.raises(AssertionError):
        walk_as_stranger(world)
