"""Places held, dropped, asked to be paid, and let go: each rule by the database, each refusal with its sentence."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import timezone

from booking.activities.enrolling import holding, paying
from booking.activities.enrolling.ending import end, transfer
from booking.activities.enrolling.holding import Choice, drop_line, hold, want_together
from booking.activities.enrolling.levels import give_level
from booking.activities.enrolling.numbers import AT_LEAST, HOLD
from booking.activities.enrolling.prices import fingerprint
from booking.activities.enrolling.refusals import (
    BasketEmpty,
    GroupFull,
    NotEligible,
    PriceChanged,
    SamePersonTwice,
    SameTime,
    TogetherBroken,
)
from booking.activities.models import (
    Activity,
    Basket,
    BasketState,
    EndReason,
    Enrolment,
    EnrolmentState,
    Group,
    Level,
    Seat,
    Window,
)
from booking.payments import charges, counter, credits
from booking.payments.enums import ChargeState, CreditReason, Means
from booking.payments.models import Charge, CreditNote, JournalEntry, Payment
from booking.residents.enums import PaperKind
from booking.residents.models import Household, Membership
from municipalities.database.transactions import patient_transaction
from tests.booking.payments.till import right
from tests.factories import MemberFactory, SeenPaperFactory, StaffMemberFactory
from tests.factories.enrolments import BORN, child_of, course, family, water
from tests.factories.offer import ActivityFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def basin() -> Any:
    return water()


@pytest.fixture
def home() -> Household:
    return family(children=2).household


def held(household: Household, group: Group, place: int = 0, **more: Any) -> Enrolment:
    found = hold(household=household, choices=[Choice(child_of(household, place), group.pk)], **more)
    return Enrolment.objects.get(pk=found.enrolments[-1])


def paid(enrolment: Enrolment) -> Charge:
    charge = paying.begin_paying(basket=enrolment.basket)
    counter.take(charge_id=charge.pk, parts={Means.CASH: charge.cents}, by=StaffMemberFactory.create())
    enrolment.refresh_from_db()
    return charge


def test_a_hold_has_a_number_and_a_seat_in_each_session_to_come(basin: Any, home: Household) -> None:
    group = course(basin, sessions=4, days=-3, capacity=5)
    now = timezone.now()
    line = held(home, group, now=now)
    seats = list(Seat.objects.filter(enrolment=line))
    assert line.state == EnrolmentState.HELD and 1 <= line.number <= 5 and line.held_until == now + HOLD
    # The one that has been is not sold; the price is that of those that are left.
    assert len(seats) == 3 and {seat.number for seat in seats} == {line.number}
    assert line.cents == 6750 and [kind for kind, *_ in line.price["lines"]] == ["price", "pro_rata"]


def test_numbers_are_drawn_at_random(basin: Any) -> None:
    group = course(basin, capacity=200, sessions=1)
    numbers = [held(family().household, group).number for _ in range(4)]
    assert numbers != sorted(numbers) or numbers[0] > 4 or max(numbers) > 20


def test_a_full_group_is_full_until_a_hold_runs_out(basin: Any) -> None:
    group = course(basin, capacity=1)
    first = held(family().household, group)
    other = family().household
    with pytest.raises(GroupFull):
        held(other, group)
    later = timezone.now() + HOLD + timedelta(seconds=1)
    second = held(other, group, now=later)
    first.refresh_from_db()
    assert second.number == 1 and first.end_reason == EndReason.EXPIRED
    assert not Seat.objects.taken().filter(enrolment=first).exists()


def test_a_charge_that_nobody_begins_to_pay_lets_its_place_go_to_whoever_wants_it(basin: Any) -> None:
    group = course(basin, capacity=1)
    first = held(family().household, group)
    charge = paying.begin_paying(basket=first.basket)
    other = family().household
    with pytest.raises(GroupFull):
        held(other, group)
    held(other, group, now=timezone.now() + HOLD + timedelta(seconds=1))
    charge.refresh_from_db()
    first.refresh_from_db()
    assert charge.state == ChargeState.RELEASED and first.end_reason == EndReason.UNPAID


def test_the_same_person_is_once_in_a_group_also_by_the_other_parent(basin: Any, home: Household) -> None:
    group, other = course(basin), family(children=0).household
    Membership.objects.create(household=other, member=child_of(home))
    held(home, group)
    with pytest.raises(NotEligible) as foreseen:
        held(other, group)
    assert "Déjà une place dans ce groupe" in str(foreseen.value)


def test_what_overlaps_is_refused_and_named_also_when_nobody_looked(
    basin: Any, home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(home, course(basin))
    with pytest.raises(NotEligible, match="École de natation, mercredi"):
        held(home, course(water("Ailleurs")))
    monkeypatch.setattr(holding, "obstacles", lambda *_args, **_more: [])
    with pytest.raises(SameTime, match="École de natation, mercredi"):
        held(home, course(water("Encore ailleurs")))
    with pytest.raises(SamePersonTwice):
        held(home, Enrolment.objects.get().group)


def test_an_expired_hold_of_ones_own_is_in_nobodys_way(basin: Any, home: Household) -> None:
    held(home, course(basin))
    held(home, course(water("Ailleurs")), now=timezone.now() + HOLD + timedelta(seconds=1))
    assert Enrolment.objects.standing().count() == 1


def test_an_addition_gives_all_twenty_minutes_a_removal_at_least_five(basin: Any, home: Household) -> None:
    now = timezone.now()
    first = held(home, course(basin), now=now)
    second = held(home, course(basin, hour=18), 1, now=now + timedelta(minutes=10))
    first.refresh_from_db()
    assert first.held_until == second.held_until == now + timedelta(minutes=30)
    third = held(home, course(basin, hour=19), 1, now=now + timedelta(minutes=11))
    drop_line(enrolment=third, now=now + timedelta(minutes=30))
    first.refresh_from_db()
    assert first.held_until == now + timedelta(minutes=30) + AT_LEAST


def test_the_second_child_costs_less_and_the_rest_is_priced_anew_without_it(basin: Any, home: Household) -> None:
    group = course(basin)
    lines = [held(home, group, 0), held(home, group, 1)]
    assert sorted(Enrolment.objects.values_list("cents", flat=True)) == [7200, 9000]
    dearest = max(Enrolment.objects.all(), key=lambda one: one.cents)
    changes = drop_line(enrolment=dearest)
    assert [(sum(c for _, c in one.before), sum(c for _, c in one.after)) for one in changes] == [(7200, 9000)]
    assert Enrolment.objects.standing().get().cents == 9000 and len(lines) == 2


def test_all_or_none_holds_none_where_one_finds_no_place(basin: Any, home: Household) -> None:
    group = course(basin, capacity=1)
    choices = [Choice(child_of(home, 0), group.pk), Choice(child_of(home, 1), group.pk)]
    with pytest.raises(GroupFull):
        hold(household=home, choices=choices, together=True)
    assert not Enrolment.objects.exists() and not Basket.objects.exists()


def test_of_those_wanted_together_none_is_paid_once_one_is_lost(basin: Any, home: Household) -> None:
    first, second = held(home, course(basin)), held(home, course(basin, hour=18, capacity=1), 1)
    third = held(home, course(basin, hour=20))
    want_together(basket=first.basket, enrolments=[first.pk, second.pk])
    later = timezone.now() + HOLD + timedelta(seconds=1)
    held(family().household, second.group, now=later)
    # Whoever took the one freed the other: the third is still there, and alone.
    assert set(Enrolment.objects.filter(basket=first.basket).standing().values_list("pk", flat=True)) == {third.pk}
    Enrolment.objects.filter(pk=third.pk).update(together=Enrolment.objects.get(pk=first.pk).together)
    with pytest.raises(TogetherBroken):
        paying.begin_paying(basket=first.basket)


def test_two_tabs_begin_to_pay_one_basket_once(basin: Any, home: Household) -> None:
    line = held(home, course(basin))
    charge = paying.begin_paying(basket=line.basket)
    assert paying.begin_paying(basket=line.basket) == charge and charge.cents == 9000
    line.refresh_from_db()
    assert line.state == EnrolmentState.PAYING and line.held_until is None
    with pytest.raises(BasketEmpty):
        paying.begin_paying(basket=Basket.objects.create(household=home, office=charge.office))


def test_a_price_that_is_not_the_one_shown_is_said_line_by_line(basin: Any, home: Household) -> None:
    group = course(basin)
    shown = fingerprint([held(home, group, 0)])
    held(home, group, 1)
    with pytest.raises(PriceChanged) as refused:
        paying.begin_paying(basket=Basket.objects.get(), shown=shown)
    assert [sum(cents for _, cents in one.after) for one in refused.value.changes] in (
        [7200],
        [7200, 9000],
        [9000, 7200],
    )
    paying.begin_paying(basket=Basket.objects.get(), shown=fingerprint(Enrolment.objects.all()))


def test_who_comes_back_to_what_lapsed_pays_for_the_sessions_that_are_left(basin: Any, home: Household) -> None:
    line = held(home, course(basin, sessions=3))
    first = line.seats.earliest("period")
    shown = {"shown": fingerprint([line])}
    Enrolment.objects.update(held_until=first.period.lower)
    later = first.period.upper
    with pytest.raises(PriceChanged) as refused:
        paying.begin_paying(basket=line.basket, now=later, **shown)
    assert len(refused.value.changes) == 1
    line.refresh_from_db()
    assert (line.cents, line.held_until) == (6000, later + AT_LEAST) and line.seats.count() == 2
    charge = paying.begin_paying(basket=line.basket, now=later, shown=fingerprint([line]))
    assert charge.cents == 6000


def test_what_is_paid_is_enrolled_and_ends_with_a_credit_note(basin: Any, home: Household) -> None:
    line = held(home, course(basin))
    charge = paid(line)
    assert line.state == EnrolmentState.ENROLLED and line.basket.state == BasketState.PAID
    end(enrolment=line, reason=EndReason.OFFICE, by=None, credit_cents=3000)
    line.refresh_from_db()
    assert line.state == EnrolmentState.ENDED and CreditNote.objects.get().charge == charge
    assert not Seat.objects.taken().exists()


def test_what_costs_nothing_is_enrolled_at_once(basin: Any, home: Household) -> None:
    line = held(home, course(basin, tariff_code="gratuit"))
    charge = paying.begin_paying(basket=line.basket)
    line.refresh_from_db()
    assert charge.cents == 0 and line.state == EnrolmentState.ENROLLED


def test_one_may_go_back_from_paying_to_choosing(basin: Any, home: Household) -> None:
    line = held(home, course(basin))
    charge = paying.begin_paying(basket=line.basket)
    again = paying.reopen(basket=line.basket)
    line.refresh_from_db()
    charge.refresh_from_db()
    assert line.state == EnrolmentState.HELD and line.basket == again and charge.state == ChargeState.RELEASED
    assert paying.begin_paying(basket=again).cents == 9000


def test_late_money_seats_again_whoever_finds_a_place(basin: Any, home: Household) -> None:
    group = course(basin, capacity=2)
    lines = [held(home, group, 0), held(home, group, 1)]
    charge = paying.begin_paying(basket=Basket.objects.get())
    charges.release_charge(charge.pk)
    held(family().household, group)
    assert sum(cents for _item, cents in paying.paid_late(lines[0].basket_id)) in (7200, 9000)
    assert Enrolment.objects.enrolled().count() == 1 and Basket.objects.filter(state=BasketState.PAID).count() == 1


@pytest.mark.parametrize("credit", [0, 700])
@pytest.mark.parametrize("gone", [(0,), (1,), (2,), (0, 2), (1, 2), (0, 1)])
def test_late_money_of_places_that_are_gone_goes_back_from_where_they_were_sold(
    basin: Any, home: Household, gone: tuple[int, ...], credit: int
) -> None:
    """Two children in the swimming school, one at the gym of another account: what of it is another's by now."""
    swimming = [course(basin, capacity=1)]
    swimming.append(course(basin, capacity=1, hour=16, activity=swimming[0].activity))
    season = swimming[0].activity.season
    gym = course(basin, hour=18, capacity=1, activity=ActivityFactory.create(season=season, account="70632"))
    groups = [*swimming, gym]
    if credit:
        before = paid(held(home, course(basin, hour=8, days=2, activity=ActivityFactory.create(season=season))))
        credits.issue_credit(charge=before, cents=credit, reason=CreditReason.CANCELLED, by=None)
    for number, group in enumerate(groups):
        held(home, group, number % 2)
    charge = paying.begin_paying(basket=Basket.objects.get(state=BasketState.OPEN))
    known = {line.group_id: line for line in Enrolment.objects.filter(group__in=groups)}
    charges.release_charge(charge.pk)
    for number in gone:
        held(family().household, groups[number])
    charge.refresh_from_db()
    payment = Payment.objects.create(
        charge=charge,
        cents=charge.cents - credit,
        refdet="L" * 20,
        numcli="090909",
        capture="T",
        means=Means.CARD_ONLINE,
        state="paid",
        created_at=timezone.now(),
        asked_at=timezone.now(),
        opened_at=timezone.now(),
        ended_at=timezone.now(),
        idop="idop",
        result="P",
    )
    with patient_transaction():
        charges.receive(charges.lock(charge.pk), payment, timezone.now())
    note = CreditNote.objects.get(reason=CreditReason.LATE_PAYMENT)
    lost = [known[groups[number].pk] for number in gone]
    assert note.cents == sum(line.cents for line in lost)
    back: dict[str, int] = {}
    for line in lost:
        account = line.price["sold"][1]
        back[account] = back.get(account, 0) - line.cents
    entries = JournalEntry.objects.filter(note=note).values_list("account").annotate(sum=Sum("cents"))
    assert dict(entries.order_by("account")) == back
    assert Enrolment.objects.enrolled().filter(group__in=groups).count() == len(groups) - len(gone)
    assert right() == []


