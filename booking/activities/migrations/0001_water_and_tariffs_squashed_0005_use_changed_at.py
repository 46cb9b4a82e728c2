import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.constraints
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import municipalities.database.ranges
import municipalities.languages
from municipalities.audit import trace
from municipalities.database.cached import watch
from municipalities.database.tables import CreateTables

#: Whatever path a change of a published grid takes, the database refuses it.
GUARD = migrations.RunSQL(
    """
CREATE FUNCTION guichet_published_grid_stays() RETURNS trigger LANGUAGE plpgsql AS $$
-- Who published may be forgotten; nothing else of a published grid changes.
DECLARE
    touched bigint[];
BEGIN
    IF TG_TABLE_NAME = 'activities_tariffgrid' THEN
        IF OLD.published_at IS NULL THEN
            RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
        END IF;
        IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'published_by_id' = to_jsonb(OLD) - 'published_by_id' THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'a published grid never changes'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_published_grid_never_changes';
    END IF;
    IF TG_TABLE_NAME = 'activities_pricerow' THEN
        SELECT array_agg(grid_id) INTO touched FROM activities_tariff
        WHERE id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.tariff_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.tariff_id END);
    ELSE
        touched := ARRAY[CASE WHEN TG_OP <> 'INSERT' THEN OLD.grid_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.grid_id END];
    END IF;
    -- Whoever is publishing holds the row: we wait, and then see that it is published.
    PERFORM 1 FROM activities_tariffgrid WHERE id = ANY (touched) ORDER BY id FOR SHARE;
    IF EXISTS (SELECT 1 FROM activities_tariffgrid WHERE id = ANY (touched) AND published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a published grid never changes'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_published_grid_never_changes';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER guichet_published_grid_stays BEFORE UPDATE OR DELETE ON activities_tariffgrid
FOR EACH ROW EXECUTE FUNCTION guichet_published_grid_stays();
CREATE TRIGGER guichet_published_grid_stays BEFORE INSERT OR UPDATE OR DELETE ON activities_tariff
FOR EACH ROW EXECUTE FUNCTION guichet_published_grid_stays();
CREATE TRIGGER guichet_published_grid_stays BEFORE INSERT OR UPDATE OR DELETE ON activities_pricerow
FOR EACH ROW EXECUTE FUNCTION guichet_published_grid_stays();
CREATE TRIGGER guichet_published_grid_stays BEFORE INSERT OR UPDATE OR DELETE ON activities_adjustment
FOR EACH ROW EXECUTE FUNCTION guichet_published_grid_stays();
""",
    """
DROP TRIGGER guichet_published_grid_stays ON activities_adjustment;
DROP TRIGGER guichet_published_grid_stays ON activities_pricerow;
DROP TRIGGER guichet_published_grid_stays ON activities_tariff;
DROP TRIGGER guichet_published_grid_stays ON activities_tariffgrid;
DROP FUNCTION guichet_published_grid_stays();
""",
)


