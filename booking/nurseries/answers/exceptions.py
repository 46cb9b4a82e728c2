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