def test_late_money_seats_what_is_held_anew_once(basin: Any, home: Household) -> None:
    line = held(home, course(basin))
    paying.begin_paying(basket=line.basket)
    paying.reopen(basket=line.basket)
    assert [cents for _item, cents in paying.paid_late(line.basket_id)] == [9000]
    line.refresh_from_db()
    assert line.state == EnrolmentState.ENROLLED and Enrolment.objects.count() == 1


def test_a_transfer_keeps_what_was_paid_and_takes_a_number_there(basin: Any, home: Household) -> None:
    line = held(home, course(basin))
    paid(line)
    other = course(basin, sessions=2, hour=14, capacity=1)
    moved = transfer(enrolment=line, group=other, by=None)
    assert (moved.group, moved.number, moved.cents, moved.state) == (other, 1, 9000, EnrolmentState.ENROLLED)
    assert Seat.objects.taken().filter(enrolment=moved).count() == 2 == Seat.objects.taken().count()


def test_an_agent_passes_over_a_window_with_a_reason_that_is_kept(basin: Any, home: Household) -> None:
    group = course(basin, opens_at=timezone.now() + timedelta(days=2))
    agent = StaffMemberFactory.create()
    with pytest.raises(NotEligible, match="ouvrent pour vous"):
        held(home, group, by=agent)
    line = held(home, group, by=agent, reason="fratrie déjà inscrite")
    assert line.override_reason == "fratrie déjà inscrite"


