"""The words of the accounts: states, means and kinds, each with what a person reads."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ChargeState(models.TextChoices):
    """What is owed: open until it is being paid, settled or let go; unpaid when money that had come was taken back."""

    OPEN = "open", _("À régler")
    PAYING = "paying", _("Paiement en cours")
    SETTLED = "settled", _("Réglé")
    RELEASED = "released", _("Abandonné")
    UNPAID = "unpaid", _("Impayé")


#: For these the service has been told that its subject is sold.
SOLD = (ChargeState.SETTLED, ChargeState.UNPAID)


class PaymentState(models.TextChoices):
    """An attempt to pay online. Only PAID is for ever: of whatever else was believed, a late answer may say paid."""

    PREPARED = "prepared", _("En préparation")
    OPEN = "open", _("En cours")
    UNCERTAIN = "uncertain", _("Incertain")
    PAID = "paid", _("Payé")
    REFUSED = "refused", _("Refusé")
    ABANDONED = "abandoned", _("Abandonné")
    EXPIRED = "expired", _("Expiré")


#: May still be paid: nothing is let go, and no other attempt begins.
LIVE = (PaymentState.PREPARED, PaymentState.OPEN, PaymentState.UNCERTAIN)
#: Came to nothing, as far as is known.
OVER = (PaymentState.REFUSED, PaymentState.ABANDONED, PaymentState.EXPIRED)


class Means(models.TextChoices):
    CARD_ONLINE = "card_online", _("Carte, en ligne")
    DEBIT_ONLINE = "debit_online", _("Prélèvement, en ligne")
    CASH = "cash", _("Espèces")
    CHEQUE = "cheque", _("Chèque")
    CARD_TERMINAL = "card_terminal", _("Carte, au guichet")
    VOUCHERS = "vouchers", _("Chèques-vacances et aides")
    CREDIT = "credit", _("Avoir")
    TRANSFER = "transfer", _("Virement du comptable")


ONLINE_MEANS = (Means.CARD_ONLINE, Means.DEBIT_ONLINE)
COUNTER_MEANS = (Means.CASH, Means.CHEQUE, Means.CARD_TERMINAL, Means.VOUCHERS)


class EntryKind(models.TextChoices):
    COLLECTION = "collection", _("Encaissement")
    CREDIT_NOTE = "credit_note", _("Avoir accordé")
    REFUND = "refund", _("Remboursement")
    REVERSAL = "reversal", _("Contre-passation")


class CreditReason(models.TextChoices):
    CANCELLED = "cancelled", _("Annulation")
    CALLED_OFF = "called_off", _("Séance annulée")
    LATE_PAYMENT = "late_payment", _("Paiement arrivé après la libération de la place")
    SECOND_PAYMENT = "second_payment", _("Paiement reçu deux fois")
    OTHER_SUM = "other_sum", _("Paiement reçu d’un autre montant")


class RefundState(models.TextChoices):
    ASKED = "asked", _("À traiter")
    PAID = "paid", _("Versé")
    REFUSED = "refused", _("Refusé")


class AlertKind(models.TextChoices):
    """What somebody of the cash office must look at."""

    MISMATCH = "mismatch", _("Réponse de PayFiP qui ne correspond pas au paiement")
    SETTINGS = "settings", _("Demande refusée par PayFiP : réglage à vérifier")
    LATE_PAYMENT = "late_payment", _("Paiement arrivé après la libération de la place")
    SECOND_PAYMENT = "second_payment", _("Paiement reçu deux fois")
    BOUNCED = "bounced", _("Prélèvement ou chèque rejeté par la banque")
