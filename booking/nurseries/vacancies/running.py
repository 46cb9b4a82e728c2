"""Small rounds: looked for by the worker, confirmed at the desk by one press, or run by a vote within its limits.

Whoever looks, confirms or passes a place on holds the row of the round whose order it is; whoever confirms also holds
the round in preparation, so that none is frozen between the look and the offer. What is confirmed is what was shown:
the file is written anew, and its digest compared.
"""

import json
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError
from django.db.models import QuerySet, Sum
from django.utils import timezone

from booking.nurseries.answers.making import make_offers, to_offer
from booking.nurseries.answers.next_in_line import latest_of
from booking.nurseries.audit import findings
from booking.nurseries.models import Round, RoundState, SmallRound, SmallRoundState, StepAside, VacancyVote
from booking.nurseries.rounds import files
from booking.nurseries.rounds.exceptions import AuditFailed, NotYourRound, OnlyTheChair
from booking.nurseries.rounds.files import CannotBeAnswered
from booking.nurseries.vacancies.exceptions import (
    AnotherConfirms,
    CommissionIsSitting,
    NothingIsFree,
    ThingsHaveChanged,
    VacancyIsContested,
    VoteStands,
)
from booking.nurseries.vacancies.gathering import gather
from municipalities.database.transactions import patient_transaction, refused_by
from municipalities.exceptions import Refusal
from municipalities.models import StaffMember
from municipalities.rules import RIGHTS, Ability

Json = dict[str, Any]


def look_everywhere() -> dict[str, int]:
    """For the worker: what could be given now, for every authority; given at once where a vote lets it.

    Safe to run anywhere, any number of times. Returns small rounds that are ready and offers that were made.
    """
    done = {"ready": 0, "offered": 0}
    for operator_id in list(Round.objects.published().order_by().values_list("operator", flat=True).distinct()):
        try:
            small = look(operator_id)
            done["ready"] += small is not None
            vote = standing_vote(operator_id)
            if small is not None and vote is not None and is_within(small, vote):
                done["offered"] += run_by(vote, small)
        except Refusal:
            continue  # a person looks at the desk; the worker looks again
    return done


def look(operator_id: int, today: date | None = None) -> SmallRound | None:
    """The small round of now, kept as the one to confirm; None where nothing is to be given, or a commission sits.

    Raises Contradiction, Busy.
    """
    with patient_transaction():
        ready = SmallRound.objects.ready().filter(operator=operator_id)
        base = base_held(operator_id)
        if base is None or is_sitting(operator_id):
            ready.delete()
            return None
        file, answer = _reckoned(base, today or timezone.localdate())
        number = len(to_offer(base, file, answer)) if answer else 0
        if not answer or not number:
            ready.delete()
            return None
        text = files.canonical(file)
        digest = files.digest_of(text)
        known = ready.filter(digest=digest, base=base, places=number).first()
        if known is not None:
            return known
        ready.delete()
        return SmallRound.objects.create(
            operator_id=operator_id,
            base=base,
            file=text,
            digest=digest,
            answer=files.canonical(answer),
            audit_findings=len(findings(file, answer)),
            places=number,
        )


def base_held(operator_id: int) -> Round | None:
    """The round in whose order places go on, its row locked."""
    latest = latest_of(operator_id)
    return None if latest is None else Round.objects.select_for_update().get(pk=latest)


def is_sitting(operator_id: int) -> bool:
    """Whether a round is before the commission; one that is only announced is held, so that it stays so."""
    unpublished = Round.objects.filter(operator=operator_id).exclude(state=RoundState.PUBLISHED)
    return any(one.state == RoundState.FROZEN for one in unpublished.select_for_update())


def _reckoned(base: Round, today: date) -> tuple[Json, Json]:
    """The file and its answer; no answer where nothing of the round is to come, or what stands fits no more."""
    file = gather(base, today)
    if not file["months"] or not file["children"]:
        return file, {}
    try:
        return file, files.answer_to(file)
    except CannotBeAnswered:
        return file, {}


# -- confirmed


def confirm(*, small: SmallRound, by: StaffMember) -> int:
    """Its places are offered, the operators first. Returns how many.

    Raises NotYourRound, OnlyTheChair, AnotherConfirms, CommissionIsSitting, ThingsHaveChanged, VacancyIsContested,
    AuditFailed, NothingIsFree, Contradiction, Busy.
    """
    must_confirm(small, by)
    return _give(small, by=by)


