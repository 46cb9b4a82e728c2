"""Why an answer is refused; each text is fit for whoever gives it."""

from django.utils.translation import gettext_lazy as _

from municipalities.exceptions import Refusal


class NotYourNursery(Refusal):
    code = "not_your_nursery"
    sentence = _("Cette proposition n’est pas de vos crèches.")


class AnsweredAlready(Refusal):
    code = "offer_answered_already"
    sentence = _("Cette proposition a déjà reçu une réponse. Voici où elle en est.")


class OfferIsOver(Refusal):
    code = "nursery_offer_is_over"
    sentence = _("Le délai de réponse est passé : la place est allée à la famille suivante.")


class SayWhy(Refusal):
    code = "say_why"
    sentence = _("Choisissez un motif.")


class NotAdmitted(Refusal):
    code = "not_admitted"
    sentence = _("Cette place n’est pas acceptée par une famille, ou l’entrée est déjà signalée.")


class NumberIsTaken(Refusal):
    code = "number_is_taken"
    sentence = _("Ce numéro est déjà celui d’un autre enfant de la crèche : vérifiez-le dans votre liste.")


class LeftAlready(Refusal):
    code = "left_already"
    sentence = _("La sortie de cet enfant est déjà signalée.")


class LeavesBeforeItCame(Refusal):
    code = "leaves_before_it_came"
    sentence = _("La sortie suit l’entrée.")


class TooFarAhead(Refusal):
    code = "entry_too_far_ahead"
    sentence = _("Une entrée se signale au plus tôt le mois d’avant.")


class NoSwap(Refusal):
    code = "no_swap"
    sentence = _("Cet échange n’est plus possible : une proposition est déjà en cours, ou ces places ont changé.")
