from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from municipalities import rules
from municipalities.enums import OperatorKind
from municipalities.exceptions import Refusal
from municipalities.forms.fields import StaffFormLook, TranslatedFormField
from municipalities.identity import ENOUGH_BETWEEN_COLOURS, HEX, Emblem, contrast, redraw_logo
from municipalities.models import Facility, Municipality, Operator, StaffMember


def contrast_sentence(first: str, second: str) -> str:
    """Why two colours cannot stand side by side, with what was measured; "" when they can."""
    measured = contrast(first, second)
    if measured >= ENOUGH_BETWEEN_COLOURS:
        return ""
    said = {"measured": number_format(measured, decimal_pos=1), "least": number_format(ENOUGH_BETWEEN_COLOURS, 1)}
    return (
        gettext(
            "Ces deux couleurs se ressemblent trop pour être distinguées : contraste mesuré %(measured)s, "
            "il en faut au moins %(least)s. Prenez-en une plus claire ou une plus foncée."
        )
        % said
    )


def _postal_codes(text: str) -> list[str]:
    return text.replace(",", " ").replace(";", " ").split()


class PostalCodesField(forms.CharField):
    """Postal codes in one line, apart by spaces or commas. Cleaned: a list."""

    def prepare_value(self, value: Any) -> Any:
        return " ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        codes = _postal_codes(super().clean(value))
        if any(len(code) != 5 or not code.isdecimal() for code in codes):
            raise forms.ValidationError(_("Un code postal a cinq chiffres, par exemple 68100."))
        return codes


class MunicipalityForm(StaffFormLook, forms.ModelForm):  # type: ignore[type-arg]
    """What a municipality says about itself. The Good Friday flag has its own page: it changes the calendar."""

    postal_codes = PostalCodesField(label=_("Codes postaux"), help_text=_("Séparés par des espaces."))
    welcome_text = TranslatedFormField(label=_("Mot d’accueil"), long=True, required=False)
    opening_text = TranslatedFormField(label=_("Heures d’ouverture au public"), long=True, required=False)
    website = forms.URLField(label=_("Site"), required=False, assume_scheme="https")
    logo_file = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("PNG, JPEG, WebP ou GIF, 2 Mo au plus. L’image est redessinée avant d’être montrée."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
    )
    no_logo = forms.BooleanField(label=_("Retirer le logo et revenir au blason dessiné"), required=False)

    class Meta:
        model = Municipality
        fields = (
            "name",
            "colour",
            "second_colour",
            "coat_pattern",
            "welcome_text",
            "opening_text",
            "address",
            "postal_codes",
            "phone",
            "email",
            "website",
            "sender_name",
            "sender_email",
            "takes_number_later",
        )
        widgets = {
            "colour": forms.TextInput(attrs={"pattern": "#[0-9a-f]{6}", "spellcheck": "false"}),
            "second_colour": forms.TextInput(attrs={"pattern": "#[0-9a-f]{6}", "spellcheck": "false"}),
        }
        help_texts = {
            "colour": _(
                "# suivi de six chiffres ou lettres a-f. Si elle est trop claire, une teinte plus foncée est "
                "prise pour les textes et les boutons."
            ),
            "second_colour": _("Sert au blason dessiné."),
            "sender_email": _("Adresse qui envoie les courriels de la commune. Vide : celle du territoire."),
            "phone": _("Tel qu’il doit être affiché."),
        }

    def clean_colour(self) -> str:
        return str(self.cleaned_data["colour"]).lower()

    def clean_second_colour(self) -> str:
        return str(self.cleaned_data["second_colour"]).lower()

    def clean_logo_file(self) -> bytes | None:
        """A PNG drawn anew, or None."""
        given = self.cleaned_data.get("logo_file")
        if not given:
            return None
        try:
            return redraw_logo(given.read())
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal)) from refusal

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, second = data.get("colour", ""), data.get("second_colour", "")
        touched = {"colour", "second_colour"} & set(self.changed_data)
        if touched and HEX.match(first) and HEX.match(second):
            sentence = contrast_sentence(first, second)
            if sentence:
                self.add_error("second_colour", sentence)
        if data.get("logo_file") and data.get("no_logo"):
            self.add_error("no_logo", _("Choisissez : envoyer un logo, ou retirer celui qui est là."))
        return data

    def emblem(self) -> Emblem:
        logo = self.cleaned_data.get("logo_file")
        return Emblem(is_changed=bool(logo) or bool(self.cleaned_data.get("no_logo")), logo=logo or None)

    def values(self) -> dict[str, Any]:
        """The cleaned texts and colours, as a draft keeps them."""
        names = [name for name in self._meta.fields or () if name in self.cleaned_data]
        return {name: self.cleaned_data[name] for name in names}


