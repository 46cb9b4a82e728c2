from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from booking.appointments.models import BusyCalendar
from tests.factories.appointments import CounterFactory
from tests.factories.municipalities import FIRST


class BusyCalendarFactory(DjangoModelFactory[BusyCalendar]):
    """A calendar that has not been read yet and is due."""

    class Meta:
        model = BusyCalendar

    counter = factory.SubFactory(CounterFactory)
    name = factory.Sequence(lambda n: f"Agenda {FIRST + n}")
    address = factory.Sequence(lambda n: f"https://agenda.example/{n}.ics")
    due_at = factory.LazyFunction(lambda: timezone.now() - timedelta(seconds=1))
