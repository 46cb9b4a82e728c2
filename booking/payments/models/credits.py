"""Credit notes (*avoirs*), what they were used for, and the files of money that goes back."""

import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from booking.payments.enums import CreditReason, RefundState
from booking.payments.models.charges import Charge
from booking.payments.models.offices import CashOffice
from booking.payments.models.payments import Payment
from booking.residents.models import Household
from municipalities.models import StaffMember


class CreditNoteQuerySet(models.QuerySet["CreditNote"]):
    def of_household(self, household: Household) -> Self:
        return self.filter(household=household)


class CreditNote(models.Model):
    """What the office owes a household, used first and until `expires_on` included. `left` is not spoken for yet."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    office = models.ForeignKey(CashOffice, models.PROTECT, related_name="credit_notes", verbose_name=_("régie"))
    household = models.ForeignKey(Household, models.PROTECT, related_name="credit_notes", verbose_name=_("famille"))
    number = models.PositiveIntegerField(_("numéro"))
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="credit_notes", verbose_name=_("montant dû"))
    #: The payment that came for nothing, where it is that which is given back.
    payment = models.OneToOneField(
        Payment, models.PROTECT, null=True, blank=True, related_name="credit_note", verbose_name=_("paiement")
    )
    reason = models.CharField(pgettext_lazy("pourquoi", "motif"), max_length=20, choices=CreditReason.choices)
    cents = models.PositiveIntegerField(_("montant en centimes"))
    left = models.PositiveIntegerField(_("reste en centimes"))
    issued_at = models.DateTimeField(_("accordé le"))
    expires_on = models.DateField(_("valable jusqu’au"))
    issued_by = models.ForeignKey(
        StaffMember, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("accordé par")
    )

    objects = CreditNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("avoir")
        verbose_name_plural = _("avoirs")
        ordering = ("expires_on", "number")
        constraints = [
            models.UniqueConstraint(
                fields=["office", "number"],
                name="one_credit_note_of_a_number_per_office",
                violation_error_message=_("Ce numéro d’avoir est déjà pris."),
            ),
            models.CheckConstraint(
                name="credit_note_is_never_overdrawn",
                condition=Q(left__gte=0, left__lte=F("cents"), cents__gt=0),
                violation_error_message=_("Un avoir ne se dépense pas au-delà de son montant."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class CreditUse(models.Model):
    """So much of a note is kept for a charge; `consumed_at` once the charge was settled with it."""

    note = models.ForeignKey(CreditNote, models.PROTECT, related_name="uses", verbose_name=_("avoir"))
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="credit_uses", verbose_name=_("montant dû"))
    cents = models.PositiveIntegerField(_("montant en centimes"))
    consumed_at = models.DateTimeField(_("utilisé le"), null=True, blank=True)

    class Meta:
        verbose_name = _("emploi d’un avoir")
        verbose_name_plural = _("emplois d’un avoir")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["note", "charge"],
                condition=Q(consumed_at__isnull=True),
                name="one_use_of_a_note_kept_per_charge",
                violation_error_message=_("Cet avoir est déjà employé pour ce montant."),
            ),
            models.CheckConstraint(
                name="use_of_a_credit_note_is_of_something",
                condition=Q(cents__gt=0),
                violation_error_message=_("L’emploi d’un avoir porte sur un montant."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.note_id} / {self.charge_id}"


class RefundFileQuerySet(models.QuerySet["RefundFile"]):
    def to_do(self) -> Self:
        return self.filter(state=RefundState.ASKED)


class RefundFile(models.Model):
    """A credit note that the household would rather have back. A revenue-only office cannot pay: the accountant does.

    The IBAN is encrypted, shown to the accountant alone and erased once the file is done.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    note = models.ForeignKey(CreditNote, models.PROTECT, related_name="refunds", verbose_name=_("avoir"))
    cents = models.PositiveIntegerField(_("montant en centimes"))
    state = models.CharField(_("état"), max_length=10, choices=RefundState.choices, default=RefundState.ASKED)
    holder = models.CharField(_("titulaire du compte"), max_length=120, blank=True)
    iban = models.BinaryField(_("IBAN chiffré"), null=True, blank=True, max_length=400)
    asked_at = models.DateTimeField(_("demandé le"))
    done_at = models.DateTimeField(_("traité le"), null=True, blank=True)
    done_by = models.ForeignKey(
        StaffMember, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("traité par")
    )

    objects = RefundFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("dossier de remboursement")
        verbose_name_plural = _("dossiers de remboursement")
        ordering = ("asked_at", "id")
        constraints = [
            models.CheckConstraint(
                name="refund_file_that_is_done_keeps_no_account",
                condition=Q(state=RefundState.ASKED, iban__isnull=False, done_at__isnull=True)
                | (~Q(state=RefundState.ASKED) & Q(iban__isnull=True, holder="", done_at__isnull=False)),
                violation_error_message=_("Un dossier traité ne garde ni IBAN ni titulaire."),
            ),
            models.CheckConstraint(
                name="refund_is_of_something",
                condition=Q(cents__gt=0),
                violation_error_message=_("Un remboursement porte sur un montant."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
