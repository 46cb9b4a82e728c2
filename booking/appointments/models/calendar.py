"""Counters, when they are open and when they are not."""

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.appointments.enums import Audience
from booking.appointments.models.offer import AppointmentType
from booking.appointments.rhythm import LAST, Rhythm
from municipalities.database.ranges import DateRange, MinuteRange, PlacesOfAMonth, WeeksOfARound
from municipalities.languages import TranslatedField
from municipalities.models import Facility, StaffMember
from municipalities.wording import say_period, say_time


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("lundi")
    TUESDAY = 1, _("mardi")
    WEDNESDAY = 2, _("mercredi")
    THURSDAY = 3, _("jeudi")
    FRIDAY = 4, _("vendredi")
    SATURDAY = 5, _("samedi")
    SUNDAY = 6, _("dimanche")


class EveryWeeks(models.IntegerChoices):
    ONE = 1, _("chaque semaine")
    TWO = 2, _("une semaine sur deux")
    THREE = 3, _("une semaine sur trois")
    FOUR = 4, _("une semaine sur quatre")


class PlaceInMonth(models.IntegerChoices):
    FIRST = 1, _("le premier du mois")
    SECOND = 2, _("le deuxième du mois")
    THIRD = 3, _("le troisième du mois")
    FOURTH = 4, _("le quatrième du mois")
    LAST = LAST, _("le dernier du mois")


class CounterQuerySet(models.QuerySet["Counter"]):
    def visible_to(self, staff: StaffMember) -> Self:
        return self.filter(facility__in=Facility.objects.visible_to(staff))

    def manageable_by(self, staff: StaffMember) -> Self:
        return self.filter(facility__in=Facility.objects.manageable_by(staff))


class Counter(models.Model):
    """One place where one agent serves one appointment at a time; for identity papers, a biometric terminal."""

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="counters", verbose_name=_("établissement"))
    name = models.CharField(_("nom"), max_length=60)
    types = models.ManyToManyField(AppointmentType, related_name="counters", verbose_name=_("motifs servis"))
    is_active = models.BooleanField(_("en service"), default=True)
    has_invented_data = models.BooleanField(_("comporte des données fictives"), default=False)
    # Free time is kept as rows up to this day (see free_time.py).
    free_until = models.DateField(_("temps libre calculé jusqu’au"), null=True, blank=True, editable=False)

    objects = CounterQuerySet.as_manager()

    class Meta:
        verbose_name = _("guichet")
        verbose_name_plural = _("guichets")
        ordering = ("facility", "name")
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "name"],
                name="counter_name_is_unique_in_its_facility",
                violation_error_message=_("Un guichet de ce nom existe déjà ici."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.facility}, {self.name}"


class OpeningPeriodQuerySet(models.QuerySet["OpeningPeriod"]):
    def visible_to(self, staff: StaffMember) -> Self:
        return self.filter(counter__facility__in=Facility.objects.visible_to(staff))

    def manageable_by(self, staff: StaffMember) -> Self:
        return self.filter(counter__facility__in=Facility.objects.manageable_by(staff))


