"""A free number of a group and its seats, taken in one statement; and given free again.

The number is drawn at random: whoever takes the lowest collides with everybody else who does. One that somebody else
is taking at the moment is passed over, unless all are: then one waits for them at the constraint, and whoever loses
draws again. Full is said only after another look.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Q

from booking.activities.enrolling.refusals import GroupFull, GroupOver, NoSuchGroup
from booking.activities.models import EndReason, Enrolment, EnrolmentState, Seat
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

#: Whether a free number was seen, which one was taken, and how many seats with it. No number where another took it.
TAKE_SQL = f"""
WITH drawn AS MATERIALIZED (
    SELECT n FROM generate_series(1, %(capacity)s) n
     WHERE NOT EXISTS (SELECT FROM activities_enrolment e
                        WHERE e.group_id = %(group)s AND e.number = n AND NOT (e.state = 'ended'))
     ORDER BY random()
), free AS (
    (SELECT n FROM drawn
      WHERE pg_try_advisory_xact_lock({AdvisoryLock.NUMBER:d}, (%(group)s %% 2000000 * 1000 + n)::int) LIMIT 1)
    UNION ALL
    (SELECT n FROM drawn LIMIT 1)
    LIMIT 1
), taken AS (
    INSERT INTO activities_enrolment
        (id, basket_id, asked_in_id, group_id, member_id, number, state, held_until, together, cents, price,
         override_reason, created_at, enrolled_at, ended_at, end_reason, moved_from_id)
    SELECT %(id)s, %(basket)s, %(asked_in)s, %(group)s, %(member)s, n, %(state)s, %(held_until)s, %(together)s,
           %(cents)s, %(price)s, %(reason)s, %(now)s, %(enrolled_at)s, NULL, '', %(moved_from)s
      FROM free
    ON CONFLICT (group_id, number) WHERE NOT (state = 'ended') DO NOTHING
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


@dataclass
class Wanted:
    """What the new enrolment is, but for its number. `tries` says afterwards how often it was drawn."""

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
    tries: int = 0


def take(wanted: Wanted, *, now: datetime) -> UUID:
    """Its id. In the caller's transaction, which is lost where the database refuses what it wants.

    Raises NoSuchGroup, GroupFull, GroupOver; IntegrityError where the member is in this group already, or is elsewhere
    at the time.
    """
    capacity = lock_group(wanted.group)
    for _try in range(MOST_TRIES):
        wanted.tries += 1
        was_free, found, seats = _draw(wanted, capacity, now)
        if found is not None:
            if not seats:
                raise GroupOver
            return found
        if not was_free and not (release_expired(group=wanted.group, now=now) or _one_left(wanted.group, capacity)):
            raise GroupFull
    raise GroupFull


def lock_members(members: Collection[UUID]) -> None:
    """One after the other for each of them, to the end of the transaction.

    Two parents of one child who write at one instant would wait for each other at the seats, in a circle.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM residents_member WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(members)])


def lock_group(group: int) -> int:
    """How many places it has, to the end of the transaction: whoever changes it or one of its sessions waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT capacity FROM activities_group WHERE id = %s FOR SHARE", [group])
        row = cursor.fetchone()
    if row is None:
        raise NoSuchGroup
    return int(row[0])


def _draw(wanted: Wanted, capacity: int, now: datetime) -> tuple[bool, UUID | None, int]:
    pk = uuid4()
    said: dict[str, Any] = {
        "id": pk,
        "capacity": capacity,
        "basket": wanted.basket,
        "asked_in": wanted.asked_in,
        "group": wanted.group,
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
        cursor.execute(TAKE_SQL, said)
        was_free, number, seats = cursor.fetchone()
    return bool(was_free), pk if number is not None else None, int(seats)


def _one_left(group: int, capacity: int) -> bool:
    """Another look: somebody may have let a place go since."""
    return Enrolment.objects.standing().filter(group=group).count() < capacity


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
    """These are over: their numbers are free, and their seats; where somebody has swum, only those to come. In the
    caller's transaction, which holds them.
    """
    Enrolment.objects.standing().filter(pk__in=ids).update(
        state=EnrolmentState.ENDED, held_until=None, ended_at=now, end_reason=reason
    )
    seats = Seat.objects.taken().filter(enrolment__in=ids)
    if reason in HAVE_SWUM:
        seats = seats.filter(period__startswith__gt=now)
    seats.update(freed_at=now)
