"""What can be booked, how long it takes, when it is released, and which counters share it."""

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Mod
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.appointments.enums import ReleaseMode, TypeKind
from municipalities import rules
from municipalities.languages import TranslatedField
from municipalities.models import Facility, StaffMember

#: Every duration and every start is a multiple of this many minutes.
GRID_MINUTES = 5
MAX_PEOPLE = 6


class AppointmentType(models.Model):
    """Why one comes: identity card, passport, both, collection, a certificate…"""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = TranslatedField(_("nom"))
    description = TranslatedField(_("explication"), blank=True)
    kind = models.CharField(_("nature"), max_length=12, choices=TypeKind.choices, default=TypeKind.OTHER)
    needs_number = models.BooleanField(
        _("demande un numéro de pré-demande"),
        default=False,
        help_text=_("Jamais pour un retrait : le numéro est alors déjà utilisé."),
    )
    max_people = models.PositiveSmallIntegerField(
        _("personnes au plus"), default=MAX_PEOPLE, validators=[MinValueValidator(1), MaxValueValidator(MAX_PEOPLE)]
    )
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)
    is_active = models.BooleanField(_("proposé"), default=True)

    class Meta:
        verbose_name = _("motif")
        verbose_name_plural = _("motifs")
        ordering = ("position", "code")
        constraints = [
            models.CheckConstraint(
                name="collection_never_asks_for_a_number",
                condition=~Q(kind="collection") | Q(needs_number=False),
                violation_error_message=_("Un retrait ne demande jamais de numéro de pré-demande."),
            ),
            models.CheckConstraint(
                name="type_is_for_one_to_six_people",
                condition=Q(max_people__gte=1, max_people__lte=MAX_PEOPLE),
                violation_error_message=_("Un rendez-vous réunit une à six personnes."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def is_deposit(self) -> bool:
        return self.kind == TypeKind.DEPOSIT

    @property
    def is_collection(self) -> bool:
        return self.kind == TypeKind.COLLECTION


class Duration(models.Model):
    """Minutes for a type and a number of people; the facility's own row wins over the territory's."""

    facility = models.ForeignKey(
        Facility, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("établissement")
    )
    type = models.ForeignKey(AppointmentType, models.CASCADE, related_name="durations", verbose_name=_("motif"))
    people = models.PositiveSmallIntegerField(_("personnes"))
    minutes = models.PositiveSmallIntegerField(_("minutes"))

    class Meta:
        verbose_name = _("durée")
        verbose_name_plural = _("durées")
        ordering = ("type", "facility", "people")
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "type", "people"],
                name="one_duration_per_facility_type_and_people",
                nulls_distinct=False,
                violation_error_message=_("Cette durée est déjà fixée."),
            ),
            models.CheckConstraint(
                name="duration_is_for_one_to_six_people",
                condition=Q(people__gte=1, people__lte=MAX_PEOPLE),
                violation_error_message=_("Un rendez-vous réunit une à six personnes."),
            ),
            models.CheckConstraint(
                name="duration_is_a_multiple_of_five_minutes_up_to_four_hours",
                condition=Q(minutes__gte=GRID_MINUTES, minutes__lte=240)
                & Q(minutes=F("minutes") - Mod(F("minutes"), GRID_MINUTES)),
                violation_error_message=_("Une durée est un multiple de cinq minutes, quatre heures au plus."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type}, {self.people} : {self.minutes} min"


class ReleasePolicy(models.Model):
    """When time becomes visible to the public. The most specific row wins: facility and type, facility, type, neither.

    `horizon_days` counts local days after today. In batches, each release (weekday and hour) opens the calendar up to
    the end of the `batch_weeks`-th week after the week of the release, never beyond the horizon. The held-back shares
    are the last percents of each opening period on even days, the first on odd days, so that no hour is always late.
    """

    facility = models.ForeignKey(
        Facility, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("établissement")
    )
    type = models.ForeignKey(
        AppointmentType, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("motif")
    )
    notice_minutes = models.PositiveIntegerField(_("délai minimal (minutes)"), default=120)
    horizon_days = models.PositiveSmallIntegerField(_("horizon (jours)"), default=90)
    mode = models.CharField(
        _("ouverture des créneaux"), max_length=8, choices=ReleaseMode.choices, default=ReleaseMode.ROLLING
    )
    batch_weekday = models.PositiveSmallIntegerField(_("jour du lot (0 = lundi)"), null=True, blank=True)
    batch_time = models.TimeField(_("heure du lot"), null=True, blank=True)
    batch_weeks = models.PositiveSmallIntegerField(_("semaines ouvertes par lot"), default=1)
    held_until_7_days_percent = models.PositiveSmallIntegerField(_("part retenue jusqu’à J-7 (%)"), default=0)
    held_until_1_day_percent = models.PositiveSmallIntegerField(_("part retenue jusqu’à J-1 (%)"), default=0)

    class Meta:
        verbose_name = _("règle d’ouverture des créneaux")
        verbose_name_plural = _("règles d’ouverture des créneaux")
        ordering = ("facility", "type")
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "type"],
                name="one_release_policy_per_facility_and_type",
                nulls_distinct=False,
                violation_error_message=_("Une règle existe déjà pour cet établissement et ce motif."),
            ),
            models.CheckConstraint(
                name="release_horizon_is_at_most_a_year",
                condition=Q(horizon_days__lte=365),
                violation_error_message=_("L’horizon est d’un an au plus."),
            ),
            models.CheckConstraint(
                name="released_batch_has_a_weekday_and_an_hour",
                condition=Q(mode="rolling")
                | Q(batch_weekday__isnull=False, batch_weekday__lte=6, batch_time__isnull=False, batch_weeks__gte=1),
                violation_error_message=_("Un lot demande un jour, une heure et au moins une semaine."),
            ),
            models.CheckConstraint(
                name="held_back_shares_leave_something",
                condition=Q(held_until_7_days_percent__lte=90 - F("held_until_1_day_percent")),
                violation_error_message=_("Les parts retenues ne dépassent pas 90 % du temps."),
            ),
        ]

    def __str__(self) -> str:
        everything = _("tous")
        return f"{self.facility or everything} / {self.type or everything}"


