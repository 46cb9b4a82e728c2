import uuid

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import booking.residents.models.households
from municipalities.audit import trace
from municipalities.database.tables import CreateTables

FOLDED = """
-- A person as they are called: names without accents, ligatures, apostrophes, hyphens or spaces, umlauts with one
-- letter, and the day they were born. Empty where that day is not known. The path is that of the extension it calls.
CREATE FUNCTION residents_folded(given text, family text, born date) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
    SELECT CASE WHEN born IS NULL THEN '' ELSE
        regexp_replace(
            regexp_replace(lower(unaccent(normalize(given || ' ' || family, NFKC))), '([aou])e', '\\1', 'g'),
            '[^[:alnum:]]+', '', 'g'
        ) || ' ' || (born - date '1900-01-01')
    END
$$
"""
IDENTITY = """
ALTER TABLE residents_member ADD CONSTRAINT member_and_its_identity UNIQUE (id, identity);
ALTER TABLE residents_membership ADD CONSTRAINT membership_says_the_identity_of_its_member
    FOREIGN KEY (member_id, identity) REFERENCES residents_member (id, identity) ON UPDATE CASCADE;
CREATE FUNCTION residents_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT identity INTO NEW.identity FROM residents_member WHERE id = NEW.member_id;
    RETURN NEW;
END $$;
CREATE TRIGGER residents_identity BEFORE INSERT ON residents_membership
    FOR EACH ROW EXECUTE FUNCTION residents_identity();
"""
NO_IDENTITY = """
DROP TRIGGER residents_identity ON residents_membership;
DROP FUNCTION residents_identity();
ALTER TABLE residents_membership DROP CONSTRAINT membership_says_the_identity_of_its_member;
ALTER TABLE residents_member DROP CONSTRAINT member_and_its_identity;
"""


