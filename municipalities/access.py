"""The door of every staff page: signed in today, with a second factor, and not away for half an hour."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.forms import BaseForm
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from municipalities import rules
from municipalities.exceptions import simple_attempt
from municipalities.models import StaffMember

P = ParamSpec("P")

#: Session: when this person last asked for a page, in seconds; and what they were sending when they had been away.
SEEN = "staff_seen"
KEPT = "staff_kept"
#: The session's row is written at most this often for it.
NOTED_EVERY = 60
#: What was typed is kept this long, and up to this size; files are not kept.
KEPT_SECONDS = 30 * 60
KEPT_BYTES = 60_000


Page = TypeVar("Page", bound=Callable[..., HttpResponseBase])


def among_staff_pages(view: Page) -> Page:
    """Marks a view as one of the agents' pages, by which the walk of the rights finds it, in whatever app."""
    view.is_staff_page = True  # type: ignore[attr-defined]
    return view


def is_staff_page(view: Callable[..., object]) -> bool:
    return bool(getattr(view, "is_staff_page", False))


def staff_page(
    view: Callable[Concatenate[HttpRequest, StaffMember, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Sign-in first; the view then gets the person as its second argument. Pages with names are never cached."""

    @among_staff_pages
    @wraps(view)
    @sensitive_post_parameters()
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        staff = request.user
        if not isinstance(staff, StaffMember) or not staff.is_active:
            # After a POST the address may not accept GET: the person lands on the staff home instead.
            return _to_the_door(request, request.get_full_path() if request.method == "GET" else "")
        stopped = _stopped(request, staff)
        if stopped is not None:
            return stopped
        response = view(request, staff, *args, **kwargs)
        if isinstance(response, HttpResponseNotAllowed) and request.method == "GET":
            response = _not_by_address(request, staff, response)
        add_never_cache_headers(response)
        return response

    return guarded


def _not_by_address(request: HttpRequest, staff: StaffMember, refused: HttpResponseNotAllowed) -> HttpResponse:
    """After a refusal the address may be one that only buttons open: a reload, or another language, leads here."""
    sentence = _("Cette page ne s’ouvre que par son bouton : reprenez depuis l’espace des agents.")
    context = {"sentence": sentence, "refused_title": _("Page introuvable")}
    page = render_staff(request, staff, "staff/refused.html", context, status=refused.status_code)
    page["Allow"] = refused["Allow"]
    return page


def guard_middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """The same door for pages that are not ours to decorate: Django's administration, and those of the account, which
    somebody who has been away too long finds signed out."""
    # A path of ours in whatever language: /gestion/, /de/gestion/.
    languages = ["", *(f"/{code}" for code, _name in settings.LANGUAGES)]
    inside = tuple(f"{language}/gestion/" for language in languages)
    account = tuple(f"{language}/compte/" for language in languages)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(account) and settings.SESSION_COOKIE_NAME in request.COOKIES:
            staff = request.user
            if isinstance(staff, StaffMember) and _is_over(request, staff):
                logout(request)
        if request.path_info.startswith(inside):
            staff = request.user
            # Django's own sign-in asks for no second factor, so it is never shown.
            if not isinstance(staff, StaffMember) or not staff.is_active:
                return _to_the_door(request, request.get_full_path() if request.method == "GET" else "")
            stopped = _stopped(request, staff)
            if stopped is not None:
                return stopped
        return get_response(request)

    return middleware


def present_staff(request: HttpRequest) -> StaffMember | None:
    """Whoever would be let in here as an agent now, for pages that are everybody's. Changes nothing.

    Signed in is not enough: not with a password alone where a second factor is asked, nor after half an hour away, nor
    at the end of a long day.
    """
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None  # residents have no session: their requests never read the session table
    staff = request.user
    if not isinstance(staff, StaffMember) or not staff.is_active or lacks_second_factor(staff):
        return None
    return None if _is_over(request, staff) else staff


def _is_over(request: HttpRequest, staff: StaffMember) -> str:
    """Why this session ends now, as the sign-in page is told; empty while it goes on.

    A session that is used without a break ends too: whoever has stolen one does not keep it for ever.
    """
    now = time.time()
    if now - _signed_in_at(request, staff) > settings.STAFF_SESSION_HOURS * 3600:
        return "duree"
    if now - _last_seen(request, staff) > settings.STAFF_IDLE_MINUTES * 60:
        return "inactif"
    return ""


def lacks_second_factor(staff: StaffMember) -> bool:
    """Whether this person must set up a passkey or a code before anything else. One query per instance and request."""
    if not settings.STAFF_MFA_REQUIRED:
        return False
    lacking: bool | None = getattr(staff, "_lacks_second_factor", None)
    if lacking is None:
        lacking = not is_mfa_enabled(staff)
        staff._lacks_second_factor = lacking  # type: ignore[attr-defined]
    return lacking


def _stopped(request: HttpRequest, staff: StaffMember) -> HttpResponse | None:
    over = _is_over(request, staff)
    if over:
        return _sign_in_again(request, staff, over)
    now = int(time.time())
    # What a page fetches by itself says nothing about a person in front of it.
    fetched = request.method == "GET" and "HX-Request" in request.headers
    if not fetched and now - _last_seen(request, staff) >= NOTED_EVERY:
        request.session[SEEN] = now
    if lacks_second_factor(staff):
        return redirect("staff:second_factor")
    return None


def _last_seen(request: HttpRequest, staff: StaffMember) -> int:
    """When this session last asked for a page; before the first is noted, when one last showed who one is."""
    seen = request.session.get(SEEN)
    return seen if isinstance(seen, int) else max(_moments(request, staff))


def _signed_in_at(request: HttpRequest, staff: StaffMember) -> int:
    return min(_moments(request, staff))


def _moments(request: HttpRequest, staff: StaffMember) -> list[int]:
    """When in this session a password, a key or a code was shown: at the sign-in, and before what asks for it again."""
    records = request.session.get("account_authentication_methods") or []
    moments = [int(record["at"]) for record in records if isinstance(record.get("at"), int | float)]
    return moments or [int(staff.last_login.timestamp()) if staff.last_login else 0]


def _sign_in_again(request: HttpRequest, staff: StaffMember, why: str) -> HttpResponse:
    """Sign out, and keep what was being sent for the same person to send again."""
    kept = None
    if request.method == "POST" and not request.FILES:
        data = [(name, text) for name, texts in request.POST.lists() for text in texts if name != "csrfmiddlewaretoken"]
        if sum(len(name) + len(str(text)) for name, text in data) <= KEPT_BYTES:
            kept = {
                "staff": staff.pk,
                "path": request.get_full_path(),
                "data": data,
                "until": int(time.time()) + KEPT_SECONDS,
            }
    logout(request)
    back = request.get_full_path() if request.method == "GET" else reverse("staff:resume")
    if kept is not None:
        request.session[KEPT] = kept
    return _to_the_door(request, back, why=why)


def _to_the_door(request: HttpRequest, back: str, why: str = "") -> HttpResponse:
    """The sign-in page, then back. A piece of a page that htmx asked for sends the whole page there."""
    response = redirect_to_login(back)
    address = response.url
    if why:
        address += f"{'&' if '?' in address else '?'}raison={why}"
    if "HX-Request" in request.headers:
        moved = HttpResponse(status=204)
        moved["HX-Redirect"] = address
        return moved
    return HttpResponseRedirect(address)


def kept_form(request: HttpRequest, staff: StaffMember) -> dict[str, Any] | None:
    """What this person was sending when they had been away: {"path", "data": [[name, text], …]}; once."""
    kept = request.session.pop(KEPT, None)
    if not isinstance(kept, dict) or kept.get("staff") != staff.pk or kept.get("until", 0) < time.time():
        return None
    return kept


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to. A form of one unticked box posts nothing at all, and is bound all the same."""
    return request.POST if request.method == "POST" else None


def done(request: HttpRequest, change: Callable[[], object], said: str) -> None:
    """Do what a button asks for. The next page says that it is done, or why not."""
    refusal = simple_attempt(change)
    if refusal:
        messages.error(request, refusal)
    else:
        messages.success(request, said)


def saved(request: HttpRequest, form: BaseForm, change: Callable[[], object], said: str) -> bool:
    """Save what a valid form says. The next page says that it is done; when it is refused, the form says why."""
    refusal = simple_attempt(change)
    if refusal:
        form.add_error(None, refusal)
        return False
    messages.success(request, said)
    return True


def render_staff(
    request: HttpRequest, staff: StaffMember, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    context = {**context, "staff": staff, "manages_territory": rules.manages_territory(staff)}
    return render(request, template, context, status=status)


def refuse_read_only(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    sentence = _("Votre rôle permet de voir ces rendez-vous, pas de les changer.")
    return render_staff(request, staff, "staff/refused.html", {"sentence": sentence}, status=403)
