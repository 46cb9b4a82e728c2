"""From a start to a hold: a button pressed on the search page."""

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from booking.appointments.bookings.holds import extend_hold, hold_slot
from booking.appointments.bookings.queries import held_by, hold_of
from booking.appointments.exceptions import ExtendedAlready, NotOffered, SlotTaken, TooManyHolds
from booking.appointments.models import Appointment
from booking.appointments.resident import rates
from booking.appointments.resident.alternatives import nearest_others
from booking.appointments.resident.held_bar import keep_in_sight
from booking.appointments.resident.search_request import (
    Wanted,
    read_wanted,
    search_around,
    slot_token,
)
from booking.residents import limits
from booking.residents.browsers import (
    browser_of,
    keep_browser,
    new_browser,
)
from booking.residents.views.pages import private, refused, session_ended, too_many
from municipalities.callers import client_address
from municipalities.database.transactions import Busy
from municipalities.directory import facilities
from municipalities.exceptions import Refusal
from municipalities.idempotency import Press, key_of, press_of
from municipalities.models import Facility
from municipalities.query_names import Param


@require_POST
def hold(request: HttpRequest) -> HttpResponse:
    press = press_of(request, buttons=[Param.SLOT])
    # Sent twice by a browser that is not known yet, it is one browser all the same.
    browser = browser_of(request) or new_browser(key_of(request))
    try:
        limits.check(rates.HOLDS, request, browser)
    except limits.TooManyRequests as refusal:
        return too_many(request, refusal)
    asked = read_wanted(request, QueryDict(request.POST.get(Param.SEARCH, "")[:2000]))
    if asked.may_not_move:
        return session_ended(request)
    try:
        taken = take(request, asked, browser, request.POST.get(Param.SLOT, ""), Param.FLEXIBLE in request.POST, press)
    except SlotTaken as refusal:
        search, gone = search_around(asked), slot_token(request.POST.get(Param.SLOT, ""))
        context = {"others": nearest_others(search, gone), "recherche": search.query.urlencode(), "asked": search}
        response = private(render(request, "resident/taken.html", context | {"refusal": refusal}, status=409))
    except TooManyHolds as refusal:
        context = {"holds": held_by(browser), "refusal": refusal, "search_link": search_link(asked.query)}
        response = private(render(request, "resident/too_many_holds.html", context, status=409))
    except Busy as refusal:
        response = refused(request, refusal, status=503, search_link=search_link(asked.query))
    except Refusal as refusal:
        response = refused(request, refusal, search_link=search_link(asked.query))
    else:
        if taken.moves_id:
            response = redirect("appointments:move", pk=taken.moves_id, hold_id=taken.pk)
        else:
            response = redirect(book_link(taken.pk, asked.query))
        keep_in_sight(request, response, taken)
    keep_browser(request, response, browser)
    return response


@require_POST
def extend(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """From any page; the form itself asks with what is typed in it (`booking.book`).

    The second of two presses is led to what the first has got, which says until when.
    """
    browser = browser_of(request) or ""
    held: Appointment | None
    try:
        held = extend_hold(hold_id=hold_id, browser=browser)
    except ExtendedAlready:
        held = hold_of(hold_id, browser)
    except Refusal as refusal:
        return refused(request, refusal, search_link=reverse("appointments:search"))
    response = redirect("appointments:book", hold_id=hold_id)
    if held is not None:
        keep_in_sight(request, response, held)
    return response


def take(
    request: HttpRequest, asked: Wanted, browser: str, token: str, any_place: bool, press: Press | None = None
) -> Appointment:
    """Hold the slot of a button. With `any_place`, another town hall at the same hour when this one has just gone."""
    wanted = slot_token(token)
    if wanted is None or asked.type is None or not asked.is_readable:
        raise NotOffered
    facility_id, starts_at = wanted
    facility = facilities().get(facility_id) if facility_id else None
    if facility_id and (facility is None or not facility.is_active):
        raise NotOffered
    try:
        return _hold(request, asked, browser, facility, starts_at, press)
    except SlotTaken:
        if not any_place or facility is None or asked.type.is_collection:
            raise
        return _hold(request, asked, browser, None, starts_at, press)


def _hold(
    request: HttpRequest,
    asked: Wanted,
    browser: str,
    facility: Facility | None,
    starts_at: datetime,
    press: Press | None,
) -> Appointment:
    assert asked.type is not None
    if facility is None and asked.type.is_collection:
        raise NotOffered  # the title lies in one town hall
    return hold_slot(
        type=asked.type,
        people=asked.people,
        facility=facility,
        starts_at=starts_at,
        viewer=asked.viewer,
        browser=browser,
        address=client_address(request),
        moves=asked.moving,
        booked_through=asked.here,
        by=asked.staff,
        press=press,
    )


def search_link(query: QueryDict) -> str:
    return f"{reverse('appointments:search')}?{query.urlencode()}"


def book_link(hold_id: UUID, query: QueryDict) -> str:
    return f"{reverse('appointments:book', args=[hold_id])}?{urlencode({Param.SEARCH: query.urlencode()})}"
