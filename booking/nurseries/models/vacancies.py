"""Through the year: places that came free between two commissions, and who has a place and asks for another.

What is shared out then is a small round: the order of the round that was published last, the places of today, and
everything that was given as it stands. Its file is kept like that of a round, so that it can be counted again.
"""

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.nurseries.models.requests import ApplicationChild
from booking.nurseries.models.rounds import Round
from booking.nurseries.models.supply import Nursery
from municipalities.models import Operator, StaffMember
from municipalities.rules import RIGHTS, Ability

MOST_PLACES = 200
#: A vote lets small rounds run for so many days at most.
LONGEST_DAYS = 366


class SmallRoundState(models.TextChoices):
    READY = "ready", _("à confirmer")
    CONFIRMED = "confirmed", _("confirmée")


class VacancyVote(models.Model):
    """Within which limits small rounds run by themselves: until a day, so many places a month; and who voted that."""

    operator = models.ForeignKey(Operator, models.PROTECT, related_name="+", verbose_name=_("autorité organisatrice"))
    voted_on = models.DateField(_("voté le"))
    valid_until = models.DateField(_("vaut jusqu’au"))
    most_places = models.PositiveSmallIntegerField(
        _("places par mois, au plus"), validators=[MinValueValidator(1), MaxValueValidator(MOST_PLACES)]
    )
    votes_for = models.PositiveSmallIntegerField(_("pour"), validators=[MaxValueValidator(99)])
    votes_against = models.PositiveSmallIntegerField(_("contre"), default=0, validators=[MaxValueValidator(99)])
    abstained = models.PositiveSmallIntegerField(_("abstentions"), default=0, validators=[MaxValueValidator(99)])
    members = models.TextField(
        _("membres présents"),
        max_length=2000,
        help_text=_("Un par ligne, par fonction et sans nom : « Représentante de la CAF »."),
    )
    noted_at = models.DateTimeField(_("noté le"), default=timezone.now, editable=False)
    noted_by = models.ForeignKey(
        StaffMember, models.PROTECT, related_name="+", editable=False, verbose_name=_("noté par")
    )
    ended_at = models.DateTimeField(_("arrêté le"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("vote sur les places qui se libèrent")
        verbose_name_plural = _("votes sur les places qui se libèrent")
        ordering = ("-voted_on", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["operator"],
                condition=Q(ended_at__isnull=True),
                name="authority_has_one_vote_on_vacancies",
                violation_error_message=_("Un vote vaut déjà : arrêtez-le avant d’en noter un autre."),
            ),
            models.CheckConstraint(
                name="vote_on_vacancies_has_a_majority",
                condition=Q(votes_for__gt=F("votes_against")),
                violation_error_message=_("Une proposition est votée quand il y a plus de voix pour que contre."),
            ),
            models.CheckConstraint(
                name="vote_on_vacancies_says_its_limits_and_who_voted",
                condition=Q(most_places__range=(1, MOST_PLACES), valid_until__gte=F("voted_on")) & ~Q(members=""),
                violation_error_message=_(
                    "Un vote dit jusqu’à quand il vaut, combien de places par mois, et qui a voté."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.voted_on} – {self.valid_until}"


class SmallRoundQuerySet(models.QuerySet["SmallRound"]):
    def visible_to(self, staff: StaffMember) -> Self:
        """Small rounds of authorities on whose commission this person sits."""
        roles = RIGHTS[Ability.SIT_ON_COMMISSION]
        return self.filter(operator__in=staff.current_roles().authorities_with(*roles))

    def ready(self) -> Self:
        return self.filter(state=SmallRoundState.READY)


class SmallRound(models.Model):
    """What could be given now, in the order of `base`. One is ready at a time; confirmed, it says by whom, or by which
    vote. `places`: how many children would be offered one."""

    operator = models.ForeignKey(Operator, models.PROTECT, related_name="+", verbose_name=_("autorité organisatrice"))
    base = models.ForeignKey(Round, models.PROTECT, related_name="small_rounds", verbose_name=_("dans l’ordre de"))
    state = models.CharField(
        _("état"), max_length=10, choices=SmallRoundState.choices, default=SmallRoundState.READY, editable=False
    )
    looked_at = models.DateTimeField(_("calculée le"), default=timezone.now)
    file = models.TextField(_("fichier"))
    digest = models.CharField(_("empreinte du fichier"), max_length=64)
    answer = models.TextField(_("réponse"))
    audit_findings = models.PositiveIntegerField(_("erreurs trouvées"))
    places = models.PositiveIntegerField(_("places proposées"))
    confirmed_at = models.DateTimeField(_("confirmée le"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("confirmée par")
    )
    by_vote = models.ForeignKey(
        VacancyVote, models.PROTECT, null=True, blank=True, related_name="small_rounds", verbose_name=_("par le vote")
    )

    objects = SmallRoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("places qui se libèrent")
        verbose_name_plural = _("places qui se libèrent")
        ordering = ("-looked_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["operator"],
                condition=Q(state=SmallRoundState.READY),
                name="authority_has_one_small_round_to_confirm",
                violation_error_message=_("Des places à confirmer attendent déjà."),
            ),
            models.CheckConstraint(
                name="confirmed_small_round_has_passed_its_audit",
                condition=~Q(state=SmallRoundState.CONFIRMED) | Q(audit_findings=0),
                violation_error_message=_("Des places dont le contrôle échoue ne se confirment pas."),
            ),
            models.CheckConstraint(
                name="confirmed_small_round_says_by_whom_or_by_which_vote",
                condition=Q(
                    state=SmallRoundState.READY,
                    confirmed_at__isnull=True,
                    confirmed_by__isnull=True,
                    by_vote__isnull=True,
                )
                | (
                    Q(state=SmallRoundState.CONFIRMED, confirmed_at__isnull=False)
                    & (
                        Q(confirmed_by__isnull=False, by_vote__isnull=True)
                        | Q(confirmed_by__isnull=True, by_vote__isnull=False)
                    )
                ),
                violation_error_message=_("Des places sont confirmées par une personne, ou par un vote."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator_id} {self.looked_at}"


class OwnPlace(models.Model):
    """A child who has a place and asks for another: it keeps the old one until the new one is taken.

    `number` is the child's in its operator's list, where its days stand. `last_month`: its last one there, once a new
    place was accepted.
    """

    child = models.OneToOneField(ApplicationChild, models.CASCADE, related_name="own_place", verbose_name=_("enfant"))
    nursery = models.ForeignKey(Nursery, models.PROTECT, related_name="+", verbose_name=_("crèche"))
    number = models.CharField(_("numéro chez le gestionnaire"), max_length=20)
    noted_at = models.DateTimeField(_("noté le"), default=timezone.now)
    noted_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("noté par"))
    last_month = models.DateField(_("dernier mois"), null=True, blank=True)

    class Meta:
        verbose_name = _("place actuelle d’un enfant")
        verbose_name_plural = _("places actuelles des enfants")
        ordering = ("noted_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["nursery", "number"],
                condition=Q(last_month__isnull=True),
                name="place_is_kept_for_one_child",
                violation_error_message=_("Cette place est déjà celle d’un autre dossier."),
            ),
            models.CheckConstraint(
                name="last_month_of_an_own_place_is_whole",
                condition=Q(last_month__isnull=True) | Q(last_month__day=1),
                violation_error_message=_("Un mois se note par son premier jour."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nursery_id} {self.number}"
