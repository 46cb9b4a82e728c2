"""The operator's list of the children who are there: taken away, and brought back with what it would do shown first."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import ngettext

from booking.nurseries.models import Nursery
from booking.nurseries.operators.forms import ChildrenForm
from booking.nurseries.supply import children, reading
from booking.nurseries.supply.child_cells import COLUMNS, NEEDED
from municipalities.access import render_staff, staff_page
from municipalities.exceptions import Refusal
from municipalities.idempotency import one_press
from municipalities.lists import file_of
from municipalities.models import StaffMember
from municipalities.query_names import Param

#: Problems are shown up to this number; their number is told.
SHOWN = 200


def _run(staff: StaffMember) -> list[Nursery]:
    found = list(reading.with_supply(Nursery.objects.run_by(staff)).order_by("facility__slug"))
    if not found:
        raise Http404
    return found


@staff_page
def export_children(_request: HttpRequest, staff: StaffMember) -> HttpResponse:
    return file_of(children.export(_run(staff)), "enfants-presents")


@staff_page
@one_press
def import_children(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The list is judged as a whole; what was judged travels with the button that loads it."""
    nurseries = _run(staff)
    form = ChildrenForm(request.POST or None, request.FILES or None)
    found: children.Import | None = None
    refusal = ""
    if request.method == "POST" and form.is_valid():
        content = form.content()
        try:
            if Param.IMPORT in request.POST:
                found = children.load(nurseries=nurseries, content=content, by=staff)
                if found.is_possible:
                    messages.success(request, _said(found.total))
                    return redirect("supply:nurseries")
            else:
                found = children.judge(nurseries=nurseries, content=content)
        except Refusal as told:
            refusal = str(told)
    context = {
        "nurseries": nurseries,
        "form": form,
        "found": found,
        "refusal": refusal,
        "text": found.text.decode("utf-8-sig") if found and found.is_possible else "",
        "problems": found.problems[:SHOWN] if found else [],
        "more": max(0, len(found.problems) - SHOWN) if found else 0,
        "columns": [(name, name in NEEDED) for name in COLUMNS],
    }
    return render_staff(request, staff, "operators/children.html", context)


def _said(number: int) -> str:
    return ngettext("%(n)d enfant est dans la liste.", "%(n)d enfants sont dans la liste.", number) % {"n": number}
