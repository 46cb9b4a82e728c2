"""People who ask for an earlier time, and the freed starts offered to them one at a time."""

import re
import uuid
from typing import Self

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, Exists, F, Func, OuterRef, Q, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.appointments.models.appointments import Appointment
from booking.appointments.models.offer import MAX_PEOPLE, AppointmentType
from booking.appointments.models.offerings import CounterOffering
from booking.residents.models import AccessLink
from municipalities.models import Facility, Municipality, StaffMember


class WaitingState(models.TextChoices):
    WAITING = "waiting", _("en attente")
    SERVED = "served", _("servi")
    LEFT = "left", _("retiré")


class OfferState(models.TextChoices):
    OFFERED = "offered", _("proposé")
    CLAIMED = "claimed", _("accepté, en cours de confirmation")
    BOOKED = "booked", _("réservé")
    DECLINED = "declined", _("décliné")
    LAPSED = "lapsed", _("sans réponse")


#: After so many offers in a row without an answer a person is asked once whether they still wait, and offered no more.
MOST_UNANSWERED = 2
OPEN_OFFERS = (OfferState.OFFERED, OfferState.CLAIMED)


_TAG = r"\+[^@]*@"


def mailbox(address: F | Value) -> Lower:
    """The mailbox behind an address: neither capitals nor what follows a plus make another one."""
    without_tag = Func(address, Value(_TAG), Value("@"), function="regexp_replace", output_field=models.CharField())
    return Lower(without_tag)


def is_one_mailbox(one: str, other: str) -> bool:
    """The same said of two addresses at hand."""
    first, second = (re.sub(_TAG, "@", address).lower() for address in (one, other))
    return first == second


class WaitingListEntryQuerySet(models.QuerySet["WaitingListEntry"]):
    def waiting(self) -> Self:
        return self.filter(state=WaitingState.WAITING)

    def visible_to(self, staff: StaffMember) -> Self:
        """Entries of appointments this person may see; those without one concern the territory's managers."""
        if staff.current_roles().territory_wide:
            return self
        return self.filter(appointment__facility__in=Facility.objects.visible_to(staff))

    def known_to_read_us(self) -> Self:
        """Those whose private link was opened once, this wish's or their appointment's: what we write reaches them.

        A link that was closed, because the contact changed, says nothing about the new one.
        """
        opened = AccessLink.objects.filter(
            Q(subject_id=OuterRef("pk")) | Q(subject_id=OuterRef("appointment")),
            last_used_at__isnull=False,
            revoked_at__isnull=True,
        )
        return self.filter(Exists(opened))

    def listening(self) -> Self:
        """Those waiting who read us, and have not left offer after offer without an answer."""
        return self.waiting().filter(unanswered__lt=MOST_UNANSWERED).known_to_read_us()

    def reached_at(self, email_or_phone: str) -> Self:
        """Those waiting who gave this address, in any of its spellings, or this number."""
        waiting = self.waiting().alias(mailbox=mailbox(F("email")))
        return waiting.filter(Q(mailbox=mailbox(Value(email_or_phone))) | Q(phone=email_or_phone))

    def counted_for(self, staff: StaffMember) -> list[tuple[AppointmentType, int]]:
        """How many wait for each type at the places whose calendar this person changes: numbers, never people.

        Distances are not looked at: somebody who wants a place within ten kilometres counts everywhere. Two queries.
        """
        places = Facility.objects.manageable_by(staff).values("pk")
        wanted = self.waiting().filter(
            Q(facility_ids=[]) | Q(facility_ids__overlap=ArraySubquery(places)),
            Exists(CounterOffering.objects.filter(type=OuterRef("type"), facility__in=places)),
            until_day__gte=timezone.localdate(),
        )
        counts = dict(wanted.order_by().values_list("type").annotate(number=Count("pk")))
        types = AppointmentType.objects.filter(pk__in=counts).order_by("position", "code") if counts else []
        return [(kind, counts[kind.pk]) for kind in types]


