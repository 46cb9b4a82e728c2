"""Rounds as a whole: announce one, freeze it, look at all its nurseries, count it again."""

from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from booking.nurseries.calendar_words import from_month
from booking.nurseries.desk.forms import GuaranteedForm, MembersForm, RoundForm
from booking.nurseries.desk.looking import Look
from booking.nurseries.models import Round, RoundDecision, RoundState
from booking.nurseries.rounds import deciding, freezing, publishing
from booking.nurseries.rounds import minutes as minutes_pdf
from municipalities import rules
from municipalities.access import posted, render_staff, saved, staff_page
from municipalities.exceptions import Refusal, simple_attempt
from municipalities.idempotency import one_press
from municipalities.models import StaffMember
from municipalities.query_names import Param
from municipalities.rules import RIGHTS, Ability

MOST_SHOWN = 40


def the_round(staff: StaffMember, pk: int) -> Round:
    return get_object_or_404(Round.objects.visible_to(staff).select_related("operator", "grid"), pk=pk)


def chaired(staff: StaffMember, pk: int) -> Round:
    return get_object_or_404(Round.objects.chaired_by(staff).select_related("operator", "grid"), pk=pk)


def refused(request: HttpRequest, form: BaseForm, page: str, *arguments: int) -> HttpResponse:
    """Why, on a page that has no such form any more: the round went on, or it is somebody else's to fill in."""
    messages.error(request, " ".join(str(one) for errors in form.errors.values() for one in errors))
    return redirect(page, *arguments)


@staff_page
def rounds(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    if not rules.for_nurseries(staff, Ability.SIT_ON_COMMISSION):
        raise Http404
    chairs = rules.for_nurseries(staff, Ability.CHAIR_COMMISSION)
    found = Round.objects.visible_to(staff).defer("file", "decided", "answer")
    may_announce = chairs and not found.exclude(state="published").exists()
    return render_staff(request, staff, "commission/rounds.html", {"rounds": found, "may_announce": may_announce})


@staff_page
@one_press
def new_round(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    authorities = staff.current_roles().authorities_with(*RIGHTS[Ability.CHAIR_COMMISSION])
    if not authorities:
        raise Http404
    form = RoundForm(posted(request), instance=Round(operator_id=authorities[0]))
    if request.method == "POST" and form.is_valid():
        said = _("La session est annoncée, et l’empreinte de sa graine publiée.")
        if saved(request, form, lambda: freezing.announce(round=form.instance, by=staff), said):
            return redirect("commission:round", form.instance.pk)
    return render_staff(request, staff, "commission/new_round.html", {"form": form})


@staff_page
def round(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Before the freeze what it will write, then all nurseries side by side."""
    return _page(request, staff, the_round(staff, pk))


def _page(request: HttpRequest, staff: StaffMember, found: Round, **forms: BaseForm) -> HttpResponse:
    """`forms`: what was typed and refused, with why."""
    chairs = Round.objects.chaired_by(staff).filter(pk=found.pk).exists()
    context: dict[str, Any] = {"round": found, "chairs": chairs, "from_month": from_month(f"{found.first_month:%Y-%m}")}
    if found.state == "prepared":
        return render_staff(request, staff, "commission/prepared.html", context | _to_come(found) | forms)
    look = Look(found)
    decisions = RoundDecision.objects.filter(round=found).select_related("child", "nursery").order_by("at", "pk")
    context |= {
        "look": look,
        "lines": look.lines(),
        "contested": look.contested(),
        "decisions": decisions,
        "asides": found.asides.select_related("child"),
        "members_form": MembersForm(instance=found),
        "is_audited": found.audited_digest == found.decided_digest,
    }
    return render_staff(request, staff, "commission/round.html", context | forms)


def _to_come(round: Round) -> dict[str, Any]:
    """What the chair sees and may set before the freeze."""
    owed = freezing.guaranteed_to_settle(round)
    return {
        "may_freeze": timezone.localdate() > round.closes_on,
        "settled": [one for one in owed if not one.is_spread],
        "form": GuaranteedForm(owed=owed),
    }


@staff_page
@require_POST
def freeze(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = chaired(staff, pk)
    form = GuaranteedForm(posted(request), owed=freezing.guaranteed_to_settle(found))
    if form.is_valid():
        said = _("La session est figée : fichier, grille, places et tirage ne changent plus.")
        if saved(request, form, lambda: freezing.freeze(round=found, guaranteed=form.said(), by=staff), said):
            return redirect("commission:round", pk)
    now = the_round(staff, pk)
    if now.state == RoundState.PREPARED:
        return _page(request, staff, now, form=form)
    return refused(request, form, "commission:round", pk)


@staff_page
@require_POST
def members(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    found = chaired(staff, pk)
    form = MembersForm(posted(request), instance=chaired(staff, pk))
    if form.is_valid():
        said = _("Les membres présents sont notés.")
        typed = form.cleaned_data["members"]
        if saved(request, form, lambda: deciding.name_members(round=found, members=typed, by=staff), said):
            return redirect("commission:round", pk)
    now = the_round(staff, pk)
    if now.is_frozen:
        return _page(request, staff, now, members_form=form)
    return refused(request, form, "commission:round", pk)


@staff_page
@require_POST
def audit(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """The second count, by a code that shares nothing with the first; what it finds is shown at once."""
    found = chaired(staff, pk)
    result: list[publishing.Audit] = []
    refusal = simple_attempt(lambda: result.append(publishing.audit(round=found, by=staff)))
    if refusal:
        messages.error(request, refusal)
    elif result[0].is_right:
        messages.success(request, _("Contrôle : la réponse est juste. Limites, droits et motifs ont été recomptés."))
    else:
        number = len(result[0].findings)
        said = ngettext("Contrôle : %(number)d erreur.", "Contrôle : %(number)d erreurs.", number)
        messages.error(request, " ".join([said % {"number": number}, *result[0].findings[:MOST_SHOWN]]))
    return redirect("commission:round", pk)


@staff_page
def file(_request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """The file with the decisions, as `manage.py allocate` reads it."""
    found = the_round(staff, pk)
    if not found.decided:
        raise Http404
    response = HttpResponse(found.decided.encode(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="session-{found.pk}.json"'
    return response


@staff_page
def news(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Asked by an open page: whether somebody has changed the round since. A sentence, or nothing."""
    found = the_round(staff, pk)
    seen = request.GET.get(Param.VERSION, "")
    if seen == str(found.version):
        return HttpResponse("")
    return render_staff(request, staff, "commission/_news.html", {"round": found})


@staff_page
def minutes(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """The minutes as they stand; of a published round they never change."""
    found = the_round(staff, pk)
    if not found.decided:
        raise Http404
    try:
        content = minutes_pdf.pdf_of(found)
    except Refusal as refused:
        messages.error(request, str(refused))
        return redirect("commission:round", pk)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="proces-verbal-{found.pk}.pdf"'
    return response
