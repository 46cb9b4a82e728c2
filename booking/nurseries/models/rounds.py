"""A round: files frozen on a day, shared out by the engine, decided by a commission, published once the audit agrees.

What is frozen is one file in the format of the allocation's contract; what is decided is the same file with the
commission's decisions in it, and its answer. The database keeps the frozen file, and whatever is published, as it is;
and it publishes nothing that the audit has not found right.
"""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from booking.nurseries.models.grids import PointsGrid
from booking.nurseries.models.requests import ApplicationChild
from booking.nurseries.models.supply import Nursery
from municipalities.models import Operator, StaffMember
from municipalities.rules import RIGHTS, Ability

MOST_MONTHS = 18


class RoundState(models.TextChoices):
    PREPARED = "prepared", _("annoncée")
    FROZEN = "frozen", _("en commission")
    PUBLISHED = "published", _("publiée")


class RoundQuerySet(models.QuerySet["Round"]):
    def visible_to(self, staff: StaffMember) -> Self:
        """Rounds of authorities on whose commission this person sits."""
        roles = RIGHTS[Ability.SIT_ON_COMMISSION]
        return self.filter(operator__in=staff.current_roles().authorities_with(*roles))

    def chaired_by(self, staff: StaffMember) -> Self:
        roles = RIGHTS[Ability.CHAIR_COMMISSION]
        return self.filter(operator__in=staff.current_roles().authorities_with(*roles))

    def prepared(self) -> Self:
        return self.filter(state=RoundState.PREPARED)

    def in_commission(self) -> Self:
        """Frozen, and not published yet."""
        return self.filter(state=RoundState.FROZEN)

    def published(self) -> Self:
        return self.filter(state=RoundState.PUBLISHED)


