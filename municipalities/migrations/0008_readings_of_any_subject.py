from django.db import migrations, models


class Migration(migrations.Migration):
    """Readings are noted for the subjects of every service. Until now there were appointments only."""

    dependencies = [("municipalities", "0007_operator_roles")]

    operations = [
        migrations.RenameField("readtrace", "appointment", "subject_id"),
        migrations.AddField(
            "readtrace",
            "subject_type",
            models.CharField(blank=True, default="appointment", max_length=40, verbose_name="objet"),
            preserve_default=False,
        ),
        migrations.AlterField(
            "readtrace",
            "subject_id",
            models.UUIDField(db_index=True, null=True, verbose_name="identifiant de l’objet"),
        ),
    ]
