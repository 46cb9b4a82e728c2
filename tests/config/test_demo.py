"""The demonstration's data."""

import json
from datetime import UTC, datetime
from itertools import pairwise
from time import process_time

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.activities.models import Enrolment, Group
from booking.appointments.documents.queries import documents_for
from booking.appointments.enums import State
from booking.appointments.free_time import gaps
from booking.appointments.free_time.gaps import outside
from booking.appointments.free_time.visibility import Viewer
from booking.appointments.models import (
    Appointment,
    AppointmentPerson,
    AppointmentType,
    BusyCalendar,
    CalendarPool,
    Counter,
    CounterClosure,
    EarlierOffer,
    Fee,
    FreeGap,
    RequiredDocument,
    WaitingListEntry,
    WalkInQuota,
    WalkInTicket,
)
from booking.appointments.search.answers import Search
from booking.appointments.search.availability import find
from booking.nurseries.audit import findings
from booking.nurseries.documents.needed import unseen_of
from booking.nurseries.enums import ApplicationState, Section
from booking.nurseries.models import (
    Answer,
    ApplicationChild,
    ApplicationParent,
    LikelyDouble,
    Nursery,
    NurseryApplication,
    NurseryOffer,
    OccasionalPlace,
    OccasionalStay,
    PointsGrid,
    PresentChild,
    Round,
    RoundState,
    SmallRound,
)
from booking.nurseries.models.offers import OfferState
from booking.nurseries.points.queries import rules_on
from booking.nurseries.requests.doubles import merge
from booking.nurseries.requests.for_round import for_round
from booking.nurseries.rounds import files, minutes
from booking.nurseries.rounds.freezing import freeze
from booking.nurseries.supply import reading as supply
from booking.residents.models import Guardian, Member
from config.demo import appointments, build, busy, commission, families, places, staff
from config.demo.texts import CARD, CENSUS, COLLECTION, PASSPORT, WELCOME
from municipalities.enums import FacilityKind, OperatorKind
from municipalities.models import Facility, Municipality, MunicipalityDraft, Operator, StaffMember, StaffRole
from notifications.models import Message, MessageState
from notifications.queries import unreachable
from tests.bench.habit import by_points_once
from tests.config.demo_desk import nobody_is_named, told_by_the_desk
from tests.config.test_weight import BUDGET, weight_of

#: A Monday, early.
NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def territory(django_db_setup, django_db_blocker):
    """Built once, tests of this module only read: its steps, each with the processor time until then."""
    steps = [("", process_time())]
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(NOW, tick=False):
            build.build(told=lambda step: steps.append((step, process_time())), now=NOW)
        yield steps
        transaction.set_rollback(True)


