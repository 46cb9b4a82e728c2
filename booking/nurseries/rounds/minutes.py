"""The minutes of a commission as data, then as a tagged PDF: by number, function and digest, never by name."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from booking.nurseries.calendar_words import from_month, say_date, say_days
from booking.nurseries.models import Round, RoundDecision, RoundNursery, StepAside
from booking.nurseries.rounds.deciding import is_voted
from municipalities.exceptions import Refusal
from municipalities.typesetting import NotSet, set_sheet

Json = dict[str, Any]
SHEET = Path(__file__).with_name("minutes.typ")
#: Many times what fifteen hundred children take.
LONGEST_SECONDS = 60


class CannotBeSet(Refusal):
    code = "minutes_cannot_be_set"

    def __init__(self) -> None:
        super().__init__(_("Le procès-verbal n’a pas pu être mis en page. Réessayez dans un instant."))


def pdf_of(round: Round) -> bytes:
    """The minutes of a frozen or published round. The same round gives the same bytes. Raises CannotBeSet."""
    try:
        return set_sheet(SHEET, facts_of(round), seconds=LONGEST_SECONDS)
    except NotSet:
        raise CannotBeSet from None


def facts_of(round: Round) -> Json:
    """All that the minutes say, in French."""
    with override("fr"):
        return _facts(round, json.loads(round.decided), json.loads(round.answer))


def _facts(round: Round, file: Mapping[str, Any], answer: Mapping[str, Any]) -> Json:
    decisions = list(RoundDecision.objects.filter(round=round).select_related("child", "nursery").order_by("at", "pk"))
    on = timezone.localdate(round.frozen_at)
    members = [line for line in round.members.splitlines() if line]
    grid = f"{round.grid.name}, {round.grid.decision}" if round.grid else "—"
    changed = {decision.child_id for decision in decisions if decision.taken_back_at is None}
    return {
        "title": f"Procès-verbal : {round.name}",
        "lang": "fr",
        "on": [on.year, on.month, on.day],
        "facts": [
            ["Réunion", say_date(round.meets_on)],
            ["Autorité organisatrice", round.operator.name],
            ["Membres présents, par fonction", ", ".join(members) or "—"],
            ["Grille de points", grid],
            ["Dossiers examinés", str(len(file["children"]))],
            ["Places proposées", str(len(answer["seats"]))],
            ["Dossiers sur lesquels la commission a décidé", str(len(changed))],
            ["Places contestées qui restent", str(len(answer["contested"]))],
            ["Contrôle par un second programme", _say_audit(round)],
        ],
        "digests": [
            ["Empreinte du fichier figé (SHA-256)", round.digest],
            ["Empreinte avec les décisions", round.decided_digest],
            ["Empreinte de la graine, publiée avant", round.seed_hash],
            ["Graine du tirage", round.seed],
        ],
        "sections": [_places(round, answer), _decided(decisions), _asides(round), _without(file, answer)],
    }


def _say_audit(round: Round) -> str:
    if round.audit_findings is None or round.audited_digest != round.decided_digest:
        return "pas encore fait"
    if not round.audit_findings:
        return "réponse juste"
    return f"erreurs trouvées : {round.audit_findings}"


def _places(round: Round, answer: Mapping[str, Any]) -> Json:
    routes = {
        "open": "par points",
        "guaranteed": "place garantie",
        "kept": "place gardée",
        "locked": "par décision",
    }
    tables = []
    for row in RoundNursery.objects.filter(round=round).order_by("nursery__facility__slug"):
        seats = {child: seat for child, seat in answer["seats"].items() if seat["facility"] == row.name}
        tables.append(
            {
                "title": row.name,
                "note": _say_vote(row, is_voted(row, dict(answer))),
                "widths": [2, 6, 4, 3],
                "heads": ["Dossier", "Jours", "Premier mois", "Comment"],
                "rows": [
                    [child, say_days(seat["half_days"]), from_month(seat["start"]), routes[seat["route"]]]
                    for child, seat in sorted(seats.items(), key=lambda one: int(one[0]))
                ],
            }
        )
    return {"title": "Places attribuées, crèche par crèche", "lines": [], "tables": tables, "empty": "Aucune."}


def _say_vote(row: RoundNursery, holds: bool) -> str:
    """A vote on other places than these is none."""
    if not holds:
        return "Pas encore votée."
    return f"Vote : {row.votes_for} pour, {row.votes_against} contre, abstentions : {row.abstained}."


def _decided(decisions: list[RoundDecision]) -> Json:
    return {
        "title": "Ce que la commission a décidé, et pourquoi",
        "lines": [_say_decision(one) for one in decisions],
        "tables": [],
        "empty": "La commission a suivi la proposition.",
    }


def _say_decision(one: RoundDecision) -> str:
    where = f", {one.nursery}" if one.nursery else ""
    said = f"Dossier n° {one.child.number} : {one.get_kind_display()}{where}. Motif : {one.reason}"
    if one.settles_claim:
        said += " (tranche une place contestée)"
    return f"{said} (reprise)" if one.taken_back_at else said


def _asides(round: Round) -> Json:
    rows = StepAside.objects.filter(round=round).select_related("child").order_by("at", "pk")
    return {
        "title": "Déports",
        "lines": [f"{one.function} : dossier n° {one.child.number}" for one in rows],
        "tables": [],
        "empty": "Aucun membre ne s’est déporté.",
    }


def _without(file: Mapping[str, Any], answer: Mapping[str, Any]) -> Json:
    left = sorted(set(file["children"]) - set(answer["seats"]), key=int)
    return {
        "title": "Dossiers qui restent sur la liste",
        "lines": [", ".join(left)] if left else [],
        "tables": [],
        "empty": "Aucun.",
    }
