from django.utils.translation import gettext_lazy as _

from municipalities.exceptions import Refusal


class NotPayable(Refusal):
    code = "not_payable"
    sentence = _("Ce montant n’est plus à régler. Rien ne vous a été demandé en trop.")


class PaymentUnderway(Refusal):
    code = "payment_underway"
    sentence = _("Un paiement est en cours : ce qui est retenu le reste tant qu’il peut encore aboutir.")


class NotOnlineHere(Refusal):
    code = "not_online_here"
    sentence = _("Le paiement en ligne n’est pas proposé ici. Réglez au guichet ou appelez-nous.")


class NotOnlineJustNow(Refusal):
    code = "not_online_just_now"
    sentence = _(
        "Le paiement en ligne ne répond pas pour le moment. Rien n’est perdu : ce que vous avez choisi reste retenu. "
        "Réessayez dans quelques minutes."
    )


class UnderOneEuro(Refusal):
    code = "under_one_euro"
    sentence = _("Un montant de moins d’un euro ne se paie pas en ligne : réglez-le au guichet.")


class TooMuchForOnline(Refusal):
    code = "too_much_for_online"
    sentence = _("Ce montant est trop élevé pour être payé en ligne : réglez-le au guichet.")


class WrongSum(Refusal):
    code = "wrong_sum"
    sentence = _("Les moyens de paiement n’additionnent pas ce qui est à régler.")


class MoreThanPaid(Refusal):
    code = "more_than_paid"
    sentence = _("On ne peut pas rendre plus que ce qui a été payé.")


class WrongIban(Refusal):
    code = "wrong_iban"
    sentence = _("Cet IBAN ne peut pas exister : vérifiez-le chiffre par chiffre.")


class NothingLeft(Refusal):
    code = "nothing_left"
    sentence = _("Cet avoir est déjà utilisé ou n’est plus valable.")


class StillOwed(Refusal):
    code = "still_owed"
    sentence = _(
        "La banque a repris un de vos paiements : réglez-le d’abord, votre avoir y sert. "
        "Ce qui reste ensuite peut être remboursé."
    )


class AlreadyReversed(Refusal):
    code = "already_reversed"
    sentence = _("Ce paiement a déjà été contre-passé.")


class NotReversible(Refusal):
    code = "not_reversible"
    sentence = _("Seul un prélèvement encaissé ou un chèque peut être rejeté par la banque.")
    credit_used = _("L’avoir donné pour ce paiement est déjà utilisé : voyez avec le comptable.")


class RefundDone(Refusal):
    code = "refund_done"
    sentence = _("Ce dossier de remboursement est déjà traité.")


class NothingToClose(Refusal):
    code = "nothing_to_close"
    sentence = _("Rien n’a été encaissé depuis la dernière clôture.")


class NameTaken(Refusal):
    code = "office_name_taken"
    sentence = _("Une régie de ce nom existe déjà.")


class ReceiptNotReady(Refusal):
    code = "receipt_not_ready"
    sentence = _(
        "Le fichier n’a pas pu être fait à l’instant. Le reçu reste sur cette page : réessayez dans une minute."
    )


class NotToCloseByHand(Refusal):
    code = "not_to_close_by_hand"
    sentence = _("Ce paiement n’attend pas de décision : PayFiP y répond encore, ou c’est déjà fait.")


class AwaitsDecision(Refusal):
    code = "awaits_decision"
    sentence = _("Cette alerte reste tant que le comptable n’a pas dit ce qui a été reçu.")
