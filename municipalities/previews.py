"""A municipality's page as residents will see it: `?apercu=1`, for those who may change it, from its draft."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from municipalities.identity import with_draft
from municipalities.middleware import current_municipality
from municipalities.models import Municipality, MunicipalityDraft, StaffMember

ASKED = "apercu"


def preview_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """After the sign-in. For everybody else the page stays what it is, whatever the address says."""

    def middleware(request: HttpRequest) -> HttpResponse:
        place = current_municipality(request)
        if place is None or ASKED not in request.GET or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return get_response(request)
        staff = request.user
        if not isinstance(staff, StaffMember) or not _may_see(staff, place):
            return get_response(request)
        draft = MunicipalityDraft.objects.filter(municipality=place).defer("logo").first()
        if draft is None:
            return get_response(request)
        with_draft(place, draft)
        place.preview_emblem = reverse("staff:draft_emblem", args=[place.pk])  # type: ignore[attr-defined]
        request.is_preview = True  # type: ignore[attr-defined]
        response = get_response(request)
        add_never_cache_headers(response)
        return response

    return middleware


def _may_see(staff: StaffMember, place: Municipality) -> bool:
    return staff.is_active and Municipality.objects.editable_by(staff).filter(pk=place.pk).exists()
