"""What the holder's page and the agent's page have in common: the form, the press, the nearest times."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from booking.appointments.bookings.correcting import (
    correct_appointment,
    nearest_times,
    version_shown,
    viewer_for,
)
from booking.appointments.bookings.correction_form import CorrectionForm
from booking.appointments.bookings.queries import people_of
from booking.appointments.exceptions import ChangedMeanwhile, NoRoomForAll, NotOffered, NumberInUse, SlotTaken
from booking.appointments.models import Appointment
from booking.appointments.search.answers import Slot, parse_token
from municipalities.exceptions import Refusal
from municipalities.forms.typed import typed_so_far
from municipalities.models import Facility, StaffMember
from municipalities.query_names import Param


@dataclass
class CorrectionPage:
    """`corrected` once it is done; else the form to show, with what was refused and where there is room."""

    form: CorrectionForm
    version: str
    corrected: Appointment | None = None
    refusal: Refusal | None = None
    others: list[Slot] = field(default_factory=list)

    @property
    def status(self) -> int:
        if self.refusal is not None:
            return 409
        return 422 if self.form.is_asking and list(self.form.errors()) else 200

    def context(self) -> dict[str, Any]:
        refused = [("heures" if self.others else "", "", str(self.refusal))] if self.refusal is not None else []
        errors = [*refused, *self.form.errors()]
        return {"form": self.form, "version": self.version, "others": self.others, "errors": errors}


def correction_page(request: HttpRequest, appointment: Appointment, *, by: StaffMember | None) -> CorrectionPage:
    """GET shows the file, as it is or as typed so far; POST corrects it, or with « ajouter » shows one person more."""
    data = request.POST if request.method == "POST" else typed_so_far()
    # First the version, then the people: whatever is written in between is refused, never overwritten.
    version = version_shown(appointment) if data is None else data.get(Param.VERSION, "")[:40]
    people = people_of(appointment)
    form = CorrectionForm(data, appointment=appointment, people=people, by_staff=by is not None)
    page = CorrectionPage(form, version)
    if data is None or not form.is_asking or not form.is_valid():
        return page
    try:
        to = _chosen(data)
        page.corrected = correct_appointment(
            appointment=appointment, version=version, correction=form.correction(), by=by, to=to
        )
    except NumberInUse as in_use:
        form.refuse_number(in_use.number, str(in_use))
        page.refusal = in_use
    except (NoRoomForAll, SlotTaken, NotOffered) as refusal:
        page.refusal = refusal
        viewer = viewer_for(appointment, by)
        page.others = nearest_times(appointment, people=len(form.coming), viewer=viewer)
    except ChangedMeanwhile as refusal:
        return _as_it_is_now(appointment, by, refusal)
    except Refusal as refusal:
        page.refusal = refusal
    return page


def _as_it_is_now(appointment: Appointment, by: StaffMember | None, refusal: Refusal) -> CorrectionPage:
    """Not what was typed: that was said of other people, and the next press would put back what others have mended."""
    appointment.refresh_from_db()
    version = version_shown(appointment)
    form = CorrectionForm(None, appointment=appointment, people=people_of(appointment), by_staff=by is not None)
    return CorrectionPage(form, version, refusal=refusal)


def _chosen(data: QueryDict) -> tuple[Facility, datetime] | None:
    """The start that was pressed. Raises Refusal where there is none such."""
    token = data.get(Param.SLOT, "")[:40]
    if not token:
        return None
    try:
        facility_id, starts_at = parse_token(token)
    except ValueError:
        raise Refusal(_("Choisissez une heure.")) from None
    facility = Facility.objects.filter(pk=facility_id, is_active=True).select_related("municipality").first()
    if facility is None:
        raise Refusal(_("Choisissez une heure."))
    return facility, starts_at
