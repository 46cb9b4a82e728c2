from django.db import migrations

from municipalities.audit import trace


class Migration(migrations.Migration):
    """When people are reminded is a setting like the others: whoever changes it leaves a trace."""

    dependencies = [
        ("municipalities", "0003_trace_triggers"),
        ("notifications", "0002_reminder_policy"),
    ]

    operations = [trace("notifications_reminderpolicy")]
