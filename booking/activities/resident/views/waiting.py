"""A family's waiting lists: it joins one, sees its rank, answers an offer, leaves."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from booking.activities.enrolling.people import say_group
from booking.activities.enrolling.refusals import NotYourTurn
from booking.activities.models import EnrolmentState, Waiting
from booking.activities.resident.in_turn import in_turn, sent_to_wait
from booking.activities.seasons.offered import offered
from booking.activities.waiting import lists
from booking.residents.access import context_of, household_page
from booking.residents.models import HouseholdSession
from municipalities.directory import facilities
from municipalities.exceptions import Refusal
from municipalities.query_names import Param
from municipalities.wording import colon


@require_POST
@household_page
def join(request: HttpRequest, session: HouseholdSession, pk: int) -> HttpResponse:
    """These members, each with a rank of their own. Pressing again changes nothing."""
    if pk not in offered():
        raise Http404
    household = session.guardian.household
    chosen = set(request.POST.getlist(Param.FOR_WHOM))
    members = [one for one in household.members.there() if str(one.pk) in chosen]
    if not members:
        messages.error(request, _("Choisissez pour qui : cochez au moins une personne."))
        return redirect("catalogue:group", pk)
    for member in members:
        try:
            in_turn(household, partial(lists.join, household=household, member=member, group=pk))
        except lists.WaitsAlready as refusal:
            if Waiting.objects.still().filter(group=pk, member=member, household=household).exists():
                continue
            # The other home of a child has put it on the list, and is the one that is asked.
            messages.error(request, f"{member}{colon()} {refusal}")
            return redirect("catalogue:group", pk)
        except NotYourTurn as refusal:
            return sent_to_wait(request, household, pk, refusal)
        except Refusal as refusal:
            messages.error(request, f"{member}{colon()} {refusal}")
            return redirect("catalogue:group", pk)
    messages.success(request, _("C’est noté : quand une place se libère, elle vous est proposée par courriel."))
    return redirect("enrol:waiting")


@require_GET
@household_page
def waiting(request: HttpRequest, session: HouseholdSession) -> HttpResponse:
    return _page(request, session)


def _page(request: HttpRequest, session: HouseholdSession, status: int = 200, **more: Any) -> HttpResponse:
    mine = list(
        Waiting.objects.still().filter(household=session.guardian.household).select_related("member", "group", "offer")
    )
    ranks, lengths = lists.ranks(mine), lists.lengths([one.group_id for one in mine])
    rows = []
    for one in mine:
        if one.pk not in ranks or one.group_id not in lengths:
            continue  # left in another tab since
        group = offered().get(one.group_id)
        rows.append(
            {
                "entry": one,
                "what": say_group(group) if group else str(one.group),
                "where": facilities()[group.facility_id].name if group else "",
                "rank": ranks[one.pk],
                "length": lengths[one.group_id],
                "until": one.offer.held_until if one.offer and one.offer.state == EnrolmentState.OFFERED else None,
                "in_basket": one.offer is not None and one.offer.state != EnrolmentState.OFFERED,
                "others": any(
                    other.pk != one.pk
                    and other.member_id == one.member_id
                    and other.group.activity_id == one.group.activity_id
                    for other in mine
                ),
            }
        )
    return render(request, "enrol/waiting.html", context_of(session, rows=rows, **more), status=status)


@require_POST
@household_page
def answer(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    """Accept, refuse or leave, each by its own button."""
    entry = get_object_or_404(Waiting.objects.filter(household=session.guardian.household), pk=pk)
    verb = request.POST.get(Param.ACT, "")
    try:
        if verb == "accepter":
            lists.accept(entry=entry, leaves_others=bool(request.POST.get(Param.ALL)))
            messages.success(request, _("La place est dans votre panier, retenue vingt minutes."))
            return redirect("enrol:basket")
        if verb == "refuser":
            lists.refuse(entry=entry)
            messages.success(
                request, _("C’est noté : l’offre passe à la personne suivante, vous restez au même point de la liste.")
            )
        elif verb == "quitter":
            lists.leave(entry=entry)
            messages.success(request, _("C’est noté : cette attente est terminée."))
    except Refusal as refusal:
        return _page(request, session, 409, refusal=refusal)
    return redirect("enrol:waiting")
