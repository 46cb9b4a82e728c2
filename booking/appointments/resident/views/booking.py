"""From a start to an appointment: hold it, say who comes, confirm."""

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from booking.appointments.bookings.confirming import BookingDetails, PersonDetails, confirm_booking, says_the_same
from booking.appointments.bookings.holds import extend_hold, release_hold
from booking.appointments.bookings.late_numbers import may_follow, number_due
from booking.appointments.bookings.person_form import ADULT, MINOR
from booking.appointments.bookings.queries import appointment_with_number, hold_of, is_live, waiting_contact
from booking.appointments.documents.queries import PersonDocuments, documents_for
from booking.appointments.enums import State
from booking.appointments.exceptions import HoldExpired, NotOffered, NumberInUse, NumberNeeded, SlotTaken, TooManyHolds
from booking.appointments.messages.kinds import SUBJECT
from booking.appointments.models import Appointment, AppointmentType
from booking.appointments.resident import rates
from booking.appointments.resident.alternatives import nearest_others
from booking.appointments.resident.forms.booking import BookForm
from booking.appointments.resident.held_bar import keep_in_sight, out_of_sight
from booking.appointments.resident.layout import Choice
from booking.appointments.resident.own import keep_appointment_open
from booking.appointments.resident.search_request import (
    SearchRequest,
    Wanted,
    read,
    read_wanted,
    search_around,
    slot_token,
)
from booking.appointments.resident.views.holding import search_link, take
from booking.appointments.search.answers import Slot
from booking.appointments.search.choices import home_municipalities
from booking.residents import limits
from booking.residents.actions import send_lost_link
from booking.residents.browsers import (
    ACCESS_SECONDS,
    accessible,
    browser_of,
    signed_in_staff,
)
from booking.residents.views.pages import private, refused, session_ended, too_many
from municipalities.database.transactions import Busy
from municipalities.exceptions import Refusal
from municipalities.idempotency import press_of
from municipalities.query_names import Param


