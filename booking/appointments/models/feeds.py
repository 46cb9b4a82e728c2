"""What calendars of agents are made of: entries rendered once, and what left a place."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from booking.appointments.models.appointments import Appointment
from municipalities.feeds import Privacy
from municipalities.models import Facility


class FeedEntry(models.Model):
    """The VEVENT of an appointment as staff see it at one level, as of one change; residents get its `CalendarEntry`.

    Never rendered twice: a row whose `changed_at` and `sequence` are the appointment's is right.
    """

    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="feed_entries")
    level = models.CharField(max_length=10, choices=Privacy.choices)
    language = models.CharField(max_length=2)
    changed_at = models.DateTimeField()
    sequence = models.PositiveIntegerField()
    text = models.TextField()

    class Meta:
        verbose_name = _("entrée de calendrier")
        verbose_name_plural = _("entrées de calendrier")
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "level", "language"], name="one_entry_per_appointment_level_and_language"
            ),
        ]


class Departure(models.Model):
    """An appointment that was moved away from a facility or one of its counters, written by a trigger.

    Its row says where it is, and nothing there says where it was: without this, the calendar it left would not know.
    """

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", db_index=False)
    left_at = models.DateTimeField()

    class Meta:
        verbose_name = _("départ")
        verbose_name_plural = _("départs")
        indexes = [models.Index(fields=["facility", "left_at"], name="departure_of_facility")]
