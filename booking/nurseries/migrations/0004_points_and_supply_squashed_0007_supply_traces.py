import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import booking.nurseries.models.openings
import municipalities.languages
from municipalities.audit import trace
from municipalities.database.cached import watch
from municipalities.database.tables import CreateTables

#: Whatever path a change of a published grid takes, the database refuses it.
GUARD = migrations.RunSQL(
    """
CREATE FUNCTION guichet_published_points_stay() RETURNS trigger LANGUAGE plpgsql AS $$
-- Who published may be forgotten; nothing else of a published grid changes.
DECLARE
    touched bigint[];
BEGIN
    IF TG_TABLE_NAME = 'nurseries_pointsgrid' THEN
        IF OLD.published_at IS NULL THEN
            RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
        END IF;
        IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'published_by_id' = to_jsonb(OLD) - 'published_by_id' THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'published points never change'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'published_points_never_change';
    END IF;
    IF TG_TABLE_NAME = 'nurseries_criterionoption' THEN
        SELECT array_agg(grid_id) INTO touched FROM nurseries_criterion
        WHERE id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.criterion_id END,
                     CASE WHEN TG_OP <> 'DELETE' THEN NEW.criterion_id END);
    ELSE
        touched := ARRAY[CASE WHEN TG_OP <> 'INSERT' THEN OLD.grid_id END,
                         CASE WHEN TG_OP <> 'DELETE' THEN NEW.grid_id END];
    END IF;
    -- Whoever is publishing holds the row: we wait, and then see that it is published.
    PERFORM 1 FROM nurseries_pointsgrid WHERE id = ANY (touched) ORDER BY id FOR SHARE;
    IF EXISTS (SELECT 1 FROM nurseries_pointsgrid WHERE id = ANY (touched) AND published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'published points never change'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'published_points_never_change';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER guichet_published_points_stay BEFORE UPDATE OR DELETE ON nurseries_pointsgrid
FOR EACH ROW EXECUTE FUNCTION guichet_published_points_stay();
CREATE TRIGGER guichet_published_points_stay BEFORE INSERT OR UPDATE OR DELETE ON nurseries_criterion
FOR EACH ROW EXECUTE FUNCTION guichet_published_points_stay();
CREATE TRIGGER guichet_published_points_stay BEFORE INSERT OR UPDATE OR DELETE ON nurseries_criterionoption
FOR EACH ROW EXECUTE FUNCTION guichet_published_points_stay();
""",
    """
DROP TRIGGER guichet_published_points_stay ON nurseries_criterionoption;
DROP TRIGGER guichet_published_points_stay ON nurseries_criterion;
DROP TRIGGER guichet_published_points_stay ON nurseries_pointsgrid;
DROP FUNCTION guichet_published_points_stay();
""",
)

TABLES = ("pointsgrid", "criterion", "criterionoption", "townpoints")

POINTS = ("pointsgrid", "criterion", "criterionoption", "townpoints")
SUPPLY = ("nurseryopening", "heldback", "townchildcare", "commissionmeeting")


