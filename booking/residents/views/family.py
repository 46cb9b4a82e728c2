"""A family's own pages: who it is, where it lives, what was seen of it. Everything here is the signed-in family's."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from booking.residents.access import context_of, household_page
from booking.residents.exceptions import AttestedAlready, StillNeeded
from booking.residents.families import actions, queries
from booking.residents.families.erasing import season_of
from booking.residents.forms.family import GuardianForm, HealthForm, HomeForm, MemberForm, NewGuardianForm
from booking.residents.franceconnect import client
from booking.residents.models import Guardian, HouseholdSession, Member
from municipalities import services
from municipalities.access import posted
from municipalities.exceptions import Refusal
from municipalities.idempotency import one_press


@require_GET
@household_page
def home(request: HttpRequest, session: HouseholdSession) -> HttpResponse:
    household = session.guardian.household
    season = season_of(timezone.now())
    context = context_of(
        session,
        members=queries.members_of(household),
        guardians=queries.guardians_of(household),
        papers=queries.papers_of(household),
        season=season,
        next_season=season + 1,
        today=timezone.localdate(),
        franceconnect=client.is_offered(),
        panels=services.family_panels_of(request, household.pk),
    )
    return render(request, "family/home.html", context)


def _page(
    request: HttpRequest, session: HouseholdSession, template: str, status: int = 200, **context: Any
) -> HttpResponse:
    return render(request, f"family/{template}.html", context_of(session, **context), status=status)


def _done(request: HttpRequest, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return redirect("family:home")


def _my_member(session: HouseholdSession, pk: UUID) -> Member:
    return get_object_or_404(session.guardian.household.members.filter(erased_at__isnull=True), pk=pk)


def _my_guardian(session: HouseholdSession, pk: UUID) -> Guardian:
    return get_object_or_404(session.guardian.household.guardians.all(), pk=pk)


@require_http_methods(["GET", "POST"])
@household_page
@one_press
def new_member(request: HttpRequest, session: HouseholdSession) -> HttpResponse:
    form = MemberForm(posted(request), initial={"family_name": _last_family_name(session)})
    if not form.is_bound:
        return _page(request, session, "member", form=form)
    if not form.is_valid():
        return _page(request, session, "member", 422, form=form)
    try:
        member = actions.add_member(household=session.guardian.household, **form.cleaned_data)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _page(request, session, "member", 409, form=form)
    return _done(request, _("%(name)s fait partie de la famille.") % {"name": member})


def _last_family_name(session: HouseholdSession) -> str:
    """Brothers and sisters mostly share it."""
    last = session.guardian.household.members.exclude(family_name="").order_by("-created_at").first()
    return last.family_name if last else ""


@require_http_methods(["GET", "POST"])
@household_page
def member(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    """Correct somebody, or tell a birth."""
    found = _my_member(session, pk)
    names = ("given_name", "family_name", "born_on", "expected_on", "safety_remark")
    form = MemberForm(posted(request), initial={name: getattr(found, name) for name in names})
    if not form.is_bound:
        return _page(request, session, "member", form=form, member=found)
    if not form.is_valid():
        return _page(request, session, "member", 422, form=form, member=found)
    try:
        actions.correct_member(member=found, **form.cleaned_data)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _page(request, session, "member", 409, form=form, member=found)
    return _done(request, _("C’est corrigé."))


@require_http_methods(["GET", "POST"])
@household_page
def remove_member(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    found = _my_member(session, pk)
    shared = found.memberships.exclude(household=session.guardian.household_id).exists()
    if request.method == "GET":
        return _page(request, session, "remove_member", member=found, shared=shared)
    name = str(found)
    try:
        actions.remove_member(household=session.guardian.household, member=found)
    except StillNeeded as refusal:
        return _page(request, session, "remove_member", 409, member=found, shared=shared, refusal=refusal)
    return _done(request, _("%(name)s ne fait plus partie de la famille.") % {"name": name})


@require_http_methods(["GET", "POST"])
@household_page
@one_press
def health(request: HttpRequest, session: HouseholdSession, pk: UUID, season: int) -> HttpResponse:
    """The tick of a guardian for one season. No question is asked here, and no answer kept."""
    found = _my_member(session, pk)
    now = season_of(timezone.now())
    if season not in (now, now + 1) or not found.is_born:
        raise Http404
    form = HealthForm(posted(request))
    context: dict[str, Any] = {"form": form, "member": found, "season": season, "next_season": season + 1}
    if not form.is_bound:
        return _page(request, session, "health", **context)
    if not form.is_valid():
        return _page(request, session, "health", 422, **context)
    try:
        actions.attest_health(guardian=session.guardian, member=found, season=season)
    except AttestedAlready as refusal:
        return _done(request, str(refusal))
    return _done(request, _("L’attestation est enregistrée à la date d’aujourd’hui."))


@require_http_methods(["GET", "POST"])
@household_page
@one_press
def new_guardian(request: HttpRequest, session: HouseholdSession) -> HttpResponse:
    form = NewGuardianForm(posted(request))
    if not form.is_bound:
        return _page(request, session, "guardian", form=form)
    if not form.is_valid():
        return _page(request, session, "guardian", 422, form=form)
    try:
        actions.add_guardian(household=session.guardian.household, **form.cleaned_data)
    except Refusal as refusal:
        form.add_error("email", str(refusal))
        return _page(request, session, "guardian", 409, form=form)
    return _done(request, _("Un courriel invite cette personne à entrer avec sa propre adresse."))


@require_http_methods(["GET", "POST"])
@household_page
def guardian(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    found = _my_guardian(session, pk)
    form = GuardianForm(posted(request), initial={"name": found.name, "phone": found.phone})
    if not form.is_bound:
        return _page(request, session, "guardian", form=form, adult=found)
    if not form.is_valid():
        return _page(request, session, "guardian", 422, form=form, adult=found)
    actions.correct_guardian(guardian=found, **form.cleaned_data)
    return _done(request, _("C’est corrigé."))


@require_http_methods(["GET", "POST"])
@household_page
def remove_guardian(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    found = _my_guardian(session, pk)
    if request.method == "GET":
        return _page(request, session, "remove_guardian", adult=found)
    try:
        actions.remove_guardian(guardian=found)
    except Refusal as refusal:
        return _page(request, session, "remove_guardian", 409, adult=found, refusal=refusal)
    if found.pk == session.guardian_id:
        return redirect("family:signed_out")
    return _done(request, _("Cette personne n’ouvre plus la famille."))


@require_http_methods(["GET", "POST"])
@household_page
def town(request: HttpRequest, session: HouseholdSession) -> HttpResponse:
    household = session.guardian.household
    here = household.home_municipality
    form = HomeForm(posted(request), initial={"home": here.slug if here else ""})
    if not form.is_bound:
        return _page(request, session, "town", form=form)
    if not form.is_valid():
        return _page(request, session, "town", 422, form=form)
    actions.move_home(household=household, home=form.town)
    return _done(request, _("Votre commune est enregistrée."))
