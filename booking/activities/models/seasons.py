"""What the pools offer: a season, its activities, their groups, and the dated sessions of each group."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.activities.models.tariffs import Unit
from booking.activities.models.water import Basin, Lane
from municipalities.enums import FacilityKind
from municipalities.languages import TranslatedField
from municipalities.models import Closure, Facility, Operator, StaffMember
from municipalities.wording import say_moment, say_time, say_weekday

#: More than this in one group is a slip of the finger.
MOST_PLACES = 200
#: A year of two sessions a week has no more.
MOST_TRIED = 100
#: Months in the longest life we reckon with.
MOST_MONTHS = 1440


class ActivityKind(models.TextChoices):
    BABIES = "babies", _("Bébés nageurs")
    FAMILIARISATION = "familiarisation", _("Jardin aquatique")
    SCHOOL = "school", _("École de natation")
    ADULTS = "adults", _("Natation adultes")
    FEAR = "fear", _("Vaincre sa peur de l’eau")
    AQUAGYM = "aquagym", _("Aquagym")
    AQUABIKE = "aquabike", _("Aquabike")
    PRENATAL = "prenatal", _("Natation prénatale")
    SENIORS = "seniors", _("Natation seniors")


class Level(models.IntegerChoices):
    """What a coach has seen somebody do, from the first day in the water on."""

    DISCOVERY = 1, _("découverte")
    BEGINNER = 2, _("débutant")
    INTERMEDIATE = 3, _("intermédiaire")
    CONFIRMED = 4, _("confirmé")


class AgeDay(models.TextChoices):
    """The day on which somebody must have the age that a group is for."""

    FIRST_SESSION = "first_session", _("le jour de la première séance")
    DECEMBER_31 = "december_31", _("le 31 décembre de la saison")


class CreditRule(models.TextChoices):
    """What follows when the pool calls a session off."""

    CREDIT = "credit", _("un avoir au prorata")
    CATCH_UP = "catch_up", _("une séance de rattrapage")
    NOTHING = "nothing", _("rien")


class Audience(models.TextChoices):
    """Who may enrol from the minute of a window on; each is part of the next."""

    SAME_GROUP = "same_group", _("inscrits du même groupe")
    TRANSFERS = "transfers", _("inscrits qui changent de groupe")
    RESIDENTS = "residents", _("habitants du territoire")
    EVERYBODY = "everybody", _("tous")


class SeasonQuerySet(models.QuerySet["Season"]):
    def visible_to(self, staff: StaffMember) -> Self:
        """Seasons of operators whose offer this person plans, those in preparation included."""
        pools = Facility.objects.offer_planned_by(staff).filter(kind=FacilityKind.POOL)
        return self.filter(operator__facilities__in=pools).distinct()


class Season(models.Model):
    """What an operator offers between two days. The public sees it once it is `is_public`.

    A family gives a place back by itself as long as no more than `sessions_tried` of its sessions have begun; never,
    where that is empty.
    """

    operator = models.ForeignKey(Operator, models.PROTECT, related_name="+", verbose_name=_("gestionnaire"))
    name = TranslatedField(_("nom"))
    first_day = models.DateField(_("premier jour"))
    last_day = models.DateField(_("dernier jour"))
    is_public = models.BooleanField(_("visible du public"), default=False)
    sessions_tried = models.PositiveSmallIntegerField(
        _("séances commencées au plus, quand une famille annule elle-même"),
        null=True,
        blank=True,
        default=2,
        validators=[MaxValueValidator(MOST_TRIED)],
    )
    has_invented_data = models.BooleanField(_("comporte des données fictives"), default=False)

    objects = SeasonQuerySet.as_manager()

    class Meta:
        verbose_name = _("saison")
        verbose_name_plural = _("saisons")
        ordering = ("operator", "-first_day", "pk")
        constraints = [
            models.UniqueConstraint(
                F("operator"),
                KT("name__fr"),
                name="season_name_is_unique_for_its_operator",
                violation_error_message=_("Une saison de ce nom existe déjà."),
            ),
            models.CheckConstraint(
                name="season_ends_after_it_begins",
                condition=Q(last_day__gt=F("first_day")),
                violation_error_message=_("La saison doit finir après son début."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)


class Activity(models.Model):
    """What one enrols in, whichever group one takes: « École de natation, débutants »."""

    season = models.ForeignKey(Season, models.PROTECT, related_name="activities", verbose_name=_("saison"))
    code = models.SlugField(_("code"), max_length=40)
    kind = models.CharField(_("nature"), max_length=20, choices=ActivityKind.choices)
    name = TranslatedField(_("nom affiché"))
    description = TranslatedField(_("description"), blank=True)
    account = models.CharField(
        _("compte de recettes"),
        max_length=12,
        default="70631",
        validators=[RegexValidator(r"^\d{3,12}\Z", _("Un compte de recettes s’écrit en chiffres."))],
    )

    class Meta:
        verbose_name = _("activité")
        verbose_name_plural = _("activités")
        ordering = ("season", "code")
        constraints = [
            models.UniqueConstraint(
                fields=["season", "code"],
                name="activity_code_is_unique_in_its_season",
                violation_error_message=_("Une activité de ce code existe déjà dans cette saison."),
            )
        ]

    def __str__(self) -> str:
        return str(self.name)


class Window(models.Model):
    """From which minute on an audience may enrol in an activity."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="windows", verbose_name=_("activité"))
    audience = models.CharField(_("pour"), max_length=12, choices=Audience.choices)
    opens_at = models.DateTimeField(_("ouvre le"))

    class Meta:
        verbose_name = _("ouverture des inscriptions")
        verbose_name_plural = _("ouvertures des inscriptions")
        ordering = ("activity", "opens_at")
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "audience"],
                name="one_window_per_audience_of_an_activity",
                violation_error_message=_("Les inscriptions n’ouvrent qu’une fois pour chacun."),
            ),
            models.CheckConstraint(name="window_is_for_a_known_audience", condition=Q(audience__in=Audience.values)),
        ]

    def __str__(self) -> str:
        return f"{self.get_audience_display()}, {say_moment(self.opens_at)}"