class OpeningPeriod(models.Model):
    """A counter is open every such weekday from `starts` to `ends` (local wall clock), between two dates.

    Or only in every second, third or fourth week counted from one, or on the nth such weekday of the month; and on no
    date that is left out.

    Staff time falls back to the public `fallback_days` before, at `fallback_time` (a common practice: unused
    urgent time becomes public the day before at noon). Empty `types` means all that the counter serves.
    """

    counter = models.ForeignKey(Counter, models.CASCADE, related_name="openings", verbose_name=_("guichet"))
    weekday = models.PositiveSmallIntegerField(_("jour"), choices=Weekday.choices)
    starts = models.TimeField(_("de"))
    ends = models.TimeField(_("à"))
    valid_from = models.DateField(_("valable du"), default=timezone.localdate)
    valid_until = models.DateField(_("au"), null=True, blank=True)
    every_weeks = models.PositiveSmallIntegerField(_("rythme"), choices=EveryWeeks.choices, default=EveryWeeks.ONE)
    counted_from = models.DateField(_("compté à partir de la semaine du"), null=True, blank=True)
    nth = models.SmallIntegerField(_("dans le mois"), choices=PlaceInMonth.choices, null=True, blank=True)
    except_on = ArrayField(models.DateField(), default=list, blank=True, verbose_name=_("sauf les"))
    audience = models.PositiveSmallIntegerField(_("ouvert à"), choices=Audience.choices, default=Audience.PUBLIC)
    fallback_days = models.PositiveSmallIntegerField(_("rendu au public (jours avant)"), null=True, blank=True)
    fallback_time = models.TimeField(_("rendu au public à"), null=True, blank=True)
    types = models.ManyToManyField(
        AppointmentType, blank=True, related_name="+", verbose_name=_("seulement pour ces motifs")
    )

    objects = OpeningPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("plage d’ouverture")
        verbose_name_plural = _("plages d’ouverture")
        ordering = ("counter", "weekday", "starts")
        constraints = [
            models.CheckConstraint(
                name="opening_period_ends_after_it_starts",
                condition=Q(ends__gt=F("starts")),
                violation_error_message=_("La plage doit finir après son début."),
            ),
            models.CheckConstraint(
                name="opening_period_validity_ends_after_it_begins",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                violation_error_message=_("La date de fin doit suivre la date de début."),
            ),
            models.CheckConstraint(
                name="fallback_has_a_day_and_an_hour",
                condition=Q(fallback_days__isnull=True, fallback_time__isnull=True)
                | Q(fallback_days__isnull=False, fallback_time__isnull=False),
                violation_error_message=_("Le retour au public demande un nombre de jours et une heure."),
            ),
            models.CheckConstraint(
                name="opening_every_few_weeks_and_only_it_says_from_when",
                condition=Q(every_weeks=1, counted_from__isnull=True)
                | Q(every_weeks__range=(2, 4), counted_from__isnull=False),
                violation_error_message=_("Une plage d’une semaine sur plusieurs dit à partir de laquelle."),
            ),
            models.CheckConstraint(
                name="opening_follows_weeks_or_months",
                condition=Q(nth__isnull=True) | Q(every_weeks=1, nth__in=PlaceInMonth.values),
                violation_error_message=_("Une plage suit les semaines ou les mois, pas les deux."),
            ),
            ExclusionConstraint(
                name="opening_periods_of_a_counter_never_overlap",
                expressions=[
                    ("counter", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (DateRange(F("valid_from"), F("valid_until"), Value("[]")), RangeOperators.OVERLAPS),
                    (MinuteRange(F("starts"), F("ends")), RangeOperators.OVERLAPS),
                    (WeeksOfARound(F("every_weeks"), F("counted_from")), RangeOperators.OVERLAPS),
                    (PlacesOfAMonth(F("nth")), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Une autre plage de ce guichet couvre déjà une partie de ces heures."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {say_time(self.starts)} – {say_time(self.ends)}"

    @property
    def rhythm(self) -> Rhythm:
        return Rhythm(self.every_weeks, self.counted_from, self.nth, tuple(sorted(self.except_on)))

    def is_valid_on(self, day: date) -> bool:
        """Whether the day lies between the two dates."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)

    def holds_on(self, day: date) -> bool:
        """Whether the period holds on a day; which weekday that is does not matter."""
        return self.is_valid_on(day) and self.rhythm.holds_on(day)


class CounterClosureQuerySet(models.QuerySet["CounterClosure"]):
    def visible_to(self, staff: StaffMember) -> Self:
        return self.filter(counter__facility__in=Facility.objects.visible_to(staff))

    def by_hand(self) -> Self:
        """Those a person made and may lift; not the events of calendars kept elsewhere."""
        return self.filter(busy_calendar__isnull=True)


class CounterClosure(models.Model):
    """One counter is out of service: a terminal has failed, an agent is ill."""

    counter = models.ForeignKey(Counter, models.CASCADE, related_name="closures", verbose_name=_("guichet"))
    period = DateTimeRangeField(_("période"))
    reason = TranslatedField(_("motif affiché"))
    created_by = models.ForeignKey(
        StaffMember, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("créée par")
    )
    created_at = models.DateTimeField(_("créée le"), auto_now_add=True)
    # Set when the closure is an event of a calendar kept elsewhere: that calendar alone makes and lifts it.
    busy_calendar = models.ForeignKey(
        "appointments.BusyCalendar",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="blocks",
        verbose_name=_("agenda extérieur"),
    )

    objects = CounterClosureQuerySet.as_manager()

    class Meta:
        verbose_name = _("fermeture de guichet")
        verbose_name_plural = _("fermetures de guichet")
        ordering = ("period",)
        constraints = [
            models.CheckConstraint(
                name="counter_closure_has_a_beginning_and_an_end",
                condition=Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
                violation_error_message=_("La fermeture doit finir après son début."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.counter}, {say_period(self.period.lower, self.period.upper)}"
