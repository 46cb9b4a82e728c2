"""Everything that is known of a family, as the family may take it away (GDPR, articles 15 and 20)."""

from collections.abc import Mapping
from typing import Any

from booking.residents.families import queries
from booking.residents.models import Household
from booking.residents.sign_in.sessions import sessions_of
from municipalities import services


def copy_of(household: Household) -> dict[str, Any]:
    """JSON values, days and instants in ISO 8601. What belongs to another household of a shared child is not in it."""
    return {
        "famille": _household(household),
        "responsables": [
            {
                "nom": one.name,
                "courriel": one.email,
                "telephone": one.phone,
                "adresse_confirmee_le": one.confirmed_at.isoformat() if one.confirmed_at else None,
                "franceconnect": one.franceconnect_hash is not None,
            }
            for one in queries.guardians_of(household)
        ],
        "membres": [
            {
                "prenom": one.given_name,
                "nom": one.family_name,
                "ne_le": one.born_on.isoformat() if one.born_on else None,
                "attendu_le": one.expected_on.isoformat() if one.expected_on else None,
                "remarque_de_securite": one.safety_remark,
                "attestations_de_sante": [
                    {"saison": given.season, "le": given.given_on.isoformat()} for given in one.attestations.all()
                ],
            }
            for one in queries.members_of(household)
        ],
        "pieces_vues": [
            {
                "nature": paper.kind,
                "situation": paper.status,
                "membre": str(paper.member) if paper.member else None,
                "datee_du": paper.paper_on.isoformat(),
                "vue_le": paper.seen_on.isoformat(),
                "valable_jusqu_au": paper.valid_until.isoformat(),
            }
            for paper in queries.papers_of(household)
        ],
        "connexions": [
            {"appareil": one.device, "ouverte_le": one.created_at.isoformat()} for one in sessions_of(household)
        ],
        "services": services.told_of(household.pk),
    }


def _household(household: Household) -> Mapping[str, Any]:
    return {
        "commune": household.home_municipality.name if household.home_municipality else None,
        "langue": household.language,
        "quotient_familial": household.family_quotient,
        "quotient_du": household.quotient_on.isoformat() if household.quotient_on else None,
        "quotient_valable_jusqu_au": household.quotient_until.isoformat() if household.quotient_until else None,
        "ouverte_le": household.created_at.isoformat(),
    }
