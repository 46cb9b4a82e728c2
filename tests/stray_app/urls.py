from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from municipalities.access import staff_page
from municipalities.models import StaffMember


@staff_page
def page(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    return HttpResponse()


def open_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


_pages = [path("page/", page, name="page"), path("ouvert/", open_page, name="open")]
urlpatterns = [path("agents/stray/", include((_pages, "stray")))]
