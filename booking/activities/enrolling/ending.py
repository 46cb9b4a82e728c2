"""What becomes of an enrolment afterwards: it ends, or goes on in another group. For agents' actions to build on."""

import json
from datetime import datetime

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.activities.enrolling import numbers
from booking.activities.enrolling.holding import Choice, explained
from booking.activities.enrolling.numbers import Wanted
from booking.activities.enrolling.paying import charge_of, waits_no_more
from booking.activities.enrolling.prices import sold_as
from booking.activities.enrolling.refusals import NotEnrolled
from booking.activities.models import EndReason, Enrolment, EnrolmentState, Group
from booking.payments import credits
from booking.payments.enums import CreditReason
from booking.payments.models import CreditNote
from municipalities.database.transactions import patient_transaction
from municipalities.models import StaffMember


class NotEnrolledNow(NotEnrolled):
    code = "not_enrolled_now"
    sentence = _("Cette inscription n’est plus en cours : rechargez la page.")


def end(
    *,
    enrolment: Enrolment,
    reason: EndReason,
    by: StaffMember | None,
    credit_cents: int = 0,
    credit_reason: CreditReason = CreditReason.CANCELLED,
    now: datetime | None = None,
) -> CreditNote | None:
    """The enrolment is over: its number and its seats to come are free. The credit note for what is given back.

    Raises NotEnrolledNow, MoreThanPaid.
    """
    now = now or timezone.now()
    with patient_transaction(by=by):
        note = None
        if credit_cents and enrolment.asked_in is not None:
            # The charge first, as wherever money and places change together.
            note = credits.issue_credit(
                charge=charge_of(enrolment.asked_in),
                cents=credit_cents,
                reason=credit_reason,
                sold_as=sold_as(enrolment.price),
                by=by,
                now=now,
            )
        _locked(enrolment)
        numbers.end_rows([enrolment.pk], reason=reason, now=now)
        return note


def transfer(
    *, enrolment: Enrolment, group: Group, by: StaffMember | None, cents: int | None = None, now: datetime | None = None
) -> Enrolment:
    """The same place in another group: its number there and a seat in each session to come. What was paid stays so, but
    for what was given back of it: `cents` is what is left.

    The new enrolment. Raises NotEnrolledNow, GroupFull, GroupOver, SamePersonTwice, SameTime (with the other activity).
    """
    now = now or timezone.now()
    try:
        with patient_transaction(by=by):
            line = _locked(enrolment)
            numbers.lock_members({line.member_id})
            numbers.end_rows([line.pk], reason=EndReason.MOVED, now=now)
            following = Wanted(
                basket=line.basket_id,
                asked_in=line.asked_in_id,
                group=group.pk,
                member=line.member_id,
                state=EnrolmentState.ENROLLED,
                cents=line.cents if cents is None else cents,
                price=json.dumps(line.price),
                reason=line.override_reason,
                moved_from=line.pk,
                passes_list=True,
            )
            place = Enrolment.objects.get(pk=numbers.take(following, now=now))
            waits_no_more(group=group.pk, member=line.member_id, now=now)
            return place
    except IntegrityError as error:
        raise explained(error, [Choice(enrolment.member, group.pk)], now) from error


def _locked(enrolment: Enrolment) -> Enrolment:
    line = Enrolment.objects.select_for_update(of=("self",), no_key=True).get(pk=enrolment.pk)
    if line.state != EnrolmentState.ENROLLED:
        raise NotEnrolledNow
    return line
