"""What those who run nurseries type of their places, and those who publish the rules of dates and towns."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from booking.nurseries.calendar_words import say_half_day
from booking.nurseries.enums import HALF_DAYS, Section
from booking.nurseries.models import CommissionMeeting, HeldBack, Nursery, NurseryOpening, TownChildcare
from booking.nurseries.supply.children import MOST_BYTES
from municipalities.enums import OperatorKind
from municipalities.forms.fields import DayField, GivenFields, StaffFormLook, TranslatedFormField
from municipalities.forms.lists import ListForm
from municipalities.models import Facility, Operator


class MonthField(forms.DateField):
    """A month as browsers send it (2027-09) or as people write it (09/2027); cleaned to its first day."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget",
            forms.DateInput(format="%Y-%m", attrs={"type": "month", "class": "govuk-input govuk-input--width-10"}),
        )
        kwargs.setdefault("help_text", _("Par exemple 09/2027."))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values or isinstance(value, date):
            return super().to_python(value)
        text = str(value).strip()
        found = re.fullmatch(r"(?P<y>20\d\d)-(?P<m>\d{1,2})(-01)?", text) or re.fullmatch(
            r"(?P<m>\d{1,2})\s*[/. -]\s*(?P<y>20\d\d)", text
        )
        if found is None or not 1 <= int(found["m"]) <= 12:
            raise ValidationError(
                _("« %(text)s » n’est pas un mois. Un mois s’écrit mois/année, par exemple 09/2027."),
                params={"text": text[:40]},
            )
        return date(int(found["y"]), int(found["m"]), 1)


def _number(label: Any, *, most: int = 200, required: bool = False) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"class": "govuk-input govuk-input--width-3", "inputmode": "numeric"})
    return forms.IntegerField(label=label, min_value=0, max_value=most, required=required, widget=widget)


class _MonthsForm(GivenFields, StaffFormLook, forms.ModelForm):  # type: ignore[type-arg]
    given_fields = frozenset({"nursery"})

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("first_month"), data.get("last_month")
        if first and last and last < first:
            self.add_error("last_month", _("Le dernier mois doit suivre le premier."))
        return data


class OpeningForm(_MonthsForm):
    """A dated row: a number for each half-day, section and, where they are counted, adult."""

    class Meta:
        model = NurseryOpening
        fields = ("first_month", "last_month", "overshoot")
        field_classes = {"first_month": MonthField, "last_month": MonthField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        self.fields["last_month"].help_text = _("Vide : sans fin.")
        self.fields["overshoot"].help_text = _("100 : aucun. Au plus ce que prévoit le règlement de fonctionnement.")
        for day in HALF_DAYS:
            self.fields[f"a_{day}"] = _number(say_half_day(day).capitalize(), required=True)
            self.initial.setdefault(f"a_{day}", row.authorised.get(day, 0))
        for section in Section:
            self.fields[f"s_{section}"] = _number(section.label)
            self.initial.setdefault(f"s_{section}", row.sections.get(section))
        for day in HALF_DAYS:
            self.fields[f"n_{day}"] = _number(say_half_day(day).capitalize(), most=99)
            self.initial.setdefault(f"n_{day}", row.adults.get(day))
        for field in self.fields.values():
            field.error_messages["required"] = _("Ce champ est nécessaire.")

    def authorised(self) -> Iterator[BoundField]:
        return (self[f"a_{day}"] for day in HALF_DAYS)

    def sections(self) -> Iterator[BoundField]:
        return (self[f"s_{section}"] for section in Section)

    def adults(self) -> Iterator[BoundField]:
        return (self[f"n_{day}"] for day in HALF_DAYS)

    def row(self) -> NurseryOpening:
        """What is cleaned, as the row to save."""
        data = self.cleaned_data
        row: NurseryOpening = self.instance
        row.authorised = {day: data[f"a_{day}"] for day in HALF_DAYS}
        row.sections = {one.value: data[f"s_{one}"] for one in Section if data.get(f"s_{one}") is not None}
        row.adults = {day: data[f"n_{day}"] for day in HALF_DAYS if data.get(f"n_{day}") is not None}
        return row


class HeldBackForm(_MonthsForm):
    half_days = forms.MultipleChoiceField(
        label=_("Demi-journées"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Aucune case cochée : toute la semaine."),
    )

    class Meta:
        model = HeldBack
        fields = ("purpose", "places", "first_month", "last_month", "half_days")
        field_classes = {"first_month": MonthField, "last_month": MonthField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["half_days"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(day, say_half_day(day).capitalize()) for day in HALF_DAYS]


class NurseryForm(StaffFormLook, forms.ModelForm):  # type: ignore[type-arg]
    presentation = TranslatedFormField(label=_("Présentation"), long=True, required=False)

    class Meta:
        model = Nursery
        fields = (
            "authority",
            "presentation",
            "morning_hours",
            "afternoon_hours",
            "accepts_occasional",
            "waives_being_asked",
            "most_overshoot",
            "guaranteed_places",
            "guaranteed_counted_by",
        )
        localized_fields = ("morning_hours", "afternoon_hours")

    def __init__(self, *args: Any, facility: Facility, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        authority = self.fields["authority"]
        assert isinstance(authority, forms.ModelChoiceField)
        authority.queryset = Operator.objects.filter(
            Q(kind=OperatorKind.AGGLOMERATION) | Q(municipality=facility.municipality_id)
        )


class ChildrenForm(ListForm):
    most_bytes = MOST_BYTES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        file = self.fields["file"]
        file.label = _("Liste des enfants présents")
        file.help_text = _("CSV (UTF-8), XLSX ou ODS, 5 Mo au plus.")


class MeetingForm(GivenFields, StaffFormLook, forms.ModelForm):  # type: ignore[type-arg]
    given_fields = frozenset({"authority"})
    about = TranslatedFormField(label=_("Pour quelles entrées"), max_length=120)

    class Meta:
        model = CommissionMeeting
        fields = ("meets_on", "files_until", "about")
        field_classes = {"meets_on": DayField, "files_until": DayField}


class TownForm(GivenFields, StaffFormLook, forms.ModelForm):  # type: ignore[type-arg]
    given_fields = frozenset({"municipality"})
    relay_website = forms.URLField(label=_("Site du relais"), required=False, assume_scheme="https")

    class Meta:
        model = TownChildcare
        fields = ("childminders", "relay_name", "relay_address", "relay_phone", "relay_email", "relay_website")
