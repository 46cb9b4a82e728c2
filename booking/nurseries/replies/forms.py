"""What an operator reports of a child it admitted."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from booking.nurseries.calendar_words import say_half_day
from booking.nurseries.enums import HALF_DAYS, Section
from booking.nurseries.supply.child_cells import number_in
from municipalities.forms.fields import DayField, StaffFormLook


class WeekForm(StaffFormLook, forms.Form):
    half_days = forms.MultipleChoiceField(label=_("Demi-journées"), widget=forms.CheckboxSelectMultiple)
    week_hours = forms.DecimalField(
        label=_("Heures par semaine"),
        max_digits=4,
        decimal_places=1,
        min_value=1,
        max_value=60,
        required=False,
        localize=True,
        help_text=_("Vide : celles des demi-journées."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["half_days"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(day, say_half_day(day).capitalize()) for day in HALF_DAYS]


class EntryForm(WeekForm):
    field_order = ("number", "entered_on", "half_days", "week_hours", "section", "is_guaranteed")
    number = forms.CharField(
        label=_("Numéro de l’enfant chez vous"),
        max_length=20,
        help_text=_("Celui de votre liste des enfants présents, sans nom."),
    )
    entered_on = DayField(label=_("Entré le"))
    section = forms.ChoiceField(
        label=_("Section"), choices=[("", _("D’après l’âge")), *Section.choices], required=False
    )
    is_guaranteed = forms.BooleanField(label=_("Sur une place garantie"), required=False)

    def clean_number(self) -> str:
        try:
            return number_in(self.cleaned_data["number"].strip())
        except ValueError as error:
            raise ValidationError(str(error)) from error


class ExitForm(StaffFormLook, forms.Form):
    left_on = DayField(label=_("Dernier jour"))
