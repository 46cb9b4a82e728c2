"""The second door of families. The browser leaves by a link and comes back with a code; what it then is told is ours.

FranceConnect brings people back by GET. Whoever it knows is let in there and then; what would be new (a family, the tie
to one that is signed in) is done by pressing a button on a page of ours.
"""

import hmac
import secrets
from collections.abc import Mapping

import structlog
from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from booking.residents import limits
from booking.residents.access import BACK, context_of, current, household_page, let_in, safe_back
from booking.residents.addresses import absolute
from booking.residents.browsers import browser_of
from booking.residents.exceptions import FranceConnectRefused, FranceConnectTaken
from booking.residents.forms.sign_in import AskCodeForm
from booking.residents.franceconnect import client, people
from booking.residents.models import Guardian, HouseholdSession
from booking.residents.views.pages import private, too_many
from municipalities.cookies import cookie_name
from municipalities.query_names import Param
from municipalities.templatetags.browsers import say_browser

log = structlog.get_logger(__name__)
#: What the browser keeps while it is away: the state and the nonce it left with. Then, who came back with it.
AWAY_COOKIE, MET_COOKIE = "gc_fc_parti", "gc_fc_revenu"
AWAY_SECONDS, MET_SECONDS = 15 * 60, 10 * 60
#: Bytes of a state or nonce: 43 letters, where FranceConnect asks for 32.
SECRET_BYTES = 32


def our_address(name: str) -> str:
    """An address of ours as it was told to FranceConnect: always the same one, whatever page one comes from."""
    with translation.override(settings.LANGUAGE_CODE):
        return absolute(name, through=None)


@require_GET
def leave(request: HttpRequest) -> HttpResponse:
    """To FranceConnect, with a state and a nonce that only this browser has."""
    if not client.is_offered():
        raise Http404
    state, nonce = secrets.token_urlsafe(SECRET_BYTES), secrets.token_urlsafe(SECRET_BYTES)
    where = client.authorize_address(state=state, nonce=nonce, back=our_address("family:franceconnect_back"))
    response = private(redirect(where))
    left = {
        "state": state,
        "nonce": nonce,
        "back": safe_back(request, request.GET.get(BACK, "")),
        "shared": request.GET.get(Param.SHARE) == "1",
        "language": get_language() or settings.LANGUAGE_CODE,
    }
    _keep(request, response, AWAY_COOKIE, left, AWAY_SECONDS)
    return response


@require_GET
@sensitive_variables()
def come_back(request: HttpRequest) -> HttpResponse:
    """With a code for the state this browser left with; anything else is refused, and the state is used up."""
    if not client.is_offered():
        raise Http404
    left = _kept(request, AWAY_COOKIE, AWAY_SECONDS)
    # The address that FranceConnect knows is French; whoever left from a page in another language comes back to it.
    with translation.override((left or {}).get("language") or settings.LANGUAGE_CODE):
        response = _back(request, left)
    response.delete_cookie(cookie_name(AWAY_COOKIE))
    return private(response)


def _back(request: HttpRequest, left: dict[str, str] | None) -> HttpResponse:
    try:
        limits.check(limits.CODE_TRIES, request, browser_of(request))
        if left is None or not hmac.compare_digest(left["state"].encode(), request.GET.get("state", "").encode()):
            raise FranceConnectRefused("state")
        if "error" in request.GET or not request.GET.get("code"):
            raise FranceConnectRefused("error")
        identity = client.identify(
            code=request.GET["code"], nonce=left["nonce"], back=our_address("family:franceconnect_back")
        )
        return _met(request, identity, left)
    except limits.TooManyRequests as refusal:
        return too_many(request, refusal)
    except FranceConnectRefused as refusal:
        log.warning("franceconnect_refused", why=refusal.why)
        return _refused(request, refusal, 403)


def _met(request: HttpRequest, identity: client.Identity, left: dict[str, str]) -> HttpResponse:
    session, guardian = current(request), people.guardian_of(identity)
    if guardian is not None and session is None:
        return _let_in(request, guardian, identity, left)
    response = redirect("family:franceconnect_met")
    met = {
        "sub": identity.sub_hash.hex(),
        "name": identity.name,
        "token": identity.id_token,
        "back": left["back"],
        "shared": left["shared"],
    }
    _keep(request, response, MET_COOKIE, met, MET_SECONDS)
    return response


def _let_in(request: HttpRequest, guardian: Guardian, identity: client.Identity, left: dict[str, str]) -> HttpResponse:
    device = say_browser(request.headers.get("User-Agent", ""))
    token, session = people.begin_session(
        guardian=guardian, identity=identity, is_shared=bool(left["shared"]), device=device
    )
    response = redirect(safe_back(request, left["back"]) or "family:home")
    let_in(request, response, token, session)
    return response


@require_http_methods(["GET", "POST"])
@sensitive_variables()
def met(request: HttpRequest) -> HttpResponse:
    """Somebody whom no family knows by FranceConnect: open one, or tie the one that is signed in. By a press."""
    known = _kept(request, MET_COOKIE, MET_SECONDS)
    if known is None:
        return private(redirect("family:sign_in"))
    identity = client.Identity(bytes.fromhex(known["sub"]), known["name"], known["token"])
    session = current(request)
    if request.method == "GET":
        return private(render(request, "family/franceconnect.html", {"name": identity.name, "session": session}))
    response: HttpResponse
    try:
        if session is not None:
            people.join_identity(guardian=session.guardian, identity=identity)
            response = redirect("family:home")
        else:
            guardian = people.open_family(identity=identity, language=(get_language() or "fr")[:2])
            response = _let_in(request, guardian, identity, known)
    except FranceConnectTaken as refusal:
        response = _refused(request, refusal, 409)
    response.delete_cookie(cookie_name(MET_COOKIE))
    return private(response)


@require_POST
@household_page
def part(_request: HttpRequest, session: HouseholdSession) -> HttpResponse:
    """FranceConnect opens this family no more."""
    people.part_from_identity(guardian=session.guardian)
    return redirect("family:home")


def _refused(request: HttpRequest, refusal: Exception, status: int) -> HttpResponse:
    session = current(request)
    if session is not None:
        return render(request, "family/refused.html", context_of(session, refusal=refusal), status=status)
    context = {"form": AskCodeForm(), "back": "", "refusal": refusal, "franceconnect": client.is_offered()}
    return render(request, "family/sign_in.html", context, status=status)


def _keep(request: HttpRequest, response: HttpResponse, name: str, said: Mapping[str, object], seconds: int) -> None:
    response.set_cookie(
        cookie_name(name),
        signing.dumps(said, salt=name, compress=True),
        max_age=seconds,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE or request.is_secure(),
    )


def _kept(request: HttpRequest, name: str, seconds: int) -> dict[str, str] | None:
    try:
        found: dict[str, str] = signing.loads(request.COOKIES.get(cookie_name(name), ""), salt=name, max_age=seconds)
    except signing.BadSignature:
        return None
    return found
