"""Why something of a nursery cannot be, as whoever asked reads it."""

from django.utils.translation import gettext_lazy as _

from municipalities.exceptions import Refusal


class OvershootNotProvided(Refusal):
    code = "overshoot_not_provided"
    sentence = _("Le règlement de fonctionnement de la crèche ne prévoit pas ce dépassement.")


class CapacityOverlaps(Refusal):
    code = "capacity_overlaps"
    sentence = _("Une autre ligne de capacité vaut déjà pour une partie de ces mois.")
