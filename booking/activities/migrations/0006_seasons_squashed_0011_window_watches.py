import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.constraints
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import municipalities.languages
from municipalities.audit import trace
from municipalities.database.cached import watch
from municipalities.database.tables import CreateTables

#: Whichever way sessions change, the seats in them follow; no group has fewer places than numbers that are taken.
GUARDS = migrations.RunSQL(
    """
CREATE FUNCTION guichet_seats_in_new_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
-- Who is in the group has a seat in what is added to it. The group is held, so that nobody enters it in between.
BEGIN
    PERFORM 1 FROM activities_group WHERE id IN (SELECT group_id FROM added) ORDER BY id FOR NO KEY UPDATE;
    INSERT INTO activities_seat (enrolment_id, session_id, member_id, number, period, freed_at)
    SELECT e.id, s.id, e.member_id, e.number, tstzrange(s.starts_at, s.ends_at), NULL
      FROM added s JOIN activities_enrolment e ON e.group_id = s.group_id AND NOT (e.state = 'ended')
     WHERE s.called_off_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER guichet_seats_in_new_sessions AFTER INSERT ON activities_session
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION guichet_seats_in_new_sessions();

CREATE FUNCTION guichet_seats_follow_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
-- A seat is at the time of its session, free where that is called off, and taken again where it is not after all.
BEGIN
    IF NOT EXISTS (
        SELECT FROM now_so n JOIN once_so o USING (id)
         WHERE (n.starts_at, n.ends_at, n.called_off_at) IS DISTINCT FROM (o.starts_at, o.ends_at, o.called_off_at)
    ) THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM activities_group WHERE id IN (SELECT group_id FROM now_so) ORDER BY id FOR NO KEY UPDATE;
    UPDATE activities_seat t
       SET period = tstzrange(n.starts_at, n.ends_at),
           freed_at = CASE
               WHEN n.called_off_at IS NOT NULL AND o.called_off_at IS NULL THEN coalesce(t.freed_at, n.called_off_at)
               WHEN n.called_off_at IS NULL AND t.freed_at = o.called_off_at
                    AND EXISTS (SELECT FROM activities_enrolment e
                                 WHERE e.id = t.enrolment_id AND NOT (e.state = 'ended')) THEN NULL
               ELSE t.freed_at
           END
      FROM now_so n JOIN once_so o USING (id)
     WHERE t.session_id = n.id
       AND (n.starts_at, n.ends_at, n.called_off_at) IS DISTINCT FROM (o.starts_at, o.ends_at, o.called_off_at);
    INSERT INTO activities_seat (enrolment_id, session_id, member_id, number, period, freed_at)
    SELECT e.id, n.id, e.member_id, e.number, tstzrange(n.starts_at, n.ends_at), NULL
      FROM now_so n JOIN once_so o USING (id)
      JOIN activities_enrolment e ON e.group_id = n.group_id AND NOT (e.state = 'ended')
     WHERE n.called_off_at IS NULL AND o.called_off_at IS NOT NULL
       AND NOT EXISTS (SELECT FROM activities_seat t WHERE t.session_id = n.id AND t.enrolment_id = e.id);
    RETURN NULL;
END $$;
CREATE TRIGGER guichet_seats_follow_sessions AFTER UPDATE ON activities_session
REFERENCING NEW TABLE AS now_so OLD TABLE AS once_so
FOR EACH STATEMENT EXECUTE FUNCTION guichet_seats_follow_sessions();

CREATE FUNCTION guichet_group_has_its_places() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM activities_enrolment e
                WHERE e.group_id = NEW.id AND e.number > NEW.capacity AND NOT (e.state = 'ended')) THEN
        RAISE EXCEPTION 'a group has all the places that are taken in it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_group_has_all_the_places_that_are_taken';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guichet_group_has_its_places BEFORE UPDATE OF capacity ON activities_group
FOR EACH ROW WHEN (NEW.capacity < OLD.capacity) EXECUTE FUNCTION guichet_group_has_its_places();
""",
    """
DROP TRIGGER guichet_group_has_its_places ON activities_group;
DROP FUNCTION guichet_group_has_its_places();
DROP TRIGGER guichet_seats_follow_sessions ON activities_session;
DROP FUNCTION guichet_seats_follow_sessions();
DROP TRIGGER guichet_seats_in_new_sessions ON activities_session;
DROP FUNCTION guichet_seats_in_new_sessions();
""",
)


