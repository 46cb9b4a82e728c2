from functools import partial

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from municipalities import rules
from municipalities.access import posted, render_staff, saved, staff_page
from municipalities.actions import staff as actions
from municipalities.exceptions import Refusal
from municipalities.forms.staff import NewMemberForm, PersonForm, RoleForm
from municipalities.idempotency import one_press
from municipalities.models import StaffMember
from municipalities.queries import is_wholly_managed_by, members_managed_by, roles_managed_by
from municipalities.query_names import Param
from municipalities.visible import visible

PER_PAGE = 50


def _must_manage(staff: StaffMember) -> None:
    if not rules.manages_a_facility(staff):
        raise Http404


@staff_page
def members(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    _must_manage(staff)
    asked = visible(request.GET.get(Param.TYPED, "")).replace("\x00", "").strip()[:100]
    found = members_managed_by(staff)
    if asked:
        found = found.filter(Q(name__icontains=asked) | Q(email__icontains=asked))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get(Param.PAGE))
    context = {"page": page, "asked": asked, "today": timezone.localdate()}
    return render_staff(request, staff, "staff/members.html", context)


@staff_page
@one_press
def new_member(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    _must_manage(staff)
    form = NewMemberForm(posted(request), by=staff)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            member, is_new = actions.add_staff_member(
                email=data["email"], name=data["name"], language=data["language"], by=staff, **form.where()
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            if is_new:
                messages.success(request, _("Le compte est ouvert et l’invitation part à l’instant."))
            else:
                messages.success(request, _("Cette adresse avait déjà un compte : le rôle y est ajouté."))
            return redirect("staff:member", member.pk)
    return render_staff(request, staff, "staff/member_new.html", {"form": form})


@staff_page
def member(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    person = _member(staff, pk)
    form = PersonForm(posted(request), initial={"name": person.name, "language": person.language})
    if request.method == "POST" and form.is_valid():
        changed = partial(actions.change_staff_member, member=person, by=staff, **form.cleaned_data)
        if saved(request, form, changed, _("Les changements sont enregistrés.")):
            return redirect("staff:member", person.pk)
    return _member_page(request, staff, pk, form, RoleForm(by=staff))


@staff_page
@require_POST
@one_press
def member_role(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Give one more role."""
    person = _member(staff, pk)
    form = RoleForm(request.POST, by=staff)
    if form.is_valid():
        given = partial(actions.give_role, member=person, by=staff, **form.where())
        if saved(request, form, given, _("Le rôle est donné.")):
            return redirect("staff:member", person.pk)
    own = PersonForm(initial={"name": person.name, "language": person.language})
    return _member_page(request, staff, pk, own, form)


@staff_page
@require_POST
def member_account(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    """Invite again, close or reopen the account."""
    person = _member(staff, pk)
    verbs = {
        "inviter": (actions.invite, _("L’invitation part à l’instant.")),
        "fermer": (actions.close_account, _("Le compte est fermé.")),
        "rouvrir": (actions.reopen_account, _("Le compte est rouvert.")),
    }
    if request.POST.get(Param.ACT) not in verbs:
        raise Http404
    act, done = verbs[request.POST[Param.ACT]]
    try:
        act(member=person, by=staff)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("staff:member", person.pk)


@staff_page
@require_POST
def end_role(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    held = get_object_or_404(roles_managed_by(staff), pk=pk)
    try:
        actions.end_role(held=held, by=staff)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("staff:member", held.staff_id)
    messages.success(request, _("Le rôle est retiré."))
    if members_managed_by(staff).filter(pk=held.staff_id).exists():
        return redirect("staff:member", held.staff_id)
    return redirect("staff:members")


def _member(staff: StaffMember, pk: int) -> StaffMember:
    _must_manage(staff)
    return get_object_or_404(members_managed_by(staff), pk=pk)


def _member_page(
    request: HttpRequest, staff: StaffMember, pk: int, form: PersonForm, role_form: RoleForm
) -> HttpResponse:
    person = _member(staff, pk)
    today = timezone.localdate()
    held = [
        (role, role.valid_until is not None and role.valid_until < today, rules.may_end(staff, role))
        for role in roles_managed_by(staff).filter(staff=person)
    ]
    context = {
        "person": person,
        "form": form,
        "role_form": role_form,
        "held": held,
        "is_wholly_managed": is_wholly_managed_by(person, staff),
        "has_signed_in": person.last_login is not None,
    }
    return render_staff(request, staff, "staff/member.html", context)