class CalendarPool(models.Model):
    """Counters that share their calendars for some types."""

    name = models.CharField(_("nom"), max_length=120, unique=True)
    types = models.ManyToManyField(AppointmentType, related_name="pools", verbose_name=_("motifs partagés"))
    is_active = models.BooleanField(_("en service"), default=True)

    class Meta:
        verbose_name = _("agenda mutualisé")
        verbose_name_plural = _("agendas mutualisés")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class PoolShareQuerySet(models.QuerySet["PoolShare"]):
    def visible_to(self, staff: StaffMember) -> Self:
        """Shares of what this person governs; towns agree theirs in common, so whoever manages one sees all of them."""
        if staff.current_roles().territory_wide:
            return self
        seen = Q(counter__facility__in=Facility.objects.governed_by(staff))
        if rules.manages_a_municipality(staff):
            seen |= Q(counter__facility__operator__municipality__isnull=False)
        return self.filter(seen)


class PoolShare(models.Model):
    """One counter's part in a pool. The reserve is kept for the municipality's own residents until some days before."""

    pool = models.ForeignKey(CalendarPool, models.CASCADE, related_name="shares", verbose_name=_("agenda mutualisé"))
    counter = models.ForeignKey(
        "appointments.Counter", models.CASCADE, related_name="shares", verbose_name=_("guichet")
    )
    shared_from = models.DateField(_("partagé à partir du"), default=timezone.localdate)
    shared_until = models.DateField(_("partagé jusqu’au"), null=True, blank=True)
    reserve_percent = models.PositiveSmallIntegerField(_("réserve locale (%)"), default=0)
    reserve_days = models.PositiveSmallIntegerField(_("réserve levée (jours avant)"), default=3)

    objects = PoolShareQuerySet.as_manager()

    class Meta:
        verbose_name = _("part d’agenda")
        verbose_name_plural = _("parts d’agenda")
        ordering = ("pool", "counter")
        constraints = [
            models.UniqueConstraint(
                fields=["pool", "counter"],
                name="one_share_per_pool_and_counter",
                violation_error_message=_("Ce guichet participe déjà à cet agenda."),
            ),
            models.CheckConstraint(
                name="local_reserve_is_at_most_half",
                condition=Q(reserve_percent__lte=50),
                violation_error_message=_("La réserve locale ne dépasse pas la moitié du temps."),
            ),
            models.CheckConstraint(
                name="share_ends_after_it_begins",
                condition=Q(shared_until__isnull=True) | Q(shared_until__gte=F("shared_from")),
                violation_error_message=_("Le partage doit finir après son début."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pool} : {self.counter}"
