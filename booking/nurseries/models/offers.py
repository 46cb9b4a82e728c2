"""What a round gave: places offered, first to the operator and then to the family, and the answer each family got.

One child has one open offer, by the database: whoever answers late, twice, or with another parent at once meets it.
"""

import uuid
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.nurseries.models.requests import ApplicationChild
from booking.nurseries.models.rounds import Round
from booking.nurseries.models.supply import Nursery
from municipalities.models import StaffMember


class OfferState(models.TextChoices):
    TO_OPERATOR = "to_operator", _("chez le gestionnaire")
    TO_FAMILY = "to_family", _("proposée à la famille")
    ACCEPTED = "accepted", _("acceptée")
    HELD = "held", _("acceptée, en attente d’un meilleur vœu")
    OPERATOR_DECLINED = "operator_no", _("refusée par le gestionnaire")
    DECLINED = "declined", _("refusée par la famille")
    LAPSED = "lapsed", _("restée sans réponse")
    GIVEN_UP = "given_up", _("rendue pour un meilleur vœu")
    WITHDRAWN = "withdrawn", _("demande retirée")
    LEFT = "left", _("sortie de la crèche")
    AGREED = "agreed", _("échange accepté, attend l’autre famille")
    CALLED_OFF = "called_off", _("échange non conclu")


#: Somebody is being asked.
OPEN = (OfferState.TO_OPERATOR, OfferState.TO_FAMILY, OfferState.AGREED)
#: The place is this child's, or may become it: nobody else is given it.
STANDING = (*OPEN, OfferState.ACCEPTED, OfferState.HELD)


class OperatorReason(models.TextChoices):
    """Why an operator declines: coded, so that it can be counted."""

    STAFF = "staff", _("trop peu d’adultes présents")
    CLOSED = "closed", _("section ou demi-journée fermée")
    TAKEN = "taken", _("place déjà occupée")
    CARE = "care", _("accueil impossible dans ces locaux")


class FamilyReason(models.TextChoices):
    ELSEWHERE = "elsewhere", _("nous avons trouvé une autre garde")
    DAYS = "days", _("les jours ne conviennent pas")
    START = "start", _("le mois ne convient pas")
    PLACE = "place", _("la crèche ne convient pas")
    MOVED = "moved", _("nous déménageons")
    OTHER = "other", _("autre raison")


class SwapState(models.TextChoices):
    ASKED = "asked", _("en cours")
    DONE = "done", _("conclu")
    CALLED_OFF = "called_off", _("non conclu")


