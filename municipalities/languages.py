"""Texts that exist in several languages as data: `{"fr": …, "de": …, "en": …}`; the French one must exist."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from municipalities import foreign_json

LANGUAGES = ("fr", "de", "en")


class Translated(dict[str, str]):
    """A text by language. `str()` gives the active language, French where that is missing."""

    def in_language(self, language: str) -> str:
        return self.get(language[:2]) or self.get("fr", "")

    def __str__(self) -> str:
        return self.in_language(get_language() or settings.LANGUAGE_CODE)

    def __bool__(self) -> bool:
        return any(self.values())


class TranslatedField(models.JSONField):
    """A JSON column read as `Translated`. Give a plain string to set the French text alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", Translated)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Translated:
        found = super().from_db_value(value, expression, connection)
        return Translated(found or {})

    def to_python(self, value: Any) -> Any:
        """A text alone is the French one; what begins like JSON must be an object of texts. Raises ValidationError."""
        if isinstance(value, str) and not value.startswith("{"):
            return Translated(fr=value)
        try:
            found = foreign_json.read(value) if isinstance(value, str) else value or {}
        except ValueError:
            found = None
        if not isinstance(found, dict) or not all(isinstance(text, str | None) for text in found.values()):
            raise ValidationError(_("Ce texte en plusieurs langues est illisible."))
        return Translated(found)

    def get_prep_value(self, value: Any) -> Any:
        return dict(self.to_python(value))

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if set(value) - set(LANGUAGES):
            raise ValidationError(_("Langue inconnue : seuls fr, de et en sont possibles."))
        if not self.blank and not value.get("fr", "").strip():
            raise ValidationError(_("Le texte français est nécessaire."))