def must_confirm(small: SmallRound, by: StaffMember) -> None:
    """For the chair; where the chair stepped aside from a file that would have a place, for any other member.

    Raises NotYourRound, AnotherConfirms, OnlyTheChair.
    """
    if not SmallRound.objects.visible_to(by).filter(operator=small.operator_id).exists():
        raise NotYourRound
    numbers = [one.number for one in to_offer(small.base, json.loads(small.file), json.loads(small.answer))]
    rows = StepAside.objects.filter(round=small.base_id, child__number__in=numbers).select_related("member")
    aside = {row.member for row in rows}
    if by in aside:
        raise AnotherConfirms
    if not any(_chairs(small.operator_id, member) for member in aside):
        must_chair_of(small.operator_id, by)


def run_by(vote: VacancyVote, small: SmallRound) -> int:
    """The same by a vote, within its limits. Raises what `confirm` raises."""
    return _give(small, vote=vote)


def _give(small: SmallRound, *, by: StaffMember | None = None, vote: VacancyVote | None = None) -> int:
    with patient_transaction(by=by):
        base = base_held(small.operator_id)
        if is_sitting(small.operator_id):
            raise CommissionIsSitting
        mine = SmallRound.objects.select_for_update().filter(pk=small.pk).first()
        if mine is None or base is None or mine.base_id != base.pk:
            raise ThingsHaveChanged
        if mine.state != SmallRoundState.READY:
            raise NothingIsFree
        file, answer = _reckoned(base, timezone.localdate())
        if not answer or files.digest_of(files.canonical(file)) != mine.digest:
            raise ThingsHaveChanged
        if answer["contested"]:
            raise VacancyIsContested
        if findings(file, answer):
            raise AuditFailed
        if vote is not None:
            kept = VacancyVote.objects.select_for_update().get(pk=vote.pk)
            if not is_within(mine, kept):
                return 0
        mine.audit_findings = 0
        mine.state, mine.confirmed_at, mine.confirmed_by, mine.by_vote = (
            SmallRoundState.CONFIRMED,
            timezone.now(),
            by,
            vote,
        )
        mine.save()
        return make_offers(base, file, answer)


# -- the vote


def standing_vote(operator_id: int) -> VacancyVote | None:
    """The vote that lets small rounds run by themselves today."""
    day = timezone.localdate()
    found = VacancyVote.objects.filter(operator=operator_id, ended_at__isnull=True)
    return found.filter(voted_on__lte=day, valid_until__gte=day).first()


def is_within(small: SmallRound, vote: VacancyVote) -> bool:
    """Whether the whole of it stays within what was voted: the day, the places of the month, no contested claim.

    Part of a small round is never given by itself: what is more than voted waits for the desk.
    """
    moment = timezone.localtime()
    if vote.ended_at is not None or not vote.voted_on <= moment.date() <= vote.valid_until:
        return False
    if small.audit_findings or json.loads(small.answer)["contested"]:
        return False
    return small.places <= vote.most_places - given_this_month(vote, moment)


def given_this_month(vote: VacancyVote, now: datetime | None = None) -> int:
    """Places that this vote has let go out since the first of the month."""
    first = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = vote.small_rounds.filter(confirmed_at__gte=first).aggregate(number=Sum("places"))
    return found["number"] or 0


def must_chair_of(operator_id: int, by: StaffMember) -> None:
    """For whoever chairs the commission of this operator. Raises OnlyTheChair."""
    if not _chairs(operator_id, by):
        raise OnlyTheChair


def _chairs(operator_id: int, member: StaffMember) -> bool:
    return operator_id in member.current_roles().authorities_with(*RIGHTS[Ability.CHAIR_COMMISSION])


def note_vote(*, vote: VacancyVote, by: StaffMember) -> VacancyVote:
    """From a validated instance. One whose day has passed makes room. Raises OnlyTheChair, VoteStands."""
    must_chair_of(vote.operator_id, by)
    vote.noted_by, vote.noted_at = by, timezone.now()
    try:
        with patient_transaction(by=by):
            _standing(vote.operator_id).filter(valid_until__lt=timezone.localdate()).update(ended_at=timezone.now())
            vote.save()
    except IntegrityError as error:
        if refused_by(error, "authority_has_one_vote_on_vacancies"):
            raise VoteStands from error
        raise
    return vote


def end_vote(*, vote: VacancyVote, by: StaffMember) -> None:
    """From now on the desk confirms every place. Twice is once. Raises OnlyTheChair."""
    must_chair_of(vote.operator_id, by)
    with patient_transaction(by=by):
        _standing(vote.operator_id).filter(pk=vote.pk).update(ended_at=timezone.now())


def _standing(operator_id: int) -> QuerySet[VacancyVote]:
    return VacancyVote.objects.filter(operator=operator_id, ended_at__isnull=True)
