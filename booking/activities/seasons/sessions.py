"""One session of a group by itself: moved, called off, taking place after all, or added."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.activities.exceptions import NoSuchHour, PastDay, PoolClosed
from booking.activities.models import Group, Lane, LaneUse, Session
from booking.activities.seasons.groups import must_plan
from booking.activities.seasons.meetings import uses_of
from booking.activities.seasons.numbering import ONE_PLACE_AT_A_TIME, who_is_elsewhere
from booking.activities.water.days import closures_of, lasts, why_closed
from booking.activities.water.drafts import Draft
from booking.activities.water.saving import save
from municipalities.database.transactions import patient_transaction, refused_by
from municipalities.exceptions import Refusal
from municipalities.languages import Translated
from municipalities.models import StaffMember

T = TypeVar("T")


class MeetsAlready(Refusal):
    code = "meets_already"
    sentence = _("Ce groupe a déjà une séance à cette heure.")


class NotThisSession(Refusal):
    code = "not_this_session"
    sentence = _("Quelqu’un vient de changer cette séance. Rechargez la page.")


def add_session(*, group: Group, start: datetime, end: datetime, by: StaffMember) -> Session:
    """Once more than the rule says, in the group's lanes.

    Raises PastDay, NoSuchHour, PoolClosed, LanesTaken, TooManyHeads, MeetsAlready, MembersElsewhere, Busy.
    """
    must_plan(group.activity.season, by)
    session = Session(group=group, starts_at=start, ends_at=end)
    return _changed(session, by, lambda: None, puts=True, is_new=True)


def move_session(*, session: Session, start: datetime, end: datetime, by: StaffMember) -> Session:
    """To another time, in the group's lanes; it stays that of its planned day. Raises what `add_session` does."""

    def change() -> None:
        if session.is_called_off:
            raise NotThisSession
        session.starts_at, session.ends_at, session.is_moved = start, end, True

    return _changed(session, by, change, puts=True)


def call_off(*, session: Session, reason: Translated, by: StaffMember) -> Session:
    """It does not take place, and its lanes are free. Raises PastDay, NotThisSession, Busy."""

    def change() -> None:
        if session.is_called_off:
            raise NotThisSession
        session.called_off_at, session.reason = timezone.now(), reason

    return _changed(session, by, change, puts=False)


def reinstate(*, session: Session, by: StaffMember) -> Session:
    """It takes place after all, where its lanes are still free. Raises what `add_session` does."""

    def change() -> None:
        if not session.is_called_off:
            raise NotThisSession
        session.called_off_at, session.closure, session.reason = None, None, Translated()

    return _changed(session, by, change, puts=True)


def _changed(
    session: Session, by: StaffMember, change: Callable[[], None], *, puts: bool, is_new: bool = False
) -> Session:
    group = session.group
    must_plan(group.activity.season, by)
    try:
        with patient_transaction(by=by):
            if not is_new:
                _read_again(session)
            change()
            _may_be(session, group)
            lanes = list(group.lanes.order_by("basin__position", "position", "pk"))
            save(lambda lock: _draft(session, group, lanes if puts else [], lock), by=by, wants_something=puts)
            session.save(force_insert=is_new)
    except IntegrityError as error:
        if refused_by(error, ONE_PLACE_AT_A_TIME):
            raise who_is_elsewhere([group], [(session.starts_at, session.ends_at)]) from error
        raise MeetsAlready from error
    return session


def _read_again(session: Session) -> None:
    """As it is now, locked. Raises NotThisSession where it is no more, PastDay where it has begun."""
    current = Session.objects.select_for_update(of=("self",), no_key=True).filter(pk=session.pk).order_by("pk").first()
    if current is None:
        raise NotThisSession
    for name in ("starts_at", "ends_at", "is_moved", "called_off_at", "reason"):
        setattr(session, name, getattr(current, name))
    if session.starts_at <= timezone.now():
        raise PastDay


def _may_be(session: Session, group: Group) -> None:
    if session.starts_at <= timezone.now():
        raise PastDay
    if session.is_called_off:
        return
    if not lasts(session.starts_at, session.ends_at):
        raise NoSuchHour
    pool = group.basin.pool
    why = why_closed(pool, closures_of(pool, session.starts_at, session.ends_at), session.starts_at, session.ends_at)
    if why:
        raise PoolClosed(PoolClosed.because(str(why)))


def _draft(session: Session, group: Group, lanes: Sequence[Lane], lock: bool) -> Draft:
    gone = LaneUse.objects.filter(event=session.pk).order_by("pk")
    return Draft(
        group.basin.pool,
        put=uses_of(session, group, lanes) if lanes else [],
        gone=list(gone.select_for_update(of=("self",), no_key=True) if lock else gone),
    )
