"""« Plus tôt »: to ask for it, to answer what is offered, to change one's mind. Nothing happens on GET."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from booking.appointments.bookings.queries import can_be_changed, open_offer_of
from booking.appointments.exceptions import AlreadyWaiting, OfferLapsed
from booking.appointments.messages.kinds import SUBJECT
from booking.appointments.models import Appointment, AppointmentType, WaitingListEntry
from booking.appointments.models.waiting import OfferState, WaitingState
from booking.appointments.resident import rates
from booking.appointments.resident.forms.waiting import PreferencesForm, ReachForm
from booking.appointments.resident.held_bar import keep_in_sight
from booking.appointments.resident.own import keep_appointment_open, keep_entry_open, own_appointment, own_entry
from booking.appointments.resident.search_request import SearchRequest, read
from booking.appointments.resident.views.holding import book_link, search_link
from booking.appointments.resident.waiting_initial import before_appointment, from_entry, from_search
from booking.appointments.resident.wording import say_preferences
from booking.appointments.search.choices import home_municipalities, offering_facilities
from booking.appointments.waiting_list.entries import (
    change_preferences,
    join_waiting_list,
    leave_waiting_list,
    send_link_again,
)
from booking.appointments.waiting_list.offers import claim_offer, decline_offer, still_waiting
from booking.residents import limits
from booking.residents.browsers import browser_of, keep_browser, new_browser
from booking.residents.views.pages import private, refused, session_ended, too_many
from municipalities.exceptions import Refusal
from municipalities.forms.errors import errors_of
from municipalities.idempotency import key_of, one_press
from municipalities.query_names import Param

DONE = {
    "inscrit": _lazy("Votre demande est enregistrée. Vous êtes en liste d’attente."),
    "deja": _lazy("Vous étiez déjà en liste d’attente pour ce rendez-vous : voici votre demande."),
    "modifie": _lazy("Votre demande est changée. Votre place dans la liste reste la même."),
    "toujours": _lazy("C’est enregistré : nous vous proposons de nouveau les horaires qui se libèrent."),
    "refuse": _lazy("Cet horaire est passé à la personne suivante. Votre place dans la liste reste la même."),
}


@require_http_methods(["GET", "POST"])
@one_press
def join(request: HttpRequest) -> HttpResponse:
    """For those who have no appointment: the search they come from is what they wish for, to begin with."""
    data = request.GET if request.method == "GET" else QueryDict(request.POST.get(Param.SEARCH, "")[:2000])
    asked = read(request, data)
    if asked.moving is not None:
        return redirect("appointments:wait_with", pk=asked.moving.pk)
    if asked.type is None or (asked.asks_for_town and asked.home is None):
        return redirect(search_link(asked.query))
    wish_form = _preferences_form(request, asked.type, initial=from_search(asked))
    reach = ReachForm(
        request.POST or None,
        kind=asked.type,
        initial={"people": str(asked.people), "language": (get_language() or "fr")[:2]},
    )
    context = {"type": asked.type, "form": wish_form, "reach": reach, "recherche": asked.query.urlencode()}
    context["back"] = search_link(asked.query)
    if request.method == "GET":
        return _form_page(request, context)
    # Both are asked, also when the first says no: all errors are shown at once.
    if not all([wish_form.is_valid(), reach.is_valid()]):
        return _form_page(request, context, status=422)
    browser = browser_of(request) or new_browser(key_of(request))
    try:
        limits.check(rates.WAITS, request, browser)
        _join(asked, wish_form, reach.cleaned_data)
    except limits.TooManyRequests as refusal:
        return too_many(request, refusal)
    except Refusal as refusal:
        return _form_page(request, context | {"refusal": refusal}, status=409)
    response = redirect("appointments:wait_noted")
    keep_browser(request, response, browser)
    return private(response)


def _join(asked: SearchRequest, wish_form: PreferencesForm, reach: dict[str, Any]) -> None:
    """Whether this address waits already is told to the address, not to whoever types it."""
    assert asked.type is not None
    try:
        join_waiting_list(
            wish=wish_form.wish(),
            type=asked.type,
            people=int(reach["people"]),
            email=reach["email"],
            phone=reach["phone"],
            language=reach["language"],
            home=wish_form.cleaned_data["home"] or asked.home,
            booked_through=asked.here,
        )
    except AlreadyWaiting:
        if limits.may_send_link_to(reach["email"] or reach["phone"]):
            send_link_again(type=asked.type, email=reach["email"], phone=reach["phone"])


@require_GET
def noted(request: HttpRequest) -> HttpResponse:
    return private(render(request, "resident/waiting_noted.html"))


@require_http_methods(["GET", "POST"])
@one_press
def join_with(request: HttpRequest, pk: UUID) -> HttpResponse:
    """For those who have an appointment, which stays theirs until they have confirmed an earlier one."""
    appointment = own_appointment(request, pk)
    if appointment is None:
        return session_ended(request)
    if not can_be_changed(appointment):
        return redirect("appointments:manage", pk=pk)
    waiting = WaitingListEntry.objects.waiting().filter(appointment=appointment).first()
    if waiting is not None:
        return _to_entry(request, waiting, "deja" if request.method == "POST" else "")
    form = _preferences_form(
        request, appointment.type, appointment=appointment, initial=before_appointment(appointment)
    )
    context = {"type": appointment.type, "form": form, "appointment": appointment}
    context["back"] = reverse("appointments:manage", args=[pk])
    if request.method == "GET":
        response = _form_page(request, context)
    elif not form.is_valid():
        response = _form_page(request, context, status=422)
    else:
        response = _joined_with(request, appointment, form, context)
    return response


def _joined_with(
    request: HttpRequest, appointment: Appointment, form: PreferencesForm, context: dict[str, Any]
) -> HttpResponse:
    try:
        limits.check(rates.WAITS, request, browser_of(request))
        entry = join_waiting_list(wish=form.wish(), appointment=appointment, home=form.cleaned_data["home"])
    except limits.TooManyRequests as refusal:
        return too_many(request, refusal)
    except AlreadyWaiting as refusal:  # a second click, at the same instant
        return refused(request, refusal, subject=(SUBJECT, appointment.pk))
    except Refusal as refusal:
        return _form_page(request, context | {"refusal": refusal}, status=409)
    return _to_entry(request, entry, "inscrit")


@require_GET
def entry(request: HttpRequest, pk: UUID) -> HttpResponse:
    mine = own_entry(request, pk)
    if mine is None:
        return session_ended(request)
    offer = open_offer_of(mine) if mine.state == WaitingState.WAITING else None
    until = offer.hold.expires_at if offer is not None and offer.hold is not None else None
    is_waiting = mine.state == WaitingState.WAITING
    context = {
        "entry": mine,
        "offer": offer if until is not None and until > timezone.now() else None,
        "until": until,
        "is_claimed": offer is not None and offer.state == OfferState.CLAIMED,
        "is_served": mine.state == WaitingState.SERVED,
        "is_waiting": is_waiting,
        "reads_us": WaitingListEntry.objects.filter(pk=pk).known_to_read_us().exists(),
        "is_over": is_waiting and mine.until_day < timezone.localdate(),
        "done": DONE.get(request.GET.get(Param.DONE, ""), ""),
        "wished": say_preferences(mine),
        "again_link": f"{reverse('appointments:search')}?{_search_of(mine).urlencode()}",
    }
    return _private_page(request, mine, "resident/waiting_entry.html", context)


@require_POST
def accept(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The start is held by this browser; what is left to do is to book it, or to move to it."""
    mine = own_entry(request, pk)
    if mine is None:
        return session_ended(request)
    browser = browser_of(request) or new_browser(key_of(request))
    try:
        limits.check(rates.HOLDS, request, browser)
        hold = claim_offer(offer_id=_offer_id(request, mine), browser=browser)
    except limits.TooManyRequests as refusal:
        return too_many(request, refusal)
    except OfferLapsed as refusal:
        return _lapsed(request, mine, refusal)
    except Refusal as refusal:
        return refused(request, refusal, status=503)
    if hold.moves_id:
        response: HttpResponse = redirect("appointments:move", pk=hold.moves_id, hold_id=hold.pk)
        keep_appointment_open(request, response, hold.moves_id)
    else:
        response = redirect(book_link(hold.pk, _search_of(mine)))
        keep_entry_open(request, response, pk)
    keep_in_sight(request, response, hold)
    keep_browser(request, response, browser)
    return private(response)