class Round(models.Model):
    """`file` is frozen for good; `decided` is the file with the commission's decisions, `answer` what the engine says.

    `version` counts the decisions, so that nobody decides on a seating they have not seen. The seed is sealed until the
    freeze, its hash public from the beginning: nobody can choose it by what it draws.
    """

    operator = models.ForeignKey(Operator, models.PROTECT, related_name="+", verbose_name=_("autorité organisatrice"))
    name = models.CharField(_("nom"), max_length=80, help_text=_("Par exemple : Commission de mai 2027."))
    closes_on = models.DateField(_("dossiers complets jusqu’au"))
    meets_on = models.DateField(_("réunion le"))
    first_month = models.DateField(_("premier mois attribué"))
    month_count = models.PositiveSmallIntegerField(
        _("nombre de mois"), default=12, validators=[MinValueValidator(1), MaxValueValidator(MOST_MONTHS)]
    )
    members = models.TextField(
        _("membres présents"),
        max_length=2000,
        blank=True,
        help_text=_("Un par ligne, par fonction et sans nom : « Représentante de la CAF »."),
    )
    state = models.CharField(
        _("état"), max_length=10, choices=RoundState.choices, default=RoundState.PREPARED, editable=False
    )
    grid = models.ForeignKey(
        PointsGrid, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("grille")
    )
    seed_hash = models.CharField(_("empreinte de la graine"), max_length=64, editable=False)
    sealed_seed = models.BinaryField(_("graine scellée"), editable=False)
    seed = models.CharField(_("graine"), max_length=64, blank=True, editable=False)
    frozen_at = models.DateTimeField(_("figée le"), null=True, blank=True, editable=False)
    file = models.TextField(_("fichier"), blank=True, editable=False)
    digest = models.CharField(_("empreinte du fichier"), max_length=64, blank=True, editable=False)
    decided = models.TextField(_("fichier avec les décisions"), blank=True, editable=False)
    decided_digest = models.CharField(_("empreinte avec les décisions"), max_length=64, blank=True, editable=False)
    answer = models.TextField(_("réponse"), blank=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    audited_digest = models.CharField(_("empreinte contrôlée"), max_length=64, blank=True, editable=False)
    audit_findings = models.PositiveIntegerField(_("erreurs trouvées"), null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("publiée le"), null=True, blank=True, editable=False)

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("session d’attribution")
        verbose_name_plural = _("sessions d’attribution")
        ordering = ("-meets_on", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["operator"],
                condition=~Q(state=RoundState.PUBLISHED),
                name="authority_has_one_round_at_a_time",
                violation_error_message=_("Une session est déjà en préparation : publiez-la avant d’en annoncer une."),
            ),
            models.CheckConstraint(
                name="round_meets_after_it_closes",
                condition=Q(meets_on__gte=F("closes_on"), first_month__day=1, month_count__range=(1, MOST_MONTHS)),
                violation_error_message=_(
                    "La réunion suit la date limite, et une session attribue des mois entiers, 18 au plus."
                ),
            ),
            models.CheckConstraint(
                name="frozen_round_has_its_file_and_its_seed",
                condition=Q(state=RoundState.PREPARED, file="", seed="", frozen_at__isnull=True)
                | (
                    ~Q(state=RoundState.PREPARED)
                    & ~Q(file="")
                    & ~Q(seed="")
                    & Q(frozen_at__isnull=False, grid__isnull=False)
                ),
                violation_error_message=_("Une session figée a son fichier, sa grille et sa graine, une autre non."),
            ),
            models.CheckConstraint(
                name="published_round_has_passed_its_audit",
                condition=~Q(state=RoundState.PUBLISHED)
                | (
                    ~Q(decided_digest="")
                    & Q(audit_findings=0, audited_digest=F("decided_digest"), published_at__isnull=False)
                ),
                violation_error_message=_("Une session dont le contrôle échoue ne se publie pas."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_frozen(self) -> bool:
        return self.state == RoundState.FROZEN

    @property
    def is_published(self) -> bool:
        return self.state == RoundState.PUBLISHED


class RoundNursery(models.Model):
    """A nursery in a round, by the name it has in the file; the vote on it, and of which seats it was."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="nurseries", verbose_name=_("session"))
    nursery = models.ForeignKey(Nursery, models.PROTECT, related_name="+", verbose_name=_("crèche"))
    name = models.CharField(_("nom dans le fichier"), max_length=200)
    votes_for = models.PositiveSmallIntegerField(_("pour"), null=True, blank=True)
    votes_against = models.PositiveSmallIntegerField(_("contre"), default=0)
    abstained = models.PositiveSmallIntegerField(_("abstentions"), default=0)
    voted_at = models.DateTimeField(_("voté le"), null=True, blank=True)
    voted_digest = models.CharField(_("places votées"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("crèche d’une session")
        verbose_name_plural = _("crèches d’une session")
        ordering = ("round", "name")
        constraints = [
            models.UniqueConstraint(
                fields=["round", "name"],
                name="nursery_has_its_own_name_in_a_round",
                violation_error_message=_("Deux crèches d’une session ne portent pas le même nom."),
            ),
            models.UniqueConstraint(
                fields=["round", "nursery"],
                name="nursery_stands_once_in_a_round",
                violation_error_message=_("Cette crèche est déjà dans la session."),
            ),
            models.CheckConstraint(
                name="vote_on_a_nursery_has_a_majority",
                condition=Q(votes_for__isnull=True, voted_at__isnull=True, voted_digest="")
                | (Q(votes_for__gt=F("votes_against"), voted_at__isnull=False) & ~Q(voted_digest="")),
                violation_error_message=_("Une proposition est votée quand il y a plus de voix pour que contre."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RoundChild(models.Model):
    """A child in a round, by its number. `lines` are its points as they were frozen, until the family is erased."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="children", verbose_name=_("session"))
    child = models.ForeignKey(ApplicationChild, models.CASCADE, related_name="rounds", verbose_name=_("enfant"))
    number = models.PositiveIntegerField(_("numéro"))
    lines = models.JSONField(_("lignes de points"), default=list, blank=True)

    class Meta:
        verbose_name = _("enfant d’une session")
        verbose_name_plural = _("enfants d’une session")
        ordering = ("round", "number")
        constraints = [
            models.UniqueConstraint(
                fields=["round", "number"],
                name="child_stands_once_in_a_round",
                violation_error_message=_("Cet enfant est déjà dans la session."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class DecisionKind(models.TextChoices):
    PLACE = "place", _("placer")
    LOCK = "lock", _("garder la place proposée")
    REFUSE = "refuse", _("n’attribuer aucune place")
    EXCLUDE = "exclude", _("écarter d’une crèche")


#: What gives a place.
PLACING = (DecisionKind.PLACE, DecisionKind.LOCK)


class RoundDecision(models.Model):
    """What the commission decided of one child, and why. Taken back, it stays written."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="decisions", verbose_name=_("session"))
    child = models.ForeignKey(RoundChild, models.CASCADE, related_name="decisions", verbose_name=_("enfant"))
    kind = models.CharField(_("décision"), max_length=8, choices=DecisionKind.choices)
    nursery = models.ForeignKey(
        RoundNursery, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("crèche")
    )
    start = models.CharField(_("premier mois"), max_length=7, blank=True)
    half_days = ArrayField(models.SlugField(max_length=6), default=list, blank=True, verbose_name=_("demi-journées"))
    reason = models.CharField(pgettext_lazy("pourquoi", "motif"), max_length=200)
    settles_claim = models.BooleanField(_("tranche une place contestée"), default=False)
    at = models.DateTimeField(_("prise le"))
    by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("saisie par"))
    taken_back_at = models.DateTimeField(_("reprise le"), null=True, blank=True)

    class Meta:
        verbose_name = _("décision de la commission")
        verbose_name_plural = _("décisions de la commission")
        ordering = ("round", "at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["child"],
                condition=Q(taken_back_at__isnull=True) & ~Q(kind=DecisionKind.EXCLUDE),
                name="child_has_one_decision_that_stands",
                violation_error_message=_("Une décision vaut déjà pour cet enfant : reprenez-la d’abord."),
            ),
            models.UniqueConstraint(
                fields=["child", "nursery"],
                condition=Q(taken_back_at__isnull=True, kind=DecisionKind.EXCLUDE),
                name="child_is_excluded_once_from_a_nursery",
                violation_error_message=_("Cet enfant est déjà écarté de cette crèche."),
            ),
            models.CheckConstraint(
                name="decision_of_a_commission_gives_its_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Écrivez le motif de la décision : la famille le lira."),
            ),
            models.CheckConstraint(
                name="decision_names_the_place_it_gives",
                condition=(Q(kind__in=PLACING, nursery__isnull=False, half_days__len__gt=0) & ~Q(start=""))
                | Q(kind=DecisionKind.EXCLUDE, nursery__isnull=False)
                | Q(kind=DecisionKind.REFUSE, nursery__isnull=True),
                violation_error_message=_("Une place se donne dans une crèche, à partir d’un mois, pour des jours."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.child}"


class StepAside(models.Model):
    """A member who takes no part in what is decided of one child; the minutes say so."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="asides", verbose_name=_("session"))
    child = models.ForeignKey(RoundChild, models.CASCADE, related_name="asides", verbose_name=_("enfant"))
    member = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("membre"))
    function = models.CharField(_("en qualité de"), max_length=80)
    at = models.DateTimeField(_("le"))

    class Meta:
        verbose_name = _("déport d’un membre")
        verbose_name_plural = _("déports des membres")
        ordering = ("round", "at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["child", "member"],
                name="member_steps_aside_once_from_a_file",
                violation_error_message=_("Vous vous êtes déjà déporté de ce dossier."),
            ),
            models.CheckConstraint(
                name="member_who_steps_aside_says_their_function",
                condition=~Q(function=""),
                violation_error_message=_("Écrivez en quelle qualité vous siégez."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.function} {self.child}"
