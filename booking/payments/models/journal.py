"""The journal of each office, its receipts and the closings of its cashiers: written once, never changed."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.payments.enums import EntryKind, Means
from booking.payments.models.charges import AccountItem, Charge
from booking.payments.models.credits import CreditNote, RefundFile
from booking.payments.models.offices import CashOffice
from booking.payments.models.payments import Payment
from booking.residents.models import Household
from municipalities.models import StaffMember


class Receipt(models.Model):
    """One settling of a charge, or of a surplus: its entries in the journal say by which means. Never changed.

    `by` is the cashier who took it; none online. `payment` is the attempt that brought the money, none at a counter.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    office = models.ForeignKey(CashOffice, models.PROTECT, related_name="receipts", verbose_name=_("régie"))
    number = models.PositiveIntegerField(_("numéro"))
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="receipts", verbose_name=_("montant dû"))
    payment = models.OneToOneField(
        Payment, models.PROTECT, null=True, blank=True, related_name="receipt", verbose_name=_("paiement en ligne")
    )
    # Money that settled nothing: a credit note was given for it.
    is_surplus = models.BooleanField(_("reçu en trop"), default=False)
    issued_at = models.DateTimeField(_("émis le"))
    by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("encaissé par")
    )

    class Meta:
        verbose_name = _("reçu")
        verbose_name_plural = _("reçus")
        ordering = ("office", "number")
        constraints = [
            models.UniqueConstraint(
                fields=["office", "number"],
                name="one_receipt_of_a_number_per_office",
                violation_error_message=_("Ce numéro de reçu est déjà pris."),
            )
        ]

    def __str__(self) -> str:
        return str(self.number)


class ReceiptPart(models.Model):
    """How much came by one means: several stand on one receipt. Never changed."""

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="parts", verbose_name=_("reçu"))
    means = models.CharField(_("moyen"), max_length=14, choices=Means.choices)
    cents = models.PositiveIntegerField(_("montant en centimes"))

    class Meta:
        verbose_name = _("part d’un reçu")
        verbose_name_plural = _("parts d’un reçu")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["receipt", "means"],
                name="one_part_per_means_of_a_receipt",
                violation_error_message=_("Ce moyen de paiement figure deux fois sur le reçu."),
            ),
            models.CheckConstraint(
                name="part_of_a_receipt_is_of_something",
                condition=Q(cents__gt=0),
                violation_error_message=_("Chaque moyen de paiement porte sur un montant."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.receipt_id} {self.means}"


class JournalEntry(models.Model):
    """One line of an office's journal. The database refuses to change or delete it; what was wrong is reversed.

    `cents` are positive where money or a credit came in, negative where it went. Names stand nowhere: the household
    leads to them for as long as they are kept, and the receipt's number for ever.
    """

    office = models.ForeignKey(CashOffice, models.PROTECT, related_name="entries", verbose_name=_("régie"))
    number = models.PositiveIntegerField(_("numéro"))
    kind = models.CharField(_("nature"), max_length=12, choices=EntryKind.choices)
    at = models.DateTimeField(_("le"))
    day = models.DateField(_("jour"))
    receipt = models.ForeignKey(
        Receipt, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name=_("reçu")
    )
    note = models.ForeignKey(
        CreditNote, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name=_("avoir")
    )
    refund = models.ForeignKey(
        RefundFile, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name=_("remboursement")
    )
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversal", verbose_name=_("contre-passe")
    )
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="entries", verbose_name=_("montant dû"))
    household = models.ForeignKey(Household, models.PROTECT, related_name="+", verbose_name=_("famille"))
    service = models.CharField(_("service"), max_length=40)
    tariff_code = models.CharField(_("code de tarif"), max_length=40)
    account = models.CharField(_("compte"), max_length=12)
    vat_rate = models.PositiveSmallIntegerField(_("TVA en centièmes de pour cent"))
    means = models.CharField(_("moyen"), max_length=14, choices=Means.choices)
    numauto = models.CharField(_("numéro d’autorisation"), max_length=16, blank=True)
    refdet = models.CharField(_("référence"), max_length=20, blank=True)
    cents = models.IntegerField(_("montant en centimes"))
    by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("saisi par")
    )

    class Meta:
        verbose_name = _("écriture")
        verbose_name_plural = _("journal")
        ordering = ("office", "number")
        constraints = [
            models.UniqueConstraint(
                fields=["office", "number"],
                name="one_journal_entry_of_a_number_per_office",
                violation_error_message=_("Ce numéro d’écriture est déjà pris."),
            ),
            models.CheckConstraint(
                name="journal_entry_is_of_something_and_is_what_its_kind_says",
                condition=Q(kind=EntryKind.COLLECTION, cents__gt=0, receipt__isnull=False, reverses__isnull=True)
                | Q(kind=EntryKind.CREDIT_NOTE, cents__lt=0, note__isnull=False, reverses__isnull=True)
                | (Q(kind=EntryKind.REFUND, refund__isnull=False, reverses__isnull=True) & ~Q(cents=0))
                | (Q(kind=EntryKind.REVERSAL, reverses__isnull=False) & ~Q(cents=0)),
                violation_error_message=_("Cette écriture ne correspond pas à sa nature."),
            ),
        ]
        indexes = [
            models.Index(fields=["office", "day"], name="journal_of_a_day"),
            models.Index(fields=["office", "by", "number"], name="journal_of_a_cashier"),
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def item(self) -> AccountItem:
        return AccountItem(self.service, self.tariff_code, self.account, self.vat_rate)


class CashierClosing(models.Model):
    """A cashier's end of the day: what lay in the drawer against what the journal says. Never changed.

    It covers what this cashier entered up to `up_to` and after their closing before.
    """

    office = models.ForeignKey(CashOffice, models.PROTECT, related_name="closings", verbose_name=_("régie"))
    cashier = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("caissier"))
    closed_at = models.DateTimeField(_("clôturé le"))
    after = models.PositiveIntegerField(_("après l’écriture"))
    up_to = models.PositiveIntegerField(_("jusqu’à l’écriture"))

    class Meta:
        verbose_name = _("clôture de caisse")
        verbose_name_plural = _("clôtures de caisse")
        ordering = ("closed_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["office", "cashier", "after"],
                name="one_closing_after_each_of_a_cashier",
                violation_error_message=_("Cette caisse vient d’être clôturée."),
            ),
            models.CheckConstraint(
                name="closing_covers_something",
                condition=Q(up_to__gt=F("after")),
                violation_error_message=_("Rien n’a été encaissé depuis la dernière clôture."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.office_id} {self.closed_at:%Y-%m-%d}"


class ClosingLine(models.Model):
    """One means of payment of a closing, in whole cents."""

    closing = models.ForeignKey(CashierClosing, models.PROTECT, related_name="lines", verbose_name=_("clôture"))
    means = models.CharField(_("moyen"), max_length=14, choices=Means.choices)
    expected = models.IntegerField(_("selon le journal"))
    counted = models.IntegerField(_("compté"))

    class Meta:
        verbose_name = _("ligne de clôture")
        verbose_name_plural = _("lignes de clôture")
        ordering = ("closing", "means")
        constraints = [
            models.UniqueConstraint(
                fields=["closing", "means"],
                name="one_line_per_means_of_a_closing",
                violation_error_message=_("Ce moyen est compté deux fois."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.closing_id} {self.means}"

    @property
    def difference(self) -> int:
        return self.counted - self.expected
