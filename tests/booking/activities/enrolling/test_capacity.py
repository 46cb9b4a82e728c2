"""A group gets fewer places or sessions: not fewer than are sold, and whoever is in it keeps number and seats."""

from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from booking.activities.changes import calling_off, cancelling, letters
from booking.activities.enrolling.holding import Choice, hold
from booking.activities.enrolling.paying import begin_paying
from booking.activities.exceptions import CapacityBelowSold, FewerSessions
from booking.activities.models import Audience, Basket, Enrolment, Group, Lane, Season, Seat, Session, Window
from booking.activities.seasons.groups import save_group
from booking.activities.singles import absences
from booking.activities.waiting import lists, offering
from municipalities.wording import say_time, say_weekday
from notifications.kinds import kind_of
from notifications.models import Message, MessageState
from tests import people
from tests.booking.activities.singles.test_absences import enrolled
from tests.factories import ActivityFactory, GroupFactory, LaneFactory, SeasonFactory
from tests.factories.enrolments import child_of, family, water

pytestmark = pytest.mark.django_db


def planned(**fields: Any) -> tuple[Group, Lane]:
    """A group that meets every week of its season from now on."""
    basin = water()
    lane = LaneFactory.create(basin=basin)
    activity = ActivityFactory.create(season=SeasonFactory.create(operator=basin.pool.facility.operator))
    Window.objects.create(activity=activity, audience=Audience.EVERYBODY, opens_at=timezone.now() - timedelta(days=1))
    group = GroupFactory.build(activity=activity, basin=basin, **{"capacity": 9, **fields})
    group.first_day, group.last_day = timezone.localdate(), activity.season.last_day
    save_group(group=group, lanes=[lane], by=None)
    return group, lane


def rendered(message: Message) -> tuple[str, str]:
    known = kind_of(message)
    assert known.gather is not None
    mail: Any = known.render(message, known.gather([message])[message.pk])
    return mail.subject, mail.text.replace("\xa0", " ").replace("\u202f", " ")


def test_fewer_places_than_are_sold_are_refused_and_numbers_follow() -> None:
    group, lane = planned()
    for _child in range(3):
        household = family().household
        hold(household=household, choices=[Choice(child_of(household), group.pk)])
    smaller = Group.objects.get(pk=group.pk)
    smaller.capacity = 2
    with pytest.raises(CapacityBelowSold, match="3"):
        save_group(group=smaller, lanes=[lane], by=None)
    assert Group.objects.get(pk=group.pk).capacity == 9
    smaller.capacity = 3
    save_group(group=smaller, lanes=[lane], by=None)
    lines = list(Enrolment.objects.filter(group=group))
    assert sorted(line.number for line in lines) == [1, 2, 3]
    for line in lines:
        assert set(Seat.objects.taken().filter(enrolment=line).values_list("number", flat=True)) == {line.number}


def test_a_hold_whose_time_is_over_keeps_no_group_from_being_smaller() -> None:
    group, lane = planned(capacity=4)
    for _child in range(3):
        household = family().household
        hold(household=household, choices=[Choice(child_of(household), group.pk)])
    smaller = Group.objects.get(pk=group.pk)
    smaller.capacity = 1
    with time_machine.travel(timezone.now() + timedelta(minutes=21), tick=False):
        save_group(group=smaller, lanes=[lane], by=None)
    assert Group.objects.get(pk=group.pk).capacity == 1 and not Enrolment.objects.standing().exists()


def test_whoever_says_that_they_come_after_all_finds_no_place_beyond_the_last() -> None:
    """Their seat keeps the number that the group has no more: another's, sold by itself, would be one too many."""
    group, lane = planned(tariff_code="gratuit", capacity=4)
    lines = [enrolled(family().household, group) for _n in range(3)]
    last = max(lines, key=lambda line: line.number)
    Enrolment.objects.filter(pk=last.pk).update(number=4)
    Seat.objects.filter(enrolment=last).update(number=4)
    seat = (
        last.seats.select_related("session").filter(period__startswith__gt=timezone.now() + timedelta(days=5)).first()
    )
    assert seat is not None
    absences.announce(seat=seat)
    smaller = Group.objects.get(pk=group.pk)
    smaller.capacity = 3
    save_group(group=smaller, lanes=[lane], by=None)
    Group.objects.filter(pk=group.pk).update(tariff_code="essai")
    guest = family().household
    hold(household=guest, choices=[Choice(child_of(guest), group.pk, seat.session_id)])
    with pytest.raises(absences.SeatSold):
        absences.take_back(seat=seat)
    assert Seat.objects.taken().filter(session=seat.session_id).count() == 3