@pytest.fixture
def reading(territory, django_db_blocker):
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.django_db
@pytest.mark.usefixtures("reading")
class TestTerritory:
    def test_the_real_and_the_invented(self):
        assert Municipality.objects.count() == 39
        assert Facility.objects.filter(kind=FacilityKind.TOWN_HALL).count() == 39
        assert Counter.objects.count() == sum(places.EQUIPPED.values()) == 17
        assert not Municipality.objects.filter(has_invented_data=False).exists()
        assert not Counter.objects.filter(has_invented_data=False).exists()
        assert Counter.objects.values("facility").distinct().count() == 7

    def test_colours_carry_white_text(self):
        def luminance(colour):
            parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
            red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
            return 0.2126 * red + 0.7152 * green + 0.0722 * blue

        assert all(1.05 / (luminance(colour) + 0.05) >= 7 for colour in places.COLOURS)

    def test_seventeen_counters_share_one_calendar(self):
        pool = CalendarPool.objects.get()
        assert pool.shares.count() == 17
        assert set(pool.types.values_list("code", flat=True)).isdisjoint({WELCOME, CENSUS})

    def test_every_text_is_in_three_languages(self):
        for model, name in (
            (RequiredDocument, "label"),
            (Fee, "label"),
            (AppointmentType, "name"),
            (AppointmentType, "description"),
            (Municipality, "welcome_text"),
            (Municipality, "opening_text"),
        ):
            for row in model.objects.all():
                assert {"fr", "de", "en"} <= set(getattr(row, name)), row

    def test_collection_asks_no_number_and_deposits_do(self):
        asks = dict(AppointmentType.objects.values_list("code", "needs_number"))
        assert asks[COLLECTION] is False
        assert asks[CARD] is True

    def test_a_loss_costs_and_a_change_of_name_does_not(self):
        class Person:
            is_minor, birth_year = False, 1980

            def __init__(self, situation):
                self.situation = situation

        passport = AppointmentType.objects.get(code=PASSPORT)
        loss, name = documents_for(type=passport, people=[Person("loss"), Person("name_change")], municipality=None)
        assert [fee.cents for fee in loss.fees] == [8600]
        assert name.fees == []
        assert "declaration-perte" in [line.code for line in loss.lines]
        assert "changement-nom" in [line.code for line in name.lines]

    def test_two_towns_have_their_own_wording(self):
        assert RequiredDocument.objects.filter(municipality__isnull=False).count() == 2

    def test_appointments_are_many_near_and_few_far(self):
        booked = Appointment.objects.booked()
        today = timezone.localdate(NOW)

        def in_week(n):
            days = [gaps.days_between(today, today.fromordinal(today.toordinal() + 60))[7 * n + d] for d in range(7)]
            return booked.filter(starts_at__date__in=days).count()

        assert in_week(0) > in_week(2) > in_week(4) > 0
        assert Appointment.objects.filter(state=State.ATTENDED).exists()
        assert not Appointment.objects.filter(starts_at__lt=NOW, state=State.BOOKED, ends_at__lte=NOW).exists()

    def test_the_names_are_clearly_invented(self):
        assert set(AppointmentPerson.objects.values_list("last_name", flat=True)) <= set(appointments.LAST_NAMES)
        assert not Appointment.objects.exclude(email="").exclude(email__endswith=".example").exists()
        assert not Appointment.objects.exclude(phone="").exclude(phone__startswith="+336399").exists()

    def test_free_time_is_what_the_calendar_leaves(self):
        counters = list(gaps.counters_with_place())
        today = timezone.localdate(NOW)
        days = gaps.days_between(today, gaps.last_day())[:30]
        for counter_id, stretches in gaps.computed(counters, days).items():
            rows = FreeGap.objects.filter(counter=counter_id, day__range=(days[0], days[-1])).order_by("starts_at")
            assert [gaps.as_stretch(row) for row in rows] == stretches

    def test_something_is_free_within_two_days(self):
        answer = find(Search(type=AppointmentType.objects.get(code=CARD)), now=NOW)
        assert answer.soonest is not None
        assert (answer.soonest.starts_at - NOW).days <= 2

    def test_a_towns_own_affairs_are_for_its_own_people(self):
        kind = AppointmentType.objects.get(code=WELCOME)
        rixheim, riedisheim = (Municipality.objects.get(slug=slug) for slug in ("rixheim", "riedisheim"))
        assert find(Search(type=kind, viewer=Viewer.resident(rixheim)), now=NOW).soonest is not None
        assert find(Search(type=kind, viewer=Viewer.resident(riedisheim)), now=NOW).soonest is None

    def test_the_mailbox_will_have_something(self):
        assert Message.objects.filter(due_at__lte=NOW).exists()

    def test_one_account_for_each_role(self):
        assert StaffMember.objects.count() == len(staff.ACCOUNTS)
        agent = StaffMember.objects.get(email="agent@rixheim.example")
        assert agent.check_password(staff.PASSWORD)
        assert [facility.slug for facility in Facility.objects.visible_to(agent)] == ["mairie-rixheim"]

    def test_a_house_at_work(self):
        rixheim = Facility.objects.get(slug="mairie-rixheim")
        assert WalkInQuota.objects.filter(facility=rixheim).count() == 10
        assert not WalkInTicket.objects.exists(), "nobody comes before eight"
        assert WaitingListEntry.objects.filter(appointment__isnull=True).count() == 3
        assert WaitingListEntry.objects.filter(appointment__isnull=False).count() == 3
        assert EarlierOffer.objects.get().deadline > NOW
        assert {row.facility for row in outside(list(gaps.counters_with_place()))} == {rixheim}
        assert unreachable(list(Appointment.objects.booked().filter(facility=rixheim).values_list("pk", flat=True)))
        assert StaffRole.objects.filter(is_delegation=True, facility=rixheim).count() == 2
        assert MunicipalityDraft.objects.get().municipality.slug == "mulhouse"

    def test_people_wait_for_full_groups_and_only_for_those(self):
        waiting = Group.objects.filter(waiting__isnull=False).distinct()
        assert waiting.count() > 3
        for group in waiting:
            assert Enrolment.objects.standing().whole().filter(group=group).count() >= group.capacity

    def test_a_foreign_calendar_blocks_nobody(self):
        calendar = BusyCalendar.objects.get()
        assert CounterClosure.objects.filter(busy_calendar=calendar).count() == calendar.blocked_count > 50
        busy.point_to(8123)
        calendar.refresh_from_db()
        assert calendar.address == "http://127.0.0.1:8123/static/demo/agenda-fictif.ics"
        assert finders.find(busy.FILE)

    def test_nothing_is_mixed_with_what_is_there(self):
        with pytest.raises(ValueError, match="not empty"):
            build.build(told=print)


