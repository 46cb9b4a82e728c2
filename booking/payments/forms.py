from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from booking.payments.enums import COUNTER_MEANS, ONLINE_MEANS, Means
from booking.payments.exceptions import WrongIban
from booking.payments.models.offices import NUMCLI
from booking.payments.refunds import clean_iban
from municipalities.models import Operator, StaffMember


class RefundForm(forms.Form):
    """Where money goes back to. The IBAN is looked at here, so that a slip of a digit is said beside it."""

    holder = forms.CharField(label=_("Titulaire du compte"), max_length=120, strip=True)
    iban = forms.CharField(
        label=_("IBAN"),
        max_length=60,
        strip=True,
        help_text=_(
            "Il commence par deux lettres et figure sur votre relevé. Il est effacé dès que l’argent est versé."
        ),
    )

    def clean_iban(self) -> str:
        try:
            return clean_iban(self.cleaned_data["iban"])
        except WrongIban as refusal:
            raise forms.ValidationError(str(refusal)) from None


class PeriodForm(forms.Form):
    """Days of a journal; without them, or with ones that cannot be, this month until today."""

    first = forms.DateField(label=_("Du"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    last = forms.DateField(label=_("Au"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def days(self) -> tuple[date, date]:
        today = timezone.localdate()
        given = self.cleaned_data if self.is_bound and self.is_valid() else {}
        last = given.get("last") or today
        return given.get("first") or last - timedelta(days=last.day - 1), last


class ClosingForm(forms.Form):
    """What lies in the drawer, in euros, by means."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for means in COUNTER_MEANS:
            self.fields[means.value] = forms.DecimalField(
                label=means.label, min_value=Decimal(0), max_digits=9, decimal_places=2, localize=True, initial=0
            )

    def counted(self) -> dict[Means, int]:
        return {means: int(self.cleaned_data[means.value] * 100) for means in COUNTER_MEANS}


class BouncedForm(forms.Form):
    number = forms.IntegerField(label=_("Numéro du reçu"), min_value=1, max_value=2**31 - 1)


class DecisionForm(forms.Form):
    """What came of a payment that PayFiP confirms otherwise, in euros, and why one thinks so."""

    received = forms.DecimalField(
        label=_("Montant reçu, en euros"),
        min_value=Decimal(0),
        max_value=Decimal(100_000),
        decimal_places=2,
        localize=True,
    )
    means = forms.ChoiceField(label=_("Moyen"), choices=[(means.value, means.label) for means in ONLINE_MEANS])
    reason = forms.CharField(
        label=pgettext_lazy("pourquoi", "Motif"),
        max_length=200,
        strip=True,
        help_text=_("Ce qui le prouve : relevé, date, référence. Pas de nom."),
    )

    def decision(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "received": int(given["received"] * 100),
            "means": Means(given["means"]),
            "reason": given["reason"],
        }


class NewOfficeForm(forms.Form):
    operator = forms.ModelChoiceField(Operator.objects.none(), label=_("Gestionnaire"))
    name = forms.CharField(label=_("Nom de la régie"), max_length=80, strip=True)
    numcli = forms.CharField(
        label=_("Numéro de client PayFiP"),
        required=False,
        max_length=6,
        validators=[NUMCLI],
        help_text=_("Six chiffres donnés par la DGFiP. Sans lui, on paie au guichet seulement."),
    )

    def __init__(self, *args: Any, operators: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["operator"].queryset = operators  # type: ignore[attr-defined]


class OfficeForm(forms.Form):
    name = forms.CharField(label=_("Nom de la régie"), max_length=80, strip=True)
    numcli = forms.CharField(
        label=_("Numéro de client PayFiP"),
        required=False,
        max_length=6,
        validators=[NUMCLI],
        help_text=_("Six chiffres donnés par la DGFiP. Sans lui, on paie au guichet seulement."),
    )
    credit_days = forms.IntegerField(label=_("Jours de validité d’un avoir"), min_value=1, max_value=3660)
    is_active = forms.BooleanField(label=_("En service"), required=False)
    people = forms.ModelMultipleChoiceField(
        StaffMember.objects.none(),
        label=_("Caissiers et comptables de cette régie"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = people  # type: ignore[attr-defined]
