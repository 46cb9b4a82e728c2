"""Fields and looks that all staff forms have in common."""

import re
from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from municipalities.languages import LANGUAGES, Translated
from municipalities.models import Facility, Municipality, Operator, Place

EARLIEST_DAY = date(2000, 1, 1)
FURTHEST = timedelta(days=5 * 366)
#: Of the database’s keys.
HIGHEST = 2**63 - 1
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_LOCAL = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})")
_HOUR = re.compile(r"(\d{1,2})\s*(?:[:hH.]\s*(\d{2})?(?::00)?)?\s*(?:Uhr)?")


def reasonable_day(day: date) -> None:
    if day < EARLIEST_DAY or day > timezone.localdate() + FURTHEST:
        raise ValidationError(_("Cette date est trop lointaine : vérifiez l’année."), code="far")


class DayField(forms.DateField):
    """A date as browsers send it (2026-11-24) or as people write it (24/11/2026, 24.11.2026).

    `any_year` where the form says itself how far is too far.
    """

    def __init__(self, *, any_year: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(**kwargs)
        if not any_year:
            self.validators.append(reasonable_day)

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values or isinstance(value, date):
            return super().to_python(value)
        text = str(value).strip()
        if not text:
            return None
        if found := _ISO.fullmatch(text):
            parts = [int(part) for part in found.groups()]
        elif found := _LOCAL.fullmatch(text):
            parts = [int(part) for part in reversed(found.groups())]
        else:
            raise ValidationError(
                _("« %(text)s » n’est pas une date. Une date s’écrit jour/mois/année, par exemple 24/11/2026."),
                params={"text": text[:40]},
            )
        try:
            return date(*parts)
        except ValueError:
            raise ValidationError(
                _("Le %(text)s n’existe pas. Une date s’écrit jour/mois/année, par exemple 24/11/2026."),
                params={"text": text[:40]},
            ) from None


def day_in(text: str) -> date | None:
    """The day that an address says; None where it says none, or one that cannot be meant."""
    try:
        day: date | None = DayField(required=False).clean(text)
    except ValidationError:
        return None
    return day


def number_in(text: str, *, most: int = HIGHEST) -> int | None:
    """The whole number, 0 to `most`, that an address or a button says; None where it says none."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most))):
        return None
    number = int(text)
    return number if number <= most else None


class DaysField(forms.CharField):
    """Several dates, each written as `DayField` takes it, with commas or on lines of their own."""

    MOST = 60

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(f"{day:%d/%m/%Y}" for day in value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        one = DayField()
        days = {one.clean(part.strip()) for part in re.split(r"[,;\n]", str(value or "")) if part.strip()}
        if len(days) > self.MOST:
            raise ValidationError(_("Soixante dates au plus."))
        return sorted(days)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class HourField(forms.TimeField):
    """A time of day: 8:30, 8h30, 8 h, 14."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> time | None:
        if value in self.empty_values or isinstance(value, time):
            return super().to_python(value)
        text = str(value).strip()
        if not text:
            return None
        found = _HOUR.fullmatch(text)
        if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
            raise ValidationError(
                _("« %(text)s » n’est pas une heure. Une heure s’écrit heures:minutes, par exemple 8:30."),
                params={"text": text[:40]},
            )
        return time(int(found[1]), int(found[2] or 0))


LANGUAGE_NAMES = {"fr": _("en français"), "de": _("en allemand"), "en": _("en anglais")}


class TranslatedWidget(forms.MultiWidget):
    """One input per language, each with its own visible label."""

    template_name = "staff/widgets/translated.html"

    def __init__(self, *, long: bool = False, attrs: dict[str, Any] | None = None) -> None:
        inner: type[forms.Widget] = forms.Textarea if long else forms.TextInput
        look: dict[str, Any] = {"class": "govuk-textarea", "rows": 3} if long else {"class": "govuk-input"}
        widgets: dict[str, forms.Widget | type[forms.Widget]] = {
            code: inner(attrs={**look, "lang": code}) for code in LANGUAGES
        }
        super().__init__(widgets, attrs)

    def decompress(self, value: Any) -> list[str]:
        return [(value or {}).get(code, "") for code in LANGUAGES]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for code, inner in zip(LANGUAGES, context["widget"]["subwidgets"], strict=True):
            inner["language"] = LANGUAGE_NAMES[code]
            inner["attrs"].pop("required", None)
        return context


class TranslatedFormField(forms.MultiValueField):
    """A text in French, German and English; `cleaned` is a `Translated`. French is the one that may be required."""

    widget = TranslatedWidget

    def __init__(self, *, long: bool = False, max_length: int = 2000, required: bool = True, **kwargs: Any) -> None:
        for name in ("encoder", "decoder"):  # given by JSONField.formfield
            kwargs.pop(name, None)
        fields = [forms.CharField(required=False, max_length=max_length) for _code in LANGUAGES]
        kwargs.setdefault("widget", TranslatedWidget(long=long))
        self.needs_french = required
        super().__init__(fields, required=required, require_all_fields=False, **kwargs)

    def compress(self, data_list: list[str]) -> Translated:
        return Translated({code: text for code, text in zip(LANGUAGES, data_list or [], strict=False) if text})

    def clean(self, value: Any) -> Any:
        found = super().clean(value) or Translated()
        if self.needs_french and not found.get("fr"):
            raise ValidationError(gettext("Le texte français est nécessaire."), code="required")
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed([(initial or {}).get(code, "") for code in LANGUAGES], data)


class PlaceField(forms.ChoiceField):
    """The territory, a municipality, an operator or a facility, of those given. Cleaned: it, or None: the territory."""

    def offer(
        self,
        *,
        territory: bool,
        municipalities: Sequence[Municipality],
        operators: Sequence[Operator],
        facilities: Sequence[Facility],
    ) -> None:
        self.places: dict[str, Place] = {}
        choices: list[Any] = [("", "—")]
        if territory:
            self.places["territoire"] = None
            choices.append(("territoire", gettext("Tout le territoire")))
        for label, prefix, found in (
            (gettext("Communes"), "commune", municipalities),
            (gettext("Gestionnaires"), "gestionnaire", operators),
            (gettext("Établissements"), "etablissement", facilities),
        ):
            group = {f"{prefix}-{place.pk}": place for place in found}
            self.places |= group
            if group:
                choices.append((label, [(key, place.name) for key, place in group.items()]))
        self.choices = choices

    def clean(self, value: Any) -> Any:
        return self.places[super().clean(value)]


class StaffFormLook:
    """Mixed into forms: no colon after labels, and emptiness explained in one sentence."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = _("Ce champ est nécessaire.")


class GivenFields:
    """Mixed into model forms: fields that the address gives take part in the constraints, though nobody types them."""

    given_fields: frozenset[str] = frozenset()

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded - self.given_fields

    def _update_errors(self, errors: ValidationError) -> None:
        """What is wrong with a field that nobody types has no place on the form.

        It follows from a typed one: where that is wrong, it has said so; else it is said of the whole.
        """
        told = getattr(errors, "error_dict", {})
        for name in self.given_fields - self.fields.keys():  # type: ignore[attr-defined]
            about = told.pop(name, [])
            if about and not self.errors:  # type: ignore[attr-defined]
                told.setdefault(NON_FIELD_ERRORS, []).extend(about)
        super()._update_errors(errors)  # type: ignore[misc]
