"""Families: a household, its adults, its members. One child of separated parents belongs to two households."""

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from municipalities import rules
from municipalities.models import Municipality, StaffMember

#: No certificate says less, and none more that is not a slip of the keyboard.
MOST_QUOTIENT = 99_999


class HouseholdQuerySet(models.QuerySet["Household"]):
    def living(self) -> Self:
        """Those that were not erased."""
        return self.filter(erased_at__isnull=True)

    def visible_to(self, staff: StaffMember) -> Self:
        """A family belongs to no place: who serves families anywhere meets any of them, and is noted for it."""
        return self.living() if rules.serves_families(staff) else self.none()


class Household(models.Model):
    """One home with its own money, address and quotient. What two parents share is a member, never a household.

    The quotient is the value of a certificate that somebody saw, in whole euros; the certificate itself is not kept.
    An erased household stays as an empty row for as long as accounts name it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    home_municipality = models.ForeignKey(
        Municipality, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("commune de résidence")
    )
    language = models.CharField(_("langue"), max_length=2, default="fr")
    family_quotient = models.PositiveIntegerField(_("quotient familial"), null=True, blank=True)
    quotient_on = models.DateField(_("attestation de quotient du"), null=True, blank=True)
    quotient_until = models.DateField(_("quotient valable jusqu’au"), null=True, blank=True)
    quotient_seen_by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("quotient vu par")
    )
    quotient_seen_on = models.DateField(_("quotient vu le"), null=True, blank=True)
    created_at = models.DateTimeField(_("créé le"), default=timezone.now)
    # The day somebody of it last signed in, or an agent last opened it for them: it is kept from then on.
    active_on = models.DateField(_("dernière activité"), default=timezone.localdate)
    erased_at = models.DateTimeField(_("effacé le"), null=True, blank=True)

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        verbose_name = _("famille")
        verbose_name_plural = _("familles")
        ordering = ("created_at", "id")
        constraints = [
            models.CheckConstraint(
                name="quotient_has_value_dates_and_who_saw_it_or_nothing",
                condition=Q(
                    family_quotient__isnull=False,
                    quotient_on__isnull=False,
                    quotient_until__isnull=False,
                    quotient_seen_by__isnull=False,
                    quotient_seen_on__isnull=False,
                )
                | Q(
                    family_quotient__isnull=True,
                    quotient_on__isnull=True,
                    quotient_until__isnull=True,
                    quotient_seen_by__isnull=True,
                    quotient_seen_on__isnull=True,
                ),
                violation_error_message=_(
                    "Un quotient se note avec sa valeur, la date de l’attestation et la fin de sa validité."
                ),
            ),
            models.CheckConstraint(
                name="quotient_is_a_plausible_amount",
                condition=Q(family_quotient__isnull=True) | Q(family_quotient__lte=MOST_QUOTIENT),
                violation_error_message=_("Ce quotient familial est trop élevé."),
            ),
            models.CheckConstraint(
                name="quotient_ends_after_its_certificate",
                condition=Q(quotient_on__isnull=True) | Q(quotient_until__gte=F("quotient_on")),
                violation_error_message=_("La validité du quotient doit finir après la date de l’attestation."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def quotient_on_day(self, day: date) -> int | None:
        """The quotient that holds on that day, in euros; None where no certificate was seen, or it has run out."""
        if self.family_quotient is None or self.quotient_until is None or self.quotient_until < day:
            return None
        return self.family_quotient


class Guardian(models.Model):
    """An adult of a household, with a mailbox of their own to sign in.

    A mailbox that somebody else has typed opens nothing until its owner has shown, by a code, that they read it
    (`confirmed_at`). `franceconnect_hash` is the keyed hash of the `sub` of FranceConnect, the only thing it matches.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    household = models.ForeignKey(Household, models.CASCADE, related_name="guardians", verbose_name=_("famille"))
    name = models.CharField(_("nom"), max_length=120, blank=True)
    email = models.EmailField(_("adresse électronique"), blank=True)
    phone = models.CharField(_("téléphone"), max_length=20, blank=True)
    confirmed_at = models.DateTimeField(_("adresse confirmée le"), null=True, blank=True)
    franceconnect_hash = models.BinaryField(
        _("empreinte FranceConnect"), max_length=32, null=True, blank=True, unique=True
    )
    created_at = models.DateTimeField(_("ajouté le"), default=timezone.now)

    class Meta:
        verbose_name = _("responsable")
        verbose_name_plural = _("responsables")
        ordering = ("created_at", "id")
        indexes = [models.Index(fields=["email"], name="guardian_by_mailbox", condition=~Q(email=""))]
        constraints = [
            models.CheckConstraint(
                name="mailbox_is_written_in_small_letters",
                condition=Q(email=Lower("email")),
                violation_error_message=_("Une adresse électronique est gardée en minuscules."),
            ),
            models.UniqueConstraint(
                fields=["email"],
                condition=Q(confirmed_at__isnull=False) & ~Q(email=""),
                name="confirmed_mailbox_opens_one_household",
                violation_error_message=_("Cette adresse ouvre déjà une famille."),
            ),
            models.UniqueConstraint(
                fields=["household", "email"],
                condition=~Q(email=""),
                name="household_has_each_mailbox_once",
                violation_error_message=_("Cette adresse est déjà celle d’un responsable de la famille."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email


class Folded(models.Func):
    """A name as it sounds, for an index: see the function in the migration."""

    function = "residents_folded"
    output_field = models.TextField()


class MemberQuerySet(models.QuerySet["Member"]):
    def there(self) -> Self:
        """Who is not erased: the eldest first, who is expected after the born."""
        return self.filter(erased_at__isnull=True).order_by("born_on", "expected_on", "created_at")


class Member(models.Model):
    """Somebody who swims, or who needs a place: a child, born or expected, or an adult.

    `identity` says, by folded name and birth date, whether two are the same person; it is empty for the unborn and the
    erased, of whom there may be several. Two households that have the member correct the same row. `safety_remark` is
    what a family wants known at the water's edge: given freely, and read nowhere else.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    given_name = models.CharField(_("prénom"), max_length=80, blank=True)
    family_name = models.CharField(_("nom"), max_length=80, blank=True)
    born_on = models.DateField(_("né le"), null=True, blank=True)
    expected_on = models.DateField(_("attendu le"), null=True, blank=True)
    safety_remark = models.CharField(
        _("remarque de sécurité"),
        max_length=200,
        blank=True,
        help_text=_(
            "Facultatif : ce que le maître-nageur doit savoir dans l’eau, comme un asthme ou une prothèse. Lue par les"
            " maîtres-nageurs et les agents des piscines, effacée avec la fiche."
        ),
    )
    identity = models.GeneratedField(
        expression=Folded(F("given_name"), F("family_name"), F("born_on")),
        output_field=models.TextField(),
        db_persist=True,
    )
    households = models.ManyToManyField(
        Household, through="Membership", related_name="members", verbose_name=_("familles")
    )
    created_at = models.DateTimeField(_("ajouté le"), default=timezone.now)
    erased_at = models.DateTimeField(_("effacé le"), null=True, blank=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("membre de la famille")
        verbose_name_plural = _("membres de la famille")
        ordering = ("born_on", "created_at", "id")
        indexes = [models.Index(fields=["identity"], name="member_by_identity", condition=~Q(identity=""))]
        constraints = [
            models.CheckConstraint(
                name="member_is_born_or_expected_and_never_both",
                condition=Q(erased_at__isnull=False, born_on__isnull=True, expected_on__isnull=True)
                | Q(erased_at__isnull=True, born_on__isnull=False, expected_on__isnull=True)
                | Q(erased_at__isnull=True, born_on__isnull=True, expected_on__isnull=False),
                violation_error_message=_("Donnez la date de naissance, ou la date prévue : l’une des deux."),
            ),
            models.CheckConstraint(
                name="member_who_is_born_has_a_name",
                condition=Q(born_on__isnull=True) | (~Q(given_name="") & ~Q(family_name="")),
                violation_error_message=_("Donnez le prénom et le nom."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}".strip() or str(_("enfant à naître"))

    @property
    def is_born(self) -> bool:
        return self.born_on is not None

    def age_on(self, day: date) -> int | None:
        """In whole years on that day; None for who is not born then. Born on 29 February: a year older on 1 March."""
        if self.born_on is None or self.born_on > day:
            return None
        return day.year - self.born_on.year - ((day.month, day.day) < (self.born_on.month, self.born_on.day))


class Membership(models.Model):
    """A member in a household. The database keeps `identity` equal to the member's, so that none is there twice."""

    household = models.ForeignKey(Household, models.CASCADE, related_name="memberships", verbose_name=_("famille"))
    member = models.ForeignKey(
        Member, models.CASCADE, related_name="memberships", verbose_name=_("membre de la famille")
    )
    identity = models.TextField(_("même personne"), blank=True, default="", editable=False)
    joined_at = models.DateTimeField(_("ajouté le"), default=timezone.now)

    class Meta:
        verbose_name = _("appartenance à une famille")
        verbose_name_plural = _("appartenances à une famille")
        ordering = ("joined_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["household", "member"],
                name="member_is_once_in_a_household",
                violation_error_message=_("Cette personne est déjà dans la famille."),
            ),
            models.UniqueConstraint(
                fields=["household", "identity"],
                condition=~Q(identity=""),
                name="household_has_each_person_once",
                violation_error_message=_("Une personne de ce nom, née ce jour-là, est déjà dans la famille."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.household_id} {self.member_id}"
