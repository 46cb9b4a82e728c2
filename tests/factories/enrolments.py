"""A course that can be enrolled in and paid for, and a family that may."""

from datetime import date, datetime, timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from booking.activities.models import (
    Activity,
    Audience,
    Basket,
    Enrolment,
    GivenLevel,
    Group,
    PriceRow,
    Tariff,
    TariffGrid,
    Window,
)
from booking.payments.models import CashOffice
from booking.residents.models import Guardian, Household, Member
from municipalities.enums import FacilityKind
from municipalities.models import Municipality, Operator
from tests.factories.activities import BasinFactory, PoolFactory
from tests.factories.municipalities import FacilityFactory, MunicipalityFactory, OperatorFactory, StaffMemberFactory
from tests.factories.offer import ActivityFactory, GroupFactory, SeasonFactory, SessionFactory, TariffGridFactory
from tests.factories.payments import CashOfficeFactory
from tests.factories.residents import GuardianFactory, HouseholdFactory, MemberFactory, SeenPaperFactory

#: A child of eight in the season of these tests.
BORN = date(2018, 5, 4)


class BasketFactory(DjangoModelFactory[Basket]):
    class Meta:
        model = Basket

    household = factory.SubFactory(HouseholdFactory)
    office = factory.SubFactory(CashOfficeFactory)


class EnrolmentFactory(DjangoModelFactory[Enrolment]):
    """A number that is held, without seats: those are taken by the actions alone."""

    class Meta:
        model = Enrolment

    basket = factory.SubFactory(BasketFactory)
    group = factory.SubFactory(GroupFactory)
    member = factory.SubFactory(MemberFactory)
    number = 1
    price = factory.LazyFunction(lambda: {"version": "fictive", "lines": [], "remarks": []})
    held_until = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=20))


class GivenLevelFactory(DjangoModelFactory[GivenLevel]):
    class Meta:
        model = GivenLevel

    member = factory.SubFactory(MemberFactory)
    level = 2
    given_by = factory.SubFactory(StaffMemberFactory)


def prices(operator: Operator) -> TariffGrid:
    """A grid in force: the swimming school at 90 € with 20 % off for a second child, what is free, what is 50 cents."""
    begun = timezone.localdate() - timedelta(days=30)
    grid = TariffGridFactory.create(operator=operator, valid_from=begun, priced=True)
    for code, cents in {"gratuit": 0, "sou": 50}.items():
        tariff = Tariff.objects.create(grid=grid, code=code, label={"fr": code})
        PriceRow.objects.create(tariff=tariff, cents=cents)
    # What is sold by the season and by the session.
    for code, cents in {"velo": 1200, "essai": 0}.items():
        tariff = Tariff.objects.create(grid=grid, code=code, label={"fr": code})
        PriceRow.objects.create(tariff=tariff, cents=9000)
        PriceRow.objects.create(tariff=tariff, unit="session", cents=cents)
    TariffGrid.objects.filter(pk=grid.pk).update(published_at=timezone.now())
    return grid


def water(name: str = "Piscine d’essai", **fields: Any) -> Any:
    """A basin whose operator has a season, a cash office and prices."""
    operator = fields.pop("operator", None) or OperatorFactory.create()
    facility = FacilityFactory.create(kind=FacilityKind.POOL, name=name, operator=operator, **fields)
    basin = BasinFactory.create(pool=PoolFactory.create(facility=facility))
    if not CashOffice.objects.filter(operator=operator).exists():
        CashOfficeFactory.create(operator=operator)
        prices(operator)
    return basin


def course(
    basin: Any,
    *,
    sessions: int = 3,
    days: int = 9,
    hour: int = 14,
    open_to: Audience | None = Audience.EVERYBODY,
    opens_at: datetime | None = None,
    activity: Activity | None = None,
    **fields: Any,
) -> Group:
    """A group that meets every week, the first time in so many days, and that one may enrol in."""
    operator = basin.pool.facility.operator
    if activity is None:
        season = fields.pop("season", None) or SeasonFactory.create(operator=operator)
        activity = ActivityFactory.create(season=season)
    group = GroupFactory.create(activity=activity, basin=basin, **fields)
    start = timezone.localtime().replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=days)
    for week in range(sessions):
        SessionFactory.create(group=group, starts_at=start + timedelta(days=7 * week))
    if open_to is not None:
        opens_at = opens_at or timezone.now() - timedelta(days=1)
        Window.objects.update_or_create(activity=activity, audience=open_to, defaults={"opens_at": opens_at})
    return group


def family(home: Municipality | None = None, *, children: int = 1, **fields: Any) -> Guardian:
    """An adult who is signed in anywhere, with children of eight; the home is one of the territory, and proved."""
    home = home or MunicipalityFactory.create(is_member=True)
    household = HouseholdFactory.create(home_municipality=home, **fields)
    SeenPaperFactory.create(household=household)
    for _child in range(children):
        MemberFactory.create(household=household, born_on=BORN)
    return GuardianFactory.create(household=household)


def child_of(household: Household, place: int = 0) -> Member:
    return list(household.members.order_by("created_at"))[place]
