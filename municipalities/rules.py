"""Who may do what: one table, and the same as predicates over a person's current roles.

Which rows a person meets is said by the querysets. A test compares all of it with the table, cell by cell.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from municipalities.enums import CHILDCARE_ROLES, POOL_ROLES, FacilityKind, OperatorKind, Role
from municipalities.models import (
    COUNTER_ROLES,
    MANAGERS,
    OFFER_PLANNERS,
    OPERATOR_ROLES,
    WATER_PLANNERS,
    WATER_SEERS,
    Facility,
    Municipality,
    Operator,
    Place,
    StaffMember,
    StaffRole,
)


class Ability(models.TextChoices):
    """What can be allowed. Most are meant in the places of the role, and nowhere else."""

    SEE = "see", _("Voir la journée, les noms et les pièces d’un établissement")
    SERVE = "serve", _("Recevoir, prendre et annuler des rendez-vous")
    RUN_CALENDAR = "run_calendar", _("Paramétrer guichets, plages et fermetures d’un établissement")
    LEAD_TEAM = "lead_team", _("Inviter des agents dans un établissement, leur déléguer")
    SEE_WATER = "see_water", _("Voir qui nage où et quand dans les piscines")
    PLAN_WATER = "plan_water", _("Répartir les lignes et les heures des bassins")
    PLAN_OFFER = "plan_offer", _("Préparer les saisons, les groupes et les tarifs des piscines")
    KEEP_REGISTER = "keep_register", _("Tenir le registre des groupes au bord de l’eau")
    READ_OCCUPANCY = "read_occupancy", _("Lire l’occupation des piscines et ses propositions")
    SEE_ACCOUNTS = "see_accounts", _("Voir le journal et les paiements des régies")
    TAKE_MONEY = "take_money", _("Encaisser et clôturer la caisse d’une régie")
    KEEP_ACCOUNTS = "keep_accounts", _("Exporter le journal d’une régie, rembourser, contre-passer")
    SERVE_FAMILIES = "serve_families", _("Trouver une famille, noter les pièces vues, réunir les fiches d’un enfant")
    INSTRUCT_FILES = "instruct_files", _("Instruire les demandes de place en crèche")
    READ_SENSITIVE = "read_sensitive", _("Lire les critères sensibles d’une demande de place en crèche")
    SIT_ON_COMMISSION = "sit_on_commission", _("Siéger à la commission des crèches")
    CHAIR_COMMISSION = "chair_commission", _("Présider la commission des crèches")
    RUN_NURSERY = "run_nursery", _("Tenir les places, les semaines et les enfants d’une crèche")
    PUBLISH_RULES = "publish_rules", _("Publier les règles d’attribution des places en crèche")
    READ_FIGURES = "read_figures", _("Lire les chiffres des crèches")
    SET_RULES = "set_rules", _("Paramétrer l’ouverture des créneaux et les parts d’agenda d’un établissement")
    EDIT_IDENTITY = "edit_identity", _("Modifier la page, les pièces demandées et le Vendredi saint de la commune")
    EDIT_OPERATOR = "edit_operator", _("Modifier le nom, les contacts et la couleur du gestionnaire")
    NAME_MANAGERS = "name_managers", _("Nommer un responsable de la commune ou du gestionnaire")
    RUN_TERRITORY = "run_territory", _("Créer des communes, régler agendas mutualisés et durées")
    READ_TRACE = "read_trace", _("Lire la trace des changements et des lectures")


_WHOLE = frozenset({Role.MUNICIPALITY_MANAGER, Role.OPERATOR_MANAGER, Role.TERRITORY_MANAGER})

#: The table. An auditor reads everything and writes nothing; who is not named may not.
RIGHTS: dict[Ability, frozenset[Role]] = {
    Ability.SEE: frozenset(COUNTER_ROLES),
    Ability.SERVE: frozenset(COUNTER_ROLES) - {Role.AUDITOR},
    Ability.RUN_CALENDAR: _WHOLE | {Role.FACILITY_MANAGER},
    Ability.LEAD_TEAM: _WHOLE | {Role.FACILITY_MANAGER},
    Ability.SEE_WATER: frozenset(WATER_SEERS),
    Ability.PLAN_WATER: frozenset({*WATER_PLANNERS, Role.TERRITORY_MANAGER}),
    Ability.PLAN_OFFER: frozenset({*OFFER_PLANNERS, Role.TERRITORY_MANAGER}),
    # Names and what concerns safety, of the groups of the day: for who stands at the water, and who stands in for them.
    Ability.KEEP_REGISTER: frozenset({Role.COACH, Role.SPORTS_MANAGER, Role.TERRITORY_MANAGER}),
    # Figures, and never a name.
    Ability.READ_OCCUPANCY: frozenset({*OFFER_PLANNERS, Role.TERRITORY_MANAGER, Role.AUDITOR}),
    # A family belongs to no place: who serves families meets them all, and each meeting is noted.
    Ability.SERVE_FAMILIES: frozenset({Role.SPORTS_MANAGER, Role.CASHIER, Role.TERRITORY_MANAGER}),
    # A request names several nurseries: who reads it works for the authority, and no older role implies it.
    Ability.INSTRUCT_FILES: frozenset({Role.CHILDCARE_AGENT, Role.CHILDCARE_REFERENT}),
    Ability.READ_SENSITIVE: frozenset({Role.CHILDCARE_REFERENT, Role.COMMISSION_CHAIR}),
    Ability.SIT_ON_COMMISSION: frozenset({Role.COMMISSION_MEMBER, Role.COMMISSION_CHAIR}),
    Ability.CHAIR_COMMISSION: frozenset({Role.COMMISSION_CHAIR}),
    Ability.RUN_NURSERY: frozenset({Role.NURSERY_MANAGER}),
    Ability.PUBLISH_RULES: frozenset({Role.CHILDCARE_MANAGER}),
    Ability.READ_FIGURES: frozenset({Role.CHILDCARE_MANAGER, Role.COMMISSION_CHAIR}),
    Ability.SEE_ACCOUNTS: _WHOLE | {Role.CASHIER, Role.ACCOUNTANT, Role.AUDITOR},
    Ability.TAKE_MONEY: frozenset({Role.CASHIER, Role.TERRITORY_MANAGER}),
    Ability.KEEP_ACCOUNTS: frozenset({Role.ACCOUNTANT, Role.TERRITORY_MANAGER}),
    Ability.SET_RULES: _WHOLE,
    Ability.EDIT_IDENTITY: _WHOLE - {Role.OPERATOR_MANAGER},
    Ability.EDIT_OPERATOR: _WHOLE - {Role.MUNICIPALITY_MANAGER},
    Ability.NAME_MANAGERS: _WHOLE,
    Ability.RUN_TERRITORY: frozenset({Role.TERRITORY_MANAGER}),
    Ability.READ_TRACE: frozenset({Role.TERRITORY_MANAGER, Role.AUDITOR}),
}

#: Roles a manager of one facility may hand out there.
FACILITY_ROLES = (Role.AGENT, Role.OPERATOR_STAFF, Role.FACILITY_MANAGER)
#: Roles a manager of a municipality may hand out in it.
MUNICIPALITY_ROLES = (*FACILITY_ROLES, Role.MUNICIPALITY_MANAGER, *POOL_ROLES, Role.NURSERY_MANAGER)
#: Roles that may span the whole territory.
TERRITORY_ROLES = (Role.TERRITORY_MANAGER, Role.AUDITOR)
#: Roles a colleague may be lent from date to date.
LENT_ROLES = (Role.AGENT, Role.FACILITY_MANAGER)


def manages_territory(staff: StaffMember) -> bool:
    return staff.current_roles().has_territory(Role.TERRITORY_MANAGER)


def manages_a_municipality(staff: StaffMember) -> bool:
    return manages_territory(staff) or bool(staff.current_roles().municipalities_with(Role.MUNICIPALITY_MANAGER))


def manages_an_operator(staff: StaffMember) -> bool:
    """A contract holder or the agglomeration; who manages all that a municipality runs manages the municipality."""
    return manages_territory(staff) or bool(staff.current_roles().operators_with(Role.OPERATOR_MANAGER))


def sets_rules(staff: StaffMember) -> bool:
    """Whether there are facilities whose rules and shares this person sets: `Facility.objects.governed_by`."""
    return manages_a_municipality(staff) or manages_an_operator(staff)


def manages_a_facility(staff: StaffMember) -> bool:
    roles = staff.current_roles()
    return (
        sets_rules(staff)
        or bool(roles.municipalities_with(Role.FACILITY_MANAGER))
        or bool(roles.facilities_with(Role.FACILITY_MANAGER))
    )


def sees_something(staff: StaffMember) -> bool:
    roles = staff.current_roles()
    return roles.territory_wide or bool(roles.municipality_ids or roles.facility_ids or roles.operator_ids)


def works_for_pools(staff: StaffMember) -> bool:
    """Whether the pools stand in this person's menu: theirs by their role, or by managing an operator."""
    roles = staff.current_roles()
    return manages_an_operator(staff) or any(held.role in POOL_ROLES for held in roles)


