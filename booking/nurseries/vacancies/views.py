"""The desk between two commissions: what came free, who is next for it, one press; and the vote that presses instead.

Numbers only, as on the whole desk: no name, no address.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from booking.nurseries.answers.making import rank_of, to_offer
from booking.nurseries.answers.next_in_line import latest_of
from booking.nurseries.calendar_words import from_month, say_days
from booking.nurseries.models import Round, SmallRound, Swap, VacancyVote
from booking.nurseries.vacancies import running, swapping
from booking.nurseries.vacancies.forms import VoteForm
from booking.nurseries.vacancies.gathering import Why, why_now
from municipalities import rules
from municipalities.access import done, posted, render_staff, saved, staff_page
from municipalities.exceptions import Refusal, simple_attempt
from municipalities.idempotency import one_press
from municipalities.models import StaffMember
from municipalities.query_names import Param
from municipalities.rules import RIGHTS, Ability

#: Small rounds that were confirmed, the latest first, up to this number.
SHOWN = 20


def _authority(staff: StaffMember, ability: Ability = Ability.SIT_ON_COMMISSION) -> int:
    found = staff.current_roles().authorities_with(*RIGHTS[ability])
    if not found:
        raise Http404
    return found[0]


@staff_page
def vacancies(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """What could be given now, nursery by nursery; what was given before; what the commission voted."""
    operator_id = _authority(staff)
    mine = SmallRound.objects.visible_to(staff).filter(operator=operator_id)
    ready = mine.ready().select_related("base").first()
    vote = VacancyVote.objects.filter(operator=operator_id, ended_at__isnull=True).first()
    context: dict[str, Any] = {
        "ready": ready,
        "chairs": rules.for_nurseries(staff, Ability.CHAIR_COMMISSION),
        "vote": vote,
        "vote_runs": running.standing_vote(operator_id) is not None,
        "given": running.given_this_month(vote) if vote else 0,
        "confirmed": mine.filter(confirmed_at__isnull=False).select_related("by_vote", "confirmed_by")[:SHOWN],
    }
    if ready is not None:
        context |= _proposed(ready) | _confirming(ready, staff)
    return render_staff(request, staff, "vacancies/vacancies.html", context)


@staff_page
def swaps(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Who holds what another wants, and the other way round; what became of swaps that were proposed."""
    operator_id = _authority(staff)
    latest = latest_of(operator_id)
    base = None if latest is None else Round.objects.visible_to(staff).filter(pk=latest).first()
    found, refusal = [], ""
    if base is not None:
        try:
            found = swapping.possible(base)
        except Refusal as refused:
            refusal = str(refused)
    context = {
        "pairs": [(pair, _side(pair.one), _side(pair.other), from_month(pair.start)) for pair in found],
        "refusal": refusal,
        "chairs": rules.for_nurseries(staff, Ability.CHAIR_COMMISSION),
        "proposed": [
            (swap, [(one.child.number, one.nursery.facility.name) for one in swap.offers.all()])
            for swap in Swap.objects.filter(round__operator=operator_id).prefetch_related(
                "offers__child", "offers__nursery__facility"
            )[:SHOWN]
        ],
    }
    return render_staff(request, staff, "vacancies/swaps.html", context)


def _side(half: swapping.Half) -> dict[str, Any]:
    return {"number": half.number, "now": half.now, "then": half.then, "days": say_days(half.half_days)}


@staff_page
@require_POST
def propose_swap(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    operator_id = _authority(staff, Ability.CHAIR_COMMISSION)
    value = request.POST.get(Param.WHAT, "")
    said = _("L’échange est proposé : aux deux gestionnaires, puis aux deux familles.")
    done(request, lambda: swapping.propose(operator_id=operator_id, value=value, by=staff), said)
    return redirect("vacancies:swaps")


def _proposed(ready: SmallRound) -> dict[str, Any]:
    file, answer = json.loads(ready.file), json.loads(ready.answer)
    lines: dict[str, list[dict[str, Any]]] = {}
    for one in to_offer(ready.base, file, answer):
        child = file["children"][str(one.number)]
        name = one.seat["facility"]
        lines.setdefault(name, []).append(
            {
                "number": one.number,
                "days": say_days(one.seat["half_days"]),
                "from_month": from_month(one.seat["start"]),
                "points": child["points"] + child.get("bonus", {}).get(name, 0),
                "rank": rank_of(file, one.number, name),
            }
        )
    why = why_now(ready.base, file)
    return {
        "nurseries": [(name, list(_causes(why.get(name, Why()))), lines[name]) for name in sorted(lines)],
        "contested": bool(answer["contested"]),
    }


def _confirming(ready: SmallRound, staff: StaffMember) -> dict[str, Any]:
    """Whether this person confirms, and what is said to a chair who does not."""
    refusal = simple_attempt(lambda: running.must_confirm(ready, staff))
    return {"confirms": not refusal, "refusal": refusal}


def _causes(why: Why) -> Iterator[str]:
    if why.leaving:
        yield ngettext("%(n)d sortie", "%(n)d sorties", why.leaving) % {"n": why.leaving}
    if why.opened:
        yield ngettext("%(n)d place ouverte", "%(n)d places ouvertes", why.opened) % {"n": why.opened}
    if why.given_back:
        yield ngettext("%(n)d place rendue", "%(n)d places rendues", why.given_back) % {"n": why.given_back}


@staff_page
@require_POST
def look_again(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Reckoned now, not in five minutes."""
    operator_id = _authority(staff, Ability.CHAIR_COMMISSION)
    done(request, lambda: running.look(operator_id), _("C’est calculé sur les places et les demandes d’aujourd’hui."))
    return redirect("vacancies:vacancies")


@staff_page
@require_POST
def confirm(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = get_object_or_404(SmallRound.objects.visible_to(staff), pk=pk)
    said = _("C’est confirmé : les gestionnaires sont consultés, puis les familles.")
    done(request, lambda: running.confirm(small=found, by=staff), said)
    return redirect("vacancies:vacancies")


@staff_page
@one_press
def new_vote(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The limits within which places that come free are offered without a press."""
    operator_id = _authority(staff, Ability.CHAIR_COMMISSION)
    form = VoteForm(posted(request), instance=VacancyVote(operator_id=operator_id, noted_by=staff))
    if request.method == "POST" and form.is_valid():
        said = _("Le vote est noté : dans ses limites, les places qui se libèrent sont proposées d’elles-mêmes.")
        if saved(request, form, lambda: running.note_vote(vote=form.instance, by=staff), said):
            return redirect("vacancies:vacancies")
    return render_staff(request, staff, "vacancies/vote.html", {"form": form})


@staff_page
@require_POST
def end_vote(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    operator_id = _authority(staff, Ability.CHAIR_COMMISSION)
    found = get_object_or_404(VacancyVote, pk=pk, operator=operator_id)
    said = _("C’est arrêté : chaque place attend de nouveau la confirmation du bureau.")
    done(request, lambda: running.end_vote(vote=found, by=staff), said)
    return redirect("vacancies:vacancies")
