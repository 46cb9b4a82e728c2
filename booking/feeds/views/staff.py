"""An agent's own calendars. The address of one is shown once, on the page that made it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.feeds import actions
from booking.feeds.forms import FeedForm
from booking.feeds.models import CalendarFeed
from booking.feeds.queries import feeds_of, name_of
from booking.feeds.subscription import ShownAddress
from booking.feeds.tokens import private_address
from municipalities import rules
from municipalities.access import render_staff, staff_page
from municipalities.exceptions import Refusal
from municipalities.forms.fields import number_in
from municipalities.models import StaffMember
from municipalities.query_names import Param


@staff_page
def mine(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    context = {"lines": feeds_of(staff), "may_make": rules.sees_something(staff)}
    return render_staff(request, staff, "feeds/mine.html", context)


@staff_page
def new(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    form = FeedForm(request.POST or None, by=staff, initial={"place": request.GET.get(Param.PLACE, "")})
    if request.method == "POST" and form.is_valid():
        try:
            feed, token = actions.create_staff_feed(**form.asked(), by=staff)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            if not token:
                messages.info(request, _("Vous avez déjà ce calendrier. Pour une autre adresse, remplacez-la."))
                return redirect("feeds:mine")
            return _shown(request, staff, feed, token)
    return render_staff(request, staff, "feeds/new.html", {"form": form})


@staff_page
@require_POST
def reset(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    feed = _mine(staff, pk)
    seen = number_in(request.POST.get(Param.ADDRESS, ""))
    try:
        token = actions.reset_feed(feed=feed, seen_token_id=seen)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("feeds:mine")
    return _shown(request, staff, feed, token)


@staff_page
@require_POST
def revoke(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    actions.revoke_feed(feed=_mine(staff, pk))
    messages.success(request, _("L’adresse ne montre plus rien."))
    return redirect("feeds:mine")


@staff_page
@require_POST
def delete(request: HttpRequest, staff: StaffMember, pk: int) -> HttpResponse:
    actions.delete_feed(feed=_mine(staff, pk))
    messages.success(request, _("Le calendrier est supprimé."))
    return redirect("feeds:mine")


def _mine(staff: StaffMember, pk: int) -> CalendarFeed:
    return get_object_or_404(CalendarFeed.objects.owned_by(staff), pk=pk)


def _shown(request: HttpRequest, staff: StaffMember, feed: CalendarFeed, token: str) -> HttpResponse:
    context = {"feed": feed, "name": name_of(feed), "shown": ShownAddress(private_address(token))}
    return render_staff(request, staff, "feeds/made.html", context)
