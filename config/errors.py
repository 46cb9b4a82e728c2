"""What a person sees where an address, a right or we have failed."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token

from config import away
from municipalities.exceptions import Refusal


def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - given by name
    return HttpResponse(render_to_string("400.html"), status=400)


def too_large(_request: HttpRequest) -> HttpResponse:
    """The body has not been read."""
    return HttpResponse(render_to_string("413.html"), status=413)


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
    if away.is_away(sys.exception()):
        return away.answer(request)
    return HttpResponse(render_to_string("500.html"), status=500)
