"""A family says that somebody does not come to one session, takes the seat back, or chooses another instead."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.activities.enrolling.people import family_of
from booking.activities.models import Seat
from booking.activities.models.seasons import CreditRule
from booking.activities.singles import absences
from booking.residents.access import context_of, household_page
from booking.residents.models import HouseholdSession
from municipalities.directory import facilities
from municipalities.exceptions import Refusal
from municipalities.query_names import Param


def _mine(session: HouseholdSession, pk: int) -> Seat:
    """Of whoever belongs to the household; also where the other home has enrolled a child of both."""
    found = Seat.objects.filter(member__memberships__household=session.guardian.household)
    return get_object_or_404(found.select_related("member", "enrolment", "session__group__activity"), pk=pk)


@household_page
def absence(request: HttpRequest, session: HouseholdSession, pk: int) -> HttpResponse:
    """The first tap shows what follows, the second does it."""
    seat = _mine(session, pk)
    if request.method != "POST":
        return _page(request, session, seat)
    try:
        if request.POST.get(Param.ACT) == "reprendre":
            absences.take_back(seat=seat)
            messages.success(request, _("La place est de nouveau à vous."))
        else:
            absences.announce(seat=seat)
            messages.success(request, _("C’est noté : la place est proposée à d’autres."))
    except Refusal as refusal:
        return _page(request, session, _mine(session, pk), 409, refusal=refusal)
    return redirect("enrol:mine")


def _page(request: HttpRequest, session: HouseholdSession, seat: Seat, status: int = 200, **more: Any) -> HttpResponse:
    now, until = timezone.now(), seat.session.absence_until
    context = context_of(
        session,
        seat=seat,
        what=str(seat.session.group.activity),
        until=until,
        in_time=now < until and seat.freed_at is None,
        is_absent=absences.is_absence(seat),
        may_make_up=absences.may_make_up(seat, now=now),
        catch_up=seat.session.group.credit_rule == CreditRule.CATCH_UP,
        **more,
    )
    return render(request, "enrol/absence.html", context, status=status)


@household_page
def make_up(request: HttpRequest, session: HouseholdSession, pk: int) -> HttpResponse:
    """Sessions of other groups in which a seat is left, and one of them taken for nothing."""
    seat = _mine(session, pk)
    family = family_of(session.guardian.household, now=timezone.now())
    status, more = 200, {}
    if request.method == "POST":
        try:
            place = absences.make_up(seat=seat, session=_uuid(request.POST.get(Param.SESSION, "")), family=family)
            return redirect("enrol:ticket", place.pk)
        except Refusal as refusal:
            status, more = 409, {"refusal": refusal}
    found = absences.instead_of(_mine(session, pk), family, now=timezone.now())
    instead = [
        {"group": one.group, "place": one.place, "where": facilities()[one.group.facility_id].name} for one in found
    ]
    context = context_of(session, seat=seat, what=str(seat.session.group.activity), instead=instead, **more)
    return render(request, "enrol/make_up.html", context, status=status)


def _uuid(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        return UUID(int=0)
