"""Occasional care: half-days that operators open, one by one and numbered, for families they know.

A place is a half-day, a section and a number; it is one child's at a time, by the database. Whoever waits for a full
half-day is asked alone, in order, when one comes back.
"""

import uuid
from datetime import time
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.nurseries.enums import Half, Section
from booking.nurseries.models.requests import ApplicationChild
from booking.nurseries.models.supply import Nursery
from municipalities.models import StaffMember


class OccasionalCare(models.Model):
    """What a nursery says of its half-days: when they begin, until when the day before they are given back."""

    nursery = models.OneToOneField(Nursery, models.CASCADE, related_name="occasional", verbose_name=_("crèche"))
    morning_from = models.TimeField(_("matin à partir de"), default=time(8))
    afternoon_from = models.TimeField(_("après-midi à partir de"), default=time(13, 30))
    given_back_by = models.TimeField(
        _("rendre la veille avant"),
        default=time(18),
        help_text=_("Après cette heure, une demi-journée prise ne se rend plus en ligne."),
    )
    #: When its operator last passed on the list of free places (CASF D.214-10: weekly at least).
    sent_at = models.DateTimeField(_("liste transmise le"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("accueil occasionnel d’une crèche")
        verbose_name_plural = _("accueils occasionnels des crèches")
        ordering = ("nursery",)
        constraints = [
            models.CheckConstraint(
                name="afternoon_follows_the_morning",
                condition=Q(afternoon_from__gt=models.F("morning_from")),
                violation_error_message=_("L’après-midi commence après le matin."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.nursery_id)


class OccasionalAdmissionQuerySet(models.QuerySet["OccasionalAdmission"]):
    def visible_to(self, staff: StaffMember) -> Self:
        """Children whom nurseries that this person runs know for occasional care."""
        return self.filter(nursery__in=Nursery.objects.run_by(staff))

    def standing(self) -> Self:
        return self.filter(ended_at__isnull=True)


class OccasionalAdmission(models.Model):
    """A child whom a nursery takes now and then; its family takes half-days by its link."""

    child = models.ForeignKey(ApplicationChild, models.CASCADE, related_name="occasional", verbose_name=_("enfant"))
    nursery = models.ForeignKey(Nursery, models.PROTECT, related_name="+", verbose_name=_("crèche"))
    admitted_at = models.DateTimeField(_("admis le"), default=timezone.now)
    admitted_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("admis par"))
    ended_at = models.DateTimeField(_("fin le"), null=True, blank=True)

    objects = OccasionalAdmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("admission en accueil occasionnel")
        verbose_name_plural = _("admissions en accueil occasionnel")
        ordering = ("admitted_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["child", "nursery"],
                condition=Q(ended_at__isnull=True),
                name="child_is_admitted_once_for_occasional_care",
                violation_error_message=_("Cet enfant est déjà admis dans cette crèche."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} {self.nursery_id}"


class OccasionalPlaceQuerySet(models.QuerySet["OccasionalPlace"]):
    def visible_to(self, staff: StaffMember) -> Self:
        """Places that this person opens and closes."""
        return self.filter(nursery__in=Nursery.objects.run_by(staff))

    def free(self) -> Self:
        """Nobody has it, is confirming it, or is being asked."""
        live = OccasionalStay.objects.filter(state__in=LIVE_STAYS, place=models.OuterRef("pk"))
        return self.filter(~models.Exists(live))


class OccasionalPlace(models.Model):
    """One numbered place of a section on a half-day."""

    nursery = models.ForeignKey(Nursery, models.CASCADE, related_name="occasional_places", verbose_name=_("crèche"))
    day = models.DateField(_("jour"))
    half = models.CharField(_("demi-journée"), max_length=2, choices=Half.choices)
    section = models.CharField(_("section"), max_length=8, choices=Section.choices)
    number = models.PositiveSmallIntegerField(_("numéro"))
    opened_at = models.DateTimeField(_("ouverte le"), default=timezone.now)
    opened_by = models.ForeignKey(
        StaffMember, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("ouverte par")
    )

    objects = OccasionalPlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("place occasionnelle")
        verbose_name_plural = _("places occasionnelles")
        ordering = ("day", "half", "section", "number")
        constraints = [
            models.UniqueConstraint(
                fields=["nursery", "day", "half", "section", "number"],
                name="occasional_place_has_its_own_number",
                violation_error_message=_("Ce numéro est déjà celui d’une place de cette demi-journée."),
            ),
            models.CheckConstraint(
                name="occasional_places_are_numbered_from_one",
                condition=Q(number__gte=1),
                violation_error_message=_("Les places d’une demi-journée se numérotent à partir de 1."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.half} {self.section} {self.number}"


class StayState(models.TextChoices):
    HELD = "held", _("à confirmer")
    OFFERED = "offered", _("proposée")
    TAKEN = "taken", _("prise")
    GIVEN_BACK = "given_back", _("rendue")
    LAPSED = "lapsed", _("restée sans réponse")


#: The place is a child's, or may become it.
LIVE_STAYS = (StayState.HELD, StayState.OFFERED, StayState.TAKEN)
#: Somebody has until a moment to say yes.
ASKED_STAYS = (StayState.HELD, StayState.OFFERED)


class OccasionalStay(models.Model):
    """A child on a place: being confirmed, offered, taken, or over. `until`: when an unanswered one lapses."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    place = models.ForeignKey(OccasionalPlace, models.CASCADE, related_name="stays", verbose_name=_("place"))
    child = models.ForeignKey(
        ApplicationChild, models.CASCADE, related_name="occasional_stays", verbose_name=_("enfant")
    )
    #: Those of the place, so that the database keeps a child from being in two nurseries at once.
    day = models.DateField(_("jour"))
    half = models.CharField(_("demi-journée"), max_length=2, choices=Half.choices)
    state = models.CharField(_("état"), max_length=10, choices=StayState.choices)
    made_at = models.DateTimeField(_("faite le"), default=timezone.now)
    until = models.DateTimeField(_("réponse avant"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changée le"), default=timezone.now)
    #: Calendars tell as cancelled what was taken once, and nothing else.
    was_taken_at = models.DateTimeField(_("prise le"), null=True, blank=True)

    class Meta:
        verbose_name = _("demi-journée prise")
        verbose_name_plural = _("demi-journées prises")
        ordering = ("day", "half", "made_at")
        indexes = [
            models.Index(fields=["until"], name="occasional_stay_by_due", condition=Q(state__in=ASKED_STAYS)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["place"],
                condition=Q(state__in=LIVE_STAYS),
                name="occasional_place_is_one_childs",
                violation_error_message=_("Cette demi-journée vient d’être prise."),
            ),
            models.UniqueConstraint(
                fields=["child", "day", "half"],
                condition=Q(state__in=LIVE_STAYS),
                name="child_is_at_one_place_each_half_day",
                violation_error_message=_("Cet enfant a déjà une place cette demi-journée-là."),
            ),
            models.CheckConstraint(
                name="unanswered_half_day_lapses_at_a_moment",
                condition=Q(state__in=ASKED_STAYS, until__isnull=False)
                | (~Q(state__in=ASKED_STAYS) & Q(until__isnull=True)),
                violation_error_message=_("Une demi-journée à confirmer dit jusqu’à quand."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.half}"


class OccasionalWish(models.Model):
    """A child who waits for a full half-day: asked alone, in order, when a place of its section comes back."""

    child = models.ForeignKey(
        ApplicationChild, models.CASCADE, related_name="occasional_wishes", verbose_name=_("enfant")
    )
    nursery = models.ForeignKey(Nursery, models.CASCADE, related_name="+", verbose_name=_("crèche"))
    day = models.DateField(_("jour"))
    half = models.CharField(_("demi-journée"), max_length=2, choices=Half.choices)
    section = models.CharField(_("section"), max_length=8, choices=Section.choices)
    asked_at = models.DateTimeField(_("demandée le"), default=timezone.now)
    ended_at = models.DateTimeField(_("finie le"), null=True, blank=True)

    class Meta:
        verbose_name = _("attente d’une demi-journée")
        verbose_name_plural = _("attentes de demi-journées")
        ordering = ("asked_at", "pk")
        indexes = [
            models.Index(
                fields=["nursery", "day", "half", "section", "asked_at"],
                name="occasional_wish_in_order",
                condition=Q(ended_at__isnull=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["child", "nursery", "day", "half"],
                condition=Q(ended_at__isnull=True),
                name="child_waits_once_for_a_half_day",
                violation_error_message=_("Vous attendez déjà cette demi-journée."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.half}"
