from django.db import migrations

from municipalities.database.cached import watch


class Migration(migrations.Migration):
    """When people are reminded is read with every booking, and seldom changes."""

    dependencies = [
        ("municipalities", "0004_editions"),
        ("notifications", "0004_fewer_indexes"),
    ]

    operations = [watch("notifications_reminderpolicy")]
