"""A town hall with everything in it, its people, and somebody who works elsewhere: what the walk asks for."""

from dataclasses import dataclass
from typing import Any

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
from booking.feeds.actions import create_staff_feed
from booking.feeds.models import CalendarFeed
from municipalities.enums import FacilityKind
from municipalities.models import Facility, Municipality, MunicipalityDraft, Operator, StaffMember
from tests import people
from tests.factories import (
    AppointmentFactory,
    AppointmentTypeFactory,
    CalendarPoolFactory,
    ClosureFactory,
    CounterClosureFactory,
    CounterFactory,
    FacilityFactory,
    MessageFactory,
    MunicipalityFactory,
    OpeningPeriodFactory,
    OperatorFactory,
    PoolShareFactory,
    ReleasePolicyFactory,
)
from tests.factories.feeds import BusyCalendarFactory


@dataclass
class World:
    """One town hall with everything in it, its people, and somebody who works elsewhere."""

    town: Municipality
    hall: Facility
    operator: Operator
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
            self.operator.name,
            self.agent.email,
            self.manager.name,
            "Panne secrète",
            "Travaux secrets",
            "Agenda secret",
            self.busy.address,
        ]


def make_world() -> World:
    """The town hall is the town's own."""
    town = MunicipalityFactory.create(name="Quelquepart")
    hall = FacilityFactory.create(municipality=town, name="Maison Commune Rouge")
    secret = OperatorFactory.create(name="Société des Bains Secrets")
    return _world(hall, secret, manager=people.manager_of_municipality(town))


def make_pool_world() -> World:
    """The same things in a pool that stands in the town and is run by an operator; the town has a hall besides."""
    town = MunicipalityFactory.create(name="Quelquepart")
    AppointmentTypeFactory.create(code="du-bourg", position=0)
    FacilityFactory.create(municipality=town, name="Mairie du bourg")
    operator = OperatorFactory.create(name="Société des Bains Secrets")
    pool = FacilityFactory.create(municipality=town, name="Bassin Vert", operator=operator, kind=FacilityKind.POOL)
    return _world(pool, operator, manager=people.manager_of_operator(operator))


def _world(hall: Facility, operator: Operator, *, manager: StaffMember) -> World:
    town = hall.municipality
    kind = AppointmentTypeFactory.create(position=9)
    counter = CounterFactory.create(facility=hall, name="Guichet Bleu-Nuit", types=[kind])
    appointment = AppointmentFactory.create(
        type=kind, counter=counter, home_municipality=town, people=[{"last_name": "Introuvable"}]
    )
    elsewhere = MunicipalityFactory.create(name="Ailleurs")
    other_hall = FacilityFactory.create(municipality=elsewhere)
    feed, _token = create_staff_feed(kind="counter", counter=counter, privacy="full", by=manager)
    CounterFactory.create(facility=other_hall, types=[kind])
    # A message that did not leave: whoever presses « Renvoyer » and has no business here would change its state.
    MessageFactory.create(
        kind="appointment.confirmed",
        subject_type="appointment",
        subject_id=appointment.pk,
        recipient=appointment.email,
        state="failed",
    )
    return World(
        town=town,
        hall=hall,
        operator=operator,
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
