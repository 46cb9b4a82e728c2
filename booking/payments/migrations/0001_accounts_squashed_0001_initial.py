import uuid

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from municipalities.database.tables import CreateTables


class Migration(migrations.Migration):
    replaces = [
        ("payments", "0001_initial"),
    ]

    initial = True

    dependencies = [
        ("municipalities", "0005_second_factors_squashed_0016_cash_roles"),
        ("residents", "0001_residents_squashed_0002_households"),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="AccountsCheck",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("checked_at", models.DateTimeField(verbose_name="vérifié le")),
                        ("faults", models.PositiveIntegerField(verbose_name="défauts")),
                        ("first_faults", models.TextField(blank=True, verbose_name="premiers défauts")),
                    ],
                    options={
                        "verbose_name": "vérification des comptes",
                        "verbose_name_plural": "vérifications des comptes",
                        "ordering": ("checked_at", "id"),
                    },
                ),
                migrations.CreateModel(
                    name="CashOffice",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=80, verbose_name="nom")),
                        ("numcli", models.CharField(blank=True, max_length=6, validators=[django.core.validators.RegexValidator("^\\d{6}\\Z", "Le numéro de client PayFiP a six chiffres.")], verbose_name="numéro de client PayFiP")),
                        ("credit_days", models.PositiveSmallIntegerField(default=365, verbose_name="jours de validité d’un avoir")),
                        ("is_active", models.BooleanField(default=True, verbose_name="en service")),
                        ("has_invented_data", models.BooleanField(default=False, verbose_name="comporte des données fictives")),
                        ("operator", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="cash_offices", to="municipalities.operator", verbose_name="gestionnaire")),
                    ],
                    options={
                        "verbose_name": "régie",
                        "verbose_name_plural": "régies",
                        "ordering": ("name", "id"),
                        "constraints": [
                            models.UniqueConstraint(fields=("operator", "name"), name="one_cash_office_of_a_name_per_operator", violation_error_message="Une régie de ce nom existe déjà."),
                            models.CheckConstraint(condition=models.Q(("numcli", ""), ("numcli__regex", "^\\d{6}$"), _connector="OR"), name="number_of_a_cash_office_has_six_digits", violation_error_message="Le numéro de client PayFiP a six chiffres."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OfficeCounter",
                    fields=[
                        ("office", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="counter", serialize=False, to="payments.cashoffice")),
                        ("entries", models.PositiveIntegerField(default=0)),
                        ("receipts", models.PositiveIntegerField(default=0)),
                        ("credit_notes", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "verbose_name": "compteur de régie",
                        "verbose_name_plural": "compteurs de régie",
                    },
                ),
                migrations.CreateModel(
                    name="OfficePerson",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("office", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="people", to="payments.cashoffice", verbose_name="régie")),
                        ("staff", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="cash_offices", to=settings.AUTH_USER_MODEL, verbose_name="agent")),
                    ],
                    options={
                        "verbose_name": "personne d’une régie",
                        "verbose_name_plural": "personnes d’une régie",
                        "ordering": ("id",),
                        "constraints": [
                            models.UniqueConstraint(fields=("office", "staff"), name="one_row_per_person_and_cash_office", violation_error_message="Cette personne travaille déjà pour cette régie."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CashierClosing",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("closed_at", models.DateTimeField(verbose_name="clôturé le")),
                        ("after", models.PositiveIntegerField(verbose_name="après l’écriture")),
                        ("up_to", models.PositiveIntegerField(verbose_name="jusqu’à l’écriture")),
                        ("cashier", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="caissier")),
                        ("office", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="closings", to="payments.cashoffice", verbose_name="régie")),
                    ],
                    options={
                        "verbose_name": "clôture de caisse",
                        "verbose_name_plural": "clôtures de caisse",
                        "ordering": ("closed_at", "id"),
                        "constraints": [
                            models.UniqueConstraint(fields=("office", "cashier", "after"), name="one_closing_after_each_of_a_cashier", violation_error_message="Cette caisse vient d’être clôturée."),
                            models.CheckConstraint(condition=models.Q(("up_to__gt", models.F("after"))), name="closing_covers_something", violation_error_message="Rien n’a été encaissé depuis la dernière clôture."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ClosingLine",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("means", models.CharField(choices=[("card_online", "Carte, en ligne"), ("debit_online", "Prélèvement, en ligne"), ("cash", "Espèces"), ("cheque", "Chèque"), ("card_terminal", "Carte, au guichet"), ("vouchers", "Chèques-vacances et aides"), ("credit", "Avoir"), ("transfer", "Virement du comptable")], max_length=14, verbose_name="moyen")),
                        ("expected", models.IntegerField(verbose_name="selon le journal")),
                        ("counted", models.IntegerField(verbose_name="compté")),
                        ("closing", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="payments.cashierclosing", verbose_name="clôture")),
                    ],
                    options={
                        "verbose_name": "ligne de clôture",
                        "verbose_name_plural": "lignes de clôture",
                        "ordering": ("closing", "means"),
                        "constraints": [
                            models.UniqueConstraint(fields=("closing", "means"), name="one_line_per_means_of_a_closing", violation_error_message="Ce moyen est compté deux fois."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Charge",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("subject_type", models.CharField(max_length=40, verbose_name="objet")),
                        ("subject_id", models.UUIDField(verbose_name="identifiant de l’objet")),
                        ("cents", models.PositiveIntegerField(verbose_name="montant en centimes")),
                        ("state", models.CharField(choices=[("open", "À régler"), ("paying", "Paiement en cours"), ("settled", "Réglé"), ("released", "Abandonné"), ("unpaid", "Impayé")], default="open", max_length=10, verbose_name="état")),
                        ("language", models.CharField(default="fr", max_length=2, verbose_name="langue")),
                        ("created_at", models.DateTimeField(verbose_name="créé le")),
                        ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="retenu jusqu’à")),
                        ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="réglé le")),
                        ("household", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="charges", to="residents.household", verbose_name="famille")),
                        ("office", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="charges", to="payments.cashoffice", verbose_name="régie")),
                    ],
                    options={
                        "verbose_name": "montant dû",
                        "verbose_name_plural": "montants dus",
                        "ordering": ("created_at", "id"),
                        "indexes": [
                            models.Index(condition=models.Q(("state", "open")), fields=["expires_at"], name="charge_to_let_go"),
                            models.Index(fields=["office", "state"], name="charge_of_office"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("state", "released"), _negated=True), fields=("subject_type", "subject_id"), name="one_charge_per_subject_that_is_not_released", violation_error_message="Ce montant est déjà demandé."),
                            models.CheckConstraint(condition=models.Q(models.Q(("settled_at__isnull", False), ("state__in", ("settled", "unpaid"))), models.Q(("settled_at__isnull", True), ("state__in", ["open", "released"])), ("state", "paying"), _connector="OR"), name="charge_that_was_settled_says_when", violation_error_message="Un montant réglé porte la date de son règlement, et lui seul."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChargeLine",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("position", models.PositiveSmallIntegerField(verbose_name="rang")),
                        ("label", models.CharField(max_length=160, verbose_name="libellé")),
                        ("about", models.CharField(blank=True, max_length=120, verbose_name="pour")),
                        ("service", models.CharField(max_length=40, verbose_name="service")),
                        ("tariff_code", models.CharField(max_length=40, verbose_name="code de tarif")),
                        ("account", models.CharField(max_length=12, verbose_name="compte")),
                        ("vat_rate", models.PositiveSmallIntegerField(default=0, verbose_name="TVA en centièmes de pour cent")),
                        ("cents", models.IntegerField(verbose_name="montant en centimes")),
                        ("charge", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="payments.charge", verbose_name="montant dû")),
                    ],
                    options={
                        "verbose_name": "ligne",
                        "verbose_name_plural": "lignes",
                        "ordering": ("charge", "position"),
                        "constraints": [
                            models.UniqueConstraint(fields=("charge", "position"), name="one_line_per_place_in_a_charge", violation_error_message="Deux lignes ont le même rang."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Payment",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("cents", models.PositiveIntegerField(verbose_name="montant en centimes")),
                        ("state", models.CharField(choices=[("prepared", "En préparation"), ("open", "En cours"), ("uncertain", "Incertain"), ("paid", "Payé"), ("refused", "Refusé"), ("abandoned", "Abandonné"), ("expired", "Expiré")], default="prepared", max_length=10, verbose_name="état")),
                        ("refdet", models.CharField(max_length=20, unique=True, verbose_name="référence")),
                        ("numcli", models.CharField(max_length=6, verbose_name="numéro de client PayFiP")),
                        ("capture", models.CharField(max_length=1, verbose_name="mode")),
                        ("idop", models.CharField(blank=True, max_length=64, null=True, unique=True, verbose_name="identifiant de l’opération")),
                        ("created_at", models.DateTimeField(verbose_name="créé le")),
                        ("asked_at", models.DateTimeField(blank=True, null=True, verbose_name="demandé le")),
                        ("opened_at", models.DateTimeField(blank=True, null=True, verbose_name="ouvert le")),
                        ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="terminé le")),
                        ("means", models.CharField(blank=True, choices=[("card_online", "Carte, en ligne"), ("debit_online", "Prélèvement, en ligne"), ("cash", "Espèces"), ("cheque", "Chèque"), ("card_terminal", "Carte, au guichet"), ("vouchers", "Chèques-vacances et aides"), ("credit", "Avoir"), ("transfer", "Virement du comptable")], max_length=14, verbose_name="moyen")),
                        ("numauto", models.CharField(blank=True, max_length=16, verbose_name="numéro d’autorisation")),
                        ("result", models.CharField(blank=True, max_length=1, verbose_name="dernier résultat")),
                        ("last_answer", models.CharField(blank=True, max_length=40, verbose_name="dernière réponse")),
                        ("last_asked_at", models.DateTimeField(blank=True, null=True, verbose_name="interrogé le")),
                        ("failures", models.PositiveSmallIntegerField(default=0, verbose_name="échecs de suite")),
                        ("next_at", models.DateTimeField(blank=True, null=True, verbose_name="à interroger le")),
                        ("charge", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="payments", to="payments.charge", verbose_name="montant dû")),
                        ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="décidé le")),
                        ("closed_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="décidé par")),
                        ("closed_reason", models.CharField(blank=True, max_length=200, verbose_name="motif de la décision")),
                        ("received_cents", models.PositiveIntegerField(blank=True, null=True, verbose_name="montant reçu en centimes, selon le comptable")),
                    ],
                    options={
                        "verbose_name": "paiement en ligne",
                        "verbose_name_plural": "paiements en ligne",
                        "ordering": ("created_at", "id"),
                        "indexes": [
                            models.Index(condition=models.Q(("next_at__isnull", False)), fields=["next_at"], name="payment_to_ask_about"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("state__in", ("prepared", "open", "uncertain"))), fields=("charge",), name="one_payment_of_a_charge_that_may_still_be_paid", violation_error_message="Un paiement est déjà en cours."),
                            models.CheckConstraint(condition=models.Q(("cents__gte", 100), ("cents__lte", 10000000)), name="payment_amount_can_be_paid_online", violation_error_message="Un paiement en ligne va de 1 € à 100 000 €."),
                            models.CheckConstraint(condition=models.Q(models.Q(("idop__isnull", True), ("opened_at__isnull", True)), models.Q(("asked_at__isnull", False), ("idop__isnull", False), ("opened_at__isnull", False)), _connector="OR"), name="payment_that_was_opened_has_its_operation", violation_error_message="Un paiement ouvert porte l’identifiant de son opération."),
                            models.CheckConstraint(condition=models.Q(models.Q(("state__in", ["open", "uncertain", "paid"]), _negated=True), ("idop__isnull", False), _connector="OR"), name="payment_that_is_open_or_paid_has_an_operation", violation_error_message="Un paiement en cours ou payé porte l’identifiant de son opération."),
                            models.CheckConstraint(condition=models.Q(models.Q(("ended_at__isnull", False), ("state", "paid"), ("means__in", ["card_online", "debit_online"])), models.Q(models.Q(("state", "paid"), _negated=True), ("means", "")), _connector="OR"), name="payment_that_is_paid_says_by_which_means", violation_error_message="Un paiement payé dit par quel moyen, et lui seul."),
                            models.CheckConstraint(condition=models.Q(models.Q(("closed_at__isnull", True), ("closed_reason", ""), ("received_cents__isnull", True)), models.Q(("closed_at__isnull", False), ("received_cents__isnull", False), models.Q(("closed_reason", ""), _negated=True)), _connector="OR"), name="payment_closed_by_hand_says_what_came_and_why", violation_error_message="Une décision dit ce qui a été reçu, et pourquoi."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PaymentAlert",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("kind", models.CharField(choices=[("mismatch", "Réponse de PayFiP qui ne correspond pas au paiement"), ("settings", "Demande refusée par PayFiP : réglage à vérifier"), ("late_payment", "Paiement arrivé après la libération de la place"), ("second_payment", "Paiement reçu deux fois"), ("bounced", "Prélèvement ou chèque rejeté par la banque")], max_length=20, verbose_name="nature")),
                        ("code", models.CharField(blank=True, max_length=40, verbose_name="code")),
                        ("raised_at", models.DateTimeField(verbose_name="signalé le")),
                        ("seen_at", models.DateTimeField(blank=True, null=True, verbose_name="vu le")),
                        ("office", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="alerts", to="payments.cashoffice", verbose_name="régie")),
                        ("payment", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="alerts", to="payments.payment", verbose_name="paiement")),
                        ("seen_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="vu par")),
                    ],
                    options={
                        "verbose_name": "alerte",
                        "verbose_name_plural": "alertes",
                        "ordering": ("raised_at", "id"),
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("seen_at__isnull", True)), fields=("payment", "kind", "code"), name="one_open_alert_of_a_kind_per_payment", violation_error_message="Cette alerte est déjà signalée."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CreditNote",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("number", models.PositiveIntegerField(verbose_name="numéro")),
                        ("reason", models.CharField(choices=[("cancelled", "Annulation"), ("called_off", "Séance annulée"), ("late_payment", "Paiement arrivé après la libération de la place"), ("second_payment", "Paiement reçu deux fois"), ("other_sum", "Paiement reçu d’un autre montant")], max_length=20, verbose_name="motif")),
                        ("cents", models.PositiveIntegerField(verbose_name="montant en centimes")),
                        ("left", models.PositiveIntegerField(verbose_name="reste en centimes")),
                        ("issued_at", models.DateTimeField(verbose_name="accordé le")),
                        ("expires_on", models.DateField(verbose_name="valable jusqu’au")),
                        ("charge", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="credit_notes", to="payments.charge", verbose_name="montant dû")),
                        ("household", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="credit_notes", to="residents.household", verbose_name="famille")),
                        ("issued_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="accordé par")),
                        ("office", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="credit_notes", to="payments.cashoffice", verbose_name="régie")),
                        ("payment", models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="credit_note", to="payments.payment", verbose_name="paiement")),
                    ],
                    options={
                        "verbose_name": "avoir",
                        "verbose_name_plural": "avoirs",
                        "ordering": ("expires_on", "number"),
                        "constraints": [
                            models.UniqueConstraint(fields=("office", "number"), name="one_credit_note_of_a_number_per_office", violation_error_message="Ce numéro d’avoir est déjà pris."),
                            models.CheckConstraint(condition=models.Q(("cents__gt", 0), ("left__gte", 0), ("left__lte", models.F("cents"))), name="credit_note_is_never_overdrawn", violation_error_message="Un avoir ne se dépense pas au-delà de son montant."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CreditUse",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("cents", models.PositiveIntegerField(verbose_name="montant en centimes")),
                        ("consumed_at", models.DateTimeField(blank=True, null=True, verbose_name="utilisé le")),
                        ("charge", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="credit_uses", to="payments.charge", verbose_name="montant dû")),
                        ("note", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="uses", to="payments.creditnote", verbose_name="avoir")),
                    ],
                    options={
                        "verbose_name": "emploi d’un avoir",
                        "verbose_name_plural": "emplois d’un avoir",
                        "ordering": ("id",),
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("consumed_at__isnull", True)), fields=("note", "charge"), name="one_use_of_a_note_kept_per_charge", violation_error_message="Cet avoir est déjà employé pour ce montant."),
                            models.CheckConstraint(condition=models.Q(("cents__gt", 0)), name="use_of_a_credit_note_is_of_something", violation_error_message="L’emploi d’un avoir porte sur un montant."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Receipt",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("number", models.PositiveIntegerField(verbose_name="numéro")),
                        ("is_surplus", models.BooleanField(default=False, verbose_name="reçu en trop")),
                        ("issued_at", models.DateTimeField(verbose_name="émis le")),
                        ("by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="encaissé par")),
                        ("charge", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="payments.charge", verbose_name="montant dû")),
                        ("office", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="payments.cashoffice", verbose_name="régie")),
                        ("payment", models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="receipt", to="payments.payment", verbose_name="paiement en ligne")),
                    ],
                    options={
                        "verbose_name": "reçu",
                        "verbose_name_plural": "reçus",
                        "ordering": ("office", "number"),
                        "constraints": [
                            models.UniqueConstraint(fields=("office", "number"), name="one_receipt_of_a_number_per_office", violation_error_message="Ce numéro de reçu est déjà pris."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReceiptPart",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("means", models.CharField(choices=[("card_online", "Carte, en ligne"), ("debit_online", "Prélèvement, en ligne"), ("cash", "Espèces"), ("cheque", "Chèque"), ("card_terminal", "Carte, au guichet"), ("vouchers", "Chèques-vacances et aides"), ("credit", "Avoir"), ("transfer", "Virement du comptable")], max_length=14, verbose_name="moyen")),
                        ("cents", models.PositiveIntegerField(verbose_name="montant en centimes")),
                        ("receipt", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="payments.receipt", verbose_name="reçu")),
                    ],
                    options={
                        "verbose_name": "part d’un reçu",
                        "verbose_name_plural": "parts d’un reçu",
                        "ordering": ("id",),
                        "constraints": [
                            models.UniqueConstraint(fields=("receipt", "means"), name="one_part_per_means_of_a_receipt", violation_error_message="Ce moyen de paiement figure deux fois sur le reçu."),
                            models.CheckConstraint(condition=models.Q(("cents__gt", 0)), name="part_of_a_receipt_is_of_something", violation_error_message="Chaque moyen de paiement porte sur un montant."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RefundFile",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("cents", models.PositiveIntegerField(verbose_name="montant en centimes")),
                        ("state", models.CharField(choices=[("asked", "À traiter"), ("paid", "Versé"), ("refused", "Refusé")], default="asked", max_length=10, verbose_name="état")),
                        ("holder", models.CharField(blank=True, max_length=120, verbose_name="titulaire du compte")),
                        ("iban", models.BinaryField(blank=True, max_length=400, null=True, verbose_name="IBAN chiffré")),
                        ("asked_at", models.DateTimeField(verbose_name="demandé le")),
                        ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="traité le")),
                        ("done_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="traité par")),
                        ("note", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="payments.creditnote", verbose_name="avoir")),
                    ],
                    options={
                        "verbose_name": "dossier de remboursement",
                        "verbose_name_plural": "dossiers de remboursement",
                        "ordering": ("asked_at", "id"),
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(models.Q(("done_at__isnull", True), ("iban__isnull", False), ("state", "asked")), models.Q(models.Q(("state", "asked"), _negated=True), ("done_at__isnull", False), ("holder", ""), ("iban__isnull", True)), _connector="OR"), name="refund_file_that_is_done_keeps_no_account", violation_error_message="Un dossier traité ne garde ni IBAN ni titulaire."),
                            models.CheckConstraint(condition=models.Q(("cents__gt", 0)), name="refund_is_of_something", violation_error_message="Un remboursement porte sur un montant."),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="JournalEntry",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("number", models.PositiveIntegerField(verbose_name="numéro")),
                        ("kind", models.CharField(choices=[("collection", "Encaissement"), ("credit_note", "Avoir accordé"), ("refund", "Remboursement"), ("reversal", "Contre-passation")], max_length=12, verbose_name="nature")),
                        ("at", models.DateTimeField(verbose_name="le")),
                        ("day", models.DateField(verbose_name="jour")),
                        ("service", models.CharField(max_length=40, verbose_name="service")),
                        ("tariff_code", models.CharField(max_length=40, verbose_name="code de tarif")),
                        ("account", models.CharField(max_length=12, verbose_name="compte")),
                        ("vat_rate", models.PositiveSmallIntegerField(verbose_name="TVA en centièmes de pour cent")),
                        ("means", models.CharField(choices=[("card_online", "Carte, en ligne"), ("debit_online", "Prélèvement, en ligne"), ("cash", "Espèces"), ("cheque", "Chèque"), ("card_terminal", "Carte, au guichet"), ("vouchers", "Chèques-vacances et aides"), ("credit", "Avoir"), ("transfer", "Virement du comptable")], max_length=14, verbose_name="moyen")),
                        ("numauto", models.CharField(blank=True, max_length=16, verbose_name="numéro d’autorisation")),
                        ("refdet", models.CharField(blank=True, max_length=20, verbose_name="référence")),
                        ("cents", models.IntegerField(verbose_name="montant en centimes")),
                        ("by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="saisi par")),
                        ("charge", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="payments.charge", verbose_name="montant dû")),
                        ("household", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="residents.household", verbose_name="famille")),
                        ("note", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="payments.creditnote", verbose_name="avoir")),
                        ("office", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="payments.cashoffice", verbose_name="régie")),
                        ("reverses", models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="reversal", to="payments.journalentry", verbose_name="contre-passe")),
                        ("receipt", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="payments.receipt", verbose_name="reçu")),
                        ("refund", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="payments.refundfile", verbose_name="remboursement")),
                    ],
                    options={
                        "verbose_name": "écriture",
                        "verbose_name_plural": "journal",
                        "ordering": ("office", "number"),
                        "indexes": [
                            models.Index(fields=["office", "day"], name="journal_of_a_day"),
                            models.Index(fields=["office", "by", "number"], name="journal_of_a_cashier"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("office", "number"), name="one_journal_entry_of_a_number_per_office", violation_error_message="Ce numéro d’écriture est déjà pris."),
                            models.CheckConstraint(condition=models.Q(models.Q(("cents__gt", 0), ("kind", "collection"), ("receipt__isnull", False), ("reverses__isnull", True)), models.Q(("cents__lt", 0), ("kind", "credit_note"), ("note__isnull", False), ("reverses__isnull", True)), models.Q(("kind", "refund"), ("refund__isnull", False), ("reverses__isnull", True), models.Q(("cents", 0), _negated=True)), models.Q(("kind", "reversal"), ("reverses__isnull", False), models.Q(("cents", 0), _negated=True)), _connector="OR"), name="journal_entry_is_of_something_and_is_what_its_kind_says", violation_error_message="Cette écriture ne correspond pas à sa nature."),
                        ],
                    },
                ),
            ]
        ),
    ]
