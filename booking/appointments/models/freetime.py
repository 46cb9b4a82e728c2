"""Free time as rows, and who may see it: both derived, both rebuilt in the transaction that changes their sources."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.appointments.enums import Audience
from booking.appointments.models.calendar import Counter
from municipalities.database.ranges import TsTzRange
from municipalities.models import Facility


class FreeGap(models.Model):
    """A stretch of one counter's day that nobody has taken. A whole free morning is one row.

    `portion` is where in its opening period the stretch begins, in thousandths, at one of the cuts made for held-back
    shares and local reserves; who sees which portion when is decided by the type's offer at reading time.
    `type_ids` is empty when all the counter's types are served.
    """

    # The indexes with the day serve for these alone too.
    counter = models.ForeignKey(Counter, models.CASCADE, related_name="+", db_index=False)
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    audience = models.PositiveSmallIntegerField(choices=Audience.choices)
    public_from = models.DateTimeField(null=True)
    portion = models.PositiveSmallIntegerField(default=0)
    type_ids = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        verbose_name = _("temps libre")
        verbose_name_plural = _("temps libres")
        indexes = [
            models.Index(fields=["facility", "day"], name="free_gap_facility_day"),
            models.Index(fields=["day", "starts_at", "facility", "ends_at"], name="free_gap_day_start"),
            models.Index(fields=["counter", "day", "starts_at"], name="free_gap_counter_start"),
        ]
        constraints = [
            models.CheckConstraint(name="free_gap_has_a_length", condition=Q(ends_at__gt=F("starts_at"))),
            ExclusionConstraint(
                name="free_gaps_of_a_counter_never_overlap",
                expressions=[
                    ("counter", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]