@require_POST
def decline(request: HttpRequest, pk: UUID) -> HttpResponse:
    mine = own_entry(request, pk)
    if mine is None:
        return session_ended(request)
    try:
        decline_offer(offer_id=_offer_id(request, mine))
    except OfferLapsed:
        pass  # it has gone on already, which is what was asked for
    except Refusal as refusal:
        return refused(request, refusal, status=503)
    return _to_entry(request, mine, "refuse")


@require_POST
def stay(request: HttpRequest, pk: UUID) -> HttpResponse:
    """« Oui, j’attends toujours »: offers begin again."""
    mine = own_entry(request, pk)
    if mine is None:
        return session_ended(request)
    try:
        still_waiting(mine.pk)
    except Refusal as refusal:
        return refused(request, refusal, status=503)
    return _to_entry(request, mine, "toujours")


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: UUID) -> HttpResponse:
    mine = own_entry(request, pk)
    if mine is None:
        return session_ended(request)
    if mine.state != WaitingState.WAITING:
        return _to_entry(request, mine)
    form = _preferences_form(request, mine.type, appointment=mine.appointment, initial=from_entry(mine))
    context = {"type": mine.type, "form": form, "entry": mine, "appointment": mine.appointment}
    context["back"] = reverse("appointments:waiting", args=[pk])
    if request.method == "GET":
        response = _form_page(request, context)
        keep_entry_open(request, response, pk)
        return response
    if not form.is_valid():
        return _form_page(request, context, status=422)
    try:
        change_preferences(entry=mine, wish=form.wish(), home=form.cleaned_data["home"])
    except Refusal as refusal:
        return _form_page(request, context | {"refusal": refusal}, status=409)
    return _to_entry(request, mine, "modifie")


