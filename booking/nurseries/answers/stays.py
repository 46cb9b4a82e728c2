"""Entry, real week and exit of a child who was admitted, as its operator reports them.

The list of the children who are there changes in the same transaction, so that forecast, public page and next round
count each child once. The request is closed when the last of its children has come, and kept until three years after
the last has left.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError
from django.utils import timezone

from booking.nurseries.answers.exceptions import (
    LeavesBeforeItCame,
    LeftAlready,
    NotAdmitted,
    NotYourNursery,
    NumberIsTaken,
    TooFarAhead,
)
from booking.nurseries.documents.papers import forget_documents
from booking.nurseries.enums import ApplicationState
from booking.nurseries.models import ApplicationChild, NurseryApplication, NurseryOffer, PresentChild, Stay
from booking.nurseries.models.offers import OfferState
from booking.nurseries.models.requests import LIVE
from booking.nurseries.supply import saving
from booking.nurseries.supply import stays as rows
from municipalities.database.transactions import inner_transaction, patient_transaction, refused_by
from municipalities.models import StaffMember
from notifications.outbox import withdraw

#: The place is a family's.
ADMITTED = (OfferState.ACCEPTED, OfferState.HELD)
#: An entry may be reported so long before it.
AHEAD = timedelta(days=31)


def enter(
    *,
    offer: NurseryOffer,
    number: str,
    entered_on: date,
    half_days: list[str],
    week_hours: Decimal | None = None,
    section: str = "",
    is_guaranteed: bool = False,
    by: StaffMember,
) -> Stay:
    """The child has come. Raises NotYourNursery, NotAdmitted, NumberIsTaken, TooFarAhead, Contradiction, Busy."""
    if not NurseryOffer.objects.visible_to(by).filter(pk=offer.pk).exists():
        raise NotYourNursery
    if entered_on > timezone.localdate() + AHEAD:
        raise TooFarAhead
    with patient_transaction(by=by):
        nursery = saving.locked(offer.nursery_id)
        mine = NurseryOffer.objects.select_for_update().get(pk=offer.pk)
        if mine.state not in ADMITTED or Stay.objects.filter(offer=mine).exists():
            raise NotAdmitted
        child = ApplicationChild.objects.select_related("member").get(pk=mine.child_id)
        born = rows.month_start(child.member.born_on or child.member.expected_on or entered_on)
        known = PresentChild.objects.filter(nursery=nursery, number=number).first()
        if known is not None and known.born != born:
            raise NumberIsTaken
        stay = Stay(
            offer=mine,
            nursery=nursery,
            number=number,
            entered_on=entered_on,
            half_days=half_days,
            week_hours=week_hours,
        )
        try:
            with inner_transaction():
                stay.save()
        except IntegrityError as error:
            if refused_by(error, "number_is_one_childs_at_a_nursery"):
                raise NumberIsTaken from error
            raise
        rows.write_row(stay, born, section=section, is_guaranteed=is_guaranteed)
        if mine.state == OfferState.ACCEPTED:
            _close(child)
    return stay


def _close(child: ApplicationChild) -> None:
    """Nothing more is asked for this child; nor for its family, when it was the last one, whose papers go."""
    ApplicationChild.objects.filter(pk=child.pk).update(is_live=False)
    application = NurseryApplication.objects.select_for_update().get(pk=child.application_id)
    if application.state in LIVE and not application.children.filter(is_live=True).exists():
        application.state_before, application.state = application.state, ApplicationState.CLOSED
        application.ended_at = timezone.now()
        application.save(update_fields=["state_before", "state", "ended_at"])
        withdraw(subject_id=application.pk)
        forget_documents([application.pk], application.ended_at)


def change_week(*, stay: Stay, half_days: list[str], week_hours: Decimal | None, by: StaffMember) -> None:
    """The week as it really is, from now on. Raises NotYourNursery, LeftAlready, Contradiction, Busy."""
    with _changing(stay, by) as mine:
        mine.half_days, mine.week_hours = half_days, week_hours
        mine.save(update_fields=["half_days", "week_hours"])
        rows.write_row(mine, _born(mine))


def leave(*, stay: Stay, left_on: date, by: StaffMember) -> None:
    """The child leaves on that day, past or to come; its place goes on from the month after.

    Raises NotYourNursery, LeftAlready, LeavesBeforeItCame, Busy.
    """
    with _changing(stay, by) as mine:
        if left_on < mine.entered_on:
            raise LeavesBeforeItCame
        rows.end(mine, left_on)
        if rows.row_of(mine) is not None:
            rows.write_row(mine, _born(mine))
        let_go()


@contextmanager
def _changing(stay: Stay, by: StaffMember) -> Iterator[Stay]:
    """The stay alone, with its nursery, while the child is there. Raises NotYourNursery, LeftAlready, Busy."""
    if not Stay.objects.visible_to(by).filter(pk=stay.pk).exists():
        raise NotYourNursery
    with patient_transaction(by=by):
        saving.locked(stay.nursery_id)
        mine = Stay.objects.select_for_update().get(pk=stay.pk)
        if mine.left_on is not None:
            raise LeftAlready
        yield mine


def _born(stay: Stay) -> date:
    row = rows.row_of(stay)
    return row.born if row is not None else rows.month_start(stay.entered_on)


def let_go(now: datetime | None = None) -> int:
    """Places of children who have left stand no longer. Returns how many. Safe to run any number of times."""
    now = now or timezone.now()
    gone = NurseryOffer.objects.filter(state__in=ADMITTED, stay__left_on__lt=timezone.localdate(now))
    return gone.update(state=OfferState.LEFT, freed_at=now)
