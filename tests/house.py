"""What the guards of the house look at: our own apps, as INSTALLED_APPS has them, and never a list of names."""

from pathlib import Path

from django.apps import AppConfig, apps
from django.db import models

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
