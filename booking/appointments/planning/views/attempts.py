"""Trying a change of the calendar that may leave appointments outside of all opening time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.http import HttpRequest, HttpResponse

from booking.appointments.bookings.queries import with_people
from booking.appointments.exceptions import AppointmentsInTheWay
from booking.appointments.models import Appointment
from municipalities.access import render_staff
from municipalities.exceptions import Refusal
from municipalities.models import StaffMember
from municipalities.query_names import Param

#: Name of the button that says "change it all the same", and of the field with the appointments shown beside it.
KEEP = Param.KEEP
SHOWN = Param.SHOWN


class Change(Protocol):
    def __call__(self, *, keep_appointments: bool) -> object: ...


@dataclass(frozen=True)
class Attempt:
    """Either `is_done`, or `refusal` says why not, with the appointments that would be left outside."""

    is_done: bool
    refusal: str = ""
    in_the_way: Sequence[Appointment] = ()
    unseen: int = 0
    shown: str = ""

    @property
    def may_insist(self) -> bool:
        return bool(self.in_the_way) or bool(self.unseen)


def attempt(request: HttpRequest, staff: StaffMember, change: Change) -> Attempt:
    """Run the change; the second time, with the button pressed, the appointments stay where they are.

    The button speaks of the appointments shown beside it and of no others: when the dates were changed since, or
    somebody has booked meanwhile, the list is shown again.
    """
    try:
        try:
            change(keep_appointments=False)
        except AppointmentsInTheWay as found:
            shown = ",".join(sorted(str(row.pk) for row in found.appointments))
            known = set(request.POST.get(SHOWN, "").split(","))
            if KEEP not in request.POST or not known.issuperset(shown.split(",")):
                seen = with_people(staff, found.appointments)
                return Attempt(False, str(found), seen, len(found.appointments) - len(seen), shown)
            change(keep_appointments=True)
    except Refusal as refusal:
        return Attempt(False, str(refusal))
    return Attempt(True)


def in_the_way_page(request: HttpRequest, staff: StaffMember, tried: Attempt, *, back: str) -> HttpResponse:
    """For changes without a form of their own: the same question, the same button."""
    hidden = [(name, value) for name, value in request.POST.items() if name not in ("csrfmiddlewaretoken", KEEP, SHOWN)]
    context = {"tried": tried, "back": back, "hidden": hidden}
    return render_staff(request, staff, "planning/in_the_way.html", context, status=409)
