"""Appointments and the people they are for. A hold is an appointment in state HELD: one constraint covers both."""

import uuid
from datetime import date, timedelta
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.appointments.enums import (
    CANCELLED,
    Accessibility,
    BookingChannel,
    KeptFor,
    Situation,
    State,
    UrgentReason,
)
from booking.appointments.models.calendar import Counter
from booking.appointments.models.offer import MAX_PEOPLE, AppointmentType
from booking.appointments.models.presence import Presence
from municipalities import rules
from municipalities.database.ranges import TsTzRange
from municipalities.models import Facility, Municipality, StaffMember

#: For the agents at the counter, and for them alone.
MAX_NOTE = 500


def _at_counters_of(staff: StaffMember) -> Q:
    return Q(facility__in=Facility.objects.visible_to(staff))


def _booked_for_callers_of(staff: StaffMember) -> Q:
    return Q(booked_through__in=rules.towns_answered_for(staff), booked_by__isnull=False)


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def visible_to(self, staff: StaffMember) -> Self:
        """Those at counters this person sees, and those that their town booked for its callers elsewhere."""
        return self.filter(_at_counters_of(staff) | _booked_for_callers_of(staff))

    def at_counters_of(self, staff: StaffMember) -> Self:
        """Those of facilities this person sees: what days, boards and counts are made of."""
        return self.filter(_at_counters_of(staff))

    def booked_for_callers_of(self, staff: StaffMember) -> Self:
        """What the agents of this person's town booked, at whatever counter: never what residents booked themselves."""
        return self.filter(_booked_for_callers_of(staff))

    def just_booked_by(self, staff: StaffMember) -> Self:
        """What this person booked for somebody within the hour, wherever it is: the ticket is still to be printed."""
        return self.filter(booked_by=staff, booked_at__gt=timezone.now() - timedelta(hours=1), state=State.BOOKED)

    def held(self) -> Self:
        """All that is held. Each has its end (a constraint), which is what they are indexed by."""
        return self.filter(state=State.HELD, expires_at__isnull=False)

    def booked(self) -> Self:
        return self.filter(state=State.BOOKED)


