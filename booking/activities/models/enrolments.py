"""Who has which place: a basket, its enrolments, and a seat in each session that is still to come.

Three constraints decide between all who want something at once, whatever household or tab they come from: a group
gives each of its numbers once, a session each of its seats once, and nobody is in two places at a time.
"""

import uuid
from datetime import datetime
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.activities.models.seasons import MOST_PLACES, Activity, Group, Level, Session
from booking.payments.models import CashOffice
from booking.residents.models import Guardian, Household, Member
from booking.residents.references import reference_of
from municipalities.models import StaffMember


class BasketState(models.TextChoices):
    OPEN = "open", _("En préparation")
    PAYING = "paying", _("À régler")
    PAID = "paid", _("Réglé")
    OFFERED = "offered", _("Proposition")
    LET_GO = "let_go", _("Abandonné")


class EnrolmentState(models.TextChoices):
    """A hold ends by a clock, and so does what is offered to one of those who wait; what is being paid never does; what
    ended frees its number and its seats to come.
    """

    OFFERED = "offered", _("Proposée")

    HELD = "held", _("Retenue")
    PAYING = "paying", _("Paiement en cours")
    ENROLLED = "enrolled", _("Inscrit")
    ENDED = "ended", _("Terminée")


#: These end by a clock.
CLOCKED = (EnrolmentState.HELD, EnrolmentState.OFFERED)


class EndReason(models.TextChoices):
    EXPIRED = "expired", _("le temps est écoulé et la place était demandée")
    DROPPED = "dropped", _("retirée du panier")
    REFUSED = "refused", _("proposition refusée")
    UNPAID = "unpaid", _("le paiement n’a pas abouti")
    MOVED = "moved", _("changement de groupe")
    FAMILY = "family", _("annulée à la demande de la famille")
    OFFICE = "office", _("annulée par la piscine")


class BasketQuerySet(models.QuerySet["Basket"]):
    def of_household(self, household: Household) -> Self:
        return self.filter(household=household)


