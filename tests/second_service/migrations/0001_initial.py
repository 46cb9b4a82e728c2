import uuid

from django.db import migrations, models

from municipalities.audit import trace


class Migration(migrations.Migration):
    initial = True
    dependencies = [("municipalities", "0001_towns_and_agents_squashed_0004_editions")]

    operations = [
        migrations.CreateModel(
            "Visit",
            [
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("starts_at", models.DateTimeField()),
                ("name", models.CharField(max_length=80)),
                ("email", models.EmailField(max_length=254)),
                ("is_called_off", models.BooleanField(default=False)),
                ("facility", models.ForeignKey("municipalities.facility", models.PROTECT, related_name="+")),
            ],
            options={"ordering": ("starts_at", "id")},
        ),
        trace("second_visit"),
    ]
