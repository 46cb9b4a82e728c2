"""One family's request for all the nurseries: whose it is, for whom, when, on which days and where.

A request in state DRAFT is what was typed so far, step by step, errors and all; the rows beside it are written when it
is sent. What is erased stays as a row without anybody in it: the figures of the commissions count it.
"""

import uuid
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.nurseries.enums import (
    ApplicationState,
    CareKind,
    CurrentCare,
    NeedMode,
    Otherwise,
    Prefers,
    Relation,
    Situation,
    WhyLapsed,
)
from booking.residents.models import Household, Member
from municipalities.enums import Role
from municipalities.models import Municipality, Operator, StaffMember

MOST_CHILDREN = 4
MOST_WISHES = 5
#: Requests that are looked at: received, whether or not something is missing.
LIVE = (ApplicationState.RECEIVED, ApplicationState.COMPLETE)
ENDED = (ApplicationState.WITHDRAWN, ApplicationState.LAPSED, ApplicationState.MERGED, ApplicationState.CLOSED)
#: Roles that instruct requests, for the authority that is in charge of them; no other role sees one.
INSTRUCTORS = (Role.CHILDCARE_AGENT, Role.CHILDCARE_REFERENT)


class NurseryApplicationQuerySet(models.QuerySet["NurseryApplication"]):
    def visible_to(self, staff: StaffMember) -> Self:
        """Requests that this person instructs: those of the authorities for which they do so."""
        return self.filter(authority__in=staff.current_roles().authorities_with(*INSTRUCTORS), erased_at__isnull=True)

    def live(self) -> Self:
        return self.filter(state__in=LIVE)

    def ready(self) -> Self:
        """Those a round may take: complete, and not waiting for an agent to say whether they are a double."""
        doubtful = LikelyDouble.objects.open().values("other")
        return self.filter(state=ApplicationState.COMPLETE).exclude(pk__in=doubtful)


