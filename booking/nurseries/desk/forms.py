"""What is typed at the desk."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from booking.nurseries.calendar_words import from_month, say_days
from booking.nurseries.models import DecisionKind, Round, RoundNursery
from booking.nurseries.models.rounds import PLACING
from booking.nurseries.rounds.freezing import Owed
from municipalities.forms.fields import DayField, GivenFields, StaffFormLook


class RoundForm(StaffFormLook, GivenFields, forms.ModelForm):  # type: ignore[type-arg]
    given_fields = frozenset({"operator", "state"})
    closes_on = DayField(label=_("Dossiers complets jusqu’au"))
    meets_on = DayField(label=_("Réunion le"))
    first_month = DayField(
        label=_("Premier mois attribué"), help_text=_("Le premier jour de ce mois, par exemple 1/9/2027.")
    )

    class Meta:
        model = Round
        fields = ("name", "closes_on", "meets_on", "first_month", "month_count")


class GuaranteedForm(StaffFormLook, forms.Form):
    """Guaranteed places that are missing where an operator counts them over its nurseries, spread as the chair says."""

    def __init__(self, *args: Any, owed: Sequence[Owed], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spread = {f"garanties-{one.nursery.pk}": one.nursery.pk for one in owed if one.is_spread}
        for one in owed:
            if one.is_spread:
                self.fields[f"garanties-{one.nursery.pk}"] = forms.IntegerField(
                    label=str(one.nursery), min_value=0, max_value=200, initial=one.missing, required=False
                )

    def said(self) -> dict[int, int]:
        """By nursery (id); what was left empty is as proposed."""
        typed = {pk: self.cleaned_data[name] for name, pk in self.spread.items()}
        return {pk: number for pk, number in typed.items() if number is not None}


class MembersForm(StaffFormLook, forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Round
        fields = ("members",)
        widgets = {"members": forms.Textarea(attrs={"rows": 5, "class": "govuk-textarea"})}


class DecisionForm(StaffFormLook, forms.Form):
    """A decision before its reason: what to try. Choices are those of one child in one round."""

    quoi = forms.ChoiceField(label=_("Décision"), choices=DecisionKind.choices)
    creche = forms.ChoiceField(label=_("Crèche"), required=False)
    mois = forms.ChoiceField(label=_("À partir de"), required=False)
    jours = forms.ChoiceField(label=_("Jours"), required=False)

    def __init__(
        self, *args: Any, request: dict[str, Any], nurseries: list[RoundNursery], months: list[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        wished = [row for name in request["wishes"] for row in nurseries if row.name == name]
        others = [row for row in nurseries if row not in wished]
        self.nurseries = {str(row.pk): row for row in [*wished, *others]}
        sets = [days for group in request["days"] for days in group]
        self.fields["creche"].choices = [(key, row.name) for key, row in self.nurseries.items()]  # type: ignore[attr-defined]
        starts = [*request["starts"], *(month for month in months if month not in request["starts"])]
        self.fields["mois"].choices = [(month, from_month(month)) for month in starts]  # type: ignore[attr-defined]
        self.fields["jours"].choices = [(" ".join(days), say_days(days)) for days in sets]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind = str(data.get("quoi", ""))
        needed: dict[str, tuple[str, ...]] = {
            DecisionKind.PLACE: ("creche", "mois", "jours"),
            DecisionKind.EXCLUDE: ("creche",),
        }
        for name in needed.get(kind, ()):
            if not data.get(name) and name not in self.errors:
                self.add_error(name, _("Ce champ est nécessaire."))
        return data

    @property
    def gives(self) -> bool:
        return self.cleaned_data["quoi"] in PLACING

    @property
    def nursery(self) -> RoundNursery | None:
        """The one that is named, where the decision needs one."""
        if self.cleaned_data["quoi"] not in (DecisionKind.PLACE, DecisionKind.EXCLUDE):
            return None
        return self.nurseries[self.cleaned_data["creche"]]

    @property
    def half_days(self) -> list[str]:
        return self.cleaned_data["jours"].split() if self.cleaned_data["quoi"] == DecisionKind.PLACE else []


class ReasonForm(StaffFormLook, forms.Form):
    motif = forms.CharField(
        label=pgettext_lazy("pourquoi", "Motif"),
        max_length=200,
        help_text=_("La famille le lira, et le procès-verbal le reprend. Ne nommez personne."),
    )


class AsideForm(StaffFormLook, forms.Form):
    qualite = forms.CharField(
        label=_("En qualité de"), max_length=80, help_text=_("Votre fonction, que le procès-verbal reprend.")
    )


class VoteForm(StaffFormLook, forms.Form):
    pour = forms.IntegerField(label=_("Pour"), min_value=0, max_value=99)
    contre = forms.IntegerField(label=_("Contre"), min_value=0, max_value=99, initial=0)
    abstentions = forms.IntegerField(label=_("Abstentions"), min_value=0, max_value=99, initial=0)
