"""Whose turn it is when many want to enrol from one minute on: an opening, a ticket per family, the ranks drawn."""

import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.activities.models.seasons import Group, Season
from booking.residents.models import Household
from municipalities.models import StaffMember
from municipalities.wording import say_moment


class OpeningQuerySet(models.QuerySet["Opening"]):
    def visible_to(self, staff: StaffMember) -> Self:
        """Openings of seasons that this person plans."""
        return self.filter(season__in=Season.objects.visible_to(staff))


class Opening(models.Model):
    """One minute of a season from which on somebody may enrol, and the order in which those who wait are let in.

    `seed_hash` is shown from the beginning, `seed` once the ranks are drawn from it: `guichet_a_draw_stays` refuses
    every change to either. `drawn` tickets had their rank by lot, those up to `last_rank` in the order they came, and
    those up to `admitted` may choose. Where all its windows have moved, `moved_to` is where its tickets went.
    """

    season = models.ForeignKey(Season, models.CASCADE, related_name="openings", verbose_name=_("saison"))
    opens_at = models.DateTimeField(_("ouvre le"))
    seed = models.CharField(_("graine"), max_length=64)
    seed_hash = models.CharField(_("empreinte de la graine"), max_length=64)
    drawn_at = models.DateTimeField(_("tirage le"), null=True, blank=True)
    drawn = models.PositiveIntegerField(_("tickets tirés au sort"), default=0)
    last_rank = models.PositiveIntegerField(_("dernier rang"), default=0)
    admitted = models.PositiveIntegerField(_("rangs admis"), default=0)
    admitted_at = models.DateTimeField(_("admis le"), null=True, blank=True)
    moved_to = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("reportée à")
    )

    objects = OpeningQuerySet.as_manager()

    class Meta:
        verbose_name = _("ouverture")
        verbose_name_plural = _("ouvertures")
        ordering = ("opens_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["season", "opens_at"],
                name="one_opening_per_minute_of_a_season",
                violation_error_message=_("Cette minute a déjà son ouverture."),
            ),
            models.CheckConstraint(
                name="nobody_is_admitted_before_the_draw",
                condition=Q(drawn_at__isnull=False, admitted_at__isnull=False)
                | Q(drawn_at__isnull=True, admitted_at__isnull=True, drawn=0, last_rank=0, admitted=0),
                violation_error_message=_("Personne n’est admis avant le tirage."),
            ),
            models.CheckConstraint(
                name="who_was_drawn_comes_before_who_came_later",
                condition=Q(drawn__lte=F("last_rank")),
                violation_error_message=_("Les rangs tirés au sort viennent en premier."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.season}, {say_moment(self.opens_at)}"


class Ticket(models.Model):
    """A family waits for an opening, on whatever number of devices. `rank` is given once: by lot, or as it came.

    Whose it was is forgotten; its key and its rank stay, so that the draw can be counted again for as long as its seed
    is published.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    opening = models.ForeignKey(Opening, models.CASCADE, related_name="tickets", verbose_name=_("ouverture"))
    household = models.ForeignKey(
        Household, models.SET_NULL, null=True, blank=True, related_name="tickets", verbose_name=_("famille")
    )
    rank = models.PositiveIntegerField(_("rang"), null=True, blank=True)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    wants_sms = models.BooleanField(_("prévenir aussi par SMS"), default=False)
    taken_at = models.DateTimeField(_("pris le"), default=timezone.now)
    called_at = models.DateTimeField(_("appelé le"), null=True, blank=True)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ("rank", "taken_at", "id")
        indexes = [
            models.Index(fields=["opening", "rank"], condition=Q(called_at__isnull=True), name="ticket_to_be_called")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["opening", "household"],
                name="a_family_has_one_ticket_of_an_opening",
                violation_error_message=_("Votre famille a déjà un ticket pour cette ouverture."),
            ),
            models.UniqueConstraint(
                fields=["opening", "rank"],
                name="a_rank_of_an_opening_is_given_once",
                violation_error_message=_("Ce rang est déjà donné."),
            ),
            models.CheckConstraint(
                name="ranks_begin_with_the_first",
                condition=Q(rank__isnull=True) | Q(rank__gte=1),
                violation_error_message=_("Le premier rang est le rang 1."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Mark(models.Model):
    """A family keeps an eye on a group: the places left in it are shown while it waits."""

    household = models.ForeignKey(Household, models.CASCADE, related_name="marks", verbose_name=_("famille"))
    group = models.ForeignKey(Group, models.CASCADE, related_name="+", verbose_name=_("groupe"))
    marked_at = models.DateTimeField(_("repéré le"), default=timezone.now)

    class Meta:
        verbose_name = _("groupe repéré")
        verbose_name_plural = _("groupes repérés")
        ordering = ("marked_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["household", "group"],
                name="a_family_marks_a_group_once",
                violation_error_message=_("Ce groupe est déjà repéré."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.household_id} {self.group_id}"
