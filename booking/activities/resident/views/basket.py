"""The family's basket: looked at, changed, confirmed, paid; and what is said once it is paid."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from booking.activities.enrolling import holding, paying
from booking.activities.enrolling.prices import as_shown, signed
from booking.activities.enrolling.refusals import PriceChanged
from booking.activities.models import Basket, BasketState, Enrolment
from booking.activities.resident.baskets import baskets_of, lines_in, not_attested, view_of
from booking.payments.models import Charge
from booking.residents.access import context_of, household_page
from booking.residents.exceptions import AttestedAlready
from booking.residents.families.actions import attest_health
from booking.residents.models import HouseholdSession
from municipalities.exceptions import Refusal
from municipalities.query_names import Param


@require_GET
@household_page
def basket(request: HttpRequest, session: HouseholdSession) -> HttpResponse:
    return _page(request, session)


def _page(request: HttpRequest, session: HouseholdSession, status: int = 200, **more: Any) -> HttpResponse:
    household = session.guardian.household
    views = [view_of(one) for one in baskets_of(household)]
    for one in views:
        one.shown = signed(one.rows)
    return render(request, "enrol/basket.html", context_of(session, baskets=views, **more), status=status)


@require_POST
@household_page
def drop(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    line = get_object_or_404(Enrolment, pk=pk, basket__household=session.guardian.household)
    try:
        holding.drop_line(enrolment=line)
    except Refusal as refusal:
        return _page(request, session, 409, refusal=refusal)
    messages.success(request, _("La place est libre à nouveau."))
    return redirect("enrol:basket")


@require_POST
@household_page
def together(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    """The ticked lines are wanted all or none; ticking nothing unties them."""
    mine = _mine(session, pk)
    known = set(lines_in(mine).values_list("pk", flat=True))
    ticked = [one for one in known if str(one) in request.POST.getlist(Param.LINE)]
    try:
        holding.want_together(basket=mine, enrolments=ticked)
    except Refusal as refusal:
        return _page(request, session, 409, refusal=refusal)
    messages.success(request, _("C’est noté : toutes ces places, ou aucune.") if ticked[1:] else _("C’est noté."))
    return redirect("enrol:basket")


@require_POST
@household_page
def confirm(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    """What was looked at becomes what is owed. A second press, or another tab, finds the same charge."""
    mine = _mine(session, pk)
    missing = not_attested(mine)
    ticked = [one for one in missing if request.POST.get(f"sante-{one.member.pk}")]
    for one in ticked:
        try:
            attest_health(guardian=session.guardian, member=one.member, season=one.season)
        except AttestedAlready:
            continue
    if len(ticked) < len(missing):
        said = _("Attestez la santé de chaque personne, ou retirez-la du panier : une case n’est pas cochée.")
        return _page(request, session, 422, refusal=said)
    try:
        charge = paying.begin_paying(basket=mine, shown=as_shown(request.POST.get(Param.SEEN, "")))
    except PriceChanged as refusal:
        return _page(request, session, 409, refusal=refusal, changes=refusal.changes)
    except Refusal as refusal:
        return _page(request, session, 409, refusal=refusal)
    if Basket.objects.get(pk=mine.pk).state == BasketState.PAID:
        return redirect("enrol:thanks", mine.pk)
    return redirect("payments:charge", charge.pk)


@require_POST
@household_page
def reopen(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    """Back from paying to choosing."""
    mine = _mine(session, pk)
    try:
        paying.reopen(basket=mine)
    except Refusal as refusal:
        return _page(request, session, 409, refusal=refusal)
    messages.success(request, _("Vous pouvez changer votre panier : vos places restent retenues vingt minutes."))
    return redirect("enrol:basket")


@require_GET
@household_page
def thanks(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    """What was sold, with its receipt; whoever comes before the money is sent on to pay."""
    mine = _mine(session, pk)
    if mine.state != BasketState.PAID:
        return redirect("enrol:basket")
    charges = Charge.objects.filter(subject_id=mine.pk, household=session.guardian.household)
    receipts = [receipt for charge in charges for receipt in charge.receipts.order_by("number")]
    return render(request, "enrol/thanks.html", context_of(session, basket=view_of(mine), receipts=receipts))


def _mine(session: HouseholdSession, pk: UUID) -> Basket:
    return get_object_or_404(Basket.objects.of_household(session.guardian.household), pk=pk)
