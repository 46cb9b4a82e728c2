"""Grids, tariffs, prices and reductions as staff type them: limits are included, amounts are euros, rates percents."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from booking.activities.models import Adjustment, PriceRow, Tariff, TariffGrid
from booking.activities.models.tariffs import MOST_CENTS
from municipalities.forms.fields import DayField, GivenFields, StaffFormLook, TranslatedFormField
from municipalities.models import Operator

MOST_EUROS = MOST_CENTS // 100


class GridForm(StaffFormLook, GivenFields, forms.ModelForm):  # type: ignore[type-arg]
    given_fields = frozenset({"operator", "published_at"})
    valid_from = DayField(label=_("Valable à partir du"))

    class Meta:
        model = TariffGrid
        fields = ("name", "valid_from", "decision", "step")


class NewGridForm(GridForm):
    operator = forms.ModelChoiceField(label=_("Gestionnaire"), queryset=Operator.objects.none(), empty_label=None)
    like = forms.ModelChoiceField(
        label=_("Reprendre les prix de"),
        queryset=TariffGrid.objects.none(),
        required=False,
        empty_label=_("aucune grille : partir de zéro"),
    )

    class Meta(GridForm.Meta):
        fields = ("operator", *GridForm.Meta.fields)  # type: ignore[assignment]

    def __init__(self, *args: Any, operators: QuerySet[Operator], grids: QuerySet[TariffGrid], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["operator"].queryset = operators  # type: ignore[attr-defined]
        self.fields["like"].queryset = grids  # type: ignore[attr-defined]


class TariffForm(StaffFormLook, GivenFields, forms.ModelForm):  # type: ignore[type-arg]
    given_fields = frozenset({"grid"})
    label = TranslatedFormField(label=_("Nom affiché"), max_length=120)

    class Meta:
        model = Tariff
        fields = ("code", "label")
        help_texts: ClassVar = {"code": _("Lettres, chiffres et tirets ; les groupes le nomment : ecole, aquagym.")}


class _UpTo(StaffFormLook, GivenFields, forms.ModelForm):  # type: ignore[type-arg]
    """A form whose upper limits are typed as included, and kept as excluded: « jusqu’à 12 ans » is below 13."""

    #: Field typed → column kept.
    upper: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for typed, kept in self.upper.items():
            limit = getattr(self.instance, kept)
            self.initial.setdefault(typed, None if limit is None else limit - 1)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for typed, kept in self.upper.items():
            limit = data.get(typed)
            setattr(self.instance, kept, None if limit is None else limit + 1)
        return data


class PriceForm(_UpTo):
    given_fields = frozenset({"tariff", "age_below", "quotient_below", "rank_below", "cents", "rate", "floor", "cap"})
    upper = {"age_to": "age_below", "quotient_to": "quotient_below", "rank_to": "rank_below"}
    age_to = forms.IntegerField(label=_("jusqu’à (ans, compris)"), required=False, min_value=0, max_value=120)
    quotient_to = forms.IntegerField(label=_("jusqu’à (compris)"), required=False, min_value=0, max_value=100_000)
    rank_to = forms.IntegerField(label=_("jusqu’à l’enfant n° (compris)"), required=False, min_value=1, max_value=20)
    euros = forms.DecimalField(
        label=_("Prix (euros)"), required=False, min_value=0, max_value=MOST_EUROS, decimal_places=2, localize=True
    )
    percent = forms.DecimalField(
        label=_("ou taux d’effort (% du quotient)"),
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
        localize=True,
    )
    least = forms.DecimalField(
        label=_("avec un minimum de (euros)"),
        required=False,
        min_value=0,
        max_value=MOST_EUROS,
        decimal_places=2,
        localize=True,
    )
    most = forms.DecimalField(
        label=_("et un maximum de (euros)"),
        required=False,
        min_value=0,
        max_value=MOST_EUROS,
        decimal_places=2,
        localize=True,
    )
    field_order = (
        "unit",
        "residence",
        "status",
        "age_from",
        "age_to",
        "quotient_from",
        "quotient_to",
        "rank_from",
        "rank_to",
        "euros",
        "percent",
        "least",
        "most",
    )

    class Meta:
        model = PriceRow
        fields = ("unit", "residence", "status", "age_from", "quotient_from", "rank_from")
        labels: ClassVar = {
            "age_from": _("Âge à partir de (ans)"),
            "quotient_from": _("Quotient à partir de"),
            "rank_from": _("À partir de l’enfant n°"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        for typed, kept in self.amounts.items():
            value = getattr(row, kept)
            self.initial.setdefault(typed, None if value is None else Decimal(value) / 100)

    #: Field typed, with two decimals → column kept: cents, or ten-thousandths for the rate.
    amounts: ClassVar = {"euros": "cents", "percent": "rate", "least": "floor", "most": "cap"}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for typed, kept in self.amounts.items():
            value = data.get(typed)
            setattr(self.instance, kept, None if value is None else int(value * 100))
        return data


class CodesField(forms.CharField):
    """Codes of tariffs, separated by commas."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        return sorted({part.strip().lower() for part in str(value or "").split(",") if part.strip()})

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class AdjustmentForm(_UpTo):
    given_fields = frozenset({"grid", "rank_below"})
    upper = {"rank_to": "rank_below"}
    rank_to = forms.IntegerField(label=_("jusqu’au n° (compris)"), required=False, min_value=1, max_value=20)
    codes = CodesField(
        label=_("Seulement pour ces codes"), required=False, help_text=_("Séparés par des virgules. Vide : pour tous.")
    )
    field_order = ("position", "because", "rank_from", "rank_to", "percent", "codes", "unit")

    class Meta:
        model = Adjustment
        fields = ("position", "because", "rank_from", "percent", "codes", "unit")

    def clean_codes(self) -> list[str]:
        codes: list[str] = self.cleaned_data["codes"]
        known = set(self.instance.grid.tariffs.values_list("code", flat=True))
        unknown = [code for code in codes if code not in known]
        if unknown:
            raise forms.ValidationError(
                _("Cette grille n’a pas de tarif « %(code)s »."), params={"code": unknown[0][:40]}
            )
        return codes
