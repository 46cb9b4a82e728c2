"""Taking a slot for a few minutes, and giving it back."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from booking.appointments.actions.taking import hold_minutes, patient_transaction, take_for
from booking.appointments.actions.waiting_list import belongs_to_the_waiting, pass_on
from booking.appointments.exceptions import Busy, HoldNotYours, NotOffered, TooManyHolds
from booking.appointments.free_time import rebuild_day
from booking.appointments.models import Appointment, AppointmentType
from booking.appointments.models.offer import GRID_MINUTES, MAX_PEOPLE
from booking.appointments.references import keyed_hash
from booking.appointments.visibility import Viewer
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
    now: datetime | None = None,
) -> Appointment:
    """Hold `starts_at` (aware) for `people` at `facility`, or at any place that offers it, for ten minutes.

    The same browser asking for the same slot again gets the same hold; which counter it is, see `take_for`.
    Raises NotOffered, SlotTaken, TooManyHolds, Busy.
    """
    now = now or timezone.now()
    if not 1 <= people <= min(type.max_people, MAX_PEOPLE) or starts_at <= now or not _on_grid(starts_at):
        raise NotOffered
    release_expired_holds(now=now)
    browser_hash, address_hash = keyed_hash("browser", browser), keyed_hash("address", address)
    again = _check_limits(type, people, facility, starts_at, browser_hash, address_hash, moves, by)
    if again is not None:
        return again
    hold_id = take_for(
        type=type,
        people=people,
        facility=facility,
        starts_at=starts_at,
        viewer=viewer,
        expires_at=now + timedelta(minutes=hold_minutes()),
        now=now,
        browser_hash=browser_hash,
        address_hash=address_hash,
        moves=moves,
        booked_through=booked_through,
        by=by,
    )
    return Appointment.objects.select_related("facility__municipality", "counter", "type").get(pk=hold_id)


def _on_grid(starts_at: datetime) -> bool:
    return starts_at.second == starts_at.microsecond == 0 and starts_at.minute % GRID_MINUTES == 0


def _check_limits(
    kind: AppointmentType,
    people: int,
    facility: Facility | None,
    starts_at: datetime,
    browser_hash: bytes,
    address_hash: bytes,
    moves: Appointment | None,
    by: StaffMember | None,
) -> Appointment | None:
    """The browser's own hold of this very slot, if there is one. Raises TooManyHolds: browser first, address second."""
    held = Appointment.objects.held()
    mine = list(held.filter(browser_hash=browser_hash).select_related("facility__municipality", "counter", "type"))
    for hold in mine:
        same_place = facility is None or hold.facility_id == facility.pk
        same_ask = hold.type_id == kind.pk and hold.people_count == people
        if same_place and same_ask and hold.starts_at == starts_at and hold.moves_id == (moves.pk if moves else None):
            return hold
    if by is None and (
        len(mine) >= settings.HOLDS_PER_BROWSER
        or held.filter(address_hash=address_hash).count() >= settings.HOLDS_PER_ADDRESS
    ):
        raise TooManyHolds
    return None


def release_hold(*, hold_id: uuid.UUID, browser: str) -> None:
    """Give a hold back before it expires. Nothing happens when it is gone already. Raises HoldNotYours."""
    with patient_transaction():
        hold = Appointment.objects.held().filter(pk=hold_id).select_for_update(of=("self",)).first()
        if hold is None:
            return
        if bytes(hold.browser_hash or b"") != keyed_hash("browser", browser):
            raise HoldNotYours
        _give_back(hold)


def release_expired_holds(*, now: datetime | None = None) -> int:
    """Make the time of lapsed holds free again, each in its own transaction. The number released.

    Called by whoever is about to look for time or to take it, so that no clock decides; the beat's sweep only tidies.
    """
    now = now or timezone.now()
    released = 0
    lapsed = Appointment.objects.held().filter(expires_at__lte=now).order_by("expires_at")
    for hold_id in lapsed.values_list("pk", flat=True)[:200]:
        try:
            with patient_transaction():
                hold = (
                    Appointment.objects.held()
                    .filter(pk=hold_id, expires_at__lte=now)
                    .select_for_update(of=("self",), skip_locked=True)
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
