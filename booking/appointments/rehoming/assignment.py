"""Who sits where when a counter closes: the published rule of re-homing, over values only. Pure.

All appointments of one length that lose their place are looked at together, as one assignment of least cost:
first as many people as possible find a place, then as many as possible stay in their house, then the sum of the squared
minutes apart is least (twenty minutes for each of two people rather than forty for one; order is kept), then distance.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from booking.appointments.free_time.slots import GRID

#: How far a person may be sent without being asked: the same day, this much earlier or later, this far away.
MOST_MINUTES = 120
MOST_KM = 15.0
#: People must learn of it before they leave home: nobody is asked to come earlier, or elsewhere, sooner than this.
NOTICE_EARLIER = timedelta(hours=2)
NOTICE_ELSEWHERE = timedelta(hours=1)

_UNSEATED = 10**12
_ELSEWHERE = 10**8
_PER_SQUARED_MINUTE = 100


@dataclass(frozen=True, slots=True)
class Gap:
    """Free time `[starts_at, ends_at)` of one counter, where it takes `length`; no start from `latest` on."""

    facility_id: int
    starts_at: datetime
    ends_at: datetime
    latest: datetime
    length: timedelta
    km: float = 0.0
    is_home: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    facility_id: int
    starts_at: datetime
    km: float
    is_home: bool


def reseat(wanted: Sequence[datetime], rooms: Sequence[Gap], now: datetime) -> list[Place | None]:
    """A seat for each start that has lost its place, None where nothing near enough is left.

    Two seatings are compared by the rule above and the better one is taken: the one that first gives the very same hour
    wherever it is free in the house, and the one that packs every room from its beginning.
    """
    packed = _assign(wanted, rooms, now)
    kept: list[Place | None] = []
    left = list(rooms)
    for start in wanted:
        room = next((r for r in left if r.is_home and _covers(r, start)), None)
        if room is None:
            kept.append(None)
            continue
        kept.append(Place(room.facility_id, start, room.km, True))
        left.remove(room)
        left += _around(room, start)
    others = iter(_assign([start for start, seat in zip(wanted, kept, strict=True) if not seat], left, now))
    same_hour_first = [seat or next(others) for seat in kept]
    return min(same_hour_first, packed, key=lambda seats: _total(wanted, seats))


def _covers(room: Gap, start: datetime) -> bool:
    fits = room.starts_at <= start < room.latest and start + room.length <= room.ends_at
    return fits and (start - room.starts_at) % GRID == timedelta(0)


def _around(room: Gap, start: datetime) -> list[Gap]:
    pieces = ((room.starts_at, start), (start + room.length, room.ends_at))
    return [replace(room, starts_at=low, ends_at=high) for low, high in pieces if low + room.length <= high]


def cost(wanted: datetime, seat: Place, now: datetime) -> int | None:
    """What moving one person to this seat costs; None: too far, in time or place, or told too late."""
    apart = int((seat.starts_at - wanted) / timedelta(minutes=1))
    if abs(apart) > MOST_MINUTES or seat.km > MOST_KM:
        return None
    if apart < 0 and seat.starts_at < now + NOTICE_EARLIER:
        return None
    if not seat.is_home and seat.starts_at < now + NOTICE_ELSEWHERE:
        return None
    return (0 if seat.is_home else _ELSEWHERE) + _PER_SQUARED_MINUTE * apart * apart + round(seat.km * 10)


def _total(wanted: Sequence[datetime], seats: Sequence[Place | None]) -> int:
    early = min(wanted, default=None)
    if early is None:
        return 0
    # Every seat was allowed when it was chosen: the notice is not asked again.
    long_ago = early - timedelta(days=30)
    total = 0
    for start, seat in zip(wanted, seats, strict=True):
        price = cost(start, seat, long_ago) if seat else None
        total += _UNSEATED if price is None else price
    return total


def _seats(rooms: Sequence[Gap]) -> list[Place]:
    found = []
    for room in rooms:
        start = room.starts_at
        while start + room.length <= room.ends_at and start < room.latest:
            found.append(Place(room.facility_id, start, room.km, room.is_home))
            start += room.length
    return found


def _assign(wanted: Sequence[datetime], rooms: Sequence[Gap], now: datetime) -> list[Place | None]:
    """The assignment of least cost: Hungarian method with potentials, O(n² m), after thinning out hopeless seats."""
    seats = _seats(rooms)
    prices = [[cost(start, seat, now) for seat in seats] for start in wanted]
    useful: set[int] = set()
    for row in prices:
        near = sorted((price, index) for index, price in enumerate(row) if price is not None)
        # With n people, nobody ever needs more than their n best seats.
        useful.update(index for _price, index in near[: len(wanted)])
    columns = sorted(useful)
    matrix = [
        [_UNSEATED if (price := row[index]) is None else price for index in columns] + [_UNSEATED] * len(wanted)
        for row in prices
    ]
    chosen = _least_cost(matrix)
    return [
        seats[columns[index]] if index < len(columns) and matrix[n][index] < _UNSEATED else None
        for n, index in enumerate(chosen)
    ]


def _least_cost(matrix: Sequence[Sequence[int]]) -> list[int]:
    """For each row its column, such that the sum is least; at least as many columns as rows."""
    height = len(matrix)
    width = len(matrix[0]) if matrix else 0
    row_potential, column_potential = [0] * (height + 1), [0] * (width + 1)
    owner, way = [0] * (width + 1), [0] * (width + 1)
    for row in range(1, height + 1):
        owner[0] = row
        column = 0
        least = [10**18] * (width + 1)
        used = [False] * (width + 1)
        while True:
            used[column] = True
            current, delta, following = owner[column], 10**18, 0
            prices, base = matrix[current - 1], row_potential[current]
            for other in range(1, width + 1):
                if used[other]:
                    continue
                reduced = prices[other - 1] - base - column_potential[other]
                if reduced < least[other]:
                    least[other], way[other] = reduced, column
                if least[other] < delta:
                    delta, following = least[other], other
            for other in range(width + 1):
                if used[other]:
                    row_potential[owner[other]] += delta
                    column_potential[other] -= delta
                else:
                    least[other] -= delta
            column = following
            if owner[column] == 0:
                break
        while column:
            owner[column] = owner[way[column]]
            column = way[column]
    found = [0] * height
    for column in range(1, width + 1):
        if owner[column]:
            found[owner[column] - 1] = column - 1
    return found
