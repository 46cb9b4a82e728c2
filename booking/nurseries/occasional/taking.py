"""What a family does with a half-day: takes it and confirms within ten minutes, waits for it, answers, gives it back.

That a place is one child's at a time is the database's: of twenty who take the last one, nineteen read that it is
taken. Every change of a stay holds its row and looks at its state.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from booking.nurseries.enums import ApplicationState
from booking.nurseries.models import (
    ApplicationChild,
    Nursery,
    OccasionalAdmission,
    OccasionalPlace,
    OccasionalStay,
    OccasionalWish,
)
from booking.nurseries.models.occasional import ASKED_STAYS, LIVE_STAYS, StayState
from booking.nurseries.occasional import messages
from booking.nurseries.occasional.days import DAYS_AHEAD, HOLD, HalfDay, care_of, section_of
from booking.nurseries.occasional.exceptions import (
    AnsweredAlready,
    FileIsOver,
    HalfDayIsPast,
    HoldIsOver,
    NotAdmitted,
    NotYetOpen,
    StillFree,
    TakenMeanwhile,
    ThereAlready,
    TooLateToGiveBack,
    WaitsAlready,
)
from booking.nurseries.occasional.waiting import end_wish, is_live, offer_next
from municipalities.database.transactions import inner_transaction, patient_transaction, refused_by


def hold(*, child: ApplicationChild, nursery: Nursery, day: date, half: str) -> OccasionalStay:
    """A free place for the child, for ten minutes. The lowest number first.

    Raises FileIsOver, NotAdmitted, HalfDayIsPast, NotYetOpen, ThereAlready, TakenMeanwhile, Busy.
    """
    now = timezone.now()
    with patient_transaction():
        section = _may_take(child, nursery, day, half, now)
        free = OccasionalPlace.objects.free().filter(nursery=nursery, day=day, half=half, section=section)
        for place in free.order_by("number"):
            try:
                with inner_transaction():
                    return OccasionalStay.objects.create(
                        place=place,
                        child=child,
                        day=day,
                        half=half,
                        state=StayState.HELD,
                        made_at=now,
                        changed_at=now,
                        until=now + HOLD,
                    )
            except IntegrityError as error:
                if refused_by(error, "child_is_at_one_place_each_half_day"):
                    raise ThereAlready from error
                if not refused_by(error, "occasional_place_is_one_childs"):
                    raise
        raise TakenMeanwhile


def _may_take(child: ApplicationChild, nursery: Nursery, day: date, half: str, now: datetime) -> str:
    """The section of the child on that day."""
    fresh = ApplicationChild.objects.select_related("application", "member").get(pk=child.pk)
    if not is_live(fresh):
        raise FileIsOver
    section = section_of(fresh, day)
    if not section or not OccasionalAdmission.objects.standing().filter(child=fresh, nursery=nursery).exists():
        raise NotAdmitted
    if HalfDay(care_of(nursery), day, half).begins_at <= now:
        raise HalfDayIsPast
    if day > timezone.localdate(now) + timedelta(days=DAYS_AHEAD):
        raise NotYetOpen
    if OccasionalStay.objects.filter(child=fresh, day=day, half=half, state__in=LIVE_STAYS).exists():
        raise ThereAlready
    return section


@contextmanager
def _changing(stay_id: UUID) -> Iterator[OccasionalStay]:
    """The stay alone. Raises Busy."""
    with patient_transaction():
        yield OccasionalStay.objects.select_for_update().get(pk=stay_id)


def confirm(*, stay_id: UUID) -> None:
    """What was chosen, or offered, is the child's. Raises HoldIsOver, AnsweredAlready, FileIsOver, Busy."""
    now = timezone.now()
    with _changing(stay_id) as stay:
        if stay.state not in ASKED_STAYS:
            raise HoldIsOver if stay.state == StayState.LAPSED else AnsweredAlready
        if stay.until is None or stay.until <= now:
            raise HoldIsOver
        child = ApplicationChild.objects.select_related("application").get(pk=stay.child_id)
        if not is_live(child):
            raise FileIsOver
        stay.was_taken_at = now
        _move(stay, StayState.TAKEN, now)
        end_wish(stay, now)
        messages.owe(child.application, messages.TAKEN, stay=str(stay.pk))


