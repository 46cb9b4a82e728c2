"""Why a document is not taken: a sentence that says what to do instead."""

from django.utils.translation import gettext_lazy as _

from municipalities.exceptions import Refusal

MOST_BYTES = 10 * 1024 * 1024
PDF, JPEG = "application/pdf", "image/jpeg"


class DocumentRefused(Refusal):
    """A file that is not taken; the sentence says what to do instead."""

    code = "document_refused"
    sentence = _("Ce fichier ne s’ouvre pas. Prenez le document en photo, ou enregistrez-le en PDF, et réessayez.")


class TooBig(DocumentRefused):
    code = "document_too_big"
    sentence = _("Ce fichier dépasse 10 Mo. Prenez une photo moins grande, ou envoyez les pages une par une.")


class UnknownFormat(DocumentRefused):
    code = "document_of_unknown_format"
    sentence = _("Ce format n’est pas pris. Envoyez une photo (JPEG, PNG, HEIC) ou un PDF.")


class WrongName(DocumentRefused):
    code = "document_not_what_it_says"
    sentence = _(
        "Ce fichier n’est pas ce que son nom annonce. Ouvrez-le, enregistrez-le à nouveau sous son vrai format, puis "
        "envoyez-le."
    )


class Locked(DocumentRefused):
    code = "document_locked"
    sentence = _("Ce PDF est protégé par un mot de passe. Imprimez-le en PDF sans protection, ou prenez-le en photo.")


class TooManyPages(DocumentRefused):
    code = "document_of_too_many_pages"
    sentence = _("Ce PDF a plus de 20 pages. Gardez celles qui comptent, par « Imprimer », puis « PDF ».")


class TooManyPixels(DocumentRefused):
    code = "document_of_too_many_pixels"
    sentence = _("Cette image a trop de points. Reprenez-la en photo avec un téléphone, ou réduisez sa taille.")


class Explodes(DocumentRefused):
    code = "document_explodes"
    sentence = _("Ce fichier est trop lourd une fois ouvert. Prenez le document en photo, page par page.")


class TooManyAtOnce(DocumentRefused):
    code = "documents_at_once"
    sentence = _("Beaucoup de documents arrivent en ce moment. Réessayez dans une minute.")
