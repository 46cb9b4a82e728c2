from datetime import date, datetime, time, timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from booking.appointments.enums import CANCELLED, Audience, KeptFor, Situation, State, TypeKind
from booking.appointments.models import (
    Appointment,
    AppointmentPerson,
    AppointmentType,
    CalendarPool,
    Counter,
    CounterClosure,
    CounterOffering,
    Duration,
    EarlierOffer,
    Fee,
    FreeGap,
    OpeningPeriod,
    PoolShare,
    ReleasePolicy,
    RequiredDocument,
    WaitingListEntry,
)
from municipalities.holidays import public_holidays
from tests.factories.municipalities import FIRST, FacilityFactory, MunicipalityFactory, period


def next_weekday(weekday: int, *, weeks: int = 1) -> date:
    """The given weekday (0 = Monday) of the week that is `weeks` weeks from now; later where that is a holiday."""
    today = timezone.localdate()
    day = today - timedelta(days=today.weekday()) + timedelta(weeks=weeks, days=weekday)
    while day in public_holidays(day.year, insee_code="68400", good_friday=True):
        day += timedelta(weeks=1)
    return day


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """That day at that hour by the clock on the wall."""
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


class AppointmentTypeFactory(DjangoModelFactory[AppointmentType]):
    """An identity card deposit of 20 minutes, 15 more per further person. `durations=None` makes none."""

    class Meta:
        model = AppointmentType
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"motif-{FIRST + n}")
    name = factory.LazyAttribute(lambda o: {"fr": f"Motif {o.code}", "de": f"Grund {o.code}", "en": f"Type {o.code}"})
    kind = TypeKind.DEPOSIT
    needs_number = factory.LazyAttribute(lambda o: o.kind == TypeKind.DEPOSIT)

    class Params:
        collection = factory.Trait(kind=TypeKind.COLLECTION)

    @factory.post_generation
    def durations(obj: AppointmentType, create: bool, extracted: Any, **kwargs: Any) -> None:
        if not create:
            return
        minutes = (20, 35, 50, 65, 80, 95) if extracted is None else extracted
        Duration.objects.bulk_create(
            Duration(type=obj, people=n, minutes=m) for n, m in enumerate(minutes[: obj.max_people], 1)
        )


class DurationFactory(DjangoModelFactory[Duration]):
    class Meta:
        model = Duration

    type = factory.SubFactory(AppointmentTypeFactory, durations=())
    people = 1
    minutes = 20


class CounterFactory(DjangoModelFactory[Counter]):
    """`CounterFactory(types=[…])`: what it serves; nothing unless told."""

    class Meta:
        model = Counter
        skip_postgeneration_save = True

    facility = factory.SubFactory(FacilityFactory)
    name = factory.Sequence(lambda n: f"Guichet {FIRST + n}")

    @factory.post_generation
    def types(obj: Counter, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create and extracted:
            obj.types.set(extracted)


class OpeningPeriodFactory(DjangoModelFactory[OpeningPeriod]):
    """Every Monday from 8:00 to 12:00, since a month ago."""

    class Meta:
        model = OpeningPeriod
        skip_postgeneration_save = True

    counter = factory.SubFactory(CounterFactory)
    weekday = 0
    starts = time(8)
    ends = time(12)
    valid_from = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=30))
    audience = Audience.PUBLIC

    @factory.post_generation
    def types(obj: OpeningPeriod, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create and extracted:
            obj.types.set(extracted)


class CounterClosureFactory(DjangoModelFactory[CounterClosure]):
    class Meta:
        model = CounterClosure

    counter = factory.SubFactory(CounterFactory)
    period = factory.LazyFunction(lambda: period(timezone.now() + timedelta(days=7), days=1))
    reason = factory.LazyFunction(lambda: {"fr": "Panne du dispositif"})


class ReleasePolicyFactory(DjangoModelFactory[ReleasePolicy]):
    """The territory's rule, when neither facility nor type is given."""

    class Meta:
        model = ReleasePolicy
        django_get_or_create = ("facility", "type")

    facility = None
    type = None
    notice_minutes = 120
    horizon_days = 90


class CalendarPoolFactory(DjangoModelFactory[CalendarPool]):
    class Meta:
        model = CalendarPool
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Agenda mutualisé {FIRST + n}")

    @factory.post_generation
    def types(obj: CalendarPool, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create and extracted:
            obj.types.set(extracted)


class PoolShareFactory(DjangoModelFactory[PoolShare]):
    class Meta:
        model = PoolShare

    pool = factory.SubFactory(CalendarPoolFactory)
    counter = factory.SubFactory(CounterFactory)
    shared_from = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=30))