def let_go(*, stay_id: UUID) -> None:
    """Not confirmed, or not wanted any more once it is offered: the next one is asked. Raises AnsweredAlready, Busy."""
    now = timezone.now()
    with _changing(stay_id) as stay:
        if stay.state not in ASKED_STAYS:
            raise AnsweredAlready
        was_offered = stay.state == StayState.OFFERED
        _move(stay, StayState.GIVEN_BACK, now)
        if was_offered:
            end_wish(stay, now)
        offer_next(stay.place, now)


def give_back(*, stay_id: UUID) -> None:
    """A half-day that was taken, until the hour its nursery says. Raises TooLateToGiveBack, AnsweredAlready, Busy."""
    now = timezone.now()
    with _changing(stay_id) as stay:
        if stay.state != StayState.TAKEN:
            raise AnsweredAlready
        if HalfDay(care_of(stay.place.nursery), stay.day, stay.half).given_back_by <= now:
            raise TooLateToGiveBack
        _move(stay, StayState.GIVEN_BACK, now)
        offer_next(stay.place, now)


def wait(*, child: ApplicationChild, nursery: Nursery, day: date, half: str) -> None:
    """For a half-day that is full. Raises what `hold` raises, StillFree, WaitsAlready, NotYetOpen."""
    now = timezone.now()
    with patient_transaction():
        section = _may_take(child, nursery, day, half, now)
        there = OccasionalPlace.objects.filter(nursery=nursery, day=day, half=half, section=section)
        # Held, so that a place given back at this instant is seen: it is free here, or its next is looked for after.
        if not list(there.select_for_update().order_by("pk")):
            raise NotYetOpen
        if there.free().exists():
            raise StillFree
        try:
            with inner_transaction():
                OccasionalWish.objects.create(
                    child=child, nursery=nursery, day=day, half=half, section=section, asked_at=now
                )
        except IntegrityError as error:
            if refused_by(error, "child_waits_once_for_a_half_day"):
                raise WaitsAlready from error
            raise


def stop_waiting(*, wish: OccasionalWish) -> None:
    """Twice is once."""
    with patient_transaction():
        OccasionalWish.objects.filter(pk=wish.pk, ended_at__isnull=True).update(ended_at=timezone.now())


def _move(stay: OccasionalStay, state: StayState, now: datetime) -> None:
    stay.state, stay.until, stay.changed_at = state, None, now
    stay.save(update_fields=["state", "until", "changed_at", "was_taken_at"])


# -- what happens by itself


def lapse_due(now: datetime | None = None) -> int:
    """Holds and offers nobody answered; each place goes to the next. Safe to run anywhere, any number of times."""
    now = now or timezone.now()
    due = OccasionalStay.objects.filter(state__in=ASKED_STAYS, until__lte=now)
    done = 0
    for pk in list(due.order_by("until").values_list("pk", flat=True)[:500]):
        with _changing(pk) as stay:
            if stay.state not in ASKED_STAYS or stay.until is None or stay.until > now:
                continue
            was_offered = stay.state == StayState.OFFERED
            _move(stay, StayState.LAPSED, now)
            if was_offered:
                end_wish(stay, now)
            offer_next(stay.place, now)
            done += 1
    return done


def give_back_ended() -> int:
    """Half-days to come of children whose request is over, or who are admitted no more, go on. Returns how many."""
    now = timezone.now()
    ahead = OccasionalStay.objects.filter(state__in=LIVE_STAYS, day__gt=timezone.localdate(now))
    here = OccasionalAdmission.objects.standing().filter(child=OuterRef("child"), nursery=OuterRef("place__nursery"))
    goes_on = Q(child__is_live=True, child__application__state=ApplicationState.COMPLETE) & Exists(here)
    done = 0
    for pk in list(ahead.filter(~goes_on).order_by("pk").values_list("pk", flat=True)):
        with _changing(pk) as mine:
            if mine.state in LIVE_STAYS:
                _move(mine, StayState.GIVEN_BACK, now)
                offer_next(mine.place, now)
                done += 1
    return done
