"""The sign-in of families: a mailbox, then the code that was sent there. Nothing happens on GET."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from booking.residents import limits
from booking.residents.access import BACK, CODE_COOKIE, asked_code, current, let_in, let_out, safe_back
from booking.residents.browsers import browser_of, keep_browser, new_browser, set_signed_cookie
from booking.residents.exceptions import CodeRefused
from booking.residents.forms.sign_in import AskCodeForm, CodeForm
from booking.residents.franceconnect import client, people
from booking.residents.references import new_token
from booking.residents.sign_in import codes, sessions
from booking.residents.views.franceconnect import our_address
from booking.residents.views.pages import private, too_many
from municipalities.idempotency import key_of
from municipalities.middleware import comes_by_host, current_municipality
from municipalities.templatetags.browsers import say_browser


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
def sign_in(request: HttpRequest) -> HttpResponse:
    """Where to send a code. One answer for every address, in one time: known or not, everything is done alike."""
    back = safe_back(request, request.GET.get(BACK, "") if request.method == "GET" else request.POST.get(BACK, ""))
    if current(request) is not None:
        return private(redirect(back or "family:home"))
    if request.method == "GET":
        return _ask(request, AskCodeForm(), back)
    browser = browser_of(request) or new_browser(key_of(request))
    form = AskCodeForm(request.POST)
    if not form.is_valid():
        return _ask(request, form, back, status=422)
    try:
        limits.check(limits.CODES, request, browser)
    except limits.TooManyRequests as refusal:
        return too_many(request, refusal)
    email = form.cleaned_data["email"]
    code = codes.ask_code(
        email=email,
        language=(get_language() or "fr")[:2],
        is_shared=form.is_shared,
        back=back,
        through=current_municipality(request),
        is_sent=limits.may_send_code_to(email),
    )
    response = private(redirect("family:code"))
    keep_browser(request, response, browser)
    set_signed_cookie(request, response, CODE_COOKIE, code.pk.hex, int(codes.KEPT_FOR.total_seconds()))
    return response


def _ask(request: HttpRequest, form: AskCodeForm, back: str, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "back": back, "franceconnect": _offers_franceconnect(request)}
    return private(render(request, "family/sign_in.html", context, status=status))


def _offers_franceconnect(request: HttpRequest) -> bool:
    """FranceConnect knows one address of ours: a town's own host is another one, and has codes alone."""
    return client.is_offered() and not comes_by_host(request)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
def code(request: HttpRequest) -> HttpResponse:
    """The six digits. The browser that asked for them types them: nobody tries at somebody else's."""
    pk = asked_code(request)
    if pk is None:
        return private(redirect("family:home" if current(request) else "family:sign_in"))
    asked = codes.code_asked(pk)
    if request.method == "GET":
        if asked is None:
            return private(redirect("family:home" if current(request) else "family:sign_in"))
        return _type_code(request, CodeForm(), asked.email)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _type_code(request, form, asked.email if asked else "", status=422)
    try:
        limits.check(limits.CODE_TRIES, request, browser_of(request))
        entered = codes.enter_by_digits(
            pk=pk, digits=form.cleaned_data["code"], device=_device(request), key=key_of(request)
        )
    except limits.TooManyRequests as refusal:
        return too_many(request, refusal)
    except CodeRefused as refusal:
        form.add_error("code", str(refusal))
        return _type_code(request, form, asked.email if asked else "", status=422)
    return _welcome(request, entered)


def _type_code(request: HttpRequest, form: CodeForm, email: str, *, status: int = 200) -> HttpResponse:
    return private(render(request, "family/code.html", {"form": form, "email": email}, status=status))


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the mail: a page with a button, since mail programmes open links before people do."""
    try:
        if request.method == "GET":
            code = codes.code_of_link(token)
            response = private(render(request, "family/open.html", {"email": code.email}))
            response["Referrer-Policy"] = "same-origin"
            return response
        entered = codes.enter_by_link(token=token, device=_device(request), key=key_of(request))
    except CodeRefused:
        context = {"form": AskCodeForm(), "back": "", "link_is_over": True}
        return private(render(request, "family/sign_in.html", context, status=404))
    return _welcome(request, entered)


def _welcome(request: HttpRequest, entered: codes.Entered) -> HttpResponse:
    response = private(redirect(safe_back(request, entered.back) or "family:home"))
    let_in(request, response, entered.token, entered.session)
    return response


def _device(request: HttpRequest) -> str:
    return say_browser(request.headers.get("User-Agent", ""))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """Ends this browser's session, whatever is left of it. Who came by FranceConnect is led to leave there too: by a
    link, since our policy lets no form lead to another site.
    """
    session = current(request)
    response: HttpResponse = redirect("family:signed_out")
    if session is not None:
        id_token = people.logout_token_of(session) if client.is_offered() else ""
        sessions.end(session=session)
        if id_token:
            address = client.logout_address(id_token=id_token, state=new_token(), back=our_address("family:signed_out"))
            response = render(request, "family/signed_out.html", {"franceconnect_address": address})
    private(response)
    let_out(response)
    return response


@require_GET
def signed_out(request: HttpRequest) -> HttpResponse:
    return private(render(request, "family/signed_out.html"))