class Migration(migrations.Migration):
    """Pools with their lanes and who uses them when; what things cost."""

    replaces = [
        ("activities", "0001_water"),
        ("activities", "0002_trace_triggers"),
        ("activities", "0003_tariffs"),
        ("activities", "0004_published_grids"),
        ("activities", "0005_use_changed_at"),
    ]

    initial = True

    dependencies = [
        ("municipalities", "0005_second_factors_squashed_0016_cash_roles"),
        ("payments", "0002_guards_squashed_0004_words_of_alerts"),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="SchoolHoliday",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=60, verbose_name="nom")),
                        ("first_day", models.DateField(verbose_name="du")),
                        ("last_day", models.DateField(verbose_name="au (compris)")),
                    ],
                    options={
                        "verbose_name": "vacances scolaires",
                        "verbose_name_plural": "vacances scolaires",
                        "ordering": ("first_day",),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("last_day__gte", models.F("first_day"))), name="school_holidays_end_after_they_begin", violation_error_message="Le dernier jour doit suivre le premier."),
                            django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(municipalities.database.ranges.DateRange(models.F("first_day"), models.F("last_day"), models.Value("[]")), "&&")], name="school_holidays_never_overlap", violation_error_message="D’autres vacances couvrent déjà une partie de ces jours."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Pool",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("most_heads", models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10000)], verbose_name="personnes au plus en même temps")),
                        ("closed_since", models.DateField(blank=True, null=True, verbose_name="fermée jusqu’à nouvel ordre depuis le")),
                        ("closed_why", municipalities.languages.TranslatedField(blank=True, default=municipalities.languages.Translated, verbose_name="motif affiché")),
                        ("facility", models.OneToOneField(limit_choices_to={"kind": "pool"}, on_delete=django.db.models.deletion.PROTECT, related_name="pool", to="municipalities.facility", verbose_name="établissement")),
                        ("cash_office", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.cashoffice", verbose_name="régie")),
                    ],
                    options={
                        "verbose_name": "piscine",
                        "verbose_name_plural": "piscines",
                        "ordering": ("facility",),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("most_heads__gte", 1)), name="pool_holds_somebody", violation_error_message="Une piscine reçoit au moins une personne."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Basin",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=60, verbose_name="nom")),
                        ("position", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                        ("has_invented_data", models.BooleanField(default=False, verbose_name="comporte des données fictives")),
                        ("pool", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="basins", to="activities.pool", verbose_name="piscine")),
                    ],
                    options={
                        "verbose_name": "bassin",
                        "verbose_name_plural": "bassins",
                        "ordering": ("pool", "position", "pk"),
                        "constraints": [
                            models.UniqueConstraint(fields=("pool", "name"), name="basin_name_is_unique_in_its_pool", violation_error_message="Un bassin de ce nom existe déjà dans cette piscine."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Lane",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=60, verbose_name="nom")),
                        ("position", models.PositiveSmallIntegerField(default=0, verbose_name="ordre")),
                        ("is_active", models.BooleanField(default=True, verbose_name="en service")),
                        ("basin", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="lanes", to="activities.basin", verbose_name="bassin")),
                    ],
                    options={
                        "verbose_name": "ligne ou zone",
                        "verbose_name_plural": "lignes et zones",
                        "ordering": ("basin__position", "basin", "position", "pk"),
                        "constraints": [
                            models.UniqueConstraint(fields=("basin", "name"), name="lane_name_is_unique_in_its_basin", violation_error_message="Une ligne ou une zone de ce nom existe déjà dans ce bassin."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PoolMoment",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("at", models.DateTimeField(verbose_name="quart d’heure")),
                        ("heads", models.IntegerField(verbose_name="personnes prévues")),
                        ("most", models.PositiveIntegerField(verbose_name="personnes au plus")),
                        ("pool", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="moments", to="activities.pool", verbose_name="piscine")),
                    ],
                    options={
                        "verbose_name": "quart d’heure d’une piscine",
                        "verbose_name_plural": "quarts d’heure des piscines",
                        "ordering": ("pool", "at"),
                        "constraints": [
                            models.UniqueConstraint(fields=("pool", "at"), name="a_quarter_hour_of_a_pool_is_counted_once", violation_error_message="Ce quart d’heure est déjà compté."),
                            models.CheckConstraint(condition=models.Q(("heads__lte", models.F("most"))), name="people_in_a_pool_stay_under_its_limit", violation_error_message="Il y aurait trop de personnes en même temps dans la piscine."),
                            models.CheckConstraint(condition=models.Q(("heads__gte", 0)), name="no_fewer_than_nobody_is_in_a_pool", violation_error_message="Il ne peut pas y avoir moins de zéro personne."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UseSeries",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("kind", models.CharField(choices=[("public", "Public"), ("school", "École"), ("club", "Club"), ("group", "Cours"), ("maintenance", "Entretien")], max_length=12, verbose_name="pour")),
                        ("label", models.CharField(blank=True, max_length=80, verbose_name="qui")),
                        ("weekday", models.PositiveSmallIntegerField(verbose_name="jour")),
                        ("starts", models.TimeField(verbose_name="de")),
                        ("ends", models.TimeField(verbose_name="à")),
                        ("first_day", models.DateField(verbose_name="du")),
                        ("last_day", models.DateField(verbose_name="au (compris)")),
                        ("heads", models.PositiveIntegerField(default=0, verbose_name="personnes")),
                        ("skips_school_holidays", models.BooleanField(default=False, verbose_name="pas pendant les vacances scolaires")),
                        ("except_on", django.contrib.postgres.fields.ArrayField(base_field=models.DateField(), blank=True, default=list, size=None, verbose_name="sauf les")),
                        ("lanes", models.ManyToManyField(related_name="+", to="activities.lane", verbose_name="lignes et zones")),
                        ("pool", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="series", to="activities.pool", verbose_name="piscine")),
                    ],
                    options={
                        "verbose_name": "série de créneaux de bassin",
                        "verbose_name_plural": "séries de créneaux de bassin",
                        "ordering": ("pool", "weekday", "starts", "pk"),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("ends__gt", models.F("starts"))), name="series_ends_after_it_starts", violation_error_message="Le créneau doit finir après son début."),
                            models.CheckConstraint(condition=models.Q(("last_day__gte", models.F("first_day"))), name="series_last_day_follows_its_first", violation_error_message="Le dernier jour doit suivre le premier."),
                            models.CheckConstraint(condition=models.Q(("weekday__range", (0, 6))), name="series_has_a_weekday", violation_error_message="Une série a lieu un jour de la semaine."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LaneUse",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="période")),
                        ("kind", models.CharField(choices=[("public", "Public"), ("school", "École"), ("club", "Club"), ("group", "Cours"), ("maintenance", "Entretien")], max_length=12, verbose_name="pour")),
                        ("label", models.CharField(blank=True, max_length=80, verbose_name="qui")),
                        ("heads", models.PositiveIntegerField(default=0, verbose_name="personnes")),
                        ("event", models.UUIDField(db_index=True, default=uuid.uuid4, verbose_name="créneau")),
                        ("day", models.DateField(blank=True, null=True, verbose_name="jour de la série")),
                        ("lane", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="uses", to="activities.lane", verbose_name="ligne ou zone")),
                        ("series", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="uses", to="activities.useseries", verbose_name="série")),
                        ("changed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="changé le")),
                    ],
                    options={
                        "verbose_name": "usage d’une ligne",
                        "verbose_name_plural": "usages des lignes",
                        "ordering": ("period", "lane"),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("period__isempty", False), ("period__lower_inf", False), ("period__upper_inf", False)), name="lane_use_has_a_beginning_and_an_end", violation_error_message="Le créneau doit finir après son début."),
                            models.CheckConstraint(condition=models.Q(models.Q(("day__isnull", True), ("series__isnull", True)), models.Q(("day__isnull", False), ("series__isnull", False)), _connector="OR"), name="lane_use_of_a_series_says_for_which_day", violation_error_message="Un créneau d’une série dit pour quel jour il est."),
                            django.contrib.postgres.constraints.ExclusionConstraint(deferrable=django.db.models.constraints.Deferrable["IMMEDIATE"], expressions=[("lane", "="), ("period", "&&")], name="a_lane_is_one_users_at_a_time", violation_error_message="Cette ligne est déjà prise à ce moment."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TariffGrid",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(help_text="Par exemple : Saison 2026-2027.", max_length=80, verbose_name="nom")),
                        ("valid_from", models.DateField(verbose_name="valable à partir du")),
                        ("decision", models.CharField(blank=True, help_text="Référence de la délibération ou de l’arrêté. Nécessaire pour publier.", max_length=200, verbose_name="décision")),
                        ("step", models.PositiveSmallIntegerField(choices=[(1, "au centime"), (5, "aux 5 centimes"), (10, "aux 10 centimes"), (50, "aux 50 centimes"), (100, "à l’euro")], default=1, verbose_name="arrondi")),
                        ("published_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="publiée le")),
                        ("operator", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipalities.operator", verbose_name="gestionnaire")),
                        ("published_by", models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="par")),
                    ],
                    options={
                        "verbose_name": "grille tarifaire",
                        "verbose_name_plural": "grilles tarifaires",
                        "ordering": ("operator", "-valid_from", "pk"),
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("published_at__isnull", False)), fields=("operator", "valid_from"), name="one_published_grid_begins_on_a_day", violation_error_message="Une autre grille publiée commence déjà ce jour-là."),
                            models.CheckConstraint(condition=models.Q(("published_at__isnull", True), models.Q(("decision", ""), _negated=True), _connector="OR"), name="published_grid_names_its_decision", violation_error_message="Une grille publiée dit quelle décision l’a fixée."),
                            models.CheckConstraint(condition=models.Q(("step__in", [1, 5, 10, 50, 100])), name="grid_rounds_to_a_known_step", violation_error_message="Cet arrondi n’est pas prévu."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Tariff",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.SlugField(max_length=40, verbose_name="code")),
                        ("label", municipalities.languages.TranslatedField(default=municipalities.languages.Translated, verbose_name="nom affiché")),
                        ("grid", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="tariffs", to="activities.tariffgrid", verbose_name="grille")),
                    ],
                    options={
                        "verbose_name": "tarif",
                        "verbose_name_plural": "tarifs",
                        "ordering": ("grid", "code"),
                        "constraints": [
                            models.UniqueConstraint(fields=("grid", "code"), name="code_of_a_tariff_is_unique_in_its_grid", violation_error_message="Un tarif de ce code existe déjà dans cette grille."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PriceRow",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("unit", models.CharField(choices=[("year", "une saison entière"), ("term", "un trimestre"), ("session", "une séance")], default="year", max_length=8, verbose_name="pour")),
                        ("residence", models.CharField(choices=[("any", "où que l’on habite"), ("territory", "habitants du territoire"), ("other", "autres communes")], default="any", max_length=10, verbose_name="qui habite")),
                        ("status", models.CharField(choices=[("any", "avec ou sans réduction"), ("full", "plein tarif"), ("reduced", "tarif réduit, sur justificatif")], default="any", max_length=8, verbose_name="statut")),
                        ("age_from", models.PositiveIntegerField(default=0, verbose_name="âge à partir de")),
                        ("age_below", models.PositiveIntegerField(blank=True, null=True, verbose_name="et de moins de (ans)")),
                        ("quotient_from", models.PositiveIntegerField(default=0, verbose_name="quotient à partir de")),
                        ("quotient_below", models.PositiveIntegerField(blank=True, null=True, verbose_name="et inférieur à")),
                        ("rank_from", models.PositiveIntegerField(default=1, verbose_name="à partir du n° (enfant de la famille)")),
                        ("rank_below", models.PositiveIntegerField(blank=True, null=True, verbose_name="et avant le n°")),
                        ("cents", models.PositiveIntegerField(blank=True, null=True, verbose_name="prix (centimes)")),
                        ("rate", models.PositiveIntegerField(blank=True, null=True, verbose_name="taux d’effort (dix-millièmes)")),
                        ("floor", models.PositiveIntegerField(blank=True, null=True, verbose_name="au moins (centimes)")),
                        ("cap", models.PositiveIntegerField(blank=True, null=True, verbose_name="au plus (centimes)")),
                        ("tariff", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="activities.tariff", verbose_name="tarif")),
                    ],
                    options={
                        "verbose_name": "prix",
                        "verbose_name_plural": "prix",
                        "ordering": ("tariff", "unit", "-residence", "status", "age_from", "rank_from", "quotient_from"),
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(expressions=[("tariff", "="), ("unit", "="), (municipalities.database.ranges.OneOrAll(models.F("residence"), each=("territory", "other")), "&&"), (municipalities.database.ranges.OneOrAll(models.F("status"), each=("full", "reduced")), "&&"), (municipalities.database.ranges.WholeNumbers(models.F("age_from"), models.F("age_below")), "&&"), (municipalities.database.ranges.WholeNumbers(models.F("quotient_from"), models.F("quotient_below")), "&&"), (municipalities.database.ranges.WholeNumbers(models.F("rank_from"), models.F("rank_below")), "&&")], name="prices_of_a_tariff_never_meet", violation_error_message="Un autre prix de ce tarif vaut déjà pour une partie de ces cas."),
                            models.CheckConstraint(condition=models.Q(models.Q(("cap__isnull", True), ("cents__isnull", False), ("floor__isnull", True), ("rate__isnull", True)), models.Q(("cap__isnull", False), ("cents__isnull", True), ("floor__isnull", False), ("rate__isnull", False)), _connector="OR"), name="price_is_an_amount_or_a_rate", violation_error_message="Un prix est un montant, ou un taux avec un minimum et un maximum."),
                            models.CheckConstraint(condition=models.Q(models.Q(("cents__isnull", True), ("cents__lte", 500000), _connector="OR"), models.Q(("rate__isnull", True), ("rate__lte", 10000), _connector="OR"), models.Q(("cap__isnull", True), models.Q(("cap__gte", models.F("floor")), ("cap__lte", 500000)), _connector="OR")), name="price_is_reasonable", violation_error_message="Ce prix est hors de toute mesure, ou son maximum est sous son minimum."),
                            models.CheckConstraint(condition=models.Q(models.Q(("age_below__isnull", True), ("age_below__gt", models.F("age_from")), _connector="OR"), models.Q(("quotient_below__isnull", True), ("quotient_below__gt", models.F("quotient_from")), _connector="OR"), models.Q(("rank_below__isnull", True), ("rank_below__gt", models.F("rank_from")), _connector="OR")), name="ranges_of_a_price_have_a_beginning_and_an_end", violation_error_message="Une limite haute doit dépasser la limite basse."),
                            models.CheckConstraint(condition=models.Q(("rank_from__gte", 1), ("residence__in", ["any", "territory", "other"]), ("unit__in", ["year", "term", "session"]), ("status__in", ["any", "full", "reduced"])), name="price_counts_children_from_the_first", violation_error_message="Les enfants d’une famille se comptent à partir de 1."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Adjustment",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("position", models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(99)], verbose_name="ordre")),
                        ("because", models.CharField(choices=[("sibling", "enfant d’une même famille"), ("second_activity", "activité d’une même personne")], max_length=20, verbose_name="à partir de quel")),
                        ("rank_from", models.PositiveIntegerField(default=2, validators=[django.core.validators.MinValueValidator(1)], verbose_name="à partir du n°")),
                        ("rank_below", models.PositiveIntegerField(blank=True, null=True, verbose_name="et avant le n°")),
                        ("percent", models.PositiveSmallIntegerField(validators=[django.core.validators.MaxValueValidator(100)], verbose_name="réduction (%)")),
                        ("codes", django.contrib.postgres.fields.ArrayField(base_field=models.SlugField(max_length=40), blank=True, default=list, help_text="Séparés par des virgules. Vide : pour tous.", size=None, verbose_name="seulement pour ces codes")),
                        ("unit", models.CharField(blank=True, choices=[("year", "une saison entière"), ("term", "un trimestre"), ("session", "une séance")], max_length=8, verbose_name="seulement pour")),
                        ("grid", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="adjustments", to="activities.tariffgrid", verbose_name="grille")),
                    ],
                    options={
                        "verbose_name": "réduction",
                        "verbose_name_plural": "réductions",
                        "ordering": ("grid", "position"),
                        "constraints": [
                            models.UniqueConstraint(fields=("grid", "position"), name="adjustments_of_a_grid_come_in_one_order", violation_error_message="Une autre réduction de cette grille a déjà ce numéro d’ordre."),
                            models.CheckConstraint(condition=models.Q(("because__in", ["sibling", "second_activity"]), ("percent__lte", 100)), name="adjustment_takes_off_no_more_than_all", violation_error_message="Une réduction va de 0 à 100 %."),
                            models.CheckConstraint(condition=models.Q(("rank_from__gte", 1), models.Q(("rank_below__isnull", True), ("rank_below__gt", models.F("rank_from")), _connector="OR")), name="ranks_of_an_adjustment_have_a_beginning_and_an_end", violation_error_message="Une limite haute doit dépasser la limite basse."),
                        ],
                    },
                ),
            ]
        ),
        GUARD,
        trace("activities_pool"),
        trace("activities_basin"),
        trace("activities_lane"),
        trace("activities_schoolholiday"),
        trace("activities_useseries"),
        trace("activities_useseries_lanes"),
        # What a series, or a group's rule, comes to follows from it; what stands alone, and every change by hand, is told.
        trace(
            "activities_laneuse",
            insert="NEW.series_id IS NULL AND NEW.kind <> 'group'",
            update="NEW.kind <> 'group'",
            delete="OLD.series_id IS NULL AND OLD.kind <> 'group'",
        ),
        trace("activities_tariffgrid"),
        trace("activities_tariff"),
        trace("activities_pricerow"),
        trace("activities_adjustment"),
        *(
            watch(f"activities_{table}")
            for table in ("tariffgrid", "tariff", "pricerow", "adjustment", "basin", "pool")
        ),
    ]
