from django.db import migrations

from municipalities.audit import trace


class Migration(migrations.Migration):
    dependencies = [
        ("feeds", "0001_initial"),
        ("municipalities", "0003_trace_triggers"),
    ]

    operations = [
        # What a reading notes is not a person's doing.
        trace("feeds_calendarfeed", hidden=("contact_hash", "mark", "version", "modified_at", "marked_at")),
        trace("feeds_feedtoken", hidden=("token_hash", "last_used_at")),
    ]
