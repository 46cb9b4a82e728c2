from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appointments", "0010_fewer_indexes")]

    operations = [
        migrations.RemoveIndex(model_name="freegap", name="free_gap_day"),
        migrations.RemoveIndex(model_name="freegap", name="free_gap_counter_day"),
        migrations.AddIndex(
            model_name="freegap",
            index=models.Index(fields=["day", "starts_at", "facility", "ends_at"], name="free_gap_day_start"),
        ),
        migrations.AddIndex(
            model_name="freegap", index=models.Index(fields=["counter", "day", "starts_at"], name="free_gap_counter_start")
        ),
        migrations.AddIndex(
            model_name="offer", index=models.Index(fields=["type", "policy"], name="offer_type_policy")
        ),
    ]
