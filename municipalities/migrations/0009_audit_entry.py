"""The trace's model gets the field's usual name; its table keeps the one that the trigger function writes to."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("municipalities", "0008_readings_of_any_subject")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("Change", "AuditEntry"),
                migrations.AlterModelTable("AuditEntry", "municipalities_change"),
            ]
        )
    ]
