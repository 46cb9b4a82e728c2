"""Somebody does not come to one session: said in time their seat is free for others, and theirs again while it is.

The seat's row decides between two presses; the constraint of the seats between whoever takes it back and whoever buys
it. An absence is no refund; where the group's rule says so it opens a seat in another group of the activity.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.activities.enrolling import numbers
from booking.activities.enrolling.eligibility import Why, obstacles_to_one
from booking.activities.enrolling.holding import SEAT_TAKEN
from booking.activities.enrolling.messages import owe_ticket
from booking.activities.enrolling.numbers import Wanted
from booking.activities.enrolling.people import Family
from booking.activities.enrolling.refusals import SameTime
from booking.activities.models import EndReason, Enrolment, EnrolmentState, Seat, Session
from booking.activities.models.seasons import CreditRule
from booking.activities.seasons.numbering import ONE_PLACE_AT_A_TIME
from booking.activities.seasons.offered import Offered, offered
from booking.activities.singles import letters
from booking.activities.singles.remaining import Remaining, remaining
from municipalities.database.transactions import inner_transaction, patient_transaction, refused_by
from municipalities.exceptions import Refusal
from municipalities.wording import say_moment

#: How far ahead a session that was missed may be made up for, and how many are shown.
CATCH_UP_WITHIN, SHOWN = timedelta(days=60), 12
#: And for how long after it was missed.
OPEN_FOR = timedelta(days=60)


class NoSeatOfYours(Refusal):
    code = "no_seat_of_yours"
    sentence = _("Cette place n’est plus la vôtre, ou la séance n’a pas lieu : rien n’est changé.")


class AbsenceTooLate(Refusal):
    """The group says until when an absence frees a seat; after that nobody could use it."""

    code = "absence_too_late"
    sentence = _("Il est trop tard pour libérer cette place : elle reste la vôtre.")

    def __init__(self, until: datetime | None = None) -> None:
        said = gettext(
            "Il est trop tard pour libérer cette place : on le dit au plus tard %(when)s. Elle reste la vôtre."
        )
        super().__init__(said % {"when": say_moment(until)} if until else None)


class SeatSold(Refusal):
    code = "seat_sold"
    sentence = _("Votre place a été prise par quelqu’un d’autre : elle ne peut plus être reprise.")


class MadeUp(Refusal):
    code = "made_up"
    sentence = _("Cette séance est déjà rattrapée dans un autre groupe : votre place ne peut plus être reprise.")


class NothingToMakeUp(Refusal):
    code = "nothing_to_make_up"
    sentence = _("Aucune séance n’est à rattraper ici : elle l’est déjà, ou la règle du groupe ne le prévoit pas.")


def is_absence(seat: Seat) -> bool:
    """Whether it is free because the family said so, and not the pool. Session and enrolment come with the seat."""
    return (
        seat.freed_at is not None
        and seat.freed_at != seat.session.called_off_at
        and seat.enrolment.state == EnrolmentState.ENROLLED
    )


def announce(*, seat: Seat, now: datetime | None = None) -> None:
    """The seat is free for others; the number stays. A second press changes nothing. Each adult is told.

    Raises NoSeatOfYours, AbsenceTooLate.
    """
    now = now or timezone.now()
    with patient_transaction():
        mine = _locked(seat)
        if is_absence(mine):
            return
        if mine.freed_at is not None or mine.enrolment.state != EnrolmentState.ENROLLED:
            raise NoSeatOfYours
        until = mine.session.absence_until
        if now >= until:
            raise AbsenceTooLate(until)
        Seat.objects.filter(pk=mine.pk).update(freed_at=now)
        letters.owe_absence(mine, now=now)


def take_back(*, seat: Seat, now: datetime | None = None) -> None:
    """It is theirs again, until the session begins. A second press changes nothing.

    Raises NoSeatOfYours, MadeUp, SeatSold, SameTime.
    """
    now = now or timezone.now()
    with patient_transaction():
        mine = _locked(seat)
        if mine.freed_at is None and mine.enrolment.state == EnrolmentState.ENROLLED:
            return
        if not is_absence(mine) or mine.session.is_called_off or mine.session.starts_at <= now:
            raise NoSeatOfYours
        if mine.made_up_by_id is not None:
            raise MadeUp
        if not _is_taken_again(mine):
            # A hold whose time is over keeps nobody from their own place.
            numbers.release_expired(group=mine.session.group_id, now=now)
            if not _is_taken_again(mine):
                raise SeatSold


def _is_taken_again(seat: Seat) -> bool:
    try:
        with inner_transaction():
            Seat.objects.filter(pk=seat.pk).update(freed_at=None)
    except IntegrityError as error:
        if refused_by(error, ONE_PLACE_AT_A_TIME):
            raise SameTime from error
        if refused_by(error, SEAT_TAKEN):
            return False
        raise
    return True


def _locked(seat: Seat) -> Seat:
    """As it is now, to the end of the transaction, with its session, group and enrolment."""
    locked = Seat.objects.select_for_update(of=("self",), no_key=True).get(pk=seat.pk)
    locked.session = Session.objects.select_related("group").get(pk=locked.session_id)
    locked.enrolment = Enrolment.objects.get(pk=locked.enrolment_id)
    return locked


def may_make_up(seat: Seat, *, now: datetime) -> bool:
    """Whether a seat in another group is open for it still: by the group's rule after an absence or a session called
    off, and always for what was such a seat itself and the pool has called off. Session, group and enrolment come
    with it.
    """
    if seat.freed_at is None or seat.made_up_by_id is not None or seat.session.starts_at <= now - OPEN_FOR:
        return False
    if place_now(seat).state != EnrolmentState.ENROLLED:
        return False
    if seat.session.group.credit_rule == CreditRule.CATCH_UP:
        return True
    return seat.session.is_called_off and Seat.objects.filter(made_up_by=seat.enrolment_id).exists()


def place_now(seat: Seat) -> Enrolment:
    """The enrolment that a seat is of; for what was missed before the place went on in another group, what it is there.
    A query for each time that it did.
    """
    place = seat.enrolment
    while place.end_reason == EndReason.MOVED and place.ended_at is not None and seat.period.lower <= place.ended_at:
        following = Enrolment.objects.filter(moved_from=place).order_by("created_at").first()
        if following is None:
            break
        place = following
    return place


@dataclass(frozen=True)
class Instead:
    """A session of another group of the activity in which a seat is left."""

    group: Offered
    place: Remaining


def instead_of(seat: Seat, family: Family, *, now: datetime) -> Sequence[Instead]:
    """Where this may be made up for, the earliest first. Two queries; the family is the one that looks."""
    person = family.persons.get(seat.member_id)
    if person is None or not may_make_up(seat, now=now):
        return []
    here = seat.session.group
    others = {pk: one for pk, one in offered().items() if one.activity_id == here.activity_id and pk != here.pk}
    found = []
    for place in remaining(now=now, until=now + CATCH_UP_WITHIN, groups=others):
        group = others[place.group]
        # Enrolments need not be open for it, and nothing is paid.
        reasons = {one.why for one in obstacles_to_one(person, group, place.starts_at, now=now)}
        if reasons <= {Why.NOT_OPEN, Why.NOT_ONLINE, Why.UNPAID}:
            found.append(Instead(group, place))
    return found[:SHOWN]


def make_up(*, seat: Seat, session: UUID, family: Family, now: datetime | None = None) -> Enrolment:
    """The seat in that session instead of this one, for nothing; its ticket is owed.

    Raises NothingToMakeUp, SessionFull, SessionOver, SameTime.
    """
    now = now or timezone.now()
    offers = {one.place.session: one for one in instead_of(_whole(seat), family, now=now)}
    if session not in offers:
        raise NothingToMakeUp
    try:
        with patient_transaction():
            mine = _locked(seat)
            if not may_make_up(mine, now=now):
                raise NothingToMakeUp
            wanted = Wanted(
                basket=mine.enrolment.basket_id,
                asked_in=mine.enrolment.asked_in_id,
                group=offers[session].group.pk,
                session=session,
                member=mine.member_id,
                state=EnrolmentState.ENROLLED,
                price=json.dumps({"version": "", "lines": [], "remarks": []}),
            )
            place = Enrolment.objects.select_related("basket__household").get(pk=numbers.take(wanted, now=now))
            Seat.objects.filter(pk=mine.pk).update(made_up_by=place)
            owe_ticket(place, now=now)
            return place
    except IntegrityError as error:
        raise SameTime from error


def _whole(seat: Seat) -> Seat:
    return Seat.objects.select_related("session__group", "enrolment").get(pk=seat.pk)
