"""The account-less link."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccessLink(models.Model):
    """A capability: whoever holds the token may see and change one thing, without an account.

    The token has 192 bits from a CSPRNG and is stored as its SHA-256; it is exchanged for a short session, so that it
    leaves the address bar at once. Links are made when a message is sent, so several may exist for one subject.
    """

    token_hash = models.BinaryField(_("empreinte"), max_length=32, unique=True)
    subject_type = models.CharField(_("objet"), max_length=40)
    subject_id = models.UUIDField(_("identifiant de l’objet"))
    created_at = models.DateTimeField(_("créé le"), auto_now_add=True)
    expires_at = models.DateTimeField(_("valable jusqu’au"))
    revoked_at = models.DateTimeField(_("révoqué le"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("dernier usage"), null=True, blank=True)

    class Meta:
        verbose_name = _("lien privé")
        verbose_name_plural = _("liens privés")
        ordering = ("id",)
        indexes = [models.Index(fields=["subject_id"], name="access_link_subject")]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id}"
