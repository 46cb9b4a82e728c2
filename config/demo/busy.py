"""A calendar kept elsewhere that blocks a counter: an invented file, which the demonstration itself serves."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from booking.appointments.external_calendars.actions import REASON
from booking.appointments.external_calendars.reading import busy_times
from booking.appointments.free_time.gaps import DAYS_AHEAD
from booking.appointments.models import BusyCalendar, Counter, CounterClosure

NAME = "Agenda d’une agente (fictif)"
FILE = "demo/agenda-fictif.ics"


def address(port: int) -> str:
    return f"http://127.0.0.1:{port}{settings.STATIC_URL}{FILE}"


def build_busy_calendar(today: date, now: datetime) -> None:
    """Wednesday afternoons of Rixheim's second counter, as the worker will read them: nobody is booked over them."""
    counter = Counter.objects.get(facility__slug="mairie-rixheim", name="Guichet 2")
    first = timezone.make_aware(datetime.combine(today, time.min))
    body = (settings.ROOT / "config" / "static" / FILE).read_bytes()
    spans = busy_times(body, first, first + timedelta(days=DAYS_AHEAD + 1)).spans
    calendar = BusyCalendar.objects.create(
        counter=counter, name=NAME, address=address(8000), last_fetched_at=now, last_ok_at=now, blocked_count=len(spans)
    )
    CounterClosure.objects.bulk_create(
        CounterClosure(counter=counter, busy_calendar=calendar, period=DateTimeTZRange(*span), reason=REASON)
        for span in spans
    )


def point_to(port: int) -> None:
    """The demonstration may run at another port than last time."""
    BusyCalendar.objects.filter(name=NAME).update(address=address(port), due_at=timezone.now())
