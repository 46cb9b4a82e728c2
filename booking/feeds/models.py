"""Calendar links: what each shows, the private address it is read at, and the entries rendered for it."""

import uuid
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.appointments.models import Appointment, Counter
from booking.feeds.enums import FeedKind, Privacy
from municipalities.models import Facility, Municipality, StaffMember


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def owned_by(self, staff: StaffMember) -> Self:
        return self.filter(owner=staff)


class CalendarFeed(models.Model):
    """A calendar somebody subscribes to.

    Staff feeds belong to their `owner`, whose rights are asked at each read. A resident's feed shows one appointment
    and is tied to the contact it was made for by `contact_hash`: once the appointment is reached elsewhere, it is gone.

    `mark`, `version` and `modified_at` remember the last answer: while `mark` (the day, the rights) is the same and
    nothing has changed in its `places` since `marked_at`, so is `version`, and nothing needs to be counted.
    """

    kind = models.CharField(_("nature"), max_length=10, choices=FeedKind.choices)
    privacy = models.CharField(_("ce qu’il montre"), max_length=10, choices=Privacy.choices, default=Privacy.BUSY)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    owner = models.ForeignKey(
        StaffMember, models.CASCADE, null=True, blank=True, related_name="feeds", verbose_name=_("agent")
    )
    counter = models.ForeignKey(
        Counter, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("guichet")
    )
    facility = models.ForeignKey(
        Facility, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("établissement")
    )
    appointment = models.ForeignKey(
        Appointment, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("rendez-vous")
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
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "kind", "counter", "facility", "appointment", "privacy"],
                name="one_feed_per_person_subject_and_privacy",
                nulls_distinct=False,
                violation_error_message=_("Ce calendrier existe déjà."),
            ),
            models.CheckConstraint(
                name="feed_has_the_subject_of_its_kind",
                condition=Q(
                    kind=FeedKind.RESIDENT,
                    appointment__isnull=False,
                    contact_hash__isnull=False,
                    owner__isnull=True,
                    counter__isnull=True,
                    facility__isnull=True,
                )
                | Q(appointment__isnull=True, owner__isnull=False)
                & (
                    Q(kind=FeedKind.COUNTER, counter__isnull=False, facility__isnull=True)
                    | Q(kind=FeedKind.FACILITY, counter__isnull=True, facility__isnull=False)
                    | Q(kind=FeedKind.STAFF, counter__isnull=True, facility__isnull=True)
                ),
            ),
        ]

    def __str__(self) -> str:
        return str(self.counter or self.facility or FeedKind(self.kind).label)


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


class FeedEntry(models.Model):
    """The VEVENT of an appointment as staff see it at one level, as of one change; residents get its `CalendarEntry`.

    Never rendered twice: a row whose `changed_at` and `sequence` are the appointment's is right.
    """

    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="feed_entries")
    level = models.CharField(max_length=10, choices=Privacy.choices)
    language = models.CharField(max_length=2)
    changed_at = models.DateTimeField()
    sequence = models.PositiveIntegerField()
    text = models.TextField()

    class Meta:
        verbose_name = _("entrée de calendrier")
        verbose_name_plural = _("entrées de calendrier")
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "level", "language"], name="one_entry_per_appointment_level_and_language"
            ),
        ]


class Departure(models.Model):
    """An appointment that was moved away from a facility or one of its counters, written by a trigger.

    Its row says where it is, and nothing there says where it was: without this, the calendar it left would not know.
    """

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", db_index=False)
    left_at = models.DateTimeField()

    class Meta:
        verbose_name = _("départ")
        verbose_name_plural = _("départs")
        indexes = [models.Index(fields=["facility", "left_at"], name="departure_of_facility")]


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
