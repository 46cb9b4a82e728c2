"""Families at the counter: found, opened for a caller, what was seen of them noted, one child made one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from booking.residents.families import actions, papers, queries
from booking.residents.families.finding import find_families
from booking.residents.families.merging import merge_members
from booking.residents.forms.family import MemberForm
from booking.residents.forms.staff import NewFamilyForm, PaperForm, QuotientForm, in_a_year
from booking.residents.models import Household, Member
from municipalities import rules, services
from municipalities.access import posted, render_staff, staff_page
from municipalities.exceptions import Refusal
from municipalities.idempotency import one_press
from municipalities.models import StaffMember, Why
from municipalities.query_names import Param
from municipalities.readings import note_subjects
from municipalities.visible import visible

#: `ReadTrace.subject_type` of a family.
HOUSEHOLD = "household"


def _served(staff: StaffMember, pk: UUID) -> Household:
    return get_object_or_404(Household.objects.visible_to(staff).select_related("home_municipality"), pk=pk)


def _only_for(staff: StaffMember) -> None:
    if not rules.serves_families(staff):
        raise Http404


@staff_page
@require_GET
def find(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    _only_for(staff)
    asked = visible(request.GET.get(Param.TYPED, ""))[:200].strip()
    found = find_families(staff, asked) if asked else []
    note_subjects(HOUSEHOLD, *(one.pk for one in found), why=Why.SEARCH, view="families:find", by=staff)
    return render_staff(request, staff, "families/find.html", {"asked": asked, "found": found})


@staff_page
@require_GET
def family(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    household = _served(staff, pk)
    note_subjects(HOUSEHOLD, household.pk, why=Why.SEARCH, view="families:family", by=staff)
    context = {
        "household": household,
        "members": queries.members_of(household),
        "guardians": queries.guardians_of(household),
        "papers": queries.papers_of(household),
        "today": timezone.localdate(),
        "links": services.household_links(household.pk, staff),
    }
    return render_staff(request, staff, "families/family.html", context)


def _form(request: HttpRequest, staff: StaffMember, title: str, status: int = 200, **context: Any) -> HttpResponse:
    return render_staff(request, staff, "families/form.html", {"title": title, **context}, status=status)


def _done(request: HttpRequest, household: Household, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return redirect("families:family", pk=household.pk)


@staff_page
@require_http_methods(["GET", "POST"])
@one_press
def new(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """For a caller or a visitor. The mailbox they give opens the family once they have shown that they read it."""
    _only_for(staff)
    form, title = NewFamilyForm(posted(request)), _("Ouvrir une famille pour quelqu’un")
    if not form.is_bound or not form.is_valid():
        return _form(request, staff, title, 422 if form.is_bound else 200, form=form)
    guardian = actions.open_household(**form.cleaned_data, is_confirmed=False, by=staff)
    return _done(request, guardian.household, _("La famille est ouverte."))


@staff_page
@require_http_methods(["GET", "POST"])
@one_press
def new_member(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    household = _served(staff, pk)
    form, title = MemberForm(posted(request)), _("Ajouter une personne")
    if not form.is_bound or not form.is_valid():
        return _form(request, staff, title, 422 if form.is_bound else 200, form=form, household=household)
    try:
        member = actions.add_member(household=household, **form.cleaned_data, by=staff)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _form(request, staff, title, 409, form=form, household=household)
    return _done(request, household, _("%(name)s fait partie de la famille.") % {"name": member})


@staff_page
@require_http_methods(["GET", "POST"])
def quotient(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    household = _served(staff, pk)
    form, title = QuotientForm(posted(request), initial={"until": in_a_year()}), _("Noter un quotient vu")
    if not form.is_bound or not form.is_valid():
        return _form(request, staff, title, 422 if form.is_bound else 200, form=form, household=household)
    try:
        papers.note_quotient(household=household, **form.cleaned_data, by=staff)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _form(request, staff, title, 409, form=form, household=household)
    return _done(request, household, _("Le quotient est noté. Rendez l’attestation : elle n’est pas gardée."))


@staff_page
@require_http_methods(["GET", "POST"])
@one_press
def paper(request: HttpRequest, staff: StaffMember, pk: UUID) -> HttpResponse:
    household = _served(staff, pk)
    form = PaperForm(posted(request), members=queries.members_of(household), initial={"until": in_a_year()})
    title = _("Noter une pièce vue")
    if not form.is_bound or not form.is_valid():
        return _form(request, staff, title, 422 if form.is_bound else 200, form=form, household=household)
    try:
        papers.note_paper(household=household, **form.noted(), by=staff)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _form(request, staff, title, 409, form=form, household=household)
    return _done(request, household, _("La pièce est enregistrée. Rendez-la : elle n’est pas gardée."))


@staff_page
@require_POST
def forget_paper(request: HttpRequest, staff: StaffMember, pk: UUID, paper: int) -> HttpResponse:
    """Noted by mistake."""
    household = _served(staff, pk)
    papers.forget_paper(paper=get_object_or_404(household.papers.all(), pk=paper), by=staff)
    return _done(request, household, _("La pièce n’est plus enregistrée."))


@staff_page
@require_http_methods(["GET", "POST"])
def doubles(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Children whom two households wrote down each: one by name and birth date. An agent says whether they are."""
    _only_for(staff)
    refusal = ""
    if request.method == "POST":
        by_pk = {str(one.pk): one for pair in queries.same_child_twice() for one in pair}
        kept, other = (by_pk.get(request.POST.get(name, "")) for name in ("kept", "other"))
        if kept is None or other is None or kept == other:
            raise Http404
        refusal = _merged(request, staff, kept, other)
        if not refusal:
            return redirect("families:doubles")
    pairs = queries.same_child_twice()
    homes = {home.pk for pair in pairs for one in pair for home in one.households.all()}
    note_subjects(HOUSEHOLD, *homes, why=Why.SEARCH, view="families:doubles", by=staff)
    context = {"pairs": pairs, "refusal": refusal}
    return render_staff(request, staff, "families/doubles.html", context, status=409 if refusal else 200)


def _merged(request: HttpRequest, staff: StaffMember, kept: Member, other: Member) -> str:
    try:
        merge_members(kept=kept, other=other, by=staff)
    except Refusal as refusal:
        return str(refusal)
    messages.success(request, _("Les deux fiches n’en font plus qu’une."))
    return ""
