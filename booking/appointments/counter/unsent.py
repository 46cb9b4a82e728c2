"""Messages about appointments to come that did not leave, or perhaps: the counter sends them again by one key."""

from django.db.models import QuerySet
from django.utils import timezone

from booking.appointments.messages.kinds import SUBJECT
from booking.appointments.models import Appointment
from municipalities import rules
from municipalities.models import Facility, StaffMember
from notifications.models import Message
from notifications.outbox import put_back
from notifications.queries import stuck


def unsent(staff: StaffMember) -> QuerySet[Message]:
    """Of the places where this person receives people, in the order in which people come."""
    places = [place for place in Facility.objects.visible_to(staff) if rules.works_at(staff, place)]
    coming = Appointment.objects.filter(facility__in=places, starts_at__gt=timezone.now())
    return stuck().filter(subject_type=SUBJECT, subject_id__in=coming.values("pk"))


def send_unsent(staff: StaffMember) -> int:
    """Owes them again. Returns how many."""
    return put_back(unsent(staff))
