from django.db import migrations, models
from django.db.models import Q

from municipalities.audit import trace, untrace

NOTED = ("contact_hash", "mark", "version", "modified_at", "marked_at", "places")

NAME_SUBJECTS = """
UPDATE feeds_calendarfeed SET
    subject_id = coalesce(appointment_id::text, counter_id::text, facility_id::text, ''),
    kind = CASE kind WHEN 'resident' THEN 'appointment' WHEN 'counter' THEN 'appointments.counter'
                     WHEN 'facility' THEN 'appointments.facility' ELSE 'appointments.own' END
"""
POINT_TO_SUBJECTS = """
UPDATE feeds_calendarfeed SET
    appointment_id = CASE kind WHEN 'appointment' THEN subject_id::uuid END,
    counter_id = CASE kind WHEN 'appointments.counter' THEN subject_id::bigint END,
    facility_id = CASE kind WHEN 'appointments.facility' THEN subject_id::bigint END,
    kind = CASE kind WHEN 'appointment' THEN 'resident' WHEN 'appointments.counter' THEN 'counter'
                     WHEN 'appointments.facility' THEN 'facility' ELSE 'staff' END;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED
"""


class Migration(migrations.Migration):
    """A calendar is about something of whatever service: named by its kind and key, not by a column for each."""

    dependencies = [
        ("feeds", "0003_version_of_a_feed"),
        ("appointments", "0029_calendars_of_agents"),
    ]

    operations = [
        # Renaming what a calendar is about is nobody's doing.
        untrace(trace("feeds_calendarfeed", hidden=NOTED)),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name="FeedEntry"),
                migrations.DeleteModel(name="Departure"),
            ]
        ),
        migrations.RemoveConstraint("calendarfeed", "feed_has_the_subject_of_its_kind"),
        migrations.RemoveConstraint("calendarfeed", "one_feed_per_person_subject_and_privacy"),
        migrations.AddField(
            "calendarfeed",
            "subject_id",
            models.CharField("identifiant de l’objet", max_length=40, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AlterField("calendarfeed", "kind", models.CharField("nature", max_length=40)),
        migrations.RunSQL(NAME_SUBJECTS, POINT_TO_SUBJECTS),
        migrations.RemoveField("calendarfeed", "appointment"),
        migrations.RemoveField("calendarfeed", "counter"),
        migrations.RemoveField("calendarfeed", "facility"),
        migrations.AddConstraint(
            "calendarfeed",
            models.UniqueConstraint(
                fields=["owner", "kind", "subject_id", "privacy"],
                name="one_feed_per_person_subject_and_privacy",
                nulls_distinct=False,
                violation_error_message="Ce calendrier existe déjà.",
            ),
        ),
        migrations.AddConstraint(
            "calendarfeed",
            models.CheckConstraint(
                name="feed_has_an_owner_or_follows_for_a_contact",
                condition=Q(owner__isnull=False, contact_hash__isnull=True)
                | Q(owner__isnull=True, contact_hash__isnull=False) & ~Q(subject_id=""),
                violation_error_message="Ce calendrier n’est à personne.",
            ),
        ),
        migrations.AddIndex(
            "calendarfeed",
            models.Index(fields=["kind", "subject_id"], condition=Q(owner__isnull=True), name="feed_following_subject"),
        ),
        trace("feeds_calendarfeed", hidden=NOTED),
    ]
