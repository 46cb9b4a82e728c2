"""Cash offices (*régies*): who collects, under which number of the Treasury, and who sits at their counters."""

from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from municipalities.enums import Role
from municipalities.models import Operator, StaffMember

NUMCLI = RegexValidator(r"^\d{6}\Z", _("Le numéro de client PayFiP a six chiffres."))


class CashOfficeQuerySet(models.QuerySet["CashOffice"]):
    def visible_to(self, staff: StaffMember) -> Self:
        """Offices whose journal and payments this person sees: those they manage or audit, and those they work for."""
        roles = staff.current_roles()
        if roles.territory_wide:
            return self
        managed = roles.operators_with(Role.MUNICIPALITY_MANAGER, Role.OPERATOR_MANAGER)
        return self.filter(Q(operator__in=managed) | self._works_for(staff, Role.CASHIER, Role.ACCOUNTANT)).distinct()

    def served_by(self, staff: StaffMember) -> Self:
        """Offices whose money this person takes."""
        return self._allowed(staff, Role.CASHIER)

    def accounted_by(self, staff: StaffMember) -> Self:
        """Offices whose accounts this person keeps."""
        return self._allowed(staff, Role.ACCOUNTANT)

    def worked_for_by(self, staff: StaffMember) -> Self:
        """Offices whose money this person takes, or whose accounts they keep."""
        if staff.current_roles().has_territory(Role.TERRITORY_MANAGER):
            return self
        return self.filter(self._works_for(staff, Role.CASHIER, Role.ACCOUNTANT)).distinct()

    def governed_by(self, staff: StaffMember) -> Self:
        """Offices whose name, number and people this person sets."""
        roles = staff.current_roles()
        if roles.has_territory(Role.TERRITORY_MANAGER):
            return self
        return self.filter(operator__in=roles.operators_with(Role.MUNICIPALITY_MANAGER, Role.OPERATOR_MANAGER))

    def _allowed(self, staff: StaffMember, role: Role) -> Self:
        if staff.current_roles().has_territory(Role.TERRITORY_MANAGER):
            return self
        return self.filter(self._works_for(staff, role)).distinct()

    @staticmethod
    def _works_for(staff: StaffMember, *roles: Role) -> Q:
        return Q(operator__in=staff.current_roles().operators_with(*roles), people__staff=staff)


class CashOffice(models.Model):
    """A *régie*: it belongs to an operator and may collect for one pool or several.

    Without a `numcli` its charges are paid at the counter only.
    """

    operator = models.ForeignKey(Operator, models.PROTECT, related_name="cash_offices", verbose_name=_("gestionnaire"))
    name = models.CharField(_("nom"), max_length=80)
    numcli = models.CharField(_("numéro de client PayFiP"), max_length=6, blank=True, validators=[NUMCLI])
    credit_days = models.PositiveSmallIntegerField(_("jours de validité d’un avoir"), default=365)
    is_active = models.BooleanField(_("en service"), default=True)
    has_invented_data = models.BooleanField(_("comporte des données fictives"), default=False)

    objects = CashOfficeQuerySet.as_manager()

    class Meta:
        verbose_name = _("régie")
        verbose_name_plural = _("régies")
        ordering = ("name", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "name"],
                name="one_cash_office_of_a_name_per_operator",
                violation_error_message=_("Une régie de ce nom existe déjà."),
            ),
            models.CheckConstraint(
                name="number_of_a_cash_office_has_six_digits",
                condition=models.Q(numcli="") | models.Q(numcli__regex=r"^\d{6}$"),
                violation_error_message=_("Le numéro de client PayFiP a six chiffres."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OfficeCounter(models.Model):
    """The last numbers an office has given. Raised inside the transaction that writes: a sequence would leave holes."""

    office = models.OneToOneField(CashOffice, models.PROTECT, primary_key=True, related_name="counter")
    entries = models.PositiveIntegerField(default=0)
    receipts = models.PositiveIntegerField(default=0)
    credit_notes = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("compteur de régie")
        verbose_name_plural = _("compteurs de régie")

    def __str__(self) -> str:
        return f"{self.office_id}"


class OfficePerson(models.Model):
    """Which of their operator's cash offices a cashier or an accountant works for; the role itself is a `StaffRole`."""

    office = models.ForeignKey(CashOffice, models.CASCADE, related_name="people", verbose_name=_("régie"))
    staff = models.ForeignKey(StaffMember, models.CASCADE, related_name="cash_offices", verbose_name=_("agent"))

    class Meta:
        verbose_name = _("personne d’une régie")
        verbose_name_plural = _("personnes d’une régie")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["office", "staff"],
                name="one_row_per_person_and_cash_office",
                violation_error_message=_("Cette personne travaille déjà pour cette régie."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.office_id} / {self.staff_id}"
