from django.utils.translation import gettext_lazy as _

from municipalities.exceptions import Refusal


class LinkRefused(Refusal):
    """A private link that opens nothing. What it once opened is never said."""

    code = "link_refused"
    sentence = _("Ce lien ne mène à aucun rendez-vous. Vérifiez qu’il est complet, ou demandez-en un nouveau.")


class LinkUnknown(LinkRefused):
    code = "link_unknown"


class LinkExpired(LinkRefused):
    code = "link_expired"
    sentence = _("Ce lien n’est plus valable : le rendez-vous est passé depuis longtemps.")


class LinkRevoked(LinkRefused):
    code = "link_revoked"
    sentence = _("Ce lien a été remplacé. Demandez-en un nouveau : il arrive à l’adresse que nous connaissons.")
