"""What families have bought changes: sessions called off or moved; money, seats and letters."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.activities.changes import calling_off, letters, merging
from booking.activities.enrolling import paying
from booking.activities.exceptions import MembersElsewhere
from booking.activities.models import Enrolment, Group, LeftBecause, Seat, Waiting
from booking.activities.seasons.groups import Replanned
from booking.payments.models import CreditNote
from booking.residents.models import Guardian, Membership
from municipalities.languages import Translated
from municipalities.models import StaffMember
from municipalities.wording import say_moment
from notifications.kinds import kind_of
from notifications.models import Channel, Message
from notifications.sms import fitting, segments
from tests import people
from tests.booking.activities.changes.bought import enrolled, held, mails, rendered
from tests.factories import LaneFactory
from tests.factories.enrolments import child_of, course, family
from tests.rights.walk import signed_in

STRIKE = Translated(fr="Grève (fictive)", de="Streik (fiktiv)", en="Strike (fictitious)")


@pytest.mark.django_db
def test_a_session_called_off_frees_seats_credits_its_share_and_tells_both_homes(
    group: Group, manager: StaffMember
) -> None:
    first = family()
    line = enrolled(first.household, group)
    other = family()
    Membership.objects.create(household=other.household, member=line.member)
    waiting = family().household
    held(waiting, group)
    session = group.sessions.earliest("starts_at")
    means = calling_off.consequences_of(session)
    assert (means.people, means.families, means.cents) == (1, 1, 3000)
    assert calling_off.call_off(session=session, reason=STRIKE, by=manager, seen=1) == 2
    assert [note.cents for note in CreditNote.objects.all()] == [3000]
    assert Seat.objects.taken().filter(enrolment=line).count() == 2
    # Whoever only holds a place is asked for the sessions that are left.
    assert Enrolment.objects.get(basket__household=waiting).cents == 6000
    told = mails(letters.CALLED_OFF)
    assert {one.recipient for one in told} == {first.email, other.email}
    text = rendered(told[0])
    assert "n’a pas lieu" in text and "Grève (fictive)" in text and "avoir" in text
    assert str(line.member.given_name) not in text
    with pytest.raises(calling_off.FamiliesCredited):
        calling_off.reinstate(session=session, by=manager)
    for later in group.sessions.planned().order_by("starts_at"):
        calling_off.call_off(session=later, reason=STRIKE, by=manager)
    assert sum(note.cents for note in CreditNote.objects.all()) == line.cents == 9000


@pytest.mark.django_db
@pytest.mark.parametrize(("rule", "said"), [("catch_up", "rattrapage"), ("nothing", "n’a pas lieu")])
def test_without_a_rule_of_credit_nothing_is_owed(group: Group, manager: StaffMember, rule: str, said: str) -> None:
    Group.objects.filter(pk=group.pk).update(credit_rule=rule)
    enrolled(family().household, group)
    session = group.sessions.select_related("group").earliest("starts_at")
    calling_off.call_off(session=session, reason=STRIKE, by=manager)
    assert not CreditNote.objects.exists()
    (told,) = mails(letters.CALLED_OFF)
    assert said in rendered(told) and "avoir" not in rendered(told)


@pytest.mark.django_db
def test_while_somebody_pays_and_after_somebody_came_nothing_is_called_off(group: Group, manager: StaffMember) -> None:
    enrolled(family().household, group)
    session = group.sessions.earliest("starts_at")
    with pytest.raises(calling_off.OthersSince):
        calling_off.call_off(session=session, reason=STRIKE, by=manager, seen=2)
    line = held(family().household, group)
    paying.begin_paying(basket=Enrolment.objects.get(pk=line.enrolments[0]).basket)
    with pytest.raises(calling_off.BeingPaid):
        calling_off.call_off(session=session, reason=STRIKE, by=manager)
    session.refresh_from_db()
    assert not session.is_called_off and not CreditNote.objects.exists() and not mails(letters.CALLED_OFF)


@pytest.mark.django_db
def test_the_page_shows_first_and_a_moved_session_is_told(group: Group, manager: StaffMember) -> None:
    home = family()
    enrolled(home.household, group)
    group.lanes.add(LaneFactory.create(basin=group.basin))
    first, second, _last = group.sessions.order_by("starts_at")
    client = signed_in(manager)
    page = reverse("desk:session", args=[first.pk])
    sent = {"geste": "annuler", "reason_fr": "Grève", "reason_de": "", "reason_en": ""}
    seen = client.post(page, sent).content.decode().replace("\xa0", " ")
    assert "1 avoir, 30,00 € en tout." in seen and 'name="vus" value="1"' in seen
    first.refresh_from_db()
    assert not first.is_called_off
    assert client.post(page, {**sent, "vus": "1"}).status_code == 302
    first.refresh_from_db()
    assert first.is_called_off
    day = (timezone.localtime(second.starts_at) + timedelta(days=1)).date()
    move = {"geste": "deplacer", "day": day.isoformat(), "starts": "10:00", "ends": "10:45"}
    assert client.post(reverse("desk:session", args=[second.pk]), move).status_code == 302
    (told,) = mails(letters.MOVED)
    text = rendered(told)
    assert "a lieu" in text and "Votre place est gardée" in text
    assert "avec « Absence »" in text and reverse("enrol:mine") in text
    assert Seat.objects.get(session=second).period.lower == type(second).objects.get(pk=second.pk).starts_at


@pytest.mark.django_db
def test_a_session_is_not_moved_onto_the_hour_of_its_members_other_group(
    basin: Any, group: Group, manager: StaffMember
) -> None:
    home = family()
    enrolled(home.household, group)
    other = course(basin, hour=16, activity=group.activity)
    enrolled(home.household, other)
    group.lanes.add(LaneFactory.create(basin=basin))
    first, there = (one.sessions.earliest("starts_at") for one in (group, other))
    before = first.starts_at
    with pytest.raises(MembersElsewhere, match="École de natation"):
        calling_off.move(session=first, start=there.starts_at, end=there.ends_at, by=manager)
    assert type(first).objects.get(pk=first.pk).starts_at == before


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["called off", "moved", "merged", "replanned"])
def test_whoever_has_only_a_telephone_is_told_before_they_set_out(
    basin: Any, group: Group, manager: StaffMember, way: str
) -> None:
    parent = family()
    enrolled(parent.household, group)
    Guardian.objects.filter(pk=parent.pk).update(email="", confirmed_at=None, phone="+33612345678")
    group.lanes.add(LaneFactory.create(basin=basin))
    first = group.sessions.earliest("starts_at")
    now_at = say_moment(first.starts_at)
    if way == "called off":
        assert calling_off.call_off(session=first, reason=STRIKE, by=manager) == 1
        said = f"Séance annulée : {group.activity}, {now_at}, {basin.pool.facility.name}."
        assert str(parent.name) not in signed_in(manager).get(reverse("desk:calls")).content.decode()
    elif way == "moved":
        later = first.starts_at + timedelta(hours=2)
        assert calling_off.move(session=first, start=later, end=later + timedelta(minutes=45), by=manager) == 1
        said = f"Séance déplacée : {group.activity}. Nouvelle date : {say_moment(later)}, au lieu de : {now_at}."
    elif way == "merged":
        into = course(basin, hour=16, activity=group.activity)
        merging.merge(group=group, into=into, by=manager)
        then = say_moment(into.sessions.earliest("starts_at").starts_at)
        said = f"Votre groupe est réuni avec un autre : {group.activity}. Prochaine séance : {then},"
    else:
        letters.owe_replanned(Replanned(group, Group.objects.get(pk=group.pk), {}))
        said = f"Vos séances changent : {group.activity}. Prochaine séance : {now_at},"
    (message,) = Message.objects.filter(kind__in=letters.CHANGES)
    assert (message.channel, message.recipient) == (Channel.SMS, "+33612345678")
    known = kind_of(message)
    assert known.gather is not None
    text: Any = known.render(message, known.gather([message])[message.pk])
    assert text.text.replace("\xa0", " ").startswith(said.replace("\xa0", " "))
    assert str(child_of(parent.household).given_name) not in text.text
    assert segments(fitting(text.text, *text.shorter)) <= 2


@pytest.mark.django_db
def test_a_single_place_is_credited_once_whatever_becomes_of_its_group(
    basin: Any, group: Group, manager: StaffMember
) -> None:
    """Its session was called off before the group is merged; and whoever moves waits for the other group no more."""
    into = course(basin, sessions=3, hour=16, activity=group.activity, capacity=9)
    session = group.sessions.earliest("starts_at")
    parent, swimmer = family(), family()
    single = enrolled(swimmer.household, group)
    Enrolment.objects.filter(pk=single.pk).update(session=session)
    Seat.objects.filter(enrolment=single).exclude(session=session).delete()
    moved = enrolled(parent.household, group)
    waits = Waiting.objects.create(group=into, member=moved.member, household=parent.household)
    calling_off.call_off(session=session, reason=STRIKE, by=manager)
    notes, letters_before = CreditNote.objects.count(), len(mails(letters.CALLED_OFF))
    assert CreditNote.objects.filter(household=swimmer.household).count() == 1
    merging.merge(group=group, into=into, by=manager)
    assert CreditNote.objects.count() == notes and len(mails(letters.CALLED_OFF)) == letters_before
    waits.refresh_from_db()
    assert waits.left_because == LeftBecause.ENROLLED


@pytest.mark.django_db
def test_names_are_for_those_who_serve_families_and_for_the_groups_coach(group: Group, manager: StaffMember) -> None:
    operator = group.activity.season.operator
    child = enrolled(family().household, group).member
    page = reverse("desk:places", args=[group.pk])
    coach, stranger = people.coach(operator), people.coach(operator)
    Group.objects.filter(pk=group.pk).update(coach=coach)
    for staff in (manager, coach, people.cashier(operator)):
        assert str(child) in signed_in(staff).get(page).content.decode()
    boss = signed_in(people.manager_of_operator(operator)).get(page).content.decode()
    assert "1 inscrit sur 10 places" in boss.replace("\xa0", " ") and str(child) not in boss
    assert signed_in(stranger).get(page).status_code == 404
    assert group.code in signed_in(coach).get(reverse("desk:mine")).content.decode()
    assert group.code not in signed_in(stranger).get(reverse("desk:mine")).content.decode()
