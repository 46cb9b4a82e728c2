"""Who waits for a full group: their rank, what is offered to them alone, what nobody else may take meanwhile."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from booking.activities.changes import cancelling
from booking.activities.enrolling import numbers
from booking.activities.enrolling.holding import Choice, drop_line, hold
from booking.activities.enrolling.offers import places_taken
from booking.activities.enrolling.paying import begin_paying
from booking.activities.enrolling.refusals import GroupFull, NoSuchGroup
from booking.activities.models import (
    Activity,
    Basket,
    BasketState,
    EndReason,
    Enrolment,
    EnrolmentState,
    Group,
    LeftBecause,
    Opening,
    Season,
    Session,
    Ticket,
    Waiting,
)
from booking.activities.opening import admission
from booking.activities.opening.tickets import take
from booking.activities.seasons.openings import announce
from booking.activities.waiting import letters, lists, offering
from booking.payments.charges import release_charge
from booking.residents.families.actions import remove_member
from booking.residents.models import Guardian, Membership
from notifications.kinds import Mail
from notifications.models import Message
from tests import people
from tests.booking.activities.resident.test_pages import browser, text
from tests.booking.activities.singles.test_absences import enrolled
from tests.factories.enrolments import child_of, course, family, water
from tests.factories.residents import GuardianFactory
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


def waits(parent: Guardian, group: Group) -> Waiting:
    return lists.join(household=parent.household, member=child_of(parent.household), group=group.pk)


def full(**fields: object) -> tuple[Group, Enrolment]:
    """A group of one, and who has it."""
    group = course(water(), tariff_code="gratuit", capacity=1, **fields)
    return group, enrolled(family().household, group)


def offered_to(entry: Waiting) -> Enrolment | None:
    entry.refresh_from_db()
    return entry.offer


def test_a_freed_number_is_offered_to_the_first_alone_and_then_to_the_next() -> None:
    group, line = full()
    first, second, outsider = family(), family(), family()
    # Somebody they have invited, who has not shown yet that the mailbox is theirs, reads no child's name.
    GuardianFactory.create(household=first.household, confirmed_at=None)
    one, two = waits(first, group), waits(second, group)
    assert lists.lengths()[group.pk] == 2 and lists.ranks([one, two]) == {one.pk: 1, two.pk: 2}
    with pytest.raises(lists.WaitsAlready):
        waits(first, group)
    # A family gives its place back: from that instant on it is for those who wait, offered or not.
    cancelling.cancel(enrolment=line, shown=0)
    assert places_taken(timezone.now())[group.pk] == 1
    with pytest.raises(GroupFull):
        hold(household=outsider.household, choices=[Choice(child_of(outsider.household), group.pk)])
    assert offering.follow() == 1 and offering.follow() == 0
    offer = offered_to(one)
    assert offer is not None and offer.state == EnrolmentState.OFFERED and offered_to(two) is None
    assert offer.held_until is not None and offer.held_until - timezone.now() > timedelta(hours=24)
    (message,) = Message.objects.filter(kind=letters.OFFER)
    mail = letters.render_offer(message, letters.gather([message]).get(message.pk))
    assert isinstance(mail, Mail) and message.recipient == first.email and reverse("enrol:waiting") in mail.text
    with pytest.raises(GroupFull):
        hold(household=outsider.household, choices=[Choice(child_of(outsider.household), group.pk)])
    # Refusing costs no rank, and the number is the next one's.
    lists.refuse(entry=one)
    with pytest.raises(lists.AnsweredAlready):
        lists.accept(entry=one)
    assert offering.follow() == 1 and offered_to(two) is not None and lists.ranks([one])[one.pk] == 1
    assert letters.render_offer(message, letters.gather([message]).get(message.pk)) is None
    basket = lists.accept(entry=two)
    assert basket.household_id == second.household_id and Basket.objects.filter(state=BasketState.OFFERED).count() == 0
    begin_paying(basket=basket)
    two.refresh_from_db()
    assert (two.left_because, two.offer) == (LeftBecause.ENROLLED, None)
    assert Enrolment.objects.enrolled().get(group=group).member == two.member
    # The next time it is the first one's turn again.
    numbers.end_rows([Enrolment.objects.enrolled().get(group=group).pk], reason=EndReason.OFFICE, now=timezone.now())
    assert offering.follow() == 1 and offered_to(one) is not None


def test_what_nobody_answers_or_wants_is_free_for_all() -> None:
    group, line = full()
    parent, other = family(), family()
    entry = waits(parent, group)
    cancelling.cancel(enrolment=line, shown=0)
    offering.follow()
    offer = offered_to(entry)
    assert offer is not None and offer.held_until is not None
    late = offer.held_until + timedelta(seconds=1)
    with pytest.raises(lists.OfferLapsed):
        lists.accept(entry=entry, now=late)
    assert offering.follow(late) == 0 and offered_to(entry) is None
    answer = browser(parent).post(reverse("enrol:answer", args=[entry.pk]), {"geste": "accepter"})
    assert answer.status_code == 409 and "Le délai pour répondre est passé" in text(answer)
    hold(household=other.household, choices=[Choice(child_of(other.household), group.pk)], now=late)
    assert lists.lengths()[group.pk] == 1


def _one_session_sold(group: Group) -> Enrolment:
    """Somebody has one number of the group in its next session alone."""
    Group.objects.filter(pk=group.pk).update(tariff_code="essai")
    home, session = family().household, group.sessions.earliest("starts_at")
    (pk,) = hold(household=home, choices=[Choice(child_of(home), group.pk, session.pk)]).enrolments
    begin_paying(basket=Basket.objects.get(enrolments=pk))
    Group.objects.filter(pk=group.pk).update(tariff_code="gratuit")
    return Enrolment.objects.enrolled().get(pk=pk)


def test_a_number_that_was_sold_for_one_session_is_asked_of_who_let_another_go_meanwhile() -> None:
    group = course(water(), tariff_code="gratuit", capacity=2, days=3)
    line = enrolled(family().household, group)
    single = _one_session_sold(group)
    assert single.number != line.number and single.session is not None
    entry, outsider = waits(family(), group), family()
    cancelling.cancel(enrolment=line, shown=0)
    assert offering.follow() == 1
    lists.refuse(entry=entry)
    assert offering.follow() == 0, "what they let go is not theirs, and the other is somebody's in one session"
    with time_machine.travel(single.session.starts_at + timedelta(minutes=5), tick=False):
        # The one they let go is for whoever comes, and that one alone.
        assert places_taken(timezone.now())[group.pk] == 1
        assert offering.follow() == 1
        offer = offered_to(entry)
        assert offer is not None and offer.number == single.number
        lists.refuse(entry=entry)
        assert offering.follow() == 0 and places_taken(timezone.now()).get(group.pk, 0) == 0
        hold(household=outsider.household, choices=[Choice(child_of(outsider.household), group.pk)])


def test_a_number_they_let_go_is_not_asked_again_because_one_session_of_it_was_sold_since() -> None:
    group, line = full(days=3)
    entry = waits(family(), group)
    cancelling.cancel(enrolment=line, shown=0)
    assert offering.follow() == 1
    lists.refuse(entry=entry)
    single = _one_session_sold(group)
    assert single.session is not None
    with time_machine.travel(single.session.starts_at + timedelta(minutes=5), tick=False):
        assert offering.follow() == 0


@pytest.mark.parametrize("way", ["held", "one session", "to pay"])
def test_a_number_that_was_in_a_basket_is_asked_of_who_let_another_go_meanwhile(way: str) -> None:
    group = course(water(), tariff_code="gratuit", capacity=2, days=3)
    line, shopper = enrolled(family().household, group), family()
    session = group.sessions.earliest("starts_at").pk if way == "one session" else None
    codes = {"held": "gratuit", "one session": "essai", "to pay": "sou"}
    Group.objects.filter(pk=group.pk).update(tariff_code=codes[way])
    choice = Choice(child_of(shopper.household), group.pk, session)
    (pk,) = hold(household=shopper.household, choices=[choice]).enrolments
    charge = begin_paying(basket=Basket.objects.get(enrolments=pk)) if way == "to pay" else None
    entry, outsider = waits(family(), group), family()
    cancelling.cancel(enrolment=line, shown=0)
    assert offering.follow() == 1
    lists.refuse(entry=entry)
    assert offering.follow() == 0
    if charge is None:
        drop_line(enrolment=Enrolment.objects.get(pk=pk))
    else:
        release_charge(charge.pk)
    offer = offered_to(entry) if offering.follow() == 1 else None
    assert offer is not None and offer.number == Enrolment.objects.get(pk=pk).number
    # The one they have let go stays for whoever comes, and so does this one, once they have let it go too.
    lists.refuse(entry=entry)
    assert offering.follow() == 0
    for guest in (outsider, family()):
        hold(household=guest.household, choices=[Choice(child_of(guest.household), group.pk)])


def test_a_number_that_goes_round_is_not_asked_twice_of_who_let_another_go() -> None:
    """What was being offered to somebody else when they refused: else two numbers would go round for ever."""
    group = course(water(), tariff_code="gratuit", capacity=2)
    lines = [enrolled(family().household, group) for _n in range(2)]
    first, second = waits(family(), group), waits(family(), group)
    for line in lines:
        cancelling.cancel(enrolment=line, shown=0)
    assert offering.follow() == 2
    lists.refuse(entry=first)
    lists.refuse(entry=second)
    assert offering.follow() == 0 and numbers.has_free(group.pk, 2, timezone.now())


def test_what_was_taken_and_not_paid_for_goes_to_the_next() -> None:
    group, line = full()
    one, two = waits(family(), group), waits(family(), group)
    cancelling.cancel(enrolment=line, shown=0)
    offering.follow()
    lists.accept(entry=one)
    with pytest.raises(lists.InYourBasket):
        lists.leave(entry=one)
    assert offering.follow() == 0
    later = timezone.now() + timedelta(minutes=25)
    assert offering.follow(later) == 1 and offered_to(two) is not None and offered_to(one) is None
    assert lists.ranks([one])[one.pk] == 1


def test_on_its_pages_a_family_joins_answers_and_leaves_the_other_lists() -> None:
    group, line = full()
    basin = group.basin
    activity: Activity = group.activity
    sister = course(basin, tariff_code="gratuit", capacity=1, activity=activity, hour=17)
    enrolled(family().household, sister)
    parent = family()
    client, child = browser(parent), child_of(parent.household)
    page = text(client.get(reverse("catalogue:group", args=[group.pk])))
    assert "Attendre une place" in page and "Personne n’attend" in page
    for one in (group, sister):
        joined = client.post(reverse("enrol:join", args=[one.pk]), {"pour": str(child.pk)}, follow=True)
        assert "rang 1 sur 1" in text(joined)
    assert "1 personne attend" in text(client.get(reverse("catalogue:group", args=[group.pk])))
    cancelling.cancel(enrolment=line, shown=0)
    offering.follow()
    assert "Une place vous est proposée" in text(client.get(reverse("enrol:waiting")))
    entry = Waiting.objects.get(group=group)
    # What is offered is theirs alone, and no stranger answers for them.
    assert browser(family(), "autre").post(reverse("enrol:answer", args=[entry.pk])).status_code == 404
    desk = signed_in(people.manager_of_operator(basin.pool.facility.operator))
    assert "une place lui est proposée" in text(desk.get(reverse("desk:places", args=[group.pk])))
    taken = client.post(reverse("enrol:answer", args=[entry.pk]), {"geste": "accepter", "tous": "1"}, follow=True)
    assert "dans votre panier" in text(taken)
    again = client.post(reverse("enrol:answer", args=[entry.pk]), {"geste": "accepter"})
    assert again.status_code == 409 and "déjà répondu" in text(again)
    begin_paying(basket=Basket.objects.get(state=BasketState.OPEN, household=parent.household))
    assert not Waiting.objects.filter(left_at__isnull=True).exists()


def test_what_is_hidden_while_it_is_offered_is_not_had_for_nothing() -> None:
    group, line = full()
    Group.objects.filter(pk=group.pk).update(tariff_code="sou")
    entry = waits(family(), group)
    numbers.end_rows([line.pk], reason=EndReason.OFFICE, now=timezone.now())
    assert offering.follow() == 1
    Season.objects.update(is_public=False)
    with pytest.raises(NoSuchGroup):
        lists.accept(entry=entry)
    Season.objects.update(is_public=True)
    basket = lists.accept(entry=entry)
    assert [one.cents for one in Enrolment.objects.filter(basket=basket)] == [50]


def test_the_other_home_of_a_child_is_not_told_that_it_will_be_asked() -> None:
    group, _line = full()
    mother, father = family(), family()
    child = child_of(mother.household)
    Membership.objects.create(household=father.household, member=child)
    waits(mother, group)
    for parent, said in ((mother, "elle vous est proposée par courriel"), (father, "déjà sur la liste d’attente")):
        answer = browser(parent, str(parent.pk)).post(
            reverse("enrol:join", args=[group.pk]), {"pour": str(child.pk)}, follow=True
        )
        assert said in text(answer)
    assert Waiting.objects.count() == 1


def test_nobody_waits_where_a_place_is_free() -> None:
    group = course(water(), tariff_code="gratuit", capacity=1)
    with pytest.raises(lists.PlaceFree):
        waits(family(), group)


def test_whoever_stands_behind_the_last_free_number_costs_nothing() -> None:
    asked = []
    for others in (1, 5):
        group = course(water(f"Piscine {others}"), tariff_code="gratuit", capacity=1)
        line = enrolled(family().household, group)
        for _one in range(1 + others):
            waits(family(), group)
        cancelling.cancel(enrolment=line, shown=0)
        now = timezone.now()
        with CaptureQueriesContext(connection) as queries:
            assert offering.offer_free(group.pk, now=now) == 1
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_who_let_every_free_number_go_costs_nothing_each_minute() -> None:
    group, line = full()
    entries = [waits(family(), group) for _one in range(4)]
    cancelling.cancel(enrolment=line, shown=0)
    for entry in entries:
        assert offering.follow() == 1 and offered_to(entry) is not None
        lists.refuse(entry=entry)
    passed = list(Waiting.objects.order_by("joined_at").values_list("passed_at", flat=True))
    with CaptureQueriesContext(connection) as queries:
        assert offering.offer_free(group.pk, now=timezone.now()) == 0
    assert not [one for one in queries.captured_queries if "residents_member" in one["sql"]], "no family is read"
    assert list(Waiting.objects.order_by("joined_at").values_list("passed_at", flat=True)) == passed


def test_who_is_no_longer_of_the_family_waits_no_more() -> None:
    group, _line = full()
    parent, other = family(), family()
    entry, next_one = waits(parent, group), waits(other, group)
    remove_member(household=parent.household, member=entry.member)
    offering.follow()
    entry.refresh_from_db()
    assert entry.left_because == LeftBecause.FAMILY and lists.ranks([next_one]) == {next_one.pk: 1}


def test_nobody_comes_first_on_a_list_before_their_turn(settings: Any) -> None:
    """The minute has come, one family is let in, and what everybody wants is full already."""
    settings.OPENING_RATE = 1
    minute = timezone.now() + timedelta(minutes=1)
    group = course(water(), tariff_code="gratuit", capacity=1, opens_at=minute)
    announce(group.activity.season)
    opening = Opening.objects.get()
    homes = [family(), family()]
    for parent in homes:
        take(opening=opening, household=parent.household)
    with time_machine.travel(minute, tick=False):
        admission.look(opening.pk)
        by_rank = sorted(homes, key=lambda one: Ticket.objects.get(household=one.household).rank or 0)
        enrolled(by_rank[0].household, group)
        late = by_rank[1]
        client, who = browser(late), {"pour": str(child_of(late.household).pk)}
        sent = client.post(reverse("enrol:join", args=[group.pk]), who)
        assert sent.url == reverse("enrol:opening", args=[opening.pk]) and not Waiting.objects.exists()
    with time_machine.travel(minute + timedelta(seconds=2), tick=False):
        assert "rang 1 sur 1" in text(client.post(reverse("enrol:join", args=[group.pk]), who, follow=True))
    admission.forget()


def test_a_list_that_is_left_in_another_tab_meanwhile_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    group, _line = full()
    parent = family()
    entry, ranks = waits(parent, group), lists.ranks

    def left_meanwhile(entries: list[Waiting]) -> dict[UUID, int]:
        lists.leave(entry=entry)
        return ranks(entries)

    monkeypatch.setattr(lists, "ranks", left_meanwhile)
    shown = browser(parent).get(reverse("enrol:waiting"))
    assert shown.status_code == 200 and "rang 1" not in text(shown)


def test_whoever_waits_for_a_group_that_is_called_off_is_told_that_they_wait_no_more() -> None:
    group, _line = full()
    parent = family()
    waits(parent, group)
    Session.objects.filter(group=group).update(called_off_at=timezone.now())
    offering.follow()
    offering.follow()
    entry = Waiting.objects.get()
    assert entry.left_because == LeftBecause.OVER
    (told,) = Message.objects.filter(kind=letters.LIST_OVER)
    mail = letters.render_list_over(told, letters.gather([told]).get(told.pk))
    assert isinstance(mail, Mail) and told.recipient == parent.email
    assert "n’a plus de séance" in mail.text and str(entry.member.given_name) in mail.text


def test_whoever_waits_for_a_group_until_its_last_session_is_not_written_to() -> None:
    group, _line = full()
    waits(family(), group)
    last = group.sessions.latest("starts_at").starts_at
    with time_machine.travel(last + timedelta(minutes=1), tick=False):
        offering.follow()
    assert Waiting.objects.get().left_because == LeftBecause.OVER
    assert not Message.objects.filter(kind=letters.LIST_OVER).exists()
