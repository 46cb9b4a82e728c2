"""What can be booked in the territory, and what may be due for it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.appointments.models import AppointmentType, Fee
from booking.appointments.planning.forms.lines import ForWhom
from municipalities.forms.fields import GivenFields, StaffFormLook, TranslatedFormField

#: As the database has it.
MOST_EUROS = 1000


class TypeForm(StaffFormLook, forms.ModelForm):  # type: ignore[type-arg]
    name = TranslatedFormField(label=_("Nom"), max_length=120)
    description = TranslatedFormField(label=_("Explication"), long=True, required=False)

    class Meta:
        model = AppointmentType
        fields = ("code", "name", "description", "kind", "needs_number", "max_people", "position", "is_active")
        help_texts = {
            "code": _("Dans les adresses des pages ; il ne change plus ensuite."),
            "position": _("Les petits nombres en premier."),
            "is_active": _("Décoché, plus personne ne peut le prendre ; les rendez-vous pris restent."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["code"]


class FeeForm(StaffFormLook, GivenFields, ForWhom, forms.ModelForm):  # type: ignore[type-arg]
    given_fields = frozenset({"cents"})
    label = TranslatedFormField(label=_("Libellé"), max_length=200)
    euros = forms.DecimalField(label=_("Montant (euros)"), min_value=0, max_value=MOST_EUROS, decimal_places=2)

    class Meta:
        model = Fee
        fields = ("code", "label", "types", "situations", "ages", "position")
        help_texts = {"position": _("Les petits nombres en premier.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["code"]
            self.initial["types"] = list(self.instance.types.all())
            self.initial["euros"] = self.instance.euros

    def clean_euros(self) -> Decimal:
        euros: Decimal = self.cleaned_data["euros"]
        self.instance.cents = int(euros * 100)
        return euros