@pytest.mark.django_db
@pytest.mark.usefixtures("reading")
class TestNurseries:
    """Their number and who runs them, requests that nobody real is in, a round that was held and one to be frozen."""

    def test_thirty_four_with_places_and_children(self):
        assert Nursery.objects.count() == 34
        run = Facility.objects.filter(nursery__isnull=False, operator__kind=OperatorKind.CONTRACT_HOLDER)
        assert run.count() == 30 and run.values("operator").distinct().count() >= 5
        assert all("fictif" in one.name or "fictive" in one.name for one in Operator.objects.filter(facilities__in=run))
        read = list(supply.with_supply(Nursery.objects.all()))
        ahead = supply.horizon()
        # Raises where anything contradicts the authorisation.
        assert len(supply.facilities(read, ahead)) == 34
        assert 800 < PresentChild.objects.count() < 1_300
        free = [ahead.stretches(supply.capacity_of(one))[ahead.months[0], Section.SMALL].whole_week for one in read]
        assert 0 in free and max(free) > 0
        slug = Nursery.objects.earliest("pk").facility.slug
        for name, arguments in (("offer", []), ("rules", []), ("start", []), ("points", []), ("nursery", [slug])):
            weight = weight_of(Client(), reverse(f"nurseries:{name}", args=arguments))
            assert weight <= BUDGET, f"{name}: {weight} bytes"

    def test_fourteen_hundred_requests(self):
        assert NurseryApplication.objects.count() == 1_400
        complete = NurseryApplication.objects.filter(state=ApplicationState.COMPLETE)
        assert complete.count() > 1_000 and ApplicationChild.objects.filter(is_live=True).count() > 1_250
        assert not unseen_of(complete.order_by("pk")[0])
        ahead = supply.horizon()
        told = [for_round(one, ahead) for one in complete.order_by("pk")[:60]]
        assert sum(len(one["children"]) for one in told) > 50
        assert not Member.objects.exclude(family_name="").exclude(family_name__contains="fictif").exists()
        assert not ApplicationParent.objects.exclude(name__contains="fictif").exists()

    def test_a_grid_in_force_and_a_round_that_was_held(self, territory):
        took = next(after - before for (_, before), (step, after) in pairwise(territory) if "commission" in step)
        print(f"{took:.1f} s of processor time")
        assert took < 20, "the whole demo has ninety seconds"
        rules = rules_on(timezone.localdate(NOW))
        assert rules is not None and rules.grid == PointsGrid.objects.get()
        assert "fictif" in rules.grid.name
        assert {one.code for one in rules.criteria} == {line.code for line in commission.LINES}
        held = Round.objects.get(state=RoundState.PUBLISHED)
        decided, answer = json.loads(held.decided), json.loads(held.answer)
        assert answer["contested"] == [] == list(findings(decided, answer))
        assert held.decisions.exists() and held.asides.exists()
        lines = [line["code"] for child in held.children.all() for line in child.lines]
        assert {"residence", "work", "referral", "own_town", "sibling-there"} <= set(lines)
        assert NurseryOffer.objects.count() > 20
        assert set(NurseryOffer.objects.values_list("state", flat=True)) >= {
            OfferState.TO_OPERATOR,
            OfferState.OPERATOR_DECLINED,
            OfferState.TO_FAMILY,
            OfferState.ACCEPTED,
            OfferState.DECLINED,
        }
        queued = Message.objects.filter(kind="nursery.waiting", state=MessageState.QUEUED)
        assert queued.count() == commission.STILL_TO_LEAVE < Answer.objects.filter(gives_a_place=False).count()

    def test_the_rule_fills_the_hours_that_habit_fills(self):
        file = json.loads(Round.objects.get(state=RoundState.PUBLISHED).file)
        habit = by_points_once(file)
        assert habit.hours_of(files.answer_to(file)) >= 0.98 * habit.hours > 0

    def test_half_days_and_a_vacancy_wait_on_the_desk(self):
        assert SmallRound.objects.get().places > 0
        assert OccasionalPlace.objects.count() > 20
        assert OccasionalStay.objects.filter(state="taken").exists()

    def test_the_family_that_signs_in_has_a_place_to_answer(self):
        household = Guardian.objects.get(email=families.MAILBOX).household
        mine = NurseryApplication.objects.get(household=household)
        offer = NurseryOffer.objects.get(child__application=mine, state=OfferState.TO_FAMILY)
        assert offer.child.member in household.members.all() and offer.child.member.given_name == families.YOUNGEST
        first = mine.parents.get(rank=1)
        assert (first.name, first.municipality.slug) == (families.PARENTS[0], families.HOME)
        assert set(Message.objects.filter(subject_id=mine.pk).values_list("recipient", flat=True)) == {families.MAILBOX}

    def test_a_child_that_was_asked_for_twice_is_merged(self):
        agent = StaffMember.objects.get(email="demandes@m2a.example")
        doubles = list(LikelyDouble.objects.open())
        assert len(doubles) == 6
        with transaction.atomic():
            for double in doubles:
                merge(double=double, by=agent)
            assert not LikelyDouble.objects.open().exists()
            transaction.set_rollback(True)

    def test_another_round_can_be_frozen_at_once(self):
        ready = Round.objects.get(state=RoundState.PREPARED)
        with transaction.atomic():
            frozen = freeze(round=ready, by=StaffMember.objects.get(email=commission.CHAIR))
            assert findings(json.loads(frozen.decided), json.loads(frozen.answer)) == []
            assert minutes.pdf_of(frozen).startswith(b"%PDF")
            nobody_is_named(told_by_the_desk(Round.objects.get(state=RoundState.PUBLISHED), frozen))
            transaction.set_rollback(True)


def test_working_days_skip_the_weekend():
    friday = datetime(2026, 11, 27, tzinfo=UTC).date()
    assert places.working_day(friday, 0) == friday
    assert str(places.working_day(friday, 1)) == "2026-11-30"
    assert str(places.working_day(friday, 2)) == "2026-11-30"
