"""Mending what was typed: who comes, why, with which number, how to reach them. The time follows the people."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError
from django.utils import timezone

from booking.appointments.bookings.changes import CONTACT, follow_contact, locked, shift
from booking.appointments.bookings.confirming import NUMBER_CONSTRAINT, PersonDetails, free_numbers, in_use
from booking.appointments.bookings.holds import hold_slot
from booking.appointments.bookings.late_numbers import refuse_too_near
from booking.appointments.enums import Audience, State
from booking.appointments.exceptions import (
    AlreadyOver,
    ChangedMeanwhile,
    NobodyLeft,
    NoRoomForAll,
    NotOffered,
    SlotTaken,
)
from booking.appointments.free_time.gaps import lock_day, rebuild_day
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.messages import owed
from booking.appointments.models import Appointment, AppointmentPerson, CounterOffering
from booking.appointments.search.answers import Search, Slot
from booking.appointments.search.availability import find
from booking.appointments.waiting_list.offers import follow_people_of, keep_for_the_waiting
from municipalities.database.transactions import patient_transaction
from municipalities.database.versions import version_of
from municipalities.models import Facility, StaffMember

#: So many starts are offered where the own one is too short.
NEAREST = 6
_OF_PERSON = ("first_name", "last_name", "birth_year", "is_minor", "situation", "pre_application_number")


@dataclass(frozen=True)
class CorrectedPerson:
    """A person as they should be; `pk` of who was there already, None of who joins."""

    details: PersonDetails
    pk: int | None = None

    def fields(self) -> dict[str, object]:
        about = {name: getattr(self.details, name) for name in _OF_PERSON[:-1]}
        return about | {"pre_application_number": self.details.number}


@dataclass(frozen=True)
class Correction:
    """The file as it should be. Whoever is missing from `people` drops out; what is None stays as it is."""

    people: Sequence[CorrectedPerson]
    contact: Mapping[str, str] | None = None
    note: str | None = None


def correct_appointment(
    *,
    appointment: Appointment,
    version: str,
    correction: Correction,
    by: StaffMember | None = None,
    to: tuple[Facility, datetime] | None = None,
    now: datetime | None = None,
) -> Appointment:
    """Make the file what `correction` says, with its time, numbers, entry and messages, all or nothing.

    `version` is that of the row as it was shown. Fewer people leave the rest of their time free at once; more have it
    longer where they are, at that hour at another counter of the place, or at the start `to`. The same correction sent
    twice is one. An agent, `by`, may mend an appointment that has begun; its holder may not.
    Raises AlreadyOver, ChangedMeanwhile, NobodyLeft, NoRoomForAll, NumberFirst, NumberInUse, NotOffered, SlotTaken,
    Busy.
    """
    now = now or timezone.now()
    if not correction.people:
        raise NobodyLeft

    def attempt(start: tuple[Facility, datetime] | None) -> Appointment:
        numbers = [person.details.number for person in correction.people if person.details.number]
        for may_free in (True, False):
            try:
                with patient_transaction(by=by):
                    return _correct(appointment, version, correction, by, start, now)
            except IntegrityError as error:
                if NUMBER_CONSTRAINT not in str(error):
                    raise
                if not (may_free and free_numbers(numbers)):
                    raise in_use(numbers, besides=appointment.pk) from error
        raise AssertionError("unreachable")

    try:
        return attempt(to)
    except NoRoomForAll:
        # Another counter of the same place may have the hour for as long as it takes.
        try:
            return attempt((appointment.facility, appointment.starts_at))
        except (SlotTaken, NotOffered):
            raise NoRoomForAll from None


def viewer_for(appointment: Appointment, by: StaffMember | None) -> Viewer:
    """Public time, an agent's too: what is kept for emergencies wants a reason, and is had by moving."""
    home = appointment.home_municipality
    return Viewer.resident(home or appointment.facility.municipality if by else home)