def plans_offers(staff: StaffMember) -> bool:
    """Whether seasons and prices of pools stand in this person's menu."""
    return manages_an_operator(staff) or any(held.role == Role.SPORTS_MANAGER for held in staff.current_roles())


def serves_families(staff: StaffMember) -> bool:
    """Whether this person finds families and notes what was seen of them: any family, for none belongs to a place."""
    roles = staff.current_roles()
    return manages_territory(staff) or any(held.role in RIGHTS[Ability.SERVE_FAMILIES] for held in roles)


def for_nurseries(staff: StaffMember, ability: Ability) -> bool:
    """Whether this person may that for all nurseries, in the name of the agglomeration; superusers like anybody.

    Meant for INSTRUCT_FILES, READ_SENSITIVE, SIT_ON_COMMISSION, CHAIR_COMMISSION, PUBLISH_RULES and READ_FIGURES.
    """
    return bool(staff.current_roles().authorities_with(*RIGHTS[ability]))


def runs_nurseries(staff: StaffMember) -> bool:
    """Whether there are nurseries this person runs: `Facility.objects.nurseries_run_by`."""
    return any(held.role in RIGHTS[Ability.RUN_NURSERY] for held in staff.current_roles())


def works_with_money(staff: StaffMember) -> bool:
    """Whether the cash offices stand in this person's menu."""
    roles, allowed = staff.current_roles(), RIGHTS[Ability.SEE_ACCOUNTS]
    return roles.has_territory(*allowed) or bool(roles.operators_with(*allowed))


