"""The one table of what is kept of people: what it says is erased, is erased, in every service."""

import contextlib
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import Error, models, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from municipalities import services
from municipalities.retention import Kept
from tests.rights.world import make_full_world

pytestmark = pytest.mark.django_db

#: Years after which nothing with an end is kept.
LONG_AFTER = timedelta(days=3650)


def _something(field: Any) -> Any:
    if isinstance(field, ArrayField):
        return [_something(field.base_field)]
    if isinstance(field, models.JSONField):
        return {"name": "Odile"}
    if isinstance(field, models.BinaryField):
        return b"x" * 32
    if isinstance(field, models.IntegerField):
        return 1968
    return "192.0.2.7" if isinstance(field, models.GenericIPAddressField) else "odile@mail.example"


def _fill(row: Kept) -> None:
    """Something in every field in which nothing stands yet, where the database lets it be changed."""
    said = _said(row)
    for label, names in row.fields.items():
        model = apps.get_model(label)
        for name in names:
            if f"{label}.{name}" in said:
                continue
            field = model._meta.get_field(name)
            for pk in model._default_manager.values_list("pk", flat=True):
                value = _something(field)[: field.max_length] if field.max_length else _something(field)
                with contextlib.suppress(Error), transaction.atomic():
                    model._default_manager.filter(pk=pk).update(**{name: value})
                    break


def _said(row: Kept) -> set[str]:
    """The fields of a row of the table in which something stands now."""
    return {
        f"{label}.{name}"
        for label, names in row.fields.items()
        for name in names
        if any(value not in ("", None, [], {}) for value in apps.get_model(label).objects.values_list(name, flat=True))
    }


def _fill_and_purge() -> set[str]:
    """Fills every row of the table that has an end, purges long after, and returns the fields that still say something.

    The dry run counts the same things.
    """
    make_full_world()
    ending = [row for row in services.kept() if row.months or row.days]
    for row in ending:
        _fill(row)
        everything = {f"{label}.{name}" for label, names in row.fields.items() for name in names}
        assert _said(row) == everything, "the world of the tests holds nothing there"
    now = timezone.now() + LONG_AFTER
    counted = services.purge(now=now, dry_run=True)
    assert services.purge(now=now).keys() == counted.keys()
    return {field for row in ending for field in _said(row)}


def test_what_the_table_says_is_erased_is_erased() -> None:
    assert _fill_and_purge() == set()


def test_a_row_that_nothing_purges_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    forgetful = services.Service("second", retention=services._services["second"].retention)
    monkeypatch.setitem(services._services, "second", forgetful)
    assert _fill_and_purge() == {"second.Visit.name", "second.Visit.email", "notifications.Message.recipient"}


def test_the_legal_page_tells_every_row() -> None:
    page = Client().get(reverse("portal:privacy")).content.decode()
    for row in services.kept():
        for text in (row.what, row.period, row.reason):
            assert str(text) in page.replace("&#x27;", "'")


def test_periods_are_the_settings(settings: Any) -> None:
    settings.RETENTION_MONTHS = 1
    assert "1 mois après le rendez-vous" in Client().get(reverse("portal:privacy")).content.decode()
