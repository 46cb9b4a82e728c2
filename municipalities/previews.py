"""A municipality's page as residents will see it: `?apercu=1`, for those who may change it, from its draft."""

from collections.abc import Callable
from copy import copy

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from municipalities.access import present_staff
from municipalities.actions.drafts import version_of
from municipalities.identity import with_draft
from municipalities.middleware import current_municipality
from municipalities.models import Municipality, MunicipalityDraft
from municipalities.query_names import Param

ASKED = Param.PREVIEW


def preview_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """After the sign-in. For everybody else the page stays what it is, whatever the address says."""

    def middleware(request: HttpRequest) -> HttpResponse:
        place = current_municipality(request)
        if place is None or ASKED not in request.GET:
            return get_response(request)
        staff = present_staff(request)
        if staff is None or not Municipality.objects.editable_by(staff).filter(pk=place.pk).exists():
            return get_response(request)
        draft = MunicipalityDraft.objects.filter(municipality=place).defer("logo").first()
        if draft is None:
            return get_response(request)
        # What is published stays as it is for everybody else: it is remembered, and shared.
        place = with_draft(copy(place), draft)
        request.municipality = place  # type: ignore[attr-defined]
        place.preview_emblem = reverse("staff:draft_emblem", args=[place.pk])  # type: ignore[attr-defined]
        place.preview_version = version_of(draft)  # type: ignore[attr-defined]
        request.is_preview = True  # type: ignore[attr-defined]
        response = get_response(request)
        add_never_cache_headers(response)
        return response

    return middleware
