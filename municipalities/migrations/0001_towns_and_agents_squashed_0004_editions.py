import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension, UnaccentExtension
from django.db import migrations, models

import municipalities.languages
from municipalities.audit import FUNCTION, trace
from municipalities.database.cached import VERSION_TABLE, watch
from municipalities.database.tables import CreateTables


class Migration(migrations.Migration):
    """Towns, who runs their facilities and who works there; the trace that the database keeps of every write; the version
    under which a process may remember towns, facilities and operators."""

    replaces = [
        ("municipalities", "0001_initial"),
        ("municipalities", "0002_trace_drafts_delegations"),
        ("municipalities", "0003_trace_triggers"),
        ("municipalities", "0004_editions"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        BtreeGistExtension(),
        UnaccentExtension(),
        CreateTables(
            [
                migrations.CreateModel(
                    name="Municipality",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("insee_code", models.CharField(max_length=5, unique=True, validators=[django.core.validators.RegexValidator("^(\\d{2}|2[AB])\\d{3}\\Z", "Un code INSEE a cinq caractères, par exemple 68224.")], verbose_name="code INSEE")),
                        ("siren", models.CharField(blank=True, max_length=9, verbose_name="SIREN")),
                        ("slug", models.SlugField(max_length=60, unique=True, verbose_name="adresse")),
                        ("name", models.CharField(max_length=80, verbose_name="nom")),
                        ("postal_codes", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=5), default=list, size=None, verbose_name="codes postaux")),
                        ("population", models.PositiveIntegerField(default=0, verbose_name="population")),
                        ("latitude", models.FloatField(validators=[django.core.validators.MinValueValidator(-90), django.core.validators.MaxValueValidator(90)], verbose_name="latitude")),
                        ("longitude", models.FloatField(validators=[django.core.validators.MinValueValidator(-180), django.core.validators.MaxValueValidator(180)], verbose_name="longitude")),
                        ("is_member", models.BooleanField(default=True, verbose_name="membre du territoire")),
                        ("colour", models.CharField(default="#1f4e79", max_length=7, validators=[django.core.validators.RegexValidator("^#[0-9a-f]{6}\\Z", "Une couleur s’écrit # suivi de six chiffres ou lettres a-f.")], verbose_name="couleur")),
                        ("second_colour", models.CharField(default="#e8b54a", max_length=7, validators=[django.core.validators.RegexValidator("^#[0-9a-f]{6}\\Z", "Une couleur s’écrit # suivi de six chiffres ou lettres a-f.")], verbose_name="seconde couleur")),
                        ("coat_pattern", models.CharField(choices=[("plain", "Uni"), ("pale", "Parti (deux moitiés verticales)"), ("fess", "Coupé (deux moitiés horizontales)"), ("bend", "Tranché (en diagonale)"), ("waves", "Ondes"), ("chevron", "Chevron")], default="pale", max_length=10, verbose_name="dessin du blason")),
                        ("logo", models.BinaryField(blank=True, null=True, verbose_name="logo (PNG)")),
                        ("welcome_text", municipalities.languages.TranslatedField(blank=True, default=municipalities.languages.Translated, verbose_name="mot d’accueil")),
                        ("opening_text", municipalities.languages.TranslatedField(blank=True, default=municipalities.languages.Translated, verbose_name="heures d’ouverture au public")),
                        ("address", models.CharField(blank=True, max_length=200, verbose_name="adresse postale")),
                        ("phone", models.CharField(blank=True, max_length=20, verbose_name="téléphone")),
                        ("email", models.EmailField(blank=True, max_length=254, verbose_name="courriel")),
                        ("website", models.URLField(blank=True, verbose_name="site")),
                        ("sender_name", models.CharField(blank=True, max_length=80, verbose_name="nom de l’expéditeur")),
                        ("sender_email", models.EmailField(blank=True, max_length=254, verbose_name="adresse de l’expéditeur")),
                        ("good_friday_is_holiday", models.BooleanField(default=True, help_text="Férié dans les communes qui ont un temple protestant ou une église mixte (ordonnance de 1892).", verbose_name="le Vendredi saint est férié")),
                        ("has_invented_data", models.BooleanField(default=False, verbose_name="comporte des données fictives")),
                        ("takes_number_later", models.BooleanField(default=False, help_text="Qui n’a pas encore son numéro retient l’horaire et l’ajoute par son lien privé. Sans numéro, l’horaire est libéré deux jours avant.", verbose_name="accepte le numéro de pré-demande après la réservation")),
                    ],
                    options={
                        "verbose_name": "commune",
                        "verbose_name_plural": "communes",
                        "ordering": ("slug",),
                    },
                ),
                migrations.CreateModel(
                    name="StaffMember",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        ("is_superuser", models.BooleanField(default=False, help_text="Designates that this user has all permissions without explicitly assigning them.", verbose_name="superuser status")),
                        ("email", models.EmailField(max_length=254, unique=True, verbose_name="courriel")),
                        ("name", models.CharField(max_length=120, verbose_name="nom")),
                        ("language", models.CharField(default="fr", max_length=2, verbose_name="langue")),
                        ("is_active", models.BooleanField(default=True, verbose_name="compte ouvert")),
                        ("is_staff", models.BooleanField(default=False, verbose_name="accès à l’administration")),
                        ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="arrivé le")),
                        ("groups", models.ManyToManyField(blank=True, help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.", related_name="user_set", related_query_name="user", to="auth.group", verbose_name="groups")),
                        ("user_permissions", models.ManyToManyField(blank=True, help_text="Specific permissions for this user.", related_name="user_set", related_query_name="user", to="auth.permission", verbose_name="user permissions")),
                    ],
                    options={
                        "verbose_name": "agent",
                        "verbose_name_plural": "agents",
                        "ordering": ("name",),
                    },
                ),
                migrations.CreateModel(
                    name="Operator",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=120, unique=True, verbose_name="nom")),
                        ("kind", models.CharField(choices=[("municipality", "Commune"), ("agglomeration", "Agglomération"), ("contract_holder", "Délégataire")], max_length=20, verbose_name="nature")),
                        ("municipality", models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="operator", to="municipalities.municipality", verbose_name="commune")),
                        ("address", models.CharField(blank=True, max_length=200, verbose_name="adresse postale")),
                        ("colour", models.CharField(default="#1f4e79", max_length=7, validators=[django.core.validators.RegexValidator("^#[0-9a-f]{6}\\Z", "Une couleur s’écrit # suivi de six chiffres ou lettres a-f.")], verbose_name="couleur")),
                        ("email", models.EmailField(blank=True, max_length=254, verbose_name="courriel")),
                        ("phone", models.CharField(blank=True, max_length=20, verbose_name="téléphone")),
                        ("sender_email", models.EmailField(blank=True, max_length=254, verbose_name="adresse de l’expéditeur")),
                        ("sender_name", models.CharField(blank=True, max_length=80, verbose_name="nom de l’expéditeur")),
                        ("website", models.URLField(blank=True, verbose_name="site")),
                    ],
                    options={
                        "verbose_name": "gestionnaire",
                        "verbose_name_plural": "gestionnaires",
                        "ordering": ("name",),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(models.Q(("kind", "municipality"), ("municipality__isnull", False)), models.Q(models.Q(("kind", "municipality"), _negated=True), ("municipality__isnull", True)), _connector="OR"), name="operator_that_is_a_municipality_and_only_it_names_one", violation_error_message="Un gestionnaire nomme une commune s’il en est une, et seulement alors."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Facility",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("kind", models.CharField(choices=[("town_hall", "Mairie"), ("nursery", "Crèche"), ("pool", "Piscine")], max_length=20, verbose_name="nature")),
                        ("name", models.CharField(max_length=120, verbose_name="nom")),
                        ("slug", models.SlugField(max_length=80, unique=True, verbose_name="adresse")),
                        ("address", models.CharField(blank=True, max_length=200, verbose_name="adresse")),
                        ("postal_code", models.CharField(blank=True, max_length=5, verbose_name="code postal")),
                        ("latitude", models.FloatField(verbose_name="latitude")),
                        ("longitude", models.FloatField(verbose_name="longitude")),
                        ("phone", models.CharField(blank=True, max_length=20, verbose_name="téléphone")),
                        ("email", models.EmailField(blank=True, max_length=254, verbose_name="courriel")),
                        ("access_text", municipalities.languages.TranslatedField(blank=True, default=municipalities.languages.Translated, verbose_name="accès")),
                        ("opening_text", municipalities.languages.TranslatedField(blank=True, default=municipalities.languages.Translated, verbose_name="heures d’ouverture")),
                        ("is_active", models.BooleanField(default=True, verbose_name="en service")),
                        ("has_invented_data", models.BooleanField(default=False, verbose_name="comporte des données fictives")),
                        ("municipality", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="facilities", to="municipalities.municipality", verbose_name="commune")),
                        ("operator", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="facilities", to="municipalities.operator", verbose_name="gestionnaire")),
                    ],
                    options={
                        "verbose_name": "établissement",
                        "verbose_name_plural": "établissements",
                        "ordering": ("slug",),
                    },
                ),
                migrations.CreateModel(
                    name="Closure",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="période")),
                        ("reason", municipalities.languages.TranslatedField(default=municipalities.languages.Translated, verbose_name="motif affiché")),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="créée le")),
                        ("created_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="créée par")),
                        ("facility", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="closures", to="municipalities.facility", verbose_name="établissement")),
                        ("municipality", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="closures", to="municipalities.municipality", verbose_name="commune")),
                    ],
                    options={
                        "verbose_name": "fermeture",
                        "verbose_name_plural": "fermetures",
                        "ordering": ("period",),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("municipality__isnull", True), ("facility__isnull", True), _connector="OR"), name="closure_names_at_most_one_place", violation_error_message="Une fermeture vise le territoire, une commune ou un établissement."),
                            models.CheckConstraint(condition=models.Q(("period__isempty", False), ("period__lower_inf", False), ("period__upper_inf", False)), name="closure_has_a_beginning_and_an_end", violation_error_message="La fermeture doit finir après son début."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StaffRole",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("role", models.CharField(choices=[("agent", "Agent d’accueil"), ("facility_manager", "Responsable d’établissement"), ("municipality_manager", "Responsable de commune"), ("operator_staff", "Personnel du délégataire"), ("operator_manager", "Responsable chez un gestionnaire"), ("territory_manager", "Responsable du territoire"), ("auditor", "Contrôle"), ("sports_manager", "Responsable des sports"), ("coach", "Maître-nageur"), ("childcare_agent", "Instruction des demandes de crèche"), ("childcare_referent", "Référence petite enfance"), ("commission_member", "Membre de la commission des crèches"), ("commission_chair", "Présidence de la commission des crèches"), ("nursery_manager", "Direction de crèche"), ("childcare_manager", "Responsable de la petite enfance"), ("cashier", "Caissier de régie"), ("accountant", "Comptable de régie")], max_length=24, verbose_name="rôle")),
                        ("valid_from", models.DateField(default=django.utils.timezone.localdate, verbose_name="à partir du")),
                        ("valid_until", models.DateField(blank=True, null=True, verbose_name="jusqu’au")),
                        ("facility", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="roles", to="municipalities.facility", verbose_name="établissement")),
                        ("municipality", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="roles", to="municipalities.municipality", verbose_name="commune")),
                        ("staff", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="roles", to=settings.AUTH_USER_MODEL, verbose_name="agent")),
                        ("given_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="donné par")),
                        ("is_delegation", models.BooleanField(default=False, verbose_name="délégation")),
                        ("operator", models.ForeignKey(blank=True, limit_choices_to={"municipality__isnull": True}, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="roles", to="municipalities.operator", verbose_name="gestionnaire")),
                    ],
                    options={
                        "verbose_name": "rôle",
                        "verbose_name_plural": "rôles",
                        "ordering": ("staff", "role"),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("valid_until__isnull", True), ("valid_until__gte", models.F("valid_from")), _connector="OR"), name="role_ends_after_it_begins", violation_error_message="Le rôle doit finir après son début."),
                            models.CheckConstraint(condition=models.Q(("is_delegation", False), models.Q(("facility__isnull", False), ("valid_until__isnull", False)), _connector="OR"), name="delegation_covers_one_facility_and_ends", violation_error_message="Une délégation vise un établissement et a une fin."),
                            models.CheckConstraint(condition=models.Q(models.Q(("role", "operator_staff"), _negated=True), ("facility__isnull", False), _connector="OR"), name="staff_of_a_contract_holder_works_in_one_facility", violation_error_message="Le personnel d’un délégataire travaille dans un établissement précis."),
                            models.CheckConstraint(condition=models.Q(models.Q(("facility__isnull", True), ("municipality__isnull", True)), models.Q(("municipality__isnull", True), ("operator__isnull", True)), models.Q(("facility__isnull", True), ("operator__isnull", True)), _connector="OR"), name="role_names_at_most_one_place", violation_error_message="Un rôle vise le territoire, une commune, un établissement ou un gestionnaire."),
                            models.CheckConstraint(condition=models.Q(("municipality__isnull", False), ("facility__isnull", False), ("operator__isnull", False), ("role__in", ["territory_manager", "auditor"]), _connector="OR"), name="role_that_spans_the_territory_is_for_managers_and_auditors", violation_error_message="Ce rôle demande une commune, un établissement ou un gestionnaire."),
                            models.CheckConstraint(condition=models.Q(models.Q(("role", "operator_manager"), _negated=True), ("operator__isnull", False), _connector="OR"), name="manager_of_an_operator_names_it", violation_error_message="Le responsable chez un gestionnaire demande un gestionnaire."),
                            models.CheckConstraint(condition=models.Q(models.Q(("role__in", ("childcare_agent", "childcare_referent", "commission_member", "commission_chair", "childcare_manager")), _negated=True), ("operator__isnull", False), _connector="OR"), name="role_for_all_nurseries_names_the_agglomeration", violation_error_message="Ce rôle vaut pour toutes les crèches : il se donne dans l’agglomération."),
                            models.CheckConstraint(condition=models.Q(("operator__isnull", True), ("role__in", ("operator_manager", "sports_manager", "coach", "cashier", "accountant", "childcare_agent", "childcare_referent", "commission_member", "commission_chair", "childcare_manager", "nursery_manager")), _connector="OR"), name="role_in_an_operator_is_one_that_operators_give", violation_error_message="Ce rôle ne se donne pas chez un gestionnaire."),
                            models.CheckConstraint(condition=models.Q(models.Q(("role__in", ("sports_manager", "coach", "cashier", "accountant")), _negated=True), ("facility__isnull", True), _connector="OR"), name="role_of_the_pools_spans_all_of_them", violation_error_message="Ce rôle vaut pour toutes les piscines d’un gestionnaire ou d’une commune."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MunicipalityDraft",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("values", models.JSONField(default=dict, verbose_name="textes et couleurs")),
                        ("changes_logo", models.BooleanField(default=False, verbose_name="change le logo")),
                        ("logo", models.BinaryField(blank=True, null=True, verbose_name="logo (PNG)")),
                        ("changed_at", models.DateTimeField(auto_now=True, verbose_name="modifié le")),
                        ("changed_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="modifié par")),
                        ("municipality", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="draft", to="municipalities.municipality", verbose_name="commune")),
                    ],
                    options={
                        "verbose_name": "brouillon",
                        "verbose_name_plural": "brouillons",
                    },
                ),
                migrations.CreateModel(
                    name="ReadTrace",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="quand")),
                        ("why", models.CharField(choices=[("search", "trouvé par une recherche"), ("other_day", "autre jour"), ("other_place", "autre établissement")], max_length=12, verbose_name="pourquoi")),
                        ("view", models.CharField(max_length=60, verbose_name="page")),
                        ("day", models.DateField(null=True, verbose_name="journée")),
                        ("facility", models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="municipalities.facility", verbose_name="établissement")),
                        ("staff", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="agent")),
                        ("subject_id", models.UUIDField(db_index=True, null=True, verbose_name="identifiant de l’objet")),
                        ("subject_type", models.CharField(blank=True, max_length=40, verbose_name="objet")),
                    ],
                    options={
                        "verbose_name": "lecture",
                        "verbose_name_plural": "lectures",
                        "ordering": ("-pk",),
                        "indexes": [
                            models.Index(fields=["staff", "-id"], name="reading_by_a_person"),
                            models.Index(fields=["at"], name="reading_at"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditEntry",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="quand")),
                        ("table", models.CharField(max_length=63, verbose_name="table")),
                        ("object_id", models.CharField(max_length=40, verbose_name="objet")),
                        ("verb", models.CharField(choices=[("I", "ajout"), ("U", "changement"), ("D", "suppression")], max_length=1, verbose_name="action")),
                        ("before", models.JSONField(null=True, verbose_name="avant")),
                        ("after", models.JSONField(null=True, verbose_name="après")),
                        ("channel", models.CharField(blank=True, max_length=12, verbose_name="par où")),
                        ("request", models.CharField(blank=True, max_length=64, verbose_name="requête")),
                        ("staff", models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        "verbose_name": "changement",
                        "verbose_name_plural": "changements",
                        "ordering": ("-pk",),
                        "indexes": [
                            models.Index(fields=["table", "object_id"], name="change_of_an_object"),
                            models.Index(condition=models.Q(("staff__isnull", False)), fields=["staff", "-id"], name="change_by_a_person"),
                            django.contrib.postgres.indexes.BrinIndex(fields=["at"], name="change_at", pages_per_range=16),
                        ],
                        "db_table": "municipalities_change",
                    },
                ),
            ]
        ),
        FUNCTION,
        trace("municipalities_municipality", masked=("logo",)),
        trace("municipalities_municipalitydraft", masked=("logo",), hidden=("changed_at", "changed_by_id")),
        trace("municipalities_operator"),
        trace("municipalities_facility"),
        trace("municipalities_closure"),
        trace("municipalities_staffmember", masked=("password",), hidden=("last_login",)),
        trace("municipalities_staffrole"),
        VERSION_TABLE,
        watch("municipalities_municipality"),
        watch("municipalities_facility"),
        watch("municipalities_operator"),
    ]
