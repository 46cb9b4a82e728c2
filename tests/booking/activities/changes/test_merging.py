"""Two groups are made one: places, seats, waiting lists, money and letters go along."""

import threading
from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from booking.activities.changes import calling_off, letters, merging
from booking.activities.enrolling.refusals import NotEligible
from booking.activities.models import Enrolment, EnrolmentState, Group, LaneUse, Waiting
from booking.activities.occupancy import figures
from booking.activities.resident.overview import places_of
from booking.activities.singles import absences
from booking.activities.waiting import letters as waiting_letters
from booking.activities.waiting import offering
from booking.payments.models import CreditNote
from booking.residents.models import Household
from municipalities.database.transactions import patient_transaction
from municipalities.languages import Translated
from municipalities.models import StaffMember
from municipalities.wording import say_weekday
from tests import people
from tests.booking.activities.changes.bought import enrolled, held, mails, rendered
from tests.concurrency.crowd import crowd
from tests.factories.enrolments import child_of, course, family, water
from tests.rights.walk import signed_in

STRIKE = Translated(fr="Grève (fictive)", de="Streik (fiktiv)", en="Strike (fictitious)")


@pytest.mark.django_db
def test_two_groups_become_one(basin: Any, group: Group, manager: StaffMember) -> None:
    into = course(basin, sessions=2, hour=16, activity=group.activity, capacity=3)
    people_in = [family() for _number in range(2)]
    lines = [enrolled(one.household, group) for one in people_in]
    found = merging.preview(group=group, into=into)
    assert found.is_possible and (found.sessions_before, found.sessions_after, found.cents) == (3, 2, 6000)
    client = signed_in(manager)
    page = reverse("desk:merge", args=[group.pk])
    seen = client.post(page, {"into": into.pk, "voir": "1"}).content.decode().replace("\xa0", " ")
    assert "2 personnes changent de groupe" in seen and "2 avoirs, 60,00 € en tout" in seen
    assert Enrolment.objects.enrolled().filter(group=group).count() == 2
    assert client.post(page, {"into": into.pk, "vus": "2", "reunir": "1"}).status_code == 302
    moved = Enrolment.objects.enrolled().filter(group=into)
    assert {one.moved_from_id for one in moved} == {line.pk for line in lines}
    assert {one.seats.taken().count() for one in moved} == {2}
    assert not group.sessions.planned().exists()
    assert not LaneUse.objects.filter(event__in=group.sessions.values("pk")).exists()
    assert sorted(note.cents for note in CreditNote.objects.all()) == [3000, 3000]
    told = mails(letters.MERGED)
    Group.objects.filter(pk=into.pk).update(starts=time(16), ends=time(16, 45))
    assert {one.recipient for one in told} == {one.email for one in people_in} and len(told) == 2
    text = rendered(told[0])
    assert "Votre place vous suit." in text and "un avoir vous est annoncé" in text
    assert f"{say_weekday(into.weekday)} 16 h" in text and f"il avait lieu {say_weekday(group.weekday)} " in text
    assert "vous pouvez annuler depuis « Mes inscriptions »" in text and reverse("enrol:mine") in text
    # What is called off later is a share of all that was paid for, wherever it was.
    assert calling_off.consequences_of(into.sessions.earliest("starts_at")).cents <= 2 * 4500
    with pytest.raises(NotEligible, match="n’a plus de séance"):
        held(family().household, group)


def waits(household: Household, group: Group, days_ago: int) -> Waiting:
    since = timezone.now() - timedelta(days=days_ago)
    return Waiting.objects.create(household=household, member=child_of(household), group=group, joined_at=since)


@pytest.mark.django_db
def test_who_waits_for_a_group_that_is_merged_waits_for_the_other_with_their_rank_and_reads_so(
    basin: Any, group: Group, manager: StaffMember
) -> None:
    into = course(basin, hour=16, activity=group.activity, capacity=3)
    enrolled(family().household, group)
    long, both, there, new, has_place = (family() for _number in range(5))
    enrolled(has_place.household, into)
    mine = [waits(long.household, group, 9), waits(new.household, group, 1), waits(has_place.household, group, 7)]
    Waiting.objects.filter(pk=mine[0].pk).update(passed_at=timezone.now())
    waits(both.household, group, 8)
    waits(both.household, into, 2)
    waits(there.household, into, 5)
    page = reverse("desk:merge", args=[group.pk])
    seen = signed_in(manager).post(page, {"into": into.pk, "voir": "1"}).content.decode().replace("\xa0", " ")
    assert "4 personnes en attente passent sur la liste de l’autre groupe, au rang de leur arrivée" in seen
    merging.merge(group=group, into=into, by=manager)
    order = [one.household_id for one in Waiting.objects.still().filter(group=into)]
    assert order == [one.household.pk for one in (long, both, there, new)]
    assert not Waiting.objects.still().filter(group=group).exists()
    # What they had let go were numbers of the other group.
    assert not Waiting.objects.still().filter(passed_at__isnull=False).exists()
    told = {one.recipient: rendered(one) for one in mails(waiting_letters.LIST_OVER)}
    assert set(told) == {one.email for one in (long, both, new, has_place)}
    assert f"{into.basin.pool.facility.name}" in told[long.email] and reverse("enrol:waiting") in told[long.email]
    assert "attend maintenant une place" in told[long.email] and "attend maintenant une place" in told[both.email]
    assert "y a déjà une place" in told[has_place.email] and "attend maintenant" not in told[has_place.email]
    # The one number that is left is theirs to be asked for, the first of them first.
    assert offering.follow() == 1 and Waiting.objects.get(offer__isnull=False).household == long.household


