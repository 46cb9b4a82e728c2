"""What the guards of the house look at: our own apps, as INSTALLED_APPS has them, and never a list of names."""

import re
from pathlib import Path

from django.apps import AppConfig, apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from municipalities import services
from municipalities.languages import TranslatedField

ROOT = Path(__file__).resolve().parent.parent


def our_apps() -> list[AppConfig]:
    """Installed apps whose code is ours."""
    found = []
    for app in apps.get_app_configs():
        path = Path(app.path)
        if path.is_relative_to(ROOT) and "site-packages" not in path.parts:
            found.append(app)
    return found


def our_models() -> list[type[models.Model]]:
    return [model for app in our_apps() for model in app.get_models(include_auto_created=True)]


def without_door() -> list[str]:
    """Our apps with tables of their own that tell the house nothing."""
    known = {service.name for service in services.registered()}
    return [app.label for app in our_apps() if any(app.get_models()) and app.label not in known]


#: Fields of other kinds than texts that say something of a person all the same.
_SPEAKING = re.compile(r"birth|born|accessib|health|allerg|handicap|income|quotient|salary|nationality")


def may_speak_of_a_person(field: models.Field) -> bool:
    """Whether what is written there could say something of somebody: any text, unless its words are ours.

    Judged by the kind of field, not by a list of names, so that a field nobody thought of must be accounted for.
    """
    if _SPEAKING.search(field.name):
        return True
    if isinstance(field, ArrayField):
        return may_speak_of_a_person(field.base_field)
    if field.choices or isinstance(field, models.SlugField | TranslatedField):
        return False
    if isinstance(field, models.CharField):
        return field.max_length is None or field.max_length > 2  # a code of a language
    return isinstance(
        field,
        models.TextField | models.JSONField | models.BinaryField | models.GenericIPAddressField | models.FileField,
    )


def unaccounted_fields() -> list[str]:
    """Fields that may speak of a person and of which no service says how long they are kept, or that they do not."""
    said = {
        f"{label}.{name}"
        for service in services.registered()
        for part in (*(row.fields for row in service.retention), service.impersonal)
        for label, names in part.items()
        for name in names
    }
    return [
        full
        for model in our_models()
        if not model._meta.auto_created
        for field in model._meta.local_concrete_fields
        if may_speak_of_a_person(field) and (full := f"{model._meta.label}.{field.name}") not in said
    ]
