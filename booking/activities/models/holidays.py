"""School holidays, as rows that people edit: a published list ends some day, and is silently empty after."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from municipalities.database.ranges import DateRange


class SchoolHoliday(models.Model):
    """Days without school in the zone of the territory, both ends included."""

    name = models.CharField(_("nom"), max_length=60)
    first_day = models.DateField(_("du"))
    last_day = models.DateField(_("au (compris)"))

    class Meta:
        verbose_name = _("vacances scolaires")
        verbose_name_plural = _("vacances scolaires")
        ordering = ("first_day",)
        constraints = [
            models.CheckConstraint(
                name="school_holidays_end_after_they_begin",
                condition=Q(last_day__gte=F("first_day")),
                violation_error_message=_("Le dernier jour doit suivre le premier."),
            ),
            ExclusionConstraint(
                name="school_holidays_never_overlap",
                expressions=[(DateRange(F("first_day"), F("last_day"), Value("[]")), RangeOperators.OVERLAPS)],
                violation_error_message=_("D’autres vacances couvrent déjà une partie de ces jours."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
