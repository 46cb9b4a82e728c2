"""A family gives a place back: until its third session, with the credit it was shown."""

import threading
import time
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.activities.changes import calling_off, cancel_letters, cancelling, pool_letters
from booking.activities.models import EndReason, Enrolment, Group, Season, Session
from booking.activities.singles import absences
from booking.payments.models import CreditNote, JournalEntry
from booking.residents.models import Guardian, Membership
from municipalities.languages import Translated
from municipalities.models import Closure
from notifications.models import Message
from tests import people
from tests.booking.activities.changes.bought import enrolled, held
from tests.booking.activities.changes.test_closing import closed, sold
from tests.booking.activities.resident.test_pages import browser, text
from tests.booking.activities.singles.test_absences import enrolled as enrolled_free
from tests.booking.payments.till import right
from tests.concurrency.crowd import crowd
from tests.factories.enrolments import course, family, water
from tests.factories.municipalities import OperatorFactory, StaffMemberFactory
from tests.factories.offer import ActivityFactory
from tests.rights.walk import signed_in

pytestmark = pytest.mark.django_db


def test_the_credit_is_shown_then_given_until_the_third_session() -> None:
    parent = family()
    group = course(water(), sessions=6)
    line = enrolled(parent.household, group)
    client, address = browser(parent), reverse("enrol:cancel", args=[line.pk])
    assert "90,00" in text(client.get(address)) and address in text(client.get(reverse("enrol:mine")))
    # Two sessions are over meanwhile: what was shown is no longer what it is.
    now = timezone.now()
    for number, one in enumerate(group.sessions.order_by("starts_at")[:2]):
        start = now - timedelta(days=10 - number)
        Session.objects.filter(pk=one.pk).update(starts_at=start, ends_at=start + timedelta(minutes=45))
    refused = client.post(address, {"vu": "9000"})
    assert refused.status_code == 409 and "n’est plus celui que vous avez vu" in text(refused)
    assert "60,00" in text(refused)
    third = group.sessions.order_by("starts_at")[2]
    with pytest.raises(cancelling.TooLateToCancel):
        cancelling.cancel(enrolment=line, shown=4500, now=third.starts_at + timedelta(minutes=1))
    assert browser(family(), "autre").post(address, {"vu": "6000"}).status_code == 404
    assert "L’inscription est annulée" in text(client.post(address, {"vu": "6000"}, follow=True))
    line.refresh_from_db()
    assert line.end_reason == EndReason.FAMILY and CreditNote.objects.get().cents == 6000
    assert client.post(address, {"vu": "6000"}).status_code == 409


def test_each_season_has_its_rule_and_it_is_read_before() -> None:
    parent = family()
    group = course(water(), sessions=6)
    page = text(Client().get(reverse("catalogue:group", args=[group.pk])))
    assert "tant que 2 séances au plus ont commencé" in page and "un avoir au prorata" in page and "24 h avant" in page
    line = enrolled(parent.household, group)
    Season.objects.update(sessions_tried=None)
    with pytest.raises(cancelling.TooLateToCancel, match="ne s’annule pas en ligne"):
        cancelling.cancel(enrolment=line, shown=9000)


def test_the_desk_gives_a_place_back_with_the_credit_it_grants() -> None:
    parent = family()
    group = course(water())
    line = enrolled(parent.household, group)
    cashier = people.cashier(group.activity.season.operator)
    client, address = signed_in(cashier), reverse("desk:cancel", args=[line.pk])
    assert address in text(client.get(reverse("desk:sale", args=[parent.household.pk])))
    assert 'value="90' in text(client.get(address))
    refused = client.post(address, {"credit": "90,01"})
    assert refused.status_code == 409 and "plus que ce qui a été payé" in text(refused)
    stranger = people.cashier(OperatorFactory.create(), email="ailleurs@caisse.example")
    assert signed_in(stranger).post(address, {"credit": "0"}).status_code == 404
    done = client.post(address, {"credit": "40,00"}, follow=True)
    assert "un avoir de 40,00" in text(done)
    line.refresh_from_db()
    note = CreditNote.objects.get()
    assert (note.cents, note.issued_by, line.end_reason) == (4000, cashier, EndReason.OFFICE)
    assert not line.seats.taken().exists()
    again = client.post(address, {"credit": "1"})
    assert again.status_code == 409 and "n’est plus en cours" in text(again)


def told(recipient: str) -> str:
    """The letter about a cancelled place that went to this mailbox."""
    message = Message.objects.get(kind=cancel_letters.CANCELLED, recipient=recipient)
    mail: Any = cancel_letters.render(message, cancel_letters.gather([message]).get(message.pk))
    return f"{mail.subject} {mail.text}".replace("\xa0", " ")


