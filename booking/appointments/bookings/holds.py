"""Taking a slot for a few minutes, and giving it back."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from booking.appointments.enums import KeptFor
from booking.appointments.exceptions import (
    ExtendedAlready,
    HeldMeanwhile,
    HoldExpired,
    HoldNotYours,
    NotOffered,
    SlotTaken,
    TooManyHolds,
)
from booking.appointments.free_time.gaps import rebuild_day
from booking.appointments.free_time.holding import hold_minutes, hold_time
from booking.appointments.free_time.visibility import Viewer, offered_at, windows
from booking.appointments.models import Appointment, AppointmentType
from booking.appointments.models.offer import GRID_MINUTES, MAX_PEOPLE
from booking.appointments.waiting_list.offers import belongs_to_the_waiting, pass_on
from booking.residents.references import keyed_hash
from municipalities.database.prepared import prepared_cursor
from municipalities.database.transactions import Busy, patient_transaction
from municipalities.idempotency import Press, answer_of, let_go
from municipalities.models import Facility, Municipality, StaffMember


def hold_slot(
    *,
    type: AppointmentType,
    people: int,
    facility: Facility | None,
    starts_at: datetime,
    viewer: Viewer,
    browser: str,
    address: str,
    moves: Appointment | None = None,
    booked_through: Municipality | None = None,
    by: StaffMember | None = None,
    press: Press | None = None,
    now: datetime | None = None,
) -> Appointment:
    """Hold `starts_at` (aware) for `people` at `facility`, or at any place that offers it, for ten minutes.

    The same browser asking for the same slot again gets the same hold, and so does the same press, whatever has become
    of it in between; which counter it is, see `hold_time`. Raises NotOffered, SlotTaken, TooManyHolds, Busy.
    """
    now = now or timezone.now()
    if not 1 <= people <= min(type.max_people, MAX_PEOPLE) or starts_at <= now or not _on_grid(starts_at):
        raise NotOffered
    browser_hash, address_hash = keyed_hash("browser", browser), keyed_hash("address", address)
    asked = {
        "now": now,
        "browser": browser_hash,
        "address": address_hash,
        "type": type.pk,
        "people": people,
        "facility": facility.pk if facility else None,
        "start": starts_at,
        "moves": moves.pk if moves else None,
    }
    most = settings.HOLDS_PER_BROWSER if by is None else None
    for _attempt in range(MOST_MEANWHILE):
        again, offered = _before(asked, without_limit=by is not None)
        if again is not None:
            return again
        try:
            return hold_time(
                type=type,
                people=people,
                facility=facility,
                starts_at=starts_at,
                viewer=viewer,
                expires_at=now + timedelta(minutes=hold_minutes()),
                now=now,
                kept_for=KeptFor.BROWSER,
                offer=windows(offered, now),
                browser_hash=browser_hash,
                address_hash=address_hash,
                moves=moves,
                booked_through=booked_through,
                by=by,
                most_of_browser=most,
                press=press,
            )
        except HeldMeanwhile:
            continue
        except (SlotTaken, NotOffered):
            answer = answer_of(press) if press is not None else ""
            if press is None or not answer:
                raise
            made = Appointment.objects.select_related("facility", "type").filter(pk=answer).first()
            if made is not None:
                return made
            # Given back since: whoever comes back to the page and presses wants it anew.
            let_go(press, answer)
    raise Busy


#: How often a browser may be told that it has just got another hold, before "busy".
MOST_MEANWHILE = 10


def _on_grid(starts_at: datetime) -> bool:
    return starts_at.second == starts_at.microsecond == 0 and starts_at.minute % GRID_MINUTES == 0


def _what_to_know(here: str) -> str:
    """Everything to know before taking at the places `here`, in one statement.

    Lapsed holds, this browser's and address's, and this very one; beside it, once per place that offers the type, which
    rules hold there.
    """
    return f"""
WITH mine AS MATERIALIZED (
    SELECT id, type_id, people_count, starts_at, facility_id, moves_id FROM appointments_appointment
    WHERE state = 'held' AND browser_hash = %(browser)s
)
SELECT b.lapsed, b.from_browser, b.from_address, b.again, o.*
FROM (SELECT
    EXISTS (SELECT FROM appointments_appointment WHERE state = 'held' AND expires_at <= %(now)s) AS lapsed,
    (SELECT count(*) FROM mine) AS from_browser,
    (SELECT count(*) FROM appointments_appointment WHERE state = 'held' AND address_hash = %(address)s) AS from_address,
    (SELECT id FROM mine WHERE type_id = %(type)s AND people_count = %(people)s AND starts_at = %(start)s
        AND {here} AND moves_id IS NOT DISTINCT FROM %(moves)s::uuid LIMIT 1) AS again) b
