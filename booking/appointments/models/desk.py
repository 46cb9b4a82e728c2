"""The day at the counter: steps one can take back, tickets of those without appointment, the morning's list."""

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.appointments.enums import BoardStatus, Half, State
from booking.appointments.models.appointments import Appointment
from booking.appointments.models.calendar import Weekday
from booking.appointments.models.offer import MAX_PEOPLE, AppointmentType
from booking.appointments.models.presence import Presence
from municipalities.models import Facility, StaffMember

#: More than this in half a day is no quota but a slip of the finger.
MOST_TICKETS = 200


class WalkInQuotaQuerySet(models.QuerySet["WalkInQuota"]):
    def visible_to(self, staff: StaffMember) -> Self:
        return self.filter(facility__in=Facility.objects.visible_to(staff))

    def manageable_by(self, staff: StaffMember) -> Self:
        return self.filter(facility__in=Facility.objects.manageable_by(staff))


class WalkInQuota(models.Model):
    """How many tickets a half-day gives out: every such weekday, or on one date, which then counts instead."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", verbose_name=_("établissement"))
    weekday = models.PositiveSmallIntegerField(_("jour"), choices=Weekday.choices, null=True, blank=True)
    day = models.DateField(_("date"), null=True, blank=True)
    half = models.CharField(_("demi-journée"), max_length=2, choices=Half.choices)
    places = models.PositiveSmallIntegerField(_("tickets"))

    objects = WalkInQuotaQuerySet.as_manager()

    class Meta:
        verbose_name = _("quota sans rendez-vous")
        verbose_name_plural = _("quotas sans rendez-vous")
        ordering = ("facility", "day", "weekday", "half")
        constraints = [
            models.CheckConstraint(
                name="quota_is_for_a_weekday_or_for_a_date",
                condition=Q(weekday__isnull=True, day__isnull=False) | Q(weekday__isnull=False, day__isnull=True),
                violation_error_message=_("Un quota vaut pour un jour de la semaine ou pour une date."),
            ),
            models.UniqueConstraint(
                fields=["facility", "weekday", "day", "half"],
                name="one_quota_per_half_day",
                nulls_distinct=False,
                violation_error_message=_("Cette demi-journée a déjà un quota."),
            ),
            models.CheckConstraint(
                name="quota_is_reasonable",
                condition=Q(places__lte=MOST_TICKETS),
                violation_error_message=_("Deux cents tickets au plus par demi-journée."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility} {self.day or self.get_weekday_display()} {self.half} : {self.places}"


class WalkInTicketQuerySet(models.QuerySet["WalkInTicket"]):
    def visible_to(self, staff: StaffMember) -> Self:
        return self.filter(facility__in=Facility.objects.visible_to(staff))


class WalkInTicket(Presence):
    """Somebody who came without appointment and was given a number. No name: the number is called.

    `number` is a numbered place of the half-day: never above the quota, never twice.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="+", verbose_name=_("établissement"))
    day = models.DateField(_("date"))
    half = models.CharField(_("demi-journée"), max_length=2, choices=Half.choices)
    number = models.PositiveSmallIntegerField(_("numéro"))
    type = models.ForeignKey(AppointmentType, models.PROTECT, related_name="+", verbose_name=_("motif"))
    people_count = models.PositiveSmallIntegerField(_("personnes"), default=1)
    is_assisted = models.BooleanField(_("accompagné par un aidant"), default=False)
    state = models.CharField(_("état"), max_length=24, choices=State.choices, default=State.BOOKED)
    given_by = models.ForeignKey(
        StaffMember, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("donné par")
    )

    objects = WalkInTicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket sans rendez-vous")
        verbose_name_plural = _("tickets sans rendez-vous")
        ordering = ("facility", "day", "half", "number")
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "day", "half", "number"],
                name="one_ticket_per_number",
                violation_error_message=_("Ce numéro est déjà donné."),
            ),
            models.CheckConstraint(
                name="ticket_number_begins_at_one",
                condition=Q(number__gte=1, number__lte=MOST_TICKETS),
            ),
            models.CheckConstraint(
                name="ticket_is_for_one_to_six_people",
                condition=Q(people_count__gte=1, people_count__lte=MAX_PEOPLE),
                violation_error_message=_("Un ticket vaut pour une à six personnes."),
            ),
            models.CheckConstraint(
                name="ticket_is_called_to_a_counter_only_when_called",
                condition=Q(called_to__isnull=True) | Q(called_at__isnull=False),
                violation_error_message=_("Un guichet d’appel suppose un appel."),
            ),
            models.CheckConstraint(
                name="ticket_is_given_to_somebody_who_is_there",
                condition=Q(
                    state__in=[State.BOOKED, State.ATTENDED, State.INCOMPLETE, State.NO_SHOW], arrived_at__isnull=False
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def local_day(self) -> date:
        return self.day

    @property
    def label(self) -> str:
        """What is printed and called: M-3 for the third of the morning, A-3 for the third of the afternoon."""
        return f"{'M' if self.half == Half.MORNING else 'A'}-{self.number}"


class BoardStep(models.Model):
    """One action on the board, with what it found and what it left, so that it can be taken back exactly."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", verbose_name=_("établissement"))
    appointment = models.ForeignKey(
        Appointment, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("rendez-vous")
    )
    ticket = models.ForeignKey(
        WalkInTicket, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("ticket")
    )
    became = models.CharField(_("devenu"), max_length=12, choices=BoardStatus.choices)
    before = models.JSONField(_("avant"))
    after = models.JSONField(_("après"))
    by = models.ForeignKey(StaffMember, models.SET_NULL, null=True, related_name="+", verbose_name=_("par"))
    at = models.DateTimeField(_("quand"))
    undone_at = models.DateTimeField(_("défait à"), null=True, blank=True)

    class Meta:
        verbose_name = _("action du tableau")
        verbose_name_plural = _("actions du tableau")
        ordering = ("pk",)
        indexes = [
            models.Index(fields=["facility", "by", "-id"], name="step_to_undo", condition=Q(undone_at__isnull=True))
        ]
        constraints = [
            models.CheckConstraint(
                name="step_is_about_an_appointment_or_a_ticket",
                condition=Q(appointment__isnull=True, ticket__isnull=False)
                | Q(appointment__isnull=False, ticket__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.appointment or self.ticket} : {self.get_became_display()}"

    @property
    def subject(self) -> Appointment | WalkInTicket:
        found = self.appointment or self.ticket
        assert found is not None
        return found


class MorningListQuerySet(models.QuerySet["MorningList"]):
    def visible_to(self, staff: StaffMember) -> Self:
        return self.filter(facility__in=Facility.objects.visible_to(staff))


class MorningList(models.Model):
    """The list of the day sent at seven, for the day the network fails: to the facility's address and to agents."""

    facility = models.OneToOneField(Facility, models.CASCADE, related_name="+", verbose_name=_("établissement"))
    to_facility = models.BooleanField(_("à l’adresse de l’établissement"), default=False)
    agents = models.ManyToManyField(StaffMember, blank=True, related_name="+", verbose_name=_("agents abonnés"))
    shows_names = models.BooleanField(_("noms et numéros complets dans la boîte partagée"), default=False)
    # Set in the statement that takes the day: two workers at seven send one mail.
    sent_on = models.DateField(_("dernier envoi"), null=True, blank=True, editable=False)

    objects = MorningListQuerySet.as_manager()

    class Meta:
        verbose_name = _("liste du matin")
        verbose_name_plural = _("listes du matin")
        ordering = ("facility",)

    def __str__(self) -> str:
        return str(self.facility)
