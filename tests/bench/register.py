"""The register of one session as a coach opens it, with everybody in it marked."""

import statistics
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.activities.models import Basket, Enrolment, Group, RegisterMark, Said, Seat, Session
from booking.activities.models.seasons import Activity, Season
from booking.activities.models.water import Basin, Pool
from booking.payments.models import CashOffice
from booking.residents.models import Household, Member, Membership
from config.demo import places
from municipalities.enums import FacilityKind, OperatorKind, Role
from municipalities.models import Facility, Municipality, Operator, StaffMember, StaffRole
from tests.bench import database
from tests.bench.measure import Row, Size, percentile, sql_time, timed, warm_up

DATABASE = "bench_register"
#: People in the group, and sessions of it that were kept before.
PEOPLE, BEFORE = 20, 30
GOAL = 30


def run(size: Size) -> Iterator[Row]:
    with database.migrated(DATABASE):
        coach, session = _ground()
        client = Client()
        client.force_login(coach, backend="allauth.account.auth_backends.AuthenticationBackend")
        address = reverse("register:session", args=[session.pk])
        statements = 0

        def get() -> None:
            nonlocal statements
            with sql_time() as clock:
                answer = client.get(address)
            assert answer.status_code == 200, answer.status_code
            statements = max(statements, clock.statements)

        warm_up(get)
        statements = 0
        times = [timed(get) for _ in range(size.pick(300, 5))]
        p95 = percentile(times, 95)
        yield Row(
            f"register of a session, {PEOPLE} people",
            f"p50 {statistics.median(times):.0f} ms, p95 {p95:.0f} ms",
            f"{statements} statements",
            goal=f"p95 ≤ {GOAL} ms",
            met=p95 <= GOAL,
        )


def _ground() -> tuple[StaffMember, Session]:
    places.load_municipalities()
    town = Municipality.objects.order_by("-population")[0]
    operator = Operator.objects.create(name="Agglomération", kind=OperatorKind.AGGLOMERATION)
    coach = StaffMember.objects.create_user("bassin@agglo.example", "x", name="Corentin Fictif")
    StaffRole.objects.create(staff=coach, role=Role.COACH, operator=operator)
    facility = Facility.objects.create(
        kind=FacilityKind.POOL,
        name="Piscine",
        slug="piscine",
        municipality=town,
        operator=operator,
        latitude=town.latitude,
        longitude=town.longitude,
    )
    office = CashOffice.objects.create(operator=operator, name="Régie")
    basin = Basin.objects.create(pool=Pool.objects.create(facility=facility, most_heads=900), name="Grand bassin")
    now, today = timezone.now(), timezone.localdate()
    first = today - timedelta(weeks=BEFORE)
    season = Season.objects.create(
        operator=operator, name="Saison", first_day=first, last_day=today + timedelta(days=40), is_public=True
    )
    group = Group.objects.create(
        activity=Activity.objects.create(season=season, code="ecole", kind="school", name={"fr": "École"}),
        code="g",
        basin=basin,
        weekday=today.weekday(),
        starts="14:00",
        ends="14:45",
        first_day=first,
        last_day=season.last_day,
        coach=coach,
        capacity=PEOPLE,
        tariff_code="ecole",
    )
    sessions = [
        Session.objects.create(group=group, starts_at=start, ends_at=start + timedelta(minutes=45))
        for start in (now - timedelta(weeks=week) for week in range(BEFORE))
    ]
    for number in range(1, PEOPLE + 1):
        _swimmer(sessions, number, town, office, coach)
    return coach, sessions[0]


def _swimmer(sessions: list[Session], number: int, town: Municipality, office: CashOffice, coach: StaffMember) -> None:
    household = Household.objects.create(home_municipality=town)
    member = Member.objects.create(
        given_name=f"Léa {number}", family_name="Fictive", born_on="2018-05-04", safety_remark="Asthme" * (number % 3)
    )
    Membership.objects.create(household=household, member=member)
    basket = Basket.objects.create(household=household, office=office, state="paid")
    enrolment = Enrolment.objects.create(
        basket=basket,
        asked_in=basket,
        group=sessions[0].group,
        member=member,
        number=number,
        state="enrolled",
        enrolled_at=timezone.now() - timedelta(weeks=BEFORE),
    )
    Seat.objects.bulk_create(
        Seat(
            enrolment=enrolment,
            session=one,
            member=member,
            number=number,
            period=(one.starts_at, one.ends_at),
        )
        for one in sessions
    )
    RegisterMark.objects.bulk_create(
        RegisterMark(pk=uuid4(), session=one, member=member, said=said, made_at=one.starts_at, by=coach)
        for one in sessions
        for said in (Said.ABSENT, Said.PRESENT)
    )
