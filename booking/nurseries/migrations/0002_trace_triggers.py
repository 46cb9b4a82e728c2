from django.db import migrations

from municipalities.audit import trace
from municipalities.database.cached import watch


class Migration(migrations.Migration):
    dependencies = [
        ("nurseries", "0001_nurseries"),
        ("municipalities", "0003_trace_triggers"),
    ]

    operations = [
        trace("nurseries_nursery"),
        watch("nurseries_nursery"),
    ]