class Appointment(Presence):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(_("référence"), max_length=9)
    # Every booking writes each index twice: keys have none of their own where nothing is looked up by them alone.
    type = models.ForeignKey(AppointmentType, models.PROTECT, related_name="+", verbose_name=_("motif"), db_index=False)
    facility = models.ForeignKey(
        Facility, models.PROTECT, related_name="+", verbose_name=_("établissement"), db_index=False
    )
    counter = models.ForeignKey(Counter, models.PROTECT, related_name="+", verbose_name=_("guichet"), db_index=False)
    starts_at = models.DateTimeField(_("début"))
    ends_at = models.DateTimeField(_("fin"))
    people_count = models.PositiveSmallIntegerField(_("personnes"), default=1)
    state = models.CharField(_("état"), max_length=24, choices=State.choices, default=State.HELD)

    # While held. The hashes tie a hold to one browser and bound what one address may hold.
    kept_for = models.CharField(
        _("retenu pour"), max_length=8, choices=KeptFor.choices, blank=True, default="", db_default=""
    )
    expires_at = models.DateTimeField(_("retenu jusqu’à"), null=True, blank=True)
    times_extended = models.PositiveSmallIntegerField(_("prolongations"), default=0, db_default=0)
    browser_hash = models.BinaryField(max_length=32, null=True, blank=True)
    address_hash = models.BinaryField(max_length=32, null=True, blank=True)
    # Which of a browser's few holds this is; agents, who may have any number, have none.
    browser_place = models.PositiveSmallIntegerField(null=True, blank=True)
    moves = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)

    email = models.EmailField(_("courriel"), blank=True)
    phone = models.CharField(_("téléphone"), max_length=20, blank=True)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    accessibility = ArrayField(
        models.CharField(max_length=20, choices=Accessibility.choices),
        default=list,
        blank=True,
        verbose_name=_("besoins d’accessibilité"),
    )
    home_municipality = models.ForeignKey(
        Municipality,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("commune de résidence"),
        db_index=False,
    )
    channel = models.CharField(_("canal"), max_length=10, choices=BookingChannel.choices, default=BookingChannel.WEB)
    # Without an index of its own: only what agents booked is looked for by town, and that has one below.
    booked_through = models.ForeignKey(
        Municipality,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("pris sur le site de"),
        db_index=False,
    )
    booked_by = models.ForeignKey(
        StaffMember,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("pris par"),
        db_index=False,
    )
    # Defaults in the database too: holds are inserted by a statement of ours (actions/taking.py).
    urgent_reason = models.CharField(
        _("motif d’urgence"), max_length=10, choices=UrgentReason.choices, blank=True, default="", db_default=""
    )
    is_assisted = models.BooleanField(_("accompagné par un aidant"), default=False, db_default=False)
    booked_at = models.DateTimeField(_("pris le"), null=True, blank=True)
    changed_at = models.DateTimeField(_("modifié le"))
    # Somebody's pre-application number is still to come: until when. See bookings/late_numbers.py.
    number_due_at = models.DateTimeField(_("numéro attendu jusqu’à"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("annulé le"), null=True, blank=True)
    cancel_reason = models.CharField(_("motif d’annulation"), max_length=200, blank=True)
    #: By what way it was cancelled: on the person's own link, or through an agent.
    cancel_channel = models.CharField(
        _("annulé par la voie"), max_length=10, choices=BookingChannel.choices, blank=True, default="", db_default=""
    )
    counter_note = models.CharField(
        _("note pour le guichet"), max_length=MAX_NOTE, blank=True, default="", db_default=""
    )
    purged_at = models.DateTimeField(_("identité effacée le"), null=True, blank=True)

    # Of its calendar entry: the UID is made of the id, the SEQUENCE is this.
    sequence = models.PositiveIntegerField(default=0)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("rendez-vous")
        verbose_name_plural = _("rendez-vous")
        ordering = ("starts_at", "counter")
        indexes = [
            models.Index(fields=["facility", "starts_at"], name="appointment_facility_start"),
            models.Index(fields=["counter", "starts_at"], name="appointment_counter_start"),
            # Each says that its column is there, so that none of them serves for another's: the planner believes that
            # hardly anything is held, and would as soon read one of them from end to end.
            models.Index(
                fields=["expires_at"], name="hold_expiry", condition=Q(state="held", expires_at__isnull=False)
            ),
            models.Index(
                fields=["browser_hash"], name="hold_browser", condition=Q(state="held", browser_hash__isnull=False)
            ),
            models.Index(
                fields=["address_hash"], name="hold_address", condition=Q(state="held", address_hash__isnull=False)
            ),
            # What residents book for themselves is in none of these.
            models.Index(fields=["moves"], name="hold_to_move", condition=Q(moves__isnull=False)),
            models.Index(
                fields=["booked_by", "booked_at"], name="booked_by_agent", condition=Q(booked_by__isnull=False)
            ),
            models.Index(fields=["booked_through"], name="booked_for_callers", condition=Q(booked_by__isnull=False)),
            models.Index(
                fields=["number_due_at"],
                name="number_to_come",
                condition=Q(state="booked", number_due_at__isnull=False),
            ),
            # Calendar feeds ask for what has changed at their places; holds are nobody's change yet.
            models.Index(
                fields=["facility", "changed_at"], name="appointment_changed_at_place", condition=~Q(state="held")
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="one_appointment_per_reference"),
            models.UniqueConstraint(
                fields=["browser_hash", "browser_place"],
                condition=Q(state="held", browser_place__isnull=False),
                name="a_browser_has_each_of_its_few_holds_once",
                violation_error_message=_("Ce navigateur retient déjà autant d’horaires qu’il peut."),
            ),
            ExclusionConstraint(
                name="one_appointment_at_a_time_on_a_counter",
                expressions=[
                    ("counter", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=~Q(state__in=CANCELLED),
                violation_error_message=_("Ce guichet est déjà pris à cette heure."),
            ),
            models.CheckConstraint(
                name="appointment_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("Le rendez-vous doit finir après son début."),
            ),
            models.CheckConstraint(
                name="appointment_is_for_one_to_six_people",
                condition=Q(people_count__gte=1, people_count__lte=MAX_PEOPLE),
                violation_error_message=_("Un rendez-vous réunit une à six personnes."),
            ),
            models.CheckConstraint(
                name="held_appointment_and_only_it_expires",
                condition=Q(state="held", expires_at__isnull=False) | (~Q(state="held") & Q(expires_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="held_time_is_extended_once_at_most",
                condition=Q(times_extended__lte=1),
                violation_error_message=_("Un horaire retenu ne se prolonge qu’une fois."),
            ),
            models.CheckConstraint(
                name="held_time_is_kept_for_a_known_browser_or_for_somebody_else",
                condition=~Q(state="held")
                | Q(kept_for="browser", browser_hash__isnull=False, address_hash__isnull=False)
                | Q(kept_for__in=("waiting", "rehoming"), address_hash__isnull=True),
                violation_error_message=_("Un créneau retenu dit pour qui il l’est."),
            ),
            models.CheckConstraint(
                name="appointment_is_called_to_a_counter_only_when_called",
                condition=Q(called_to__isnull=True) | Q(called_at__isnull=False),
                violation_error_message=_("Un guichet d’appel suppose un appel."),
            ),
            models.CheckConstraint(
                name="number_is_awaited_until_before_the_appointment",
                condition=Q(number_due_at__isnull=True) | (Q(number_due_at__lt=F("starts_at")) & ~Q(state="held")),
                violation_error_message=_("Un numéro ajouté plus tard l’est avant le rendez-vous."),
            ),
            models.CheckConstraint(
                name="booked_appointment_says_when",
                condition=Q(state="held", booked_at__isnull=True) | (~Q(state="held") & Q(booked_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="cancelled_appointment_and_only_it_says_when",
                condition=Q(state__in=CANCELLED, cancelled_at__isnull=False)
                | (~Q(state__in=CANCELLED) & Q(cancelled_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def may_be_extended(self) -> bool:
        """A resident who fills in the form may have more time, once; an offer to the waiting has its own hours."""
        return self.state == State.HELD and self.kept_for == KeptFor.BROWSER and self.times_extended == 0

    @property
    def was_let_go(self) -> bool:
        """Released because its number never came: nobody cancelled it."""
        return self.state in CANCELLED and not self.cancel_channel and self.number_due_at is not None

    @property
    def local_day(self) -> date:
        """The day it is on, by the clock on the wall."""
        return timezone.localdate(self.starts_at)


class AppointmentPerson(models.Model):
    """One person of an appointment.

    `holds_number` is true while the appointment is an active deposit: the unique constraint over it is the
    anti-duplicate rule of the whole territory (contract of 2023 for towns on the national platform).
    """

    # The unique constraint with the position is its index.
    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="people", db_index=False)
    position = models.PositiveSmallIntegerField()
    first_name = models.CharField(_("prénom"), max_length=80, blank=True)
    last_name = models.CharField(_("nom"), max_length=80, blank=True)
    birth_year = models.PositiveSmallIntegerField(_("année de naissance"), null=True, blank=True)
    is_minor = models.BooleanField(_("mineur"), default=False)
    situation = models.CharField(_("situation"), max_length=20, choices=Situation.choices, default=Situation.RENEWAL)
    pre_application_number = models.CharField(_("numéro de pré-demande"), max_length=10, blank=True)
    holds_number = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("personne")
        verbose_name_plural = _("personnes")
        ordering = ("appointment", "position")
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "position"], name="one_person_per_position_in_an_appointment"
            ),
            models.UniqueConstraint(
                fields=["pre_application_number"],
                condition=Q(holds_number=True),
                name="one_active_deposit_appointment_per_number",
                violation_error_message=_("Ce numéro de pré-demande a déjà un rendez-vous."),
            ),
            models.CheckConstraint(
                name="pre_application_number_has_ten_letters_or_digits",
                condition=Q(pre_application_number="") | Q(pre_application_number__regex=r"^[0-9A-Z]{10}$"),
                violation_error_message=_("Un numéro de pré-demande compte dix lettres ou chiffres."),
            ),
            models.CheckConstraint(
                name="held_number_is_a_number",
                condition=Q(holds_number=False) | ~Q(pre_application_number=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class CalendarEntry(models.Model):
    """The VEVENT of an appointment in its holder's words, made at first need: for a mail, a file or a calendar feed.

    A row whose `changed_at` and `sequence` are the appointment's is right; any other is made anew. Apart from the
    appointment, whose row says by its version that somebody has changed it.
    """

    appointment = models.OneToOneField(Appointment, models.CASCADE, primary_key=True, related_name="+")
    changed_at = models.DateTimeField()
    sequence = models.PositiveIntegerField()
    text = models.TextField()

    class Meta:
        verbose_name = _("entrée de calendrier")
        verbose_name_plural = _("entrées de calendrier")

    def __str__(self) -> str:
        return str(self.appointment_id)
