"""What families show of themselves, encrypted, until an agent has seen it."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.nurseries.enums import DocumentKind
from booking.nurseries.models.requests import NurseryApplication
from municipalities.models import StaffMember


class FamilyDocument(models.Model):
    """A document as clean pages, under the keys of `secrets_at_rest`; or that it was seen, on which day and by whom.

    `content` is never traced, and gone with the check or the decision, in that transaction.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(
        NurseryApplication, models.CASCADE, related_name="documents", verbose_name=_("demande")
    )
    #: Of which child of the request it speaks, by its rank; null for what speaks of the whole family.
    child_rank = models.PositiveSmallIntegerField(_("enfant"), null=True, blank=True)
    kind = models.CharField(_("nature"), max_length=12, choices=DocumentKind.choices)
    content = models.BinaryField(_("contenu chiffré"), null=True, blank=True)
    media_type = models.CharField(_("format"), max_length=20, blank=True)
    pages = models.PositiveSmallIntegerField(_("pages"), default=1)
    given_at = models.DateTimeField(_("reçu le"), default=timezone.now)
    seen_on = models.DateField(_("vu le"), null=True, blank=True)
    seen_by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("vu par")
    )
    gone_at = models.DateTimeField(_("effacé le"), null=True, blank=True)

    class Meta:
        verbose_name = _("document d’une famille")
        verbose_name_plural = _("documents des familles")
        ordering = ("given_at", "id")
        constraints = [
            models.CheckConstraint(
                name="document_is_kept_only_until_it_was_seen",
                condition=Q(content__isnull=False, seen_on__isnull=True, gone_at__isnull=True)
                | Q(content__isnull=True, seen_on__isnull=False)
                | Q(content__isnull=True, gone_at__isnull=False),
                violation_error_message=_("Un document qui a été vu n’est plus gardé."),
            ),
            models.CheckConstraint(
                name="document_that_was_seen_says_by_whom",
                condition=Q(seen_on__isnull=True, seen_by__isnull=True)
                | Q(seen_on__isnull=False, seen_by__isnull=False),
                violation_error_message=_("Un document vu dit quel jour et par qui."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
