"""Nurseries, what they may take in, and the children who are there."""

from datetime import date, timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from booking.nurseries.enums import HALF_DAYS, ApplicationState, Purpose, Situation
from booking.nurseries.models import (
    ApplicationChild,
    ApplicationParent,
    CareNeed,
    CommissionMeeting,
    HeldBack,
    Nursery,
    NurseryApplication,
    NurseryOpening,
    PresentChild,
    TownChildcare,
)
from booking.nurseries.models.requests import ENDED, LIVE
from booking.residents.references import new_reference
from municipalities.enums import FacilityKind, OperatorKind
from tests.factories.municipalities import FIRST, FacilityFactory, MunicipalityFactory, OperatorFactory
from tests.factories.residents import MemberFactory


def this_month() -> date:
    return timezone.localdate().replace(day=1)


class NurseryFactory(DjangoModelFactory[Nursery]):
    """Run by a contract holder of its own, its places shared out by an agglomeration."""

    class Meta:
        model = Nursery

    facility = factory.SubFactory(
        FacilityFactory,
        kind=FacilityKind.NURSERY,
        name=factory.Sequence(lambda n: f"Les Petits Pas {FIRST + n}"),
        operator=factory.SubFactory(OperatorFactory),
    )
    authority = factory.SubFactory(OperatorFactory, kind=OperatorKind.AGGLOMERATION)


class NurseryApplicationFactory(DjangoModelFactory[NurseryApplication]):
    """A family's request by link, received and complete, of one child born in spring who asks for three whole days."""

    class Meta:
        model = NurseryApplication

    reference = factory.LazyFunction(new_reference)
    state = ApplicationState.COMPLETE
    authority = factory.SubFactory(OperatorFactory, kind=OperatorKind.AGGLOMERATION)
    email = factory.Sequence(lambda n: f"famille{FIRST + n}@mail.example")
    received_at = factory.LazyFunction(timezone.now)
    confirmed_at = factory.LazyFunction(timezone.now)
    ended_at = factory.LazyAttribute(lambda one: timezone.now() if one.state in ENDED else None)


class ApplicationChildFactory(DjangoModelFactory[ApplicationChild]):
    class Meta:
        model = ApplicationChild

    application = factory.SubFactory(NurseryApplicationFactory)
    member = factory.SubFactory(MemberFactory)
    rank = 1
    is_live = factory.LazyAttribute(lambda one: one.application.state in LIVE)
    complete_on = factory.LazyFunction(timezone.localdate)


class CareNeedFactory(DjangoModelFactory[CareNeed]):
    class Meta:
        model = CareNeed

    child = factory.SubFactory(ApplicationChildFactory)
    start_month = factory.LazyFunction(lambda: timezone.localdate().replace(day=1))
    half_days = ("mon_am", "mon_pm", "tue_am", "tue_pm", "thu_am", "thu_pm")
    down_to = 3


class ApplicationParentFactory(DjangoModelFactory[ApplicationParent]):
    class Meta:
        model = ApplicationParent

    application = factory.SubFactory(NurseryApplicationFactory)
    rank = 1
    name = "Odile Meyer"
    address = "3 rue des Tilleuls"
    situation = Situation.EMPLOYED


class NurseryOpeningFactory(DjangoModelFactory[NurseryOpening]):
    """Ten children on every half-day, from this month on."""

    class Meta:
        model = NurseryOpening

    nursery = factory.SubFactory(NurseryFactory)
    first_month = factory.LazyFunction(this_month)
    authorised = factory.LazyFunction(lambda: dict.fromkeys(HALF_DAYS, 10))


class HeldBackFactory(DjangoModelFactory[HeldBack]):
    class Meta:
        model = HeldBack

    nursery = factory.SubFactory(NurseryFactory)
    purpose = Purpose.EMERGENCY
    places = 1
    first_month = factory.LazyFunction(this_month)
    last_month = factory.LazyFunction(this_month)


class PresentChildFactory(DjangoModelFactory[PresentChild]):
    """Eighteen months old, there the whole week, without known exit."""

    class Meta:
        model = PresentChild

    nursery = factory.SubFactory(NurseryFactory)
    number = factory.Sequence(lambda n: f"E{FIRST + n}")
    born = factory.LazyFunction(lambda: (this_month() - timedelta(days=540)).replace(day=1))
    half_days = factory.LazyFunction(lambda: list(HALF_DAYS))


class TownChildcareFactory(DjangoModelFactory[TownChildcare]):
    class Meta:
        model = TownChildcare

    municipality = factory.SubFactory(MunicipalityFactory)
    childminders = 40
    relay_name = "Relais petite enfance d’essai"


class CommissionMeetingFactory(DjangoModelFactory[CommissionMeeting]):
    class Meta:
        model = CommissionMeeting

    authority = factory.SubFactory(OperatorFactory, kind=OperatorKind.AGGLOMERATION)
    meets_on = factory.Sequence(lambda n: timezone.localdate() + timedelta(days=30 + n))
    files_until = factory.LazyAttribute(lambda o: o.meets_on - timedelta(days=14))
    about = factory.LazyFunction(lambda: {"fr": "Entrées de septembre"})
