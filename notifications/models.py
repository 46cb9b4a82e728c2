"""The outbox: what is owed to people. Knows kinds and subjects by name only, never what a booking is."""

from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from municipalities.models import Facility, Municipality

#: Earlier than this a reminder is only another mail.
MAX_REMINDER_DAYS = 14


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
    # Nothing is looked up by its sender, and each booking writes three messages.
    municipality = models.ForeignKey(
        Municipality,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("expéditeur"),
        db_index=False,
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
            # Hardly any; counted on every start page.
            models.Index(
                fields=["state"], name="message_not_arrived", condition=Q(state__in=["ambiguous", "bounced", "failed"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.get_channel_display()})"


def _reminder_days() -> list[int]:
    return [7, 2]


class ReminderPolicy(models.Model):
    """When people who come to a facility are reminded. The row without a facility holds wherever there is no other.

    Days count back from the local day one comes; hours are local wall clock.
    """

    facility = models.ForeignKey(
        Facility, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("établissement")
    )
    mail_days = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MAX_REMINDER_DAYS)]),
        default=_reminder_days,
        blank=True,
        verbose_name=_("rappels par courriel (jours avant)"),
    )
    mail_time = models.TimeField(_("heure des courriels"), default=time(9))
    sms_is_on = models.BooleanField(_("rappel par SMS"), default=True)
    sms_days = models.PositiveSmallIntegerField(
        _("rappel par SMS (jours avant)"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_REMINDER_DAYS)],
    )
    sms_time = models.TimeField(_("heure des SMS"), default=time(10))

    class Meta:
        verbose_name = _("règle de rappel")
        verbose_name_plural = _("règles de rappel")
        ordering = ("facility",)
        constraints = [
            models.UniqueConstraint(
                fields=["facility"],
                name="one_reminder_policy_per_facility",
                nulls_distinct=False,
                violation_error_message=_("Cet établissement a déjà une règle de rappel."),
            ),
            models.CheckConstraint(
                name="reminder_days_are_few",
                condition=Q(mail_days__len__lte=4) | Q(mail_days=[]),
                violation_error_message=_("Quatre rappels au plus."),
            ),
            models.CheckConstraint(
                name="sms_reminder_is_one_to_fourteen_days_before",
                condition=Q(sms_days__gte=1, sms_days__lte=MAX_REMINDER_DAYS),
                violation_error_message=_("Un rappel part un à quatorze jours avant."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.facility or _("tout le territoire"))
