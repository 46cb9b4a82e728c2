"""Announcing a round, and freezing it: complete and confirmed files, grid and capacities in one file, for good.

What changes later waits for the next round. Places that were offered before stand in the file as decided, and an
accepted place that waits for a better wish as held (contract, section 2).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, connection
from django.utils import timezone

from booking.nurseries.enums import CountedBy
from booking.nurseries.models import Nursery, Round, RoundChild, RoundNursery, RoundState
from booking.nurseries.points.queries import rules_on
from booking.nurseries.rounds import files
from booking.nurseries.rounds.access import must_chair
from booking.nurseries.rounds.drawing import hash_of, new_seed
from booking.nurseries.rounds.exceptions import (
    AlreadyFrozen,
    NotClosedYet,
    NotYourRound,
    RoundIsRunning,
    WithoutRules,
)
from booking.nurseries.rounds.gathering import Gathered, gather, horizon_of, nurseries_of
from booking.nurseries.supply import reading
from municipalities.database.transactions import patient_transaction
from municipalities.garbage import uncollected
from municipalities.models import StaffMember
from municipalities.rules import RIGHTS, Ability
from municipalities.secrets_at_rest import decrypt, encrypt, renew

WRITE_CHILDREN_SQL = f"""
INSERT INTO {RoundChild._meta.db_table} (round_id, child_id, number, lines)
SELECT %s, child, number, lines FROM jsonb_to_recordset(%s) AS told(child uuid, number integer, lines jsonb)
"""


def announce(*, round: Round, by: StaffMember) -> Round:
    """A new round, from a validated instance; the hash of its seed is public from now on.

    Raises NotYourRound, RoundIsRunning.
    """
    chairs = by.current_roles().authorities_with(*RIGHTS[Ability.CHAIR_COMMISSION])
    if round.operator_id not in chairs:
        raise NotYourRound
    seed = new_seed()
    round.seed_hash, round.sealed_seed = hash_of(seed), encrypt(seed.encode())
    try:
        with patient_transaction(by=by):
            round.save()
    except IntegrityError as error:
        raise RoundIsRunning from error
    return round


@dataclass(frozen=True)
class Owed:
    """A nursery's guaranteed places that are missing, as they are proposed. `is_spread`: its operator counts them."""

    nursery: Nursery
    missing: int
    is_spread: bool


def guaranteed_to_settle(round: Round) -> list[Owed]:
    """What the chair sees before the freeze, and may change where an operator counts over all its nurseries."""
    nurseries = nurseries_of(round)
    missing = reading.guaranteed_missing(nurseries, horizon_of(round))
    found = [Owed(one, missing.get(one.pk, 0), one.guaranteed_counted_by == CountedBy.OPERATOR) for one in nurseries]
    return [one for one in found if one.missing or one.is_spread]


@uncollected()
def freeze(*, round: Round, guaranteed: Mapping[int, int] | None = None, by: StaffMember) -> Round:
    """Write the file, its digest and its answer, reveal the seed. Once: a second freeze changes nothing.

    `guaranteed`: missing places by nursery (id), where the chair spread them otherwise.
    Raises NotYourRound, OnlyTheChair, NotClosedYet, AlreadyFrozen, WithoutRules, NothingToShareOut, Contradiction,
    Busy.
    """
    must_chair(round, by)
    today = timezone.localdate()
    with patient_transaction(by=by):
        mine = Round.objects.select_for_update().get(pk=round.pk)
        if mine.state != RoundState.PREPARED:
            raise AlreadyFrozen
        if today <= mine.closes_on:
            raise NotClosedYet
        rules = rules_on(today)
        if rules is None:
            raise WithoutRules
        mine.seed = decrypt(bytes(mine.sealed_seed)).decode()
        found = gather(mine, mine.seed, rules, guaranteed or {}, today)
        mine.grid = rules.grid
        mine.file = mine.decided = files.canonical(found.file)
        mine.digest = mine.decided_digest = files.digest_of(mine.file)
        mine.answer = files.canonical(files.answer_to(found.file))
        mine.state, mine.frozen_at, mine.version = RoundState.FROZEN, timezone.now(), 1
        mine.save()
        RoundNursery.objects.bulk_create(
            [RoundNursery(round=mine, nursery=one, name=name) for name, one in found.nurseries.items()]
        )
        _write_children(mine, found)
    return mine


def _write_children(round: Round, found: Gathered) -> None:
    """In one statement with one text: the driver would mask every quote in fifteen hundred texts by itself."""
    rows = [
        {"child": str(pk), "number": number, "lines": found.lines[number]} for number, pk in sorted(found.ids.items())
    ]
    with connection.cursor() as cursor:
        cursor.execute(WRITE_CHILDREN_SQL, [round.pk, json.dumps(rows, ensure_ascii=False)])


def rotate_seeds() -> int:
    """Seal every seed anew with the first key. Their number."""
    rows = list(Round.objects.filter(state=RoundState.PREPARED).only("sealed_seed"))
    for row in rows:
        row.sealed_seed = renew(bytes(row.sealed_seed))
        row.save(update_fields=["sealed_seed"])
    return len(rows)