LEFT JOIN ({offered_at(here)}) o ON true
"""


#: A text for each, so that each is planned for what it looks up.
_BEFORE_HERE, _BEFORE_ANYWHERE = _what_to_know("facility_id = %(facility)s"), _what_to_know("true")


def _before(asked: dict[str, Any], *, without_limit: bool) -> tuple[Appointment | None, list[tuple[Any, ...]]]:
    """The browser's own hold of this very slot, if there is one, and rows of `offered_at`.

    Raises TooManyHolds: browser first, address second.
    """
    while True:
        with prepared_cursor() as cursor:
            cursor.execute(_BEFORE_HERE if asked["facility"] else _BEFORE_ANYWHERE, asked)
            rows = cursor.fetchall()
        lapsed, from_browser, from_address, again = rows[0][:4]
        if not lapsed or not release_expired_holds(now=asked["now"]):
            break
    if again is not None:
        return Appointment.objects.select_related("facility", "type").filter(pk=again).first(), []
    crowded = from_browser >= settings.HOLDS_PER_BROWSER or from_address >= settings.HOLDS_PER_ADDRESS
    if crowded and not without_limit:
        raise TooManyHolds
    return None, [row[4:] for row in rows if row[4] is not None]


def release_hold(*, hold_id: uuid.UUID, browser: str) -> None:
    """Give a hold back before it expires. Nothing happens when it is gone already. Raises HoldNotYours."""
    with patient_transaction():
        hold = Appointment.objects.held().filter(pk=hold_id).select_for_update(of=("self",)).order_by("pk").first()
        if hold is None:
            return
        if bytes(hold.browser_hash or b"") != keyed_hash("browser", browser):
            raise HoldNotYours
        _give_back(hold)


def extend_hold(*, hold_id: uuid.UUID, browser: str) -> Appointment:
    """Ten more minutes for whoever needs longer to fill in the form, once: the database counts (WCAG 2.2, 2.2.1).

    Raises HoldExpired, HoldNotYours, ExtendedAlready, Busy.
    """
    try:
        with patient_transaction():
            hold = Appointment.objects.held().filter(pk=hold_id).select_for_update(of=("self",)).order_by("pk").first()
            if hold is None or hold.expires_at is None or hold.expires_at <= timezone.now():
                raise HoldExpired
            if bytes(hold.browser_hash or b"") != keyed_hash("browser", browser):
                raise HoldNotYours
            if hold.kept_for != KeptFor.BROWSER:
                raise ExtendedAlready
            hold.expires_at += timedelta(minutes=hold_minutes())
            hold.times_extended += 1
            hold.save(update_fields=["expires_at", "times_extended"])
    except IntegrityError as error:
        if "held_time_is_extended_once_at_most" not in str(error):
            raise
        raise ExtendedAlready from error
    return hold


#: Prepared, for every search asks it and hardly ever is there one.
_LAPSED = """
SELECT id FROM appointments_appointment WHERE state = 'held' AND expires_at <= %s ORDER BY expires_at LIMIT 200
"""


def release_expired_holds(*, now: datetime | None = None) -> int:
    """Make the time of lapsed holds free again, each in its own transaction. The number released.

    Called by whoever is about to look for time or to take it, so that no clock decides; the beat's sweep only tidies.
    """
    now = now or timezone.now()
    released = 0
    with prepared_cursor() as cursor:
        cursor.execute(_LAPSED, [now])
        lapsed = [row[0] for row in cursor.fetchall()]
    for hold_id in lapsed:
        try:
            with patient_transaction():
                hold = (
                    Appointment.objects.held()
                    .filter(pk=hold_id, expires_at__lte=now)
                    .select_for_update(of=("self",), skip_locked=True)
                    .order_by("pk")
                    .first()
                )
                if hold is not None:
                    _give_back(hold)
                    released += 1
        except Busy:
            continue  # somebody is at it; whoever looks next meets it again
    return released


def _give_back(hold: Appointment) -> None:
    """To the next waiting person when the hold came from the waiting list, else to everybody."""
    if belongs_to_the_waiting(hold):
        pass_on(hold)
    else:
        hold.delete()
        rebuild_day(hold.counter_id, hold.starts_at)
