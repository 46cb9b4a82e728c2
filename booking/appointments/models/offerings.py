"""What each counter offers, gathered for the search."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from booking.appointments.models.calendar import Counter
from booking.appointments.models.offer import AppointmentType, ReleasePolicy
from municipalities.models import Facility, Municipality


class CounterOffering(models.Model):
    """One counter offers one type: durations and rules gathered from where staff edit them.

    `minutes[n - 1]` is the duration for n people, null where the type is not offered to that many.
    """

    counter = models.ForeignKey(Counter, models.CASCADE, related_name="offers")
    type = models.ForeignKey(AppointmentType, models.CASCADE, related_name="+")
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+")
    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="+")
    minutes = ArrayField(models.PositiveSmallIntegerField(null=True))
    policy = models.ForeignKey(ReleasePolicy, models.CASCADE, related_name="+", null=True)
    shared_from = models.DateField(null=True)  # null: not shared, for the municipality's own residents only
    shared_until = models.DateField(null=True)
    reserve_until = models.PositiveSmallIntegerField(default=0)  # portions below are the local reserve
    reserve_days = models.PositiveSmallIntegerField(default=0)
    held_from_7 = models.PositiveSmallIntegerField(default=1000)  # portions from here on wait until day − 7
    held_from_1 = models.PositiveSmallIntegerField(default=1000)  # … until day − 1

    class Meta:
        db_table = "appointments_offer"
        verbose_name = _("offre")
        verbose_name_plural = _("offres")
        constraints = [
            models.UniqueConstraint(fields=["counter", "type"], name="one_offer_per_counter_and_type"),
        ]
        indexes = [
            models.Index(fields=["type", "facility"], name="offer_type_facility"),
            models.Index(fields=["type", "policy"], name="offer_type_policy"),
        ]
