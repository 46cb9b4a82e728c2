"""A free number of a group and its seats, taken in one statement; and given free again.

The number is drawn at random: whoever takes the lowest collides with everybody else who does. One that somebody else
is taking at the moment is passed over, unless all are: then one waits for them at the constraint, and whoever loses
draws again. Full is said only after another look.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from booking.activities.enrolling.refusals import GroupFull, GroupOver, NoSuchGroup, SessionFull, SessionOver
from booking.activities.models import EndReason, Enrolment, EnrolmentState, Group, Seat, Session, Waiting
from booking.payments import charges
from booking.payments.enums import ChargeState
from booking.payments.exceptions import NotPayable, PaymentUnderway
from booking.payments.models import Charge
from municipalities.database.locks import AdvisoryLock

#: What the charges of baskets carry.
BASKET = "activities.basket"
#: A hold, from the last addition on; what is left at least once something was taken out.
HOLD = timedelta(minutes=20)
AT_LEAST = timedelta(minutes=5)
#: Whoever ends for one of these was enrolled until then.
HAVE_SWUM = (EndReason.MOVED, EndReason.FAMILY, EndReason.OFFICE)
#: A draw that many lose in a row is no longer chance.
MOST_TRIES = 50

#: What a number of a group is free of: somebody who has it, and whoever has it in one session that is still to come.
_FREE = """
     SELECT n FROM generate_series(1, %(capacity)s) n
     WHERE NOT EXISTS (SELECT FROM activities_enrolment e
                        WHERE e.group_id = %(group)s AND e.number = n AND NOT (e.state = 'ended')
                          AND e.session_id IS NULL)
       AND NOT EXISTS (SELECT FROM activities_enrolment e JOIN activities_seat t ON t.enrolment_id = e.id
                        WHERE e.group_id = %(group)s AND e.number = n AND NOT (e.state = 'ended')
                          AND e.session_id IS NOT NULL AND t.freed_at IS NULL AND lower(t.period) > %(now)s)"""
#: Whether `w`, who waits, has not let number `n` go since somebody left it. One that was in a basket, or somebody's in
#: one session, while `w` let another go was not theirs to refuse: they are asked for it once it is free. One that was
#: only being offered goes round among those who wait, and is refused with the other.
STILL_THEIRS = """(w.passed_at IS NULL OR w.passed_at < (
            SELECT max(x.ended_at) FROM activities_enrolment x
             WHERE x.group_id = w.group_id AND x.number = n AND x.session_id IS NULL AND x.enrolled_at IS NOT NULL)
        OR EXISTS (SELECT FROM activities_enrolment x JOIN activities_basket b ON b.id = x.basket_id
                    WHERE x.group_id = w.group_id AND x.number = n AND x.session_id IS NULL
                      AND x.created_at < w.passed_at AND x.ended_at > w.passed_at
                      AND (b.state <> 'let_go' OR x.end_reason = 'unpaid'))
        OR EXISTS (SELECT FROM activities_enrolment x JOIN activities_seat t ON t.enrolment_id = x.id
                    WHERE x.group_id = w.group_id AND x.number = n AND x.session_id IS NOT NULL
                      AND x.created_at < w.passed_at AND LEAST(t.freed_at, lower(t.period)) > w.passed_at))"""
#: Those who wait and may be asked for this very number.
_ASKED_FOR = f"""(SELECT FROM activities_waiting w
      WHERE w.group_id = %(group)s AND w.left_at IS NULL AND w.offer_id IS NULL AND {{whose}} AND {STILL_THEIRS})"""
#: Free for whoever comes; for one of those who wait; for whom the pool puts there.
FREE_SQL = _FREE + "\n       AND NOT EXISTS " + _ASKED_FOR.format(whose="true")
FREE_FOR_SQL = _FREE + "\n       AND EXISTS " + _ASKED_FOR.format(whose="w.id = %(waiting)s")
#: Those who wait and may be asked for some number of the group that is free.
ASKED_SQL = f"""
SELECT entry.id FROM activities_waiting entry
 WHERE entry.group_id = %(group)s AND EXISTS ({_FREE}
       AND EXISTS {_ASKED_FOR.format(whose="w.id = entry.id")})
