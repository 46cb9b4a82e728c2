from django.db import migrations

from municipalities.database.cached import watch


class Migration(migrations.Migration):
    """Which counters offer what, and to whom, is cached: every search asks whether a type is shared at all."""

    dependencies = [("appointments", "0015_folded_names")]

    operations = [watch("appointments_offer")]
