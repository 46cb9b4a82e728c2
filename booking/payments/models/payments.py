"""Attempts to pay online, and what somebody must look at."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.payments.enums import LIVE, AlertKind, Means, PaymentState
from booking.payments.models.charges import Charge
from booking.payments.models.offices import CashOffice
from municipalities.models import StaffMember


class PaymentQuerySet(models.QuerySet["Payment"]):
    def live(self) -> Self:
        return self.filter(state__in=LIVE)


class Payment(models.Model):
    """One attempt to pay a charge by PayFiP: its row is committed before PayFiP is asked.

    `asked_at` is when the idOp was asked for, `opened_at` when it was known: what must be young is counted from the
    first, what must be old from the second. `result` is the last one PayFiP told while it waits to become final.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="payments", verbose_name=_("montant dû"))
    cents = models.PositiveIntegerField(_("montant en centimes"))
    state = models.CharField(_("état"), max_length=10, choices=PaymentState.choices, default=PaymentState.PREPARED)
    refdet = models.CharField(_("référence"), max_length=20, unique=True)
    numcli = models.CharField(_("numéro de client PayFiP"), max_length=6)
    capture = models.CharField(_("mode"), max_length=1)  # « saisie »: T test, X activation, W production
    idop = models.CharField(_("identifiant de l’opération"), max_length=64, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(_("créé le"))
    asked_at = models.DateTimeField(_("demandé le"), null=True, blank=True)
    opened_at = models.DateTimeField(_("ouvert le"), null=True, blank=True)
    ended_at = models.DateTimeField(_("terminé le"), null=True, blank=True)

    means = models.CharField(_("moyen"), max_length=14, choices=Means.choices, blank=True)
    numauto = models.CharField(_("numéro d’autorisation"), max_length=16, blank=True)
    result = models.CharField(_("dernier résultat"), max_length=1, blank=True)
    last_answer = models.CharField(_("dernière réponse"), max_length=40, blank=True)
    last_asked_at = models.DateTimeField(_("interrogé le"), null=True, blank=True)
    failures = models.PositiveSmallIntegerField(_("échecs de suite"), default=0)
    next_at = models.DateTimeField(_("à interroger le"), null=True, blank=True)

    #: Where PayFiP confirmed another sum or reference, an accountant decides: what came, nought included, and why.
    received_cents = models.PositiveIntegerField(
        _("montant reçu en centimes, selon le comptable"), null=True, blank=True
    )
    closed_at = models.DateTimeField(_("décidé le"), null=True, blank=True)
    closed_by = models.ForeignKey(
        StaffMember, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("décidé par")
    )
    closed_reason = models.CharField(_("motif de la décision"), max_length=200, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("paiement en ligne")
        verbose_name_plural = _("paiements en ligne")
        ordering = ("created_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["charge"],
                condition=Q(state__in=LIVE),
                name="one_payment_of_a_charge_that_may_still_be_paid",
                violation_error_message=_("Un paiement est déjà en cours."),
            ),
            models.CheckConstraint(
                name="payment_amount_can_be_paid_online",
                condition=Q(cents__gte=100, cents__lte=10_000_000),
                violation_error_message=_("Un paiement en ligne va de 1 € à 100 000 €."),
            ),
            models.CheckConstraint(
                name="payment_that_was_opened_has_its_operation",
                condition=Q(idop__isnull=True, opened_at__isnull=True)
                | Q(idop__isnull=False, opened_at__isnull=False, asked_at__isnull=False),
                violation_error_message=_("Un paiement ouvert porte l’identifiant de son opération."),
            ),
            models.CheckConstraint(
                name="payment_that_is_open_or_paid_has_an_operation",
                condition=~Q(state__in=[PaymentState.OPEN, PaymentState.UNCERTAIN, PaymentState.PAID])
                | Q(idop__isnull=False),
                violation_error_message=_("Un paiement en cours ou payé porte l’identifiant de son opération."),
            ),
            models.CheckConstraint(
                name="payment_that_is_paid_says_by_which_means",
                condition=Q(state=PaymentState.PAID, ended_at__isnull=False)
                & Q(means__in=[Means.CARD_ONLINE, Means.DEBIT_ONLINE])
                | (~Q(state=PaymentState.PAID) & Q(means="")),
                violation_error_message=_("Un paiement payé dit par quel moyen, et lui seul."),
            ),
            models.CheckConstraint(
                name="payment_closed_by_hand_says_what_came_and_why",
                condition=Q(closed_at__isnull=True, received_cents__isnull=True, closed_reason="")
                | (Q(closed_at__isnull=False, received_cents__isnull=False) & ~Q(closed_reason="")),
                violation_error_message=_("Une décision dit ce qui a été reçu, et pourquoi."),
            ),
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="payment_to_ask_about")]

    def __str__(self) -> str:
        return self.refdet

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def received(self) -> int:
        """Cents that a paid one brought."""
        return self.cents if self.received_cents is None else self.received_cents


class PaymentAlert(models.Model):
    """Something a person of the cash office must look at; it stays until somebody says that they have."""

    office = models.ForeignKey(CashOffice, models.CASCADE, related_name="alerts", verbose_name=_("régie"))
    payment = models.ForeignKey(
        Payment, models.CASCADE, null=True, blank=True, related_name="alerts", verbose_name=_("paiement")
    )
    kind = models.CharField(_("nature"), max_length=20, choices=AlertKind.choices)
    code = models.CharField(_("code"), max_length=40, blank=True)
    raised_at = models.DateTimeField(_("signalé le"))
    seen_at = models.DateTimeField(_("vu le"), null=True, blank=True)
    seen_by = models.ForeignKey(
        StaffMember, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("vu par")
    )

    class Meta:
        verbose_name = _("alerte")
        verbose_name_plural = _("alertes")
        ordering = ("raised_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "kind", "code"],
                condition=Q(seen_at__isnull=True),
                name="one_open_alert_of_a_kind_per_payment",
                violation_error_message=_("Cette alerte est déjà signalée."),
            )
        ]

    def __str__(self) -> str:
        return str(AlertKind(self.kind).label)


class AccountsCheck(models.Model):
    """What the nightly look at the accounts found."""

    checked_at = models.DateTimeField(_("vérifié le"))
    faults = models.PositiveIntegerField(_("défauts"))
    first_faults = models.TextField(_("premiers défauts"), blank=True)

    class Meta:
        verbose_name = _("vérification des comptes")
        verbose_name_plural = _("vérifications des comptes")
        ordering = ("checked_at", "id")

    def __str__(self) -> str:
        return f"{self.checked_at:%Y-%m-%d} {self.faults}"
