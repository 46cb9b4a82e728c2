"""What agents write of a request."""

from django import forms
from django.utils.translation import gettext_lazy as _


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
