"""What a family decides of its data: share a child, see who is signed in, take a copy, be forgotten."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from booking.residents.access import context_of, household_page, let_out
from booking.residents.addresses import private_address
from booking.residents.exceptions import ShareRefused
from booking.residents.export import copy_of
from booking.residents.families import actions, erasing
from booking.residents.forms.family import EraseForm
from booking.residents.models import HouseholdSession
from booking.residents.sign_in import sessions
from municipalities import services
from municipalities.access import posted
from municipalities.exceptions import Refusal
from municipalities.middleware import current_municipality
from municipalities.query_names import Param


@require_http_methods(["GET", "POST"])
@household_page
def share(request: HttpRequest, session: HouseholdSession, pk: UUID) -> HttpResponse:
    """The link for the child's other household. Each one made ends those before, so pressing twice makes one."""
    member = get_object_or_404(session.guardian.household.members.filter(erased_at__isnull=True), pk=pk)
    context = context_of(session, member=member)
    if request.method == "POST":
        token = actions.share_child(member=member)
        context["link"] = private_address("family:join", token, through=current_municipality(request))
        context["until"] = timezone.now() + actions.SHARE_FOR - timedelta(minutes=1)
    return render(request, "family/share.html", context)


@require_http_methods(["GET", "POST"])
@household_page
def join(request: HttpRequest, session: HouseholdSession, token: str) -> HttpResponse:
    """The other household takes the child in by the link."""
    try:
        if request.method == "GET":
            return render(request, "family/join.html", context_of(session, member=actions.shared_child(token)))
        member = actions.join_child(household=session.guardian.household, token=token)
    except Refusal as refusal:
        status = 404 if isinstance(refusal, ShareRefused) else 409
        return render(request, "family/join.html", context_of(session, refusal=refusal), status=status)
    messages.success(request, _("%(name)s fait partie de la famille.") % {"name": member})
    return redirect("family:home")


@require_GET
@household_page
def signed_in(request: HttpRequest, session: HouseholdSession) -> HttpResponse:
    found = sessions.sessions_of(session.guardian.household)
    return render(request, "family/sessions.html", context_of(session, sessions=found))


@require_POST
@household_page
def end_session(request: HttpRequest, session: HouseholdSession) -> HttpResponse:
    """One of the household's sessions, or all but this one."""
    which = request.POST.get(Param.SESSION, "")
    if which == "autres":
        sessions.end_others(session=session)
    else:
        for other in sessions.sessions_of(session.guardian.household):
            if str(other.pk) == which:
                sessions.end(session=other)
    if which == str(session.pk):
        response = redirect("family:signed_out")
        let_out(response)
        return response
    messages.success(request, _("C’est déconnecté."))
    return redirect("family:sessions")


@require_GET
@household_page
def export(_request: HttpRequest, session: HouseholdSession) -> HttpResponse:
    response = JsonResponse(copy_of(session.guardian.household), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="famille.json"'
    return response


@require_http_methods(["GET", "POST"])
@household_page
def erase(request: HttpRequest, session: HouseholdSession) -> HttpResponse:
    """Says what stays and why before anything goes; erases the rest at once."""
    household = session.guardian.household
    form = EraseForm(posted(request))
    if not form.is_bound or not form.is_valid():
        stays = erasing.what_stays(household)
        status = 422 if form.is_bound else 200
        context = context_of(session, form=form, stays=stays, outliving=services.outliving(household.pk))
        return render(request, "family/erase.html", context, status=status)
    erased = erasing.erase(household)
    reasons = sorted({sentence for sentences in erased.stays.values() for sentence in sentences})
    is_gone = household.pk in erased.gone
    response = render(request, "family/erased.html", {"reasons": reasons, "is_gone": is_gone})
    if is_gone:
        let_out(response)
    return response
