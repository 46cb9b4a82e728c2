from django.db import models
from django.utils.translation import gettext_lazy as _


class FeedKind(models.TextChoices):
    RESIDENT = "resident", _("Mon rendez-vous")
    COUNTER = "counter", _("Un guichet")
    FACILITY = "facility", _("Un établissement")
    STAFF = "staff", _("Mes établissements")


class Privacy(models.TextChoices):
    """How much an entry says about people. Calendars get shared, so the least is what one gets without asking."""

    BUSY = "busy", _("Occupé, sans nom ni motif")
    INITIALS = "initials", _("Initiales et motif")
    FULL = "full", _("Noms, motif et référence")
