"""What changes of the plan have in common: a form, what it would come to, and with whom it would collide."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import ngettext

from booking.activities.models import Pool, UseSeries
from booking.activities.water.drafts import Draft, Findings, look
from booking.activities.water.queries import pools_with_place
from municipalities.access import render_staff
from municipalities.exceptions import Refusal
from municipalities.models import StaffMember
from municipalities.query_names import Param

#: So many collisions are listed; their number is told.
LISTED = 60


@dataclass
class Change:
    """A page that changes the plan.

    `draft` builds what would be, `save` does it; both take what was typed, cleaned.
    """

    pool: Pool
    title: str
    caption: str
    form: forms.Form
    draft: Callable[[dict[str, Any]], Draft]
    save: Callable[[dict[str, Any]], Draft]
    back: str
    #: Where one comes to when it is done.
    goes_to: Callable[[Draft], str]
    done: str
    intro: str = ""
    button: str = ""
    #: Something to say of the dates typed.
    warning: Callable[[dict[str, Any]], str] = field(default=lambda _data: "")


def change_page(request: HttpRequest, staff: StaffMember, change: Change) -> HttpResponse:
    """« Voir » shows what would be; saving does it, or shows what is in the way."""
    form, draft, found, refusal, warning = change.form, None, Findings([], []), "", ""
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            draft = change.draft(data)
            found, warning = look(draft), change.warning(data)
            if not request.POST.get(Param.LOOK):
                saved = change.save(data)
                messages.success(request, f"{change.done} {_said(saved)}".strip())
                if warning:
                    messages.warning(request, warning)
                return redirect(change.goes_to(saved))
        except Refusal as refused:
            refusal = str(refused)
    context = {
        "change": change,
        "pool": change.pool,
        "form": form,
        "draft": draft,
        "found": found,
        "collisions": found.collisions[:LISTED],
        "more": max(0, len(found.collisions) - LISTED),
        "refusal": refusal,
        "warning": warning,
        "dates": sorted({use.start for use in draft.put}) if draft else [],
    }
    return render_staff(request, staff, "water/change.html", context)


def _said(draft: Draft) -> str:
    """« 34 fois, 4 jours sautés. »"""
    if not draft.put:
        return ""
    parts = [ngettext("%(number)s fois", "%(number)s fois", draft.events) % {"number": draft.events}]
    if draft.skipped:
        number = len(draft.skipped)
        parts.append(ngettext("%(number)s jour sauté", "%(number)s jours sautés", number) % {"number": number})
    return ", ".join(parts) + "."


def planned_pool(staff: StaffMember, pk: int) -> Pool:
    """A pool whose water this person plans, or not found."""
    return get_object_or_404(pools_with_place().planned_by(staff), pk=pk)


def planned_series(staff: StaffMember, pk: int) -> UseSeries:
    series = get_object_or_404(UseSeries.objects.planned_by(staff), pk=pk)
    series.pool = planned_pool(staff, series.pool_id)
    return series
