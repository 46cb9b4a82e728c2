import uuid

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from municipalities.audit import trace
from municipalities.database.tables import CreateTables

#: What was frozen is counted again years later; what was published was answered by. Neither changes on any path.
GUARD = migrations.RunSQL(
    """
CREATE FUNCTION guichet_frozen_round_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    frozen text[] := ARRAY['file', 'digest', 'seed', 'frozen_at', 'grid_id', 'first_month', 'month_count',
                           'operator_id', 'closes_on'];
    before jsonb := to_jsonb(OLD);
    after jsonb;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state = 'prepared' THEN RETURN OLD; END IF;
    ELSE
        after := to_jsonb(NEW);
        IF OLD.seed_hash = NEW.seed_hash
           AND (OLD.state <> 'published' OR before = after)
           AND (OLD.state = 'prepared' OR NOT EXISTS (
                SELECT 1 FROM unnest(frozen) AS name WHERE before -> name IS DISTINCT FROM after -> name))
        THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'a frozen round stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'frozen_round_stays';
END $$;
CREATE TRIGGER guichet_frozen_round_stays BEFORE UPDATE OR DELETE ON nurseries_round
FOR EACH ROW EXECUTE FUNCTION guichet_frozen_round_stays();
""",
    """
DROP TRIGGER guichet_frozen_round_stays ON nurseries_round;
DROP FUNCTION guichet_frozen_round_stays();
""",
)


