"""A town hall with everything in it, its people, and somebody who works elsewhere: what the walk asks for."""

from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.utils import timezone

from booking.activities.models import (
    Enrolment,
    Lane,
    LaneUse,
    MorningRegister,
    Pool,
    RegisterMark,
    Said,
    SchoolHoliday,
    Session,
    TariffGrid,
    UseSeries,
    Waiting,
)
from booking.activities.seasons.openings import announce
from booking.activities.water.days import at
from booking.appointments.models import (
    Appointment,
    BusyCalendar,
    CalendarEntry,
    Counter,
    Fee,
    FeedEntry,
    MorningList,
    OpeningPeriod,
    PoolShare,
    ReleasePolicy,
    RequiredDocument,
    WalkInQuota,
    WalkInTicket,
)
from booking.feeds.actions import create_resident_feed, create_staff_feed
from booking.feeds.models import CalendarFeed
from booking.nurseries.models import Nursery, NurseryApplication, PointsGrid, Round, TownPoints
from booking.residents.enums import PaperKind, Status
from booking.residents.models import Household
from municipalities import audit
from municipalities.enums import FacilityKind, OperatorKind
from municipalities.feeds import Privacy
from municipalities.models import Facility, Municipality, MunicipalityDraft, Operator, ReadTrace, StaffMember, Why
from notifications.models import ReminderPolicy
from tests import people
from tests.factories import (
    AccessLinkFactory,
    ActivityFactory,
    AppointmentFactory,
    AppointmentTypeFactory,
    CalendarPoolFactory,
    ClosureFactory,
    CounterClosureFactory,
    CounterFactory,
    EnrolmentFactory,
    FacilityFactory,
    FeeFactory,
    GivenLevelFactory,
    GroupFactory,
    GuardianFactory,
    HealthAttestationFactory,
    HouseholdFactory,
    HouseholdSessionFactory,
    LaneFactory,
    LaneUseFactory,
    MemberFactory,
    MessageFactory,
    MunicipalityFactory,
    OpeningPeriodFactory,
    OperatorFactory,
    PointsGridFactory,
    PoolFactory,
    PoolShareFactory,
    ReleasePolicyFactory,
    ReminderPolicyFactory,
    SeasonFactory,
    SeenPaperFactory,
    SessionFactory,
    SignInCodeFactory,
    TariffGridFactory,
    WaitingListEntryFactory,
)
from tests.factories.feeds import BusyCalendarFactory
from tests.rights.commission import make_round
from tests.rights.money import make_money, make_office
from tests.rights.nurseries import make_nursery, make_request
from tests.second_service.models import Visit


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
    reminders: ReminderPolicy
    fee: Fee
    draft: MunicipalityDraft
    common: RequiredDocument
    document: RequiredDocument
    busy: BusyCalendar
    feed: CalendarFeed
    ticket: WalkInTicket
    quota: WalkInQuota
    grid: TariffGrid
    points_grid: PointsGrid
    round: Round
    nursery_request: NurseryApplication
    nursery: Nursery
    session: Session
    visit: Visit
    lane: Lane
    series: UseSeries
    use: LaneUse
    school_holiday: SchoolHoliday
    household: Household
    enrolment: Enrolment
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
            "Grille secrète",
            "Critères secrets",
            "Commission secrète",
            "Recours secret",
            "Crèche Secrète",
            "Saison secrète",
            "Plongeon secret",
            "Régie secrète",
            "Odile Secrète",
            "Visiteuse",
            "Club secret",
            "Cachée",
            "Cryptée",
            self.nursery_request.reference,
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
    feed, _token = create_staff_feed(
        kind="appointments.counter", subject_id=str(counter.pk), privacy="full", by=manager
    )
    CounterFactory.create(facility=other_hall, types=[kind])
    lane = LaneFactory.create(basin__pool=_pool_of(hall))
    series, use = _series_in(lane)
    session, household = _session_in(lane), make_family()
    make_office(hall.operator)
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
        fee=FeeFactory.create(),
        reminders=ReminderPolicy.objects.create(facility=hall),
        draft=MunicipalityDraft.objects.create(municipality=town, values={"name": "Brouillon secret"}),
        common=RequiredDocument.objects.create(code="commun", label={"fr": "Une pièce commune"}),
        document=RequiredDocument.objects.create(code="propre", municipality=town, label={"fr": "Pièce secrète"}),
        ticket=WalkInTicket.objects.create(
            facility=hall, day=timezone.localdate(), half="am", number=1, type=kind, arrived_at=timezone.now()
        ),
        quota=WalkInQuota.objects.create(facility=hall, day=timezone.localdate(), half="am", places=3),
        session=session,
        enrolment=_over(session, household),
        grid=TariffGridFactory.create(operator=hall.operator, name="Grille secrète", priced=True),
        nursery_request=make_request(
            authority=OperatorFactory.create(kind=OperatorKind.AGGLOMERATION), town=hall.municipality, agent=manager
        ),
        nursery=make_nursery(),
        points_grid=PointsGridFactory.create(name="Critères secrets", filled=True),
        round=make_round(),
        visit=Visit.objects.create(
            facility=hall, starts_at=timezone.now() + timedelta(days=2), name="Visiteuse", email="v@mail.example"
        ),
        lane=lane,
        series=series,
        use=use,
        school_holiday=SchoolHoliday.objects.create(
            name="Vacances",
            first_day=timezone.localdate() + timedelta(60),
            last_day=timezone.localdate() + timedelta(70),
        ),
        household=household,
        agent=people.agent_of(hall, email="agathe@rouge.example"),
        manager=manager,
        busy=BusyCalendarFactory.create(counter=counter, name="Agenda secret"),
        feed=feed,
        territory=people.territory_manager(),
        stranger=people.agent_of(other_hall, email="etranger@ailleurs.example"),
    )