"""

#: Whether a free number was seen, which one was taken, and how many seats with it. No number where another took it.
_TAKE = """
WITH drawn AS MATERIALIZED (
    {free}
     ORDER BY random()
), free AS (
    (SELECT n FROM drawn
      WHERE pg_try_advisory_xact_lock({lock:d}, (%(group)s %% 2000000 * 1000 + n)::int) LIMIT 1)
    UNION ALL
    (SELECT n FROM drawn LIMIT 1)
    LIMIT 1
), taken AS (
    INSERT INTO activities_enrolment
        (id, basket_id, asked_in_id, group_id, session_id, member_id, number, state, held_until, together, cents, price,
         override_reason, created_at, enrolled_at, ended_at, end_reason, moved_from_id)
    SELECT %(id)s, %(basket)s, %(asked_in)s, %(group)s, NULL, %(member)s, n, %(state)s, %(held_until)s, %(together)s,
           %(cents)s, %(price)s, %(reason)s, %(now)s, %(enrolled_at)s, NULL, '', %(moved_from)s
      FROM free
    ON CONFLICT (group_id, number) WHERE NOT (state = 'ended') AND session_id IS NULL DO NOTHING
    RETURNING id, number
), seats AS (
    INSERT INTO activities_seat (enrolment_id, session_id, member_id, number, period, freed_at)
    SELECT taken.id, s.id, %(member)s, taken.number, tstzrange(s.starts_at, s.ends_at), NULL
      FROM taken CROSS JOIN activities_session s
     WHERE s.group_id = %(group)s AND s.called_off_at IS NULL AND s.starts_at > %(now)s
    RETURNING 1
)
SELECT (SELECT count(*) FROM free), (SELECT number FROM taken), (SELECT count(*) FROM seats)
"""
TAKE_SQL = _TAKE.format(free=FREE_SQL, lock=AdvisoryLock.NUMBER)
TAKE_OFFERED_SQL = _TAKE.format(free=FREE_FOR_SQL, lock=AdvisoryLock.NUMBER)
TAKE_MOVED_SQL = _TAKE.format(free=_FREE, lock=AdvisoryLock.NUMBER)

#: The same for one session. Numbers of absent people first, then those that are sold by the session already, so that as
#: many as possible stay whole. The seat decides; its enrolment is written in the same statement.
TAKE_ONE_SQL = """
WITH free AS (
    SELECT n FROM generate_series(1, %(capacity)s) n
     WHERE NOT EXISTS (SELECT FROM activities_seat t
                        WHERE t.session_id = %(session)s AND t.number = n AND t.freed_at IS NULL)
     ORDER BY NOT EXISTS (SELECT FROM activities_enrolment e
                           WHERE e.group_id = %(group)s AND e.number = n AND NOT (e.state = 'ended')), random()
     LIMIT 1
), seats AS (
    INSERT INTO activities_seat (enrolment_id, session_id, member_id, number, period, freed_at)
    SELECT %(id)s, s.id, %(member)s, free.n, tstzrange(s.starts_at, s.ends_at), NULL
      FROM free CROSS JOIN activities_session s
     WHERE s.id = %(session)s AND s.group_id = %(group)s AND s.called_off_at IS NULL AND s.starts_at > %(now)s
    ON CONFLICT (session_id, number) WHERE freed_at IS NULL DO NOTHING
    RETURNING number
), taken AS (
    INSERT INTO activities_enrolment
        (id, basket_id, asked_in_id, group_id, session_id, member_id, number, state, held_until, together, cents, price,
         override_reason, created_at, enrolled_at, ended_at, end_reason, moved_from_id, trial_of_id)
    SELECT %(id)s, %(basket)s, %(asked_in)s, %(group)s, %(session)s, %(member)s, seats.number, %(state)s,
           %(held_until)s, %(together)s, %(cents)s, %(price)s, %(reason)s, %(now)s, %(enrolled_at)s, NULL, '',
           %(moved_from)s, %(trial_of)s
      FROM seats
    RETURNING number
)
SELECT (SELECT count(*) FROM free), (SELECT number FROM taken), (SELECT count(*) FROM seats)
"""


@dataclass
class Wanted:
    """What the new enrolment is, but for its number: with `session` of that one alone, which may be a trial of the
    activity `trial_of`. `waiting` is for whom of those who wait it is; `passes_list` that the pool puts somebody there
    itself. `tries` says afterwards how often it was drawn.
    """

    basket: UUID
    group: int
    member: UUID
    state: EnrolmentState = EnrolmentState.HELD
    held_until: datetime | None = None
    asked_in: UUID | None = None
    together: UUID | None = None
    cents: int = 0
    price: str = "{}"
    reason: str = ""
    moved_from: UUID | None = None
    session: UUID | None = None
    trial_of: int | None = None
    waiting: UUID | None = None
    passes_list: bool = False
    tries: int = 0
    id: UUID = field(default_factory=uuid4)

    @property
    def sql(self) -> str:
        if self.session is not None:
            return TAKE_ONE_SQL
        if self.waiting is not None:
            return TAKE_OFFERED_SQL
        return TAKE_MOVED_SQL if self.passes_list else TAKE_SQL


def take(wanted: Wanted, *, now: datetime) -> UUID:
    """Its id. In the caller's transaction, which is lost where the database refuses what it wants.

    Raises NoSuchGroup, GroupFull, GroupOver, SessionFull, SessionOver; IntegrityError where the member is in this group
    already, has tried the activity, or is elsewhere at the time.
    """
    capacity = lock_group(wanted.group)
    if wanted.session is not None and not _takes_place(wanted.session, now):
        raise SessionOver
    full = GroupFull if wanted.session is None else SessionFull
    for _try in range(MOST_TRIES):
        wanted.tries += 1
        was_free, found, seats = _draw(wanted, capacity, now)
        if found is not None:
            if not seats:
                raise GroupOver
            return found
        if not was_free and not (release_expired(group=wanted.group, now=now) or _one_left(wanted, capacity, now)):
            raise full
    raise full


def _takes_place(session: UUID, now: datetime) -> bool:
    return Session.objects.planned().filter(pk=session, starts_at__gt=now).exists()


def lock_members(members: Collection[UUID]) -> None:
    """One after the other for each of them, to the end of the transaction.

    Two parents of one child who write at one instant would wait for each other at the seats, in a circle.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM residents_member WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(members)])


