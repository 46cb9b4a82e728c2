"""A place is given back for good: by the family as long as the rule of the season allows, with the credit shown before;
later by the pool's agents, on a certificate or a move of home that they have seen and that stands nowhere.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.activities.changes import cancel_letters
from booking.activities.changes.calling_off import ALL, lock_charges, prices_of_sessions
from booking.activities.changes.cancel_letters import Why
from booking.activities.changes.rules import ON_PROOF, say_rule
from booking.activities.enrolling.ending import NotEnrolledNow, end
from booking.activities.models import EndReason, Enrolment, EnrolmentState, Seat
from booking.payments.exceptions import MoreThanPaid
from booking.payments.models import CreditNote
from municipalities.database.transactions import patient_transaction
from municipalities.exceptions import Refusal
from municipalities.models import StaffMember


class TooLateToCancel(Refusal):
    code = "too_late_to_cancel"
    sentence = ON_PROOF

    def __init__(self, sessions_tried: int | None) -> None:
        super().__init__(f"{say_rule(sessions_tried)} {self.sentence}")


class OneSessionOnly(Refusal):
    code = "one_session_only"
    sentence = _("Une place à la séance n’est pas remboursée : dites seulement que vous ne viendrez pas.")


class CreditChanged(Refusal):
    code = "credit_changed"
    sentence = _("L’avoir n’est plus celui que vous avez vu. Regardez à nouveau, puis confirmez.")


@dataclass(frozen=True)
class Cancellation:
    """What giving a place back means: so many sessions to come, so much credit."""

    enrolment: Enrolment
    sessions: int
    cents: int


def cancellation(*, enrolment: Enrolment, now: datetime | None = None) -> Cancellation:
    """Reads only; season and group come with the enrolment. Raises NotEnrolledNow, OneSessionOnly, TooLateToCancel."""
    now = now or timezone.now()
    if enrolment.session_id is not None:
        raise OneSessionOnly
    if enrolment.state != EnrolmentState.ENROLLED:
        raise NotEnrolledNow
    mine = Seat.objects.filter(enrolment=enrolment, session__called_off_at__isnull=True)
    tried = enrolment.group.activity.season.sessions_tried
    if tried is None or mine.filter(period__startswith__lte=now).count() > tried:
        raise TooLateToCancel(tried)
    # An absence is no refund: that seat is somebody else's by now, or made up for elsewhere.
    ahead = mine.filter(freed_at__isnull=True, period__startswith__gt=now).count()
    return Cancellation(enrolment, ahead, prices_of_sessions([enrolment], ahead)[enrolment.pk])


def cancel(*, enrolment: Enrolment, shown: int, now: datetime | None = None) -> CreditNote | None:
    """The place is free, the credit is theirs; `shown` is what they have seen of it, in cents.

    Raises CreditChanged and what `cancellation` does.
    """
    with patient_transaction():
        # Money first, as wherever money and places change together: what a closure has credited meanwhile is seen.
        lock_charges([enrolment])
        current = Enrolment.objects.select_related("asked_in", "group__activity__season").get(pk=enrolment.pk)
        found = cancellation(enrolment=current, now=now)
        if found.cents != shown:
            raise CreditChanged
        why = _why(current, found.cents, left_to_others=not found.sessions)
        note = end(enrolment=current, reason=EndReason.FAMILY, by=None, credit_cents=found.cents, now=now)
        cancel_letters.owe(current, why)
        return note


def worth(enrolment: Enrolment) -> int:
    """What of its price is not given back yet, in cents."""
    return prices_of_sessions([enrolment], ALL)[enrolment.pk]


def give_back(*, enrolment: Enrolment, cents: int, by: StaffMember) -> CreditNote | None:
    """The pool gives the place back for them, with the credit that it grants. Raises NotEnrolledNow, MoreThanPaid."""
    with patient_transaction(by=by):
        lock_charges([enrolment])
        current = Enrolment.objects.select_related("asked_in").get(pk=enrolment.pk)
        if cents > worth(current):
            raise MoreThanPaid
        why = _why(current, cents)
        note = end(enrolment=current, reason=EndReason.OFFICE, by=by, credit_cents=cents)
        cancel_letters.owe(current, why)
        return note


def _why(enrolment: Enrolment, cents: int, *, left_to_others: bool = False) -> Why:
    """Why so much is credited, as the letter says it."""
    if cents:
        return Why.CREDITED
    if not enrolment.cents:
        return Why.FREE
    if not worth(enrolment):
        return Why.GIVEN_BACK
    if enrolment.session_id is not None:
        return Why.ONE_SESSION
    return Why.LEFT_TO_OTHERS if left_to_others else Why.RULE
