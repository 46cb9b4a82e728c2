"""The door of the services: whoever has tables stands there, and every one is asked."""

from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from municipalities import services
from municipalities.services import Service
from notifications.models import Message, MessageState
from tests.factories import MessageFactory
from tests.house import unaccounted_fields, without_door


def test_every_app_with_tables_has_a_door() -> None:
    assert without_door() == []


def test_an_app_without_a_door_is_found(stray_app: None) -> None:
    assert without_door() == ["stray"]


def test_whatever_may_speak_of_a_person_is_accounted_for() -> None:
    assert unaccounted_fields() == []


def test_a_personal_field_that_nobody_accounts_for_is_found(stray_app: None) -> None:
    assert unaccounted_fields() == ["stray.Visitor.email"]


def test_what_is_said_to_be_kept_is_there() -> None:
    """A field that was renamed is not purged any more; a row of the table must notice."""
    for service in services.registered():
        for part in (*(row.fields for row in service.retention), service.impersonal):
            for label, names in part.items():
                known = {field.name for field in apps.get_model(label)._meta.get_fields()}
                assert set(names) <= known, f"{service.name}: {label} has no {sorted(set(names) - known)}"


def test_every_row_says_how_long_and_why() -> None:
    for row in services.kept():
        assert str(row.what) and row.period and str(row.reason), row
        assert not (row.months and row.days)


@pytest.mark.django_db
def test_one_that_cannot_forget_keeps_no_other_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_now: datetime, _dry_run: bool) -> dict[str, int]:
        raise RuntimeError("no")

    now = timezone.now()
    MessageFactory.create(due_at=now - timedelta(days=400), state=MessageState.SENT)
    monkeypatch.setitem(services._services, "municipalities", Service("municipalities", purge=broken))
    monkeypatch.setitem(services._services, "residents", Service("residents", purge=broken))
    with pytest.raises(ExceptionGroup) as failed:
        services.purge(now=now)
    assert [str(error) for error in failed.value.exceptions] == ["no", "no"]
    assert Message.objects.get().recipient == ""


def test_the_house_comes_last() -> None:
    assert [service.name for service in services.registered()][-1] == services.HOUSE
