"""What operators type of half-days, and agents of who is admitted."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.nurseries.enums import Half, Section
from booking.nurseries.models import Nursery, NurseryApplication, OccasionalCare
from booking.nurseries.occasional.days import days_ahead
from booking.nurseries.occasional.words import say_half
from municipalities.forms.fields import StaffFormLook

#: A press opens so many places of a half-day at most.
MOST_AT_ONCE = 20


class OpeningForm(StaffFormLook, forms.Form):
    """Half-days of the next fortnight, a section, and how many places of each."""

    creneaux = forms.MultipleChoiceField(label=_("Demi-journées"), widget=forms.CheckboxSelectMultiple)
    section = forms.ChoiceField(label=_("Section"), choices=Section.choices)
    places = forms.IntegerField(
        label=_("Places dans chacune"),
        min_value=1,
        max_value=MOST_AT_ONCE,
        initial=1,
        widget=forms.NumberInput(attrs={"class": "govuk-input govuk-input--width-3", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["creneaux"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (f"{day.isoformat()}_{half}", say_half(day, half))
            for day in days_ahead(timezone.localdate())
            for half in Half.values
        ]
        field.error_messages["required"] = _("Cochez au moins une demi-journée.")

    def half_days(self) -> list[tuple[date, str]]:
        parts = (value.partition("_") for value in self.cleaned_data["creneaux"])
        return [(date.fromisoformat(day), half) for day, _dash, half in parts]


class HoursForm(StaffFormLook, forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = OccasionalCare
        fields = ("morning_from", "afternoon_from", "given_back_by")
        widgets = {
            name: forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "govuk-input govuk-input--width-10"})
            for name in fields
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        morning, afternoon = data.get("morning_from"), data.get("afternoon_from")
        if morning and afternoon and afternoon <= morning:
            self.add_error("afternoon_from", _("L’après-midi commence après le matin."))
        return data


class AdmissionForm(StaffFormLook, forms.Form):
    creche = forms.ModelChoiceField(label=_("Crèche"), queryset=Nursery.objects.none())

    def __init__(self, *args: Any, application: NurseryApplication, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["creche"]
        assert isinstance(field, forms.ModelChoiceField)
        mine = Nursery.objects.active().filter(authority=application.authority_id, accepts_occasional=True)
        field.queryset = mine.select_related("facility").order_by("facility__name")
