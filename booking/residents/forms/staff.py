"""What agents note of families."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from booking.residents.enums import PaperKind, Status
from booking.residents.forms.contact import EmailField
from booking.residents.forms.fields import PersonNameField, PhoneField
from booking.residents.models.households import MOST_QUOTIENT, Member
from municipalities.forms.fields import DayField

INPUT = "govuk-input"
#: What a certificate is good for, unless the agent says otherwise.
USUALLY = timedelta(days=365)


def _day(label: Any) -> DayField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": f"{INPUT} govuk-input--width-10"})
    return DayField(label=label, widget=widget, error_messages={"required": _("Écrivez la date.")})


def in_a_year() -> date:
    return timezone.localdate() + USUALLY


class QuotientForm(forms.Form):
    value = forms.IntegerField(
        label=_("Quotient familial, en euros"),
        min_value=0,
        max_value=MOST_QUOTIENT,
        error_messages={
            "required": _("Écrivez le quotient de l’attestation."),
            "invalid": _("Écrivez un nombre entier d’euros, sans centimes."),
            "max_value": _("Ce quotient familial est trop élevé."),
            "min_value": _("Un quotient n’est jamais négatif."),
        },
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": f"{INPUT} govuk-input--width-5"}),
    )
    on = _day(_("Attestation du"))
    until = _day(_("Valable jusqu’au"))


class PaperForm(forms.Form):
    """A paper of the home, or of one member."""

    needed_sometimes = ("member", "status")
    kind = forms.ChoiceField(
        label=_("Pièce vue"),
        choices=PaperKind.choices,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
        error_messages={"required": _("Dites quelle pièce vous avez vue.")},
    )
    member = forms.ChoiceField(
        label=_("De qui"),
        required=False,
        help_text=_("Laissez vide pour un justificatif de domicile."),
        widget=forms.Select(attrs={"class": "govuk-select"}),
        error_messages={"invalid_choice": _("Cette personne n’est pas de la famille.")},
    )
    status = forms.ChoiceField(
        label=pgettext_lazy("d’une personne", "Situation"),
        required=False,
        choices=[("", _("Aucune")), *Status.choices],
        widget=forms.Select(attrs={"class": "govuk-select"}),
    )
    on = _day(_("Datée du"))
    until = _day(_("Valable jusqu’au"))

    def __init__(self, *args: Any, members: list[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_pk = {str(one.pk): one for one in members}
        choices = [("", _("Toute la famille")), *((pk, str(one)) for pk, one in self.by_pk.items())]
        self.fields["member"].choices = choices  # type: ignore[attr-defined]

    def noted(self) -> dict[str, Any]:
        data = self.cleaned_data
        named = {name: data[name] for name in ("kind", "status", "on", "until")}
        return named | {"member": self.by_pk.get(data["member"])}


class NewFamilyForm(forms.Form):
    """A caller's family: whoever gives a mailbox signs in with it later; a number is enough."""

    name = PersonNameField(
        label=_("Prénom et nom"),
        max_length=120,
        error_messages={"required": _("Écrivez le prénom et le nom."), "max_length": _("Ce nom est trop long.")},
        widget=forms.TextInput(attrs={"class": INPUT, "autocomplete": "off"}),
    )
    email = EmailField(
        label=_("Courriel"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": INPUT}),
    )
    phone = PhoneField(label=_("Téléphone"), required=False)
    needed_sometimes = ("email", "phone")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not data.get("email") and not data.get("phone"):
            self.add_error("email", _("Donnez un courriel ou un numéro : l’un des deux suffit."))
        return data
