from django.utils.translation import gettext_lazy as _

from municipalities.exceptions import Refusal


class FeedRefused(Refusal):
    """A calendar address that shows nothing. `status` is what a calendar client is told."""

    code = "feed_refused"
    status = 404


class FeedUnknown(FeedRefused):
    code = "feed_unknown"
    sentence = _("Cette adresse ne mène à aucun calendrier.")


class FeedGone(FeedRefused):
    """Replaced, revoked, or made by somebody who may no longer see it. Which of these is not said."""

    code = "feed_gone"
    status = 410
    sentence = _("Ce calendrier n’est plus publié à cette adresse. Retirez-le de votre agenda.")


class AlreadyReset(Refusal):
    code = "already_reset"
    sentence = _("Cette adresse a déjà été remplacée ou supprimée.")


class NotYours(Refusal):
    code = "not_yours"
    sentence = _("Ce calendrier n’est pas ouvert à votre rôle.")


class TooManyFeeds(Refusal):
    code = "too_many_feeds"
    sentence = _("Vous avez déjà beaucoup de calendriers : supprimez-en un d’abord.")