def test_residents_enrol_before_everybody(basin: Any, home: Household) -> None:
    group = course(basin, opens_at=timezone.now() + timedelta(days=2))
    Window.objects.create(activity=group.activity, audience="residents", opens_at=timezone.now() - timedelta(hours=1))
    held(home, group)
    stranger = family().household
    Household.objects.filter(pk=stranger.pk).update(home_municipality=None)
    with pytest.raises(NotEligible, match="ouvrent pour vous"):
        held(Household.objects.get(pk=stranger.pk), group)


def test_a_certificate_is_shown_before_and_one_that_is_over_counts_no_more(basin: Any, home: Household) -> None:
    group, child = course(basin), child_of(home)
    Activity.objects.update(kind="prenatal")
    shown = {"household": home, "member": child, "kind": PaperKind.MEDICAL}
    yesterday = timezone.localdate() - timedelta(days=1)
    SeenPaperFactory.create(**shown, paper_on=yesterday - timedelta(days=300), valid_until=yesterday)
    with pytest.raises(NotEligible, match="certificat médical en cours de validité"):
        held(home, group)
    SeenPaperFactory.create(**shown)
    assert held(home, group).number


def test_age_and_level_are_said(basin: Any, home: Household) -> None:
    baby = MemberFactory.create(household=home, born_on=BORN.replace(year=2025))
    group = course(basin, level_from=3)
    with pytest.raises(NotEligible) as refused:
        hold(household=home, choices=[Choice(baby, group.pk)])
    assert "Âge demandé" in str(refused.value) and "niveau" in str(refused.value)
    give_level(member=child_of(home), level=Level.INTERMEDIATE, by=StaffMemberFactory.create())
    assert held(home, group).number