class WaitingListEntry(models.Model):
    """One wish for an earlier time. Its rank is `created_at`, and nothing but leaving the list loses it.

    `facility_ids` empty and `radius_km` null mean the whole territory; the radius is measured from the home
    municipality. Days are local and inclusive, hours those of the start.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    type = models.ForeignKey(AppointmentType, models.PROTECT, related_name="+", verbose_name=_("motif"))
    people_count = models.PositiveSmallIntegerField(
        _("personnes"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MAX_PEOPLE)]
    )
    appointment = models.ForeignKey(
        Appointment, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("rendez-vous à avancer")
    )
    email = models.EmailField(_("courriel"), blank=True)
    phone = models.CharField(_("téléphone"), max_length=20, blank=True)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    home_municipality = models.ForeignKey(
        Municipality, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("commune de résidence")
    )
    booked_through = models.ForeignKey(
        Municipality, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("demandé sur le site de")
    )
    facility_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, verbose_name=_("mairies"))
    radius_km = models.PositiveSmallIntegerField(_("rayon (km)"), null=True, blank=True)
    from_day = models.DateField(_("du"))
    until_day = models.DateField(_("au"))
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name=_("jours"))
    earliest = models.TimeField(_("à partir de"), null=True, blank=True)
    latest = models.TimeField(_("jusqu’à"), null=True, blank=True)
    state = models.CharField(_("état"), max_length=8, choices=WaitingState.choices, default=WaitingState.WAITING)
    unanswered = models.PositiveSmallIntegerField(_("propositions sans réponse"), default=0, db_default=0)
    created_at = models.DateTimeField(_("inscrit le"))
    ended_at = models.DateTimeField(_("terminé le"), null=True, blank=True)

    objects = WaitingListEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("inscription en liste d’attente")
        verbose_name_plural = _("liste d’attente")
        ordering = ("created_at", "id")
        indexes = [models.Index(fields=["type", "created_at"], name="waiting_order", condition=Q(state="waiting"))]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(state="waiting"),
                name="one_place_in_the_queue_per_appointment",
                violation_error_message=_("Ce rendez-vous est déjà en liste d’attente."),
            ),
            models.UniqueConstraint(
                mailbox(F("email")),
                "type",
                condition=Q(state="waiting", appointment__isnull=True) & ~Q(email=""),
                name="one_place_in_the_queue_per_mail_address_and_type",
                violation_error_message=_("Cette adresse est déjà en liste d’attente pour cette démarche."),
            ),
            models.UniqueConstraint(
                fields=["phone", "type"],
                condition=Q(state="waiting", appointment__isnull=True) & ~Q(phone=""),
                name="one_place_in_the_queue_per_phone_and_type",
                violation_error_message=_("Ce numéro de téléphone est déjà en liste d’attente pour cette démarche."),
            ),
            models.CheckConstraint(
                name="waiting_ends_after_it_begins",
                condition=Q(until_day__gte=F("from_day")),
                violation_error_message=_("La date de fin doit suivre la date de début."),
            ),
            models.CheckConstraint(
                name="waiting_person_can_be_reached",
                condition=~Q(email="", phone="") | ~Q(state="waiting"),
                violation_error_message=_("Un courriel ou un mobile est nécessaire."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.created_at:%Y-%m-%d}"

    @property
    def rests(self) -> bool:
        """Nothing is offered until this person says that they still wait. Their rank stays."""
        return self.state == WaitingState.WAITING and self.unanswered >= MOST_UNANSWERED


class EarlierOffer(models.Model):
    """A freed start offered to one waiting person, exclusively, until the deadline. `hold` keeps everybody else out."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(WaitingListEntry, models.CASCADE, related_name="offers", verbose_name=_("inscription"))
    hold = models.ForeignKey(
        Appointment, models.SET_NULL, null=True, related_name="+", verbose_name=_("créneau retenu")
    )
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="+", verbose_name=_("établissement"))
    starts_at = models.DateTimeField(_("début"))
    state = models.CharField(_("état"), max_length=8, choices=OfferState.choices, default=OfferState.OFFERED)
    offered_at = models.DateTimeField(_("proposé le"))
    deadline = models.DateTimeField(_("réponse avant"))
    answered_at = models.DateTimeField(_("répondu le"), null=True, blank=True)

    class Meta:
        verbose_name = _("proposition plus tôt")
        verbose_name_plural = _("propositions plus tôt")
        ordering = ("offered_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["entry"], condition=Q(state__in=OPEN_OFFERS), name="one_open_offer_per_waiting_person"
            ),
            models.UniqueConstraint(
                fields=["hold"], condition=Q(state__in=OPEN_OFFERS), name="one_waiting_person_per_freed_start"
            ),
            models.UniqueConstraint(
                fields=["entry", "facility", "starts_at"], name="a_start_is_offered_to_a_person_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility} {self.starts_at:%Y-%m-%d %H:%M}"