@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET asks, POST does."""
    mine = own_entry(request, pk)
    if mine is None:
        return session_ended(request)
    if request.method == "POST":
        try:
            leave_waiting_list(entry=mine)
        except Refusal as refusal:
            return refused(request, refusal, status=503)
        return _to_entry(request, mine)
    if mine.state != WaitingState.WAITING:
        return _to_entry(request, mine)
    return _private_page(request, mine, "resident/waiting_leave.html", {"entry": mine})


def _offer_id(request: HttpRequest, mine: WaitingListEntry) -> UUID:
    """The offer the button was about, when it was made to this person. Raises OfferLapsed for any other."""
    try:
        asked = UUID(request.POST.get(Param.OFFER, ""))
    except ValueError:
        raise OfferLapsed from None
    if not mine.offers.filter(pk=asked).exists():
        raise OfferLapsed
    return asked


def _to_entry(request: HttpRequest, mine: WaitingListEntry, done: str = "") -> HttpResponse:
    address = reverse("appointments:waiting", args=[mine.pk]) + (f"?{Param.DONE}={done}" if done else "")
    response = private(redirect(address))
    keep_entry_open(request, response, mine.pk)
    return response


def _lapsed(request: HttpRequest, mine: WaitingListEntry, refusal: OfferLapsed) -> HttpResponse:
    context = {"entry": mine, "refusal": refusal}
    return _private_page(request, mine, "resident/waiting_lapsed.html", context, status=410)


def _private_page(
    request: HttpRequest, mine: WaitingListEntry, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    response = private(render(request, template, context, status=status))
    keep_entry_open(request, response, mine.pk)
    return response


def _form_page(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    parts = [form for form in (context["form"], context.get("reach")) if form is not None and form.is_bound]
    page = {"refusal": None, "reach": None, "appointment": None, "entry": None, "recherche": ""} | context
    page["errors"] = errors_of(*parts, labelled=False)
    return private(render(request, "resident/waiting_form.html", page, status=status))


def _preferences_form(
    request: HttpRequest, kind: AppointmentType, *, initial: dict[str, Any], appointment: Appointment | None = None
) -> PreferencesForm:
    return PreferencesForm(
        request.POST if request.method == "POST" else None,
        kind=kind,
        facilities=offering_facilities(kind),
        municipalities=home_municipalities(),
        before=timezone.localdate(appointment.starts_at) if appointment is not None else None,
        initial=initial,
    )


def _search_of(mine: WaitingListEntry) -> QueryDict:
    """The search a waiting person comes from, for the pages that follow."""
    asked = {Param.TYPE: mine.type.code, Param.PEOPLE: str(mine.people_count)}
    if mine.home_municipality is not None:
        asked[Param.HOME] = mine.home_municipality.slug
    return QueryDict(urlencode(asked))
