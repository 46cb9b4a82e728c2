"""What calendars show, as each service tells it at the door. `booking.feeds` publishes it and knows none of them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from municipalities.models import StaffMember

#: What is over, and what was cancelled, stays in a calendar this long.
KEPT = timedelta(days=30)


class Privacy(models.TextChoices):
    """How much an entry says about people. Calendars get shared, so the least is what one gets without asking."""

    BUSY = "busy", _("Occupé, sans nom ni motif")
    INITIALS = "initials", _("Initiales et motif")
    FULL = "full", _("Noms, motif et référence")


def first_moment(now: datetime) -> datetime:
    """Where calendars begin: the local midnight thirty days ago, so that the window moves once a day."""
    return timezone.make_aware(datetime.combine(timezone.localdate(now) - KEPT, time.min))


@dataclass(frozen=True)
class Counted:
    """What a calendar shows, in figures: while these are the same, so is its text. `latest` is the latest change."""

    figures: Sequence[object]
    latest: datetime | None


@dataclass(frozen=True)
class Scope:
    """What one person may see in a calendar today: its `name`, and the most each facility (by id) tells them.

    `count` and `entries` are given where the window begins; `entries` also the level of each facility and the language
    of the reader. It returns VEVENTs, one after the other (`booking.ical.render_entry`).
    """

    name: str
    most: Mapping[int, Privacy]
    count: Callable[[datetime], Counted]
    entries: Callable[[datetime, Mapping[int, Privacy], str], str]


@dataclass(frozen=True)
class FeedKind:
    """A kind of calendar agents subscribe to. `name` is stored with each of them, `slug` stands in forms.

    What one calendar is about is its `subject_id`: the key of a counter, of a facility, as text; "" for all
    that is the agent's own.
    """

    name: str
    slug: str
    #: The heading of its choices; "" for none.
    group: str | Promise
    #: What this person may subscribe to: (subject_id, words).
    choices: Callable[[StaffMember], Sequence[tuple[str, str]]]
    #: What these are called, by subject_id; what is gone is left out.
    names: Callable[[Collection[str]], Mapping[str, str]]
    #: What this person may see of one of them now; None for nothing.
    scope: Callable[[str, StaffMember], Scope | None]
    #: Whether anything it shows has changed, as an SQL condition over `f.places` (ids of facilities), `f.subject_id`
    #: and `f.since`. Without one it is counted at each reading, which costs a few statements.
    changed: str = ""


@dataclass(frozen=True)
class Followed:
    """One thing as the calendar of whoever it concerns follows it.

    The calendar ends with the `contact` it was made for, and thirty days after `over_at`. While `figures` are the same,
    so is its text.
    """

    contact: str
    may_begin: bool
    over_at: datetime
    figures: Sequence[object]
    modified_at: datetime
    language: str
    name: str | Promise
    entry: Callable[[], str]


@dataclass(frozen=True)
class Following:
    """Lets residents follow a subject in their own calendar.

    `template` extends `feeds/resident.html` with its words.
    """

    template: str
    #: As it is now; the flag asks for the row to be locked. None when there is nothing to follow.
    read: Callable[[UUID, bool], Followed | None]
    #: Which of these were over by then, or are gone.
    over: Callable[[Collection[UUID], datetime], Collection[UUID]]
