"""What a commission decides: places, refusals, exclusions, each with its reason; who steps aside; the votes."""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from booking.nurseries.models import (
    DecisionKind,
    Round,
    RoundChild,
    RoundDecision,
    RoundNursery,
    StepAside,
)
from booking.nurseries.rounds import files
from booking.nurseries.rounds.access import changing, must_sit
from booking.nurseries.rounds.exceptions import (
    ClaimsAreContested,
    DecidedAlready,
    NamesSomebody,
    SteppedAside,
    WithoutMajority,
)
from booking.nurseries.rounds.files import Decision, Json
from booking.residents.models import Member
from municipalities.models import StaffMember

#: Shorter words than this are in every sentence.
SHORTEST_NAME = 3


def standing(round: Round) -> list[RoundDecision]:
    """The decisions that hold, in the order they were taken."""
    found = RoundDecision.objects.filter(round=round, taken_back_at__isnull=True)
    return list(found.select_related("child", "nursery").order_by("at", "pk"))


def as_decision(row: RoundDecision) -> Decision:
    return Decision(
        child=str(row.child.number),
        reason=row.reason,
        facility=row.nursery.name if row.nursery is not None else "",
        start=row.start,
        half_days=tuple(row.half_days),
    )


def decided_file(round: Round, decisions: Iterable[RoundDecision]) -> Json:
    return files.with_decisions(json.loads(round.file), [as_decision(row) for row in decisions])


def answer_again(round: Round) -> None:
    """The file with what now holds, and the engine's answer to it, in the caller's transaction.

    What was audited before is audited no more. Raises CannotBeAnswered.
    """
    decided = decided_file(round, standing(round))
    round.answer = files.canonical(files.answer_to(decided))
    round.decided = files.canonical(decided)
    round.decided_digest = files.digest_of(round.decided)
    round.audited_digest, round.audit_findings = "", None
    round.version += 1
    round.save(update_fields=["decided", "decided_digest", "answer", "audited_digest", "audit_findings", "version"])


def decide(
    *,
    round: Round,
    version: int,
    number: int,
    kind: str,
    reason: str,
    nursery: RoundNursery | None = None,
    start: str = "",
    half_days: Sequence[str] = (),
    by: StaffMember,
) -> RoundDecision:
    """One decision on one child, and what follows from it for all.

    LOCK keeps the place that is proposed now. Raises ChangedMeanwhile, SteppedAside, NamesSomebody, DecidedAlready,
    CannotBeAnswered, NotInCommission, NotYourRound, Busy.
    """
    with changing(round, by, version=version) as mine:
        child = RoundChild.objects.select_related("child__application").get(round=mine, number=number)
        _must_not_be_aside(child, by)
        _must_name_nobody(child, reason)
        answer = json.loads(mine.answer)
        row = RoundDecision(round=mine, child=child, kind=kind, reason=reason.strip(), by=by, at=timezone.now())
        row.settles_claim = any(str(number) in pair["children"] for pair in answer["contested"])
        if kind == DecisionKind.LOCK:
            seat = answer["seats"][str(number)]
            row.nursery = RoundNursery.objects.get(round=mine, name=seat["facility"])
            row.start, row.half_days = seat["start"], seat["half_days"]
        elif kind == DecisionKind.PLACE:
            row.nursery, row.start, row.half_days = nursery, start, list(half_days)
        elif kind == DecisionKind.EXCLUDE:
            row.nursery = nursery
        try:
            row.save()
        except IntegrityError as error:
            raise DecidedAlready from error
        answer_again(mine)
    return row


def try_out(round: Round, decision: Decision) -> tuple[Json, Json]:
    """The answer now, and the one with this decision besides. Changes nothing. Raises CannotBeAnswered."""
    decisions = [as_decision(row) for row in standing(round) if str(row.child.number) != decision.child]
    then = files.with_decisions(json.loads(round.file), [*decisions, decision])
    return json.loads(round.answer), files.answer_to(then)


def take_back(*, decision: RoundDecision, version: int, by: StaffMember) -> None:
    """Undo a decision, which stays written. Raises what `decide` raises."""
    with changing(decision.round, by, version=version) as mine:
        _must_not_be_aside(decision.child, by)
        RoundDecision.objects.filter(pk=decision.pk, taken_back_at__isnull=True).update(taken_back_at=timezone.now())
        answer_again(mine)


def _must_not_be_aside(child: RoundChild, by: StaffMember) -> None:
    if StepAside.objects.filter(child=child, member=by).exists():
        raise SteppedAside


def _must_name_nobody(child: RoundChild, text: str) -> None:
    """What is typed of a file is read at the desk: it does not say who the family is, or where it lives."""
    said = set(_words(text))
    application = child.child.application
    texts = [name for one in application.children.select_related("member") for name in _names(one.member)]
    for parent in application.parents.all():
        texts += [parent.name, parent.address]
    names = {word for text in texts for word in _words(text) if len(word) >= SHORTEST_NAME and not word.isdecimal()}
    if said & (names - _STREET_WORDS):
        raise NamesSomebody


def _names(member: Member) -> tuple[str, str]:
    return member.given_name, member.family_name


_STREET_WORDS = frozenset({"rue", "avenue", "boulevard", "place", "chemin", "allee", "impasse", "des", "les", "sur"})


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.findall(r"[a-z0-9]+", plain)


def step_aside(*, round: Round, number: int, function: str, by: StaffMember) -> None:
    """From now on this member takes no part in what is decided of this child. Twice is once.

    Raises NotYourRound, NamesSomebody.
    """
    must_sit(round, by)
    with changing(round, by) as mine:
        child = RoundChild.objects.select_related("child__application").get(round=mine, number=number)
        _must_name_nobody(child, function)
        facts: dict[str, Any] = {"round": mine, "function": function, "at": timezone.now()}
        StepAside.objects.get_or_create(child=child, member=by, defaults=facts)


def name_members(*, round: Round, members: str, by: StaffMember) -> None:
    """Who is there, by function. Raises OnlyTheChair."""
    with changing(round, by, chair=True) as mine:
        mine.members = "\n".join(line.strip() for line in members.splitlines() if line.strip())
        mine.save(update_fields=["members"])


def is_voted(nursery: RoundNursery, answer: Json) -> bool:
    """Whether the vote was on what is proposed now."""
    return nursery.voted_digest == files.seats_digest(answer, nursery.name)


def vote(
    *, nursery: RoundNursery, version: int, votes_for: int, votes_against: int, abstained: int, by: StaffMember
) -> None:
    """The vote on one nursery, on the places that are proposed in this version.

    Raises ClaimsAreContested, WithoutMajority, OnlyTheChair, ChangedMeanwhile.
    """
    with changing(nursery.round, by, version=version, chair=True) as mine:
        answer = json.loads(mine.answer)
        if answer["contested"]:
            raise ClaimsAreContested
        if votes_for <= votes_against:
            raise WithoutMajority
        nursery.votes_for, nursery.votes_against, nursery.abstained = votes_for, votes_against, abstained
        nursery.voted_at, nursery.voted_digest = timezone.now(), files.seats_digest(answer, nursery.name)
        nursery.save(update_fields=["votes_for", "votes_against", "abstained", "voted_at", "voted_digest"])
