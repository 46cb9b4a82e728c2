import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import municipalities.database.ranges
from municipalities.audit import trace
from municipalities.database.tables import CreateTables

#: Names are found as they are said on the telephone.
FOLDED = """
-- A name as it sounds: without accents, ligatures, apostrophes, hyphens or spaces, however it was composed.
-- `short` writes umlauts with one letter where somebody typed two: Schroeder and Schröder are one name.
-- One expression, so that the planner puts it in place of the call: half the time for all names of a territory.
CREATE FUNCTION guichet_folded(name text, short boolean) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(
        CASE
            WHEN short THEN regexp_replace(lower(unaccent(normalize(name, NFKC))), '([aou])e', '\\1', 'g')
            ELSE lower(unaccent(normalize(name, NFKC)))
        END,
        '[^[:alnum:]]+', '', 'g'
    )
$$
"""

#: A calendar learns what has left it.
DEPARTURES = """
-- Fires for statements that name these columns and changes them: a booking costs nothing.
CREATE FUNCTION guichet_note_departure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO appointments_departure (facility_id, left_at) VALUES (OLD.facility_id, NEW.changed_at);
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
    """Free time, appointments and their people, who waits for one, and what calendars show of them."""

    replaces = [
        ("appointments", "0010_fewer_indexes"),
        ("appointments", "0011_free_time_in_order"),
        ("appointments", "0012_counter_offering"),
        ("appointments", "0013_kept_for"),
        ("appointments", "0014_calendar_entries"),
        ("appointments", "0015_folded_names"),
        ("appointments", "0016_watch_offerings"),
        ("appointments", "0017_extended_once"),
        ("appointments", "0018_unreadable_events"),
        ("appointments", "0019_changed_at_a_place"),
    ]

    dependencies = [
        ("appointments", "0001_counters_squashed_0009_editions"),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="FreeGap",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("day", models.DateField()),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("audience", models.PositiveSmallIntegerField(choices=[(0, "Tout le monde"), (1, "Agents de toutes les communes"), (2, "Agents de l’établissement")])),
                        ("public_from", models.DateTimeField(null=True)),
                        ("portion", models.PositiveSmallIntegerField(default=0)),
                        ("type_ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                        ("counter", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="appointments.counter")),
                        ("facility", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipalities.facility")),
                    ],
                    options={
                        "verbose_name": "temps libre",
                        "verbose_name_plural": "temps libres",
                        "indexes": [
                            models.Index(fields=["facility", "day"], name="free_gap_facility_day"),
                            models.Index(fields=["day", "starts_at", "facility", "ends_at"], name="free_gap_day_start"),
                            models.Index(fields=["counter", "day", "starts_at"], name="free_gap_counter_start"),
                        ],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="free_gap_has_a_length"),
                            django.contrib.postgres.constraints.ExclusionConstraint(expressions=[("counter", "="), (municipalities.database.ranges.TsTzRange("starts_at", "ends_at", django.contrib.postgres.fields.ranges.RangeBoundary()), "&&")], name="free_gaps_of_a_counter_never_overlap"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Appointment",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("reference", models.CharField(max_length=9, verbose_name="référence")),
                        ("starts_at", models.DateTimeField(verbose_name="début")),
                        ("ends_at", models.DateTimeField(verbose_name="fin")),
                        ("people_count", models.PositiveSmallIntegerField(default=1, verbose_name="personnes")),
                        ("state", models.CharField(choices=[("held", "retenu"), ("booked", "attendu"), ("attended", "servi"), ("incomplete", "dossier incomplet"), ("no_show", "absent"), ("cancelled_by_resident", "annulé par l’usager"), ("cancelled_by_office", "annulé par la mairie")], default="held", max_length=24, verbose_name="état")),
                        ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="retenu jusqu’à")),
                        ("browser_hash", models.BinaryField(blank=True, max_length=32, null=True)),
                        ("address_hash", models.BinaryField(blank=True, max_length=32, null=True)),
                        ("email", models.EmailField(blank=True, max_length=254, verbose_name="courriel")),
                        ("phone", models.CharField(blank=True, max_length=20, verbose_name="téléphone")),
                        ("language", models.CharField(default="fr", max_length=2, verbose_name="langue")),
                        ("accessibility", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[("step_free", "Accès sans marche"), ("seat", "Pouvoir s’asseoir en attendant"), ("sign_language", "Langue des signes"), ("speak_clearly", "Parler lentement et en face"), ("low_vision", "Aide à la lecture"), ("companion", "Je viens avec un accompagnant")], max_length=20), blank=True, default=list, size=None, verbose_name="besoins d’accessibilité")),
                        ("channel", models.CharField(choices=[("web", "en ligne"), ("phone", "par téléphone"), ("counter", "au guichet"), ("national", "site national")], default="web", max_length=10, verbose_name="canal")),
                        ("booked_at", models.DateTimeField(blank=True, null=True, verbose_name="pris le")),
                        ("changed_at", models.DateTimeField(verbose_name="modifié le")),
                        ("cancelled_at", models.DateTimeField(blank=True, null=True, verbose_name="annulé le")),
                        ("cancel_reason", models.CharField(blank=True, max_length=200, verbose_name="motif d’annulation")),
                        ("purged_at", models.DateTimeField(blank=True, null=True, verbose_name="identité effacée le")),
                        ("sequence", models.PositiveIntegerField(default=0)),
                        ("booked_by", models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="pris par")),
                        ("booked_through", models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="municipalities.municipality", verbose_name="pris sur le site de")),
                        ("facility", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipalities.facility", verbose_name="établissement")),
                        ("home_municipality", models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="municipalities.municipality", verbose_name="commune de résidence")),
                        ("moves", models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="appointments.appointment")),
                        ("type", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="appointments.appointmenttype", verbose_name="motif")),
                        ("counter", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="appointments.counter", verbose_name="guichet")),
                        ("arrived_at", models.DateTimeField(blank=True, null=True, verbose_name="arrivé à")),
                        ("called_at", models.DateTimeField(blank=True, null=True, verbose_name="appelé à")),
                        ("is_assisted", models.BooleanField(db_default=False, default=False, verbose_name="accompagné par un aidant")),
                        ("served_at", models.DateTimeField(blank=True, null=True, verbose_name="terminé à")),
                        ("urgent_reason", models.CharField(blank=True, choices=[("exam", "Examen ou concours"), ("travel", "Perte ou vol juste avant un départ"), ("work", "Motif professionnel"), ("family", "Motif familial ou humanitaire"), ("refused", "Dossier refusé ou à compléter"), ("access", "Difficulté à se déplacer"), ("other", "Autre, vu avec un responsable")], db_default="", default="", max_length=10, verbose_name="motif d’urgence")),
                        ("kept_for", models.CharField(blank=True, choices=[("browser", "une personne qui remplit le formulaire"), ("waiting", "la liste d’attente"), ("rehoming", "un rendez-vous que la mairie déplace")], db_default="", default="", max_length=8, verbose_name="retenu pour")),
                        ("times_extended", models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="prolongations")),
                        ("cancel_channel", models.CharField(blank=True, choices=[("web", "en ligne"), ("phone", "par téléphone"), ("counter", "au guichet"), ("national", "site national")], db_default="", default="", max_length=10, verbose_name="annulé par la voie")),
                        ("counter_note", models.CharField(blank=True, db_default="", default="", max_length=500, verbose_name="note pour le guichet")),
                        ("called_to", models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="appointments.counter", verbose_name="appelé au guichet")),
                        ("priority", models.CharField(blank=True, choices=[("card", "Carte de priorité"), ("standing", "Ne peut pas attendre debout"), ("infant", "Avec un enfant en bas âge"), ("back", "Revient compléter son dossier"), ("other", "Vu avec un responsable")], db_default="", default="", max_length=10, verbose_name="priorité")),
                        ("recalled_at", models.DateTimeField(blank=True, null=True, verbose_name="rappelé à")),
                        ("skipped_at", models.DateTimeField(blank=True, null=True, verbose_name="a passé son tour à")),
                        ("browser_place", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("number_due_at", models.DateTimeField(blank=True, null=True, verbose_name="numéro attendu jusqu’à")),
                    ],
                    options={
                        "verbose_name": "rendez-vous",
                        "verbose_name_plural": "rendez-vous",
                        "ordering": ("starts_at", "counter"),
                        "indexes": [
                            models.Index(fields=["facility", "starts_at"], name="appointment_facility_start"),
                            models.Index(fields=["counter", "starts_at"], name="appointment_counter_start"),
                            models.Index(condition=models.Q(("expires_at__isnull", False), ("state", "held")), fields=["expires_at"], name="hold_expiry"),
                            models.Index(condition=models.Q(("browser_hash__isnull", False), ("state", "held")), fields=["browser_hash"], name="hold_browser"),
                            models.Index(condition=models.Q(("address_hash__isnull", False), ("state", "held")), fields=["address_hash"], name="hold_address"),
                            models.Index(condition=models.Q(("moves__isnull", False)), fields=["moves"], name="hold_to_move"),
                            models.Index(condition=models.Q(("booked_by__isnull", False)), fields=["booked_by", "booked_at"], name="booked_by_agent"),
                            models.Index(condition=models.Q(("booked_by__isnull", False)), fields=["booked_through"], name="booked_for_callers"),
                            models.Index(condition=models.Q(("state", "held"), _negated=True), fields=["facility", "changed_at"], name="appointment_changed_at_place"),
                            models.Index(condition=models.Q(("number_due_at__isnull", False), ("state", "booked")), fields=["number_due_at"], name="number_to_come"),
                        ],
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(("state__in", ("cancelled_by_resident", "cancelled_by_office")), _negated=True), expressions=[("counter", "="), (municipalities.database.ranges.TsTzRange("starts_at", "ends_at", django.contrib.postgres.fields.ranges.RangeBoundary()), "&&")], name="one_appointment_at_a_time_on_a_counter", violation_error_message="Ce guichet est déjà pris à cette heure."),
                            models.CheckConstraint(condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="appointment_ends_after_it_starts", violation_error_message="Le rendez-vous doit finir après son début."),
                            models.CheckConstraint(condition=models.Q(("people_count__gte", 1), ("people_count__lte", 6)), name="appointment_is_for_one_to_six_people", violation_error_message="Un rendez-vous réunit une à six personnes."),
                            models.CheckConstraint(condition=models.Q(models.Q(("expires_at__isnull", False), ("state", "held")), models.Q(models.Q(("state", "held"), _negated=True), ("expires_at__isnull", True)), _connector="OR"), name="held_appointment_and_only_it_expires"),
                            models.CheckConstraint(condition=models.Q(models.Q(("booked_at__isnull", True), ("state", "held")), models.Q(models.Q(("state", "held"), _negated=True), ("booked_at__isnull", False)), _connector="OR"), name="booked_appointment_says_when"),
                            models.CheckConstraint(condition=models.Q(models.Q(("cancelled_at__isnull", False), ("state__in", ("cancelled_by_resident", "cancelled_by_office"))), models.Q(models.Q(("state__in", ("cancelled_by_resident", "cancelled_by_office")), _negated=True), ("cancelled_at__isnull", True)), _connector="OR"), name="cancelled_appointment_and_only_it_says_when"),
                            models.UniqueConstraint(fields=("reference",), name="one_appointment_per_reference"),
                            models.CheckConstraint(condition=models.Q(models.Q(("state", "held"), _negated=True), models.Q(("address_hash__isnull", False), ("browser_hash__isnull", False), ("kept_for", "browser")), models.Q(("address_hash__isnull", True), ("kept_for__in", ("waiting", "rehoming"))), _connector="OR"), name="held_time_is_kept_for_a_known_browser_or_for_somebody_else", violation_error_message="Un créneau retenu dit pour qui il l’est."),
                            models.CheckConstraint(condition=models.Q(("times_extended__lte", 1)), name="held_time_is_extended_once_at_most", violation_error_message="Un horaire retenu ne se prolonge qu’une fois."),
                            models.CheckConstraint(condition=models.Q(("called_to__isnull", True), ("called_at__isnull", False), _connector="OR"), name="appointment_is_called_to_a_counter_only_when_called", violation_error_message="Un guichet d’appel suppose un appel."),
                            models.UniqueConstraint(condition=models.Q(("browser_place__isnull", False), ("state", "held")), fields=("browser_hash", "browser_place"), name="a_browser_has_each_of_its_few_holds_once", violation_error_message="Ce navigateur retient déjà autant d’horaires qu’il peut."),
                            models.CheckConstraint(condition=models.Q(("number_due_at__isnull", True), models.Q(("number_due_at__lt", models.F("starts_at")), models.Q(("state", "held"), _negated=True)), _connector="OR"), name="number_is_awaited_until_before_the_appointment", violation_error_message="Un numéro ajouté plus tard l’est avant le rendez-vous."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AppointmentPerson",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("position", models.PositiveSmallIntegerField()),
                        ("first_name", models.CharField(blank=True, max_length=80, verbose_name="prénom")),
                        ("last_name", models.CharField(blank=True, max_length=80, verbose_name="nom")),
                        ("birth_year", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="année de naissance")),
                        ("is_minor", models.BooleanField(default=False, verbose_name="mineur")),
                        ("situation", models.CharField(choices=[("renewal", "Renouvellement"), ("first", "Première demande"), ("loss", "Perte"), ("theft", "Vol"), ("name_change", "Changement de nom ou d’état civil"), ("address_change", "Changement d’adresse")], default="renewal", max_length=20, verbose_name="situation")),
                        ("pre_application_number", models.CharField(blank=True, max_length=10, verbose_name="numéro de pré-demande")),
                        ("holds_number", models.BooleanField(default=False)),
                        ("appointment", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="people", to="appointments.appointment")),
                    ],
                    options={
                        "verbose_name": "personne",
                        "verbose_name_plural": "personnes",
                        "ordering": ("appointment", "position"),
                        "constraints": [
                            models.UniqueConstraint(fields=("appointment", "position"), name="one_person_per_position_in_an_appointment"),
                            models.UniqueConstraint(condition=models.Q(("holds_number", True)), fields=("pre_application_number",), name="one_active_deposit_appointment_per_number", violation_error_message="Ce numéro de pré-demande a déjà un rendez-vous."),
                            models.CheckConstraint(condition=models.Q(("pre_application_number", ""), ("pre_application_number__regex", "^[0-9A-Z]{10}$"), _connector="OR"), name="pre_application_number_has_ten_letters_or_digits", violation_error_message="Un numéro de pré-demande compte dix lettres ou chiffres."),
                            models.CheckConstraint(condition=models.Q(("holds_number", False), models.Q(("pre_application_number", ""), _negated=True), _connector="OR"), name="held_number_is_a_number"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WaitingListEntry",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("people_count", models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(6)], verbose_name="personnes")),
                        ("email", models.EmailField(blank=True, max_length=254, verbose_name="courriel")),
                        ("phone", models.CharField(blank=True, max_length=20, verbose_name="téléphone")),
                        ("language", models.CharField(default="fr", max_length=2, verbose_name="langue")),
                        ("facility_ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None, verbose_name="mairies")),
                        ("radius_km", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="rayon (km)")),
                        ("from_day", models.DateField(verbose_name="du")),
                        ("until_day", models.DateField(verbose_name="au")),
                        ("weekdays", django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, default=list, size=None, verbose_name="jours")),
                        ("earliest", models.TimeField(blank=True, null=True, verbose_name="à partir de")),
                        ("latest", models.TimeField(blank=True, null=True, verbose_name="jusqu’à")),
                        ("state", models.CharField(choices=[("waiting", "en attente"), ("served", "servi"), ("left", "retiré")], default="waiting", max_length=8, verbose_name="état")),
                        ("created_at", models.DateTimeField(verbose_name="inscrit le")),
                        ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="terminé le")),
                        ("appointment", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="appointments.appointment", verbose_name="rendez-vous à avancer")),
                        ("booked_through", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="municipalities.municipality", verbose_name="demandé sur le site de")),
                        ("home_municipality", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="municipalities.municipality", verbose_name="commune de résidence")),
                        ("type", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="appointments.appointmenttype", verbose_name="motif")),
                        ("unanswered", models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="propositions sans réponse")),
                    ],
                    options={
                        "verbose_name": "inscription en liste d’attente",
                        "verbose_name_plural": "liste d’attente",
                        "ordering": ("created_at", "id"),
                        "indexes": [
                            models.Index(condition=models.Q(("state", "waiting")), fields=["type", "created_at"], name="waiting_order"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("state", "waiting")), fields=("appointment",), name="one_place_in_the_queue_per_appointment", violation_error_message="Ce rendez-vous est déjà en liste d’attente."),
                            models.UniqueConstraint(condition=models.Q(("appointment__isnull", True), ("state", "waiting"), models.Q(("phone", ""), _negated=True)), fields=("phone", "type"), name="one_place_in_the_queue_per_phone_and_type", violation_error_message="Ce numéro de téléphone est déjà en liste d’attente pour cette démarche."),
                            models.CheckConstraint(condition=models.Q(("until_day__gte", models.F("from_day"))), name="waiting_ends_after_it_begins", violation_error_message="La date de fin doit suivre la date de début."),
                            models.CheckConstraint(condition=models.Q(models.Q(("email", ""), ("phone", ""), _negated=True), models.Q(("state", "waiting"), _negated=True), _connector="OR"), name="waiting_person_can_be_reached", violation_error_message="Un courriel ou un mobile est nécessaire."),
                            models.UniqueConstraint(django.db.models.functions.text.Lower(models.Func(models.F("email"), models.Value("\\+[^@]*@"), models.Value("@"), function="regexp_replace", output_field=models.CharField())), models.F("type"), condition=models.Q(("appointment__isnull", True), ("state", "waiting"), models.Q(("email", ""), _negated=True)), name="one_place_in_the_queue_per_mail_address_and_type", violation_error_message="Cette adresse est déjà en liste d’attente pour cette démarche."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EarlierOffer",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("starts_at", models.DateTimeField(verbose_name="début")),
                        ("state", models.CharField(choices=[("offered", "proposé"), ("claimed", "accepté, en cours de confirmation"), ("booked", "réservé"), ("declined", "décliné"), ("lapsed", "sans réponse")], default="offered", max_length=8, verbose_name="état")),
                        ("offered_at", models.DateTimeField(verbose_name="proposé le")),
                        ("deadline", models.DateTimeField(verbose_name="réponse avant")),
                        ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="répondu le")),
                        ("facility", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipalities.facility", verbose_name="établissement")),
                        ("hold", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="appointments.appointment", verbose_name="créneau retenu")),
                        ("entry", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="offers", to="appointments.waitinglistentry", verbose_name="inscription")),
                    ],
                    options={
                        "verbose_name": "proposition plus tôt",
                        "verbose_name_plural": "propositions plus tôt",
                        "ordering": ("offered_at",),
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("state__in", ("offered", "claimed"))), fields=("entry",), name="one_open_offer_per_waiting_person"),
                            models.UniqueConstraint(condition=models.Q(("state__in", ("offered", "claimed"))), fields=("hold",), name="one_waiting_person_per_freed_start"),
                            models.UniqueConstraint(fields=("entry", "facility", "starts_at"), name="a_start_is_offered_to_a_person_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CalendarEntry",
                    fields=[
                        ("appointment", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="+", serialize=False, to="appointments.appointment")),
                        ("changed_at", models.DateTimeField()),
                        ("sequence", models.PositiveIntegerField()),
                        ("text", models.TextField()),
                    ],
                    options={
                        "verbose_name": "entrée de calendrier",
                        "verbose_name_plural": "entrées de calendrier",
                    },
                ),
                migrations.CreateModel(
                    name="FeedEntry",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("level", models.CharField(choices=[("busy", "Occupé, sans nom ni motif"), ("initials", "Initiales et motif"), ("full", "Noms, motif et référence")], max_length=10)),
                        ("language", models.CharField(max_length=2)),
                        ("changed_at", models.DateTimeField()),
                        ("sequence", models.PositiveIntegerField()),
                        ("text", models.TextField()),
                        ("appointment", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="feed_entries", to="appointments.appointment")),
                    ],
                    options={
                        "verbose_name": "entrée de calendrier",
                        "verbose_name_plural": "entrées de calendrier",
                        "constraints": [
                            models.UniqueConstraint(fields=("appointment", "level", "language"), name="one_entry_per_appointment_level_and_language"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Departure",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("left_at", models.DateTimeField()),
                        ("facility", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipalities.facility")),
                    ],
                    options={
                        "verbose_name": "départ",
                        "verbose_name_plural": "départs",
                        "indexes": [
                            models.Index(fields=["facility", "left_at"], name="departure_of_facility"),
                        ],
                    },
                ),
            ]
        ),
        migrations.RunSQL(FOLDED, "DROP FUNCTION guichet_folded(text, boolean)"),
        migrations.RunSQL(DEPARTURES, NO_DEPARTURES),
        # Holds are nobody's appointment yet. A note for the counter is traced without its words.
        trace(
            "appointments_appointment",
            hidden=("calendar_entry", "browser_hash", "address_hash", "changed_at", "sequence", "expires_at"),
            masked=("counter_note",),
            insert="NEW.state <> 'held'",
            update="NEW.state <> 'held'",
            delete="OLD.state <> 'held'",
        ),
        trace("appointments_appointmentperson"),
        trace("appointments_waitinglistentry", masked=("email", "phone")),
    ]
