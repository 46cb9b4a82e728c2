"""Places in one session: shown to whom they fit, sold like any other, with a ticket."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from booking.activities.changes import calling_off
from booking.activities.changes.calling_off import BeingPaid
from booking.activities.enrolling import messages as told
from booking.activities.enrolling.holding import Choice, hold
from booking.activities.enrolling.offers import places_taken
from booking.activities.enrolling.paying import begin_paying
from booking.activities.enrolling.refusals import GroupFull, NotEligible, NothingLeft, SessionFull, SessionOver
from booking.activities.models import Basket, Enrolment, Group, PriceRow, Tariff, TariffGrid
from booking.activities.singles import absences
from booking.payments.models import Charge
from booking.residents.models import Guardian
from municipalities.actions.closures import close_place
from municipalities.languages import Translated
from notifications.models import Message
from tests import people
from tests.booking.activities.resident.test_pages import browser, confirm, text
from tests.booking.activities.singles.test_absences import buy_one, enrolled, first_seat
from tests.factories.enrolments import GivenLevelFactory, child_of, course, family, water
from tests.factories.offer import TariffGridFactory

pytestmark = pytest.mark.django_db


def test_one_is_found_held_paid_for_and_shown_as_a_ticket() -> None:
    parent = family()
    basin = water()
    group = course(basin, tariff_code="velo", days=3)
    course(basin, tariff_code="ecole", days=4, hour=10)
    course(basin, tariff_code="velo", days=5, hour=10, months_from=216, months_below=None)
    client = browser(parent)
    page = text(client.get(reverse("catalogue:singles")))
    # Two sessions within fourteen days; neither what has no price for one session, nor what is for grown-ups.
    assert "2 séances avec des places" in page and "12,00" in page
    session = group.sessions.order_by("starts_at")[0]
    child = child_of(parent.household)
    for _press in range(2):
        held = client.post(reverse("enrol:take_single", args=[session.pk]), {"pour": child.pk}, follow=True)
        assert "La place est retenue vingt minutes" in text(held)
    line = Enrolment.objects.get()
    assert (line.session, line.cents, line.seats.count()) == (session, 1200, 1)
    paying = confirm(client, line.basket)
    assert paying.redirect_chain[-1][0] == reverse("payments:charge", args=[Charge.objects.get().pk])
    assert Charge.objects.get().cents == 1200


def test_what_costs_nothing_is_a_ticket_at_once_and_whoever_is_told_has_one_letter() -> None:
    parent = family()
    group = course(water(), tariff_code="essai", days=3)
    client = browser(parent)
    session = group.sessions.order_by("starts_at")[0]
    client.post(reverse("enrol:take_single", args=[session.pk]), {"pour": child_of(parent.household).pk})
    thanks = confirm(client, Basket.objects.get())
    assert "inscription confirmée" in text(thanks)
    place = Enrolment.objects.get()
    ticket = text(client.get(reverse("enrol:ticket", args=[place.pk])))
    assert place.reference in ticket and "<svg" in ticket and str(place.member) in ticket
    assert list(Message.objects.values_list("kind", flat=True)) == [told.TICKET]
    message = Message.objects.get()
    mail = told.render_ticket(message, told.gather_enrolments([message]).get(message.pk))
    assert mail is not None and reverse("enrol:ticket", args=[place.pk]) in mail.text and place.reference in mail.text
    assert browser(family(), "autre").get(reverse("enrol:ticket", args=[place.pk])).status_code == 404


def test_freed_seats_go_first_and_a_number_with_a_single_is_not_sold_whole() -> None:
    homes = [family().household for _ in range(5)]
    group = course(water(), tariff_code="gratuit", capacity=3, days=3)
    line = enrolled(homes[0], group)
    Group.objects.update(tariff_code="velo")
    seat = first_seat(line)
    absences.announce(seat=seat)
    assert buy_one(homes[1], seat).number == line.number
    assert places_taken(timezone.now())[group.pk] == 1
    single = buy_one(homes[2], seat)
    assert single.number != line.number and places_taken(timezone.now())[group.pk] == 2
    hold(household=homes[3], choices=[Choice(child_of(homes[3]), group.pk)])
    with pytest.raises(SessionFull):
        buy_one(homes[4], seat)
    with pytest.raises(GroupFull):
        hold(household=homes[4], choices=[Choice(child_of(homes[4]), group.pk)])


def test_it_is_sold_until_it_begins_to_whom_it_fits_once_everybody_could_enrol() -> None:
    parent = family()
    basin = water()
    later = course(basin, tariff_code="velo", days=3, opens_at=timezone.now() + timedelta(hours=1))
    with pytest.raises(NotEligible, match="ouvrent pour vous"):
        hold(household=parent.household, choices=[_first(parent, later)])
    # A level is asked for, but not of whom no coach has seen yet and who tries it for the first time.
    high = course(basin, tariff_code="essai", days=3, hour=16, level_from=3, allows_trial=True)
    (pk,) = hold(household=parent.household, choices=[_first(parent, high)]).enrolments
    with pytest.raises(NotEligible, match="niveau"):
        second = high.sessions.order_by("starts_at")[1]
        hold(household=parent.household, choices=[Choice(child_of(parent.household), high.pk, second.pk)])
    seen = family()
    GivenLevelFactory.create(member=child_of(seen.household), level=1)
    with pytest.raises(NotEligible, match="niveau"):
        hold(household=seen.household, choices=[_first(seen, high)])
    session = Enrolment.objects.get(pk=pk).session
    assert session is not None
    session.starts_at = timezone.now() - timedelta(minutes=1)
    session.save()
    with pytest.raises((SessionOver, NotEligible)):
        hold(household=parent.household, choices=[_first(parent, high)])


@pytest.mark.parametrize("state", ["held", "paying"])
@pytest.mark.parametrize("way", ["alone", "with its pool"])
def test_what_is_called_off_is_not_paid_for(state: str, way: str) -> None:
    parent = family()
    group = course(water(), tariff_code="velo", days=3)
    session = group.sessions.earliest("starts_at")
    hold(household=parent.household, choices=[_first(parent, group)])
    line = Enrolment.objects.get()
    if state == "paying":
        begin_paying(basket=line.basket)
    strike, by = Translated(fr="Grève (fictive)"), people.sports_manager(group.activity.season.operator)
    if way == "alone" and state == "paying":
        with pytest.raises(BeingPaid):
            calling_off.call_off(session=session, reason=strike, by=by)
        return
    if way == "alone":
        calling_off.call_off(session=session, reason=strike, by=by)
    else:
        period = (session.starts_at, session.ends_at)
        close_place(facility=group.basin.pool.facility, period=period, reason=strike, by=by)
    line.refresh_from_db()
    with pytest.raises(NothingLeft, match="plus aucune séance"):
        begin_paying(basket=line.basket)
    answer = text(confirm(browser(parent), line.basket))
    assert "Retirez cette place du panier" in answer and reverse("enrol:drop", args=[line.pk]) in answer


def test_what_was_left_in_a_basket_until_it_was_over_is_not_paid_for() -> None:
    """Whoever holds it still when it begins has bought it before."""
    parent = family()
    group = course(water(), tariff_code="velo", days=3)
    start = group.sessions.earliest("starts_at").starts_at
    hold(household=parent.household, choices=[_first(parent, group)], now=start - timedelta(minutes=5))
    basket = Enrolment.objects.get().basket
    with pytest.raises(NothingLeft):
        begin_paying(basket=basket, now=start + timedelta(minutes=15))
    assert begin_paying(basket=basket, now=start + timedelta(minutes=14)).cents == 1200


def test_a_trial_that_was_held_and_let_lapse_may_be_held_again() -> None:
    parent = family()
    high = course(water(), tariff_code="essai", days=3, level_from=3, allows_trial=True)
    begun = timezone.now() - timedelta(hours=1)
    hold(household=parent.household, choices=[_first(parent, high)], now=begun)
    (pk,) = hold(household=parent.household, choices=[_first(parent, high)]).enrolments
    assert Enrolment.objects.standing().get() == Enrolment.objects.get(pk=pk)


def test_where_a_price_follows_the_quotient_the_page_says_the_least() -> None:
    basin = water()
    operator = basin.pool.facility.operator
    grid = TariffGridFactory.create(operator=operator, valid_from=timezone.localdate() - timedelta(days=1))
    tariff = Tariff.objects.create(grid=grid, code="taux", label={"fr": "Au taux d’effort"})
    PriceRow.objects.create(tariff=tariff, unit="session", rate=100, floor=350, cap=1500)
    # What grown-ups pay is nothing to a group of children.
    young = Tariff.objects.create(grid=grid, code="grands", label={"fr": "Adultes"})
    PriceRow.objects.create(tariff=young, unit="session", cents=100, age_from=18)
    TariffGrid.objects.filter(pk=grid.pk).update(published_at=timezone.now())
    course(basin, tariff_code="taux", days=3, sessions=1)
    course(basin, tariff_code="grands", days=3, sessions=1, hour=16)
    page = text(Client().get(reverse("catalogue:singles")))
    assert "dès 3,50" in page and "1 séance avec des places" in page


def _first(parent: Guardian, group: Group) -> Choice:
    return Choice(child_of(parent.household), group.pk, group.sessions.order_by("starts_at")[0].pk)


def test_the_page_asks_one_question_of_all_sessions() -> None:
    basin = water()
    for hour in (9, 10, 11):
        course(basin, tariff_code="velo", days=2, hour=hour)
    client = browser(family())
    client.get(reverse("catalogue:singles"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("catalogue:singles"))
    for hour in (13, 15, 16, 17):
        course(basin, tariff_code="velo", days=2, hour=hour)
    client.get(reverse("catalogue:singles"))
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("catalogue:singles"))
    assert len(many) == len(few)
