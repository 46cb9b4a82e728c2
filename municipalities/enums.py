from django.db import models
from django.utils.translation import gettext_lazy as _


class OperatorKind(models.TextChoices):
    MUNICIPALITY = "municipality", _("Commune")
    AGGLOMERATION = "agglomeration", _("Agglomération")
    CONTRACT_HOLDER = "contract_holder", _("Délégataire")


class FacilityKind(models.TextChoices):
    TOWN_HALL = "town_hall", _("Mairie")
    NURSERY = "nursery", _("Crèche")
    POOL = "pool", _("Piscine")


class Role(models.TextChoices):
    """What a person may do, in the place named by the role's municipality, facility or operator."""

    AGENT = "agent", _("Agent d’accueil")
    FACILITY_MANAGER = "facility_manager", _("Responsable d’établissement")
    MUNICIPALITY_MANAGER = "municipality_manager", _("Responsable de commune")
    OPERATOR_STAFF = "operator_staff", _("Personnel du délégataire")
    OPERATOR_MANAGER = "operator_manager", _("Responsable chez un gestionnaire")
    TERRITORY_MANAGER = "territory_manager", _("Responsable du territoire")
    AUDITOR = "auditor", _("Contrôle")
    SPORTS_MANAGER = "sports_manager", _("Responsable des sports")
    COACH = "coach", _("Maître-nageur")


#: Who works for the pools that an operator or a municipality runs. They meet nobody at a counter: of appointments they
#: see neither days nor names.
POOL_ROLES = (Role.SPORTS_MANAGER, Role.COACH)


class CoatPattern(models.TextChoices):
    """How the drawn shield of a municipality without its own logo is divided. Our own drawings, not heraldry."""

    PLAIN = "plain", _("Uni")
    PALE = "pale", _("Parti (deux moitiés verticales)")
    FESS = "fess", _("Coupé (deux moitiés horizontales)")
    BEND = "bend", _("Tranché (en diagonale)")
    WAVES = "waves", _("Ondes")
    CHEVRON = "chevron", _("Chevron")
