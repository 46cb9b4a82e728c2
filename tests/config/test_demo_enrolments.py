"""The demonstration's enrolments: in bulk, and right by every rule that would have held one by one."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from booking.activities.models import Enrolment, Group, RegisterMark, Seat, Session
from booking.activities.seasons.offered import offered
from booking.activities.water.days import at
from booking.payments import accounts
from booking.payments.models import CashOffice
from booking.residents.models import Guardian, Member
from config.demo import afterwards, cash, enrolments, offer, places, pools, register, staff
from municipalities.models import Closure

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
TODAY = date(2026, 11, 25)
#: The day on which the busiest pool is closed.
CLOSED = (
    at(TODAY + timedelta(days=afterwards.CLOSED_IN), time()),
    at(TODAY + timedelta(days=afterwards.CLOSED_IN + 1), time()),
)


def test_enrolments_are_right_and_their_money_is_in_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offer, "GROUPS", 24)
    monkeypatch.setattr(enrolments, "ENROLMENTS", 300)
    with time_machine.travel(NOW, tick=False):
        places.load_municipalities()
        places.build_town_halls()
        places.build_others()
        pools.build_pools(TODAY)
        offer.build_prices(TODAY)
        offer.build_season(TODAY, 1)
        staff.build_staff()
        cash.build_offices()
        made, sold = enrolments.build_enrolments(TODAY, NOW, 1)
        register.build_register(NOW)
        for office in CashOffice.objects.filter(pk__in=sold):
            cash.write(office, sold[office.pk], seed=1, today=TODAY)
        assert made == Enrolment.objects.enrolled().count() > 250
        assert list(accounts.faults()) == []
        for line in Enrolment.objects.select_related("member", "group"):
            group = offered()[line.group_id]
            assert 1 <= line.number <= group.capacity
            ahead = [start for start in group.meets if start > line.created_at]
            assert Seat.objects.taken().filter(enrolment=line).count() == len(ahead) > 0
            age = line.member.age_on(group.counted_on)
            assert age is not None and group.months_from // 12 <= age
        assert all("(fictif)" in one for one in Member.objects.values_list("family_name", flat=True))
        assert all(one.endswith("@famille.example") for one in Guardian.objects.values_list("email", flat=True))
        absent, _waiting = afterwards.build_afterwards(TODAY, NOW, 1)
        freed = Seat.objects.filter(freed_at=NOW, enrolment__state="enrolled")
        # Of the sessions that are closed all seats are free, those of the absent too.
        assert 0 < freed.filter(session__closure=None).count() <= absent <= freed.count()
        closure = Closure.objects.get()
        closed = Session.objects.filter(group__basin__pool__facility=closure.facility, starts_at__range=CLOSED)
        assert closed.exists() and not closed.exclude(closure=closure).exists()
        assert Group.objects.filter(coach__email=register.COACH).exists()
        assert RegisterMark.objects.exists() and not RegisterMark.objects.filter(session__starts_at__gt=NOW).exists()
        assert Member.objects.filter(safety_remark__contains="(fictif)").exists()