class Migration(migrations.Migration):
    """Seasons with their groups and sessions, and who is enrolled in them."""

    replaces = [
        ("activities", "0006_seasons"),
        ("activities", "0007_offer_guards"),
        ("activities", "0008_enrolments"),
        ("activities", "0009_enrolment_guards"),
        ("activities", "0010_closed_sessions"),
        ("activities", "0011_window_watches"),
    ]

    dependencies = [
        ("residents", "0001_residents_squashed_0002_households"),
        ("activities", "0001_water_and_tariffs_squashed_0005_use_changed_at"),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="Season",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(help_text="Par exemple : Saison 2026-2027.", max_length=80, verbose_name="nom")),
                        ("first_day", models.DateField(verbose_name="premier jour")),
                        ("last_day", models.DateField(verbose_name="dernier jour")),
                        ("is_public", models.BooleanField(default=False, verbose_name="visible du public")),
                        ("has_invented_data", models.BooleanField(default=False, verbose_name="comporte des données fictives")),
                        ("operator", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipalities.operator", verbose_name="gestionnaire")),
                    ],
                    options={
                        "verbose_name": "saison",
                        "verbose_name_plural": "saisons",
                        "ordering": ("operator", "-first_day", "pk"),
                        "constraints": [
                            models.UniqueConstraint(fields=("operator", "name"), name="season_name_is_unique_for_its_operator", violation_error_message="Une saison de ce nom existe déjà."),
                            models.CheckConstraint(condition=models.Q(("last_day__gt", models.F("first_day"))), name="season_ends_after_it_begins", violation_error_message="La saison doit finir après son début."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Activity",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.SlugField(max_length=40, verbose_name="code")),
                        ("kind", models.CharField(choices=[("babies", "Bébés nageurs"), ("familiarisation", "Jardin aquatique"), ("school", "École de natation"), ("adults", "Natation adultes"), ("fear", "Vaincre sa peur de l’eau"), ("aquagym", "Aquagym"), ("aquabike", "Aquabike"), ("prenatal", "Natation prénatale"), ("seniors", "Natation seniors")], max_length=20, verbose_name="nature")),
                        ("name", municipalities.languages.TranslatedField(default=municipalities.languages.Translated, verbose_name="nom affiché")),
                        ("description", municipalities.languages.TranslatedField(blank=True, default=municipalities.languages.Translated, verbose_name="description")),
                        ("season", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="activities", to="activities.season", verbose_name="saison")),
                        ("account", models.CharField(default="70631", max_length=12, validators=[django.core.validators.RegexValidator("^\\d{3,12}\\Z", "Un compte de recettes s’écrit en chiffres.")], verbose_name="compte de recettes")),
                    ],
                    options={
                        "verbose_name": "activité",
                        "verbose_name_plural": "activités",
                        "ordering": ("season", "code"),
                        "constraints": [
                            models.UniqueConstraint(fields=("season", "code"), name="activity_code_is_unique_in_its_season", violation_error_message="Une activité de ce code existe déjà dans cette saison."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Window",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("audience", models.CharField(choices=[("same_group", "inscrits du même groupe"), ("transfers", "inscrits qui changent de groupe"), ("residents", "habitants du territoire"), ("everybody", "tous")], max_length=12, verbose_name="pour")),
                        ("opens_at", models.DateTimeField(verbose_name="ouvre le")),
                        ("activity", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="windows", to="activities.activity", verbose_name="activité")),
                    ],
                    options={
                        "verbose_name": "ouverture des inscriptions",
                        "verbose_name_plural": "ouvertures des inscriptions",
                        "ordering": ("activity", "opens_at"),
                        "constraints": [
                            models.UniqueConstraint(fields=("activity", "audience"), name="one_window_per_audience_of_an_activity", violation_error_message="Les inscriptions n’ouvrent qu’une fois pour chacun."),
                            models.CheckConstraint(condition=models.Q(("audience__in", ["same_group", "transfers", "residents", "everybody"])), name="window_is_for_a_known_audience"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Group",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.SlugField(max_length=40, verbose_name="code")),
                        ("weekday", models.PositiveSmallIntegerField(verbose_name="jour")),
                        ("starts", models.TimeField(verbose_name="de")),
                        ("ends", models.TimeField(verbose_name="à")),
                        ("first_day", models.DateField(verbose_name="du")),
                        ("last_day", models.DateField(verbose_name="au (compris)")),
                        ("in_school_holidays", models.BooleanField(default=False, verbose_name="aussi pendant les vacances scolaires")),
                        ("capacity", models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(200)], verbose_name="places")),
                        ("level_from", models.PositiveSmallIntegerField(blank=True, choices=[(1, "découverte"), (2, "débutant"), (3, "intermédiaire"), (4, "confirmé")], null=True, verbose_name="niveau minimum")),
                        ("level_to", models.PositiveSmallIntegerField(blank=True, choices=[(1, "découverte"), (2, "débutant"), (3, "intermédiaire"), (4, "confirmé")], null=True, verbose_name="niveau maximum")),
                        ("months_from", models.PositiveSmallIntegerField(default=0, verbose_name="âge minimum (mois)")),
                        ("months_below", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="moins de (mois)")),
                        ("age_day", models.CharField(choices=[("first_session", "le jour de la première séance"), ("december_31", "le 31 décembre de la saison")], default="first_session", max_length=16, verbose_name="âge compté")),
                        ("tariff_code", models.SlugField(max_length=40, verbose_name="code tarif")),
                        ("unit", models.CharField(choices=[("year", "une saison entière"), ("term", "un trimestre"), ("session", "une séance")], default="year", max_length=8, verbose_name="vendu pour")),
                        ("allows_trial", models.BooleanField(default=False, verbose_name="séance d’essai possible")),
                        ("absence_hours", models.PositiveSmallIntegerField(default=24, validators=[django.core.validators.MaxValueValidator(336)], verbose_name="absence à dire avant (heures)")),
                        ("credit_rule", models.CharField(choices=[("credit", "un avoir au prorata"), ("catch_up", "une séance de rattrapage"), ("nothing", "rien")], default="credit", max_length=10, verbose_name="si la piscine annule")),
                        ("activity", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="groups", to="activities.activity", verbose_name="activité")),
                        ("basin", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="activities.basin", verbose_name="bassin")),
                        ("coach", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="maître-nageur")),
                        ("lanes", models.ManyToManyField(related_name="+", to="activities.lane", verbose_name="lignes et zones")),
                    ],
                    options={
                        "verbose_name": "groupe",
                        "verbose_name_plural": "groupes",
                        "ordering": ("activity", "weekday", "starts", "code"),
                        "constraints": [
                            models.UniqueConstraint(fields=("activity", "code"), name="group_code_is_unique_in_its_activity", violation_error_message="Un groupe de ce code existe déjà dans cette activité."),
                            models.CheckConstraint(condition=models.Q(("ends__gt", models.F("starts")), ("last_day__gte", models.F("first_day")), ("weekday__range", (0, 6))), name="group_has_a_weekday_and_hours_and_days_in_order", violation_error_message="Un groupe finit après son début, en heures comme en jours."),
                            models.CheckConstraint(condition=models.Q(("capacity__range", (1, 200))), name="group_has_a_reasonable_number_of_places", violation_error_message="Un groupe a de 1 à 200 places."),
                            models.CheckConstraint(condition=models.Q(models.Q(("level_from__isnull", True), ("level_to__isnull", True), ("level_to__gte", models.F("level_from")), _connector="OR"), models.Q(("months_below__isnull", True), models.Q(("months_below__gt", models.F("months_from")), ("months_below__lte", 1440)), _connector="OR")), name="levels_and_ages_of_a_group_are_in_order", violation_error_message="Le maximum doit dépasser le minimum, pour l’âge comme pour le niveau."),
                            models.CheckConstraint(condition=models.Q(("age_day__in", ["first_session", "december_31"]), ("credit_rule__in", ["credit", "catch_up", "nothing"]), ("unit__in", ["year", "term", "session"])), name="rules_of_a_group_are_known_ones"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Session",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("planned_on", models.DateField(blank=True, null=True, verbose_name="jour prévu")),
                        ("starts_at", models.DateTimeField(verbose_name="début")),
                        ("ends_at", models.DateTimeField(verbose_name="fin")),
                        ("is_moved", models.BooleanField(default=False, verbose_name="déplacée")),
                        ("called_off_at", models.DateTimeField(blank=True, null=True, verbose_name="annulée le")),
                        ("reason", municipalities.languages.TranslatedField(blank=True, default=municipalities.languages.Translated, verbose_name="motif affiché")),
                        ("group", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="sessions", to="activities.group", verbose_name="groupe")),
                        ("closure", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="municipalities.closure", verbose_name="annulée par la fermeture")),
                    ],
                    options={
                        "verbose_name": "séance",
                        "verbose_name_plural": "séances",
                        "ordering": ("starts_at", "pk"),
                        "indexes": [
                            models.Index(fields=["starts_at"], name="session_start"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("group", "planned_on"), name="a_group_meets_once_for_a_planned_day", violation_error_message="Ce groupe a déjà une séance pour ce jour."),
                            models.UniqueConstraint(condition=models.Q(("called_off_at__isnull", True)), fields=("group", "starts_at"), name="a_group_meets_once_at_a_time", violation_error_message="Ce groupe a déjà une séance à cette heure."),
                            models.CheckConstraint(condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="session_ends_after_it_starts", violation_error_message="La séance doit finir après son début."),
                            models.CheckConstraint(condition=models.Q(("closure__isnull", True), ("called_off_at__isnull", False), _connector="OR"), name="a_closure_is_why_a_session_is_called_off", violation_error_message="Seule une séance annulée l’est par une fermeture."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Basket",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("state", models.CharField(choices=[("open", "En préparation"), ("paying", "À régler"), ("paid", "Réglé"), ("let_go", "Abandonné")], default="open", max_length=8, verbose_name="état")),
                        ("language", models.CharField(default="fr", max_length=2, verbose_name="langue")),
                        ("opened_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="ouvert le")),
                        ("household", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="baskets", to="residents.household", verbose_name="famille")),
                        ("office", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.cashoffice", verbose_name="régie")),
                        ("opened_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="ouvert par")),
                    ],
                    options={
                        "verbose_name": "panier",
                        "verbose_name_plural": "paniers",
                        "ordering": ("opened_at", "id"),
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("state", "open")), fields=("household", "office"), name="one_open_basket_of_a_household_per_office", violation_error_message="Un panier est déjà ouvert."),
                            models.CheckConstraint(condition=models.Q(("state__in", ["open", "paying", "paid", "let_go"])), name="basket_is_in_a_known_state"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Enrolment",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("number", models.PositiveSmallIntegerField(verbose_name="numéro")),
                        ("state", models.CharField(choices=[("held", "Retenue"), ("paying", "Paiement en cours"), ("enrolled", "Inscrit"), ("ended", "Terminée")], default="held", max_length=8, verbose_name="état")),
                        ("held_until", models.DateTimeField(blank=True, null=True, verbose_name="retenue jusqu’à")),
                        ("together", models.UUIDField(blank=True, null=True, verbose_name="tous ou aucun")),
                        ("cents", models.PositiveIntegerField(default=0, verbose_name="prix en centimes")),
                        ("price", models.JSONField(default=dict, verbose_name="prix ligne par ligne")),
                        ("override_reason", models.CharField(blank=True, max_length=200, verbose_name="motif d’exception")),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="demandée le")),
                        ("enrolled_at", models.DateTimeField(blank=True, null=True, verbose_name="inscrit le")),
                        ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="terminée le")),
                        ("end_reason", models.CharField(blank=True, choices=[("expired", "le temps est écoulé et la place était demandée"), ("dropped", "retirée du panier"), ("unpaid", "le paiement n’a pas abouti"), ("moved", "changement de groupe"), ("family", "annulée à la demande de la famille"), ("office", "annulée par la piscine")], max_length=8, verbose_name="motif de fin")),
                        ("asked_in", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="asked", to="activities.basket", verbose_name="demandé dans")),
                        ("basket", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="enrolments", to="activities.basket", verbose_name="panier")),
                        ("group", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="enrolments", to="activities.group", verbose_name="groupe")),
                        ("member", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="enrolments", to="residents.member", verbose_name="membre de la famille")),
                        ("moved_from", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="moved_to", to="activities.enrolment", verbose_name="vient de")),
                    ],
                    options={
                        "verbose_name": "inscription",
                        "verbose_name_plural": "inscriptions",
                        "ordering": ("created_at", "id"),
                        "indexes": [
                            models.Index(condition=models.Q(("state", "held")), fields=["held_until"], name="hold_that_may_end"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("state", "ended"), _negated=True), fields=("group", "number"), name="one_enrolment_per_number_of_a_group", violation_error_message="Cette place vient d’être prise."),
                            models.UniqueConstraint(condition=models.Q(("state", "ended"), _negated=True), fields=("group", "member"), name="a_member_is_once_in_a_group", violation_error_message="Cette personne a déjà une place dans ce groupe."),
                            models.CheckConstraint(condition=models.Q(("number__range", (1, 200))), name="enrolment_has_a_number_of_its_group", violation_error_message="Un groupe a de 1 à 200 places."),
                            models.CheckConstraint(condition=models.Q(models.Q(("held_until__isnull", False), ("state", "held")), models.Q(models.Q(("state", "held"), _negated=True), ("held_until__isnull", True)), _connector="OR"), name="a_hold_says_until_when_and_nothing_else_does", violation_error_message="Une place retenue l’est jusqu’à une heure, et elle seule."),
                            models.CheckConstraint(condition=models.Q(models.Q(("end_reason__in", ["expired", "dropped", "unpaid", "moved", "family", "office"]), ("ended_at__isnull", False), ("state", "ended")), models.Q(models.Q(("state", "ended"), _negated=True), ("end_reason", ""), ("ended_at__isnull", True)), _connector="OR"), name="an_enrolment_that_ended_says_when_and_why", violation_error_message="Une inscription terminée dit quand et pourquoi."),
                            models.CheckConstraint(condition=models.Q(models.Q(("state__in", ["paying", "enrolled"]), _negated=True), ("asked_in__isnull", False), _connector="OR"), name="whoever_is_enrolled_was_asked_to_pay", violation_error_message="Une inscription porte le panier dans lequel elle est réglée."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Seat",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("number", models.PositiveSmallIntegerField(verbose_name="numéro")),
                        ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="moment")),
                        ("freed_at", models.DateTimeField(blank=True, null=True, verbose_name="libérée le")),
                        ("enrolment", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="seats", to="activities.enrolment", verbose_name="inscription")),
                        ("member", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="seats", to="residents.member", verbose_name="membre de la famille")),
                        ("session", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="seats", to="activities.session", verbose_name="séance")),
                    ],
                    options={
                        "verbose_name": "place d’une séance",
                        "verbose_name_plural": "places des séances",
                        "ordering": ("session", "number", "id"),
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("freed_at__isnull", True)), fields=("session", "number"), name="one_taker_per_number_of_a_session", violation_error_message="Cette place de la séance vient d’être prise."),
                            django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(("freed_at__isnull", True)), deferrable=django.db.models.constraints.Deferrable["IMMEDIATE"], expressions=[("member", "="), ("period", "&&")], name="a_member_is_in_one_place_at_a_time", violation_error_message="Cette personne est déjà inscrite ailleurs à cette heure."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GivenLevel",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("level", models.PositiveSmallIntegerField(choices=[(1, "découverte"), (2, "débutant"), (3, "intermédiaire"), (4, "confirmé")], verbose_name="niveau")),
                        ("given_on", models.DateField(default=django.utils.timezone.localdate, verbose_name="donné le")),
                        ("given_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="donné par")),
                        ("member", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="levels", to="residents.member", verbose_name="membre de la famille")),
                    ],
                    options={
                        "verbose_name": "niveau donné",
                        "verbose_name_plural": "niveaux donnés",
                        "ordering": ("-given_on", "-id"),
                        "constraints": [
                            models.UniqueConstraint(fields=("member", "given_on"), name="a_member_is_given_one_level_a_day", violation_error_message="Un niveau a déjà été donné ce jour-là."),
                            models.CheckConstraint(condition=models.Q(("level__in", [1, 2, 3, 4])), name="given_level_is_a_known_one"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WindowWatch",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("language", models.CharField(default="fr", max_length=2, verbose_name="langue")),
                        ("asked_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="demandé le")),
                        ("activity", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="watches", to="activities.activity", verbose_name="activité")),
                        ("guardian", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="residents.guardian", verbose_name="responsable")),
                    ],
                    options={
                        "verbose_name": "demande d’être prévenu",
                        "verbose_name_plural": "demandes d’être prévenus",
                        "ordering": ("asked_at", "id"),
                        "constraints": [
                            models.UniqueConstraint(fields=("activity", "guardian"), name="an_adult_asks_once_to_be_told_of_an_activity", violation_error_message="Vous serez déjà prévenu pour cette activité."),
                        ],
                    },
                ),
            ]
        ),
        GUARDS,
        trace("activities_season"),
        trace("activities_activity"),
        trace("activities_window"),
        trace("activities_group"),
        trace("activities_group_lanes"),
        # What a group's rule comes to follows from it; what is done to one session by itself is told.
        trace(
            "activities_session",
            insert="NEW.planned_on IS NULL",
            update="NEW.is_moved OR NEW.called_off_at IS DISTINCT FROM OLD.called_off_at",
            delete="OLD.planned_on IS NULL",
        ),
        # A hold that comes to nothing is nobody's business; an exception, and all that follows a hold, is told.
        trace(
            "activities_enrolment",
            insert="NEW.override_reason <> '' OR NEW.state <> 'held'",
            update="OLD.state <> 'held' OR NEW.state NOT IN ('held', 'ended')",
            delete="OLD.state <> 'ended'",
        ),
        trace("activities_givenlevel"),
        *(watch(f"activities_{table}") for table in ("season", "activity", "window", "group", "session")),
    ]