class NurseryApplication(models.Model):
    """The request. `draft` holds the fields of each step as they were sent, by step and name, until it is received."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(_("numéro"), max_length=9, unique=True)
    state = models.CharField(_("état"), max_length=10, choices=ApplicationState.choices, default=ApplicationState.DRAFT)
    #: What it was before it lapsed, and is again when the family comes back.
    state_before = models.CharField(_("état avant"), max_length=10, choices=ApplicationState.choices, blank=True)
    why_lapsed = models.CharField(_("cause de la fin"), max_length=10, choices=WhyLapsed.choices, blank=True)
    authority = models.ForeignKey(
        Operator, models.PROTECT, related_name="nursery_applications", verbose_name=_("service chargé de la demande")
    )
    through = models.ForeignKey(
        Municipality, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("par le site de")
    )
    household = models.ForeignKey(
        Household,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="nursery_applications",
        verbose_name=_("famille"),
    )
    email = models.EmailField(_("adresse électronique"), blank=True)
    phone = models.CharField(_("téléphone"), max_length=20, blank=True)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    draft = models.JSONField(_("brouillon"), default=dict, blank=True)

    is_single_parent = models.BooleanField(_("un parent seul"), default=False)
    is_minor_parent = models.BooleanField(_("un parent mineur"), default=False)
    on_insertion_path = models.BooleanField(_("parcours d’insertion ou RSA"), default=False)
    dependent_children = models.PositiveSmallIntegerField(_("enfants à charge"), default=0)
    sibling_at = models.ForeignKey(
        "nurseries.Nursery",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("crèche d’un frère ou d’une sœur"),
    )
    otherwise = models.CharField(
        _("si la fratrie ne tient pas ensemble"), max_length=8, choices=Otherwise.choices, blank=True
    )
    prefers = models.CharField(_("compte le plus"), max_length=5, choices=Prefers.choices, default=Prefers.WISH)
    needs_holidays = models.BooleanField(_("aussi pendant les vacances scolaires"), default=True)

    assisted_by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("saisie par")
    )
    created_at = models.DateTimeField(_("commencée le"), default=timezone.now)
    touched_at = models.DateTimeField(_("dernier changement"), default=timezone.now)
    received_at = models.DateTimeField(_("reçue le"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmée le"), null=True, blank=True)
    ended_at = models.DateTimeField(_("finie le"), null=True, blank=True)
    erased_at = models.DateTimeField(_("effacée le"), null=True, blank=True)

    objects = NurseryApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("demande de place en crèche")
        verbose_name_plural = _("demandes de place en crèche")
        ordering = ("created_at", "id")
        indexes = [
            models.Index(fields=["authority", "state", "received_at"], name="application_by_state"),
            models.Index(fields=["email"], name="application_by_mailbox", condition=~Q(email="")),
            models.Index(fields=["phone"], name="application_by_phone", condition=~Q(phone="")),
        ]
        constraints = [
            models.CheckConstraint(
                name="request_is_dated_once_it_is_sent",
                condition=Q(state=ApplicationState.DRAFT, received_at__isnull=True)
                | (~Q(state=ApplicationState.DRAFT) & Q(received_at__isnull=False, confirmed_at__isnull=False)),
                violation_error_message=_("Une demande envoyée porte une date, un brouillon n’en a pas."),
            ),
            models.CheckConstraint(
                name="request_that_ended_says_when",
                condition=(Q(state__in=ENDED) & Q(ended_at__isnull=False))
                | (~Q(state__in=ENDED) & Q(ended_at__isnull=True)),
                violation_error_message=_("Une demande finie dit quand elle l’a été."),
            ),
            models.CheckConstraint(
                name="request_of_a_family_can_be_answered",
                condition=~Q(email="") | ~Q(phone="") | Q(assisted_by__isnull=False) | Q(erased_at__isnull=False),
                violation_error_message=_("Donnez un courriel ou un mobile : l’un des deux suffit pour répondre."),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_draft(self) -> bool:
        return self.state == ApplicationState.DRAFT

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def label(self) -> str:
        return str(ApplicationState(self.state).label)


class ApplicationParent(models.Model):
    """A parent as the request names them. Two of one request may live at two addresses; the first is written to."""

    application = models.ForeignKey(
        NurseryApplication, models.CASCADE, related_name="parents", verbose_name=_("demande")
    )
    rank = models.PositiveSmallIntegerField(_("ordre"))
    name = models.CharField(_("nom"), max_length=120, blank=True)
    relation = models.CharField(_("lien"), max_length=10, choices=Relation.choices, default=Relation.PARENT)
    has_authority = models.BooleanField(_("autorité parentale"), default=True)
    address = models.CharField(_("adresse"), max_length=200, blank=True)
    municipality = models.ForeignKey(
        Municipality, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("commune")
    )
    situation = models.CharField(_("situation"), max_length=14, choices=Situation.choices)
    works_in = models.ForeignKey(
        Municipality, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("commune de travail")
    )
    has_odd_hours = models.BooleanField(_("horaires décalés"), default=False)
    works_from = models.DateField(_("reprise ou début du travail"), null=True, blank=True)

    class Meta:
        verbose_name = _("parent d’une demande")
        verbose_name_plural = _("parents d’une demande")
        ordering = ("application", "rank")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "rank"],
                name="request_has_a_first_and_a_second_parent",
                violation_error_message=_("Une demande nomme deux parents au plus, l’un après l’autre."),
            ),
            models.CheckConstraint(
                name="parent_is_the_first_or_the_second",
                condition=Q(rank__in=(1, 2)),
                violation_error_message=_("Une demande nomme deux parents au plus."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ApplicationChild(models.Model):
    """A child for whom a place is asked. `number` is all that the commission sees of them.

    `complete_on` is the date of the complete file, which decides between equal points; null until it is complete.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(
        NurseryApplication, models.CASCADE, related_name="children", verbose_name=_("demande")
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="nursery_requests", verbose_name=_("enfant"))
    rank = models.PositiveSmallIntegerField(_("ordre"))
    number = models.PositiveIntegerField(
        _("numéro pour la commission"),
        unique=True,
        db_default=Func(Value("nurseries_child_number"), function="nextval", output_field=models.IntegerField()),
        editable=False,
    )
    is_live = models.BooleanField(_("demande en cours"), default=True)
    #: With the request, or alone where siblings go on; whoever comes back in time is live again.
    lapsed_at = models.DateTimeField(_("éteinte le"), null=True, blank=True)
    complete_on = models.DateField(_("dossier complet le"), null=True, blank=True)
    is_adopted = models.BooleanField(_("adoption"), default=False)
    has_disability = models.BooleanField(_("dossier AEEH ou MDPH"), default=False)
    wants_to_talk = models.BooleanField(_("souhaite en parler"), default=False)
    current_care = models.CharField(
        _("garde actuelle"), max_length=11, choices=CurrentCare.choices, default=CurrentCare.NONE
    )

    class Meta:
        verbose_name = _("enfant d’une demande")
        verbose_name_plural = _("enfants d’une demande")
        ordering = ("application", "rank")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "rank"],
                condition=Q(is_live=True),
                name="request_has_each_child_once",
                violation_error_message=_("Deux enfants d’une demande ne peuvent pas avoir la même place."),
            ),
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(is_live=True),
                name="child_has_one_live_request",
                violation_error_message=_("Cet enfant a déjà une demande en cours."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class CareNeed(models.Model):
    """When and how much one child needs care.

    `half_days` are those of the week, or all that would do where any `any_of` days of them are asked for. `down_to` is
    the smallest number of days a week the family would accept. `hours` says by day from when to when, as texts.
    """

    child = models.OneToOneField(ApplicationChild, models.CASCADE, related_name="need", verbose_name=_("enfant"))
    kind = models.CharField(_("accueil"), max_length=10, choices=CareKind.choices, default=CareKind.REGULAR)
    start_month = models.DateField(_("premier mois"))
    later_months = models.PositiveSmallIntegerField(_("mois suivants acceptés"), default=0)
    mode = models.CharField(_("semaine"), max_length=4, choices=NeedMode.choices, default=NeedMode.WEEK)
    half_days = ArrayField(models.CharField(max_length=6), verbose_name=_("demi-journées"))
    any_of = models.PositiveSmallIntegerField(_("nombre de jours parmi ceux-là"), null=True, blank=True)
    down_to = models.PositiveSmallIntegerField(_("accepté à partir de, en jours"))
    hours = models.JSONField(_("heures"), default=dict, blank=True)

    class Meta:
        verbose_name = _("besoin d’accueil")
        verbose_name_plural = _("besoins d’accueil")
        ordering = ("child",)
        constraints = [
            models.CheckConstraint(
                name="need_starts_with_a_month",
                condition=Q(start_month__day=1),
                violation_error_message=_("Un accueil commence avec un mois."),
            ),
            models.CheckConstraint(
                name="need_asks_for_half_days",
                condition=Q(half_days__len__gt=0),
                violation_error_message=_("Cochez au moins une demi-journée."),
            ),
            models.CheckConstraint(
                name="days_wanted_are_among_those_given",
                condition=Q(mode=NeedMode.WEEK, any_of__isnull=True)
                | Q(mode=NeedMode.ANY, any_of__gte=1, any_of__lte=F("half_days__len")),
                violation_error_message=_("Le nombre de jours demandés dépasse celui des jours cochés."),
            ),
            models.CheckConstraint(
                name="fewer_days_are_at_least_one",
                condition=Q(down_to__gte=1) & (Q(any_of__isnull=True) | Q(down_to__lte=F("any_of"))),
                violation_error_message=_("Le nombre de jours acceptés va d’un jour à celui que vous demandez."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}"


class ApplicationNote(models.Model):
    """What an agent writes of a request: dated, signed, and shown to the family."""

    application = models.ForeignKey(NurseryApplication, models.CASCADE, related_name="notes", verbose_name=_("demande"))
    text = models.CharField(_("note"), max_length=1000)
    by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("écrite par"))
    written_at = models.DateTimeField(_("écrite le"), default=timezone.now)

    class Meta:
        verbose_name = _("note sur une demande")
        verbose_name_plural = _("notes sur une demande")
        ordering = ("-written_at", "-id")

    def __str__(self) -> str:
        return f"{self.application_id} {self.written_at}"


class LikelyDoubleQuerySet(models.QuerySet["LikelyDouble"]):
    def open(self) -> Self:
        """Those nobody has settled, as long as both requests go on."""
        return self.filter(settled_at__isnull=True, one__state__in=LIVE, other__state__in=LIVE)


class LikelyDouble(models.Model):
    """Two requests that may be for one child: `other`, the later one, waits until an agent has said so or not."""

    one = models.ForeignKey(NurseryApplication, models.CASCADE, related_name="+", verbose_name=_("première demande"))
    other = models.ForeignKey(
        NurseryApplication, models.CASCADE, related_name="doubles", verbose_name=_("seconde demande")
    )
    found_at = models.DateTimeField(_("trouvé le"), default=timezone.now)
    is_same = models.BooleanField(_("le même enfant"), null=True, blank=True)
    settled_at = models.DateTimeField(_("tranché le"), null=True, blank=True)
    settled_by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("tranché par")
    )

    objects = LikelyDoubleQuerySet.as_manager()

    class Meta:
        verbose_name = _("double probable")
        verbose_name_plural = _("doubles probables")
        ordering = ("found_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["one", "other"],
                name="pair_is_compared_once",
                violation_error_message=_("Ces deux demandes ont déjà été comparées."),
            ),
            models.CheckConstraint(
                name="double_is_settled_by_somebody_or_open",
                condition=Q(is_same__isnull=True, settled_at__isnull=True, settled_by__isnull=True)
                | Q(is_same__isnull=False, settled_at__isnull=False, settled_by__isnull=False),
                violation_error_message=_("Qui tranche un double probable est nommé, avec la date."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.one_id} {self.other_id}"
