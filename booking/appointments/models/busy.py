"""Calendars kept elsewhere (an agent's, a room's) whose busy time is taken off a counter."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from municipalities.models import Facility, StaffMember


class BusyCalendarQuerySet(models.QuerySet["BusyCalendar"]):
    def visible_to(self, staff: StaffMember) -> Self:
        return self.filter(counter__facility__in=Facility.objects.visible_to(staff))

    def manageable_by(self, staff: StaffMember) -> Self:
        return self.filter(counter__facility__in=Facility.objects.manageable_by(staff))


class BusyCalendar(models.Model):
    """An ICS address that a worker reads every quarter of an hour. Its events close the counter, without their titles.

    The address is often a secret of the calendar's owner: pages show its host only, logs nothing of it. `due_at` is
    when it is read next. `etag` and `modified` are what the other server said, for conditional reading; since new
    occurrences come into sight as days pass, the whole is read again a day after `last_read_at` in any case.
    """

    counter = models.ForeignKey(
        "appointments.Counter", models.CASCADE, related_name="busy_calendars", verbose_name=_("guichet")
    )
    name = models.CharField(_("nom"), max_length=80)
    address = models.CharField(_("adresse de l’agenda"), max_length=2000)
    is_active = models.BooleanField(_("relevé"), default=True)
    created_by = models.ForeignKey(
        StaffMember, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("ajouté par")
    )
    created_at = models.DateTimeField(_("ajouté le"), auto_now_add=True)
    due_at = models.DateTimeField(_("à relever le"), default=timezone.now)
    last_fetched_at = models.DateTimeField(_("relevé le"), null=True, blank=True)
    last_read_at = models.DateTimeField(_("lu en entier le"), null=True, blank=True)
    last_ok_at = models.DateTimeField(_("bien relevé le"), null=True, blank=True)
    last_error = models.CharField(_("dernière difficulté"), max_length=40, blank=True)
    etag = models.CharField(max_length=300, blank=True)
    modified = models.CharField(max_length=100, blank=True)
    # Busy events that were not, or not wholly, read at the last time, and the first lines of the file that say where.
    unread_count = models.PositiveIntegerField(_("événements illisibles"), default=0)
    unread_lines = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    is_cut_short = models.BooleanField(_("reçu sans sa fin"), default=False)
    blocked_count = models.PositiveIntegerField(_("périodes bloquées"), default=0)

    objects = BusyCalendarQuerySet.as_manager()

    class Meta:
        verbose_name = _("agenda extérieur")
        verbose_name_plural = _("agendas extérieurs")
        ordering = ("counter", "name")
        indexes = [models.Index(fields=["due_at"], name="busy_calendar_due", condition=Q(is_active=True))]
        constraints = [
            models.UniqueConstraint(
                fields=["counter", "address"],
                name="busy_calendar_is_added_once_to_a_counter",
                violation_error_message=_("Cet agenda est déjà relevé pour ce guichet."),
            )
        ]

    def __str__(self) -> str:
        return self.name
