"""One nursery at the desk: its requests by points, its week filling up, the vote on it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.nurseries.calendar_words import from_month
from booking.nurseries.desk.forms import VoteForm
from booking.nurseries.desk.looking import Look
from booking.nurseries.desk.views.rounds import refused
from booking.nurseries.models import Round, RoundNursery
from booking.nurseries.rounds import deciding
from municipalities.access import posted, render_staff, saved, staff_page
from municipalities.forms.fields import number_in
from municipalities.models import StaffMember
from municipalities.query_names import Param


def _row(staff: StaffMember, pk: int) -> RoundNursery:
    rows = RoundNursery.objects.filter(round__in=Round.objects.visible_to(staff))
    return get_object_or_404(rows.select_related("round", "nursery__facility"), pk=pk)


@staff_page
def nursery(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    return _page(request, staff, _row(staff, pk), VoteForm())


def _page(request: HttpRequest, staff: StaffMember, row: RoundNursery, form: VoteForm) -> HttpResponse:
    look = Look(row.round)
    months = look.file["months"]
    month = request.GET.get(Param.MONTH, months[0])
    month = month if month in months else months[0]
    context = {
        "round": row.round,
        "row": row,
        "look": look,
        "requests": look.requests_at(row),
        "months": [(one, from_month(one)) for one in months],
        "month": month,
        "month_said": from_month(month),
        "heads": look.half_days(row, month),
        "week": look.week(row, month),
        "moves": look.moves(row) if row.round.is_frozen else [],
        "chairs": Round.objects.chaired_by(staff).filter(pk=row.round_id).exists(),
        "voted": deciding.is_voted(row, dict(look.answer)),
        "form": form,
    }
    return render_staff(request, staff, "commission/nursery.html", context)


@staff_page
@require_POST
def vote(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    row = _row(staff, pk)
    form = VoteForm(posted(request))
    version = number_in(request.POST.get(Param.VERSION, ""))
    if form.is_valid():
        data = form.cleaned_data
        if saved(
            request,
            form,
            lambda: deciding.vote(
                nursery=row,
                version=-1 if version is None else version,
                votes_for=data["pour"],
                votes_against=data["contre"],
                abstained=data["abstentions"],
                by=staff,
            ),
            _("Le vote est noté."),
        ):
            return redirect("commission:nursery", pk)
    now = _row(staff, pk)
    if now.round.is_frozen and Round.objects.chaired_by(staff).filter(pk=now.round_id).exists():
        return _page(request, staff, now, form)
    return refused(request, form, "commission:nursery", pk)
