"""Counting a decided round again, and publishing it: no answer leaves without its vote and its audit."""

import json
from dataclasses import dataclass

from django.db import IntegrityError
from django.utils import timezone

from booking.nurseries.audit import findings
from booking.nurseries.models import Round, RoundNursery, RoundState
from booking.nurseries.rounds import files
from booking.nurseries.rounds.access import changing
from booking.nurseries.rounds.deciding import is_voted
from booking.nurseries.rounds.exceptions import AuditFailed, ClaimsAreContested, VoteIsMissing
from municipalities.database.transactions import refused_by
from municipalities.models import StaffMember


@dataclass(frozen=True)
class Audit:
    """What the second count found: sentences, none where all is right."""

    findings: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        return not self.findings


def count_again(round: Round) -> Audit:
    """The audit of the answer as it stands. Changes nothing."""
    decided, answer = json.loads(round.decided), json.loads(round.answer)
    found = list(findings(decided, answer))
    if files.digest_of(round.decided) != round.decided_digest or answer["digest"] != round.decided_digest:
        found.insert(0, "L’empreinte du fichier n’est pas celle de la réponse.")
    return Audit(tuple(found))


def audit(*, round: Round, by: StaffMember) -> Audit:
    """The audit, kept with the round. Raises OnlyTheChair, NotInCommission."""
    with changing(round, by, chair=True) as mine:
        return _keep_audit(mine)


def _keep_audit(round: Round) -> Audit:
    found = count_again(round)
    round.audited_digest, round.audit_findings = round.decided_digest, len(found.findings)
    round.save(update_fields=["audited_digest", "audit_findings"])
    return found


def must_be_decided(round: Round) -> None:
    """Raises ClaimsAreContested, VoteIsMissing."""
    answer = json.loads(round.answer)
    if answer["contested"]:
        raise ClaimsAreContested
    nurseries = list(RoundNursery.objects.filter(round=round))
    if not all(is_voted(nursery, answer) for nursery in nurseries):
        raise VoteIsMissing


def close(round: Round) -> None:
    """Publish a round that is locked by the caller's transaction. Raises AuditFailed, and what must be decided.

    The audit is run here, on what is published; that its finding is kept is the database's condition.
    """
    must_be_decided(round)
    if not _keep_audit(round).is_right:
        raise AuditFailed
    publish_row(round)


def publish_row(round: Round) -> None:
    """In the caller's transaction; the database wants the audit to have passed. Raises AuditFailed."""
    round.state, round.published_at = RoundState.PUBLISHED, timezone.now()
    try:
        round.save(update_fields=["state", "published_at"])
    except IntegrityError as error:
        if refused_by(error, "published_round_has_passed_its_audit"):
            raise AuditFailed from error
        raise
