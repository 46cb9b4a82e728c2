"""What agents write of a request."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.nurseries.models import AppealKind, AppealOutcome, ApplicationChild, Nursery, NurseryApplication
from booking.nurseries.models.appeals import MOST_WORDS
from municipalities.forms.fields import DayField, StaffFormLook


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
        field.queryset = mine.select_related("facility").order_by("facility__slug")


class NotedAppealForm(StaffFormLook, forms.Form):
    """An appeal that came otherwise than by the family's link."""

    child = forms.ChoiceField(label=_("Dossier"))
    kind = forms.ChoiceField(label=_("Nature"), choices=AppealKind.choices)
    made_on = DayField(label=_("Reçu le"))
    text = forms.CharField(
        label=_("Ce que dit la famille"),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 6, "class": "govuk-textarea"}),
    )

    def __init__(self, *args: Any, children: Sequence[ApplicationChild], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.children = {str(child.number): child for child in children}
        field = self.fields["child"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(number, _("n° %(number)s") % {"number": number}) for number in self.children]

    def clean_made_on(self) -> date:
        day: date = self.cleaned_data["made_on"]
        if day > timezone.localdate():
            raise ValidationError(_("Cette date est à venir."))
        return day

    def given(self) -> dict[str, Any]:
        """What `appeals.lodge` asks."""
        return {**self.cleaned_data, "child": self.children[self.cleaned_data["child"]]}


class AnswerForm(StaffFormLook, forms.Form):
    outcome = forms.ChoiceField(
        label=_("Suite"),
        choices=[
            (AppealOutcome.UPHELD, _("La décision est revue : le dossier est corrigé")),
            (AppealOutcome.REFUSED, _("La décision est maintenue")),
        ],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("Réponse à la famille"),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 6, "class": "govuk-textarea"}),
        help_text=_("Elle la lit telle quelle, avec les motifs et les voies de recours."),
    )
