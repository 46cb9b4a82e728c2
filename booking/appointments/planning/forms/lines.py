from django import forms
from django.utils.translation import gettext_lazy as _

from booking.appointments.enums import Situation
from booking.appointments.models import AppointmentType


class ForWhom(forms.Form):
    """For which types and in which situations a line holds that residents read: a document to bring, a fee."""

    types = forms.ModelMultipleChoiceField(
        label=_("Pour ces motifs"),
        queryset=AppointmentType.objects.filter(is_active=True),
        widget=forms.CheckboxSelectMultiple,
    )
    situations = forms.MultipleChoiceField(
        label=_("Seulement dans ces situations"),
        choices=Situation.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Rien de coché : dans toutes."),
    )