def lock_group(group: int) -> int:
    """How many places it has, to the end of the transaction: whoever changes it or one of its sessions waits.

    Raises NoSuchGroup.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT capacity FROM activities_group WHERE id = %s FOR SHARE", [group])
        row = cursor.fetchone()
    if row is None:
        raise NoSuchGroup
    return int(row[0])


def hold_groups(ids: Collection[int]) -> None:
    """Nobody takes a number of these, to the end of the transaction: whoever does shares the row of their group."""
    list(Group.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk"))


def _draw(wanted: Wanted, capacity: int, now: datetime) -> tuple[bool, UUID | None, int]:
    said: dict[str, Any] = {
        "id": wanted.id,
        "capacity": capacity,
        "basket": wanted.basket,
        "asked_in": wanted.asked_in,
        "group": wanted.group,
        "session": wanted.session,
        "trial_of": wanted.trial_of,
        "waiting": wanted.waiting,
        "member": wanted.member,
        "state": wanted.state.value,
        "held_until": wanted.held_until,
        "together": wanted.together,
        "cents": wanted.cents,
        "price": wanted.price,
        "reason": wanted.reason,
        "now": now,
        "enrolled_at": now if wanted.state == EnrolmentState.ENROLLED else None,
        "moved_from": wanted.moved_from,
    }
    with connection.cursor() as cursor:
        cursor.execute(wanted.sql, said)
        was_free, number, seats = cursor.fetchone()
    return bool(was_free), wanted.id if number is not None else None, int(seats)


def _one_left(wanted: Wanted, capacity: int, now: datetime) -> bool:
    """Another look: somebody may have let a place go since."""
    if wanted.session is not None:
        return Seat.objects.taken().filter(session=wanted.session).count() < capacity
    free = FREE_FOR_SQL if wanted.waiting else _FREE if wanted.passes_list else FREE_SQL
    with connection.cursor() as cursor:
        said: dict[str, Any] = {"capacity": capacity, "group": wanted.group, "now": now, "waiting": wanted.waiting}
        cursor.execute(f"SELECT EXISTS ({free})", said)
        return bool(cursor.fetchone()[0])


def has_free(group: int, capacity: int, now: datetime) -> bool:
    """Whether nobody has some number of it, whoever may then have it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({_FREE})", {"capacity": capacity, "group": group, "now": now})
        return bool(cursor.fetchone()[0])


