"""What agents write of a request."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.nurseries.models import Nursery, NurseryApplication
from municipalities.forms.fields import StaffFormLook


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Ajouter une note"),
        max_length=1000,
        help_text=_("La famille la lit, avec votre nom et la date."),
        error_messages={
            "required": _("Écrivez la note."),
            "max_length": _("Cette note est trop longue : mille signes au plus."),
        },
        widget=forms.Textarea(attrs={"class": "govuk-textarea", "rows": 3}),
    )


class OwnPlaceForm(StaffFormLook, forms.Form):
    """Where a child has a place now, and under which number its operator counts it."""

    creche = forms.ModelChoiceField(label=_("Crèche"), queryset=Nursery.objects.none())
    numero = forms.CharField(
        label=_("Numéro chez le gestionnaire"), max_length=20, help_text=_("Celui de sa liste des enfants présents.")
    )

    def __init__(self, *args: Any, application: NurseryApplication, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["creche"]
        assert isinstance(field, forms.ModelChoiceField)
        mine = Nursery.objects.active().filter(authority=application.authority_id)
        field.queryset = mine.select_related("facility").order_by("facility__name")
