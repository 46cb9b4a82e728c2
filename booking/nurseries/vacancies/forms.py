"""What is typed of a vote that lets small rounds run by themselves."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.nurseries.models import VacancyVote
from booking.nurseries.models.vacancies import LONGEST_DAYS
from municipalities.forms.fields import DayField, GivenFields, StaffFormLook


class VoteForm(StaffFormLook, GivenFields, forms.ModelForm):  # type: ignore[type-arg]
    given_fields = frozenset({"operator", "noted_by"})
    voted_on = DayField(label=_("Voté le"))
    valid_until = DayField(label=_("Vaut jusqu’au"), help_text=_("Un an au plus après le vote."))

    class Meta:
        model = VacancyVote
        fields = ("voted_on", "valid_until", "most_places", "members", "votes_for", "votes_against", "abstained")
        widgets = {"members": forms.Textarea(attrs={"rows": 5, "class": "govuk-textarea"})}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        voted, until = data.get("voted_on"), data.get("valid_until")
        if voted and voted > timezone.localdate():
            self.add_error("voted_on", _("Ce jour est à venir : un vote se note une fois qu’il a eu lieu."))
        if voted and until and not voted <= until <= voted + timedelta(days=LONGEST_DAYS):
            self.add_error("valid_until", _("Un vote vaut du jour où il a lieu à un an après, au plus."))
        votes_for, against = data.get("votes_for"), data.get("votes_against")
        if votes_for is not None and against is not None and votes_for <= against:
            self.add_error("votes_for", _("Une proposition est votée quand il y a plus de voix pour que contre."))
        return data