def _over(session: Session, household: Household) -> Enrolment:
    """What was a place of the family in the group of this session."""
    return EnrolmentFactory.create(  # type: ignore[no-any-return]
        basket__household=household,
        member=household.members.order_by("created_at")[0],
        group=session.group,
        state="ended",
        held_until=None,
        ended_at=timezone.now(),
        end_reason="office",
    )


def make_family() -> Household:
    """A family with something in every table that speaks of families."""
    household = HouseholdFactory.create(quotient=820)
    guardian = GuardianFactory.create(household=household, name="Camille Cachée", phone="+33612345699")
    child = MemberFactory.create(given_name="Léa", family_name="Cachée", household=household)
    MemberFactory.create(
        given_name="", family_name="", born_on=None, expected_on=timezone.localdate(), household=household
    )
    SeenPaperFactory.create(household=household, member=child, kind=PaperKind.STATUS, status=Status.STUDENT)
    HealthAttestationFactory.create(member=child)
    HouseholdSessionFactory.create(guardian=guardian)
    SignInCodeFactory.create()
    return household


def _pool_of(hall: Facility) -> Pool:
    """The hall itself where it is a pool, else the bath that whoever runs the hall has besides."""
    if hall.kind == FacilityKind.POOL:
        return PoolFactory.create(facility=hall)
    bath = FacilityFactory.create(
        municipality=hall.municipality, operator=hall.operator, kind=FacilityKind.POOL, name="Bain Bleu"
    )
    return PoolFactory.create(facility=bath)


def _series_in(lane: Lane) -> tuple[UseSeries, LaneUse]:
    """A club that swims in five days, and a week later no more."""
    day = timezone.localdate() + timedelta(days=5)
    series = UseSeries.objects.create(
        pool=lane.basin.pool,
        kind="club",
        label="Club secret",
        weekday=day.weekday(),
        starts=time(9),
        ends=time(10),
        first_day=day,
        last_day=day + timedelta(days=1),
    )
    series.lanes.add(lane)
    use = LaneUseFactory.create(
        lane=lane, label="Club secret", series=series, day=day, period=(at(day, time(9)), at(day, time(10)))
    )
    return series, use


def _session_in(lane: Lane) -> Session:
    """A season in preparation: one group, one date, one opening."""
    season = SeasonFactory.create(operator=lane.basin.pool.facility.operator, name="Saison secrète", is_public=False)
    activity = ActivityFactory.create(season=season, name={"fr": "Plongeon secret"})
    activity.windows.create(audience="everybody", opens_at=timezone.now() + timedelta(days=20))
    announce(season)
    group = GroupFactory.create(activity=activity, basin=lane.basin)
    group.lanes.add(lane)
    return SessionFactory.create(group=group)


def make_full_world() -> World:
    """The world with a row of every table that is traced or says something of a person."""
    world = make_world()
    kind, appointment = world.appointment.type, world.appointment
    world.common.types.add(kind)
    world.opening.types.add(kind)
    FeeFactory.create(types=[kind])
    entry = WaitingListEntryFactory.create(type=kind)
    MorningList.objects.create(facility=world.hall).agents.add(world.agent)
    ReminderPolicyFactory.create()
    Authenticator.objects.create(user=world.agent, type=Authenticator.Type.TOTP, data={})
    for subject_type, subject in (("appointment", appointment), ("waiting", entry), ("visit", world.visit)):
        MessageFactory.create(subject_type=subject_type, subject_id=subject.pk)
        AccessLinkFactory.create(subject_type=subject_type, subject_id=subject.pk)
    make_money(world.agent)
    TownPoints.objects.create(municipality=world.town, valid_from=timezone.localdate(), points=10, decision="fictive")
    over = {"state": "ended", "held_until": None, "ended_at": timezone.now(), "end_reason": "office"}
    enrolment = EnrolmentFactory.create(group=world.session.group, override_reason="fratrie déjà inscrite", **over)
    GivenLevelFactory.create(member=enrolment.member)
    home = enrolment.basket.household
    Waiting.objects.create(group=world.session.group, member=enrolment.member, household=home)
    MorningRegister.objects.create(pool=world.session.group.basin.pool)
    noted = {"session": world.session, "member": enrolment.member, "made_at": timezone.now(), "by": world.agent}
    RegisterMark.objects.create(said=Said.LEVEL, level=2, **noted)
    CalendarEntry.objects.create(appointment=appointment, changed_at=timezone.now(), sequence=0, text="Odile")
    create_resident_feed(subject_type="appointment", subject_id=appointment.pk)
    FeedEntry.objects.create(
        appointment=appointment, level=Privacy.FULL, language="fr", changed_at=timezone.now(), sequence=0, text="Odile"
    )
    UserSession.objects.create(user=world.agent, session_key="over", ip="192.0.2.7", user_agent="Firefox")
    ReadTrace.objects.create(
        staff=world.agent, why=Why.SEARCH, view="x", subject_type="appointment", subject_id=appointment.pk
    )
    with audit.actor(staff_id=world.agent.pk, request_id="0123456789abcdef"):
        Facility.objects.filter(pk=world.hall.pk).update(phone="+33389000000")
    return world