class Migration(migrations.Migration):
    """The points of a grid and of towns; the places there are, and when."""

    replaces = [
        ("nurseries", "0004_points"),
        ("nurseries", "0005_published_points"),
        ("nurseries", "0006_supply"),
        ("nurseries", "0007_supply_traces"),
    ]

    dependencies = [
        ("nurseries", "0001_requests_squashed_0003_requests"),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="PointsGrid",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(help_text="Par exemple : Critères 2027.", max_length=80, verbose_name="nom")),
                        ("valid_from", models.DateField(verbose_name="valable à partir du")),
                        ("decision", models.CharField(blank=True, help_text="Référence de la délibération ou de l’arrêté. Nécessaire pour publier.", max_length=200, verbose_name="décision")),
                        ("published_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="publiée le")),
                        ("operator", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipalities.operator", verbose_name="gestionnaire")),
                        ("published_by", models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="par")),
                    ],
                    options={
                        "verbose_name": "grille de points",
                        "verbose_name_plural": "grilles de points",
                        "ordering": ("-valid_from", "pk"),
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("published_at__isnull", False)), fields=("valid_from",), name="one_published_points_grid_begins_on_a_day", violation_error_message="Une autre grille publiée commence déjà ce jour-là."),
                            models.CheckConstraint(condition=models.Q(("published_at__isnull", True), models.Q(("decision", ""), _negated=True), _connector="OR"), name="published_points_grid_names_its_decision", violation_error_message="Une grille publiée dit quelle décision l’a fixée."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Criterion",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("position", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                        ("code", models.SlugField(max_length=40, verbose_name="code")),
                        ("label", municipalities.languages.TranslatedField(default=municipalities.languages.Translated, verbose_name="nom affiché")),
                        ("kind", models.CharField(choices=[("yes_no", "oui ou non"), ("choice", "un choix parmi plusieurs"), ("counted", "un nombre, jusqu’à un maximum"), ("given", "des points donnés par un agent, avec un motif")], default="yes_no", max_length=8, verbose_name="réponse")),
                        ("points", models.SmallIntegerField(default=0, validators=[django.core.validators.MinValueValidator(-1000), django.core.validators.MaxValueValidator(1000)], verbose_name="points, pour oui ou pour chacun")),
                        ("least", models.SmallIntegerField(default=0, validators=[django.core.validators.MinValueValidator(-1000), django.core.validators.MaxValueValidator(1000)], verbose_name="au moins")),
                        ("most", models.SmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(-1000), django.core.validators.MaxValueValidator(1000)], verbose_name="au plus")),
                        ("is_per_nursery", models.BooleanField(default=False, verbose_name="compte dans une seule crèche")),
                        ("proof", models.SlugField(blank=True, help_text="Le genre de document qui le prouve. Vide : compte sans preuve.", max_length=12, verbose_name="preuve demandée")),
                        ("set_by", models.CharField(choices=[("family", "la famille"), ("agent", "un agent"), ("referent", "le référent petite enfance"), ("service", "le service lui-même")], default="family", max_length=8, verbose_name="qui répond")),
                        ("is_sensitive", models.BooleanField(default=False, verbose_name="sensible")),
                        ("is_guaranteed", models.BooleanField(default=False, verbose_name="donne droit à une place garantie")),
                        ("grid", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="criteria", to="nurseries.pointsgrid", verbose_name="grille")),
                    ],
                    options={
                        "verbose_name": "critère",
                        "verbose_name_plural": "critères",
                        "ordering": ("grid", "position", "pk"),
                        "constraints": [
                            models.UniqueConstraint(fields=("grid", "code"), name="code_of_a_criterion_is_unique_in_its_grid", violation_error_message="Un critère de ce code existe déjà dans cette grille."),
                            models.CheckConstraint(condition=models.Q(("kind__in", ["yes_no", "choice", "counted", "given"]), ("set_by__in", ["family", "agent", "referent", "service"])), name="criterion_is_of_a_known_kind", violation_error_message="Ce genre de critère n’est pas prévu."),
                            models.CheckConstraint(condition=models.Q(("most__gte", models.F("least")), ("points__range", (-1000, 1000)), ("least__gte", -1000), ("most__lte", 1000)), name="points_of_a_criterion_are_reasonable", violation_error_message="Ces points sont hors de toute mesure, ou le maximum est sous le minimum."),
                            models.CheckConstraint(condition=models.Q(models.Q(("kind", "given"), _negated=True), ("set_by__in", ["agent", "referent"]), _connector="OR"), name="points_given_are_given_by_staff", violation_error_message="Des points avec un motif sont donnés par un agent ou un référent."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CriterionOption",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("position", models.PositiveSmallIntegerField(default=1, verbose_name="ordre")),
                        ("code", models.SlugField(max_length=40, verbose_name="code")),
                        ("label", municipalities.languages.TranslatedField(default=municipalities.languages.Translated, verbose_name="nom affiché")),
                        ("points", models.SmallIntegerField(default=0, validators=[django.core.validators.MinValueValidator(-1000), django.core.validators.MaxValueValidator(1000)], verbose_name="points")),
                        ("criterion", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="options", to="nurseries.criterion", verbose_name="critère")),
                    ],
                    options={
                        "verbose_name": "réponse possible",
                        "verbose_name_plural": "réponses possibles",
                        "ordering": ("criterion", "position", "pk"),
                        "constraints": [
                            models.UniqueConstraint(fields=("criterion", "code"), name="code_of_an_option_is_unique_in_its_criterion", violation_error_message="Une réponse de ce code existe déjà pour ce critère."),
                            models.CheckConstraint(condition=models.Q(("points__range", (-1000, 1000))), name="points_of_an_option_are_reasonable", violation_error_message="Ces points sont hors de toute mesure."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TownPoints",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("valid_from", models.DateField(verbose_name="valable à partir du")),
                        ("points", models.PositiveSmallIntegerField(validators=[django.core.validators.MaxValueValidator(20)], verbose_name="points")),
                        ("decision", models.CharField(help_text="Référence de la délibération de la commune.", max_length=200, verbose_name="décision")),
                        ("municipality", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipalities.municipality", verbose_name="commune")),
                    ],
                    options={
                        "verbose_name": "points d’une commune",
                        "verbose_name_plural": "points des communes",
                        "ordering": ("municipality__name", "-valid_from"),
                        "constraints": [
                            models.UniqueConstraint(fields=("municipality", "valid_from"), name="town_decides_its_points_once_a_day", violation_error_message="Cette commune a déjà des points à partir de ce jour-là."),
                            models.CheckConstraint(condition=models.Q(("points__lte", 20)), name="town_gives_at_most_twenty_points", violation_error_message="Une commune donne de 0 à 20 points dans ses crèches."),
                            models.CheckConstraint(condition=models.Q(("decision", ""), _negated=True), name="points_of_a_town_name_their_decision", violation_error_message="Indiquez la délibération de la commune."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NurseryOpening",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("first_month", models.DateField(verbose_name="à partir du mois")),
                        ("last_month", models.DateField(blank=True, null=True, verbose_name="jusqu’au mois (compris)")),
                        ("authorised", models.JSONField(default=dict, verbose_name="enfants autorisés par demi-journée")),
                        ("sections", models.JSONField(blank=True, default=dict, verbose_name="places par section")),
                        ("adults", models.JSONField(blank=True, default=dict, verbose_name="adultes par demi-journée")),
                        ("overshoot", models.PositiveSmallIntegerField(default=100, validators=[django.core.validators.MinValueValidator(100), django.core.validators.MaxValueValidator(115)], verbose_name="dépassement (%)")),
                        ("nursery", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="openings", to="nurseries.nursery", verbose_name="crèche")),
                    ],
                    options={
                        "verbose_name": "capacité d’une crèche",
                        "verbose_name_plural": "capacités des crèches",
                        "ordering": ("nursery", "first_month"),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("first_month__day", 1), models.Q(("last_month__isnull", True), ("last_month__day", 1), _connector="OR")), name="months_of_an_opening_are_whole", violation_error_message="Un mois se note par son premier jour."),
                            models.CheckConstraint(condition=models.Q(("last_month__isnull", True), ("last_month__gte", models.F("first_month")), _connector="OR"), name="last_month_of_an_opening_follows_its_first", violation_error_message="Le dernier mois doit suivre le premier."),
                            models.CheckConstraint(condition=models.Q(("overshoot__range", (100, 115))), name="overshoot_of_an_opening_is_what_the_law_allows", violation_error_message="Le dépassement va de 100 à 115 %."),
                            django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.F("nursery"), "="), (booking.nurseries.models.openings._Months(), "&&")], name="a_nursery_has_one_capacity_at_a_time", violation_error_message="Une autre ligne de capacité vaut déjà pour une partie de ces mois."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HeldBack",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("purpose", models.CharField(choices=[("emergency", "Urgences"), ("insertion", "Familles en parcours d’insertion"), ("other", "Autre besoin du service")], max_length=12, verbose_name="pour")),
                        ("places", models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(200)], verbose_name="places")),
                        ("first_month", models.DateField(verbose_name="à partir du mois")),
                        ("last_month", models.DateField(verbose_name="jusqu’au mois (compris)")),
                        ("half_days", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=6), blank=True, default=list, size=10, verbose_name="demi-journées")),
                        ("nursery", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="held_back", to="nurseries.nursery", verbose_name="crèche")),
                    ],
                    options={
                        "verbose_name": "réserve de places",
                        "verbose_name_plural": "réserves de places",
                        "ordering": ("nursery", "first_month", "pk"),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("first_month__day", 1), models.Q(("last_month__isnull", True), ("last_month__day", 1), _connector="OR")), name="months_of_held_back_places_are_whole", violation_error_message="Un mois se note par son premier jour."),
                            models.CheckConstraint(condition=models.Q(("last_month__isnull", True), ("last_month__gte", models.F("first_month")), _connector="OR"), name="last_month_of_held_back_places_follows_its_first", violation_error_message="Le dernier mois doit suivre le premier."),
                            models.CheckConstraint(condition=models.Q(("places__gte", 1)), name="places_held_back_are_at_least_one", violation_error_message="Une réserve compte au moins une place."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PresentChild",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("number", models.CharField(max_length=20, verbose_name="numéro chez le gestionnaire")),
                        ("born", models.DateField(verbose_name="mois de naissance")),
                        ("section", models.CharField(blank=True, choices=[("small", "Bébés"), ("middle", "Moyens"), ("big", "Grands")], max_length=8, verbose_name="section")),
                        ("half_days", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=6), size=10, verbose_name="demi-journées")),
                        ("week_hours", models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True, verbose_name="heures par semaine")),
                        ("last_month", models.DateField(blank=True, null=True, verbose_name="dernier mois")),
                        ("is_guaranteed", models.BooleanField(default=False, verbose_name="place garantie")),
                        ("nursery", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="children", to="nurseries.nursery", verbose_name="crèche")),
                    ],
                    options={
                        "verbose_name": "enfant présent",
                        "verbose_name_plural": "enfants présents",
                        "ordering": ("nursery", "number"),
                        "constraints": [
                            models.UniqueConstraint(fields=("nursery", "number"), name="a_child_is_counted_once_in_a_nursery", violation_error_message="Cet enfant est déjà dans la liste."),
                            models.CheckConstraint(condition=models.Q(("born__day", 1), models.Q(("last_month__isnull", True), ("last_month__day", 1), _connector="OR")), name="months_of_a_present_child_are_whole", violation_error_message="Un mois se note par son premier jour."),
                            models.CheckConstraint(condition=models.Q(("half_days", []), _negated=True), name="a_present_child_comes_at_some_half_day", violation_error_message="Un enfant présent vient au moins une demi-journée par semaine."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TownChildcare",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("childminders", models.PositiveIntegerField(blank=True, null=True, verbose_name="assistantes maternelles")),
                        ("relay_name", models.CharField(blank=True, max_length=120, verbose_name="relais petite enfance")),
                        ("relay_address", models.CharField(blank=True, max_length=200, verbose_name="adresse du relais")),
                        ("relay_phone", models.CharField(blank=True, max_length=20, verbose_name="téléphone du relais")),
                        ("relay_email", models.EmailField(blank=True, max_length=254, verbose_name="courriel du relais")),
                        ("relay_website", models.URLField(blank=True, verbose_name="site du relais")),
                        ("has_invented_data", models.BooleanField(default=False, verbose_name="comporte des données fictives")),
                        ("municipality", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="childcare", to="municipalities.municipality", verbose_name="commune")),
                    ],
                    options={
                        "verbose_name": "accueil individuel d’une commune",
                        "verbose_name_plural": "accueil individuel des communes",
                        "ordering": ("municipality__slug",),
                    },
                ),
                migrations.CreateModel(
                    name="CommissionMeeting",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("meets_on", models.DateField(verbose_name="se réunit le")),
                        ("files_until", models.DateField(verbose_name="dossiers complets jusqu’au")),
                        ("about", municipalities.languages.TranslatedField(default=municipalities.languages.Translated, verbose_name="pour quelles entrées")),
                        ("authority", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="commission_meetings", to="municipalities.operator", verbose_name="autorité organisatrice")),
                    ],
                    options={
                        "verbose_name": "réunion de la commission",
                        "verbose_name_plural": "réunions de la commission",
                        "ordering": ("meets_on", "pk"),
                        "constraints": [
                            models.UniqueConstraint(fields=("authority", "meets_on"), name="a_commission_meets_once_a_day", violation_error_message="La commission se réunit déjà ce jour-là."),
                            models.CheckConstraint(condition=models.Q(("files_until__lte", models.F("meets_on"))), name="files_are_complete_before_the_commission_meets", violation_error_message="Les dossiers doivent être complets avant la réunion."),
                        ],
                    },
                ),
            ]
        ),
        GUARD,
        *(trace(f"nurseries_{table}") for table in (*POINTS, *SUPPLY)),
        *(watch(f"nurseries_{table}") for table in (*POINTS, *SUPPLY, "presentchild")),
    ]
