"""What coaches press, taken down: once for each id, also when a telephone sends it again.

Nothing that comes is lost: what does not count is kept beside, with why, and both the telephone and the page say it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.activities.enrolling.levels import give_level
from booking.activities.models import Level, NotCounted, RegisterMark, Said, Session
from booking.activities.register.roster import say_mark, seats_of_the_group
from booking.residents.models import Member
from municipalities.database.transactions import patient_transaction
from municipalities.models import StaffMember
from municipalities.rules import Ability, may_for_operator
from municipalities.wording import say_time

#: A telephone that was away longer is told that its marks are too old.
KEPT_FOR = timedelta(days=7)

_WHY = {
    NotCounted.LEFT: gettext_lazy(
        "Vous n’êtes plus maître-nageur de cette piscine : ce que vous avez noté est gardé à part et ne compte pas."
        " Dites-le à votre responsable."
    ),
    NotCounted.CALLED_OFF: gettext_lazy(
        "Cette séance est annulée : ce que vous avez noté est gardé à part et ne compte pas."
    ),
    NotCounted.ANOTHER_GROUP: gettext_lazy(
        "Cette personne n’est pas de ce groupe : ce que vous avez noté est gardé à part et ne compte pas."
    ),
    NotCounted.TOO_EARLY: gettext_lazy(
        "Cette séance n’a pas encore eu son jour : ce que vous avez noté est gardé à part et ne compte pas."
    ),
}


@dataclass(frozen=True)
class Pressed:
    """One press as it comes from a form or a telephone; `at` by the clock of the device."""

    id: UUID
    session: UUID
    member: UUID
    said: Said
    at: datetime
    level: Level | None = None


@dataclass(frozen=True)
class Answer:
    """`sentence` is empty for what simply holds."""

    id: str
    sentence: str = ""


def note(
    pressed: Sequence[Pressed], *, by: StaffMember, clock: datetime | None = None, now: datetime | None = None
) -> list[Answer]:
    """Take marks down, and say of each what became of it. `clock` is what the device took for now when it sent them.

    The same id again is the same mark, and answered as it was. Raises Busy.
    """
    now = now or timezone.now()
    off = now - (clock or now)
    wanted = {one.id: one for one in pressed}
    with patient_transaction(by=by):
        sessions = {
            one.pk: one
            for one in Session.objects.filter(pk__in={one.session for one in pressed}).select_related(
                "group__activity__season"
            )
        }
        seated = set(
            seats_of_the_group()
            .filter(session__in=sessions, member__in={one.member for one in pressed})
            .values_list("session", "member")
        )
        known = set(Member.objects.filter(pk__in={one.member for one in pressed}).values_list("pk", flat=True))
        marks = [
            _mark(one, sessions[one.session], seated, by, min(one.at + off, now), now)
            for one in wanted.values()
            if one.session in sessions and one.member in known
        ]
        new = _save(marks)
        kept = {one.pk: one for one in RegisterMark.objects.filter(pk__in=wanted).select_related("by", "member")}
        latest = _latest(kept.values())
        for mark in kept.values():
            if mark.pk in new and mark.said == Said.LEVEL and not mark.not_counted and latest[_about(mark)] == mark:
                assert mark.level is not None
                given_on = timezone.localdate(mark.made_at)
                give_level(member=mark.member, level=Level(mark.level), by=by, on=given_on)
    return [_answer(one, kept.get(one.id), latest) for one in wanted.values()]


def _mark(
    one: Pressed, session: Session, seated: set[tuple[UUID, UUID]], by: StaffMember, at: datetime, now: datetime
) -> RegisterMark:
    return RegisterMark(
        pk=one.id,
        session=session,
        member_id=one.member,
        said=one.said,
        level=one.level,
        made_at=at,
        received_at=now,
        by=by,
        not_counted=_why_not(one, session, seated, by, at),
    )


def _why_not(
    one: Pressed, session: Session, seated: set[tuple[UUID, UUID]], by: StaffMember, at: datetime
) -> NotCounted | str:
    operator = session.group.activity.season.operator_id
    if not by.is_active or not may_for_operator(by, Ability.KEEP_REGISTER, operator):
        return NotCounted.LEFT
    if session.is_called_off:
        return NotCounted.CALLED_OFF
    if (session.pk, one.member) not in seated:
        return NotCounted.ANOTHER_GROUP
    if timezone.localdate(at) < timezone.localdate(session.starts_at):
        return NotCounted.TOO_EARLY
    return ""


def _save(marks: Sequence[RegisterMark]) -> set[UUID]:
    """Those that were not there before. Who sends the same at the same time waits, and finds them there."""
    before = set(RegisterMark.objects.filter(pk__in=[mark.pk for mark in marks]).values_list("pk", flat=True))
    RegisterMark.objects.bulk_create(marks, ignore_conflicts=True)
    return {mark.pk for mark in marks} - before


def _about(mark: RegisterMark) -> tuple[UUID, UUID, bool]:
    return mark.session_id, mark.member_id, mark.said == Said.LEVEL


def _latest(marks: Collection[RegisterMark]) -> dict[tuple[UUID, UUID, bool], RegisterMark]:
    """What holds, of everybody these marks are about."""
    found: dict[tuple[UUID, UUID, bool], RegisterMark] = {}
    members: dict[UUID, set[UUID]] = defaultdict(set)
    for one in marks:
        members[one.session_id].add(one.member_id)
    said = RegisterMark.objects.counted().filter(
        session__in=members, member__in={pk for ids in members.values() for pk in ids}
    )
    for mark in said.select_related("by", "member").order_by("made_at", "received_at", "pk"):
        found[_about(mark)] = mark
    return found


def _answer(one: Pressed, mark: RegisterMark | None, latest: Mapping[tuple[UUID, UUID, bool], RegisterMark]) -> Answer:
    if mark is None:
        return Answer(str(one.id), _("Cette séance n’existe plus : ce que vous avez noté n’a pas pu être gardé."))
    if mark.not_counted:
        return Answer(str(one.id), str(_WHY[NotCounted(mark.not_counted)]))
    holds = latest[_about(mark)]
    if (holds.said, holds.level) == (mark.said, mark.level):
        return Answer(str(one.id))
    said = _(
        "%(name)s : « %(said)s », noté à %(hour)s, ne tient plus."
        " « %(other)s » a été noté après, à %(later)s, par %(who)s."
    )
    return Answer(
        str(one.id),
        said
        % {
            "name": mark.member,
            "said": say_mark(mark),
            "hour": say_time(mark.made_at),
            "other": say_mark(holds),
            "later": say_time(holds.made_at),
            "who": holds.by,
        },
    )
