"""A family gives a place back for good: by the rule, with the credit shown before.

Until its third session a place is given back by a press and credited for what is left; later the pool decides, on a
certificate or a move of home, and its agents do it [the rule of several regulations: before the third session].
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.activities.changes.calling_off import lock_charges, prices_of_sessions
from booking.activities.enrolling.ending import NotEnrolledNow, end
from booking.activities.models import EndReason, Enrolment, EnrolmentState, Seat
from booking.payments.models import CreditNote
from municipalities.database.transactions import patient_transaction
from municipalities.exceptions import Refusal

#: So many sessions may have begun.
SESSIONS_TRIED = 2


class TooLateToCancel(Refusal):
    code = "too_late_to_cancel"
    sentence = _(
        "Une inscription s’annule ici jusqu’à la troisième séance. Pour une raison de santé ou un déménagement, "
        "adressez-vous à la piscine avec un justificatif."
    )


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
    """Reads only. Raises NotEnrolledNow, OneSessionOnly, TooLateToCancel."""
    now = now or timezone.now()
    if enrolment.session_id is not None:
        raise OneSessionOnly
    if enrolment.state != EnrolmentState.ENROLLED:
        raise NotEnrolledNow
    mine = Seat.objects.filter(enrolment=enrolment, session__called_off_at__isnull=True)
    if mine.filter(period__startswith__lte=now).count() > SESSIONS_TRIED:
        raise TooLateToCancel
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
        current = Enrolment.objects.select_related("asked_in").get(pk=enrolment.pk)
        found = cancellation(enrolment=current, now=now)
        if found.cents != shown:
            raise CreditChanged
        return end(enrolment=current, reason=EndReason.FAMILY, by=None, credit_cents=found.cents, now=now)
