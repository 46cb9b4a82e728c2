import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import municipalities.database.ranges
import municipalities.languages
from municipalities.audit import trace
from municipalities.database.cached import watch
from municipalities.database.tables import CreateTables


class Migration(migrations.Migration):
    """What a town offers: kinds of appointments with their papers and fees, counters with their openings, and shared
    calendars."""

    replaces = [
        ("appointments", "0001_initial"),
        ("appointments", "0002_initial"),
        ("appointments", "0003_free_time_until"),
        ("appointments", "0004_waiting_list"),
        ("appointments", "0005_busy_calendars"),
        ("appointments", "0006_trace_triggers"),
        ("appointments", "0007_one_place_per_mailbox"),
        ("appointments", "0008_day_board"),
        ("appointments", "0009_editions"),
    ]

    initial = True

    dependencies = [
        ("municipalities", "0005_second_factors_squashed_0016_cash_roles"),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="AppointmentType",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                        ("name", municipalities.languages.TranslatedField(default=municipalities.languages.Translated, verbose_name="nom")),
                        ("description", municipalities.languages.TranslatedField(blank=True, default=municipalities.languages.Translated, verbose_name="explication")),
                        ("kind", models.CharField(choices=[("deposit", "Demander ou renouveler"), ("collection", "Retirer ma carte ou mon passeport"), ("other", "Autre démarche")], default="other", max_length=12, verbose_name="nature")),
                        ("needs_number", models.BooleanField(default=False, help_text="Jamais pour un retrait : le numéro est alors déjà utilisé.", verbose_name="demande un numéro de pré-demande")),
                        ("max_people", models.PositiveSmallIntegerField(default=6, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(6)], verbose_name="personnes au plus")),
                        ("position", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                        ("is_active", models.BooleanField(default=True, verbose_name="proposé")),
                    ],
                    options={
                        "verbose_name": "motif",
                        "verbose_name_plural": "motifs",
                        "ordering": ("position", "code"),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(models.Q(("kind", "collection"), _negated=True), ("needs_number", False), _connector="OR"), name="collection_never_asks_for_a_number", violation_error_message="Un retrait ne demande jamais de numéro de pré-demande."),
                            models.CheckConstraint(condition=models.Q(("max_people__gte", 1), ("max_people__lte", 6)), name="type_is_for_one_to_six_people", violation_error_message="Un rendez-vous réunit une à six personnes."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RequiredDocument",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.SlugField(max_length=60, verbose_name="code")),
                        ("situations", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[("renewal", "Renouvellement"), ("first", "Première demande"), ("loss", "Perte"), ("theft", "Vol"), ("name_change", "Changement de nom ou d’état civil"), ("address_change", "Changement d’adresse")], max_length=20), blank=True, default=list, size=None, verbose_name="situations (vide : toutes)")),
                        ("ages", models.CharField(choices=[("any", "Tous les âges"), ("adult", "Majeurs"), ("minor", "Mineurs"), ("from_15", "15 à 17 ans"), ("under_15", "Moins de 15 ans")], default="any", max_length=10, verbose_name="âges")),
                        ("label", municipalities.languages.TranslatedField(default=municipalities.languages.Translated, verbose_name="pièce")),
                        ("detail", municipalities.languages.TranslatedField(blank=True, default=municipalities.languages.Translated, verbose_name="précision")),
                        ("position", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                        ("is_dropped", models.BooleanField(default=False, verbose_name="non demandée ici")),
                        ("municipality", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipalities.municipality", verbose_name="commune")),
                        ("types", models.ManyToManyField(related_name="documents", to="appointments.appointmenttype", verbose_name="motifs")),
                    ],
                    options={
                        "verbose_name": "pièce à apporter",
                        "verbose_name_plural": "pièces à apporter",
                        "ordering": ("position", "code"),
                        "constraints": [
                            models.UniqueConstraint(fields=("code", "municipality"), name="one_document_per_code_and_municipality", nulls_distinct=False, violation_error_message="Cette pièce est déjà dans la liste."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Fee",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.SlugField(max_length=60, unique=True, verbose_name="code")),
                        ("situations", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[("renewal", "Renouvellement"), ("first", "Première demande"), ("loss", "Perte"), ("theft", "Vol"), ("name_change", "Changement de nom ou d’état civil"), ("address_change", "Changement d’adresse")], max_length=20), blank=True, default=list, size=None, verbose_name="situations (vide : toutes)")),
                        ("ages", models.CharField(choices=[("any", "Tous les âges"), ("adult", "Majeurs"), ("minor", "Mineurs"), ("from_15", "15 à 17 ans"), ("under_15", "Moins de 15 ans")], default="any", max_length=10, verbose_name="âges")),
                        ("cents", models.PositiveIntegerField(verbose_name="montant (centimes)")),
                        ("label", municipalities.languages.TranslatedField(default=municipalities.languages.Translated, verbose_name="libellé")),
                        ("position", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                        ("types", models.ManyToManyField(related_name="fees", to="appointments.appointmenttype", verbose_name="motifs")),
                    ],
                    options={
                        "verbose_name": "timbre fiscal",
                        "verbose_name_plural": "timbres fiscaux",
                        "ordering": ("position", "code"),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("cents__lte", 100000)), name="fee_is_not_absurd"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Duration",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("people", models.PositiveSmallIntegerField(verbose_name="personnes")),
                        ("minutes", models.PositiveSmallIntegerField(verbose_name="minutes")),
                        ("facility", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipalities.facility", verbose_name="établissement")),
                        ("type", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="durations", to="appointments.appointmenttype", verbose_name="motif")),
                    ],
                    options={
                        "verbose_name": "durée",
                        "verbose_name_plural": "durées",
                        "ordering": ("type", "facility", "people"),
                        "constraints": [
                            models.UniqueConstraint(fields=("facility", "type", "people"), name="one_duration_per_facility_type_and_people", nulls_distinct=False, violation_error_message="Cette durée est déjà fixée."),
                            models.CheckConstraint(condition=models.Q(("people__gte", 1), ("people__lte", 6)), name="duration_is_for_one_to_six_people", violation_error_message="Un rendez-vous réunit une à six personnes."),
                            models.CheckConstraint(condition=models.Q(("minutes__gte", 5), ("minutes__lte", 240), ("minutes", django.db.models.expressions.CombinedExpression(models.F("minutes"), "-", django.db.models.functions.math.Mod(models.F("minutes"), 5)))), name="duration_is_a_multiple_of_five_minutes_up_to_four_hours", violation_error_message="Une durée est un multiple de cinq minutes, quatre heures au plus."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CalendarPool",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=120, unique=True, verbose_name="nom")),
                        ("is_active", models.BooleanField(default=True, verbose_name="en service")),
                        ("types", models.ManyToManyField(related_name="pools", to="appointments.appointmenttype", verbose_name="motifs partagés")),
                    ],
                    options={
                        "verbose_name": "agenda mutualisé",
                        "verbose_name_plural": "agendas mutualisés",
                        "ordering": ("name",),
                    },
                ),
                migrations.CreateModel(
                    name="Counter",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=60, verbose_name="nom")),
                        ("is_active", models.BooleanField(default=True, verbose_name="en service")),
                        ("has_invented_data", models.BooleanField(default=False, verbose_name="comporte des données fictives")),
                        ("facility", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="counters", to="municipalities.facility", verbose_name="établissement")),
                        ("types", models.ManyToManyField(related_name="counters", to="appointments.appointmenttype", verbose_name="motifs servis")),
                        ("free_until", models.DateField(blank=True, editable=False, null=True, verbose_name="temps libre calculé jusqu’au")),
                    ],
                    options={
                        "verbose_name": "guichet",
                        "verbose_name_plural": "guichets",
                        "ordering": ("facility", "name"),
                        "constraints": [
                            models.UniqueConstraint(fields=("facility", "name"), name="counter_name_is_unique_in_its_facility", violation_error_message="Un guichet de ce nom existe déjà ici."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PoolShare",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("shared_from", models.DateField(default=django.utils.timezone.localdate, verbose_name="partagé à partir du")),
                        ("shared_until", models.DateField(blank=True, null=True, verbose_name="partagé jusqu’au")),
                        ("reserve_percent", models.PositiveSmallIntegerField(default=0, verbose_name="réserve locale (%)")),
                        ("reserve_days", models.PositiveSmallIntegerField(default=3, verbose_name="réserve levée (jours avant)")),
                        ("counter", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="shares", to="appointments.counter", verbose_name="guichet")),
                        ("pool", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="shares", to="appointments.calendarpool", verbose_name="agenda mutualisé")),
                    ],
                    options={
                        "verbose_name": "part d’agenda",
                        "verbose_name_plural": "parts d’agenda",
                        "ordering": ("pool", "counter"),
                        "constraints": [
                            models.UniqueConstraint(fields=("pool", "counter"), name="one_share_per_pool_and_counter", violation_error_message="Ce guichet participe déjà à cet agenda."),
                            models.CheckConstraint(condition=models.Q(("reserve_percent__lte", 50)), name="local_reserve_is_at_most_half", violation_error_message="La réserve locale ne dépasse pas la moitié du temps."),
                            models.CheckConstraint(condition=models.Q(("shared_until__isnull", True), ("shared_until__gte", models.F("shared_from")), _connector="OR"), name="share_ends_after_it_begins", violation_error_message="Le partage doit finir après son début."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OpeningPeriod",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("weekday", models.PositiveSmallIntegerField(choices=[(0, "lundi"), (1, "mardi"), (2, "mercredi"), (3, "jeudi"), (4, "vendredi"), (5, "samedi"), (6, "dimanche")], verbose_name="jour")),
                        ("starts", models.TimeField(verbose_name="de")),
                        ("ends", models.TimeField(verbose_name="à")),
                        ("valid_from", models.DateField(default=django.utils.timezone.localdate, verbose_name="valable du")),
                        ("valid_until", models.DateField(blank=True, null=True, verbose_name="au")),
                        ("audience", models.PositiveSmallIntegerField(choices=[(0, "Tout le monde"), (1, "Agents de toutes les communes"), (2, "Agents de l’établissement")], default=0, verbose_name="ouvert à")),
                        ("fallback_days", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="rendu au public (jours avant)")),
                        ("fallback_time", models.TimeField(blank=True, null=True, verbose_name="rendu au public à")),
                        ("counter", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="openings", to="appointments.counter", verbose_name="guichet")),
                        ("types", models.ManyToManyField(blank=True, related_name="+", to="appointments.appointmenttype", verbose_name="seulement pour ces motifs")),
                        ("counted_from", models.DateField(blank=True, null=True, verbose_name="compté à partir de la semaine du")),
                        ("every_weeks", models.PositiveSmallIntegerField(choices=[(1, "chaque semaine"), (2, "une semaine sur deux"), (3, "une semaine sur trois"), (4, "une semaine sur quatre")], default=1, verbose_name="rythme")),
                        ("except_on", django.contrib.postgres.fields.ArrayField(base_field=models.DateField(), blank=True, default=list, size=None, verbose_name="sauf les")),
                        ("nth", models.SmallIntegerField(blank=True, choices=[(1, "le premier du mois"), (2, "le deuxième du mois"), (3, "le troisième du mois"), (4, "le quatrième du mois"), (-1, "le dernier du mois")], null=True, verbose_name="dans le mois")),
                    ],
                    options={
                        "verbose_name": "plage d’ouverture",
                        "verbose_name_plural": "plages d’ouverture",
                        "ordering": ("counter", "weekday", "starts"),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("ends__gt", models.F("starts"))), name="opening_period_ends_after_it_starts", violation_error_message="La plage doit finir après son début."),
                            models.CheckConstraint(condition=models.Q(("valid_until__isnull", True), ("valid_until__gte", models.F("valid_from")), _connector="OR"), name="opening_period_validity_ends_after_it_begins", violation_error_message="La date de fin doit suivre la date de début."),
                            models.CheckConstraint(condition=models.Q(models.Q(("fallback_days__isnull", True), ("fallback_time__isnull", True)), models.Q(("fallback_days__isnull", False), ("fallback_time__isnull", False)), _connector="OR"), name="fallback_has_a_day_and_an_hour", violation_error_message="Le retour au public demande un nombre de jours et une heure."),
                            models.CheckConstraint(condition=models.Q(models.Q(("counted_from__isnull", True), ("every_weeks", 1)), models.Q(("counted_from__isnull", False), ("every_weeks__range", (2, 4))), _connector="OR"), name="opening_every_few_weeks_and_only_it_says_from_when", violation_error_message="Une plage d’une semaine sur plusieurs dit à partir de laquelle."),
                            models.CheckConstraint(condition=models.Q(("nth__isnull", True), models.Q(("every_weeks", 1), ("nth__in", [1, 2, 3, 4, -1])), _connector="OR"), name="opening_follows_weeks_or_months", violation_error_message="Une plage suit les semaines ou les mois, pas les deux."),
                            django.contrib.postgres.constraints.ExclusionConstraint(expressions=[("counter", "="), ("weekday", "="), (municipalities.database.ranges.DateRange(models.F("valid_from"), models.F("valid_until"), models.Value("[]")), "&&"), (municipalities.database.ranges.MinuteRange(models.F("starts"), models.F("ends")), "&&"), (municipalities.database.ranges.WeeksOfARound(models.F("every_weeks"), models.F("counted_from")), "&&"), (municipalities.database.ranges.PlacesOfAMonth(models.F("nth")), "&&")], name="opening_periods_of_a_counter_never_overlap", violation_error_message="Une autre plage de ce guichet couvre déjà une partie de ces heures."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BusyCalendar",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=80, verbose_name="nom")),
                        ("address", models.CharField(max_length=2000, verbose_name="adresse de l’agenda")),
                        ("is_active", models.BooleanField(default=True, verbose_name="relevé")),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="ajouté le")),
                        ("due_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="à relever le")),
                        ("last_fetched_at", models.DateTimeField(blank=True, null=True, verbose_name="relevé le")),
                        ("last_read_at", models.DateTimeField(blank=True, null=True, verbose_name="lu en entier le")),
                        ("last_ok_at", models.DateTimeField(blank=True, null=True, verbose_name="bien relevé le")),
                        ("last_error", models.CharField(blank=True, max_length=40, verbose_name="dernière difficulté")),
                        ("etag", models.CharField(blank=True, max_length=300)),
                        ("modified", models.CharField(blank=True, max_length=100)),
                        ("blocked_count", models.PositiveIntegerField(default=0, verbose_name="périodes bloquées")),
                        ("counter", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="busy_calendars", to="appointments.counter", verbose_name="guichet")),
                        ("created_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="ajouté par")),
                        ("is_cut_short", models.BooleanField(default=False, verbose_name="reçu sans sa fin")),
                        ("unread_count", models.PositiveIntegerField(default=0, verbose_name="événements illisibles")),
                        ("unread_lines", django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), blank=True, default=list, size=None)),
                    ],
                    options={
                        "verbose_name": "agenda extérieur",
                        "verbose_name_plural": "agendas extérieurs",
                        "ordering": ("counter", "name"),
                        "indexes": [
                            models.Index(condition=models.Q(("is_active", True)), fields=["due_at"], name="busy_calendar_due"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("counter", "address"), name="busy_calendar_is_added_once_to_a_counter", violation_error_message="Cet agenda est déjà relevé pour ce guichet."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CounterClosure",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="période")),
                        ("reason", municipalities.languages.TranslatedField(default=municipalities.languages.Translated, verbose_name="motif affiché")),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="créée le")),
                        ("counter", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="closures", to="appointments.counter", verbose_name="guichet")),
                        ("created_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="créée par")),
                        ("busy_calendar", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="blocks", to="appointments.busycalendar", verbose_name="agenda extérieur")),
                    ],
                    options={
                        "verbose_name": "fermeture de guichet",
                        "verbose_name_plural": "fermetures de guichet",
                        "ordering": ("period",),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("period__isempty", False), ("period__lower_inf", False), ("period__upper_inf", False)), name="counter_closure_has_a_beginning_and_an_end", violation_error_message="La fermeture doit finir après son début."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReleasePolicy",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("notice_minutes", models.PositiveIntegerField(default=120, verbose_name="délai minimal (minutes)")),
                        ("horizon_days", models.PositiveSmallIntegerField(default=90, verbose_name="horizon (jours)")),
                        ("mode", models.CharField(choices=[("rolling", "Au fil des jours"), ("batch", "Par lots, à jour et heure fixes")], default="rolling", max_length=8, verbose_name="ouverture des créneaux")),
                        ("batch_weekday", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="jour du lot (0 = lundi)")),
                        ("batch_time", models.TimeField(blank=True, null=True, verbose_name="heure du lot")),
                        ("batch_weeks", models.PositiveSmallIntegerField(default=1, verbose_name="semaines ouvertes par lot")),
                        ("held_until_7_days_percent", models.PositiveSmallIntegerField(default=0, verbose_name="part retenue jusqu’à J-7 (%)")),
                        ("held_until_1_day_percent", models.PositiveSmallIntegerField(default=0, verbose_name="part retenue jusqu’à J-1 (%)")),
                        ("facility", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipalities.facility", verbose_name="établissement")),
                        ("type", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="appointments.appointmenttype", verbose_name="motif")),
                    ],
                    options={
                        "verbose_name": "règle d’ouverture des créneaux",
                        "verbose_name_plural": "règles d’ouverture des créneaux",
                        "ordering": ("facility", "type"),
                        "constraints": [
                            models.UniqueConstraint(fields=("facility", "type"), name="one_release_policy_per_facility_and_type", nulls_distinct=False, violation_error_message="Une règle existe déjà pour cet établissement et ce motif."),
                            models.CheckConstraint(condition=models.Q(("horizon_days__lte", 365)), name="release_horizon_is_at_most_a_year", violation_error_message="L’horizon est d’un an au plus."),
                            models.CheckConstraint(condition=models.Q(("mode", "rolling"), models.Q(("batch_time__isnull", False), ("batch_weekday__isnull", False), ("batch_weekday__lte", 6), ("batch_weeks__gte", 1)), _connector="OR"), name="released_batch_has_a_weekday_and_an_hour", violation_error_message="Un lot demande un jour, une heure et au moins une semaine."),
                            models.CheckConstraint(condition=models.Q(("held_until_7_days_percent__lte", django.db.models.expressions.CombinedExpression(models.Value(90), "-", models.F("held_until_1_day_percent")))), name="held_back_shares_leave_something", violation_error_message="Les parts retenues ne dépassent pas 90 % du temps."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CounterOffering",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("minutes", django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(null=True), size=None)),
                        ("shared_from", models.DateField(null=True)),
                        ("shared_until", models.DateField(null=True)),
                        ("reserve_until", models.PositiveSmallIntegerField(default=0)),
                        ("reserve_days", models.PositiveSmallIntegerField(default=0)),
                        ("held_from_7", models.PositiveSmallIntegerField(default=1000)),
                        ("held_from_1", models.PositiveSmallIntegerField(default=1000)),
                        ("counter", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="offers", to="appointments.counter")),
                        ("facility", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipalities.facility")),
                        ("municipality", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipalities.municipality")),
                        ("type", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="appointments.appointmenttype")),
                        ("policy", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="appointments.releasepolicy")),
                    ],
                    options={
                        "verbose_name": "offre",
                        "verbose_name_plural": "offres",
                        "indexes": [
                            models.Index(fields=["type", "facility"], name="offer_type_facility"),
                            models.Index(fields=["type", "policy"], name="offer_type_policy"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("counter", "type"), name="one_offer_per_counter_and_type"),
                        ],
                        "db_table": "appointments_offer",
                    },
                ),
            ]
        ),
        trace("appointments_counter", hidden=("free_until",)),
        trace("appointments_counter_types"),
        trace("appointments_openingperiod"),
        trace("appointments_openingperiod_types"),
        # What comes from a calendar kept elsewhere is nobody's writing here.
        trace(
            "appointments_counterclosure",
            insert="NEW.busy_calendar_id IS NULL",
            update="NEW.busy_calendar_id IS NULL",
            delete="OLD.busy_calendar_id IS NULL",
        ),
        # What the worker notes at every reading is not a person's doing either.
        trace(
            "appointments_busycalendar",
            masked=("address",),
            hidden=(
                "due_at",
                "last_fetched_at",
                "last_read_at",
                "last_ok_at",
                "last_error",
                "etag",
                "modified",
                "blocked_count",
            ),
        ),
        trace("appointments_appointmenttype"),
        trace("appointments_calendarpool"),
        trace("appointments_calendarpool_types"),
        trace("appointments_poolshare"),
        trace("appointments_releasepolicy"),
        trace("appointments_duration"),
        trace("appointments_requireddocument"),
        trace("appointments_requireddocument_types"),
        trace("appointments_fee"),
        trace("appointments_fee_types"),
        # Kinds of appointments, documents and fees are remembered like the places they are for; and which counters offer what,
        # and to whom: every search asks whether a type is shared at all.
        *(
            watch(f"appointments_{table}")
            for table in ("appointmenttype", "requireddocument", "requireddocument_types", "fee", "fee_types", "offer")
        ),
    ]
