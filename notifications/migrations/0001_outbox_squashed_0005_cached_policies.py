import datetime

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import notifications.models
from municipalities.audit import trace
from municipalities.database.cached import watch
from municipalities.database.tables import CreateTables


class Migration(migrations.Migration):
    replaces = [
        ("notifications", "0001_initial"),
        ("notifications", "0002_reminder_policy"),
        ("notifications", "0003_trace_reminders"),
        ("notifications", "0004_fewer_indexes"),
        ("notifications", "0005_cached_policies"),
    ]

    initial = True

    dependencies = [
        ("municipalities", "0005_second_factors_squashed_0016_cash_roles"),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="Message",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("kind", models.CharField(max_length=60, verbose_name="sorte")),
                        ("channel", models.CharField(choices=[("mail", "Courriel"), ("sms", "SMS")], max_length=4, verbose_name="voie")),
                        ("recipient", models.CharField(max_length=254, verbose_name="destinataire")),
                        ("language", models.CharField(default="fr", max_length=2, verbose_name="langue")),
                        ("subject_type", models.CharField(blank=True, max_length=40, verbose_name="objet")),
                        ("subject_id", models.UUIDField(blank=True, null=True, verbose_name="identifiant de l’objet")),
                        ("context", models.JSONField(blank=True, default=dict, verbose_name="détails")),
                        ("state", models.CharField(choices=[("queued", "en attente"), ("sending", "en cours d’envoi"), ("sent", "envoyé"), ("delivered", "remis"), ("bounced", "non remis"), ("failed", "abandonné"), ("ambiguous", "envoi incertain"), ("withdrawn", "retiré")], default="queued", max_length=10, verbose_name="état")),
                        ("due_at", models.DateTimeField(verbose_name="à envoyer le")),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="créé le")),
                        ("claimed_until", models.DateTimeField(blank=True, null=True, verbose_name="réservé jusqu’à")),
                        ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="essais")),
                        ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="envoyé le")),
                        ("provider_id", models.CharField(blank=True, max_length=200, verbose_name="référence du prestataire")),
                        ("last_error", models.CharField(blank=True, max_length=200, verbose_name="dernière erreur")),
                        ("municipality", models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="municipalities.municipality", verbose_name="expéditeur")),
                    ],
                    options={
                        "verbose_name": "message",
                        "verbose_name_plural": "messages",
                        "ordering": ("id",),
                        "indexes": [
                            models.Index(condition=models.Q(("state", "queued")), fields=["due_at", "id"], name="message_due"),
                            models.Index(condition=models.Q(("state", "sending")), fields=["claimed_until"], name="message_sending"),
                            models.Index(fields=["subject_id"], name="message_subject"),
                            models.Index(condition=models.Q(("provider_id", ""), _negated=True), fields=["provider_id"], name="message_provider"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReminderPolicy",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("mail_days", django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(14)]), blank=True, default=notifications.models._reminder_days, size=None, verbose_name="rappels par courriel (jours avant)")),
                        ("mail_time", models.TimeField(default=datetime.time(9, 0), verbose_name="heure des courriels")),
                        ("sms_is_on", models.BooleanField(default=True, verbose_name="rappel par SMS")),
                        ("sms_days", models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(14)], verbose_name="rappel par SMS (jours avant)")),
                        ("sms_time", models.TimeField(default=datetime.time(10, 0), verbose_name="heure des SMS")),
                        ("facility", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipalities.facility", verbose_name="établissement")),
                    ],
                    options={
                        "verbose_name": "règle de rappel",
                        "verbose_name_plural": "règles de rappel",
                        "ordering": ("facility",),
                        "constraints": [
                            models.UniqueConstraint(fields=("facility",), name="one_reminder_policy_per_facility", nulls_distinct=False, violation_error_message="Cet établissement a déjà une règle de rappel."),
                            models.CheckConstraint(condition=models.Q(("mail_days__len__lte", 4), ("mail_days", []), _connector="OR"), name="reminder_days_are_few", violation_error_message="Quatre rappels au plus."),
                            models.CheckConstraint(condition=models.Q(("sms_days__gte", 1), ("sms_days__lte", 14)), name="sms_reminder_is_one_to_fourteen_days_before", violation_error_message="Un rappel part un à quatorze jours avant."),
                        ],
                    },
                ),
            ]
        ),
        # When people are reminded is a setting like the others: whoever changes it leaves a trace. It is read with every
        # booking, and seldom changes.
        trace("notifications_reminderpolicy"),
        watch("notifications_reminderpolicy"),
    ]
