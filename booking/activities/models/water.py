"""Pools, their basins and lanes, who uses a lane when, and how many people that makes at one moment."""

import uuid
from datetime import datetime
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Deferrable, F, Q
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.activities.enums import UseKind
from booking.payments.models import CashOffice
from municipalities.enums import FacilityKind
from municipalities.languages import TranslatedField
from municipalities.models import Facility, StaffMember
from municipalities.wording import colon, say_day, say_period, say_time


class PoolQuerySet(models.QuerySet["Pool"]):
    def visible_to(self, staff: StaffMember) -> Self:
        """Pools whose plan of the water this person reads."""
        return self.filter(facility__in=Facility.objects.water_seen_by(staff))

    def planned_by(self, staff: StaffMember) -> Self:
        """Pools whose water this person plans."""
        return self.filter(facility__in=Facility.objects.water_planned_by(staff))


class Pool(models.Model):
    """What a facility that is a pool has besides: how many people it holds at once, and whether it is shut for good.

    A closure has a beginning and an end and lies with the facilities; `closed_since` is for a pool that is closed until
    further notice.
    """

    facility = models.OneToOneField(
        Facility,
        models.PROTECT,
        related_name="pool",
        limit_choices_to={"kind": FacilityKind.POOL},
        verbose_name=_("établissement"),
    )
    most_heads = models.PositiveIntegerField(
        _("personnes au plus en même temps"), validators=[MinValueValidator(1), MaxValueValidator(10_000)]
    )
    cash_office = models.ForeignKey(
        CashOffice,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("régie"),
    )
    closed_since = models.DateField(_("fermée jusqu’à nouvel ordre depuis le"), null=True, blank=True)
    closed_why = TranslatedField(_("motif affiché"), blank=True)

    objects = PoolQuerySet.as_manager()

    class Meta:
        verbose_name = _("piscine")
        verbose_name_plural = _("piscines")
        ordering = ("facility",)
        constraints = [
            models.CheckConstraint(
                name="pool_holds_somebody",
                condition=Q(most_heads__gte=1),
                violation_error_message=_("Une piscine reçoit au moins une personne."),
            )
        ]

    def __str__(self) -> str:
        return str(self.facility)


class BasinQuerySet(models.QuerySet["Basin"]):
    def visible_to(self, staff: StaffMember) -> Self:
        return self.filter(pool__in=Pool.objects.visible_to(staff))

    def planned_by(self, staff: StaffMember) -> Self:
        return self.filter(pool__in=Pool.objects.planned_by(staff))


class Basin(models.Model):
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="basins", verbose_name=_("piscine"))
    name = TranslatedField(_("nom"))
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)
    has_invented_data = models.BooleanField(_("comporte des données fictives"), default=False)

    objects = BasinQuerySet.as_manager()

    class Meta:
        verbose_name = _("bassin")
        verbose_name_plural = _("bassins")
        ordering = ("pool", "position", "pk")
        constraints = [
            models.UniqueConstraint(
                F("pool"),
                KT("name__fr"),
                name="basin_name_is_unique_in_its_pool",
                violation_error_message=_("Un bassin de ce nom existe déjà dans cette piscine."),
            )
        ]

    def __str__(self) -> str:
        return str(self.name)


