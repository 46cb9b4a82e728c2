"""The cast: people whom tests name, so that a test reads like a story. All invented.

Residents are values: `ODILE.details()` gives what a form or an action asks about one person. Staff are made in the
database with their role: `agent_of(facility)`.
"""

from dataclasses import dataclass
from typing import Any

from booking.appointments.enums import Situation
from municipalities.enums import Role
from municipalities.models import OPERATOR_ROLES, Facility, Municipality, Operator, StaffMember
from tests.factories.municipalities import PASSWORD, StaffMemberFactory, StaffRoleFactory

__all__ = ["PASSWORD"]


@dataclass(frozen=True)
class Resident:
    first_name: str
    last_name: str
    birth_year: int | None
    number: str
    email: str = ""
    phone: str = ""
    language: str = "fr"
    is_minor: bool = False
    situation: str = Situation.RENEWAL

    def details(self, **changed: Any) -> dict[str, Any]:
        """The arguments of `PersonDetails`."""
        return {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "birth_year": self.birth_year,
            "is_minor": self.is_minor,
            "situation": self.situation,
            "number": self.number,
        } | changed


#: Renews her identity card; reads mail.
ODILE = Resident("Odile", "Fictive", 1968, "A123456789", email="odile@mail.example")
#: Her son, sixteen.
LOIC = Resident("Loïc", "Fictive", 2010, "B123456789", is_minor=True, situation=Situation.FIRST)
#: Her daughter, nine.
INES = Resident("Inès", "Fictive", 2017, "C123456789", is_minor=True, situation=Situation.FIRST)
#: Has a telephone and no mail address; his number is all digits.
MEHDI = Resident("Mehdi", "Imaginé", 1990, "6123155111", phone="+33612345678", situation=Situation.LOSS)
#: Lives near Basel, prefers German, Swiss telephone.
GRETEL = Resident("Gretel", "Erfunden", 1982, "D123456789", "gretel@mail.example", "+41791234567", language="de")
#: Prefers English; her wallet was stolen.
PHOEBE = Resident("Phoebe", "Madeup", 1975, "E123456789", "phoebe@mail.example", "", "en", situation=Situation.THEFT)
#: A name that breaks forms that believe names are ASCII without apostrophes.
ZOE = Resident("Zoë-Maëlle", "d’Œuvre-N’Guyen", 2001, "F123456789", email="zoe@mail.example")

RESIDENTS = (ODILE, LOIC, INES, MEHDI, GRETEL, PHOEBE, ZOE)


def agent_of(facility: Facility, **fields: Any) -> StaffMember:
    """Works at the counters of one facility."""
    return _staff(Role.AGENT, "Agathe Guichet", facility=facility, **fields)


def manager_of_facility(facility: Facility, **fields: Any) -> StaffMember:
    """Runs the calendar of one facility."""
    return _staff(Role.FACILITY_MANAGER, "Fabrice Planning", facility=facility, **fields)


def agent_of_municipality(municipality: Municipality, **fields: Any) -> StaffMember:
    """Answers the telephone of a town hall, equipped or not."""
    return _staff(Role.AGENT, "Armand Accueil", municipality=municipality, **fields)


def manager_of_municipality(municipality: Municipality, **fields: Any) -> StaffMember:
    """Edits a municipality's identity and all its calendars."""
    return _staff(Role.MUNICIPALITY_MANAGER, "Mathilde Secrétaire", municipality=municipality, **fields)


def territory_manager(**fields: Any) -> StaffMember:
    return _staff(Role.TERRITORY_MANAGER, "Thierry Territoire", **fields)


def auditor(**fields: Any) -> StaffMember:
    return _staff(Role.AUDITOR, "Aurore Contrôle", **fields)


def of_contract_holder(facility: Facility, **fields: Any) -> StaffMember:
    """Works for the company that runs one facility."""
    return _staff(Role.OPERATOR_STAFF, "Dalila Déléguée", facility=facility, **fields)


def manager_of_operator(operator: Operator, **fields: Any) -> StaffMember:
    """Manages all that the agglomeration or a contract holder runs."""
    return _staff(Role.OPERATOR_MANAGER, "Olivier Gestionnaire", operator=operator, **fields)


def sports_manager(operator: Operator, **fields: Any) -> StaffMember:
    """Plans the water and the offer of all the pools an operator runs."""
    return _staff(Role.SPORTS_MANAGER, "Sabine Sports", operator=operator, **fields)


def coach(operator: Operator, **fields: Any) -> StaffMember:
    """Teaches in the pools an operator runs."""
    return _staff(Role.COACH, "Corentin Bassin", operator=operator, **fields)


def nursery_manager(facility: Facility, **fields: Any) -> StaffMember:
    """Directs one nursery."""
    return _staff(Role.NURSERY_MANAGER, "Nadège Berceau", facility=facility, **fields)


def for_nurseries(role: Role, agglomeration: Operator, **fields: Any) -> StaffMember:
    """Works on the requests of all nurseries, in whatever role."""
    return _staff(role, f"Quelqu’un {role.value}", operator=agglomeration, **fields)


def cashier(operator: Operator, **fields: Any) -> StaffMember:
    """Takes money for an operator; at which of its cash offices, a row of the office says."""
    return _staff(Role.CASHIER, "Cassandre Caisse", operator=operator, **fields)


def accountant(operator: Operator, **fields: Any) -> StaffMember:
    """Keeps the accounts of an operator's cash offices."""
    return _staff(Role.ACCOUNTANT, "Constant Comptable", operator=operator, **fields)


def in_municipality(role: Role, municipality: Municipality, **fields: Any) -> StaffMember:
    """That role in a whole municipality."""
    return _staff(role, f"Quelqu’un {role.value}", municipality=municipality, **fields)


def with_role(role: Role, *, facility: Facility, **fields: Any) -> StaffMember:
    """That role in the place it is usually held in: the facility, its municipality, its operator or the territory."""
    if role in (Role.TERRITORY_MANAGER, Role.AUDITOR):
        return _staff(role, f"Quelqu’un {role.value}", **fields)
    if role in OPERATOR_ROLES:
        return _staff(role, f"Quelqu’un {role.value}", operator=facility.operator, **fields)
    if role == Role.MUNICIPALITY_MANAGER:
        return _staff(role, f"Quelqu’un {role.value}", municipality=facility.municipality, **fields)
    return _staff(role, f"Quelqu’un {role.value}", facility=facility, **fields)


def superuser(**fields: Any) -> StaffMember:
    return StaffMemberFactory.create(name="Solène Racine", is_staff=True, is_superuser=True, **fields)


def _staff(
    role: Role,
    name: str,
    *,
    municipality: Municipality | None = None,
    facility: Facility | None = None,
    operator: Operator | None = None,
    **fields: Any,
) -> StaffMember:
    staff = StaffMemberFactory.create(**({"name": name} | fields))
    StaffRoleFactory.create(staff=staff, role=role, municipality=municipality, facility=facility, operator=operator)
    return staff