class Migration(migrations.Migration):
    replaces = [
        ("residents", "0001_initial"),
        ("residents", "0002_households"),
    ]

    initial = True

    dependencies = [
        ("municipalities", "0005_second_factors_squashed_0016_cash_roles"),
    ]

    operations = [
        migrations.RunSQL(FOLDED, "DROP FUNCTION residents_folded(text, text, date)"),
        CreateTables(
            [
                migrations.CreateModel(
                    name="AccessLink",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("token_hash", models.BinaryField(max_length=32, unique=True, verbose_name="empreinte")),
                        ("subject_type", models.CharField(max_length=40, verbose_name="objet")),
                        ("subject_id", models.UUIDField(verbose_name="identifiant de l’objet")),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="créé le")),
                        ("expires_at", models.DateTimeField(verbose_name="valable jusqu’au")),
                        ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="révoqué le")),
                        ("last_used_at", models.DateTimeField(blank=True, null=True, verbose_name="dernier usage")),
                    ],
                    options={
                        "verbose_name": "lien privé",
                        "verbose_name_plural": "liens privés",
                        "ordering": ("id",),
                        "indexes": [
                            models.Index(fields=["subject_id"], name="access_link_subject"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Household",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("language", models.CharField(default="fr", max_length=2, verbose_name="langue")),
                        ("family_quotient", models.PositiveIntegerField(blank=True, null=True, verbose_name="quotient familial")),
                        ("quotient_on", models.DateField(blank=True, null=True, verbose_name="attestation de quotient du")),
                        ("quotient_until", models.DateField(blank=True, null=True, verbose_name="quotient valable jusqu’au")),
                        ("quotient_seen_on", models.DateField(blank=True, null=True, verbose_name="quotient vu le")),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="créé le")),
                        ("active_on", models.DateField(default=django.utils.timezone.localdate, verbose_name="dernière activité")),
                        ("erased_at", models.DateTimeField(blank=True, null=True, verbose_name="effacé le")),
                        ("home_municipality", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="municipalities.municipality", verbose_name="commune de résidence")),
                        ("quotient_seen_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="quotient vu par")),
                    ],
                    options={
                        "verbose_name": "famille",
                        "verbose_name_plural": "familles",
                        "ordering": ("created_at", "id"),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(models.Q(("family_quotient__isnull", False), ("quotient_on__isnull", False), ("quotient_seen_by__isnull", False), ("quotient_seen_on__isnull", False), ("quotient_until__isnull", False)), models.Q(("family_quotient__isnull", True), ("quotient_on__isnull", True), ("quotient_seen_by__isnull", True), ("quotient_seen_on__isnull", True), ("quotient_until__isnull", True)), _connector="OR"), name="quotient_has_value_dates_and_who_saw_it_or_nothing", violation_error_message="Un quotient se note avec sa valeur, la date de l’attestation et la fin de sa validité."),
                            models.CheckConstraint(condition=models.Q(("family_quotient__isnull", True), ("family_quotient__lte", 99999), _connector="OR"), name="quotient_is_a_plausible_amount", violation_error_message="Ce quotient familial est trop élevé."),
                            models.CheckConstraint(condition=models.Q(("quotient_on__isnull", True), ("quotient_until__gte", models.F("quotient_on")), _connector="OR"), name="quotient_ends_after_its_certificate", violation_error_message="La validité du quotient doit finir après la date de l’attestation."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Member",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("given_name", models.CharField(blank=True, max_length=80, verbose_name="prénom")),
                        ("family_name", models.CharField(blank=True, max_length=80, verbose_name="nom")),
                        ("born_on", models.DateField(blank=True, null=True, verbose_name="né le")),
                        ("expected_on", models.DateField(blank=True, null=True, verbose_name="attendu le")),
                        ("identity", models.GeneratedField(db_persist=True, expression=booking.residents.models.households.Folded(models.F("given_name"), models.F("family_name"), models.F("born_on")), output_field=models.TextField())),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="ajouté le")),
                        ("erased_at", models.DateTimeField(blank=True, null=True, verbose_name="effacé le")),
                        ("households", models.ManyToManyField(related_name="members", through="residents.Membership", to="residents.household", verbose_name="familles")),
                    ],
                    options={
                        "verbose_name": "membre de la famille",
                        "verbose_name_plural": "membres de la famille",
                        "ordering": ("born_on", "created_at", "id"),
                        "indexes": [
                            models.Index(condition=models.Q(("identity", ""), _negated=True), fields=["identity"], name="member_by_identity"),
                        ],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(models.Q(("born_on__isnull", True), ("erased_at__isnull", False), ("expected_on__isnull", True)), models.Q(("born_on__isnull", False), ("erased_at__isnull", True), ("expected_on__isnull", True)), models.Q(("born_on__isnull", True), ("erased_at__isnull", True), ("expected_on__isnull", False)), _connector="OR"), name="member_is_born_or_expected_and_never_both", violation_error_message="Donnez la date de naissance, ou la date prévue : l’une des deux."),
                            models.CheckConstraint(condition=models.Q(("born_on__isnull", True), models.Q(models.Q(("given_name", ""), _negated=True), models.Q(("family_name", ""), _negated=True)), _connector="OR"), name="member_who_is_born_has_a_name", violation_error_message="Donnez le prénom et le nom."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Guardian",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("name", models.CharField(blank=True, max_length=120, verbose_name="nom")),
                        ("email", models.EmailField(blank=True, max_length=254, verbose_name="adresse électronique")),
                        ("phone", models.CharField(blank=True, max_length=20, verbose_name="téléphone")),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="adresse confirmée le")),
                        ("franceconnect_hash", models.BinaryField(blank=True, max_length=32, null=True, unique=True, verbose_name="empreinte FranceConnect")),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="ajouté le")),
                        ("household", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="guardians", to="residents.household", verbose_name="famille")),
                    ],
                    options={
                        "verbose_name": "responsable",
                        "verbose_name_plural": "responsables",
                        "ordering": ("created_at", "id"),
                        "indexes": [
                            models.Index(condition=models.Q(("email", ""), _negated=True), fields=["email"], name="guardian_by_mailbox"),
                        ],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("email", django.db.models.functions.text.Lower("email"))), name="mailbox_is_written_in_small_letters", violation_error_message="Une adresse électronique est gardée en minuscules."),
                            models.UniqueConstraint(condition=models.Q(("confirmed_at__isnull", False), models.Q(("email", ""), _negated=True)), fields=("email",), name="confirmed_mailbox_opens_one_household", violation_error_message="Cette adresse ouvre déjà une famille."),
                            models.UniqueConstraint(condition=models.Q(("email", ""), _negated=True), fields=("household", "email"), name="household_has_each_mailbox_once", violation_error_message="Cette adresse est déjà celle d’un responsable de la famille."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HouseholdSession",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("token_hash", models.BinaryField(max_length=32, unique=True, verbose_name="empreinte")),
                        ("is_shared", models.BooleanField(default=False, verbose_name="ordinateur partagé")),
                        ("device", models.CharField(blank=True, max_length=60, verbose_name="appareil")),
                        ("logout_token", models.BinaryField(blank=True, null=True, verbose_name="jeton de déconnexion")),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="ouverte le")),
                        ("last_seen_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="dernière page")),
                        ("ends_at", models.DateTimeField(verbose_name="finit le")),
                        ("guardian", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="sessions", to="residents.guardian", verbose_name="responsable")),
                    ],
                    options={
                        "verbose_name": "session d’une famille",
                        "verbose_name_plural": "sessions des familles",
                        "ordering": ("-last_seen_at", "id"),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("ends_at__gt", models.F("created_at"))), name="household_session_ends_after_it_began", violation_error_message="Une session finit après son début."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HealthAttestation",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("season", models.PositiveSmallIntegerField(verbose_name="saison")),
                        ("given_on", models.DateField(default=django.utils.timezone.localdate, verbose_name="attesté le")),
                        ("given_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="residents.guardian", verbose_name="attesté par")),
                        ("member", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="attestations", to="residents.member", verbose_name="membre de la famille")),
                    ],
                    options={
                        "verbose_name": "attestation de santé",
                        "verbose_name_plural": "attestations de santé",
                        "ordering": ("-season", "id"),
                        "constraints": [
                            models.UniqueConstraint(fields=("member", "season"), name="health_is_attested_once_a_season", violation_error_message="L’attestation de santé de cette saison est déjà donnée."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Membership",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("identity", models.TextField(blank=True, default="", editable=False, verbose_name="même personne")),
                        ("joined_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="ajouté le")),
                        ("household", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="residents.household", verbose_name="famille")),
                        ("member", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="residents.member", verbose_name="membre de la famille")),
                    ],
                    options={
                        "verbose_name": "appartenance à une famille",
                        "verbose_name_plural": "appartenances à une famille",
                        "ordering": ("joined_at", "id"),
                        "constraints": [
                            models.UniqueConstraint(fields=("household", "member"), name="member_is_once_in_a_household", violation_error_message="Cette personne est déjà dans la famille."),
                            models.UniqueConstraint(condition=models.Q(("identity", ""), _negated=True), fields=("household", "identity"), name="household_has_each_person_once", violation_error_message="Une personne de ce nom, née ce jour-là, est déjà dans la famille."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SeenPaper",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("kind", models.CharField(choices=[("residence", "Justificatif de domicile"), ("status", "Justificatif de situation"), ("medical", "Certificat médical")], max_length=12, verbose_name="nature")),
                        ("status", models.CharField(blank=True, choices=[("job_seeker", "Demandeur d’emploi"), ("student", "Étudiant ou apprenti"), ("disability", "Carte mobilité inclusion ou AAH"), ("minimum_income", "Bénéficiaire du RSA ou d’un minimum social")], max_length=16, verbose_name="situation")),
                        ("paper_on", models.DateField(verbose_name="daté du")),
                        ("valid_until", models.DateField(verbose_name="valable jusqu’au")),
                        ("seen_on", models.DateField(default=django.utils.timezone.localdate, verbose_name="vu le")),
                        ("household", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="papers", to="residents.household", verbose_name="famille")),
                        ("member", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="papers", to="residents.member", verbose_name="membre de la famille")),
                        ("seen_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="vu par")),
                    ],
                    options={
                        "verbose_name": "pièce vue",
                        "verbose_name_plural": "pièces vues",
                        "ordering": ("-seen_on", "-id"),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(models.Q(("kind", "residence"), ("member__isnull", True)), models.Q(models.Q(("kind", "residence"), _negated=True), ("member__isnull", False)), _connector="OR"), name="paper_is_of_the_home_or_of_one_member", violation_error_message="Un justificatif de domicile vaut pour la famille, les autres pièces pour une personne."),
                            models.CheckConstraint(condition=models.Q(models.Q(("kind", "status"), models.Q(("status", ""), _negated=True)), models.Q(models.Q(("kind", "status"), _negated=True), ("status", "")), _connector="OR"), name="paper_of_a_situation_says_which_and_no_other_does", violation_error_message="Dites de quelle situation il s’agit, pour un justificatif de situation."),
                            models.CheckConstraint(condition=models.Q(("valid_until__gte", models.F("paper_on"))), name="paper_ends_after_its_date", violation_error_message="La validité doit finir après la date de la pièce."),
                            models.CheckConstraint(condition=models.Q(("paper_on__lte", models.F("seen_on"))), name="paper_is_not_dated_after_it_was_seen", violation_error_message="La date de la pièce ne peut pas suivre le jour où elle est vue."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SignInCode",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("email", models.EmailField(max_length=254, verbose_name="adresse électronique")),
                        ("language", models.CharField(default="fr", max_length=2, verbose_name="langue")),
                        ("code_hash", models.BinaryField(blank=True, max_length=32, null=True, verbose_name="empreinte du code")),
                        ("token_hash", models.BinaryField(blank=True, max_length=32, null=True, unique=True, verbose_name="empreinte du lien")),
                        ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="essais")),
                        ("is_shared", models.BooleanField(default=False, verbose_name="ordinateur partagé")),
                        ("back", models.CharField(blank=True, max_length=200, verbose_name="page demandée")),
                        ("asked_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="demandé le")),
                        ("expires_at", models.DateTimeField(verbose_name="valable jusqu’au")),
                        ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="utilisé le")),
                    ],
                    options={
                        "verbose_name": "code de connexion",
                        "verbose_name_plural": "codes de connexion",
                        "ordering": ("asked_at", "id"),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("tries__lte", 5)), name="sign_in_code_is_tried_five_times_at_most", violation_error_message="Ce code a été essayé trop de fois. Demandez-en un nouveau."),
                        ],
                    },
                ),
            ]
        ),
        migrations.RunSQL(IDENTITY, NO_IDENTITY),
        trace("residents_household", hidden=("active_on",), masked=("family_quotient",)),
        trace("residents_guardian", hidden=("franceconnect_hash",), masked=("email", "phone")),
        trace("residents_member", hidden=("identity",)),
        trace("residents_membership", hidden=("identity",)),
        trace("residents_seenpaper"),
        trace("residents_healthattestation"),
    ]
