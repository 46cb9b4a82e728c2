"""Who waits for a number of a full group, in the order in which they came."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from booking.activities.models.enrolments import Enrolment
from booking.activities.models.seasons import Group
from booking.residents.models import Household, Member
from municipalities.models import StaffMember


class LeftBecause(models.TextChoices):
    ENROLLED = "enrolled", _("inscrit")
    FAMILY = "family", _("à la demande de la famille")
    OFFICE = "office", _("retiré par la piscine")
    OVER = "over", _("le groupe est terminé")


class WaitingQuerySet(models.QuerySet["Waiting"]):
    def visible_to(self, staff: StaffMember) -> Self:
        return self.filter(group__in=Group.objects.visible_to(staff))

    def still(self) -> Self:
        """Those who wait, an offer in hand or not, the first to come first."""
        return self.filter(left_at__isnull=True).order_by("joined_at", "pk")


class Waiting(models.Model):
    """A member waits for a number of a group, and has its rank by `joined_at` for as long as they stay.

    `offer` is the number that is held for them alone. `passed_at` says when they last let one go: that, and all that
    were free by then, are no longer theirs to be asked for; the rank stays.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    group = models.ForeignKey(Group, models.CASCADE, related_name="waiting", verbose_name=_("groupe"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="waiting", verbose_name=_("membre de la famille"))
    household = models.ForeignKey(Household, models.PROTECT, related_name="waiting", verbose_name=_("famille"))
    language = models.CharField(_("langue"), max_length=2, default="fr")
    joined_at = models.DateTimeField(_("attend depuis"), default=timezone.now)
    passed_at = models.DateTimeField(_("a laissé passer le"), null=True, blank=True)
    offer = models.OneToOneField(
        Enrolment, models.SET_NULL, null=True, blank=True, related_name="offered_to", verbose_name=_("proposition")
    )
    leaves_others = models.BooleanField(_("quitte les autres listes de l’activité"), default=False)
    left_at = models.DateTimeField(_("n’attend plus depuis"), null=True, blank=True)
    left_because = models.CharField(
        pgettext_lazy("pourquoi", "motif"), max_length=8, choices=LeftBecause.choices, blank=True
    )

    objects = WaitingQuerySet.as_manager()

    class Meta:
        verbose_name = _("attente")
        verbose_name_plural = _("liste d’attente")
        ordering = ("group", "joined_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["group", "member"],
                condition=Q(left_at__isnull=True),
                name="a_member_waits_once_for_a_group",
                violation_error_message=_("Cette personne est déjà sur la liste d’attente de ce groupe."),
            ),
            models.CheckConstraint(
                name="whoever_has_left_is_offered_nothing",
                condition=Q(left_at__isnull=True) | Q(offer__isnull=True),
                violation_error_message=_("On ne propose rien à qui a quitté la liste d’attente."),
            ),
            models.CheckConstraint(
                name="whoever_waits_no_more_says_why",
                condition=Q(left_at__isnull=True, left_because="")
                | Q(left_at__isnull=False, left_because__in=LeftBecause.values),
                violation_error_message=_("Qui n’attend plus dit pourquoi."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_id} {self.member_id}"
