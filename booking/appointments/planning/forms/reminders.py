from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from municipalities import rules
from municipalities.forms.fields import HourField, StaffFormLook
from municipalities.models import Facility, StaffMember
from notifications.models import MAX_REMINDER_DAYS, ReminderPolicy


class ReminderForm(StaffFormLook, forms.ModelForm):  # type: ignore[type-arg]
    facility = forms.ModelChoiceField(
        label=_("Établissement"), queryset=Facility.objects.none(), required=False, empty_label=_("tous")
    )
    mail_days = forms.TypedMultipleChoiceField(
        label=_("Rappels par courriel, jours avant"),
        choices=[(str(day), str(day)) for day in range(1, MAX_REMINDER_DAYS + 1)],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Quatre au plus. Aucun coché : pas de rappel par courriel."),
    )
    mail_time = HourField(label=_("Heure des courriels"))
    sms_days = forms.IntegerField(label=_("Rappel par SMS, jours avant"), min_value=1, max_value=MAX_REMINDER_DAYS)
    sms_time = HourField(label=_("Heure des SMS"))

    class Meta:
        model = ReminderPolicy
        fields = ("facility", "mail_days", "mail_time", "sms_is_on", "sms_days", "sms_time")

    def __init__(self, *args: Any, by: StaffMember, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        facility = self.fields["facility"]
        assert isinstance(facility, forms.ModelChoiceField)
        facility.queryset = Facility.objects.governed_by(by)
        if not rules.manages_territory(by):
            facility.required = True
            facility.empty_label = "—"

    def clean_mail_days(self) -> list[int]:
        days = sorted(self.cleaned_data["mail_days"], reverse=True)
        if len(days) > 4:
            raise forms.ValidationError(_("Quatre rappels au plus."))
        return days
