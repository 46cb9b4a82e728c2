from django.db import models
from django.utils.translation import gettext_lazy as _


class CountedBy(models.TextChoices):
    """Over what the places guaranteed by law are counted (CASF L.214-7)."""

    NURSERY = "nursery", _("Dans la crèche")
    OPERATOR = "operator", _("Dans toutes les crèches du gestionnaire qui comptent ainsi")
