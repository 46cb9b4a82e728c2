"""Who of a household is signed in where, and the codes that sign in. Django's own session means *agent* here."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.residents.models.households import Guardian

#: A code is asked for anew after so many wrong ones.
MOST_TRIES = 5


class HouseholdSession(models.Model):
    """A browser in which a guardian is signed in. The cookie's token is stored as its SHA-256.

    `is_shared` is a computer that others use too: half an hour without a page ends it there, twelve hours elsewhere.
    `device` is « Firefox, Windows », for the list in which people end what they do not know. `logout_token` is what
    FranceConnect asks to be given back when one signs out, encrypted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    guardian = models.ForeignKey(Guardian, models.CASCADE, related_name="sessions", verbose_name=_("responsable"))
    token_hash = models.BinaryField(_("empreinte"), max_length=32, unique=True)
    is_shared = models.BooleanField(_("ordinateur partagé"), default=False)
    device = models.CharField(_("appareil"), max_length=60, blank=True)
    logout_token = models.BinaryField(_("jeton de déconnexion"), null=True, blank=True)
    created_at = models.DateTimeField(_("ouverte le"), default=timezone.now)
    last_seen_at = models.DateTimeField(_("dernière page"), default=timezone.now)
    ends_at = models.DateTimeField(_("finit le"))

    class Meta:
        verbose_name = _("session d’une famille")
        verbose_name_plural = _("sessions des familles")
        ordering = ("-last_seen_at", "id")
        constraints = [
            models.CheckConstraint(
                name="household_session_ends_after_it_began",
                condition=Q(ends_at__gt=F("created_at")),
                violation_error_message=_("Une session finit après son début."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class SignInCode(models.Model):
    """Six digits and a link sent to one mailbox; either signs in once, within ten minutes and five tries.

    Both are drawn when the mail is rendered, so that no table ever holds them: here stand a keyed hash of the digits
    and the SHA-256 of the link's token. `email` is the mailbox that asked, known or not.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("adresse électronique"))
    language = models.CharField(_("langue"), max_length=2, default="fr")
    code_hash = models.BinaryField(_("empreinte du code"), max_length=32, null=True, blank=True)
    token_hash = models.BinaryField(_("empreinte du lien"), max_length=32, null=True, blank=True, unique=True)
    tries = models.PositiveSmallIntegerField(_("essais"), default=0)
    is_shared = models.BooleanField(_("ordinateur partagé"), default=False)
    # The page of ours they were at: whoever signs in comes back to it, by the link too.
    back = models.CharField(_("page demandée"), max_length=200, blank=True)
    asked_at = models.DateTimeField(_("demandé le"), default=timezone.now)
    expires_at = models.DateTimeField(_("valable jusqu’au"))
    used_at = models.DateTimeField(_("utilisé le"), null=True, blank=True)

    class Meta:
        verbose_name = _("code de connexion")
        verbose_name_plural = _("codes de connexion")
        ordering = ("asked_at", "id")
        constraints = [
            models.CheckConstraint(
                name="sign_in_code_is_tried_five_times_at_most",
                condition=Q(tries__lte=MOST_TRIES),
                violation_error_message=_("Ce code a été essayé trop de fois. Demandez-en un nouveau."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