def asked_for_free(group: int, capacity: int, now: datetime) -> set[UUID]:
    """Those on its list who have not let every free number of it go; nobody where none is free."""
    with connection.cursor() as cursor:
        cursor.execute(ASKED_SQL, {"capacity": capacity, "group": group, "now": now})
        return {pk for (pk,) in cursor.fetchall()}


def release_expired(*, now: datetime, group: int | None = None, member: UUID | None = None) -> int:
    """End holds whose time is over, of a group or of a member, with those wanted together with them; and let go what
    nobody has begun to pay in time. For whoever wants the place, in their transaction. How many.
    """
    whose = Q(group=group) if group is not None else Q(member=member)
    over = Enrolment.objects.expired(now).filter(whose).order_by("pk")
    found = list(over.select_for_update(skip_locked=True).values_list("pk", "together"))
    bound = {together for _pk, together in found if together is not None}
    more = Enrolment.objects.expired(now).filter(together__in=bound).order_by("pk")
    ids = {pk for pk, _together in found} | set(more.select_for_update(skip_locked=True).values_list("pk", flat=True))
    if ids:
        end_rows(ids, reason=EndReason.EXPIRED, now=now)
    return len(ids) + _let_go_unpaid(whose, now)


def release_expired_of(group: int) -> None:
    release_expired(group=group, now=timezone.now())


def _let_go_unpaid(whose: Q, now: datetime) -> int:
    """Charges whose time is over and that nobody has begun to pay: what payments would let go at its next turn."""
    baskets = list(Enrolment.objects.filter(whose, state=EnrolmentState.PAYING).values_list("asked_in", flat=True))
    if not baskets:
        return 0
    due = Charge.objects.filter(
        subject_type=BASKET, subject_id__in=baskets, state=ChargeState.OPEN, expires_at__lte=now
    ).order_by("pk")
    released = 0
    for pk in due.values_list("pk", flat=True):
        try:
            charges.release_charge(pk)
        except (PaymentUnderway, NotPayable):
            continue
        released += 1
    return released


def end_rows(ids: Collection[UUID], *, reason: EndReason, now: datetime) -> None:
    """These are over: their numbers are free, and their seats; where somebody has swum, only those to come. Whoever was
    offered one waits again, with their rank. In the caller's transaction, which holds them.
    """
    Enrolment.objects.standing().filter(pk__in=ids).update(
        state=EnrolmentState.ENDED, held_until=None, ended_at=now, end_reason=reason
    )
    seats = Seat.objects.taken().filter(enrolment__in=ids)
    if reason in HAVE_SWUM:
        seats = seats.filter(period__startswith__gt=now)
    seats.update(freed_at=now)
    Seat.objects.filter(made_up_by__in=ids).update(made_up_by=None)
    Waiting.objects.filter(offer__in=ids).update(offer=None, passed_at=now)
