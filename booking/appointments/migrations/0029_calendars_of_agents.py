import django.db.models.deletion
from django.db import migrations, models

NOTE_DEPARTURE = """
CREATE OR REPLACE FUNCTION guichet_note_departure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {table} (facility_id, left_at) VALUES (OLD.facility_id, NEW.changed_at);
    RETURN NULL;
END
$$
"""


class Migration(migrations.Migration):
    """What calendars show of appointments is kept by appointments. The rows stay, under another name."""

    dependencies = [
        ("appointments", "0028_numbers_that_follow"),
        ("feeds", "0003_version_of_a_feed"),
        ("municipalities", "0010_idempotency_keys"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="FeedEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "level",
                            models.CharField(
                                choices=[
                                    ("busy", "Occupé, sans nom ni motif"),
                                    ("initials", "Initiales et motif"),
                                    ("full", "Noms, motif et référence"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("language", models.CharField(max_length=2)),
                        ("changed_at", models.DateTimeField()),
                        ("sequence", models.PositiveIntegerField()),
                        ("text", models.TextField()),
                        (
                            "appointment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="feed_entries",
                                to="appointments.appointment",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "entrée de calendrier",
                        "verbose_name_plural": "entrées de calendrier",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("appointment", "level", "language"),
                                name="one_entry_per_appointment_level_and_language",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Departure",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("left_at", models.DateTimeField()),
                        (
                            "facility",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="municipalities.facility",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "départ",
                        "verbose_name_plural": "départs",
                        "indexes": [models.Index(fields=["facility", "left_at"], name="departure_of_facility")],
                    },
                ),
            ],
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE feeds_feedentry RENAME TO appointments_feedentry;"
                    "ALTER TABLE feeds_departure RENAME TO appointments_departure",
                    "ALTER TABLE appointments_feedentry RENAME TO feeds_feedentry;"
                    "ALTER TABLE appointments_departure RENAME TO feeds_departure",
                ),
                migrations.RunSQL(
                    NOTE_DEPARTURE.format(table="appointments_departure"),
                    NOTE_DEPARTURE.format(table="feeds_departure"),
                ),
            ],
        ),
    ]