class Basket(models.Model):
    """What a family chooses and pays at one cash office; several members and groups. One of them is open at a time.

    It is the subject of its charge. Once it is to be paid nothing is added to it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    household = models.ForeignKey(Household, models.PROTECT, related_name="baskets", verbose_name=_("famille"))
    office = models.ForeignKey(CashOffice, models.PROTECT, related_name="+", verbose_name=_("régie"))
    state = models.CharField(_("état"), max_length=8, choices=BasketState.choices, default=BasketState.OPEN)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    opened_at = models.DateTimeField(_("ouvert le"), default=timezone.now)
    opened_by = models.ForeignKey(
        StaffMember, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("ouvert par")
    )

    objects = BasketQuerySet.as_manager()

    class Meta:
        verbose_name = _("panier")
        verbose_name_plural = _("paniers")
        ordering = ("opened_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["household", "office"],
                condition=Q(state=BasketState.OPEN),
                name="one_open_basket_of_a_household_per_office",
                violation_error_message=_("Un panier est déjà ouvert."),
            ),
            models.CheckConstraint(name="basket_is_in_a_known_state", condition=Q(state__in=BasketState.values)),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def visible_to(self, staff: StaffMember) -> Self:
        """Those in groups whose offer this person plans."""
        return self.filter(group__in=Group.objects.visible_to(staff))

    def standing(self) -> Self:
        """Those that have their number: offered, held, being paid or enrolled."""
        return self.exclude(state=EnrolmentState.ENDED)

    def whole(self) -> Self:
        """Those in a group for all its sessions to come, not those in one session."""
        return self.filter(session__isnull=True)

    def enrolled(self) -> Self:
        return self.filter(state=EnrolmentState.ENROLLED)

    def expired(self, now: datetime) -> Self:
        """Holds whose time is over: whoever wants the place may have it."""
        return self.filter(state=EnrolmentState.HELD, held_until__lte=now)


class Enrolment(models.Model):
    """A member has a number of a group, or with `session` a number of that one alone. `price` is frozen with the hold:
    the lines of `pricing.Item`, and the grid's name; `cents` is their sum, or what of it was not given back before it
    moved to another group. `asked_in` is the basket by whose charge it was last asked to be paid. Those of one basket
    that share `together` are wanted all or none. What moved to another group says whence. `trial_of` is the activity
    that somebody tries in that session without the level it asks for.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    basket = models.ForeignKey(Basket, models.PROTECT, related_name="enrolments", verbose_name=_("panier"))
    asked_in = models.ForeignKey(
        Basket, models.PROTECT, null=True, blank=True, related_name="asked", verbose_name=_("demandé dans")
    )
    group = models.ForeignKey(Group, models.PROTECT, related_name="enrolments", verbose_name=_("groupe"))
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="enrolments", verbose_name=_("membre de la famille")
    )
    session = models.ForeignKey(
        Session, models.PROTECT, null=True, blank=True, related_name="singles", verbose_name=_("pour une séance")
    )
    trial_of = models.ForeignKey(
        Activity, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("essai de")
    )
    number = models.PositiveSmallIntegerField(_("numéro"))
    state = models.CharField(_("état"), max_length=8, choices=EnrolmentState.choices, default=EnrolmentState.HELD)
    held_until = models.DateTimeField(_("retenue jusqu’à"), null=True, blank=True)
    together = models.UUIDField(_("tous ou aucun"), null=True, blank=True)
    cents = models.PositiveIntegerField(_("prix en centimes"), default=0)
    price = models.JSONField(_("prix ligne par ligne"), default=dict)
    override_reason = models.CharField(_("motif d’exception"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("demandée le"), default=timezone.now)
    enrolled_at = models.DateTimeField(_("inscrit le"), null=True, blank=True)
    ended_at = models.DateTimeField(_("terminée le"), null=True, blank=True)
    end_reason = models.CharField(_("motif de fin"), max_length=8, choices=EndReason.choices, blank=True)
    moved_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="moved_to", verbose_name=_("vient de")
    )

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("inscription")
        verbose_name_plural = _("inscriptions")
        ordering = ("created_at", "id")
        indexes = [
            models.Index(fields=["held_until"], condition=Q(state=EnrolmentState.HELD), name="hold_that_may_end"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "number"],
                condition=~Q(state=EnrolmentState.ENDED) & Q(session__isnull=True),
                name="one_enrolment_per_number_of_a_group",
                violation_error_message=_("Cette place vient d’être prise."),
            ),
            models.UniqueConstraint(
                fields=["group", "member"],
                condition=~Q(state=EnrolmentState.ENDED) & Q(session__isnull=True),
                name="a_member_is_once_in_a_group",
                violation_error_message=_("Cette personne a déjà une place dans ce groupe."),
            ),
            models.UniqueConstraint(
                fields=["trial_of", "member"],
                condition=~Q(state=EnrolmentState.ENDED) & Q(trial_of__isnull=False),
                name="a_member_tries_an_activity_once",
                violation_error_message=_("L’essai de cette activité est déjà pris."),
            ),
            models.CheckConstraint(
                name="enrolment_has_a_number_of_its_group",
                condition=Q(number__range=(1, MOST_PLACES)),
                violation_error_message=_("Un groupe a de 1 à 200 places."),
            ),
            models.CheckConstraint(
                name="a_hold_says_until_when_and_nothing_else_does",
                condition=Q(state__in=CLOCKED, held_until__isnull=False)
                | (~Q(state__in=CLOCKED) & Q(held_until__isnull=True)),
                violation_error_message=_("Une place retenue l’est jusqu’à une heure, et elle seule."),
            ),
            models.CheckConstraint(
                name="an_enrolment_that_ended_says_when_and_why",
                condition=Q(state=EnrolmentState.ENDED, ended_at__isnull=False, end_reason__in=EndReason.values)
                | (~Q(state=EnrolmentState.ENDED) & Q(ended_at__isnull=True, end_reason="")),
                violation_error_message=_("Une inscription terminée dit quand et pourquoi."),
            ),
            models.CheckConstraint(
                name="whoever_is_enrolled_was_asked_to_pay",
                condition=~Q(state__in=[EnrolmentState.PAYING, EnrolmentState.ENROLLED]) | Q(asked_in__isnull=False),
                violation_error_message=_("Une inscription porte le panier dans lequel elle est réglée."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_id}/{self.number}"

    @property
    def paid(self) -> int:
        """What was paid for it, in cents, whatever was given back of that on the way."""
        return sum(line[1] for line in self.price.get("lines", ())) if self.moved_from_id else self.cents

    @property
    def reference(self) -> str:
        """What a ticket says aloud."""
        return reference_of(self.pk)


class SeatQuerySet(models.QuerySet["Seat"]):
    def taken(self) -> Self:
        return self.filter(freed_at__isnull=True)


class Seat(models.Model):
    """A number of one session. The database keeps `period` that of the session, frees the seats of one that is called
    off, and gives everybody in the group a seat in a session that is added.

    One that is free although its session takes place and its enrolment lasts is an announced absence. `made_up_by` is
    the place in another group that somebody has instead, by the rule of theirs: then it is not taken back.
    """

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="seats", verbose_name=_("inscription"))
    session = models.ForeignKey(Session, models.CASCADE, related_name="seats", verbose_name=_("séance"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="seats", verbose_name=_("membre de la famille"))
    number = models.PositiveSmallIntegerField(_("numéro"))
    period = DateTimeRangeField(_("moment"))
    freed_at = models.DateTimeField(_("libérée le"), null=True, blank=True)
    made_up_by = models.OneToOneField(
        Enrolment, models.SET_NULL, null=True, blank=True, related_name="makes_up", verbose_name=_("rattrapée par")
    )

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("place d’une séance")
        verbose_name_plural = _("places des séances")
        ordering = ("session", "number", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "number"],
                condition=Q(freed_at__isnull=True),
                name="one_taker_per_number_of_a_session",
                violation_error_message=_("Cette place de la séance vient d’être prise."),
            ),
            ExclusionConstraint(
                name="a_member_is_in_one_place_at_a_time",
                expressions=[("member", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
                condition=Q(freed_at__isnull=True),
                deferrable=Deferrable.IMMEDIATE,
                violation_error_message=_("Cette personne est déjà inscrite ailleurs à cette heure."),
            ),
            models.CheckConstraint(
                name="a_seat_that_is_made_up_for_stays_free",
                condition=Q(made_up_by__isnull=True) | Q(freed_at__isnull=False),
                violation_error_message=_("Cette séance est déjà rattrapée dans un autre groupe."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id}/{self.number}"


class GivenLevel(models.Model):
    """What a coach or an agent has seen a member do. The last one holds."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="levels", verbose_name=_("membre de la famille"))
    level = models.PositiveSmallIntegerField(_("niveau"), choices=Level.choices)
    given_on = models.DateField(_("donné le"), default=timezone.localdate)
    given_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("donné par"))

    class Meta:
        verbose_name = _("niveau donné")
        verbose_name_plural = _("niveaux donnés")
        ordering = ("-given_on", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "given_on"],
                name="a_member_is_given_one_level_a_day",
                violation_error_message=_("Un niveau a déjà été donné ce jour-là."),
            ),
            models.CheckConstraint(name="given_level_is_a_known_one", condition=Q(level__in=Level.values)),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.level}"


class WindowWatch(models.Model):
    """An adult asked to be told once the minute changes from which they may enrol in an activity."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="watches", verbose_name=_("activité"))
    guardian = models.ForeignKey(Guardian, models.CASCADE, related_name="+", verbose_name=_("responsable"))
    language = models.CharField(_("langue"), max_length=2, default="fr")
    asked_at = models.DateTimeField(_("demandé le"), default=timezone.now)

    class Meta:
        verbose_name = _("demande d’être prévenu")
        verbose_name_plural = _("demandes d’être prévenus")
        ordering = ("asked_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "guardian"],
                name="an_adult_asks_once_to_be_told_of_an_activity",
                violation_error_message=_("Vous serez déjà prévenu pour cette activité."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.activity_id} {self.guardian_id}"