@pytest.mark.parametrize("guests", [1, 2])
def test_a_seat_that_was_left_to_others_and_sold_takes_one_place_of_a_smaller_group(guests: int) -> None:
    """In that session there are as many as before: two of the three in the group, and who bought the third's seat."""
    group, lane = planned(tariff_code="gratuit", capacity=4)
    lines = [enrolled(family().household, group) for _n in range(3)]
    for line, number in zip(lines, (1, 2, 4), strict=True):
        Seat.objects.filter(enrolment=line).update(number=number + 10)
        Enrolment.objects.filter(pk=line.pk).update(number=number + 10)
    for line, number in zip(lines, (1, 2, 4), strict=True):
        Seat.objects.filter(enrolment=line).update(number=number)
        Enrolment.objects.filter(pk=line.pk).update(number=number)
    later = timezone.now() + timedelta(days=5)
    seat = lines[-1].seats.select_related("session").filter(period__startswith__gt=later).earliest("period")
    absences.announce(seat=seat)
    Group.objects.filter(pk=group.pk).update(tariff_code="essai")
    for _guest in range(guests):
        guest = family().household
        hold(household=guest, choices=[Choice(child_of(guest), group.pk, seat.session_id)])
    smaller = Group.objects.get(pk=group.pk)
    smaller.capacity = 3
    if guests == 2:
        with pytest.raises(CapacityBelowSold, match="4"):
            save_group(group=smaller, lanes=[lane], by=None)
        return
    save_group(group=smaller, lanes=[lane], by=None)
    assert sorted(Enrolment.objects.whole().filter(group=group).values_list("number", flat=True)) == [1, 2, 3]
    for session in group.sessions.all():
        numbers = list(Seat.objects.taken().filter(session=session).values_list("number", flat=True))
        assert sorted(numbers) == [1, 2, 3]


def test_who_has_one_session_alone_gives_way_to_who_is_in_all_of_them() -> None:
    """The only number that is nobody's is somebody's in one session, in which another's is free."""
    group, lane = planned(tariff_code="gratuit", capacity=4)
    lines = [enrolled(family().household, group) for _n in range(3)]
    for line, number in [*zip(lines, (11, 12, 14), strict=True), *zip(lines, (1, 2, 4), strict=True)]:
        Seat.objects.filter(enrolment=line).update(number=number)
        Enrolment.objects.filter(pk=line.pk).update(number=number)
    later = timezone.now() + timedelta(days=5)
    seat = lines[0].seats.select_related("session").filter(period__startswith__gt=later).earliest("period")
    absences.announce(seat=seat)
    Group.objects.filter(pk=group.pk).update(tariff_code="essai")
    guest = family().household
    hold(household=guest, choices=[Choice(child_of(guest), group.pk, seat.session_id)])
    Seat.objects.filter(member=child_of(guest)).update(number=3)
    Enrolment.objects.filter(member=child_of(guest)).update(number=3)
    smaller = Group.objects.get(pk=group.pk)
    smaller.capacity = 3
    save_group(group=smaller, lanes=[lane], by=None)
    assert Enrolment.objects.get(pk=lines[-1].pk).number == 3
    assert Enrolment.objects.get(member=child_of(guest)).number == 1
    with pytest.raises(absences.SeatSold):
        absences.take_back(seat=seat)


def test_sessions_that_families_have_are_called_off_and_not_planned_away() -> None:
    group, lane = planned()
    household = family().household
    hold(household=household, choices=[Choice(child_of(household), group.pk)])
    shorter = Group.objects.get(pk=group.pk)
    *kept, last = group.sessions.order_by("starts_at")
    shorter.last_day = timezone.localdate(last.starts_at) - timedelta(days=1)
    with pytest.raises(FewerSessions):
        save_group(group=shorter, lanes=[lane], by=None)
    assert Seat.objects.taken().filter(session=last).exists()
    Session.objects.filter(pk=last.pk).update(called_off_at=timezone.now())
    save_group(group=shorter, lanes=[lane], by=None)
    assert Group.objects.get(pk=group.pk).last_day == shorter.last_day
    assert Seat.objects.taken().count() == len(kept)


def test_whoever_is_in_a_group_is_told_of_its_other_hours() -> None:
    apps.get_app_config("activities").ready()  # as often as apps are installed anew, and yet told once
    group, lane = planned()
    Group.objects.filter(pk=group.pk).update(tariff_code="gratuit")
    guardian, holder = family(), family()
    for household in (guardian.household, holder.household):
        hold(household=household, choices=[Choice(child_of(household), group.pk)])
    begin_paying(basket=Basket.objects.get(household=guardian.household))
    later = Group.objects.get(pk=group.pk)
    hour_before = f"{say_time(later.starts)} – {say_time(later.ends)}".replace("\xa0", " ")
    save_group(group=later, lanes=[lane], by=None)
    assert not Message.objects.filter(kind=letters.REPLANNED).exists(), "nothing has changed for them"
    later.starts, later.ends = time(16), time(16, 45)
    save_group(group=later, lanes=[lane], by=None)
    message = Message.objects.get(kind=letters.REPLANNED)
    assert message.recipient == guardian.email
    subject, text = rendered(message)
    assert "Vos séances changent" in subject and "à 16 h" in text
    day = say_weekday(group.weekday)
    assert f"a désormais lieu {day} 16 h – 16 h 45, {group.basin.pool.facility.name}" in text
    assert f"Jusqu’ici, il avait lieu {day} {hour_before}, " in text
    assert reverse("enrol:mine") in text
    for language, said in (("de", "Bisher"), ("en", "Until now")):
        message.language = language
        assert said in rendered(message)[1]


