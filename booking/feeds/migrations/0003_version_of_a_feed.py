import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from municipalities.audit import trace, untrace

NOTED = ("contact_hash", "mark", "version", "modified_at", "marked_at")

DEPARTURES = """
-- Fires for statements that name these columns and changes them: a booking costs nothing.
CREATE FUNCTION guichet_note_departure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO feeds_departure (facility_id, left_at) VALUES (OLD.facility_id, NEW.changed_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER guichet_note_departure AFTER UPDATE OF counter_id, facility_id ON appointments_appointment
    FOR EACH ROW WHEN (OLD.state <> 'held' AND OLD.counter_id <> NEW.counter_id)
    EXECUTE FUNCTION guichet_note_departure()
"""
NO_DEPARTURES = """
DROP TRIGGER guichet_note_departure ON appointments_appointment;
DROP FUNCTION guichet_note_departure()
"""


class Migration(migrations.Migration):
    """Each calendar knows by itself whether it has changed; a booking elsewhere is none of its business."""

    dependencies = [
        ("feeds", "0002_trace_triggers"),
        ("appointments", "0019_changed_at_a_place"),
        ("municipalities", "0009_audit_entry"),
    ]

    operations = [
        migrations.AddField(
            model_name="calendarfeed",
            name="places",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), blank=True, default=list, editable=False, size=None
            ),
        ),
        migrations.CreateModel(
            name="Departure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
        migrations.RunSQL(DEPARTURES, NO_DEPARTURES),
        # What a reading notes is not a person's doing.
        untrace(trace("feeds_calendarfeed", hidden=NOTED)),
        trace("feeds_calendarfeed", hidden=(*NOTED, "places")),
        # Rendered when first read, with the town in the place's line now.
        migrations.RunSQL("DELETE FROM feeds_feedentry", migrations.RunSQL.noop),
    ]
