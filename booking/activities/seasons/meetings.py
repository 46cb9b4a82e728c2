"""When a group meets: its weekday between its two days, without holidays and closures, by the clock on the wall."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from booking.activities.enums import UseKind
from booking.activities.models import Group, Lane, Session
from booking.activities.water.days import OpenDays, Skipped, at, weekly
from booking.activities.water.drafts import NewUse, new_uses

#: As much of an activity's name as the plan of the water holds.
LABEL = 80


@dataclass(frozen=True, slots=True)
class Meeting:
    """A group meets on `day` of its rule, from `start` to `end`."""

    day: date
    start: datetime
    end: datetime


def meetings_of(group: Group, known: OpenDays) -> tuple[list[Meeting], list[Skipped]]:
    """Every time a group meets, and the days on which it does not, each with its reason."""
    meets, skipped = [], []
    for day in weekly(group.weekday, group.first_day, group.last_day):
        start, end = at(day, group.starts), at(day, group.ends)
        why = known.why_not(day, start, end, skips_school_holidays=not group.in_school_holidays)
        if why:
            skipped.append(Skipped(day, str(why)))
        else:
            meets.append(Meeting(day, start, end))
    return meets, skipped


def open_days(group: Group) -> OpenDays:
    return OpenDays(group.basin.pool, group.first_day, group.last_day)


class Dates(Protocol):
    """A session, there or to be."""

    @property
    def pk(self) -> UUID: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...


def uses_of(session: Session | Dates, group: Group, lanes: Sequence[Lane]) -> list[NewUse]:
    """The lanes that a session has, each with its share of the group's places."""
    return new_uses(
        lanes=lanes,
        start=session.starts_at,
        end=session.ends_at,
        kind=UseKind.GROUP,
        label=group.activity.name.in_language("fr")[:LABEL],
        heads=group.capacity,
        event=session.pk,
    )
