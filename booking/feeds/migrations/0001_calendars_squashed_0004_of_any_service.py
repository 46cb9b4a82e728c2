import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from municipalities.audit import trace
from municipalities.database.tables import CreateTables


class Migration(migrations.Migration):
    """Calendars about something of whatever service, named by its kind and key. Each knows by itself whether it has
    changed; a booking elsewhere is none of its business."""

    replaces = [
        ("feeds", "0001_initial"),
        ("feeds", "0002_trace_triggers"),
        ("feeds", "0003_version_of_a_feed"),
        ("feeds", "0004_of_any_service"),
    ]

    initial = True

    dependencies = [
        ("municipalities", "0005_second_factors_squashed_0016_cash_roles"),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="PublicCalendar",
                    fields=[
                        ("municipality", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="+", serialize=False, to="municipalities.municipality")),
                        ("serial", models.PositiveIntegerField(default=0)),
                        ("modified_at", models.DateTimeField()),
                        ("compared_at", models.DateTimeField()),
                    ],
                    options={
                        "verbose_name": "calendrier public",
                        "verbose_name_plural": "calendriers publics",
                    },
                ),
                migrations.CreateModel(
                    name="PublicEntry",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("key", models.CharField(max_length=80)),
                        ("facts_hash", models.CharField(max_length=64)),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("sequence", models.PositiveIntegerField(default=0)),
                        ("changed_at", models.DateTimeField()),
                        ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                        ("texts", models.JSONField()),
                        ("calendar", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="entries", to="feeds.publiccalendar")),
                    ],
                    options={
                        "verbose_name": "entrée publique",
                        "verbose_name_plural": "entrées publiques",
                        "constraints": [
                            models.UniqueConstraint(fields=("calendar", "key"), name="one_public_entry_per_subject"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CalendarFeed",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("kind", models.CharField(max_length=40, verbose_name="nature")),
                        ("privacy", models.CharField(choices=[("busy", "Occupé, sans nom ni motif"), ("initials", "Initiales et motif"), ("full", "Noms, motif et référence")], default="busy", max_length=10, verbose_name="ce qu’il montre")),
                        ("language", models.CharField(default="fr", max_length=2, verbose_name="langue")),
                        ("contact_hash", models.BinaryField(blank=True, max_length=32, null=True)),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="créé le")),
                        ("mark", models.CharField(blank=True, editable=False, max_length=64)),
                        ("version", models.CharField(blank=True, editable=False, max_length=64)),
                        ("modified_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("marked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("owner", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="feeds", to=settings.AUTH_USER_MODEL, verbose_name="agent")),
                        ("places", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, editable=False, size=None)),
                        ("subject_id", models.CharField(blank=True, max_length=40, verbose_name="identifiant de l’objet")),
                    ],
                    options={
                        "verbose_name": "flux",
                        "verbose_name_plural": "flux",
                        "ordering": ("id",),
                        "indexes": [
                            models.Index(condition=models.Q(("owner__isnull", True)), fields=["kind", "subject_id"], name="feed_following_subject"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("owner", "kind", "subject_id", "privacy"), name="one_feed_per_person_subject_and_privacy", nulls_distinct=False, violation_error_message="Ce calendrier existe déjà."),
                            models.CheckConstraint(condition=models.Q(models.Q(("contact_hash__isnull", True), ("owner__isnull", False)), models.Q(("contact_hash__isnull", False), ("owner__isnull", True), models.Q(("subject_id", ""), _negated=True)), _connector="OR"), name="feed_has_an_owner_or_follows_for_a_contact", violation_error_message="Ce calendrier n’est à personne."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FeedToken",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("token_hash", models.BinaryField(max_length=32, unique=True, verbose_name="empreinte")),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="créé le")),
                        ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="révoqué le")),
                        ("last_used_at", models.DateTimeField(blank=True, null=True, verbose_name="dernier usage")),
                        ("feed", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to="feeds.calendarfeed")),
                    ],
                    options={
                        "verbose_name": "lien d’abonnement",
                        "verbose_name_plural": "liens d’abonnement",
                        "ordering": ("id",),
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("revoked_at__isnull", True)), fields=("feed",), name="one_open_token_per_feed"),
                        ],
                    },
                ),
            ]
        ),
        # What a reading notes is not a person's doing.
        trace(
            "feeds_calendarfeed", hidden=("contact_hash", "mark", "version", "modified_at", "marked_at", "places")
        ),
        trace("feeds_feedtoken", hidden=("token_hash", "last_used_at")),
    ]
