"""An appeal of a family against what a round answered its child: it goes to a person, and the file stays as it was.

While it is open the database keeps the child's points claims, and what was decided of it, from any change.
"""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.nurseries.models.offers import Answer
from booking.nurseries.models.requests import INSTRUCTORS, ApplicationChild
from municipalities.enums import Role
from municipalities.models import StaffMember

MOST_WORDS = 2000
#: What silence of the authority means after two months (CRPA L.231-4): the appeal is taken to be refused.
SILENT_MONTHS = 2


class AppealKind(models.TextChoices):
    INFORMAL = "informal", _("recours gracieux")
    FACTS = "facts", _("erreur dans les données du dossier")
    COURT = "court", _("tribunal administratif")


class AppealOutcome(models.TextChoices):
    UPHELD = "upheld", _("décision revue")
    REFUSED = "refused", _("décision maintenue")
    WITHDRAWN = "withdrawn", _("retiré par la famille")
    CLOSED = "closed", _("éteint avec le dossier")


class AppealQuerySet(models.QuerySet["Appeal"]):
    def visible_to(self, staff: StaffMember) -> Self:
        """Appeals of the requests that this person instructs."""
        return self.filter(child__application__authority__in=staff.current_roles().authorities_with(*INSTRUCTORS))

    def answered_by(self, staff: StaffMember) -> Self:
        """Those this person answers: the referent, who alone reads the whole file."""
        mine = staff.current_roles().authorities_with(Role.CHILDCARE_REFERENT)
        return self.filter(child__application__authority__in=mine)

    def open(self) -> Self:
        return self.filter(ended_at__isnull=True)


class Appeal(models.Model):
    """`made_on`: when it was sent or received. `text` is the family's, `answer` what it is told, until it is erased."""

    child = models.ForeignKey(ApplicationChild, models.CASCADE, related_name="appeals", verbose_name=_("enfant"))
    against = models.ForeignKey(Answer, models.PROTECT, related_name="appeals", verbose_name=_("réponse contestée"))
    kind = models.CharField(_("nature"), max_length=8, choices=AppealKind.choices, default=AppealKind.INFORMAL)
    made_on = models.DateField(_("fait le"))
    text = models.TextField(_("ce que dit la famille"), max_length=MOST_WORDS, blank=True)
    noted_by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("noté par")
    )
    outcome = models.CharField(_("suite"), max_length=9, choices=AppealOutcome.choices, blank=True)
    answer = models.TextField(_("réponse à la famille"), max_length=MOST_WORDS, blank=True)
    ended_at = models.DateTimeField(_("terminé le"), null=True, blank=True)
    answered_by = models.ForeignKey(
        StaffMember, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("répondu par")
    )

    objects = AppealQuerySet.as_manager()

    class Meta:
        verbose_name = _("recours")
        verbose_name_plural = _("recours")
        ordering = ("made_on", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["child"],
                condition=Q(ended_at__isnull=True),
                name="child_has_one_open_appeal",
                violation_error_message=_("Un recours est déjà ouvert pour cet enfant."),
            ),
            models.CheckConstraint(
                name="appeal_that_ended_says_how",
                condition=Q(ended_at__isnull=True, outcome="", answered_by__isnull=True)
                | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                violation_error_message=_("Un recours terminé dit comment, un recours ouvert ne le dit pas."),
            ),
            models.CheckConstraint(
                name="appeal_is_decided_by_a_person",
                condition=~Q(outcome__in=(AppealOutcome.UPHELD, AppealOutcome.REFUSED)) | Q(answered_by__isnull=False),
                violation_error_message=_("Une personne répond à un recours, jamais un calcul."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.child}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def silent_on(self) -> date:
        """From this day on silence is a refusal."""
        months = self.made_on.year * 12 + self.made_on.month - 1 + SILENT_MONTHS
        year, month = divmod(months, 12)
        for day in (self.made_on.day, 30, 29, 28):
            try:
                return date(year, month + 1, day)
            except ValueError:
                continue
        raise AssertionError
