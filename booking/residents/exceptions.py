from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from municipalities.exceptions import Refusal


class LinkRefused(Refusal):
    """A private link that opens nothing. What it once opened is never said."""

    code = "link_refused"
    sentence = _(
        "Ce lien ne mène à aucun rendez-vous ni à aucune demande. Vérifiez qu’il est complet, ou demandez-en un "
        "nouveau."
    )


class LinkUnknown(LinkRefused):
    code = "link_unknown"


class LinkExpired(LinkRefused):
    code = "link_expired"
    sentence = _("Ce lien n’est plus valable : le rendez-vous est passé depuis longtemps.")


class LinkRevoked(LinkRefused):
    code = "link_revoked"
    sentence = _("Ce lien a été remplacé. Demandez-en un nouveau : il arrive à l’adresse que nous connaissons.")


class FamilyRefused(Refusal):
    """Something a family asked for that cannot be."""

    code = "family_refused"


class AlreadyInFamily(FamilyRefused):
    code = "already_in_family"
    sentence = _("Une personne de ce nom, née ce jour-là, est déjà dans la famille.")


class StillNeeded(FamilyRefused):
    """`reasons` are the services' own sentences."""

    code = "still_needed"
    sentence = _("Cette personne ne peut pas encore être retirée.")

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__()
        self.reasons = list(reasons)


class MailboxTaken(FamilyRefused):
    code = "mailbox_taken"
    sentence = _("Cette adresse est déjà celle d’un responsable de la famille.")


class LastGuardian(FamilyRefused):
    code = "last_guardian"
    sentence = _("Une famille garde au moins un responsable dont l’adresse est confirmée.")


class AttestedAlready(FamilyRefused):
    code = "attested_already"
    sentence = _("L’attestation de santé de cette saison est déjà donnée.")


class CannotMerge(FamilyRefused):
    code = "cannot_merge"
    sentence = _(
        "Ces deux fiches ne peuvent pas être réunies : chacune a des inscriptions que l’autre a aussi. "
        "Terminez d’abord l’une d’elles."
    )


class ShareRefused(FamilyRefused):
    code = "share_refused"
    sentence = _("Ce lien ne vaut plus. Demandez-en un nouveau à l’autre parent.")


class CodeRefused(Refusal):
    """A code or link that signs nobody in. Whether the mailbox is known is never said."""

    code = "sign_in_code_refused"
    sentence = _("Ce code n’est plus valable : il l’est dix minutes, une seule fois. Demandez-en un nouveau.")


class CodeWrong(CodeRefused):
    """`left` is how many tries remain."""

    code = "sign_in_code_wrong"

    def __init__(self, left: int) -> None:
        super().__init__(
            ngettext(
                "Ce n’est pas le code du dernier courriel. Il vous reste %(left)d essai.",
                "Ce n’est pas le code du dernier courriel. Il vous reste %(left)d essais.",
                left,
            )
            % {"left": left}
        )
        self.left = left


class CodeTriedTooOften(CodeRefused):
    code = "sign_in_code_tried_too_often"
    sentence = _("Ce code a été essayé trop de fois. Demandez-en un nouveau.")


class FranceConnectRefused(Refusal):
    """FranceConnect's answer is not one we can believe, or the person refused there. `why` is for the log alone."""

    code = "franceconnect_refused"
    sentence = _("FranceConnect n’a pas confirmé votre identité. Réessayez, ou entrez avec un code.")

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


class FranceConnectAway(FranceConnectRefused):
    code = "franceconnect_away"
    sentence = _("FranceConnect ne répond pas en ce moment. Entrez avec un code, ou réessayez plus tard.")


class FranceConnectTaken(Refusal):
    code = "franceconnect_taken"
    sentence = _("Cette identité FranceConnect ouvre déjà une famille.")
