"""What an operator does: opens and closes half-days, says its hours, admits children, passes its list on."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from django.db import IntegrityError
from django.db.models import Max
from django.utils import timezone

from booking.nurseries.enums import CareKind
from booking.nurseries.models import (
    ApplicationChild,
    Nursery,
    OccasionalAdmission,
    OccasionalCare,
    OccasionalPlace,
)
from booking.nurseries.models.occasional import LIVE_STAYS, OccasionalStay
from booking.nurseries.models.requests import LIVE
from booking.nurseries.occasional import messages
from booking.nurseries.occasional.days import DAYS_AHEAD, HalfDay, care_of, weekly
from booking.nurseries.occasional.exceptions import (
    FileIsOver,
    HalfDayIsPast,
    IsClosed,
    MoreThanFree,
    NotYetOpen,
    PlaceIsTaken,
    TakesNoOccasional,
)
from booking.nurseries.occasional.waiting import offer_next
from booking.nurseries.supply import reading
from booking.nurseries.supply.saving import locked
from municipalities.database.transactions import inner_transaction, patient_transaction, refused_by
from municipalities.holidays import public_holidays
from municipalities.models import Closure, StaffMember


def open_places(
    *, nursery: Nursery, day: date, half: str, section: str, number: int, by: StaffMember | None
) -> list[OccasionalPlace]:
    """So many places more of a section on a half-day; whoever waits for it is asked at once, one for each place.

    Raises TakesNoOccasional, HalfDayIsPast, NotYetOpen, IsClosed, MoreThanFree, Busy.
    """
    with patient_transaction(by=by):
        mine = locked(nursery.pk)
        if not mine.accepts_occasional:
            raise TakesNoOccasional
        now = timezone.now()
        if HalfDay(care_of(mine), day, half).begins_at <= now:
            raise HalfDayIsPast
        if day > timezone.localdate(now) + timedelta(days=DAYS_AHEAD):
            raise NotYetOpen
        free = free_in(mine, day, half, section)
        if free < number:
            raise MoreThanFree(free)
        there = OccasionalPlace.objects.filter(nursery=mine, day=day, half=half)
        last = there.filter(section=section).aggregate(last=Max("number"))["last"] or 0
        made = [
            OccasionalPlace(nursery=mine, day=day, half=half, section=section, number=last + nth, opened_by=by)
            for nth in range(1, number + 1)
        ]
        OccasionalPlace.objects.bulk_create(made)
        for place in made:
            offer_next(place)
    return made


def free_in(nursery: Nursery, day: date, half: str, section: str) -> int:
    """Places of a section that could still be opened, as round and forecast count what is free. Raises IsClosed.

    Of every section as many children are there as places are open.
    """
    if is_closed(nursery, day):
        raise IsClosed
    month = reading.month_of(day)
    read = reading.with_supply(Nursery.objects.filter(pk=nursery.pk), since=month).get()
    moment = reading.horizon(month, 1).moments(reading.capacity_of(read)).get((month, weekly(day, half)))
    if moment is None:
        raise IsClosed
    opened = OccasionalPlace.objects.filter(nursery=nursery, day=day, half=half).values_list("section", flat=True)
    return replace(moment, there=Counter(moment.there) + Counter(opened)).free_in(section)


def is_closed(nursery: Nursery, day: date) -> bool:
    """On a public holiday of its town, or while a closure takes the middle of the day."""
    facility = (
        Nursery.objects.select_related("facility__municipality", "facility__operator").get(pk=nursery.pk).facility
    )
    town = facility.municipality
    if day in public_holidays(day.year, insee_code=town.insee_code, good_friday=town.good_friday_is_holiday):
        return True
    noon = timezone.make_aware(datetime.combine(day, time(12)))
    return Closure.objects.of(facility).filter(period__contains=noon).exists()


def close_place(*, place: OccasionalPlace, by: StaffMember) -> None:
    """A free place is offered no more. Raises PlaceIsTaken."""
    with patient_transaction(by=by):
        mine = OccasionalPlace.objects.select_for_update().get(pk=place.pk)
        if OccasionalStay.objects.filter(place=mine, state__in=LIVE_STAYS).exists():
            raise PlaceIsTaken
        mine.delete()


def say_hours(*, care: OccasionalCare, by: StaffMember) -> None:
    """From a validated instance."""
    with patient_transaction(by=by):
        care.save()


def note_sent(*, nurseries: list[Nursery], by: StaffMember) -> None:
    """The operator has passed on its list of free places."""
    with patient_transaction(by=by):
        for one in nurseries:
            OccasionalCare.objects.update_or_create(nursery=one, defaults={"sent_at": timezone.now()})


def admit(*, child: ApplicationChild, nursery: Nursery, by: StaffMember) -> OccasionalAdmission:
    """The family may take half-days there by its link, which it gets now. Twice is once.

    Raises TakesNoOccasional, FileIsOver, Busy.
    """
    if not nursery.accepts_occasional:
        raise TakesNoOccasional
    with patient_transaction(by=by):
        mine = ApplicationChild.objects.select_for_update().get(pk=child.pk)
        if not mine.is_live or mine.application.state not in LIVE or mine.need.kind != CareKind.OCCASIONAL:
            raise FileIsOver
        try:
            with inner_transaction():
                made = OccasionalAdmission.objects.create(child=mine, nursery=nursery, admitted_by=by)
        except IntegrityError as error:
            if refused_by(error, "child_is_admitted_once_for_occasional_care"):
                return OccasionalAdmission.objects.standing().get(child=mine, nursery=nursery)
            raise
        messages.owe(mine.application, messages.ADMITTED, admission=str(made.pk))
    return made


def end_admission(*, admission: OccasionalAdmission, by: StaffMember) -> None:
    """Nothing more is taken; half-days that are to come go on to others."""
    with patient_transaction(by=by):
        OccasionalAdmission.objects.standing().filter(pk=admission.pk).update(ended_at=timezone.now())


def to_send(staff: StaffMember) -> int:
    """Free places of this person's nurseries, once their list was not passed on for a week; 0 before."""
    week_ago = timezone.now() - timedelta(days=7)
    late = Nursery.objects.run_by(staff).filter(accepts_occasional=True).exclude(occasional__sent_at__gt=week_ago)
    return OccasionalPlace.objects.free().filter(nursery__in=late, day__gt=timezone.localdate()).count()