class Migration(migrations.Migration):
    """Rounds: what is frozen, what is decided, and what families answer."""

    replaces = [
        ("nurseries", "0008_rounds"),
        ("nurseries", "0009_frozen_rounds"),
        ("nurseries", "0010_lapsed_children"),
    ]

    dependencies = [
        ("nurseries", "0004_points_and_supply_squashed_0007_supply_traces"),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="Round",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(help_text="Par exemple : Commission de mai 2027.", max_length=80, verbose_name="nom")),
                        ("closes_on", models.DateField(verbose_name="dossiers complets jusqu’au")),
                        ("meets_on", models.DateField(verbose_name="réunion le")),
                        ("first_month", models.DateField(verbose_name="premier mois attribué")),
                        ("month_count", models.PositiveSmallIntegerField(default=12, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(18)], verbose_name="nombre de mois")),
                        ("members", models.TextField(blank=True, help_text="Un par ligne, par fonction et sans nom : « Représentante de la CAF ».", max_length=2000, verbose_name="membres présents")),
                        ("state", models.CharField(choices=[("prepared", "annoncée"), ("frozen", "en commission"), ("published", "publiée")], default="prepared", editable=False, max_length=10, verbose_name="état")),
                        ("seed_hash", models.CharField(editable=False, max_length=64, verbose_name="empreinte de la graine")),
                        ("sealed_seed", models.BinaryField(verbose_name="graine scellée")),
                        ("seed", models.CharField(blank=True, editable=False, max_length=64, verbose_name="graine")),
                        ("frozen_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="figée le")),
                        ("file", models.TextField(blank=True, editable=False, verbose_name="fichier")),
                        ("digest", models.CharField(blank=True, editable=False, max_length=64, verbose_name="empreinte du fichier")),
                        ("decided", models.TextField(blank=True, editable=False, verbose_name="fichier avec les décisions")),
                        ("decided_digest", models.CharField(blank=True, editable=False, max_length=64, verbose_name="empreinte avec les décisions")),
                        ("answer", models.TextField(blank=True, editable=False, verbose_name="réponse")),
                        ("version", models.PositiveIntegerField(default=0, editable=False, verbose_name="version")),
                        ("audited_digest", models.CharField(blank=True, editable=False, max_length=64, verbose_name="empreinte contrôlée")),
                        ("audit_findings", models.PositiveIntegerField(blank=True, editable=False, null=True, verbose_name="erreurs trouvées")),
                        ("published_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="publiée le")),
                        ("grid", models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="nurseries.pointsgrid", verbose_name="grille")),
                        ("operator", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipalities.operator", verbose_name="autorité organisatrice")),
                    ],
                    options={
                        "verbose_name": "session d’attribution",
                        "verbose_name_plural": "sessions d’attribution",
                        "ordering": ("-meets_on", "-pk"),
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("state", "published"), _negated=True), fields=("operator",), name="authority_has_one_round_at_a_time", violation_error_message="Une session est déjà en préparation : publiez-la avant d’en annoncer une."),
                            models.CheckConstraint(condition=models.Q(("first_month__day", 1), ("meets_on__gte", models.F("closes_on")), ("month_count__range", (1, 18))), name="round_meets_after_it_closes", violation_error_message="La réunion suit la date limite, et une session attribue des mois entiers, 18 au plus."),
                            models.CheckConstraint(condition=models.Q(models.Q(("file", ""), ("frozen_at__isnull", True), ("seed", ""), ("state", "prepared")), models.Q(models.Q(("state", "prepared"), _negated=True), models.Q(("file", ""), _negated=True), models.Q(("seed", ""), _negated=True), ("frozen_at__isnull", False), ("grid__isnull", False)), _connector="OR"), name="frozen_round_has_its_file_and_its_seed", violation_error_message="Une session figée a son fichier, sa grille et sa graine, une autre non."),
                            models.CheckConstraint(condition=models.Q(models.Q(("state", "published"), _negated=True), models.Q(models.Q(("decided_digest", ""), _negated=True), ("audit_findings", 0), ("audited_digest", models.F("decided_digest")), ("published_at__isnull", False)), _connector="OR"), name="published_round_has_passed_its_audit", violation_error_message="Une session dont le contrôle échoue ne se publie pas."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoundChild",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("number", models.PositiveIntegerField(verbose_name="numéro")),
                        ("lines", models.JSONField(blank=True, default=list, verbose_name="lignes de points")),
                        ("child", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="rounds", to="nurseries.applicationchild", verbose_name="enfant")),
                        ("round", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="children", to="nurseries.round", verbose_name="session")),
                    ],
                    options={
                        "verbose_name": "enfant d’une session",
                        "verbose_name_plural": "enfants d’une session",
                        "ordering": ("round", "number"),
                        "constraints": [
                            models.UniqueConstraint(fields=("round", "number"), name="child_stands_once_in_a_round", violation_error_message="Cet enfant est déjà dans la session."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoundNursery",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=200, verbose_name="nom dans le fichier")),
                        ("votes_for", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="pour")),
                        ("votes_against", models.PositiveSmallIntegerField(default=0, verbose_name="contre")),
                        ("abstained", models.PositiveSmallIntegerField(default=0, verbose_name="abstentions")),
                        ("voted_at", models.DateTimeField(blank=True, null=True, verbose_name="voté le")),
                        ("voted_digest", models.CharField(blank=True, max_length=64, verbose_name="places votées")),
                        ("nursery", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="nurseries.nursery", verbose_name="crèche")),
                        ("round", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="nurseries", to="nurseries.round", verbose_name="session")),
                    ],
                    options={
                        "verbose_name": "crèche d’une session",
                        "verbose_name_plural": "crèches d’une session",
                        "ordering": ("round", "name"),
                        "constraints": [
                            models.UniqueConstraint(fields=("round", "name"), name="nursery_has_its_own_name_in_a_round", violation_error_message="Deux crèches d’une session ne portent pas le même nom."),
                            models.UniqueConstraint(fields=("round", "nursery"), name="nursery_stands_once_in_a_round", violation_error_message="Cette crèche est déjà dans la session."),
                            models.CheckConstraint(condition=models.Q(models.Q(("voted_at__isnull", True), ("voted_digest", ""), ("votes_for__isnull", True)), models.Q(("voted_at__isnull", False), ("votes_for__gt", models.F("votes_against")), models.Q(("voted_digest", ""), _negated=True)), _connector="OR"), name="vote_on_a_nursery_has_a_majority", violation_error_message="Une proposition est votée quand il y a plus de voix pour que contre."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoundDecision",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("kind", models.CharField(choices=[("place", "placer"), ("lock", "garder la place proposée"), ("refuse", "n’attribuer aucune place"), ("exclude", "écarter d’une crèche")], max_length=8, verbose_name="décision")),
                        ("start", models.CharField(blank=True, max_length=7, verbose_name="premier mois")),
                        ("half_days", django.contrib.postgres.fields.ArrayField(base_field=models.SlugField(max_length=6), blank=True, default=list, size=None, verbose_name="demi-journées")),
                        ("reason", models.CharField(max_length=200, verbose_name="motif")),
                        ("settles_claim", models.BooleanField(default=False, verbose_name="tranche une place contestée")),
                        ("at", models.DateTimeField(verbose_name="prise le")),
                        ("taken_back_at", models.DateTimeField(blank=True, null=True, verbose_name="reprise le")),
                        ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="saisie par")),
                        ("child", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="decisions", to="nurseries.roundchild", verbose_name="enfant")),
                        ("round", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="decisions", to="nurseries.round", verbose_name="session")),
                        ("nursery", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="nurseries.roundnursery", verbose_name="crèche")),
                    ],
                    options={
                        "verbose_name": "décision de la commission",
                        "verbose_name_plural": "décisions de la commission",
                        "ordering": ("round", "at", "pk"),
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("taken_back_at__isnull", True), models.Q(("kind", "exclude"), _negated=True)), fields=("child",), name="child_has_one_decision_that_stands", violation_error_message="Une décision vaut déjà pour cet enfant : reprenez-la d’abord."),
                            models.UniqueConstraint(condition=models.Q(("kind", "exclude"), ("taken_back_at__isnull", True)), fields=("child", "nursery"), name="child_is_excluded_once_from_a_nursery", violation_error_message="Cet enfant est déjà écarté de cette crèche."),
                            models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="decision_of_a_commission_gives_its_reason", violation_error_message="Écrivez le motif de la décision : la famille le lira."),
                            models.CheckConstraint(condition=models.Q(models.Q(("half_days__len__gt", 0), ("kind__in", ("place", "lock")), ("nursery__isnull", False), models.Q(("start", ""), _negated=True)), models.Q(("kind", "exclude"), ("nursery__isnull", False)), models.Q(("kind", "refuse"), ("nursery__isnull", True)), _connector="OR"), name="decision_names_the_place_it_gives", violation_error_message="Une place se donne dans une crèche, à partir d’un mois, pour des jours."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StepAside",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("function", models.CharField(max_length=80, verbose_name="en qualité de")),
                        ("at", models.DateTimeField(verbose_name="le")),
                        ("child", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="asides", to="nurseries.roundchild", verbose_name="enfant")),
                        ("member", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="membre")),
                        ("round", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="asides", to="nurseries.round", verbose_name="session")),
                    ],
                    options={
                        "verbose_name": "déport d’un membre",
                        "verbose_name_plural": "déports des membres",
                        "ordering": ("round", "at", "pk"),
                        "constraints": [
                            models.UniqueConstraint(fields=("child", "member"), name="member_steps_aside_once_from_a_file", violation_error_message="Vous vous êtes déjà déporté de ce dossier."),
                            models.CheckConstraint(condition=models.Q(("function", ""), _negated=True), name="member_who_steps_aside_says_their_function", violation_error_message="Écrivez en quelle qualité vous siégez."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CriterionClaim",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.SlugField(max_length=40, verbose_name="critère")),
                        ("value", models.SlugField(max_length=40, verbose_name="réponse")),
                        ("reason", models.CharField(blank=True, max_length=200, verbose_name="motif")),
                        ("is_sensitive", models.BooleanField(default=False, verbose_name="sensible")),
                        ("proven_at", models.DateTimeField(blank=True, null=True, verbose_name="prouvé le")),
                        ("at", models.DateTimeField(verbose_name="saisi le")),
                        ("by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="saisi par")),
                        ("child", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="claims", to="nurseries.applicationchild", verbose_name="enfant")),
                        ("nursery", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="nurseries.nursery", verbose_name="crèche")),
                    ],
                    options={
                        "verbose_name": "réponse à un critère",
                        "verbose_name_plural": "réponses aux critères",
                        "ordering": ("child", "code", "pk"),
                        "constraints": [
                            models.UniqueConstraint(fields=("child", "code", "nursery"), name="criterion_is_answered_once_for_a_child", nulls_distinct=False, violation_error_message="Ce critère a déjà une réponse : changez-la."),
                            models.CheckConstraint(condition=models.Q(("by__isnull", True), models.Q(("reason", ""), _negated=True), _connector="OR"), name="answer_by_staff_says_why", violation_error_message="Écrivez le motif : il reste au dossier."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NurseryOffer",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("start", models.DateField(verbose_name="premier mois")),
                        ("half_days", django.contrib.postgres.fields.ArrayField(base_field=models.SlugField(max_length=6), size=None, verbose_name="demi-journées")),
                        ("rank", models.PositiveSmallIntegerField(verbose_name="rang du vœu")),
                        ("state", models.CharField(choices=[("to_operator", "chez le gestionnaire"), ("to_family", "proposée à la famille"), ("accepted", "acceptée"), ("held", "acceptée, en attente d’un meilleur vœu"), ("operator_no", "refusée par le gestionnaire"), ("declined", "refusée par la famille"), ("lapsed", "restée sans réponse"), ("given_up", "rendue pour un meilleur vœu"), ("withdrawn", "demande retirée")], default="to_operator", max_length=12, verbose_name="état")),
                        ("made_at", models.DateTimeField(verbose_name="proposée le")),
                        ("due_at", models.DateTimeField(verbose_name="réponse avant")),
                        ("operator_at", models.DateTimeField(blank=True, null=True, verbose_name="réponse du gestionnaire le")),
                        ("operator_reason", models.CharField(blank=True, choices=[("staff", "trop peu d’adultes présents"), ("closed", "section ou demi-journée fermée"), ("taken", "place déjà occupée"), ("care", "accueil impossible dans ces locaux")], max_length=8, verbose_name="motif du gestionnaire")),
                        ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="réponse de la famille le")),
                        ("family_reason", models.CharField(blank=True, choices=[("elsewhere", "nous avons trouvé une autre garde"), ("days", "les jours ne conviennent pas"), ("start", "le mois ne convient pas"), ("place", "la crèche ne convient pas"), ("moved", "nous déménageons"), ("other", "autre raison")], max_length=12, verbose_name="motif de la famille")),
                        ("freed_at", models.DateTimeField(blank=True, null=True, verbose_name="place rendue le")),
                        ("child", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="offers", to="nurseries.applicationchild", verbose_name="enfant")),
                        ("nursery", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="offers", to="nurseries.nursery", verbose_name="crèche")),
                        ("operator_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="répondu par")),
                        ("round", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="offers", to="nurseries.round", verbose_name="session")),
                    ],
                    options={
                        "verbose_name": "proposition de place",
                        "verbose_name_plural": "propositions de place",
                        "ordering": ("made_at", "id"),
                        "indexes": [
                            models.Index(fields=["state", "due_at"], name="nursery_offer_by_due"),
                            models.Index(condition=models.Q(("freed_at__isnull", False)), fields=["freed_at"], name="nursery_offer_freed"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("state__in", ("to_operator", "to_family"))), fields=("child",), name="child_has_one_open_offer", violation_error_message="Une proposition est déjà en cours pour cet enfant."),
                            models.UniqueConstraint(condition=models.Q(("state__in", ["accepted", "held"])), fields=("child",), name="child_has_one_accepted_place", violation_error_message="Cet enfant a déjà une place acceptée."),
                            models.CheckConstraint(condition=models.Q(models.Q(("state", "operator_no"), _negated=True), models.Q(("operator_reason", ""), _negated=True), _connector="OR"), name="operator_who_declines_says_why", violation_error_message="Le gestionnaire qui refuse dit pourquoi."),
                            models.CheckConstraint(condition=models.Q(("half_days__len__gt", 0), ("start__day", 1)), name="offer_is_of_some_half_days_from_a_month_on", violation_error_message="Une proposition dit les jours et le premier mois."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Answer",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("gives_a_place", models.BooleanField(verbose_name="une place est proposée")),
                        ("made_at", models.DateTimeField(verbose_name="faite le")),
                        ("child", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="nurseries.applicationchild", verbose_name="enfant")),
                        ("round", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="nurseries.round", verbose_name="session")),
                    ],
                    options={
                        "verbose_name": "réponse d’une session",
                        "verbose_name_plural": "réponses des sessions",
                        "ordering": ("made_at", "id"),
                        "constraints": [
                            models.UniqueConstraint(fields=("round", "child"), name="round_answers_a_child_once", violation_error_message="Cette session a déjà répondu à cet enfant."),
                        ],
                    },
                ),
            ]
        ),
        GUARD,
        trace("nurseries_round", hidden=("file", "decided", "answer", "sealed_seed")),
        trace("nurseries_roundnursery", insert=None),
        trace("nurseries_rounddecision"),
        trace("nurseries_stepaside"),
        trace("nurseries_criterionclaim", masked=("value", "reason")),
        trace("nurseries_nurseryoffer", masked=("family_reason",)),
    ]
