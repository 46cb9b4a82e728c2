"""What coaches note at the water’s edge, what is left of it for ever, and who has the list of the day by mail."""

import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.activities.models.seasons import Level, Session
from booking.activities.models.water import Pool
from booking.residents.models import Member
from municipalities.models import StaffMember


class Said(models.TextChoices):
    PRESENT = "present", _("présent")
    ABSENT = "absent", _("absent")
    LEVEL = "level", _("niveau atteint")


class NotCounted(models.TextChoices):
    """Why a mark that came is kept and counts for nothing."""

    LEFT = "left", _("qui l’a notée n’est plus maître-nageur ici")
    CALLED_OFF = "off", _("la séance est annulée")
    ANOTHER_GROUP = "other", _("cette personne n’est pas de ce groupe")
    TOO_EARLY = "early", _("la séance n’avait pas encore eu son jour")


class RegisterMarkQuerySet(models.QuerySet["RegisterMark"]):
    def counted(self) -> Self:
        return self.filter(not_counted="")

    def attendance(self) -> Self:
        return self.counted().filter(said__in=[Said.PRESENT, Said.ABSENT])


class RegisterMark(models.Model):
    """Somebody pressed once for one person. Never changed: of what was said of a person, the latest holds.

    `id` is given by the device, so that a mark that is sent again is the same. `made_at` is the device’s time, set
    right by how far its clock was from ours when it sent.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    session = models.ForeignKey(Session, models.CASCADE, related_name="marks", verbose_name=_("séance"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="marks", verbose_name=_("membre de la famille"))
    said = models.CharField(_("noté"), max_length=8, choices=Said.choices)
    level = models.PositiveSmallIntegerField(_("niveau"), choices=Level.choices, null=True, blank=True)
    made_at = models.DateTimeField(_("noté le"))
    received_at = models.DateTimeField(_("reçu le"), default=timezone.now)
    by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("par"))
    not_counted = models.CharField(_("pourquoi il ne compte pas"), max_length=8, choices=NotCounted.choices, blank=True)

    objects = RegisterMarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("présence notée")
        verbose_name_plural = _("présences notées")
        ordering = ("made_at", "received_at", "id")
        indexes = [models.Index(fields=["session", "member"], name="mark_of_a_session")]
        constraints = [
            models.CheckConstraint(
                name="a_mark_says_a_level_or_whether_somebody_is_there",
                condition=Q(said=Said.LEVEL, level__in=Level.values)
                | Q(said__in=[Said.PRESENT, Said.ABSENT], level__isnull=True),
                violation_error_message=_("Une marque dit la présence, ou un niveau."),
            ),
            models.CheckConstraint(
                name="a_mark_is_made_before_it_is_received",
                condition=Q(made_at__lte=F("received_at")),
                violation_error_message=_("Une marque est faite avant d’être reçue."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class SessionFigures(models.Model):
    """What is left of a session for ever, once nobody’s name is: how many had a place, and how many came."""

    session = models.OneToOneField(Session, models.CASCADE, primary_key=True, related_name="figures")
    sold = models.PositiveSmallIntegerField(_("places prises"))
    present = models.PositiveSmallIntegerField(_("présents"))
    #: Of how many it was noted: who was not looked at is neither.
    noted = models.PositiveSmallIntegerField(_("notés"))

    class Meta:
        verbose_name = _("chiffres d’une séance")
        verbose_name_plural = _("chiffres des séances")
        constraints = [
            models.CheckConstraint(
                name="nobody_is_present_who_was_not_noted",
                condition=Q(present__lte=F("noted")),
                violation_error_message=_("Les présents sont parmi les notés."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.session_id}: {self.present}/{self.sold}"


class MorningRegister(models.Model):
    """Who has the groups of the day by mail at seven: a coach their own, a pool all of its. Names go to a pool’s shared
    mailbox only where it was chosen."""

    coach = models.OneToOneField(
        StaffMember, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("maître-nageur")
    )
    pool = models.OneToOneField(
        Pool, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("piscine")
    )
    shows_names = models.BooleanField(_("avec les noms"), default=False)
    sent_on = models.DateField(_("envoyée le"), null=True, blank=True)

    class Meta:
        verbose_name = _("liste de sept heures")
        verbose_name_plural = _("listes de sept heures")
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                name="a_morning_list_is_a_coachs_or_a_pools",
                condition=Q(coach__isnull=True) ^ Q(pool__isnull=True),
                violation_error_message=_("La liste va à un maître-nageur, ou à une piscine."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.coach_id or ''}/{self.pool_id or ''}"