class Swap(models.Model):
    """Two children who hold what the other wants: an offer for each, and both are taken at one instant, or neither."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="swaps", verbose_name=_("session"))
    state = models.CharField(_("état"), max_length=10, choices=SwapState.choices, default=SwapState.ASKED)
    proposed_at = models.DateTimeField(_("proposé le"))
    proposed_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("proposé par"))
    ended_at = models.DateTimeField(_("fini le"), null=True, blank=True)

    class Meta:
        verbose_name = _("échange de places")
        verbose_name_plural = _("échanges de places")
        ordering = ("-proposed_at", "id")
        constraints = [
            models.CheckConstraint(
                name="swap_that_ended_says_when",
                condition=Q(state=SwapState.ASKED, ended_at__isnull=True)
                | (~Q(state=SwapState.ASKED) & Q(ended_at__isnull=False)),
                violation_error_message=_("Un échange fini dit quand il l’a été."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class NurseryOfferQuerySet(models.QuerySet["NurseryOffer"]):
    def visible_to(self, staff: StaffMember) -> Self:
        """Offers in nurseries this person runs: those they are asked about, and those that were accepted there."""
        return self.filter(nursery__in=Nursery.objects.run_by(staff))

    def open(self) -> Self:
        return self.filter(state__in=OPEN)

    def standing(self) -> Self:
        return self.filter(state__in=STANDING)


class NurseryOffer(models.Model):
    """A place, half-days and first month, for one child. `due_at`: until when whoever is asked now may answer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="offers", verbose_name=_("session"))
    child = models.ForeignKey(ApplicationChild, models.CASCADE, related_name="offers", verbose_name=_("enfant"))
    nursery = models.ForeignKey(Nursery, models.PROTECT, related_name="offers", verbose_name=_("crèche"))
    start = models.DateField(_("premier mois"))
    half_days = ArrayField(models.SlugField(max_length=6), verbose_name=_("demi-journées"))
    rank = models.PositiveSmallIntegerField(_("rang du vœu"))
    state = models.CharField(_("état"), max_length=12, choices=OfferState.choices, default=OfferState.TO_OPERATOR)
    made_at = models.DateTimeField(_("proposée le"))
    due_at = models.DateTimeField(_("réponse avant"))
    operator_at = models.DateTimeField(_("réponse du gestionnaire le"), null=True, blank=True)
    operator_by = models.ForeignKey(
        StaffMember, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("répondu par")
    )
    operator_reason = models.CharField(
        _("motif du gestionnaire"), max_length=8, choices=OperatorReason.choices, blank=True
    )
    answered_at = models.DateTimeField(_("réponse de la famille le"), null=True, blank=True)
    family_reason = models.CharField(_("motif de la famille"), max_length=12, choices=FamilyReason.choices, blank=True)
    swap = models.ForeignKey(
        Swap, models.PROTECT, null=True, blank=True, related_name="offers", verbose_name=_("échange")
    )
    #: Nobody was found yet for a place that came back; null once it was looked for.
    freed_at = models.DateTimeField(_("place rendue le"), null=True, blank=True)

    objects = NurseryOfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposition de place")
        verbose_name_plural = _("propositions de place")
        ordering = ("made_at", "id")
        indexes = [
            models.Index(fields=["state", "due_at"], name="nursery_offer_by_due"),
            models.Index(fields=["freed_at"], name="nursery_offer_freed", condition=Q(freed_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["child"],
                condition=Q(state__in=OPEN),
                name="child_has_one_open_offer",
                violation_error_message=_("Une proposition est déjà en cours pour cet enfant."),
            ),
            models.UniqueConstraint(
                fields=["child"],
                condition=Q(state__in=[OfferState.ACCEPTED, OfferState.HELD]),
                name="child_has_one_accepted_place",
                violation_error_message=_("Cet enfant a déjà une place acceptée."),
            ),
            models.CheckConstraint(
                name="operator_who_declines_says_why",
                condition=~Q(state=OfferState.OPERATOR_DECLINED) | ~Q(operator_reason=""),
                violation_error_message=_("Le gestionnaire qui refuse dit pourquoi."),
            ),
            models.UniqueConstraint(
                fields=["swap", "nursery"],
                name="swap_gives_each_place_once",
                violation_error_message=_("Un échange donne chaque place une fois."),
            ),
            models.CheckConstraint(
                name="only_a_swap_waits_for_the_other_family",
                condition=~Q(state__in=[OfferState.AGREED, OfferState.CALLED_OFF]) | Q(swap__isnull=False),
                violation_error_message=_("Seul un échange attend l’accord d’une autre famille."),
            ),
            models.CheckConstraint(
                name="offer_is_of_some_half_days_from_a_month_on",
                condition=Q(half_days__len__gt=0, start__day=1),
                violation_error_message=_("Une proposition dit les jours et le premier mois."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


def still_asking() -> models.QuerySet[ApplicationChild]:
    """Children whose request goes on for them: a place that was accepted for good ends it, not one that is held."""
    placed = NurseryOffer.objects.filter(state=OfferState.ACCEPTED, child=models.OuterRef("pk"))
    return ApplicationChild.objects.filter(~models.Exists(placed), is_live=True)


class Answer(models.Model):
    """What a round answered one child: a place, or that it stays on the list. Sent once, read ever after."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="answers", verbose_name=_("session"))
    child = models.ForeignKey(ApplicationChild, models.CASCADE, related_name="answers", verbose_name=_("enfant"))
    gives_a_place = models.BooleanField(_("une place est proposée"))
    made_at = models.DateTimeField(_("faite le"))

    class Meta:
        verbose_name = _("réponse d’une session")
        verbose_name_plural = _("réponses des sessions")
        ordering = ("made_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["round", "child"],
                name="round_answers_a_child_once",
                violation_error_message=_("Cette session a déjà répondu à cet enfant."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
