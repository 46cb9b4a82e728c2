"""Who changed what, and who read whose file. Written by the database itself and by the pages; changed by nobody."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from municipalities.models.places import Facility
from municipalities.models.staff import StaffMember


class Verb(models.TextChoices):
    INSERT = "I", _("ajout")
    UPDATE = "U", _("changement")
    DELETE = "D", _("suppression")


class AuditEntry(models.Model):
    """One row of one table, before and after. Rows are made by triggers (municipalities/audit.py) and never by us.

    `before` and `after` hold, for an update, only the columns that changed. `channel` is where it came from: "agents",
    "admin", "web" (residents), "" for workers and the command line. A trigger refuses to change or remove rows, but for
    the erasure of identities and for what is older than the trace is kept.
    """

    at = models.DateTimeField(_("quand"), db_default=models.functions.Now())
    table = models.CharField(_("table"), max_length=63)
    object_id = models.CharField(_("objet"), max_length=40)
    verb = models.CharField(_("action"), max_length=1, choices=Verb.choices)
    before = models.JSONField(_("avant"), null=True)
    after = models.JSONField(_("après"), null=True)
    # No constraint in the database: a trace outlives what it speaks of, and costs a booking no look-up.
    staff = models.ForeignKey(
        StaffMember, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    channel = models.CharField(_("par où"), max_length=12, blank=True)
    request = models.CharField(_("requête"), max_length=64, blank=True)

    class Meta:
        db_table = "municipalities_change"  # the trigger function writes to it by this name
        verbose_name = _("changement")
        verbose_name_plural = _("changements")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["table", "object_id"], name="change_of_an_object"),
            models.Index(fields=["staff", "-id"], name="change_by_a_person", condition=Q(staff__isnull=False)),
            BrinIndex(fields=["at"], name="change_at", pages_per_range=16),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.object_id} {self.verb}"


class Why(models.TextChoices):
    SEARCH = "search", _("trouvé par une recherche")
    OTHER_DAY = "other_day", _("autre jour")
    OTHER_PLACE = "other_place", _("autre établissement")


class ReadTrace(models.Model):
    """Somebody read names outside of their own day: one subject of a service, or the whole list of a facility's day.

    What was typed to find a person is not kept: it may be a name.
    """

    at = models.DateTimeField(_("quand"), default=timezone.now)
    staff = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("agent"))
    why = models.CharField(_("pourquoi"), max_length=12, choices=Why.choices)
    view = models.CharField(_("page"), max_length=60)
    subject_type = models.CharField(_("objet"), max_length=40, blank=True)
    subject_id = models.UUIDField(_("identifiant de l’objet"), null=True, db_index=True)
    facility = models.ForeignKey(
        Facility, models.DO_NOTHING, null=True, db_constraint=False, related_name="+", verbose_name=_("établissement")
    )
    day = models.DateField(_("journée"), null=True)

    class Meta:
        verbose_name = _("lecture")
        verbose_name_plural = _("lectures")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["staff", "-id"], name="reading_by_a_person"),
            models.Index(fields=["at"], name="reading_at"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.at:%Y-%m-%d %H:%M}"