class Lane(models.Model):
    """A lane, or an area of a basin: what one user has at a time."""

    basin = models.ForeignKey(Basin, models.PROTECT, related_name="lanes", verbose_name=_("bassin"))
    name = TranslatedField(_("nom"))
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)
    is_active = models.BooleanField(_("en service"), default=True)

    class Meta:
        verbose_name = _("ligne ou zone")
        verbose_name_plural = _("lignes et zones")
        ordering = ("basin__position", "basin", "position", "pk")
        constraints = [
            models.UniqueConstraint(
                F("basin"),
                KT("name__fr"),
                name="lane_name_is_unique_in_its_basin",
                violation_error_message=_("Une ligne ou une zone de ce nom existe déjà dans ce bassin."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.basin}, {self.name}"


class UseSeriesQuerySet(models.QuerySet["UseSeries"]):
    def planned_by(self, staff: StaffMember) -> Self:
        return self.filter(pool__in=Pool.objects.planned_by(staff))


class UseSeries(models.Model):
    """Somebody has lanes every such weekday from `starts` to `ends` (local wall clock), between two dates.

    What it comes to is `LaneUse`, one row per day and lane; a day that is left out stands in `except_on`. `heads` are
    the people expected each time, in all its lanes together.
    """

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="series", verbose_name=_("piscine"))
    kind = models.CharField(_("pour"), max_length=12, choices=UseKind.choices)
    label = models.CharField(_("qui"), max_length=80, blank=True)
    weekday = models.PositiveSmallIntegerField(_("jour"))
    starts = models.TimeField(_("de"))
    ends = models.TimeField(_("à"))
    first_day = models.DateField(_("du"))
    last_day = models.DateField(_("au (compris)"))
    lanes = models.ManyToManyField(Lane, related_name="+", verbose_name=_("lignes et zones"))
    heads = models.PositiveIntegerField(_("personnes"), default=0)
    skips_school_holidays = models.BooleanField(_("pas pendant les vacances scolaires"), default=False)
    except_on = ArrayField(models.DateField(), default=list, blank=True, verbose_name=_("sauf les"))

    objects = UseSeriesQuerySet.as_manager()

    class Meta:
        verbose_name = _("série de créneaux de bassin")
        verbose_name_plural = _("séries de créneaux de bassin")
        ordering = ("pool", "weekday", "starts", "pk")
        constraints = [
            models.CheckConstraint(
                name="series_ends_after_it_starts",
                condition=Q(ends__gt=F("starts")),
                violation_error_message=_("Le créneau doit finir après son début."),
            ),
            models.CheckConstraint(
                name="series_last_day_follows_its_first",
                condition=Q(last_day__gte=F("first_day")),
                violation_error_message=_("Le dernier jour doit suivre le premier."),
            ),
            models.CheckConstraint(
                name="series_has_a_weekday",
                condition=Q(weekday__range=(0, 6)),
                violation_error_message=_("Une série a lieu un jour de la semaine."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.who}, {say_time(self.starts)} – {say_time(self.ends)}, {say_day(self.first_day)}"

    @property
    def who(self) -> str:
        """« Club : Les Dauphins », « Public »."""
        return who_uses(self.kind, self.label)


class LaneUseQuerySet(models.QuerySet["LaneUse"]):
    def visible_to(self, staff: StaffMember) -> Self:
        return self.filter(lane__basin__pool__in=Pool.objects.visible_to(staff))

    def planned_by(self, staff: StaffMember) -> Self:
        return self.filter(lane__basin__pool__in=Pool.objects.planned_by(staff))

    def within(self, start: datetime, end: datetime) -> Self:
        """Those that overlap `[start, end)`."""
        return self.filter(period__overlap=(start, end))


class LaneUse(models.Model):
    """One lane is somebody's for a while. The same `event` on several lanes is one and the same thing happening.

    `heads` are the people expected in this lane: those of an event are shared out among its lanes, so that the sum over
    all uses of a moment is how many are in the pool. `day` is the day of the series that this one stands for, also when
    it has been moved to another.
    """

    lane = models.ForeignKey(Lane, models.PROTECT, related_name="uses", verbose_name=_("ligne ou zone"))
    period = DateTimeRangeField(_("période"))
    kind = models.CharField(_("pour"), max_length=12, choices=UseKind.choices)
    label = models.CharField(_("qui"), max_length=80, blank=True)
    heads = models.PositiveIntegerField(_("personnes"), default=0)
    event = models.UUIDField(_("créneau"), default=uuid.uuid4, db_index=True)
    series = models.ForeignKey(
        UseSeries, models.CASCADE, null=True, blank=True, related_name="uses", verbose_name=_("série")
    )
    day = models.DateField(_("jour de la série"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changé le"), default=timezone.now)

    objects = LaneUseQuerySet.as_manager()

    class Meta:
        verbose_name = _("usage d’une ligne")
        verbose_name_plural = _("usages des lignes")
        ordering = ("period", "lane")
        constraints = [
            models.CheckConstraint(
                name="lane_use_has_a_beginning_and_an_end",
                condition=Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
                violation_error_message=_("Le créneau doit finir après son début."),
            ),
            models.CheckConstraint(
                name="lane_use_of_a_series_says_for_which_day",
                condition=Q(series__isnull=True, day__isnull=True) | Q(series__isnull=False, day__isnull=False),
                violation_error_message=_("Un créneau d’une série dit pour quel jour il est."),
            ),
            # Deferrable: two series swap their hours in one transaction.
            ExclusionConstraint(
                name="a_lane_is_one_users_at_a_time",
                expressions=[("lane", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
                deferrable=Deferrable.IMMEDIATE,
                violation_error_message=_("Cette ligne est déjà prise à ce moment."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.who}, {say_period(self.period.lower, self.period.upper)}"

    @property
    def who(self) -> str:
        return who_uses(self.kind, self.label)


def who_uses(kind: str, label: str) -> str:
    """« Club : Les Dauphins », « Public »."""
    # The name alone says enough where there is one; who reads it aloud hears the kind first.
    said = UseKind(kind).label
    return f"{said}{colon()} {label}" if label else str(said)


class PoolMoment(models.Model):
    """How many people are planned in a pool during a quarter of an hour, and how many at most.

    Raised and lowered in the transaction that plans (water/moments.py). Taken away by UPDATE alone: a CHECK judges the
    row an INSERT proposes before ON CONFLICT looks for the one that is there.
    """

    pool = models.ForeignKey(Pool, models.CASCADE, related_name="moments", verbose_name=_("piscine"))
    at = models.DateTimeField(_("quart d’heure"))
    heads = models.IntegerField(_("personnes prévues"))
    most = models.PositiveIntegerField(_("personnes au plus"))

    class Meta:
        verbose_name = _("quart d’heure d’une piscine")
        verbose_name_plural = _("quarts d’heure des piscines")
        ordering = ("pool", "at")
        constraints = [
            models.UniqueConstraint(
                fields=["pool", "at"],
                name="a_quarter_hour_of_a_pool_is_counted_once",
                violation_error_message=_("Ce quart d’heure est déjà compté."),
            ),
            models.CheckConstraint(
                name="people_in_a_pool_stay_under_its_limit",
                condition=Q(heads__lte=F("most")),
                violation_error_message=_("Il y aurait trop de personnes en même temps dans la piscine."),
            ),
            models.CheckConstraint(
                name="no_fewer_than_nobody_is_in_a_pool",
                condition=Q(heads__gte=0),
                violation_error_message=_("Il ne peut pas y avoir moins de zéro personne."),
            ),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M} {self.heads}/{self.most}"
