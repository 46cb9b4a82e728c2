from datetime import UTC, datetime, timedelta

import pytest

from booking.residents.door import purge
from booking.residents.models import AccessLink
from tests.factories import AccessLinkFactory

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_links_go_a_month_after_they_stopped_working() -> None:
    AccessLinkFactory.create(expires_at=NOW - timedelta(days=31))
    AccessLinkFactory.create(expires_at=NOW - timedelta(days=29))
    AccessLinkFactory.create(expires_at=NOW + timedelta(days=29), revoked_at=NOW - timedelta(days=31))
    assert purge(NOW, True)["liens"] == purge(NOW, False)["liens"] == 2
    assert AccessLink.objects.count() == 1
