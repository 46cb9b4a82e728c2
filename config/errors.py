"""What a person sees where an address, a right or we have failed."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import requires_csrf_token

from config import away, plain
from municipalities.database.transactions import GoneMeanwhile
from municipalities.exceptions import Refusal


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - given by name
    return plain.answer(request, "400.html", status=400)


def too_large(request: HttpRequest) -> HttpResponse:
    """The body has not been read."""
    return plain.answer(request, "413.html", status=413)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - given by name
    """A form older than its cookie: somebody has signed in beside it, or the browser has forgotten.

    It is given back only when the browser says that it was a page of ours that sent it: another site's form would need
    but one press more.
    """
    context = away.given_back(request) if _is_ours(request) else {}
    return plain.answer(request, "403_csrf.html", context, status=403)


def _is_ours(request: HttpRequest) -> bool:
    said = request.headers.get("Sec-Fetch-Site")
    if said is not None:
        return said == "same-origin"
    # Over plain http browsers say only from where.
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    reason = str(exception) if isinstance(exception, Refusal) else ""
    return render(request, "403.html", {"reason": reason}, status=403)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - given by name
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Something of ours has failed: the page asks nothing of the database, the session or the middlewares.

    Django calls it while the failure is being handled, whichever view or middleware it came from.
    """
    error = sys.exception()
    if isinstance(error, GoneMeanwhile):
        return away.answer_gone(request)
    if away.is_away(error):
        return away.answer(request)
    return plain.answer(request, "500.html", status=500)
