from django.db import migrations

from municipalities.database.cached import VERSION_TABLE, watch


class Migration(migrations.Migration):
    """From here on a process may remember municipalities and facilities until the database says they have changed."""

    dependencies = [("municipalities", "0003_trace_triggers")]

    operations = [
        VERSION_TABLE,
        watch("municipalities_municipality"),
        watch("municipalities_facility"),
    ]
