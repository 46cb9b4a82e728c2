from django.db import migrations

from municipalities.database.cached import watch


class Migration(migrations.Migration):
    """Kinds of appointments, documents and fees are remembered like the places they are for."""

    dependencies = [
        ("appointments", "0008_day_board"),
        ("municipalities", "0004_editions"),
    ]

    operations = [
        watch(f"appointments_{table}")
        for table in ("appointmenttype", "requireddocument", "requireddocument_types", "fee", "fee_types")
    ]
