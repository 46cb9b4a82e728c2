"""What is owed, line by line, in whole cents and frozen from the moment it is asked."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.payments.enums import SOLD, ChargeState
from booking.payments.models.offices import CashOffice
from booking.residents.models import Household
from municipalities.languages import TranslatedField


class AccountItem(NamedTuple):
    """What the journal tells apart: the service, its tariff, the account, the VAT in hundredths of a per cent."""

    service: str
    tariff_code: str
    account: str
    vat_rate: int


class ChargeQuerySet(models.QuerySet["Charge"]):
    def of_household(self, household: Household) -> Self:
        return self.filter(household=household)

    def sold(self) -> Self:
        return self.filter(state__in=SOLD)


class Charge(models.Model):
    """What a household owes for one subject of a service: a basket of activities, a single place.

    `subject_type` names the service's door (`booking/payments/door.py`). `expires_at` is when it is let go unpaid, at
    the earliest; nothing is let go while it is PAYING. `settled_at` stays once its service was told.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    office = models.ForeignKey(CashOffice, models.PROTECT, related_name="charges", verbose_name=_("régie"))
    household = models.ForeignKey(Household, models.PROTECT, related_name="charges", verbose_name=_("famille"))
    subject_type = models.CharField(_("objet"), max_length=40)
    subject_id = models.UUIDField(_("identifiant de l’objet"))
    cents = models.PositiveIntegerField(_("montant en centimes"))
    state = models.CharField(_("état"), max_length=10, choices=ChargeState.choices, default=ChargeState.OPEN)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    created_at = models.DateTimeField(_("créé le"))
    expires_at = models.DateTimeField(_("retenu jusqu’à"), null=True, blank=True)
    settled_at = models.DateTimeField(_("réglé le"), null=True, blank=True)

    objects = ChargeQuerySet.as_manager()

    class Meta:
        verbose_name = _("montant dû")
        verbose_name_plural = _("montants dus")
        ordering = ("created_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id"],
                condition=~Q(state=ChargeState.RELEASED),
                name="one_charge_per_subject_that_is_not_released",
                violation_error_message=_("Ce montant est déjà demandé."),
            ),
            models.CheckConstraint(
                name="charge_that_was_settled_says_when",
                condition=Q(state__in=SOLD, settled_at__isnull=False)
                | Q(state__in=[ChargeState.OPEN, ChargeState.RELEASED], settled_at__isnull=True)
                | Q(state=ChargeState.PAYING),
                violation_error_message=_("Un montant réglé porte la date de son règlement, et lui seul."),
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state=ChargeState.OPEN), name="charge_to_let_go"),
            models.Index(fields=["office", "state"], name="charge_of_office"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def items(self) -> list[tuple[AccountItem, int]]:
        """What its lines add up to by what the journal tells apart, in their order. None is negative."""
        return net(list(self.lines.order_by("position")))


class ChargeLine(models.Model):
    """One line, never changed; only whom it is about is forgotten in time. A reduction is a line below nought.

    It is said in every language when it is made, so that each reader has theirs and nobody asks the seller again.
    """

    charge = models.ForeignKey(Charge, models.PROTECT, related_name="lines", verbose_name=_("montant dû"))
    position = models.PositiveSmallIntegerField(_("rang"))
    label = TranslatedField(_("libellé"))
    about = models.CharField(_("pour"), max_length=120, blank=True)
    service = models.CharField(_("service"), max_length=40)
    tariff_code = models.CharField(_("code de tarif"), max_length=40)
    account = models.CharField(_("compte"), max_length=12)
    vat_rate = models.PositiveSmallIntegerField(_("TVA en centièmes de pour cent"), default=0)
    cents = models.IntegerField(_("montant en centimes"))

    class Meta:
        verbose_name = _("ligne")
        verbose_name_plural = _("lignes")
        ordering = ("charge", "position")
        constraints = [
            models.UniqueConstraint(
                fields=["charge", "position"],
                name="one_line_per_place_in_a_charge",
                violation_error_message=_("Deux lignes ont le même rang."),
            )
        ]

    def __str__(self) -> str:
        return str(self.label)

    @property
    def item(self) -> AccountItem:
        return AccountItem(self.service, self.tariff_code, self.account, self.vat_rate)


def net(lines: Sequence[ChargeLine]) -> list[tuple[AccountItem, int]]:
    sums: dict[AccountItem, int] = {}
    for line in lines:
        sums[line.item] = sums.get(line.item, 0) + line.cents
    return list(sums.items())
