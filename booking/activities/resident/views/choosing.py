"""A place is chosen: one press holds it. Pressing again finds it in the basket."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from booking.activities.enrolling import holding
from booking.activities.enrolling.holding import Choice
from booking.activities.enrolling.people import family_of
from booking.activities.enrolling.refusals import Change, GroupFull, NotYourTurn
from booking.activities.models import BasketState, Enrolment
from booking.activities.resident.alternatives import instead_of
from booking.activities.resident.in_turn import in_turn, sent_to_wait
from booking.activities.seasons.offered import Offered, offered
from booking.payments.sums import say_cents
from booking.residents.access import context_of, household_page
from booking.residents.models import Household, HouseholdSession, Member
from municipalities.database.transactions import Busy
from municipalities.exceptions import Refusal
from municipalities.forms.fields import number_in
from municipalities.query_names import Param
from municipalities.wording import colon


@require_POST
@household_page
def choose(request: HttpRequest, session: HouseholdSession, pk: int) -> HttpResponse:
    """These members in this group, one by one, or all or none."""
    group = offered().get(pk)
    if group is None:
        raise Http404
    return _chosen(
        request, session, group, request.POST.getlist(Param.FOR_WHOM), together=bool(request.POST.get(Param.TOGETHER))
    )


@require_POST
@household_page
def choose_listed(request: HttpRequest, session: HouseholdSession) -> HttpResponse:
    """From the list of all activities: one member, and the button of one group."""
    typed = number_in(request.POST.get(Param.GROUP_CHOSEN, ""))
    group = None if typed is None else offered().get(typed)
    if group is None:
        raise Http404
    return _chosen(request, session, group, request.POST.getlist(Param.FOR_WHOM), together=False)


class Refused(NamedTuple):
    members: Sequence[Member]
    refusal: Refusal


def _chosen(
    request: HttpRequest, session: HouseholdSession, group: Offered, chosen: Sequence[str], *, together: bool
) -> HttpResponse:
    household = session.guardian.household
    members = [member for member in household.members.there() if str(member.pk) in set(chosen)]
    if not members:
        messages.error(request, _("Choisissez pour qui : cochez au moins une personne."))
        return redirect("catalogue:group", group.pk)
    mine = _in_my_basket(household, group)
    wanted = [member for member in members if member.pk not in mine]
    parts = [wanted] if together else [[member] for member in wanted]
    refused: list[Refused] = []
    changes: list[Change] = []
    for part in parts:
        if not part:
            continue
        try:
            choices = [Choice(one, group.pk) for one in part]
            hold = partial(holding.hold, household=household, choices=choices, together=together)
            changes += in_turn(household, hold).changes
        except NotYourTurn as refusal:
            _tell_changes(request, changes)
            return sent_to_wait(request, household, group.pk, refusal)
        except Refusal as refusal:
            refused.append(Refused(part, refusal))
    _tell_changes(request, changes)
    if refused:
        return _refused_page(
            request, session, group, refused, got=len(members) - sum(len(one.members) for one in refused)
        )
    number = len(members)
    held_sentence = ngettext("La place est retenue vingt minutes.", "Les places sont retenues vingt minutes.", number)
    messages.success(request, held_sentence)
    return redirect("enrol:basket")


def _in_my_basket(household: Household, group: Offered) -> set[UUID]:
    """Those for whom this family holds this group already: the same press again, from another tab or too quickly."""
    now = timezone.now()
    mine = (
        Enrolment.objects.standing()
        .whole()
        .filter(group=group.pk, basket__household=household, basket__state=BasketState.OPEN, held_until__gt=now)
    )
    return set(mine.values_list("member", flat=True))


def _tell_changes(request: HttpRequest, changes: Sequence[Change]) -> None:
    """Ranks go by the whole basket: what an addition has made cheaper or dearer is said."""
    for one in {change.enrolment: change for change in changes}.values():
        said = _("Le prix d’une autre place change, %(what)s%(colon)s %(before)s avant, %(after)s maintenant.") % {
            "what": one.what,
            "colon": colon(),
            "before": say_cents(sum(cents for _label, cents in one.before)),
            "after": say_cents(sum(cents for _label, cents in one.after)),
        }
        messages.info(request, said)


def _refused_page(
    request: HttpRequest, session: HouseholdSession, group: Offered, refused: Sequence[Refused], *, got: int
) -> HttpResponse:
    now = timezone.now()
    members = [member for one in refused for member in one.members]
    is_full = any(isinstance(one.refusal, GroupFull) for one in refused)
    family = family_of(session.guardian.household, now=now)
    context = context_of(
        session,
        group=group,
        refused=[(", ".join(m.given_name for m in one.members), str(one.refusal)) for one in refused],
        others=instead_of(group, family, members, now=now),
        is_full=is_full,
        members=members,
        got=got,
    )
    is_busy = any(isinstance(one.refusal, Busy) for one in refused)
    return render(request, "enrol/refused.html", context, status=503 if is_busy else 409)
