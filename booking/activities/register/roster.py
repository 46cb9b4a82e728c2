"""The groups of a day as a coach has them in the hand: who is expected, what to know of them, and what was noted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from booking.activities.enrolling.levels import levels_of
from booking.activities.models import (
    EnrolmentState,
    GivenLevel,
    NotCounted,
    RegisterMark,
    Said,
    Seat,
    Session,
    SessionQuerySet,
)
from booking.activities.water.days import at
from booking.residents.models import Member
from municipalities.models import StaffMember
from municipalities.rules import Ability, operators_for
from municipalities.wording import say_time

_SAID = ("group__activity", "group__basin__pool__facility", "group__coach")


def kept_by(staff: StaffMember) -> SessionQuerySet:
    """Sessions whose register this person keeps: of the pools of their own operators."""
    found = Session.objects.select_related(*_SAID)
    operators = operators_for(staff, Ability.KEEP_REGISTER)
    return found if operators is None else found.filter(group__activity__season__operator__in=operators)


def day_bounds(day: date) -> Q:
    return Q(starts_at__gte=at(day, time()), starts_at__lt=at(day + timedelta(days=1), time()))


@dataclass(frozen=True)
class Expected:
    """A session of the day, with how many have a place in it and of how many something was noted."""

    session: Session
    is_own: bool
    expected: int
    noted: int


def day_of(staff: StaffMember, day: date) -> list[Expected]:
    """The person's own groups first, both in the order of the hours; sessions called off stand there as such."""
    sessions = list(kept_by(staff).filter(day_bounds(day)).order_by("starts_at", "group__code", "pk"))
    ids = [one.pk for one in sessions]
    seats = dict(
        expected_seats().filter(session__in=ids).values_list("session").annotate(n=Count("pk")).order_by("session")
    )
    noted = dict(
        RegisterMark.objects.attendance()
        .filter(session__in=ids)
        .values_list("session")
        .annotate(n=Count("member", distinct=True))
        .order_by("session")
    )
    found = [
        Expected(one, one.group.coach_id == staff.pk, seats.get(one.pk, 0), noted.get(one.pk, 0)) for one in sessions
    ]
    return sorted(found, key=lambda one: not one.is_own)


def expected_seats() -> QuerySet[Seat]:
    """Seats that somebody is expected in, or was, whatever became of their place since."""
    return Seat.objects.taken().filter(enrolment__enrolled_at__isnull=False)


def seats_of_the_group() -> QuerySet[Seat]:
    """The same, and those of who is enrolled and will not come: the family has told it, or the pool called it off."""
    is_expected = Q(freed_at__isnull=True, enrolment__enrolled_at__isnull=False)
    return Seat.objects.filter(is_expected | Q(enrolment__state=EnrolmentState.ENROLLED))


@dataclass
class Line:
    """One person of a session. `is_absent` says that their family has told it; `is_guest` that they have this session
    alone. `doubts` are what was noted of them and does not hold, as sentences."""

    member: Member
    number: int
    is_absent: bool = False
    is_guest: bool = False
    level: GivenLevel | None = None
    holds: RegisterMark | None = None
    reached: RegisterMark | None = None
    doubts: list[str] = field(default_factory=list)

    @property
    def initials(self) -> str:
        """For a mailbox that many read."""
        return "".join(f"{name[0]}." for name in (self.member.given_name, self.member.family_name) if name)

    @property
    def said(self) -> str:
        return self.holds.said if self.holds else ""


@dataclass(frozen=True)
class Roster:
    lines: Sequence[Line]
    #: Marks that came and count for nothing, as sentences.
    aside: Sequence[str]

    @property
    def present(self) -> int:
        return sum(line.said == Said.PRESENT for line in self.lines)

    @property
    def absent(self) -> int:
        return sum(line.said == Said.ABSENT for line in self.lines)

    @property
    def open(self) -> int:
        return sum(not line.said and not line.is_absent for line in self.lines)


def seats_shown(session: Session) -> QuerySet[Seat]:
    """Also where a family has told an absence; of two seats of one person the taken one."""
    return (
        seats_of_the_group()
        .filter(session=session)
        .select_related("member", "enrolment")
        .only(
            "session",
            "number",
            "freed_at",
            "enrolment__session",
            "member__given_name",
            "member__family_name",
            "member__safety_remark",
        )
        .order_by(F("freed_at").asc(nulls_first=True), "member__family_name", "member__given_name", "pk")
    )


def roster_of(session: Session) -> Roster:
    """Everybody of a session, by name; the same number of queries whoever comes."""
    lines: dict[UUID, Line] = {}
    for seat in seats_shown(session):
        if seat.member_id not in lines:
            lines[seat.member_id] = Line(
                member=seat.member,
                number=seat.number,
                is_absent=seat.freed_at is not None,
                is_guest=seat.enrolment.session_id is not None,
            )
    given = levels_of([line.member for line in lines.values()])
    aside = []
    marks = RegisterMark.objects.filter(session=session).select_related("by")
    marks = marks.only("session", "member", "said", "level", "made_at", "not_counted", "by__name", "by__email")
    for mark in marks.order_by("-made_at", "-received_at"):
        line = lines.get(mark.member_id)
        if mark.not_counted:
            who = str(line.member) if line else _("Une personne d’un autre groupe")
            aside.append(say_aside(mark, who))
        elif line is not None:
            _put(line, mark)
    for line in lines.values():
        line.level = given.get(line.member.pk)
    shown = sorted(
        lines.values(), key=lambda one: (one.member.family_name.casefold(), one.member.given_name.casefold())
    )
    return Roster(shown, aside)


def _put(line: Line, mark: RegisterMark) -> None:
    """Marks come latest first: the first of each kind holds, and one that says something else is told."""
    if mark.said == Said.LEVEL:
        if line.reached is None:
            line.reached = mark
        return
    if line.holds is None:
        line.holds = mark
    elif line.holds.said != mark.said and line.holds.by_id != mark.by_id:
        line.doubts.append(say_contradicted(mark))


def say_mark(mark: RegisterMark) -> str:
    return str(mark.get_level_display() if mark.said == Said.LEVEL else mark.get_said_display())


def say_contradicted(mark: RegisterMark) -> str:
    return _("aussi noté « %(said)s » à %(hour)s par %(who)s") % {
        "said": say_mark(mark),
        "hour": say_time(mark.made_at),
        "who": mark.by,
    }


def say_aside(mark: RegisterMark, who: str) -> str:
    return _("%(name)s : « %(said)s », noté à %(hour)s par %(who)s, ne compte pas, car %(why)s.") % {
        "name": who,
        "said": say_mark(mark),
        "hour": say_time(mark.made_at),
        "who": mark.by,
        "why": NotCounted(mark.not_counted).label,
    }
