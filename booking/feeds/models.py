"""Calendar links: what each shows, the private address it is read at, and the public calendar of a town."""

import uuid
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from municipalities.feeds import Privacy
from municipalities.models import Municipality, StaffMember


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def owned_by(self, staff: StaffMember) -> Self:
        return self.filter(owner=staff)

    def following(self, subject_type: str, subject_id: uuid.UUID) -> Self:
        return self.filter(owner__isnull=True, kind=subject_type, subject_id=str(subject_id))


class CalendarFeed(models.Model):
    """A calendar somebody subscribes to, about something of whatever service: no row of any of them is named here.

    Staff feeds belong to their `owner`, whose rights are asked at each read; `kind` is the `FeedKind` a service has
    told at the door. A resident's feed follows one thing, `kind` being its `Subject.type`, and is tied to the contact
    it was made for by `contact_hash`: once the thing is reached elsewhere, it is gone.

    `mark`, `version` and `modified_at` remember the last answer: while `mark` (the day, the rights) is the same and
    nothing has changed in its `places` since `marked_at`, so is `version`, and nothing needs to be counted.
    """

    kind = models.CharField(_("nature"), max_length=40)
    #: The key of what it is about, as text; "" for all that is its owner's.
    subject_id = models.CharField(_("identifiant de l’objet"), max_length=40, blank=True)
    privacy = models.CharField(_("ce qu’il montre"), max_length=10, choices=Privacy.choices, default=Privacy.BUSY)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    owner = models.ForeignKey(
        StaffMember, models.CASCADE, null=True, blank=True, related_name="feeds", verbose_name=_("agent")
    )
    contact_hash = models.BinaryField(max_length=32, null=True, blank=True)
    created_at = models.DateTimeField(_("créé le"), auto_now_add=True)

    mark = models.CharField(max_length=64, blank=True, editable=False)
    version = models.CharField(max_length=64, blank=True, editable=False)
    modified_at = models.DateTimeField(null=True, blank=True, editable=False)
    marked_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The facilities it showed then: a booking elsewhere is no reason to count again.
    places = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("flux")
        verbose_name_plural = _("flux")
        ordering = ("id",)
        indexes = [
            models.Index(fields=["kind", "subject_id"], condition=Q(owner__isnull=True), name="feed_following_subject")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "kind", "subject_id", "privacy"],
                name="one_feed_per_person_subject_and_privacy",
                nulls_distinct=False,
                violation_error_message=_("Ce calendrier existe déjà."),
            ),
            models.CheckConstraint(
                name="feed_has_an_owner_or_follows_for_a_contact",
                condition=Q(owner__isnull=False, contact_hash__isnull=True)
                | Q(owner__isnull=True, contact_hash__isnull=False) & ~Q(subject_id=""),
                violation_error_message=_("Ce calendrier n’est à personne."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}".strip()


class FeedToken(models.Model):
    """The secret part of a feed's address: 192 bits from a CSPRNG, kept as its SHA-256. One open token per feed."""

    feed = models.ForeignKey(CalendarFeed, models.CASCADE, related_name="tokens")
    token_hash = models.BinaryField(_("empreinte"), max_length=32, unique=True)
    created_at = models.DateTimeField(_("créé le"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("révoqué le"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("dernier usage"), null=True, blank=True)

    class Meta:
        verbose_name = _("lien d’abonnement")
        verbose_name_plural = _("liens d’abonnement")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["feed"], condition=Q(revoked_at__isnull=True), name="one_open_token_per_feed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feed_id} / {self.pk}"


class PublicCalendar(models.Model):
    """A municipality's openings and closures as anybody may read them. `serial` rises with each change of an entry."""

    municipality = models.OneToOneField(Municipality, models.CASCADE, primary_key=True, related_name="+")
    serial = models.PositiveIntegerField(default=0)
    modified_at = models.DateTimeField()
    compared_at = models.DateTimeField()

    class Meta:
        verbose_name = _("calendrier public")
        verbose_name_plural = _("calendriers publics")


class PublicEntry(models.Model):
    """One opening or closure of the public calendar. `key` says what it is about, `facts_hash` what it says."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    calendar = models.ForeignKey(PublicCalendar, models.CASCADE, related_name="entries")
    key = models.CharField(max_length=80)
    facts_hash = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    sequence = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    texts = models.JSONField()  # the VEVENT by language

    class Meta:
        verbose_name = _("entrée publique")
        verbose_name_plural = _("entrées publiques")
        constraints = [
            models.UniqueConstraint(fields=["calendar", "key"], name="one_public_entry_per_subject"),
        ]
