"""One file at the desk, by its number: what it asks, what was answered, what a decision would change."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.nurseries.calendar_words import from_month
from booking.nurseries.desk.forms import AsideForm, DecisionForm, ReasonForm
from booking.nurseries.desk.looking import Look, say_age, say_change, say_options, say_place
from booking.nurseries.desk.views.rounds import refused, the_round
from booking.nurseries.models import DecisionKind, Round, RoundChild, RoundDecision, StepAside
from booking.nurseries.rounds import board, deciding
from booking.nurseries.rounds.files import Decision
from booking.nurseries.rounds.gathering import sensitive_sum
from municipalities.access import done, posted, render_staff, saved, staff_page
from municipalities.exceptions import Refusal
from municipalities.forms.fields import number_in
from municipalities.models import StaffMember
from municipalities.query_names import Param
from municipalities.visible import visible

#: More changes than these are counted, not listed.
MOST_CHANGES = 60


def _child(staff: StaffMember, pk: int, number: int) -> tuple[Look, RoundChild]:
    round = the_round(staff, pk)
    if not round.decided:
        raise Http404
    rows = RoundChild.objects.select_related("child__member").defer("child__member__given_name")
    return Look(round), get_object_or_404(rows, round=round, number=number)


def _form(look: Look, number: int, data: Any) -> DecisionForm:
    request = look.file["children"][str(number)]
    return DecisionForm(data, request=request, nurseries=look.nurseries, months=look.file["months"])


@staff_page
def child(request: HttpRequest, staff: StaffMember, pk: int, number: int) -> HttpResponse:
    look, row = _child(staff, pk, number)
    return render_staff(request, staff, "commission/child.html", _context(look, row, staff))


def _context(look: Look, row: RoundChild, staff: StaffMember) -> dict[str, Any]:
    name = str(row.number)
    request, answers = look.file["children"][name], look.answer["wishes"][name]
    rows = {one.name: one for one in look.nurseries}
    seat = look.answer["seats"].get(name)
    return {
        "round": look.round,
        "row": row,
        "age": say_age(row.child.member.born_on or row.child.member.expected_on, look.round.first_month),
        "points": request["points"],
        "sensitive": sensitive_sum(row.lines),
        "options": say_options(request["days"]),
        "starts": ", ".join(from_month(month) for month in request["starts"]),
        "wishes": [
            (rank, rows[facility], look.board.points(name, facility), say_answer(answers.get(facility, {})))
            for rank, facility in enumerate(request["wishes"], 1)
        ],
        "seat": say_place(seat),
        "has_seat": seat is not None,
        "decisions": row.decisions.select_related("nursery").order_by("at"),
        "is_aside": StepAside.objects.filter(child=row, member=staff).exists(),
        "form": _form(look, row.number, None),
        "aside_form": AsideForm(),
    }


def say_answer(answer: dict[str, Any]) -> str:
    """The contract's answer in two words; the family reads the whole sentence."""
    return {
        "obtained": _("obtenu"),
        "locked": _("obtenu, par décision"),
        "better_wish": _("mieux obtenu"),
        "full": _("complet"),
        "not_served": _("fermé ces jours-là"),
        "excluded": _("écarté par la commission"),
        "locked_elsewhere": _("placé ailleurs par la commission"),
        "contested": _("contesté"),
    }.get(answer.get("answer", ""), "—")


@staff_page
def attempt(request: HttpRequest, staff: StaffMember, pk: int, number: int) -> HttpResponse:
    """What if: who would come and go. Decides nothing; the same page takes the decision with its reason."""
    look, row = _child(staff, pk, number)
    return _attempt(request, staff, look, row, ReasonForm(), "")


def _attempt(
    request: HttpRequest, staff: StaffMember, look: Look, row: RoundChild, reason: ReasonForm, refusal: str
) -> HttpResponse:
    typed = request.POST if request.method == "POST" else request.GET
    form = _form(look, row.number, typed)
    context = _context(look, row, staff) | {"form": form, "reason_form": reason, "refusal": refusal}
    if not form.is_valid():
        return render_staff(request, staff, "commission/child.html", context)
    context |= {
        "kind_said": DecisionKind(form.cleaned_data["quoi"]).label,
        "typed": {name: form.cleaned_data.get(name, "") for name in ("quoi", "creche", "mois", "jours")},
    }
    try:
        now, then = deciding.try_out(look.round, _as_tried(form, look, row))
    except Refusal as refused:
        return render_staff(request, staff, "commission/attempt.html", context | {"refusal": refusal or str(refused)})
    changes = list(board.changes(now, then))
    touched = {seat["facility"] for one in changes for seat in (one.before, one.after) if seat is not None}
    month = look.file["months"][0]
    weeks = [
        (one, look.half_days(one, month), look.week(one, month, then)) for one in look.nurseries if one.name in touched
    ]
    context |= {
        "changes": [(one, say_change(one)) for one in changes[:MOST_CHANGES]],
        "more": max(0, len(changes) - MOST_CHANGES),
        "weeks": weeks,
        "contested_then": [(pair["children"], pair["facility"]) for pair in then["contested"]],
        "month_said": from_month(month),
        "was_tried": True,
    }
    return render_staff(request, staff, "commission/attempt.html", context)