class GroupQuerySet(models.QuerySet["Group"]):
    def visible_to(self, staff: StaffMember) -> Self:
        return self.filter(activity__season__in=Season.objects.visible_to(staff))


class Group(models.Model):
    """A course: the same people in the same lanes every such weekday, from one day to another, by the local clock.

    Ages are in full months, the upper one excluded. What it comes to in dates are its sessions.
    """

    activity = models.ForeignKey(Activity, models.PROTECT, related_name="groups", verbose_name=_("activité"))
    code = models.SlugField(_("code"), max_length=40)
    basin = models.ForeignKey(Basin, models.PROTECT, related_name="+", verbose_name=_("bassin"))
    lanes = models.ManyToManyField(Lane, related_name="+", verbose_name=_("lignes et zones"))
    weekday = models.PositiveSmallIntegerField(_("jour"))
    starts = models.TimeField(_("de"))
    ends = models.TimeField(_("à"))
    first_day = models.DateField(_("du"))
    last_day = models.DateField(_("au (compris)"))
    in_school_holidays = models.BooleanField(_("aussi pendant les vacances scolaires"), default=False)
    coach = models.ForeignKey(
        StaffMember, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("maître-nageur")
    )
    capacity = models.PositiveSmallIntegerField(
        _("places"), validators=[MinValueValidator(1), MaxValueValidator(MOST_PLACES)]
    )
    level_from = models.PositiveSmallIntegerField(_("niveau minimum"), choices=Level.choices, null=True, blank=True)
    level_to = models.PositiveSmallIntegerField(_("niveau maximum"), choices=Level.choices, null=True, blank=True)
    months_from = models.PositiveSmallIntegerField(_("âge minimum (mois)"), default=0)
    months_below = models.PositiveSmallIntegerField(_("moins de (mois)"), null=True, blank=True)
    age_day = models.CharField(_("âge compté"), max_length=16, choices=AgeDay.choices, default=AgeDay.FIRST_SESSION)
    tariff_code = models.SlugField(_("code tarif"), max_length=40)
    unit = models.CharField(_("vendu pour"), max_length=8, choices=Unit.choices, default=Unit.YEAR)
    allows_trial = models.BooleanField(_("séance d’essai possible"), default=False)
    absence_hours = models.PositiveSmallIntegerField(
        _("absence à dire avant (heures)"), default=24, validators=[MaxValueValidator(24 * 14)]
    )
    credit_rule = models.CharField(
        _("si la piscine annule"), max_length=10, choices=CreditRule.choices, default=CreditRule.CREDIT
    )

    objects = GroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("groupe")
        verbose_name_plural = _("groupes")
        ordering = ("activity", "weekday", "starts", "code")
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "code"],
                name="group_code_is_unique_in_its_activity",
                violation_error_message=_("Un groupe de ce code existe déjà dans cette activité."),
            ),
            models.CheckConstraint(
                name="group_has_a_weekday_and_hours_and_days_in_order",
                condition=Q(weekday__range=(0, 6), ends__gt=F("starts"), last_day__gte=F("first_day")),
                violation_error_message=_("Un groupe finit après son début, en heures comme en jours."),
            ),
            models.CheckConstraint(
                name="group_has_a_reasonable_number_of_places",
                condition=Q(capacity__range=(1, MOST_PLACES)),
                violation_error_message=_("Un groupe a de 1 à 200 places."),
            ),
            models.CheckConstraint(
                name="levels_and_ages_of_a_group_are_in_order",
                condition=(Q(level_from__isnull=True) | Q(level_to__isnull=True) | Q(level_to__gte=F("level_from")))
                & (Q(months_below__isnull=True) | Q(months_below__gt=F("months_from"), months_below__lte=MOST_MONTHS)),
                violation_error_message=_("Le maximum doit dépasser le minimum, pour l’âge comme pour le niveau."),
            ),
            models.CheckConstraint(
                name="rules_of_a_group_are_known_ones",
                condition=Q(unit__in=Unit.values, age_day__in=AgeDay.values, credit_rule__in=CreditRule.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.activity}, {say_weekday(self.weekday)} {say_time(self.starts)}"


class SessionQuerySet(models.QuerySet["Session"]):
    def visible_to(self, staff: StaffMember) -> Self:
        return self.filter(group__in=Group.objects.visible_to(staff))

    def planned(self) -> Self:
        """Those that take place."""
        return self.filter(called_off_at__isnull=True)


class Session(models.Model):
    """A group meets once. Its key is the `event` of the lanes it has, so that the water knows it without knowing more.

    `planned_on` is the day of the rule it stands for, also when it was moved; one added by itself stands for none.
    One that a `closure` has called off takes place again when that is lifted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    group = models.ForeignKey(Group, models.CASCADE, related_name="sessions", verbose_name=_("groupe"))
    planned_on = models.DateField(_("jour prévu"), null=True, blank=True)
    starts_at = models.DateTimeField(_("début"))
    ends_at = models.DateTimeField(_("fin"))
    is_moved = models.BooleanField(_("déplacée"), default=False)
    called_off_at = models.DateTimeField(_("annulée le"), null=True, blank=True)
    reason = TranslatedField(_("motif affiché"), blank=True)
    closure = models.ForeignKey(
        Closure, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("annulée par la fermeture")
    )

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("séance")
        verbose_name_plural = _("séances")
        ordering = ("starts_at", "pk")
        indexes = [models.Index(fields=["starts_at"], name="session_start")]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "planned_on"],
                name="a_group_meets_once_for_a_planned_day",
                violation_error_message=_("Ce groupe a déjà une séance pour ce jour."),
            ),
            models.UniqueConstraint(
                fields=["group", "starts_at"],
                condition=Q(called_off_at__isnull=True),
                name="a_group_meets_once_at_a_time",
                violation_error_message=_("Ce groupe a déjà une séance à cette heure."),
            ),
            models.CheckConstraint(
                name="session_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("La séance doit finir après son début."),
            ),
            models.CheckConstraint(
                name="a_closure_is_why_a_session_is_called_off",
                condition=Q(closure__isnull=True) | Q(called_off_at__isnull=False),
                violation_error_message=_("Seule une séance annulée l’est par une fermeture."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_id}, {say_moment(self.starts_at)}"

    @property
    def absence_until(self) -> datetime:
        """The last moment at which an absence frees a seat for somebody. The group comes with the session."""
        return self.starts_at - timedelta(hours=self.group.absence_hours)

    @property
    def absence_in_time(self) -> bool:
        return timezone.now() < self.absence_until

    @property
    def is_called_off(self) -> bool:
        return self.called_off_at is not None
