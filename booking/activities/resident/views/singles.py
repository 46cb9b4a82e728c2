"""A place in one session: taken with one press, paid for like any other, shown as a ticket."""

from functools import partial
from uuid import UUID

import segno
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from booking.activities.enrolling.holding import Choice, hold
from booking.activities.enrolling.refusals import NotYourTurn
from booking.activities.models import BasketState, Enrolment, EnrolmentState, Seat, Session
from booking.activities.resident.in_turn import in_turn, sent_to_wait
from booking.residents.access import context_of, household_page
from booking.residents.addresses import absolute
from booking.residents.models import HouseholdSession
from municipalities.directory import facilities
from municipalities.exceptions import Refusal
from municipalities.query_names import Param


@require_POST
@household_page
def take_single(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    """Held for twenty minutes in the basket. Pressing again finds it there."""
    wanted = get_object_or_404(Session.objects.filter(group__activity__season__is_public=True), pk=pk)
    household = session.guardian.household
    born = {str(one.pk): one for one in household.members.there()}
    member = born.get(request.POST.get(Param.FOR_WHOM, ""))
    if member is None:
        raise Http404
    mine = Enrolment.objects.filter(
        session=wanted, member=member, basket__household=household, basket__state=BasketState.OPEN
    )
    if not mine.filter(state=EnrolmentState.HELD, held_until__gt=timezone.now()).exists():
        try:
            choice = Choice(member, wanted.group_id, wanted.pk)
            in_turn(household, partial(hold, household=household, choices=[choice]))
        except NotYourTurn as refusal:
            return sent_to_wait(request, household, wanted.group_id, refusal)
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect(f"{reverse('catalogue:singles')}?{Param.FOR_WHOM}={member.pk}")
    messages.success(request, _("La place est retenue vingt minutes."))
    return redirect("enrol:basket")


@require_GET
@household_page
def ticket(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    """For both homes of a child: whoever brings it shows it."""
    mine = Enrolment.objects.exclude(session=None).filter(
        member__memberships__household=session.guardian.household, state=EnrolmentState.ENROLLED
    )
    place = get_object_or_404(
        mine.select_related("session__group", "member", "group__activity", "group__basin__pool"), pk=pk
    )
    seat = Seat.objects.filter(enrolment=place).first()
    given_back = seat is None or seat.freed_at is not None
    assert place.session is not None
    code = segno.make(absolute("enrol:ticket", through=None, pk=place.pk), micro=False, error="m")
    context = context_of(
        session,
        place=place,
        seat=seat,
        start=place.session.starts_at,
        end=place.session.ends_at,
        called_off=place.session.is_called_off,
        given_back=given_back,
        may_leave=not (given_back or place.session.is_called_off) and place.session.absence_in_time,
        activity=place.group.activity,
        pool=facilities()[place.group.basin.pool.facility_id],
        qr=code.svg_inline(scale=4, border=2, omitsize=True, svgclass=None, lineclass=None),
    )
    return render(request, "enrol/ticket.html", context)
