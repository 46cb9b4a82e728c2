"""The outbox: what is owed to people. Knows kinds and subjects by name only, never what a booking is."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from municipalities.models import Municipality


class Channel(models.TextChoices):
    MAIL = "mail", _("Courriel")
    SMS = "sms", _("SMS")


class MessageState(models.TextChoices):
    QUEUED = "queued", _("en attente")
    SENDING = "sending", _("en cours d’envoi")
    SENT = "sent", _("envoyé")
    DELIVERED = "delivered", _("remis")
    BOUNCED = "bounced", _("non remis")
    FAILED = "failed", _("abandonné")
    AMBIGUOUS = "ambiguous", _("envoi incertain")
    WITHDRAWN = "withdrawn", _("retiré")


class Message(models.Model):
    """One message to one address. Rendered when it is sent, by the renderer registered for its kind.

    A row is born in the transaction that makes it owed, with the instant it is due. `claimed_until` is the lease of the
    worker that is about to send it; a row found `SENDING` with a lapsed lease was cut off between handing it to the
    provider and noting so: it becomes `AMBIGUOUS`, is reported, and is never sent again by itself.
    """

    kind = models.CharField(_("sorte"), max_length=60)
    channel = models.CharField(_("voie"), max_length=4, choices=Channel.choices)
    recipient = models.CharField(_("destinataire"), max_length=254)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    municipality = models.ForeignKey(
        Municipality, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("expéditeur")
    )
    subject_type = models.CharField(_("objet"), max_length=40, blank=True)
    subject_id = models.UUIDField(_("identifiant de l’objet"), null=True, blank=True)
    context = models.JSONField(_("détails"), default=dict, blank=True)

    state = models.CharField(_("état"), max_length=10, choices=MessageState.choices, default=MessageState.QUEUED)
    due_at = models.DateTimeField(_("à envoyer le"))
    created_at = models.DateTimeField(_("créé le"), auto_now_add=True)
    claimed_until = models.DateTimeField(_("réservé jusqu’à"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("essais"), default=0)
    sent_at = models.DateTimeField(_("envoyé le"), null=True, blank=True)
    provider_id = models.CharField(_("référence du prestataire"), max_length=200, blank=True)
    last_error = models.CharField(_("dernière erreur"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("id",)
        indexes = [
            models.Index(fields=["due_at", "id"], name="message_due", condition=Q(state="queued")),
            models.Index(fields=["claimed_until"], name="message_sending", condition=Q(state="sending")),
            models.Index(fields=["subject_id"], name="message_subject"),
            models.Index(fields=["provider_id"], name="message_provider", condition=~Q(provider_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.get_channel_display()})"
