"""What a test has committed is gone before the next, and what `migrate` wrote is there."""

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection

from municipalities.database.cached import current_version
from municipalities.models import AuditEntry, Facility, Municipality


@pytest.mark.django_db(transaction=True)
def test_rows_go_with_their_trace_and_nothing_else_does(rixheim_town_hall: Facility) -> None:
    assert AuditEntry.objects.exists()
    known, before = ContentType.objects.count(), current_version()
    call_command("flush", verbosity=0, interactive=False)
    assert not (Municipality.objects.exists() or Facility.objects.exists() or AuditEntry.objects.exists())
    assert ContentType.objects.count() == known and Permission.objects.exists()
    assert current_version() != before, "what processes remember would be of before"
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)
