"""The oracle: whatever happened, free time as search sees it is openings − closures − appointments."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.appointments.bookings.changes import cancel_appointment, move_appointment
from booking.appointments.bookings.holds import release_expired_holds, release_hold
from booking.appointments.enums import Audience, State
from booking.appointments.free_time import gaps
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.models import Appointment, Counter, FreeGap, OpeningPeriod, ReleasePolicy
from booking.appointments.planning.openings import (
    close_counter,
    configuration_change,
    delete_opening,
    save_opening,
)
from booking.appointments.search.answers import Search
from booking.appointments.search.availability import find
from municipalities.actions.closures import close_place, reopen_place
from municipalities.exceptions import Refusal
from municipalities.languages import Translated
from municipalities.models import Closure
from tests.booking.appointments.starts import starts_in
from tests.factories.appointments import at
from tests.people import ODILE, manager_of_facility
from tests.worlds import World, booking_of, day_ahead, shared_calendar

pytestmark = pytest.mark.django_db

DAYS = [day_ahead(1), day_ahead(2)]
STEPS = st.one_of(
    st.tuples(st.just("hold"), st.integers(0, 1), st.sampled_from(DAYS), st.integers(0, 51), st.integers(1, 3)),
    st.tuples(st.just("book"), st.integers(0, 1), st.sampled_from(DAYS), st.integers(0, 51), st.integers(1, 3)),
    st.tuples(st.just("any"), st.just(0), st.sampled_from(DAYS), st.integers(0, 51), st.just(1)),
    st.tuples(st.sampled_from(["release", "cancel", "expire"]), st.integers(0, 9)),
    st.tuples(st.just("move"), st.integers(0, 9), st.sampled_from(DAYS), st.integers(0, 51)),
    st.tuples(st.just("close"), st.integers(0, 3), st.sampled_from(DAYS), st.integers(0, 47), st.integers(1, 30)),
    st.tuples(st.just("reopen"), st.integers(0, 9)),
    st.tuples(st.just("shorten"), st.integers(0, 3), st.integers(9, 12)),
    st.tuples(st.just("staff_only"), st.integers(0, 3)),
    st.tuples(st.just("hold_back"), st.sampled_from([0, 20, 40])),
    st.tuples(st.just("delete_opening"), st.integers(0, 9)),
)


class History:
    """Carries out generated steps; a refusal is a step that did nothing."""

    def __init__(self) -> None:
        self.world: World = shared_calendar(town_halls=2, counters=2, weekdays=(1, 2), kind="other", needs_number=False)
        self.manager = manager_of_facility(self.world.facilities[0])
        self.number = 0

    def run(self, steps: list[tuple[Any, ...]]) -> None:
        for name, *arguments in steps:
            try:
                with transaction.atomic():
                    getattr(self, name)(*arguments)
            except Refusal:
                pass

    def _start(self, day: date, grid: int) -> datetime:
        return at(day, 8) + timedelta(minutes=5 * grid)

    def _hold(self, facility: Any, day: date, grid: int, people: int, **more: Any) -> Appointment:
        self.number += 1
        more.setdefault("browser", f"navigateur {self.number}")
        return self.world.hold(self._start(day, grid), facility=facility, people=people, **more)

    def hold(self, place: int, day: date, grid: int, people: int) -> None:
        self._hold(self.world.facilities[place], day, grid, people)

    def any(self, _place: int, day: date, grid: int, people: int) -> None:
        self._hold(None, day, grid, people)

    def book(self, place: int, day: date, grid: int, people: int) -> None:
        from booking.appointments.bookings.confirming import confirm_booking

        hold = self._hold(self.world.facilities[place], day, grid, people)
        confirm_booking(hold_id=hold.pk, browser=f"navigateur {self.number}", details=booking_of(*[ODILE] * people))

    def _nth(self, n: int, state: State) -> Appointment | None:
        found = list(Appointment.objects.filter(state=state).order_by("starts_at", "pk"))
        return found[n % len(found)] if found else None

    def release(self, n: int) -> None:
        if hold := self._nth(n, State.HELD):
            Appointment.objects.filter(pk=hold.pk).update(browser_hash=free_time_browser("moi"))
            release_hold(hold_id=hold.pk, browser="moi")

    def expire(self, n: int) -> None:
        if hold := self._nth(n, State.HELD):
            Appointment.objects.filter(pk=hold.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
            release_expired_holds()

    def cancel(self, n: int) -> None:
        if appointment := self._nth(n, State.BOOKED):
            cancel_appointment(appointment=appointment)

    def move(self, n: int, day: date, grid: int) -> None:
        if appointment := self._nth(n, State.BOOKED):
            hold = self._hold(None, day, grid, appointment.people_count, moves=appointment, browser="demenageur")
            move_appointment(appointment=appointment, hold_id=hold.pk, browser="demenageur")

    def close(self, n: int, day: date, grid: int, length: int) -> None:
        period = (self._start(day, grid), self._start(day, grid + length))
        reason = Translated(fr="Panne")
        if n < 2:
            close_counter(
                counter=self.world.counters[n], period=period, reason=reason, by=self.manager, keep_appointments=True
            )
        elif n == 2:
            close_place(facility=self.world.facilities[0], period=period, reason=reason, by=self.manager)
        else:
            close_place(period=period, reason=reason, by=self.manager, keep=True)

    def reopen(self, n: int) -> None:
        if found := list(Closure.objects.order_by("pk")):
            reopen_place(closure=found[n % len(found)], by=self.manager)

    def shorten(self, n: int, hour: int) -> None:
        opening = OpeningPeriod.objects.filter(counter=self.world.counters[n]).order_by("pk").first()
        if opening:
            opening.ends = time(hour)
            save_opening(opening=opening, by=self.manager, keep_appointments=True)

    def staff_only(self, n: int) -> None:
        opening = OpeningPeriod.objects.filter(counter=self.world.counters[n]).order_by("pk").first()
        if opening:
            opening.audience = Audience.FACILITY_STAFF
            opening.fallback_days, opening.fallback_time = 1, time(12)
            save_opening(opening=opening, by=self.manager, keep_appointments=True)

    def hold_back(self, percent: int) -> None:
        with configuration_change(by=self.manager):
            ReleasePolicy.objects.update(held_until_7_days_percent=percent, held_until_1_day_percent=10)

    def delete_opening(self, n: int) -> None:
        found = list(OpeningPeriod.objects.order_by("pk"))
        if len(found) > 4:
            delete_opening(opening=found[n % len(found)], by=self.manager)


def free_time_browser(name: str) -> bytes:
    from booking.residents.references import keyed_hash

    return keyed_hash("browser", name)


@given(steps=st.lists(STEPS, min_size=4, max_size=14))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_free_time_equals_openings_minus_closures_minus_appointments(steps: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        history = History()
        history.run(steps)
        compare_with_oracle(history.world)
        transaction.set_rollback(True)


def compare_with_oracle(world: World) -> None:
    counters = list(gaps.counters_with_place().filter(pk__in=[counter.pk for counter in world.counters]))
    oracle = gaps.computed(counters, DAYS)
    stored: dict[int, list[Any]] = {counter.pk: [] for counter in counters}
    for gap in FreeGap.objects.filter(day__in=DAYS).order_by("starts_at"):
        stored[gap.counter_id].append(gaps.as_stretch(gap))
    assert stored == oracle

    # What search offers the facility's own staff is every start that fits, and only those.
    staff = Viewer(staff=True, facility_ids=frozenset(facility.pk for facility in world.facilities))
    for day in DAYS:
        expected: dict[int, set[datetime]] = {}
        for counter in counters:
            for stretch in oracle[counter.pk]:
                if stretch.day == day:
                    expected.setdefault(counter.facility_id, set()).update(
                        starts_in(stretch.starts_at, stretch.ends_at, minutes=20, step=20, earliest=stretch.starts_at)
                    )
        answer = find(Search(world.type, viewer=staff, day=day))
        seen = {found.facility.pk: {slot.starts_at for slot in found.slots} for found in answer.day_facilities}
        assert seen == {facility_id: starts for facility_id, starts in expected.items() if starts}
        assert (day in {entry.day for entry in answer.month if entry.status == "free"}) == bool(seen)


def test_the_oracle_sees_a_gap_that_was_tampered_with() -> None:
    """The comparison above can fail: a gap that forgets an appointment is found out."""
    world = shared_calendar(weekdays=(1, 2))
    world.hold(at(DAYS[0], 9))
    compare_with_oracle(world)
    FreeGap.objects.filter(day=DAYS[0]).order_by("-starts_at")[:1].get().delete()
    with pytest.raises(AssertionError):
        compare_with_oracle(world)


def test_the_far_end_moves_on_with_the_days() -> None:
    import time_machine

    world = shared_calendar()
    counter = Counter.objects.get(pk=world.counters[0].pk)
    assert counter.free_until == gaps.last_day()
    with time_machine.travel(timezone.now() + timedelta(days=10), tick=False):
        assert gaps.extend() == 1
        assert gaps.extend() == 0
        counter.refresh_from_db()
        assert counter.free_until == gaps.last_day()
        assert not FreeGap.objects.filter(day__lt=timezone.localdate()).exists()
        assert FreeGap.objects.filter(day__gt=gaps.last_day() - timedelta(days=7)).exists()


def test_a_counter_out_of_service_has_no_free_time() -> None:
    world = shared_calendar()
    counter = world.counters[0]
    with configuration_change(by=None, counters=[counter]):
        counter.is_active = False
        counter.save()
    assert not FreeGap.objects.exists()
    with configuration_change(by=None, counters=[counter]):
        counter.is_active = True
        counter.save()
    assert FreeGap.objects.exists()


def test_the_command_finds_rows_that_went_wrong_and_mends_them(capsys: pytest.CaptureFixture[str]) -> None:
    world = shared_calendar()
    world.hold(at(DAYS[0], 9))
    call_command("free_time")
    FreeGap.objects.filter(day=DAYS[0]).order_by("starts_at")[:1].get().delete()
    with pytest.raises(CommandError, match="1 of 1"):
        call_command("free_time")
    call_command("free_time", rebuild=True)
    assert "as it should be" in capsys.readouterr().out