def test_the_desk_cancels_without_credit_and_the_family_reads_by_which_rule() -> None:
    parent, other = family(), family()
    # Who came to the desk alone has not shown yet to read their mailbox: nobody is named.
    Guardian.objects.filter(pk=parent.pk).update(confirmed_at=None)
    group = course(water())
    line = enrolled(parent.household, group)
    Membership.objects.create(household=other.household, member=line.member)
    client = signed_in(people.cashier(group.activity.season.operator))
    done = client.post(reverse("desk:cancel", args=[line.pk]), {"credit": "0"}, follow=True)
    assert "annulée, sans avoir" in text(done) and not CreditNote.objects.exists()
    letter = told(parent.email)
    assert "Inscription annulée : École de natation" in letter and "Cette place est annulée" in letter
    assert "Rien n’est crédité, d’après la règle de la saison." in letter
    assert "tant que 2 séances au plus ont commencé" in letter and "déménagement" in letter
    assert str(line.member.given_name) not in letter
    # The other home knows that nobody is expected any more, and nothing of money that is not theirs.
    assert "Cette place est annulée" in told(other.email) and "crédité" not in told(other.email)
    message = Message.objects.get(kind=cancel_letters.CANCELLED, recipient=parent.email)
    for language, said in (("de", "Nichts wird gutgeschrieben"), ("en", "Nothing is credited")):
        message.language = language
        mail: Any = cancel_letters.render(message, line)
        assert said in mail.text


def test_each_reason_for_no_credit_has_its_sentence() -> None:
    home, basin = family(), water()
    free = enrolled_free(home.household, course(basin, hour=9, tariff_code="gratuit"))
    cancelling.cancel(enrolment=free, shown=0)
    assert "cette place n’a rien coûté" in told(home.email)
    swimmer = family()
    line = enrolled(swimmer.household, course(basin, hour=10))
    Enrolment.objects.filter(pk=line.pk).update(session=line.seats.earliest("period").session)
    line.seats.exclude(session=line.seats.earliest("period").session).delete()
    line.refresh_from_db()
    cancelling.give_back(enrolment=line, cents=0, by=StaffMemberFactory.create())
    assert "une place à la séance n’est pas remboursée" in told(swimmer.email)
    absent = family()
    line = enrolled(absent.household, course(basin, hour=11, sessions=1))
    absences.announce(seat=line.seats.get())
    cancelling.cancel(enrolment=line, shown=0)
    assert "une absence n’est pas remboursée" in told(absent.email)
    struck = family()
    group = course(basin, hour=12, sessions=1)
    line = enrolled(struck.household, group)
    manager = people.sports_manager(group.activity.season.operator)
    calling_off.call_off(session=group.sessions.get(), reason=Translated(fr="Grève (fictive)"), by=manager)
    cancelling.give_back(enrolment=line, cents=0, by=manager)
    assert "son prix vous a déjà été rendu" in told(struck.email)
    credited = family()
    line = enrolled(credited.household, course(basin, hour=13))
    cancelling.cancel(enrolment=line, shown=line.cents)
    assert "un autre courriel le confirme" in told(credited.email)


def test_a_session_that_was_left_to_others_is_not_given_back_too() -> None:
    line = enrolled(family().household, course(water(), sessions=6))
    absences.announce(seat=line.seats.order_by("period")[0])
    found = cancelling.cancellation(enrolment=line)
    assert (found.sessions, found.cents) == (5, 7500)


def test_what_is_given_back_goes_from_the_account_on_which_it_was_sold() -> None:
    parent = family()
    swimming = course(water(), sessions=6)
    season, basin = swimming.activity.season, swimming.basin
    gym = course(basin, hour=16, activity=ActivityFactory.create(season=season, account="70632"))
    held(parent.household, swimming)
    line = enrolled(parent.household, gym)
    manager = people.sports_manager(season.operator)
    calling_off.call_off(session=gym.sessions.earliest("starts_at"), reason=Translated(fr="Grève"), by=manager)
    # What is written on a group later is not what was sold.
    Group.objects.filter(pk=gym.pk).update(tariff_code="autre")
    cancelling.cancel(enrolment=line, shown=6000)
    entries = JournalEntry.objects.filter(kind="credit_note").order_by("number")
    assert list(entries.values_list("account", "tariff_code", "cents")) == [
        ("70632", "ecole", -3000),
        ("70632", "ecole", -6000),
    ]
    other = Enrolment.objects.get(group=swimming)
    cancelling.cancel(enrolment=other, shown=9000)
    sums = JournalEntry.objects.values_list("account").annotate(sum=Sum("cents")).order_by("account")
    assert list(sums) == [("70631", 0), ("70632", 0)]
    assert right() == []


def _while_the_pool_closes(monkeypatch: pytest.MonkeyPatch) -> object:
    """A place of two that were paid for together is given back once the closure has credited, and not told it yet."""
    basin = water()
    group, other = course(basin), course(basin, hour=16)
    line = sold(family(children=2).household, group, other)
    credited, owe = threading.Event(), pool_letters.owe

    def tell(*args: Any, **more: Any) -> int:
        credited.set()
        time.sleep(0.5)
        return owe(*args, **more)

    def give_back() -> object:
        credited.wait(timeout=10)
        return cancelling.cancel(enrolment=line, shown=9000)

    monkeypatch.setattr(pool_letters, "owe", tell)
    by = StaffMemberFactory.create()
    closure, outcome = crowd([partial(closed, group, by=by), give_back])
    assert isinstance(closure, Closure)
    return outcome


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_what_a_closure_has_credited_is_not_credited_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(_while_the_pool_closes(monkeypatch), cancelling.CreditChanged)
    assert CreditNote.objects.get().cents == 6000


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_twin_without_the_money_held_a_session_is_credited_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancelling, "lock_charges", lambda _enrolled: None)
    assert isinstance(_while_the_pool_closes(monkeypatch), CreditNote)
    assert sorted(CreditNote.objects.values_list("cents", flat=True)) == [6000, 9000]
