"""An opening at which many wait."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking.activities.models import Group, Opening
from booking.activities.opening import admission
from booking.activities.seasons.openings import announce
from tests.factories.enrolments import course, water


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    admission.forget()
    yield
    admission.forget()


@pytest.fixture
def minute() -> datetime:
    return timezone.now().replace(second=0, microsecond=0) + timedelta(hours=3)


@pytest.fixture
def group(minute: datetime) -> Group:
    """What opens then, with more places than anybody here wants."""
    found = course(water(), capacity=50, opens_at=minute)
    announce(found.activity.season)
    return found


@pytest.fixture
def opening(group: Group) -> Any:
    return Opening.objects.get()