def nearest_times(appointment: Appointment, *, people: int, viewer: Viewer) -> list[Slot]:
    """Starts for so many people, the nearest to what the appointment has now: of its place first, then anywhere."""
    kind, starts_at = appointment.type, appointment.starts_at
    day = max(timezone.localdate(starts_at), timezone.localdate())
    here = find(Search(kind, people, viewer, facilities=(appointment.facility_id,), day=day, limit=NEAREST))
    that_day = [slot for found in here.day_facilities for slot in found.slots]
    that_day.sort(key=lambda slot: abs(slot.starts_at - starts_at))
    anywhere = find(Search(kind, people, viewer, from_day=day, limit=NEAREST)).first
    found = {slot.token: slot for slot in [*that_day[: NEAREST // 2], *anywhere, *here.first]}
    return sorted(list(found.values())[:NEAREST], key=lambda slot: slot.starts_at)


def version_shown(appointment: Appointment) -> str:
    """The version of the row as it is now, for the page that shows it."""
    rows = Appointment.objects.filter(pk=appointment.pk).annotate(version=version_of(Appointment))
    return str(rows.values_list("version", flat=True).get())


def _correct(
    appointment: Appointment,
    version: str,
    correction: Correction,
    by: StaffMember | None,
    to: tuple[Facility, datetime] | None,
    now: datetime,
) -> Appointment:
    mine = locked(appointment)
    known = {person.pk: person for person in mine.people.all()}
    if version_shown(mine) != version:
        if mine.state == State.BOOKED and _is_done(mine, known, correction):
            return mine
        raise ChangedMeanwhile if mine.state == State.BOOKED else AlreadyOver
    if mine.state != State.BOOKED or (by is None and mine.starts_at <= now):
        raise AlreadyOver
    if any(person.pk is not None and person.pk not in known for person in correction.people):
        raise ChangedMeanwhile
    before = mine.starts_at
    is_mended = _mend_people(mine, known, correction.people)
    if all(person.details.number for person in correction.people):
        mine.number_due_at = None
    if to is not None and by is None:
        refuse_too_near(mine, to[1], now)
    if to is not None or len(correction.people) != mine.people_count:
        _follow_people(mine, len(correction.people), by, to, now)
        is_mended = True
    left, is_reached_elsewhere = "", False
    if correction.contact is not None and any(getattr(mine, name) != correction.contact[name] for name in CONTACT):
        left, is_reached_elsewhere = follow_contact(mine, **correction.contact), True
    if correction.note is not None:
        mine.counter_note = correction.note
    if is_mended:
        mine.changed_at = now
        mine.sequence += 1
    mine.save(
        update_fields=["people_count", "ends_at", "counter_note", "number_due_at", *CONTACT, "changed_at", "sequence"]
    )
    if is_reached_elsewhere:
        owed.owed_on_contact_change(mine, left=left, now=now)
    if is_mended:
        owed.owed_on_correction(mine, before=before, now=now)
    return mine


def _is_done(mine: Appointment, known: Mapping[int, AppointmentPerson], correction: Correction) -> bool:
    """Whether the appointment is what was asked for already: the second press of a button."""
    there = [{name: getattr(person, name) for name in _OF_PERSON} for person in known.values()]
    contact = correction.contact or {}
    return (
        there == [person.fields() for person in correction.people]
        and all(getattr(mine, name) == value for name, value in contact.items())
        and correction.note in (None, mine.counter_note)
    )


def _mend_people(mine: Appointment, known: Mapping[int, AppointmentPerson], wanted: Sequence[CorrectedPerson]) -> bool:
    """Write what differs; who drops out frees the number. Whether anything did."""
    stay = {person.pk for person in wanted}
    gone = [pk for pk in known if pk not in stay]
    changed = [
        person
        for person in wanted
        if person.pk is None or any(getattr(known[person.pk], name) != value for name, value in person.fields().items())
    ]
    if not (gone or changed):
        return False
    AppointmentPerson.objects.filter(pk__in=gone).delete()
    # Numbers first, or two people who exchange theirs would meet at the constraint; and from the first place on, for
    # places are only ever filled from behind.
    AppointmentPerson.objects.filter(pk__in=[person.pk for person in changed]).update(holds_number=False)
    for position, person in enumerate(wanted, 1):
        details = person.fields() | {
            "position": position,
            "holds_number": mine.type.is_deposit and bool(person.details.number),
        }
        if person.pk is None:
            AppointmentPerson.objects.create(appointment=mine, **details)
        elif person in changed or known[person.pk].position != position:
            AppointmentPerson.objects.filter(pk=person.pk).update(**details)
    return True


def _follow_people(
    mine: Appointment, people: int, by: StaffMember | None, to: tuple[Facility, datetime] | None, now: datetime
) -> None:
    """The locked appointment lasts as so many people take, where it is or at `to`. Not saved yet."""
    old = (mine.counter_id, mine.starts_at, mine.ends_at)
    if not 1 <= people <= mine.type.max_people:
        raise NotOffered
    if to is None:
        offering = CounterOffering.objects.filter(counter=mine.counter_id, type=mine.type_id).first()
        minutes = offering.minutes[people - 1] if offering is not None else None
        if minutes is None and people > mine.people_count:
            raise NoRoomForAll
        mine.people_count = people
        wanted = mine.ends_at if minutes is None else mine.starts_at + timedelta(minutes=minutes)
        if wanted > mine.ends_at and not _is_free(mine, wanted, by is not None, now):
            raise NoRoomForAll
        if wanted == mine.ends_at:
            follow_people_of(mine)
            return
        mine.ends_at = wanted
        Appointment.objects.filter(pk=mine.pk).update(ends_at=wanted)
        rebuild_day(mine.counter_id, mine.starts_at)
    else:
        browser = secrets.token_urlsafe(16)
        hold = hold_slot(
            type=mine.type,
            people=people,
            facility=to[0],
            starts_at=to[1],
            viewer=viewer_for(mine, by),
            browser=browser,
            address=browser,
            moves=mine,
            by=by,
            now=now,
        )
        mine.people_count = people
        shift(mine, hold, now)
        if not keep_for_the_waiting(mine, *old):
            rebuild_day(old[0], old[1])
    follow_people_of(mine)


def _is_free(mine: Appointment, until: datetime, by_staff: bool, now: datetime) -> bool:
    """Whether the counter is free from the end of the appointment on, for as long and for whom it is corrected."""
    reach = mine.ends_at
    for gap in lock_day(mine.counter_id, mine.starts_at):
        is_open = (
            by_staff or gap.audience == Audience.PUBLIC or (gap.public_from is not None and gap.public_from <= now)
        )
        serves = not gap.type_ids or mine.type_id in gap.type_ids
        if gap.starts_at <= reach < gap.ends_at and is_open and serves:
            reach = gap.ends_at
    return reach >= until