def earned(basin: Any) -> list[Any]:
    """What each session to come of this pool has earned, in cents."""
    today = timezone.localdate()
    ahead = figures.sessions_between([basin.pool], today, today + timedelta(days=60))
    return [one.cents for one in figures.meetings(ahead)]


@pytest.mark.django_db
@pytest.mark.parametrize("is_struck", [False, True])
def test_what_a_merger_gave_back_is_neither_earned_nor_given_back_again(
    basin: Any, group: Group, manager: StaffMember, is_struck: bool
) -> None:
    """Three sessions for 90 €, of which one is lost: to a strike before the merger, or to a shorter group by it."""
    into = course(basin, sessions=2, hour=16, activity=group.activity, capacity=3)
    home = family().household
    enrolled(home, group)
    if is_struck:
        calling_off.call_off(session=group.sessions.earliest("starts_at"), reason=STRIKE, by=manager)
    merging.merge(group=group, into=into, by=manager)
    assert [note.cents for note in CreditNote.objects.all()] == [3000]
    assert earned(basin) == [3000, 3000]
    # What was paid stays what was paid, for the family and for whoever gives the place back.
    ((place,),) = [one.places for one in places_of(home, now=timezone.now())]
    page = signed_in(manager).get(reverse("desk:cancel", args=[place.pk])).content.decode().replace("\xa0", " ")
    assert place.cents == 9000 and "Prix payé : 90,00 €, dont 60,00 €" in page
    for session in into.sessions.select_related("group").order_by("starts_at"):
        calling_off.call_off(session=session, reason=STRIKE, by=manager)
    assert [note.cents for note in CreditNote.objects.order_by("pk")] == [3000, 3000, 3000]


@pytest.mark.django_db
def test_an_absence_before_a_merger_is_paid_for_all_the_same(basin: Any, group: Group, manager: StaffMember) -> None:
    """One session of three was left to others, and is no refund: nor does it make the others dearer."""
    into = course(basin, sessions=2, days=16, hour=16, activity=group.activity)
    line = enrolled(family().household, group)
    first = line.seats.select_related("session").earliest("period")
    absences.announce(seat=first)
    with time_machine.travel(first.session.ends_at + timedelta(hours=1), tick=False):
        merging.merge(group=group, into=into, by=manager)
        assert not CreditNote.objects.exists()
        assert calling_off.consequences_of(into.sessions.earliest("starts_at")).cents == 3000
        assert earned(basin) == [3000, 3000, 3000]


@pytest.mark.django_db
def test_without_a_rule_of_credit_a_merger_keeps_the_whole_price(
    basin: Any, group: Group, manager: StaffMember
) -> None:
    into = course(basin, sessions=1, hour=16, activity=group.activity)
    Group.objects.update(credit_rule="catch_up")
    group.refresh_from_db()
    enrolled(family().household, group)
    calling_off.call_off(session=group.sessions.earliest("starts_at"), reason=STRIKE, by=manager)
    merging.merge(group=group, into=into, by=manager)
    assert not CreditNote.objects.exists() and earned(basin) == [9000]


@pytest.mark.django_db
def test_what_cannot_be_merged_is_said_and_stays(basin: Any, group: Group, manager: StaffMember) -> None:
    small = course(basin, hour=16, activity=group.activity, capacity=1)
    homes = [family().household for _number in range(2)]
    for home in homes:
        enrolled(home, group)
    with pytest.raises(merging.NoRoom):
        merging.merge(group=group, into=small, by=manager)
    with pytest.raises(merging.NotTheseTwo):
        merging.merge(group=group, into=group, by=manager)
    other = course(basin, hour=16, days=9, activity=group.activity, capacity=9)
    busy = course(water("Autre piscine", operator=group.activity.season.operator), hour=16)
    enrolled(homes[0], busy)
    found = merging.preview(group=group, into=other)
    assert len(found.elsewhere) == 1 and not found.is_possible
    held(family().household, group)
    with pytest.raises(calling_off.BeingPaid):
        merging.merge(group=group, into=other, by=manager)
    assert Enrolment.objects.enrolled().filter(group=group).count() == 2 and not mails(letters.MERGED)


def _merged_while_somebody_enrols(group: Group, into: Group) -> list[Any]:
    """A place in the group is taken, and before that is committed the two are merged."""
    taken, merging_began = threading.Event(), threading.Event()
    household = family().household

    def take() -> Any:
        with patient_transaction():
            found = held(household, group)
            taken.set()
            merging_began.wait(timeout=10)
        return found

    def merge() -> Any:
        taken.wait(timeout=10)
        threading.Timer(0.5, merging_began.set).start()
        return merging.merge(group=group, into=into, by=manager_)

    manager_ = people.sports_manager(group.activity.season.operator)
    return crowd([take, merge])


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_guarded", [True, False])
def test_nobody_is_left_in_a_group_that_is_merged(
    basin: Any, group: Group, is_guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twin: without holding the groups, somebody has a place without a single session."""
    if not is_guarded:
        monkeypatch.setattr(merging, "hold_groups", lambda _ids: None)
    into = course(basin, hour=16, activity=group.activity)
    enrolled(family().household, group)
    found, outcome = _merged_while_somebody_enrols(group, into)
    left = Enrolment.objects.get(pk=found.enrolments[0])
    if is_guarded:
        assert isinstance(outcome, calling_off.BeingPaid)
        assert left.seats.taken().count() == 3
    else:
        assert isinstance(outcome, merging.Merger)
        assert left.state == EnrolmentState.HELD and left.seats.taken().count() == 0
