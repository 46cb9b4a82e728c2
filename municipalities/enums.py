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
    CHILDCARE_AGENT = "childcare_agent", _("Instruction des demandes de crèche")
    CHILDCARE_REFERENT = "childcare_referent", _("Référence petite enfance")
    COMMISSION_MEMBER = "commission_member", _("Membre de la commission des crèches")
    COMMISSION_CHAIR = "commission_chair", _("Présidence de la commission des crèches")
    NURSERY_MANAGER = "nursery_manager", _("Direction de crèche")
    CHILDCARE_MANAGER = "childcare_manager", _("Responsable de la petite enfance")
    CASHIER = "cashier", _("Caissier de régie")
    ACCOUNTANT = "accountant", _("Comptable de régie")


#: Who works for the pools that an operator or a municipality runs. They meet nobody at a counter: of appointments they
#: see neither days nor names. Which of the cash offices a cashier or an accountant works for is a row beside them
#: (`booking/payments`).
POOL_ROLES = (Role.SPORTS_MANAGER, Role.COACH, Role.CASHIER, Role.ACCOUNTANT)
#: Who reads requests for nurseries, decides on them, or writes the rules: for all nurseries, whoever runs them, in the
#: name of the authority that organises them. Held in the agglomeration and nowhere else.
CHILDCARE_ROLES = (
    Role.CHILDCARE_AGENT,
    Role.CHILDCARE_REFERENT,
    Role.COMMISSION_MEMBER,
    Role.COMMISSION_CHAIR,
    Role.CHILDCARE_MANAGER,
)
#: All who work for nurseries; like those of the pools they meet nobody at a counter.
NURSERY_ROLES = (*CHILDCARE_ROLES, Role.NURSERY_MANAGER)


class CoatPattern(models.TextChoices):
    """How the drawn shield of a municipality without its own logo is divided. Our own drawings, not heraldry."""

    PLAIN = "plain", _("Uni")
    PALE = "pale", _("Parti (deux moitiés verticales)")
    FESS = "fess", _("Coupé (deux moitiés horizontales)")
    BEND = "bend", _("Tranché (en diagonale)")
    WAVES = "waves", _("Ondes")
    CHEVRON = "chevron", _("Chevron")
