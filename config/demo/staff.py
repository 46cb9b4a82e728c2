"""Accounts to sign in with. One password for all: this is a demonstration."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from config.demo.cash import ACCOUNTANT, CASHIER
from config.demo.places import AGGLOMERATION, CONTRACT_HOLDER
from municipalities.enums import Role
from municipalities.models import Facility, Municipality, Operator, StaffMember, StaffRole

PASSWORD = "guichet-commun-68"


@dataclass(frozen=True)
class Account:
    email: str
    name: str
    what: str
    role: Role | None = None
    municipality: str = ""
    facility: str = ""
    operator: str = ""


ACCOUNTS = [
    Account(
        "agent@rixheim.example", "Agathe Fictive", "agent de guichet, Rixheim", Role.AGENT, facility="mairie-rixheim"
    ),
    Account(
        "planning@rixheim.example",
        "Fabrice Fictif",
        "responsable du planning, Rixheim",
        Role.FACILITY_MANAGER,
        facility="mairie-rixheim",
    ),
    Account(
        "accueil@riedisheim.example",
        "Armand Fictif",
        "accueil d’une commune sans dispositif, Riedisheim",
        Role.AGENT,
        municipality="riedisheim",
    ),
    Account(
        "commune@mulhouse.example",
        "Mathilde Fictive",
        "responsable de commune, Mulhouse",
        Role.MUNICIPALITY_MANAGER,
        municipality="mulhouse",
    ),
    Account(
        "piscines@m2a.example",
        "Olivier Fictif",
        "responsable chez un gestionnaire, agglomération",
        Role.OPERATOR_MANAGER,
        operator=AGGLOMERATION,
    ),
    Account(
        "sports@m2a.example",
        "Sabine Fictive",
        "responsable des sports, piscines de l’agglomération",
        Role.SPORTS_MANAGER,
        operator=AGGLOMERATION,
    ),
    Account(
        "bassin@m2a.example",
        "Corentin Fictif",
        "maître-nageur, piscines de l’agglomération",
        Role.COACH,
        operator=AGGLOMERATION,
    ),
    Account(
        CASHIER,
        "Cassandre Fictive",
        "caissière, régie des piscines",
        Role.CASHIER,
        operator=AGGLOMERATION,
    ),
    Account(
        ACCOUNTANT,
        "Clément Fictif",
        "comptable, régie des piscines",
        Role.ACCOUNTANT,
        operator=AGGLOMERATION,
    ),
    Account(
        "creches@delegataire.example",
        "Delphine Fictive",
        "responsable chez un gestionnaire, délégataire",
        Role.OPERATOR_MANAGER,
        operator=CONTRACT_HOLDER,
    ),
    Account(
        "direction@delegataire.example",
        "Nadège Fictive",
        "direction de crèches, délégataire",
        Role.NURSERY_MANAGER,
        operator=CONTRACT_HOLDER,
    ),
    Account(
        "demandes@m2a.example",
        "Inès Fictive",
        "instruction des demandes de crèche",
        Role.CHILDCARE_AGENT,
        operator=AGGLOMERATION,
    ),
    Account(
        "referente@m2a.example",
        "Renée Fictive",
        "référence petite enfance",
        Role.CHILDCARE_REFERENT,
        operator=AGGLOMERATION,
    ),
    Account(
        "commission@m2a.example",
        "Maurice Fictif",
        "membre de la commission des crèches",
        Role.COMMISSION_MEMBER,
        operator=AGGLOMERATION,
    ),
    Account(
        "presidence@m2a.example",
        "Paule Fictive",
        "présidence de la commission des crèches",
        Role.COMMISSION_CHAIR,
        operator=AGGLOMERATION,
    ),
    Account(
        "petite-enfance@m2a.example",
        "Prune Fictive",
        "responsable de la petite enfance",
        Role.CHILDCARE_MANAGER,
        operator=AGGLOMERATION,
    ),
    Account("territoire@m2a.example", "Thierry Fictif", "responsable du territoire", Role.TERRITORY_MANAGER),
    Account("controle@m2a.example", "Aurore Fictive", "contrôle (lecture seule)", Role.AUDITOR),
    Account("admin@m2a.example", "Solène Fictive", "administration technique"),
]


def build_staff() -> None:
    # Hashing takes a second by design; one password for all needs it once.
    password = make_password(PASSWORD)
    for account in ACCOUNTS:
        technical = account.role is None
        staff = StaffMember.objects.create(
            email=account.email,
            password=password,
            name=account.name,
            is_staff=technical,
            is_superuser=technical,
        )
        if account.role is not None:
            StaffRole.objects.create(
                staff=staff,
                role=account.role,
                municipality=Municipality.objects.filter(slug=account.municipality).first(),
                facility=Facility.objects.filter(slug=account.facility).first(),
                operator=Operator.objects.filter(name=account.operator).first(),
            )