def test_who_was_not_told_yet_of_one_change_is_told_of_both_at_once() -> None:
    group, lane = planned(tariff_code="gratuit")
    known, session = say_time(group.starts), group.sessions.earliest("starts_at")
    early, late = family(), family()
    enrolled(early.household, group)
    for hour in (14, 16):
        later = Group.objects.get(pk=group.pk)
        later.starts, later.ends = time(hour), time(hour, 45)
        save_group(group=later, lanes=[lane], by=None)
        if hour == 14:
            enrolled(late.household, group)
    queued = {one.recipient: one for one in Message.objects.filter(kind=letters.REPLANNED, state=MessageState.QUEUED)}
    assert set(queued) == {early.email, late.email}
    assert Message.objects.filter(kind=letters.REPLANNED, state=MessageState.QUEUED).count() == 2
    for reader, before in ((early, known), (late, "14 h")):
        assert (
            f"il avait lieu {say_weekday(group.weekday)} {before} – ".replace("\xa0", " ")
            in rendered(queued[reader.email])[1]
        )
    # One session by itself as well, and back again is nothing to tell.
    first = Session.objects.get(pk=session.pk)
    start, end = first.starts_at, first.ends_at
    manager = people.sports_manager(group.activity.season.operator)
    for hours in (1, 2, 0):
        moved, off = Session.objects.get(pk=first.pk), timedelta(hours=hours)
        calling_off.move(session=moved, start=start + off, end=end + off, by=manager)
    (told,) = Message.objects.filter(kind=letters.MOVED, state=MessageState.QUEUED, recipient=early.email)
    found = letters._sessions([told])[told.pk]
    assert told.context["before"] == start.isoformat() and letters.render_moved(told, found) is None


@pytest.mark.parametrize(
    ("tried", "said"),
    [
        (None, "adressez-vous à la piscine. Une inscription ne s’annule pas en ligne."),
        (0, "depuis « Mes inscriptions ». Une inscription s’annule en ligne jusqu’à la première séance."),
        (2, "tant que 2 séances au plus ont commencé. Passé ce délai, adressez-vous à la piscine."),
    ],
)
def test_the_letter_of_other_hours_says_by_which_rule_the_place_is_given_back(tried: int | None, said: str) -> None:
    group, lane = planned(tariff_code="gratuit")
    Season.objects.update(sessions_tried=tried)
    enrolled(family().household, group)
    later = Group.objects.get(pk=group.pk)
    later.starts, later.ends = time(16), time(16, 45)
    save_group(group=later, lanes=[lane], by=None)
    assert said in rendered(Message.objects.get(kind=letters.REPLANNED))[1]


def test_the_letter_of_other_dates_says_that_the_hour_stays() -> None:
    group, lane = planned(tariff_code="gratuit")
    changed = Group.objects.get(pk=group.pk)
    changed.last_day -= timedelta(days=14)
    save_group(group=changed, lanes=[lane], by=None)
    enrolled(family().household, group)
    save_group(group=group, lanes=[lane], by=None)
    text = rendered(Message.objects.get(kind=letters.REPLANNED))[1]
    assert "a toujours lieu" in text and "Jusqu’ici" not in text


def test_whoever_has_one_session_alone_is_told_when_it_moves_with_its_group() -> None:
    group, lane = planned(tariff_code="gratuit")
    session = group.sessions.earliest("starts_at")
    before, guardian = session.starts_at, family()
    single = enrolled(guardian.household, group)
    Enrolment.objects.filter(pk=single.pk).update(session=session)
    Seat.objects.filter(enrolment=single).exclude(session=session).delete()
    later = Group.objects.get(pk=group.pk)
    later.starts, later.ends = time(16), time(16, 45)
    save_group(group=later, lanes=[lane], by=None)
    assert not Message.objects.filter(kind=letters.REPLANNED).exists()
    message = Message.objects.get(kind=letters.MOVED)
    assert message.recipient == guardian.email and message.context["before"] == before.isoformat()
    text = rendered(message)[1]
    assert "Absence" in text and reverse("enrol:mine") in text


def test_whoever_let_a_place_go_is_asked_again_once_there_are_more() -> None:
    group, lane = planned(capacity=1, tariff_code="gratuit")
    line, parent = enrolled(family().household, group), family()
    entry = lists.join(household=parent.household, member=child_of(parent.household), group=group.pk)
    cancelling.cancel(enrolment=line, shown=0)
    assert offering.follow() == 1
    lists.refuse(entry=entry)
    enrolled(family().household, group)
    assert offering.follow() == 0
    bigger = Group.objects.get(pk=group.pk)
    bigger.capacity = 2
    save_group(group=bigger, lanes=[lane], by=None)
    assert offering.follow() == 1