class NewMunicipalityForm(MunicipalityForm):
    class Meta(MunicipalityForm.Meta):
        fields = (  # type: ignore[assignment]
            "insee_code",
            "slug",
            "name",
            "postal_codes",
            "latitude",
            "longitude",
            "population",
            "is_member",
            "good_friday_is_holiday",
            "colour",
            "second_colour",
            "coat_pattern",
            "address",
            "phone",
            "email",
            "sender_name",
            "sender_email",
        )
        labels = {"slug": _("Adresse de la page")}
        help_texts = {
            **MunicipalityForm.Meta.help_texts,
            "slug": _("Partie de l’adresse des pages : /communes/…/ ; sans espace ni accent."),
            "latitude": _("En degrés, par exemple 47.7495."),
            "longitude": _("En degrés, par exemple 7.3398."),
        }

    website = None  # type: ignore[assignment]
    logo_file = None  # type: ignore[assignment]
    no_logo = None  # type: ignore[assignment]
    welcome_text = None  # type: ignore[assignment]
    opening_text = None  # type: ignore[assignment]


class FacilityForm(StaffFormLook, forms.ModelForm):  # type: ignore[type-arg]
    access_text = TranslatedFormField(label=_("Accès"), long=True, required=False)
    opening_text = TranslatedFormField(label=_("Heures d’ouverture au public"), long=True, required=False)

    class Meta:
        model = Facility
        fields = (
            "kind",
            "name",
            "slug",
            "address",
            "postal_code",
            "latitude",
            "longitude",
            "phone",
            "email",
            "access_text",
            "opening_text",
        )
        labels = {"slug": _("Adresse de la page")}
        help_texts = {
            "slug": _("Partie de l’adresse des pages : sans espace ni accent."),
            "latitude": _("En degrés, par exemple 47.7495. Sert à calculer les distances."),
            "longitude": _("En degrés, par exemple 7.3398."),
        }

    def clean_latitude(self) -> float:
        return _within(self.cleaned_data["latitude"], 90)

    def clean_longitude(self) -> float:
        return _within(self.cleaned_data["longitude"], 180)


class NewFacilityForm(FacilityForm):
    """Only the territory's manager says who runs it: rights follow from that. Others add what their town runs."""

    class Meta(FacilityForm.Meta):
        fields = ("operator", *FacilityForm.Meta.fields)  # type: ignore[assignment]

    def __init__(self, *args: Any, by: StaffMember, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not rules.manages_territory(by):
            del self.fields["operator"]
            return
        operator = self.fields["operator"]
        assert isinstance(operator, forms.ModelChoiceField)
        operator.required, operator.empty_label = False, gettext("La commune elle-même")


class OperatorForm(StaffFormLook, forms.ModelForm):  # type: ignore[type-arg]
    """What an operator that is no municipality says about itself, and in whose name its messages leave."""

    website = forms.URLField(label=_("Site"), required=False, assume_scheme="https")

    class Meta:
        model = Operator
        fields = ("name", "colour", "address", "phone", "email", "website", "sender_name", "sender_email")
        widgets = {"colour": forms.TextInput(attrs={"pattern": "#[0-9a-f]{6}", "spellcheck": "false"})}
        help_texts = {
            "colour": MunicipalityForm.Meta.help_texts["colour"],
            "sender_email": _("Adresse qui envoie les courriels du gestionnaire. Vide : celle du territoire."),
            "phone": MunicipalityForm.Meta.help_texts["phone"],
        }

    def clean_colour(self) -> str:
        return str(self.cleaned_data["colour"]).lower()


class NewOperatorForm(OperatorForm):
    class Meta(OperatorForm.Meta):
        fields = ("kind", *OperatorForm.Meta.fields)  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        # A municipality becomes one with its first facility.
        kind.choices = [one for one in OperatorKind.choices if one[0] != OperatorKind.MUNICIPALITY]


def _within(degrees: float, limit: int) -> float:
    if not -limit <= degrees <= limit:
        raise forms.ValidationError(_("Cette coordonnée n’existe pas sur Terre."))
    return degrees