class RequiredDocumentFactory(DjangoModelFactory[RequiredDocument]):
    class Meta:
        model = RequiredDocument
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"piece-{FIRST + n}")
    label = factory.LazyAttribute(lambda o: {"fr": f"Pièce {o.code}"})

    @factory.post_generation
    def types(obj: RequiredDocument, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create and extracted:
            obj.types.set(extracted)


class FeeFactory(DjangoModelFactory[Fee]):
    class Meta:
        model = Fee
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"timbre-{FIRST + n}")
    cents = 8600
    label = factory.LazyAttribute(lambda o: {"fr": f"Timbre {o.code}"})

    @factory.post_generation
    def types(obj: Fee, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create and extracted:
            obj.types.set(extracted)


class FreeGapFactory(DjangoModelFactory[FreeGap]):
    """Next Monday morning of a counter. Tests of searches should rather open the counter and rebuild."""

    class Meta:
        model = FreeGap

    counter = factory.SubFactory(CounterFactory)
    facility = factory.SelfAttribute("counter.facility")
    starts_at = factory.LazyFunction(lambda: at(next_weekday(0), 8))
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + timedelta(hours=4))
    day = factory.LazyAttribute(lambda o: timezone.localdate(o.starts_at))
    audience = Audience.PUBLIC


class OfferFactory(DjangoModelFactory[CounterOffering]):
    class Meta:
        model = CounterOffering

    counter = factory.SubFactory(CounterFactory)
    type = factory.SubFactory(AppointmentTypeFactory)
    facility = factory.SelfAttribute("counter.facility")
    municipality = factory.SelfAttribute("counter.facility.municipality")
    minutes = factory.LazyFunction(lambda: [20, 35, 50, 65, 80, 95])


class AppointmentFactory(DjangoModelFactory[Appointment]):
    """Booked next Monday at 8:00 for one adult who renews an identity card. `people=[…]` of dicts says otherwise.

    Written past the actions: free time is not adjusted. Use the actions where that matters.
    """

    class Meta:
        model = Appointment
        skip_postgeneration_save = True

    reference = factory.Sequence(lambda n: f"T{n:08d}")
    type = factory.SubFactory(AppointmentTypeFactory)
    counter = factory.SubFactory(CounterFactory)
    facility = factory.SelfAttribute("counter.facility")
    starts_at = factory.LazyFunction(lambda: at(next_weekday(0), 8))
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + timedelta(minutes=5 + 15 * o.people_count))
    people_count = 1
    state = State.BOOKED
    kept_for = factory.LazyAttribute(lambda o: KeptFor.WAITING if o.state == State.HELD else "")
    booked_at = factory.LazyAttribute(lambda o: None if o.state == State.HELD else timezone.now())
    cancelled_at = factory.LazyAttribute(lambda o: timezone.now() if o.state in CANCELLED else None)
    changed_at = factory.LazyFunction(timezone.now)
    email = factory.Sequence(lambda n: f"habitant{n}@mail.example")
    home_municipality = factory.SubFactory(MunicipalityFactory)

    @factory.post_generation
    def people(obj: Appointment, create: bool, extracted: Any, **kwargs: Any) -> None:
        if not create or obj.state == State.HELD or extracted is False:
            return
        for position in range(1, obj.people_count + 1):
            given = extracted[position - 1] if extracted else {}
            AppointmentPersonFactory.create(appointment=obj, position=position, **given)


class HoldFactory(AppointmentFactory):
    state = State.HELD
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=10))
    email = ""
    home_municipality = None


class AppointmentPersonFactory(DjangoModelFactory[AppointmentPerson]):
    class Meta:
        model = AppointmentPerson

    appointment = factory.SubFactory(AppointmentFactory, people=False)
    position = 1
    first_name = "Odile"
    last_name = factory.Sequence(lambda n: f"Fictive-{FIRST + n}")
    birth_year = 1980
    situation = Situation.RENEWAL
    pre_application_number = factory.LazyAttributeSequence(
        lambda o, n: f"T{n:09d}" if o.appointment.type.needs_number else ""
    )
    holds_number = factory.LazyAttribute(
        lambda o: (
            bool(o.pre_application_number) and o.appointment.type.is_deposit and o.appointment.state == State.BOOKED
        )
    )


class WaitingListEntryFactory(DjangoModelFactory[WaitingListEntry]):
    """Wants anything in the whole territory in the coming two months; has no appointment yet."""

    class Meta:
        model = WaitingListEntry

    type = factory.SubFactory(AppointmentTypeFactory)
    email = factory.Sequence(lambda n: f"attend{n}@mail.example")
    from_day = factory.LazyFunction(timezone.localdate)
    until_day = factory.LazyAttribute(lambda o: o.from_day + timedelta(days=60))
    created_at = factory.LazyFunction(timezone.now)
    home_municipality = factory.SubFactory(MunicipalityFactory)


class EarlierOfferFactory(DjangoModelFactory[EarlierOffer]):
    class Meta:
        model = EarlierOffer

    entry = factory.SubFactory(WaitingListEntryFactory)
    hold = factory.SubFactory(HoldFactory)
    facility = factory.SelfAttribute("hold.facility")
    starts_at = factory.SelfAttribute("hold.starts_at")
    offered_at = factory.LazyFunction(timezone.now)
    deadline = factory.LazyAttribute(lambda o: o.offered_at + timedelta(hours=2))
