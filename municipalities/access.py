"""The door of every staff page."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.debug import sensitive_post_parameters

from municipalities import panels, rules
from municipalities.models import StaffMember

P = ParamSpec("P")


def staff_page(
    view: Callable[Concatenate[HttpRequest, StaffMember, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Sign-in first; the view then gets the person as its second argument. Pages with names are never cached."""

    @wraps(view)
    @sensitive_post_parameters()
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        staff = request.user
        if not isinstance(staff, StaffMember) or not staff.is_active:
            # After a POST the address may not accept GET: the person lands on the staff home instead.
            return redirect_to_login(request.get_full_path() if request.method == "GET" else "")
        response = view(request, staff, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    return guarded


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to. A form of one unticked box posts nothing at all, and is bound all the same."""
    return request.POST if request.method == "POST" else None


def render_staff(
    request: HttpRequest, staff: StaffMember, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a staff page with the links of the staff navigation that this person may use."""
    links = [link for link in panels.links if link.allowed(staff)]
    context = {
        **context,
        "staff": staff,
        "staff_links": links,
        "manages_territory": rules.manages_territory(staff),
    }
    return render(request, template, context, status=status)
