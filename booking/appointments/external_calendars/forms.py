"""A calendar kept elsewhere, as its manager enters it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from municipalities.forms.fields import StaffFormLook


class BusyCalendarForm(StaffFormLook, forms.Form):
    """A calendar kept elsewhere. Whether its address may be read is for the action to say."""

    name = forms.CharField(
        label=_("Nom, pour vous y retrouver"), max_length=80, help_text=_("Par exemple : Agenda de la salle 2.")
    )
    address = forms.CharField(
        label=_("Adresse ICS de l’agenda"),
        max_length=2000,
        help_text=_("Elle commence par https:// ou webcal:// et finit souvent par .ics."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