def may_for_operator(staff: StaffMember, ability: Ability, operator: int) -> bool:
    """Whether this person may that in the pools of an operator. Meant for KEEP_REGISTER and READ_OCCUPANCY."""
    found = operators_for(staff, ability)
    return found is None or operator in found


def operators_for(staff: StaffMember, ability: Ability) -> set[int] | None:
    """Operators for whose pools this person may that; None for all of them."""
    roles, allowed = staff.current_roles(), RIGHTS[ability]
    return None if roles.has_territory(*allowed) else set(roles.operators_with(*allowed))


def keeps_register(staff: StaffMember) -> bool:
    """Whether the register of the pools stands in this person's menu."""
    found = operators_for(staff, Ability.KEEP_REGISTER)
    return found is None or bool(found)


def reads_occupancy(staff: StaffMember) -> bool:
    """Whether the figures of the pools stand in this person's menu: who works for pools, and who looks on."""
    found = operators_for(staff, Ability.READ_OCCUPANCY)
    return works_for_pools(staff) if found else found is None


def teaches(staff: StaffMember) -> bool:
    """Whether groups that this person teaches stand in their menu."""
    return manages_territory(staff) or any(held.role == Role.COACH for held in staff.current_roles())


def may_give(staff: StaffMember, role: str, place: Place) -> bool:
    """Whether this person may hand out (or end) such a role in such a place. None: the territory."""
    if manages_territory(staff):
        return True
    roles = staff.current_roles()
    if isinstance(place, Facility) and role == Role.NURSERY_MANAGER:
        # Whoever runs one facility does not decide who speaks for it before the commission: its operator does.
        return place.operator_id in roles.operators_with(Role.MUNICIPALITY_MANAGER, Role.OPERATOR_MANAGER)
    if isinstance(place, Facility):
        return keeps_calendar_of(staff, place) and role in FACILITY_ROLES
    if isinstance(place, Municipality):
        return place.pk in roles.municipalities_with(Role.MUNICIPALITY_MANAGER) and role in MUNICIPALITY_ROLES
    if isinstance(place, Operator):
        return place.pk in roles.operators_with(Role.OPERATOR_MANAGER) and role in OPERATOR_ROLES
    return False


def holds_there(role: str, place: Place) -> bool:
    """Whether a role for nurseries means something in this place; of the others the database says it."""
    if role in CHILDCARE_ROLES:
        return isinstance(place, Operator) and place.kind == OperatorKind.AGGLOMERATION
    return role != Role.NURSERY_MANAGER or not isinstance(place, Facility) or place.kind == FacilityKind.NURSERY


def may_end(staff: StaffMember, held: StaffRole) -> bool:
    return may_give(staff, held.role, held.place)


def sees(staff: StaffMember, facility: Facility) -> bool:
    """Whether this person may look at the day of this facility; `Facility.objects.visible_to` for one, no query."""
    roles = staff.current_roles()
    return roles.territory_wide or facility.pk in roles.facility_ids or facility.operator_id in roles.operator_ids


def works_at(staff: StaffMember, facility: Facility) -> bool:
    """Whether this person receives people here: an auditor looks on and changes nothing."""
    if manages_territory(staff):
        return True
    roles = staff.current_roles()
    working = RIGHTS[Ability.SERVE]
    return facility.pk in roles.facilities_with(*working) or facility.operator_id in roles.operators_with(*working)


def serves_somewhere(staff: StaffMember) -> bool:
    """Whether this person receives people anywhere: any role but the auditor's."""
    roles = staff.current_roles()
    return manages_territory(staff) or any(held.role in RIGHTS[Ability.SERVE] for held in roles)


def keeps_calendar_of(staff: StaffMember, facility: Facility) -> bool:
    """Whether this person may change when this facility is open; `Facility.objects.manageable_by` for one, no query."""
    roles = staff.current_roles()
    return (
        manages_territory(staff)
        or facility.pk in roles.facilities_with(Role.FACILITY_MANAGER)
        or facility.operator_id in roles.operators_with(*MANAGERS)
    )


def towns_answered_for(staff: StaffMember) -> list[int]:
    """Municipalities for whose callers this person books: what their town booked anywhere is theirs to see and change.

    The staff of a contract holder answer for nobody's town.
    """
    return staff.current_roles().towns_with(*RIGHTS[Ability.SERVE] - {Role.OPERATOR_STAFF})


def reads_trace(staff: StaffMember) -> bool:
    """The trace spans the whole territory, and so does the role that reads it."""
    return staff.current_roles().has_territory(*RIGHTS[Ability.READ_TRACE])


def reads_rights(staff: StaffMember) -> bool:
    return manages_a_facility(staff) or reads_trace(staff)