def _as_tried(form: DecisionForm, look: Look, row: RoundChild) -> Decision:
    name = str(row.number)
    reason = "—"
    if form.cleaned_data["quoi"] == DecisionKind.LOCK:
        seat = look.answer["seats"].get(name)
        if seat is None:
            raise NothingProposed
        return Decision(name, reason, seat["facility"], seat["start"], tuple(seat["half_days"]))
    place = form.nursery.name if form.nursery is not None else ""
    if form.gives:
        return Decision(name, reason, place, form.cleaned_data["mois"], tuple(form.half_days))
    return Decision(name, reason, place)


class NothingProposed(Refusal):
    code = "nothing_proposed"

    def __init__(self) -> None:
        super().__init__(_("Aucune place n’est proposée à cet enfant : il n’y a rien à garder."))


@staff_page
@require_POST
def decide(request: HttpRequest, staff: StaffMember, pk: int, number: int) -> HttpResponse:
    """Take the decision that was tried, with its reason."""
    look, row = _child(staff, pk, number)
    form, reason = _form(look, number, request.POST), ReasonForm(posted(request))
    version = number_in(request.POST.get(Param.VERSION, ""))
    if not form.is_valid() or not reason.is_valid() or version is None:
        return _attempt(request, staff, look, row, reason, "")
    try:
        _as_tried(form, look, row)
        deciding.decide(
            round=look.round,
            version=version,
            number=number,
            kind=form.cleaned_data["quoi"],
            reason=reason.cleaned_data["motif"],
            nursery=form.nursery,
            start=form.cleaned_data["mois"] if form.gives else "",
            half_days=form.half_days,
            by=staff,
        )
    except Refusal as refused:
        look = Look(the_round(staff, pk))
        return _attempt(request, staff, look, row, reason, str(refused))
    messages.success(request, _("La décision est prise, et la proposition recomptée."))
    return redirect("commission:child", pk, number)


@staff_page
@require_POST
def take_back(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    decisions = RoundDecision.objects.filter(round__in=Round.objects.visible_to(staff))
    found = get_object_or_404(decisions.select_related("round", "child"), pk=pk)
    seen = number_in(request.POST.get(Param.VERSION, ""))
    version = -1 if seen is None else seen
    said = _("La décision est reprise, et la proposition recomptée.")
    done(request, lambda: deciding.take_back(decision=found, version=version, by=staff), said)
    return redirect("commission:child", found.round_id, found.child.number)


@staff_page
@require_POST
def aside(request: HttpRequest, staff: StaffMember, pk: int, number: int) -> HttpResponse:
    look, row = _child(staff, pk, number)
    form = AsideForm(posted(request))
    if form.is_valid():
        function = form.cleaned_data["qualite"]
        said = _("Vous ne prenez plus part à ce qui est décidé de ce dossier.")
        if saved(
            request,
            form,
            lambda: deciding.step_aside(round=look.round, number=row.number, function=function, by=staff),
            said,
        ):
            return redirect("commission:child", pk, number)
    look, row = _child(staff, pk, number)
    context = _context(look, row, staff) | {"aside_form": form}
    if look.round.is_frozen and not context["is_aside"]:
        return render_staff(request, staff, "commission/child.html", context)
    return refused(request, form, "commission:child", pk, number)


@staff_page
def find(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """From a number to its file."""
    round = the_round(staff, pk)
    typed = number_in(visible(request.GET.get(Param.PHONE, "")).strip()) or 0
    if RoundChild.objects.filter(round=round, number=typed).exists():
        return redirect("commission:child", pk, typed)
    messages.error(request, _("Aucun dossier de cette session ne porte ce numéro."))
    return redirect(reverse("commission:round", args=[pk]))