@require_http_methods(["GET", "POST"])
def book(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    browser = browser_of(request)
    held = hold_of(hold_id, browser)
    if held is not None and held.moves_id and is_live(held):
        return redirect("appointments:move", pk=held.moves_id, hold_id=held.pk)
    if held is not None and held.state != State.HELD:
        return _already_booked(request, held)
    if request.method == "POST" and browser:
        try:
            limits.check(rates.BOOKINGS, request, browser)
        except limits.TooManyRequests as refusal:
            return too_many(request, refusal)
        return _Booking(request, hold_id, browser, held).answer()
    query = QueryDict(request.GET.get(Param.SEARCH, "")[:2000])
    asked = read(request, query)
    if held is None or not is_live(held):
        return _lapsed(request, asked, held)
    form = BookForm(
        None,
        kind=held.type,
        people=held.people_count,
        municipalities=asked.municipalities,
        language=(get_language() or "fr")[:2],
        home=asked.home,
        by_staff=asked.staff is not None,
        number_may_follow=_number_may_follow(asked, held),
    )
    form.household.initial = {**form.household.initial, **waiting_contact(held)}
    return show(request, asked, form, held)


def _number_may_follow(asked: SearchRequest | Wanted, held: Appointment | None) -> bool:
    """Agents book without a number anyway. Of a hold that is gone nobody knows where it was: its action will say."""
    if asked.staff is not None:
        return False
    return held is None or may_follow(held.type, held.facility, held.starts_at)


def _lapsed(request: HttpRequest, asked: SearchRequest, held: Appointment | None) -> HttpResponse:
    if asked.type is None and held is not None:
        asked = read(request, _search_of(asked, held))
    others = nearest_others(asked, slot_token(_token(held)) if held else None)
    context = {"others": others, "asked": asked, "recherche": asked.query.urlencode(), "refusal": HoldExpired()}
    return private(render(request, "resident/expired.html", context, status=410))


def _already_booked(request: HttpRequest, held: Appointment) -> HttpResponse:
    """The back button, a second click. The browser that has just booked is let in; half an hour later it is not."""
    recent = held.booked_at is not None and held.booked_at > timezone.now() - timedelta(seconds=ACCESS_SECONDS)
    if (SUBJECT, held.pk) not in accessible(request) and not recent:
        return session_ended(request)
    response: HttpResponse = redirect(confirmed_link(held.pk))
    if request.method == "POST" and not _Booking(request, held.pk, browser_of(request) or "", held).is_as(held):
        # Going back to mend an address changes nothing any more: said, for the ticket leads to where one can.
        context = {"made": confirmed_link(held.pk)}
        response = private(render(request, "already_sent.html", context, status=409))
    keep_appointment_open(request, response, held.pk)
    return response


def show(
    request: HttpRequest,
    asked: SearchRequest,
    form: BookForm,
    held: Appointment | None,
    *,
    status: int = 200,
    others: list[Choice] | None = None,
    refusal: Refusal | None = None,
    in_use: NumberInUse | None = None,
    kept: str = "",
) -> HttpResponse:
    """The booking page. Without `held`, the slot has gone: `others` are then offered as the buttons that confirm."""
    listed = _documents(form, held)
    mine = (
        in_use is not None
        and in_use.appointment is not None
        and (SUBJECT, in_use.appointment.pk) in accessible(request)
    )
    context = {
        "asked": asked,
        "form": form,
        "held": held,
        "may_extend": held is not None and held.may_be_extended,
        "recherche": _search_of(asked, held).urlencode(),
        "errors": list(form.errors()),
        "people": list(zip(form.people, listed, strict=True)),
        "listed": listed,
        "stamps_due": any(needed.fees for needed in listed),
        "number_due": number_due(held.starts_at) if held else None,
        "others": others or [],
        "refusal": refusal,
        "in_use": in_use,
        "first_is_mine": mine,
        "kept": kept or (_token(held) if held else ""),
        "staff": asked.staff,
        "minor": MINOR,
        "adult": ADULT,
    }
    return private(render(request, "resident/book.html", context, status=status))


def _search_of(asked: SearchRequest, held: Appointment | None) -> QueryDict:
    """The search to come back to, which also says what to take again should the hold lapse."""
    query = asked.query.copy()
    if held is not None:
        query[Param.TYPE], query[Param.PEOPLE] = held.type.code, str(held.people_count)
        if held.type.is_collection:
            query[Param.TOWN_HALL] = held.facility.slug
    return query


def _documents(form: BookForm, held: Appointment | None) -> list[PersonDocuments]:
    municipality = held.facility.municipality if held else None
    day = timezone.localdate(held.starts_at) if held else None
    return documents_for(type=form.kind, people=form.typed_people(), municipality=municipality, on=day)


def _token(held: Appointment) -> str:
    return Slot(held.facility, held.starts_at, held.ends_at, held.people_count).token


class _Booking:
    """One press of « Confirmer »: whatever happens, what was typed comes back."""

    def __init__(self, request: HttpRequest, hold_id: UUID, browser: str, held: Appointment | None) -> None:
        self.request = request
        self.hold_id = hold_id
        self.browser = browser
        self.held = held if held is not None and is_live(held) else None
        self.asked = read_wanted(request, QueryDict(request.POST.get(Param.SEARCH, "")[:2000]))
        self.number_may_follow = _number_may_follow(self.asked, held)
        self.kept = request.POST.get(Param.HELD, "")[:40]
        self.kind = held.type if held else self.asked.type
        self.people = held.people_count if held else self.asked.people

    def answer(self) -> HttpResponse:
        request = self.request
        if self.kind is None or (not self.asked.is_readable and self.held is None):
            return refused(request, HoldExpired(), status=410, search_link=search_link(self.asked.query))
        self._read_form(self.kind)
        if Param.EXTEND in request.POST:
            return self._extend()
        if Param.DOCUMENTS in request.POST:
            return self._show_again(validate=False)
        if not self.form.is_valid():
            return self._show_again(status=422)
        try:
            return self._confirm()
        except NumberInUse as refusal:
            self.form.refuse_number(refusal.number, str(refusal))
            return self._show_again(status=409, in_use=refusal)
        except (SlotTaken, HoldExpired, TooManyHolds, NotOffered) as refusal:
            self.held = None
            return self._show_again(status=409, refusal=refusal)
        except NumberNeeded as refusal:
            return self._show_again(status=409, refusal=refusal)
        except Busy as refusal:
            return self._show_again(status=503, refusal=refusal)

    def _read_form(self, kind: AppointmentType) -> None:
        self.form = BookForm(
            self.request.POST,
            kind=kind,
            people=self.people,
            municipalities=home_municipalities(),
            language=(get_language() or "fr")[:2],
            by_staff=self.asked.staff is not None,
            number_may_follow=self.number_may_follow,
        )

    def is_as(self, booked: Appointment) -> bool:
        """Whether what is sent is what has been booked; nothing is confirmed of what is over, or by another button."""
        if booked.state != State.BOOKED or {Param.EXTEND, Param.DOCUMENTS} & self.request.POST.keys():
            return True
        self._read_form(booked.type)
        return self.form.is_valid() and says_the_same(booked, self._details())

    def _extend(self) -> HttpResponse:
        """More time, and what is typed so far comes back unjudged."""
        try:
            self.held = extend_hold(hold_id=self.hold_id, browser=self.browser)
        except HoldExpired:
            self.held = None
        except Refusal as refusal:
            return self._show_again(validate=False, refusal=refusal)
        response = self._show_again(validate=False)
        if self.held is not None:
            keep_in_sight(self.request, response, self.held)
        return response

    def _confirm(self) -> HttpResponse:
        """Confirm the hold; when it has lapsed, take the same slot again, or the one the person has just chosen."""
        chosen = self.request.POST.get(Param.SLOT, "")
        if not chosen:
            try:
                return self._done(self.hold_id)
            except HoldExpired:
                chosen = self.kept
        press = press_of(self.request, buttons=[Param.SLOT])
        self.held = take(self.request, self.asked, self.browser, chosen, any_place=False, press=press)
        made = hold_of(self.held.pk, self.browser) if self.held.state != State.HELD else None
        if made is not None:
            return _already_booked(self.request, made)
        self.hold_id = self.held.pk
        return self._done(self.hold_id)

    def _done(self, hold_id: UUID) -> HttpResponse:
        read = self.held if self.held is not None and self.held.pk == hold_id else None
        appointment = confirm_booking(
            hold_id=hold_id, browser=self.browser, details=self._details(), by=self.asked.staff, read=read
        )
        response = redirect(confirmed_link(appointment.pk))
        keep_appointment_open(self.request, response, appointment.pk)
        out_of_sight(self.request, response, hold_id)
        return response

    def _details(self) -> BookingDetails:
        household = self.form.household.cleaned_data
        people = [
            PersonDetails(
                first_name=data["first_name"],
                last_name=data["last_name"],
                birth_year=data["birth_year"],
                is_minor=data["age"] == MINOR,
                situation=data.get("situation") or "renewal",
                number=data.get("number") or "",
            )
            for data in (person.cleaned_data for person in self.form.people)
        ]
        return BookingDetails(
            people=people,
            email=household["email"],
            phone=household["phone"],
            language=household["language"],
            accessibility=household["accessibility"],
            home=household["home"],
            channel=household.get("channel") or ("phone" if self.asked.staff else "web"),
            number_later=bool(household.get("number_later")),
        )

    def _show_again(
        self,
        *,
        status: int = 200,
        validate: bool = True,
        refusal: Refusal | None = None,
        in_use: NumberInUse | None = None,
    ) -> HttpResponse:
        if not validate:
            self.form = BookForm(
                None,
                kind=self.form.kind,
                people=len(self.form.people),
                municipalities=home_municipalities(),
                language=(get_language() or "fr")[:2],
                by_staff=self.asked.staff is not None,
                number_may_follow=self.number_may_follow,
            )
            self.form.fill_in(self.request.POST)
        lapsed = self.held is None
        asked = search_around(self.asked)
        others = nearest_others(asked, slot_token(self.kept)) if lapsed else []
        if lapsed and refusal is None:
            refusal = HoldExpired()
        return show(
            self.request,
            asked,
            self.form,
            self.held,
            status=status,
            others=others,
            refusal=refusal,
            in_use=in_use,
            kept=self.kept,
        )


def confirmed_link(pk: UUID) -> str:
    return f"{reverse('appointments:confirmed')}?{urlencode({Param.APPOINTMENT: pk})}"


@require_GET
def documents(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """The list beside the form, for htmx, as ages and situations are chosen. Names are not sent."""
    held = hold_of(hold_id, browser_of(request))
    if held is None:
        return HttpResponse(status=204)
    form = BookForm(
        None,
        kind=held.type,
        people=held.people_count,
        municipalities=[],
        language="fr",
        by_staff=signed_in_staff(request) is not None,
    )
    form.fill_in(request.GET)
    listed = _documents(form, held)
    context = {
        "people": list(zip(form.people, listed, strict=True)),
        "listed": listed,
        "stamps_due": any(needed.fees for needed in listed),
        "held": held,
    }
    return private(render(request, "resident/_documents.html", context))


@require_POST
def release(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    browser = browser_of(request)
    query = QueryDict(request.POST.get(Param.SEARCH, "")[:2000])
    if browser:
        try:
            release_hold(hold_id=hold_id, browser=browser)
        except Refusal as refusal:
            return refused(request, refusal, search_link=search_link(query))
    response = redirect(search_link(query))
    out_of_sight(request, response, hold_id)
    return response


@require_POST
def first_appointment(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """The private link of a number's appointment goes again to the contact known for it, which is not shown."""
    browser = browser_of(request)
    held = hold_of(hold_id, browser)
    if held is None:
        return session_ended(request)
    try:
        limits.check(limits.LINKS, request, browser)
    except limits.TooManyRequests as refusal:
        return too_many(request, refusal)
    first = appointment_with_number(request.POST.get(Param.NUMBER, "")[:10])
    contact = first.email or first.phone if first is not None else ""
    if contact and limits.may_send_link_to(contact):
        send_lost_link(email_or_phone=contact)
    return private(render(request, "resident/first_sent.html", {"held": held}))
