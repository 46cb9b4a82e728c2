"""Booking for a caller or for somebody who stands at the counter: one page, in the order one speaks."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from booking.appointments.bookings.changes import send_again
from booking.appointments.bookings.confirming import BookingDetails, PersonDetails
from booking.appointments.counter.desk_actions import book_for_someone
from booking.appointments.counter.desk_queries import Proposal, facilities_serving, may_change, proposals_for
from booking.appointments.counter.forms import DeskForm
from booking.appointments.counter.views.day import asked_day
from booking.appointments.documents.queries import documents_for
from booking.appointments.enums import BookingChannel, Situation
from booking.appointments.exceptions import NumberInUse, ReasonNeeded
from booking.appointments.messages.kinds import SUBJECT
from booking.appointments.messages.owed import can_be_told
from booking.appointments.models import Appointment, AppointmentType
from booking.appointments.models.offer import MAX_PEOPLE
from booking.appointments.search.answers import parse_token
from booking.residents.addresses import find_link
from municipalities import rules
from municipalities.access import render_staff, staff_page
from municipalities.exceptions import Refusal
from municipalities.forms.fields import number_in
from municipalities.forms.typed import typed_so_far
from municipalities.idempotency import one_press
from municipalities.models import Facility, Municipality, StaffMember
from municipalities.queries import town_of
from municipalities.query_names import Param
from municipalities.readings import note_opened


@dataclass(frozen=True)
class CallersRequest:
    """What the page was asked for: a type, so many people, from a day on, at one place or anywhere."""

    types: list[AppointmentType]
    type: AppointmentType
    people: int
    here: Facility | None
    place: Facility | None
    from_day: date | None
    home: Municipality | None
    towns: list[Municipality]
    chosen: str

    @property
    def here_pk(self) -> int | str:
        return self.here.pk if self.here else ""

    @property
    def place_pk(self) -> int | None:
        return self.place.pk if self.place else None


@staff_page
@one_press
def book(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """GET shows what is free; POST books, or with "voir" shows again what is free for what was typed."""
    if not rules.serves_somewhere(staff):
        sentence = _("Votre rôle permet de voir les rendez-vous, pas d’en prendre.")
        return render_staff(request, staff, "staff/refused.html", {"sentence": sentence}, status=403)
    data = request.POST if request.method == "POST" else typed_so_far() or request.GET
    asked = _asked(staff, data)
    if asked is None:
        return render_staff(request, staff, "counter/book_nothing.html", {})
    if "HX-Request" in request.headers:
        context = {"asked": asked, "proposals": _proposals(staff, asked)}
        return render(request, "rehoming/_proposals.html", context)
    is_sent = request.method == "POST" and Param.LOOK not in request.POST
    form = DeskForm(
        data if is_sent else None,
        kind=asked.type,
        people=asked.people,
        municipalities=asked.towns,
        home=asked.home,
        channel=BookingChannel.PHONE,
    )
    if not is_sent:
        form.fill_in(data)
        return _page(request, staff, asked, form)
    refusal: Refusal | None = None
    if form.is_valid():
        try:
            booked = _book(staff, asked, form)
        except NumberInUse as in_use:
            form.refuse_number(in_use.number, str(in_use))
        except ReasonNeeded as reason:
            form.contact.add_error("urgent_reason", str(reason))
        except Refusal as other:
            refusal = other
        else:
            return redirect("counter:booked", pk=booked.pk)
    return _page(request, staff, asked, form, refusal)


@staff_page
@one_press
def booked(request: HttpRequest, staff: StaffMember, pk: str) -> HttpResponse:
    """What was just booked, to print; POST sends the confirmation once more."""
    rows = Appointment.objects.visible_to(staff).booked() | Appointment.objects.just_booked_by(staff)
    appointment = get_object_or_404(rows.select_related("facility__municipality", "type", "counter"), pk=pk)
    if appointment.booked_by_id != staff.pk:
        if not may_change(staff, appointment):
            sentence = _("Votre rôle permet de voir ces rendez-vous, pas de les changer.")
            return render_staff(request, staff, "staff/refused.html", {"sentence": sentence}, status=403)
        note_opened(staff, SUBJECT, appointment, "counter:booked")
    refusal = ""
    if request.method == "POST":
        try:
            if send_again(appointment=appointment):
                messages.success(request, _("La confirmation part de nouveau."))
            else:
                messages.warning(request, _("Ni mobile ni courriel : imprimez le billet."))
            return redirect("counter:booked", pk=pk)
        except Refusal as refused:
            refusal = str(refused)
    people = list(appointment.people.all())
    documents = documents_for(
        type=appointment.type,
        people=people,
        municipality=appointment.facility.municipality,
        on=appointment.starts_at.date(),
    )
    # The find page writes to a mailbox or a mobile: whoever has given neither finds nothing there.
    find = find_link(through=appointment.booked_through) if can_be_told(appointment) else ""
    context = {
        "appointment": appointment,
        "people": list(zip(people, documents, strict=False)),
        "listed": documents,
        "refusal": refusal,
        "facility": appointment.facility,
        "address": appointment.facility.address_line,
        "may_change": may_change(staff, appointment),
        "is_elsewhere": not rules.sees(staff, appointment.facility),
        "find_address": find,
        "find_qr": _qr(find) if find else "",
    }
    return render_staff(request, staff, "counter/booked.html", context)


def _qr(address: str) -> str:
    """The find page, and nothing of the person: whoever finds the paper opens nothing with it."""
    code = segno.make(address, micro=False, error="m")
    return str(code.svg_inline(scale=4, border=2, omitsize=True, svgclass=None, lineclass=None))


def _asked(staff: StaffMember, data: QueryDict) -> CallersRequest | None:
    types = list(AppointmentType.objects.filter(is_active=True).order_by("position", "pk"))
    if not types:
        return None
    kind = next((one for one in types if one.code == data.get(Param.TYPE, "")), types[0])
    people = number_in(data.get(Param.PEOPLE, ""), most=99) or 1
    towns = list(Municipality.objects.defer("logo").order_by("slug"))
    slug = data.get("home")
    home = town_of(staff) if slug is None else next((town for town in towns if town.slug == slug), None)
    from_day, problem = asked_day(data.get(Param.FROM_DAY, "")) if data.get(Param.FROM_DAY) else (None, "")
    return CallersRequest(
        types=types,
        type=kind,
        people=min(max(people, 1), kind.max_people, MAX_PEOPLE),
        here=_place(staff, data.get(Param.HERE, "") or data.get(Param.PLACE, ""), kind),
        place=_place(staff, data.get(Param.PLACE, ""), kind) if Param.HERE in data else None,
        from_day=None if problem else from_day,
        home=home,
        towns=towns,
        chosen=data.get(Param.SLOT, "")[:40],
    )


def _place(staff: StaffMember, typed: str, kind: AppointmentType) -> Facility | None:
    """One's own facility or any that serves the type: an agent books for the whole territory, and what they may take
    there the calendar says."""
    found = Facility.objects.filter(pk=number_in(typed) or 0, is_active=True).select_related("municipality").first()
    if found is None or rules.sees(staff, found) or facilities_serving(kind).filter(pk=found.pk).exists():
        return found
    return None


def _proposals(staff: StaffMember, asked: CallersRequest) -> list[Proposal]:
    return proposals_for(
        staff,
        asked.type,
        asked.people,
        here=asked.here,
        only=asked.place,
        home=asked.home,
        from_day=asked.from_day,
    )


def _page(
    request: HttpRequest, staff: StaffMember, asked: CallersRequest, form: DeskForm, refusal: Refusal | None = None
) -> HttpResponse:
    proposals = _proposals(staff, asked)
    known = [proposal.slot.token for proposal in proposals]
    context: dict[str, Any] = {
        "asked": asked,
        "form": form,
        "proposals": proposals,
        "chosen": asked.chosen if asked.chosen in known else (known[0] if known else ""),
        "refusal": refusal,
        "errors": [*([("heures", "", str(refusal))] if refusal else []), *form.errors()],
        "places": facilities_serving(asked.type).order_by("name"),
        "counts": range(1, min(asked.type.max_people, MAX_PEOPLE) + 1),
    }
    wrong = bool(context["errors"])
    return render_staff(request, staff, "counter/book.html", context, status=422 if wrong else 200)


def _book(staff: StaffMember, asked: CallersRequest, form: DeskForm) -> Appointment:
    try:
        facility_id, starts_at = parse_token(asked.chosen)
    except ValueError:
        raise Refusal(_("Choisissez une heure.")) from None
    facility = _place(staff, str(facility_id), asked.type)
    if facility is None:
        raise Refusal(_("Choisissez une heure."))
    contact = form.contact.cleaned_data
    people = [
        PersonDetails(
            first_name=person.cleaned_data["first_name"],
            last_name=person.cleaned_data["last_name"],
            is_minor=person.cleaned_data["is_minor"],
            situation=person.cleaned_data.get("situation") or Situation.RENEWAL,
            number=person.cleaned_data.get("number", ""),
        )
        for person in form.people[: form.count]
    ]
    details = BookingDetails(
        people=people,
        email=contact["email"],
        phone=contact["phone"],
        language=contact["language"] or "fr",
        accessibility=contact["accessibility"],
        home=contact["home"],
        channel=contact["channel"] or BookingChannel.PHONE,
    )
    return book_for_someone(
        type=asked.type,
        facility=facility,
        starts_at=starts_at,
        details=details,
        by=staff,
        urgent_reason=contact["urgent_reason"],
        is_assisted=contact["is_assisted"],
        booked_through=town_of(staff),
    )
