from django.db import models
from django.utils.translation import gettext_lazy as _


class UseKind(models.TextChoices):
    """Whom a lane is for at some hour."""

    PUBLIC = "public", _("Public")
    SCHOOL = "school", _("École")
    CLUB = "club", _("Club")
    GROUP = "group", _("Cours")
    MAINTENANCE = "maintenance", _("Entretien")
