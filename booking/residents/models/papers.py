"""What was seen and what was declared: facts with a date and a person, never a file."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.residents.enums import PaperKind, Status
from booking.residents.models.households import Guardian, Household, Member
from municipalities.models import StaffMember


class SeenPaper(models.Model):
    """A paper that an agent saw: of the household (its home) or of one member (a situation, a medical certificate).

    `paper_on` is the date on the paper: prices ask for one younger than some months. The paper itself is not kept.
    """

    household = models.ForeignKey(Household, models.CASCADE, related_name="papers", verbose_name=_("famille"))
    member = models.ForeignKey(
        Member,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="papers",
        verbose_name=_("membre de la famille"),
    )
    kind = models.CharField(_("nature"), max_length=12, choices=PaperKind.choices)
    status = models.CharField(_("situation"), max_length=16, choices=Status.choices, blank=True)
    paper_on = models.DateField(_("daté du"))
    valid_until = models.DateField(_("valable jusqu’au"))
    seen_on = models.DateField(_("vu le"), default=timezone.localdate)
    seen_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("vu par"))

    class Meta:
        verbose_name = _("pièce vue")
        verbose_name_plural = _("pièces vues")
        ordering = ("-seen_on", "-id")
        constraints = [
            models.CheckConstraint(
                name="paper_is_of_the_home_or_of_one_member",
                condition=Q(kind=PaperKind.RESIDENCE, member__isnull=True)
                | (~Q(kind=PaperKind.RESIDENCE) & Q(member__isnull=False)),
                violation_error_message=_(
                    "Un justificatif de domicile vaut pour la famille, les autres pièces pour une personne."
                ),
            ),
            models.CheckConstraint(
                name="paper_of_a_situation_says_which_and_no_other_does",
                condition=(Q(kind=PaperKind.STATUS) & ~Q(status="")) | (~Q(kind=PaperKind.STATUS) & Q(status="")),
                violation_error_message=_("Dites de quelle situation il s’agit, pour un justificatif de situation."),
            ),
            models.CheckConstraint(
                name="paper_ends_after_its_date",
                condition=Q(valid_until__gte=F("paper_on")),
                violation_error_message=_("La validité doit finir après la date de la pièce."),
            ),
            models.CheckConstraint(
                name="paper_is_not_dated_after_it_was_seen",
                condition=Q(paper_on__lte=F("seen_on")),
                violation_error_message=_("La date de la pièce ne peut pas suivre le jour où elle est vue."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.paper_on}"


class HealthAttestation(models.Model):
    """The tick of a guardian that the health questions of a member need no doctor, for one season. Never an answer.

    `season` is the year in which the season begins: 2026 for the one of September 2026.
    """

    member = models.ForeignKey(
        Member, models.CASCADE, related_name="attestations", verbose_name=_("membre de la famille")
    )
    season = models.PositiveSmallIntegerField(_("saison"))
    given_on = models.DateField(_("attesté le"), default=timezone.localdate)
    given_by = models.ForeignKey(
        Guardian, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("attesté par")
    )

    class Meta:
        verbose_name = _("attestation de santé")
        verbose_name_plural = _("attestations de santé")
        ordering = ("-season", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "season"],
                name="health_is_attested_once_a_season",
                violation_error_message=_("L’attestation de santé de cette saison est déjà donnée."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.season}"
