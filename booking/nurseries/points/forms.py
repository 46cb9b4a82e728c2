"""Grids, criteria and their options as staff type them."""

from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from booking.nurseries.models import Criterion, CriterionOption, PointsGrid, TownPoints
from municipalities.forms.fields import DayField, GivenFields, StaffFormLook, TranslatedFormField
from municipalities.models import Municipality


class GridForm(StaffFormLook, GivenFields, forms.ModelForm):  # type: ignore[type-arg]
    given_fields = frozenset({"operator", "published_at"})
    valid_from = DayField(label=_("Valable à partir du"))

    class Meta:
        model = PointsGrid
        fields = ("name", "valid_from", "decision")


class NewGridForm(GridForm):
    like = forms.ModelChoiceField(
        label=_("Reprendre les critères de"),
        queryset=PointsGrid.objects.none(),
        required=False,
        empty_label=_("aucune grille : partir de zéro"),
    )

    def __init__(self, *args: Any, grids: QuerySet[PointsGrid], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["like"].queryset = grids  # type: ignore[attr-defined]


class CriterionForm(StaffFormLook, GivenFields, forms.ModelForm):  # type: ignore[type-arg]
    given_fields = frozenset({"grid"})
    label = TranslatedFormField(label=_("Nom affiché"), max_length=200)

    class Meta:
        model = Criterion
        fields = (
            "position",
            "code",
            "label",
            "kind",
            "points",
            "least",
            "most",
            "is_per_nursery",
            "proof",
            "set_by",
            "is_sensitive",
            "is_guaranteed",
        )
        help_texts: ClassVar = {
            "code": _("Lettres, chiffres et tirets. Gardez-le d’une version à l’autre : les réponses le nomment."),
            "most": _("Le plus grand nombre compté, ou le plus de points qu’un agent peut donner."),
        }


class OptionForm(StaffFormLook, GivenFields, forms.ModelForm):  # type: ignore[type-arg]
    given_fields = frozenset({"criterion"})
    label = TranslatedFormField(label=_("Nom affiché"), max_length=200)

    class Meta:
        model = CriterionOption
        fields = ("position", "code", "label", "points")


class ClaimForm(StaffFormLook, forms.Form):
    number = forms.IntegerField(label=_("Numéro du dossier"), min_value=1, max_value=999_999_999)
    code = forms.ChoiceField(label=_("Critère"))
    value = forms.SlugField(
        label=_("Réponse"), max_length=40, help_text=_("Le nombre de points, 1 pour oui, ou le code de la réponse.")
    )
    reason = forms.CharField(
        label=pgettext_lazy("pourquoi", "Motif"),
        max_length=200,
        help_text=_("Il reste au dossier, que la famille peut lire."),
    )

    def __init__(self, *args: Any, codes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = codes  # type: ignore[attr-defined]


class TownPointsForm(StaffFormLook, GivenFields, forms.ModelForm):  # type: ignore[type-arg]
    municipality = forms.ModelChoiceField(
        label=_("Commune"), queryset=Municipality.objects.order_by("slug"), empty_label=None
    )
    valid_from = DayField(label=_("À partir du"))

    class Meta:
        model = TownPoints
        fields = ("municipality", "valid_from", "points", "decision")
