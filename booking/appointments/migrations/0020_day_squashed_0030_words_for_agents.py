import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from municipalities.audit import trace
from municipalities.database.tables import CreateTables


class Migration(migrations.Migration):
    """The day at the counters: the list of the morning, tickets of those who come without an appointment, steps on the
    board that can be undone."""

    replaces = [
        ("appointments", "0020_counter_note"),
        ("appointments", "0021_states_said_alike"),
        ("appointments", "0022_names_of_the_morning_list"),
        ("appointments", "0023_calls_and_priorities"),
        ("appointments", "0024_rhythm_of_openings"),
        ("appointments", "0025_browser_places"),
        ("appointments", "0026_silent_waiters"),
        ("appointments", "0027_one_word_per_thing"),
        ("appointments", "0028_numbers_that_follow"),
        ("appointments", "0029_calendars_of_agents"),
        ("appointments", "0030_words_for_agents"),
    ]

    dependencies = [
        ("appointments", "0010_appointments_squashed_0019_changed_at_a_place"),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="MorningList",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("to_facility", models.BooleanField(default=False, verbose_name="à l’adresse de l’établissement")),
                        ("sent_on", models.DateField(blank=True, editable=False, null=True, verbose_name="dernier envoi")),
                        ("agents", models.ManyToManyField(blank=True, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="agents abonnés")),
                        ("facility", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipalities.facility", verbose_name="établissement")),
                        ("shows_names", models.BooleanField(default=False, verbose_name="noms et numéros complets dans la boîte partagée")),
                    ],
                    options={
                        "verbose_name": "liste du matin",
                        "verbose_name_plural": "listes du matin",
                        "ordering": ("facility",),
                    },
                ),
                migrations.CreateModel(
                    name="WalkInTicket",
                    fields=[
                        ("arrived_at", models.DateTimeField(blank=True, null=True, verbose_name="arrivé à")),
                        ("called_at", models.DateTimeField(blank=True, null=True, verbose_name="appelé à")),
                        ("served_at", models.DateTimeField(blank=True, null=True, verbose_name="terminé à")),
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("day", models.DateField(verbose_name="date")),
                        ("half", models.CharField(choices=[("am", "matin"), ("pm", "après-midi")], max_length=2, verbose_name="demi-journée")),
                        ("number", models.PositiveSmallIntegerField(verbose_name="numéro")),
                        ("people_count", models.PositiveSmallIntegerField(default=1, verbose_name="personnes")),
                        ("is_assisted", models.BooleanField(default=False, verbose_name="accompagné par un aidant")),
                        ("state", models.CharField(choices=[("held", "retenu"), ("booked", "attendu"), ("attended", "servi"), ("incomplete", "dossier incomplet"), ("no_show", "absent"), ("cancelled_by_resident", "annulé par l’usager"), ("cancelled_by_office", "annulé par la mairie")], default="booked", max_length=24, verbose_name="état")),
                        ("facility", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipalities.facility", verbose_name="établissement")),
                        ("given_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="donné par")),
                        ("type", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="appointments.appointmenttype", verbose_name="motif")),
                        ("called_to", models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="appointments.counter", verbose_name="appelé au guichet")),
                        ("priority", models.CharField(blank=True, choices=[("card", "Carte de priorité"), ("standing", "Ne peut pas attendre debout"), ("infant", "Avec un enfant en bas âge"), ("back", "Revient compléter son dossier"), ("other", "Vu avec un responsable")], db_default="", default="", max_length=10, verbose_name="priorité")),
                        ("recalled_at", models.DateTimeField(blank=True, null=True, verbose_name="rappelé à")),
                        ("skipped_at", models.DateTimeField(blank=True, null=True, verbose_name="a passé son tour à")),
                    ],
                    options={
                        "verbose_name": "ticket sans rendez-vous",
                        "verbose_name_plural": "tickets sans rendez-vous",
                        "ordering": ("facility", "day", "half", "number"),
                        "constraints": [
                            models.UniqueConstraint(fields=("facility", "day", "half", "number"), name="one_ticket_per_number", violation_error_message="Ce numéro est déjà donné."),
                            models.CheckConstraint(condition=models.Q(("number__gte", 1), ("number__lte", 200)), name="ticket_number_begins_at_one"),
                            models.CheckConstraint(condition=models.Q(("people_count__gte", 1), ("people_count__lte", 6)), name="ticket_is_for_one_to_six_people", violation_error_message="Un ticket vaut pour une à six personnes."),
                            models.CheckConstraint(condition=models.Q(("arrived_at__isnull", False), ("state__in", ["booked", "attended", "incomplete", "no_show"])), name="ticket_is_given_to_somebody_who_is_there"),
                            models.CheckConstraint(condition=models.Q(("called_to__isnull", True), ("called_at__isnull", False), _connector="OR"), name="ticket_is_called_to_a_counter_only_when_called", violation_error_message="Un guichet d’appel suppose un appel."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WalkInQuota",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("weekday", models.PositiveSmallIntegerField(blank=True, choices=[(0, "lundi"), (1, "mardi"), (2, "mercredi"), (3, "jeudi"), (4, "vendredi"), (5, "samedi"), (6, "dimanche")], null=True, verbose_name="jour")),
                        ("day", models.DateField(blank=True, null=True, verbose_name="date")),
                        ("half", models.CharField(choices=[("am", "matin"), ("pm", "après-midi")], max_length=2, verbose_name="demi-journée")),
                        ("places", models.PositiveSmallIntegerField(verbose_name="tickets")),
                        ("facility", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipalities.facility", verbose_name="établissement")),
                    ],
                    options={
                        "verbose_name": "quota sans rendez-vous",
                        "verbose_name_plural": "quotas sans rendez-vous",
                        "ordering": ("facility", "day", "weekday", "half"),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(models.Q(("day__isnull", False), ("weekday__isnull", True)), models.Q(("day__isnull", True), ("weekday__isnull", False)), _connector="OR"), name="quota_is_for_a_weekday_or_for_a_date", violation_error_message="Un quota vaut pour un jour de la semaine ou pour une date."),
                            models.UniqueConstraint(fields=("facility", "weekday", "day", "half"), name="one_quota_per_half_day", nulls_distinct=False, violation_error_message="Cette demi-journée a déjà un quota."),
                            models.CheckConstraint(condition=models.Q(("places__lte", 200)), name="quota_is_reasonable", violation_error_message="Deux cents tickets au plus par demi-journée."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BoardStep",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("became", models.CharField(choices=[("expected", "attendu"), ("arrived", "arrivé"), ("serving", "au guichet"), ("served", "servi"), ("incomplete", "dossier incomplet"), ("no_show", "absent"), ("cancelled", "annulé"), ("unsettled", "sans suite notée")], max_length=12, verbose_name="devenu")),
                        ("before", models.JSONField(verbose_name="avant")),
                        ("after", models.JSONField(verbose_name="après")),
                        ("at", models.DateTimeField(verbose_name="quand")),
                        ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="défait à")),
                        ("appointment", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="appointments.appointment", verbose_name="rendez-vous")),
                        ("by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="par")),
                        ("facility", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipalities.facility", verbose_name="établissement")),
                        ("ticket", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="appointments.walkinticket", verbose_name="ticket")),
                    ],
                    options={
                        "verbose_name": "action du tableau",
                        "verbose_name_plural": "actions du tableau",
                        "ordering": ("pk",),
                        "indexes": [
                            models.Index(condition=models.Q(("undone_at__isnull", True)), fields=["facility", "by", "-id"], name="step_to_undo"),
                        ],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(models.Q(("appointment__isnull", True), ("ticket__isnull", False)), models.Q(("appointment__isnull", False), ("ticket__isnull", True)), _connector="OR"), name="step_is_about_an_appointment_or_a_ticket"),
                        ],
                    },
                ),
            ]
        ),
        trace("appointments_walkinquota"),
        trace("appointments_walkinticket"),
        trace("appointments_morninglist", hidden=("sent_on",)),
        trace("appointments_morninglist_agents"),
    ]
