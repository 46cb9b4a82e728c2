"""What waits for an agent when the day begins: the houses of today, and whom somebody has to call."""

from collections import Counter as Tally
from datetime import timedelta

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.appointments.counter.day_queries import todays_facilities
from booking.appointments.counter.desk_queries import elsewhere_in_short
from booking.appointments.counter.outcomes import unsettled_by_place
from booking.appointments.counter.unsent import unsent
from booking.appointments.enums import State
from booking.appointments.free_time.gaps import counters_with_place, outside
from booking.appointments.models import Appointment, BusyCalendar
from municipalities import rules
from municipalities.models import Facility, StaffMember
from municipalities.query_names import Param
from municipalities.services import Task
from municipalities.wording import say_day
from notifications.queries import not_reached, unreachable

#: Whoever sees more counters than this looks at each house, not at all of them each time the start page opens.
MOST_COUNTERS = 60
#: A message that did not arrive matters this long before the appointment.
CALL_WITHIN = timedelta(days=14)

#: Calls listed one by one on the start page.
MOST_CALLS = 10


def home_panel(request: HttpRequest, staff: StaffMember) -> str:
    """Today's houses with what is going on in them, and the two things an agent does all day."""
    days, may_book = todays_facilities(staff), rules.serves_somewhere(staff)
    if not days and not may_book:
        return ""
    context = {
        "days": days,
        "today": timezone.localdate(),
        "may_book": may_book,
        "is_start": True,
        "elsewhere": elsewhere_in_short(staff),
        "answers_for_a_town": bool(rules.towns_answered_for(staff)),
    }
    return render_to_string("counter/_today.html", context, request)


def tasks_of(staff: StaffMember) -> list[Task]:
    """What became of yesterday's people, whom to call, calendars that fail, house by house.

    Nothing for who only looks on.
    """
    if not rules.serves_somewhere(staff):
        return []
    return [
        *_unsettled(staff),
        *_outside(staff),
        *unsent_tasks(staff),
        *_not_reached(staff),
        *_failing_calendars(staff),
    ]


def _unsettled(staff: StaffMember) -> list[Task]:
    return [
        Task(
            ngettext(
                "%(place)s : %(number)s rendez-vous ou ticket passé, suite à noter",
                "%(place)s : %(number)s rendez-vous ou tickets passés, suites à noter",
                number,
            )
            % {"place": name, "number": number},
            reverse("counter:outcomes", args=[pk]),
        )
        for pk, name, number in unsettled_by_place(staff)
    ]


def _outside(staff: StaffMember) -> list[Task]:
    places = Facility.objects.visible_to(staff)
    counters = list(counters_with_place().filter(facility__in=places)[: MOST_COUNTERS + 1])
    if len(counters) > MOST_COUNTERS:
        return []
    left = Tally(row.facility for row in outside(counters) if row.state == State.BOOKED)
    return [
        Task(
            ngettext(
                "%(place)s : %(number)s rendez-vous hors des heures d’ouverture, une personne à appeler",
                "%(place)s : %(number)s rendez-vous hors des heures d’ouverture, des personnes à appeler",
                number,
            )
            % {"place": place.name, "number": number},
            reverse("counter:outside", args=[place.pk]),
        )
        for place, number in left.items()
    ]


def unsent_tasks(staff: StaffMember) -> list[Task]:
    """What did not leave, or perhaps, as one line; on the start page and on the board."""
    number = unsent(staff).count()
    said = ngettext(
        "%(number)s message à renvoyer, non parti ou incertain",
        "%(number)s messages à renvoyer, non partis ou incertains",
        number,
    )
    return [Task(said % {"number": number}, reverse("counter:unsent"))] if number else []


def _not_reached(staff: StaffMember) -> list[Task]:
    now = timezone.now()
    rows = (
        Appointment.objects.at_counters_of(staff)
        .booked()
        .filter(pk__in=not_reached().values("subject_id"), starts_at__gt=now, starts_at__lt=now + CALL_WITHIN)
        .select_related("facility")
        .order_by("starts_at")
    )
    found = list(rows)
    lost = unreachable([row.pk for row in found])
    tasks = []
    for row in found:
        if row.pk in lost:
            day = timezone.localdate(row.starts_at)
            said = {"place": row.facility.name, "reference": row.reference, "day": say_day(day)}
            tasks.append(
                Task(
                    _("%(place)s : %(reference)s, %(day)s, n’a pas reçu son message. À appeler.") % said,
                    f"{reverse('counter:board', args=[row.facility_id])}?{Param.DAY}={day.isoformat()}"
                    f"&{Param.APPOINTMENT}=rdv-{row.pk}#fiche",
                )
            )
    return tasks[:MOST_CALLS]


def _failing_calendars(staff: StaffMember) -> list[Task]:
    failing = BusyCalendar.objects.manageable_by(staff).filter(is_active=True).exclude(last_error="")
    return [
        Task(
            _("%(counter)s : l’agenda extérieur « %(name)s » est illisible")
            % {"counter": calendar.counter, "name": calendar.name},
            reverse("external_calendars:busy", args=[calendar.counter_id]),
        )
        for calendar in failing.select_related("counter__facility")
    ]
