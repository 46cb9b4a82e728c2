"""The private link of whatever service, and asking for it again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from booking.residents import limits
from booking.residents.actions import exchange, send_lost_link
from booking.residents.browsers import browser_of, grant
from booking.residents.exceptions import LinkRefused
from booking.residents.forms.contact import LostLinkForm
from booking.residents.forms.fields import PhoneField
from booking.residents.views.pages import private, session_ended, too_many
from municipalities import services
from municipalities.phones import read_phone
from municipalities.query_names import Param
from municipalities.visible import visible


@require_GET
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Exchange the token for half an hour's cookie, so that it leaves the address bar. Changes nothing it opens."""
    try:
        found = exchange(token=token)
    except LinkRefused as refusal:
        return session_ended(request, str(refusal), status=404)
    subject = services.subject_of(found.subject_type)
    if subject is None or subject.find(found.subject_id) is None:
        return session_ended(request, str(LinkRefused()), status=404)
    response = private(redirect(subject.page, pk=found.subject_id))
    response["Referrer-Policy"] = "no-referrer"  # the token leaves no trace in the next request
    grant(request, response, found.subject_type, found.subject_id)
    return response


@require_http_methods(["GET", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """One answer for every address, known or not."""
    if request.method == "GET":
        return render(request, "residents/find.html", {"form": LostLinkForm()})
    try:
        limits.check(limits.LINKS, request, browser_of(request))
    except limits.TooManyRequests as refusal:
        return too_many(request, refusal)
    form = LostLinkForm(request.POST)
    if not form.is_valid():
        return private(render(request, "residents/find.html", {"form": form}, status=422))
    contact = form.cleaned_data["contact"]
    if limits.may_send_link_to(contact):
        send_lost_link(email_or_phone=contact)
    return private(render(request, "residents/found.html", {"contact": contact}))


@require_POST
def phone(request: HttpRequest) -> HttpResponse:
    """Which number is understood, in full; nothing where none is. By POST, for addresses end up in logs."""
    typed = visible(request.POST.get(Param.PHONE, ""))
    read = read_phone(typed) if 0 < len(typed) <= PhoneField.LONGEST else None
    return private(render(request, "residents/widgets/_phone_read.html", {"phone": read}))
