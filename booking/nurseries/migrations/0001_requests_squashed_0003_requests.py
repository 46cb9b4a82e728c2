import uuid

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import municipalities.languages
from municipalities.audit import trace
from municipalities.database.cached import watch
from municipalities.database.tables import CreateTables


class Migration(migrations.Migration):
    """Nurseries, and what families ask of them."""

    replaces = [
        ("nurseries", "0001_nurseries"),
        ("nurseries", "0002_trace_triggers"),
        ("nurseries", "0003_requests"),
    ]

    initial = True

    dependencies = [
        ("municipalities", "0005_second_factors_squashed_0016_cash_roles"),
        ("residents", "0001_residents_squashed_0002_households"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE nurseries_child_number AS integer START 1001", "DROP SEQUENCE nurseries_child_number"
        ),
        CreateTables(
            [
                migrations.CreateModel(
                    name="Nursery",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("presentation", municipalities.languages.TranslatedField(blank=True, default=municipalities.languages.Translated, verbose_name="présentation")),
                        ("accepts_occasional", models.BooleanField(default=False, verbose_name="accueille à l’occasion")),
                        ("waives_being_asked", models.BooleanField(default=False, help_text="Les propositions partent aux familles sans attendre la réponse du gestionnaire.", verbose_name="renonce à être consultée")),
                        ("most_overshoot", models.PositiveSmallIntegerField(default=100, help_text="100 : le règlement n’en prévoit pas. 115 au plus (CSP R.2324-27).", validators=[django.core.validators.MinValueValidator(100), django.core.validators.MaxValueValidator(115)], verbose_name="dépassement prévu par le règlement de fonctionnement (%)")),
                        ("guaranteed_places", models.PositiveSmallIntegerField(default=0, help_text="Pour les familles en parcours d’insertion, une pour vingt places au moins.", validators=[django.core.validators.MaxValueValidator(200)], verbose_name="places garanties")),
                        ("guaranteed_counted_by", models.CharField(choices=[("nursery", "Dans la crèche"), ("operator", "Dans toutes les crèches du gestionnaire qui comptent ainsi")], default="nursery", max_length=8, verbose_name="places garanties comptées")),
                        ("authority", models.ForeignKey(limit_choices_to=models.Q(("kind", "contract_holder"), _negated=True), on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipalities.operator", verbose_name="autorité organisatrice")),
                        ("facility", models.OneToOneField(limit_choices_to={"kind": "nursery"}, on_delete=django.db.models.deletion.PROTECT, related_name="nursery", to="municipalities.facility", verbose_name="établissement")),
                        ("afternoon_hours", models.DecimalField(decimal_places=1, default=5, max_digits=3, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(12)], verbose_name="heures d’une après-midi")),
                        ("children_listed_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="liste des enfants reçue le")),
                        ("morning_hours", models.DecimalField(decimal_places=1, default=5, max_digits=3, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(12)], verbose_name="heures d’une matinée")),
                    ],
                    options={
                        "verbose_name": "crèche",
                        "verbose_name_plural": "crèches",
                        "ordering": ("facility__slug",),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("most_overshoot__range", (100, 115))), name="overshoot_of_a_nursery_is_what_the_law_allows", violation_error_message="Le dépassement va de 100 à 115 %."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NurseryApplication",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("reference", models.CharField(max_length=9, unique=True, verbose_name="numéro")),
                        ("state", models.CharField(choices=[("draft", "Brouillon"), ("received", "Reçue, à compléter"), ("complete", "Complète"), ("withdrawn", "Retirée"), ("lapsed", "Éteinte"), ("merged", "Réunie avec une autre"), ("closed", "Close")], default="draft", max_length=10, verbose_name="état")),
                        ("state_before", models.CharField(blank=True, choices=[("draft", "Brouillon"), ("received", "Reçue, à compléter"), ("complete", "Complète"), ("withdrawn", "Retirée"), ("lapsed", "Éteinte"), ("merged", "Réunie avec une autre"), ("closed", "Close")], max_length=10, verbose_name="état avant")),
                        ("why_lapsed", models.CharField(blank=True, choices=[("silence", "Intérêt non confirmé"), ("birth", "Naissance non déclarée")], max_length=10, verbose_name="cause de la fin")),
                        ("email", models.EmailField(blank=True, max_length=254, verbose_name="adresse électronique")),
                        ("phone", models.CharField(blank=True, max_length=20, verbose_name="téléphone")),
                        ("language", models.CharField(default="fr", max_length=2, verbose_name="langue")),
                        ("draft", models.JSONField(blank=True, default=dict, verbose_name="brouillon")),
                        ("is_single_parent", models.BooleanField(default=False, verbose_name="un parent seul")),
                        ("is_minor_parent", models.BooleanField(default=False, verbose_name="un parent mineur")),
                        ("on_insertion_path", models.BooleanField(default=False, verbose_name="parcours d’insertion ou RSA")),
                        ("dependent_children", models.PositiveSmallIntegerField(default=0, verbose_name="enfants à charge")),
                        ("otherwise", models.CharField(blank=True, choices=[("apart", "Ensemble si possible, sinon chacun de son côté"), ("nothing", "Ensemble, ou pas du tout")], max_length=8, verbose_name="si la fratrie ne tient pas ensemble")),
                        ("prefers", models.CharField(choices=[("wish", "La crèche : attendre plus tard pour un meilleur vœu"), ("start", "Le mois : commencer plus tôt, même dans une crèche moins bien classée")], default="wish", max_length=5, verbose_name="compte le plus")),
                        ("needs_holidays", models.BooleanField(default=True, verbose_name="aussi pendant les vacances scolaires")),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="commencée le")),
                        ("touched_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="dernier changement")),
                        ("received_at", models.DateTimeField(blank=True, null=True, verbose_name="reçue le")),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="confirmée le")),
                        ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="finie le")),
                        ("erased_at", models.DateTimeField(blank=True, null=True, verbose_name="effacée le")),
                        ("assisted_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="saisie par")),
                        ("authority", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="nursery_applications", to="municipalities.operator", verbose_name="service chargé de la demande")),
                        ("household", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="nursery_applications", to="residents.household", verbose_name="famille")),
                        ("sibling_at", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="nurseries.nursery", verbose_name="crèche d’un frère ou d’une sœur")),
                        ("through", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="municipalities.municipality", verbose_name="par le site de")),
                    ],
                    options={
                        "verbose_name": "demande de place en crèche",
                        "verbose_name_plural": "demandes de place en crèche",
                        "ordering": ("created_at", "id"),
                        "indexes": [
                            models.Index(fields=["authority", "state", "received_at"], name="application_by_state"),
                            models.Index(condition=models.Q(("email", ""), _negated=True), fields=["email"], name="application_by_mailbox"),
                            models.Index(condition=models.Q(("phone", ""), _negated=True), fields=["phone"], name="application_by_phone"),
                        ],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(models.Q(("received_at__isnull", True), ("state", "draft")), models.Q(models.Q(("state", "draft"), _negated=True), ("confirmed_at__isnull", False), ("received_at__isnull", False)), _connector="OR"), name="request_is_dated_once_it_is_sent", violation_error_message="Une demande envoyée porte une date, un brouillon n’en a pas."),
                            models.CheckConstraint(condition=models.Q(models.Q(("state__in", ("withdrawn", "lapsed", "merged", "closed")), ("ended_at__isnull", False)), models.Q(models.Q(("state__in", ("withdrawn", "lapsed", "merged", "closed")), _negated=True), ("ended_at__isnull", True)), _connector="OR"), name="request_that_ended_says_when", violation_error_message="Une demande finie dit quand elle l’a été."),
                            models.CheckConstraint(condition=models.Q(models.Q(("email", ""), _negated=True), models.Q(("phone", ""), _negated=True), ("assisted_by__isnull", False), ("erased_at__isnull", False), _connector="OR"), name="request_of_a_family_can_be_answered", violation_error_message="Donnez un courriel ou un mobile : l’un des deux suffit pour répondre."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApplicationParent",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("rank", models.PositiveSmallIntegerField(verbose_name="ordre")),
                        ("name", models.CharField(blank=True, max_length=120, verbose_name="nom")),
                        ("relation", models.CharField(choices=[("parent", "Parent"), ("guardian", "Tuteur ou tutrice"), ("foster", "Famille d’accueil"), ("other", "Autre responsable")], default="parent", max_length=10, verbose_name="lien")),
                        ("has_authority", models.BooleanField(default=True, verbose_name="autorité parentale")),
                        ("address", models.CharField(blank=True, max_length=200, verbose_name="adresse")),
                        ("situation", models.CharField(choices=[("employed", "En emploi"), ("self_employed", "À mon compte"), ("training", "En formation ou en études"), ("job_seeker", "En recherche d’emploi"), ("leave", "En congé parental"), ("none", "Sans activité")], max_length=14, verbose_name="situation")),
                        ("has_odd_hours", models.BooleanField(default=False, verbose_name="horaires décalés")),
                        ("works_from", models.DateField(blank=True, null=True, verbose_name="reprise ou début du travail")),
                        ("municipality", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipalities.municipality", verbose_name="commune")),
                        ("works_in", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipalities.municipality", verbose_name="commune de travail")),
                        ("application", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="parents", to="nurseries.nurseryapplication", verbose_name="demande")),
                    ],
                    options={
                        "verbose_name": "parent d’une demande",
                        "verbose_name_plural": "parents d’une demande",
                        "ordering": ("application", "rank"),
                        "constraints": [
                            models.UniqueConstraint(fields=("application", "rank"), name="request_has_a_first_and_a_second_parent", violation_error_message="Une demande nomme deux parents au plus, l’un après l’autre."),
                            models.CheckConstraint(condition=models.Q(("rank__in", (1, 2))), name="parent_is_the_first_or_the_second", violation_error_message="Une demande nomme deux parents au plus."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApplicationChild",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("rank", models.PositiveSmallIntegerField(verbose_name="ordre")),
                        ("number", models.PositiveIntegerField(db_default=models.Func(models.Value("nurseries_child_number"), function="nextval", output_field=models.IntegerField()), editable=False, unique=True, verbose_name="numéro pour la commission")),
                        ("is_live", models.BooleanField(default=True, verbose_name="demande en cours")),
                        ("complete_on", models.DateField(blank=True, null=True, verbose_name="dossier complet le")),
                        ("is_adopted", models.BooleanField(default=False, verbose_name="adoption")),
                        ("has_disability", models.BooleanField(default=False, verbose_name="dossier AEEH ou MDPH")),
                        ("wants_to_talk", models.BooleanField(default=False, verbose_name="souhaite en parler")),
                        ("current_care", models.CharField(choices=[("none", "Aucune"), ("childminder", "Assistante maternelle"), ("family", "Famille ou proches"), ("nursery", "Une crèche"), ("other", "Autre")], default="none", max_length=11, verbose_name="garde actuelle")),
                        ("member", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="nursery_requests", to="residents.member", verbose_name="enfant")),
                        ("application", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="children", to="nurseries.nurseryapplication", verbose_name="demande")),
                        ("lapsed_at", models.DateTimeField(blank=True, null=True, verbose_name="éteinte le")),
                    ],
                    options={
                        "verbose_name": "enfant d’une demande",
                        "verbose_name_plural": "enfants d’une demande",
                        "ordering": ("application", "rank"),
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("is_live", True)), fields=("application", "rank"), name="request_has_each_child_once", violation_error_message="Deux enfants d’une demande ne peuvent pas avoir la même place."),
                            models.UniqueConstraint(condition=models.Q(("is_live", True)), fields=("member",), name="child_has_one_live_request", violation_error_message="Cet enfant a déjà une demande en cours."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CareNeed",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("kind", models.CharField(choices=[("regular", "Régulier : chaque semaine, par contrat"), ("occasional", "Occasionnel : de temps en temps, quelques heures"), ("emergency", "Urgent : une situation imprévue")], default="regular", max_length=10, verbose_name="accueil")),
                        ("start_month", models.DateField(verbose_name="premier mois")),
                        ("later_months", models.PositiveSmallIntegerField(default=0, verbose_name="mois suivants acceptés")),
                        ("mode", models.CharField(choices=[("week", "Ces jours-là, chaque semaine"), ("any", "Un nombre de jours, parmi ceux que je coche")], default="week", max_length=4, verbose_name="semaine")),
                        ("half_days", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=6), size=None, verbose_name="demi-journées")),
                        ("any_of", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="nombre de jours parmi ceux-là")),
                        ("down_to", models.PositiveSmallIntegerField(verbose_name="accepté à partir de, en jours")),
                        ("hours", models.JSONField(blank=True, default=dict, verbose_name="heures")),
                        ("child", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="need", to="nurseries.applicationchild", verbose_name="enfant")),
                    ],
                    options={
                        "verbose_name": "besoin d’accueil",
                        "verbose_name_plural": "besoins d’accueil",
                        "ordering": ("child",),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("start_month__day", 1)), name="need_starts_with_a_month", violation_error_message="Un accueil commence avec un mois."),
                            models.CheckConstraint(condition=models.Q(("half_days__len__gt", 0)), name="need_asks_for_half_days", violation_error_message="Cochez au moins une demi-journée."),
                            models.CheckConstraint(condition=models.Q(models.Q(("any_of__isnull", True), ("mode", "week")), models.Q(("any_of__gte", 1), ("any_of__lte", models.F("half_days__len")), ("mode", "any")), _connector="OR"), name="days_wanted_are_among_those_given", violation_error_message="Le nombre de jours demandés dépasse celui des jours cochés."),
                            models.CheckConstraint(condition=models.Q(("down_to__gte", 1), models.Q(("any_of__isnull", True), ("down_to__lte", models.F("any_of")), _connector="OR")), name="fewer_days_are_at_least_one", violation_error_message="Le nombre de jours acceptés va d’un jour à celui que vous demandez."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Wish",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("rank", models.PositiveSmallIntegerField(verbose_name="rang")),
                        ("application", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="wishes", to="nurseries.nurseryapplication", verbose_name="demande")),
                        ("nursery", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="wishes", to="nurseries.nursery", verbose_name="crèche")),
                    ],
                    options={
                        "verbose_name": "vœu",
                        "verbose_name_plural": "vœux",
                        "ordering": ("application", "rank"),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("rank__gte", 1), ("rank__lte", 5)), name="wish_is_one_of_five", violation_error_message="Cinq vœux au plus."),
                            models.UniqueConstraint(fields=("application", "rank"), name="request_has_each_rank_once", violation_error_message="Deux vœux ne peuvent pas avoir le même rang."),
                            models.UniqueConstraint(fields=("application", "nursery"), name="request_wishes_each_nursery_once", violation_error_message="Cette crèche est choisie deux fois."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WishedTown",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("application", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="towns", to="nurseries.nurseryapplication", verbose_name="demande")),
                        ("municipality", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipalities.municipality", verbose_name="commune")),
                    ],
                    options={
                        "verbose_name": "commune acceptée",
                        "verbose_name_plural": "communes acceptées",
                        "ordering": ("application", "municipality"),
                        "constraints": [
                            models.UniqueConstraint(fields=("application", "municipality"), name="request_accepts_each_town_once", violation_error_message="Cette commune est choisie deux fois."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApplicationNote",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("text", models.CharField(max_length=1000, verbose_name="note")),
                        ("written_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="écrite le")),
                        ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="écrite par")),
                        ("application", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="notes", to="nurseries.nurseryapplication", verbose_name="demande")),
                    ],
                    options={
                        "verbose_name": "note sur une demande",
                        "verbose_name_plural": "notes sur une demande",
                        "ordering": ("-written_at", "-id"),
                    },
                ),
                migrations.CreateModel(
                    name="LikelyDouble",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("found_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="trouvé le")),
                        ("is_same", models.BooleanField(blank=True, null=True, verbose_name="le même enfant")),
                        ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="tranché le")),
                        ("settled_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="tranché par")),
                        ("one", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="nurseries.nurseryapplication", verbose_name="première demande")),
                        ("other", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="doubles", to="nurseries.nurseryapplication", verbose_name="seconde demande")),
                    ],
                    options={
                        "verbose_name": "double probable",
                        "verbose_name_plural": "doubles probables",
                        "ordering": ("found_at", "id"),
                        "constraints": [
                            models.UniqueConstraint(fields=("one", "other"), name="pair_is_compared_once", violation_error_message="Ces deux demandes ont déjà été comparées."),
                            models.CheckConstraint(condition=models.Q(models.Q(("is_same__isnull", True), ("settled_at__isnull", True), ("settled_by__isnull", True)), models.Q(("is_same__isnull", False), ("settled_at__isnull", False), ("settled_by__isnull", False)), _connector="OR"), name="double_is_settled_by_somebody_or_open", violation_error_message="Qui tranche un double probable est nommé, avec la date."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FamilyDocument",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("child_rank", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="enfant")),
                        ("kind", models.CharField(choices=[("address", "Justificatif de domicile"), ("pregnancy", "Certificat de grossesse"), ("birth", "Acte de naissance ou livret de famille"), ("work", "Attestation de travail, de formation ou d’inscription à France Travail"), ("disability", "Notification AEEH ou MDPH"), ("insertion", "Attestation RSA ou de parcours d’insertion"), ("adoption", "Agrément ou jugement d’adoption"), ("judgment", "Jugement sur la résidence de l’enfant"), ("other", "Autre document demandé par le service")], max_length=12, verbose_name="nature")),
                        ("content", models.BinaryField(blank=True, null=True, verbose_name="contenu chiffré")),
                        ("media_type", models.CharField(blank=True, max_length=20, verbose_name="format")),
                        ("pages", models.PositiveSmallIntegerField(default=1, verbose_name="pages")),
                        ("given_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="reçu le")),
                        ("seen_on", models.DateField(blank=True, null=True, verbose_name="vu le")),
                        ("gone_at", models.DateTimeField(blank=True, null=True, verbose_name="effacé le")),
                        ("seen_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="vu par")),
                        ("application", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="documents", to="nurseries.nurseryapplication", verbose_name="demande")),
                    ],
                    options={
                        "verbose_name": "document d’une famille",
                        "verbose_name_plural": "documents des familles",
                        "ordering": ("given_at", "id"),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(models.Q(("content__isnull", False), ("gone_at__isnull", True), ("seen_on__isnull", True)), models.Q(("content__isnull", True), ("seen_on__isnull", False)), models.Q(("content__isnull", True), ("gone_at__isnull", False)), _connector="OR"), name="document_is_kept_only_until_it_was_seen", violation_error_message="Un document qui a été vu n’est plus gardé."),
                            models.CheckConstraint(condition=models.Q(models.Q(("seen_by__isnull", True), ("seen_on__isnull", True)), models.Q(("seen_by__isnull", False), ("seen_on__isnull", False)), _connector="OR"), name="document_that_was_seen_says_by_whom", violation_error_message="Un document vu dit quel jour et par qui."),
                        ],
                    },
                ),
            ]
        ),
        trace("nurseries_nursery"),
        watch("nurseries_nursery"),
        trace(
            "nurseries_nurseryapplication",
            hidden=("draft", "touched_at"),
            masked=("email", "phone", "is_minor_parent", "on_insertion_path"),
        ),
        trace("nurseries_applicationparent", masked=("name", "address")),
        trace("nurseries_applicationchild", masked=("has_disability", "wants_to_talk")),
        trace("nurseries_careneed"),
        trace("nurseries_wish"),
        trace("nurseries_wishedtown"),
        trace("nurseries_applicationnote", masked=("text",)),
        trace("nurseries_likelydouble"),
        trace("nurseries_familydocument", hidden=("content",)),
    ]
