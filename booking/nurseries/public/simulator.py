"""« Mes points »: the questions of the grid in force, answered by anybody, reckoned and forgotten."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.nurseries.points.queries import Rules, own_town
from booking.nurseries.reckoning import Claimed, Criterion, Kind, Score, SetBy, score
from municipalities.directory import members
from municipalities.forms.fields import StaffFormLook

#: Stands for the one nursery that a criterion counts at.
THERE = "there"


class PointsForm(StaffFormLook, forms.Form):
    """One field for each criterion that a family answers itself."""

    commune = forms.ChoiceField(label=_("La commune où vous habitez"), required=False)

    def __init__(self, *args: Any, rules: Rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = [one for one in rules.criteria if one.set_by == SetBy.FAMILY]
        rows = {row.code: row for row in rules.grid.criteria.all()}
        for criterion in self.asked:
            self.fields[f"c_{criterion.code}"] = _field(criterion, rows[criterion.code])
        town = self.fields["commune"]
        assert isinstance(town, forms.ChoiceField)
        town.choices = [("", _("Une autre commune")), *((one.slug, one.name) for one in members().values())]

    def claims(self) -> Iterator[Claimed]:
        for criterion in self.asked:
            said = self.cleaned_data.get(f"c_{criterion.code}")
            value = str(int(said)) if isinstance(said, bool | int) else str(said or "")
            if value not in ("", "0"):
                yield Claimed(criterion.code, value, True, THERE if criterion.is_per_nursery else "")


def _field(criterion: Criterion, row: Any) -> forms.Field:
    if criterion.kind == Kind.CHOICE:
        options = [(one.code, str(one.label)) for one in row.options.all()]
        return forms.ChoiceField(
            label=str(row.label), required=False, choices=[("", _("Aucune de ces réponses")), *options]
        )
    if criterion.kind == Kind.COUNTED:
        widget = forms.NumberInput(attrs={"class": "govuk-input govuk-input--width-3", "inputmode": "numeric"})
        return forms.IntegerField(
            label=str(row.label), required=False, min_value=0, max_value=criterion.most, widget=widget
        )
    return forms.BooleanField(label=str(row.label), required=False)


def reckon(form: PointsForm, rules: Rules, day: date) -> Score:
    """As if all were proven; the points of a town stand for a nursery of the town where one lives."""
    home = members().get(form.cleaned_data["commune"])
    given = own_town(home.pk, {THERE: home.pk}, day) if home else {}
    return score(rules.criteria, form.claims(), given)
