"""What one browser holds, and one appointment with everything a page about it shows."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection
from django.utils import timezone

from booking.appointments.enums import KeptFor, Situation, State
from booking.appointments.models import (
    Appointment,
    AppointmentPerson,
    EarlierOffer,
    WaitingListEntry,
)
from booking.appointments.models.waiting import OPEN_OFFERS
from booking.appointments.search.choices import appointment_types
from booking.residents.references import keyed_hash
from municipalities.database.prepared import prepared_cursor
from municipalities.directory import facilities, municipalities
from municipalities.models import StaffMember


def _with_places(found: Appointment) -> Appointment:
    """The appointment with its type and places, which are remembered and need not be read beside it."""
    found.type = appointment_types().get(found.type_id) or found.type
    found.facility = facilities().get(found.facility_id) or found.facility
    if found.home_municipality_id is not None:
        found.home_municipality = municipalities().get(found.home_municipality_id) or found.home_municipality
    return found


_FIELDS = Appointment._meta.concrete_fields
#: Written out: putting this query together took five times as long as answering it, three times in each booking.
_BY_KEY = f"SELECT {', '.join(str(field.column) for field in _FIELDS)} FROM appointments_appointment WHERE id = %s"


def by_key(pk: UUID) -> Appointment | None:
    """Whatever it is by now, a hold or an appointment, with its type and places."""
    with prepared_cursor() as cursor:
        cursor.execute(_BY_KEY, [pk])
        row = cursor.fetchone()
    if row is None:
        return None
    return _with_places(Appointment.from_db(connection.alias, [field.attname for field in _FIELDS], row))


def held_by(browser: str) -> list[Appointment]:
    """The slots this browser holds now, the first to lapse first."""
    held = Appointment.objects.held().filter(browser_hash=keyed_hash("browser", browser), expires_at__gt=timezone.now())
    return [_with_places(found) for found in held.order_by("expires_at")]


def hold_of(hold_id: UUID, browser: str | None) -> Appointment | None:
    """This browser's hold: held, lapsed but not yet given back, or booked since. None when gone or another's."""
    if not browser:
        return None
    held = by_key(hold_id)
    return held if held is not None and bytes(held.browser_hash or b"") == keyed_hash("browser", browser) else None


def is_live(hold: Appointment) -> bool:
    return hold.state == State.HELD and hold.expires_at is not None and hold.expires_at > timezone.now()


def appointment_to_show(pk: UUID) -> Appointment | None:
    """A confirmed or cancelled appointment with its places; never a mere hold."""
    found = by_key(pk)
    return None if found is None or found.state == State.HELD else found


def entry_to_show(pk: UUID) -> WaitingListEntry | None:
    """A place in the waiting list with its type and the appointment it is about, if it is about one."""
    entries = WaitingListEntry.objects.select_related(
        "type", "home_municipality", "appointment__type", "appointment__facility"
    )
    return entries.defer("home_municipality__logo").filter(pk=pk).first()


def open_offer_of(entry: WaitingListEntry) -> EarlierOffer | None:
    """What is offered to this person now; its hour may have come already."""
    offers = EarlierOffer.objects.filter(entry=entry, state__in=OPEN_OFFERS)
    return offers.select_related("facility__municipality", "hold").defer("facility__municipality__logo").first()


def waiting_contact(hold: Appointment) -> dict[str, str]:
    """How a person who took an offered start is reached: said when joining the list, not asked twice."""
    if hold.kept_for != KeptFor.WAITING:
        return {}
    offers = EarlierOffer.objects.filter(hold=hold, state__in=OPEN_OFFERS).select_related("entry__home_municipality")
    offer = offers.defer("entry__home_municipality__logo").first()
    if offer is None:
        return {}
    entry = offer.entry
    home = entry.home_municipality.slug if entry.home_municipality else ""
    return {"email": entry.email, "phone": entry.phone, "language": entry.language, "home": home}


def people_of(appointment: Appointment) -> list[AppointmentPerson]:
    return list(appointment.people.order_by("position"))


def can_be_changed(appointment: Appointment) -> bool:
    return appointment.state == State.BOOKED and appointment.starts_at > timezone.now()


def appointment_with_number(number: str) -> Appointment | None:
    """The active deposit appointment of a pre-application number."""
    person = AppointmentPerson.objects.filter(holds_number=True, pre_application_number=number)
    found = person.select_related("appointment").order_by("pk").first()
    return found.appointment if found else None


def says_situation(appointment: Appointment, person: AppointmentPerson) -> str:
    """The situation in words, for deposits only."""
    return str(Situation(person.situation).label) if appointment.type.is_deposit and person.situation else ""


def with_people(staff: StaffMember, rows: Iterable[Appointment]) -> list[Appointment]:
    """Those of these appointments that this person may see, with names and telephone to call them."""
    return list(
        Appointment.objects.visible_to(staff)
        .filter(pk__in=[row.pk for row in rows])
        .select_related("type", "facility", "counter")
        .prefetch_related("people")
        .order_by("starts_at", "counter__name")
    )
