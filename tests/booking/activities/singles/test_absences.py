"""An absence said in time frees one seat, that can be taken back while nobody has it, and made up for by rule."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from booking.activities.enrolling.ending import end, transfer
from booking.activities.enrolling.holding import Choice, hold
from booking.activities.enrolling.paying import begin_paying
from booking.activities.enrolling.people import family_of
from booking.activities.models import Basket, EndReason, Enrolment, EnrolmentState, Group, Seat
from booking.activities.singles import absences, letters
from booking.activities.timetable.household import seats_of
from booking.residents.models import Household
from notifications.models import Message
from tests.booking.activities.resident.test_pages import browser, text
from tests.factories.enrolments import child_of, course, family, water

pytestmark = pytest.mark.django_db


def enrolled(household: Household, group: Group, place: int = 0) -> Enrolment:
    """In a group that costs nothing: enrolled at once."""
    found = hold(household=household, choices=[Choice(child_of(household, place), group.pk)])
    line = Enrolment.objects.get(pk=found.enrolments[0])
    begin_paying(basket=line.basket)
    line.refresh_from_db()
    assert line.state == EnrolmentState.ENROLLED
    return line


def first_seat(line: Enrolment) -> Seat:
    return line.seats.order_by("period")[0]


def buy_one(household: Household, seat: Seat) -> Enrolment:
    session = seat.session
    found = hold(household=household, choices=[Choice(child_of(household), session.group_id, session.pk)])
    return Enrolment.objects.get(pk=found.enrolments[0])


def test_two_taps_free_the_seat_and_two_give_it_back() -> None:
    parent = family()
    line = enrolled(parent.household, course(water(), tariff_code="gratuit"))
    seat, client = first_seat(line), browser(parent)
    address = reverse("enrol:absence", args=[seat.pk])
    assert address in text(client.get(reverse("enrol:mine"))) and address in text(client.get(reverse("family:home")))
    assert "ne viendra pas" in text(client.get(address))
    for _press in range(2):
        assert "C’est noté" in text(client.post(address, {"geste": "absent"}, follow=True))
    seat.refresh_from_db()
    line.refresh_from_db()
    assert seat.freed_at is not None and line.state == EnrolmentState.ENROLLED
    assert Message.objects.filter(kind=letters.ABSENCE).count() == 1
    mine = text(client.get(reverse("enrol:mine")))
    assert "absence notée" in mine and "2 séances à venir en tout" in mine
    # The family's calendar has it no more, and has it again.
    assert seats_of(parent.household_id, timezone.now()).count() == 2
    back = text(client.post(address, {"geste": "reprendre"}, follow=True))
    assert "de nouveau à vous" in back and Seat.objects.taken().filter(enrolment=line).count() == 3
    (message,) = Message.objects.filter(kind=letters.ABSENCE)
    assert letters.render_absence(message, letters.gather([message]).get(message.pk)) is None
    stranger = browser(family(), "autre")
    assert stranger.get(address).status_code == 404 and stranger.post(address).status_code == 404


def test_after_the_cut_off_it_stays_theirs_and_the_sentence_says_until_when() -> None:
    parent = family()
    line = enrolled(parent.household, course(water(), tariff_code="gratuit", absence_hours=24))
    seat = first_seat(line)
    until = seat.session.absence_until
    with pytest.raises(absences.AbsenceTooLate):
        absences.announce(seat=seat, now=until)
    absences.announce(seat=seat, now=until - timedelta(seconds=1))
    late = enrolled(
        parent.household, course(water("Autre piscine"), tariff_code="gratuit", absence_hours=24 * 14, hour=9)
    )
    answer = browser(parent).post(reverse("enrol:absence", args=[first_seat(late).pk]))
    assert answer.status_code == 409 and "Il est trop tard" in text(answer)


def test_what_is_sold_meanwhile_is_not_taken_back() -> None:
    mine, other = family(), family()
    line = enrolled(mine.household, course(water(), tariff_code="gratuit", capacity=1))
    # Sold by the session as well, once the season is: the tariff has both prices.
    Group.objects.update(tariff_code="velo")
    seat = first_seat(line)
    absences.announce(seat=seat)
    held = buy_one(other.household, seat)
    assert held.number == line.number and held.cents == 1200
    answer = browser(mine).post(reverse("enrol:absence", args=[seat.pk]), {"geste": "reprendre"})
    assert answer.status_code == 409 and "prise par quelqu’un d’autre" in text(answer)
    # A hold whose time is over keeps nobody from their own place.
    absences.take_back(seat=seat, now=timezone.now() + timedelta(minutes=30))
    held.refresh_from_db()
    assert held.state == EnrolmentState.ENDED and Seat.objects.taken().filter(pk=seat.pk).exists()


def test_where_the_rule_says_so_a_seat_in_another_group_is_taken_instead() -> None:
    parent = family()
    basin = water()
    group = course(basin, tariff_code="gratuit", credit_rule="catch_up")
    other = course(basin, tariff_code="gratuit", activity=group.activity, hour=17, days=10, sessions=12)
    plain = course(basin, tariff_code="gratuit", hour=11, days=11)
    line = enrolled(parent.household, group)
    seat, kept = first_seat(line), first_seat(enrolled(parent.household, plain))
    absences.announce(seat=seat)
    absences.announce(seat=kept)
    # What was missed long ago is not made up any more, by the address either.
    late = seat.session.starts_at + absences.OPEN_FOR
    home, somewhere = family_of(parent.household, now=late), other.sessions.latest("starts_at").pk
    seat.refresh_from_db()
    assert absences.instead_of(seat, home, now=late - timedelta(days=1))
    with pytest.raises(absences.NothingToMakeUp):
        absences.make_up(seat=seat, session=somewhere, family=home, now=late)
    client = browser(parent)
    address = reverse("enrol:make_up", args=[seat.pk])
    assert address in text(client.get(reverse("enrol:mine")))
    assert "Aucune place" in text(client.get(reverse("enrol:make_up", args=[kept.pk])))
    session = other.sessions.order_by("starts_at")[0]
    assert str(session.pk) in text(client.get(address))
    ticket = client.post(address, {"session": str(session.pk)}, follow=True)
    assert "Billet, une séance" in text(ticket)
    place = Enrolment.objects.get(session=session)
    seat.refresh_from_db()
    assert (place.cents, place.state, seat.made_up_by) == (0, EnrolmentState.ENROLLED, place)
    again = client.post(address, {"session": str(session.pk)})
    assert again.status_code == 409
    with pytest.raises(absences.MadeUp):
        absences.take_back(seat=seat)
    family_now = family_of(parent.household, now=timezone.now())
    assert absences.instead_of(kept, family_now, now=timezone.now()) == []
    assert Basket.objects.count() == 2


def test_what_is_to_be_made_up_for_follows_to_another_group_and_ends_with_the_place() -> None:
    parent, basin = family(), water()
    group = course(basin, tariff_code="gratuit", credit_rule="catch_up", days=2)
    into = course(basin, tariff_code="gratuit", activity=group.activity, hour=17, days=3)
    other = course(basin, tariff_code="gratuit", activity=group.activity, hour=18, days=4)
    line = enrolled(parent.household, group)
    missed = first_seat(line)
    absences.announce(seat=missed)
    with time_machine.travel(missed.period.upper, tick=False):
        moved = transfer(enrolment=line, group=into, by=None)
        client, address = browser(parent), reverse("enrol:make_up", args=[missed.pk])
        assert text(client.get(reverse("enrol:mine"))).count("/rattraper/") == 1
        session = other.sessions.earliest("starts_at")
        assert str(session.pk) in text(client.get(address))
        end(enrolment=moved, reason=EndReason.FAMILY, by=None)
        assert client.post(address, {"session": str(session.pk)}).status_code == 409
        assert "/rattraper/" not in text(client.get(reverse("enrol:mine")))


def test_an_absence_is_offered_only_while_it_frees_the_seat_for_somebody() -> None:
    parent = family()
    group = course(water(), tariff_code="gratuit", days=1, absence_hours=24)
    seat = first_seat(enrolled(parent.household, group))
    address = reverse("enrol:absence", args=[seat.pk])
    for before, is_offered in ((timedelta(hours=25), True), (timedelta(hours=23), False)):
        with time_machine.travel(seat.session.starts_at - before, tick=False):
            client = browser(parent, str(before))
            for page in ("enrol:mine", "family:home"):
                assert (address in text(client.get(reverse(page)))) is is_offered
