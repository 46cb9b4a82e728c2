"""The demonstration's commission: a grid in force, a round that was held, and one that can be frozen at once."""

import json
from time import process_time

import pytest
from django.utils import timezone

from booking.nurseries.audit import findings
from booking.nurseries.models import (
    Answer,
    NurseryOffer,
    OccasionalPlace,
    OccasionalStay,
    PointsGrid,
    Round,
    RoundState,
    SmallRound,
)
from booking.nurseries.models.offers import OfferState
from booking.nurseries.points.queries import rules_on
from booking.nurseries.rounds import minutes
from booking.nurseries.rounds.freezing import freeze
from config.demo import commission, half_days, nurseries, nursery_requests, places, staff
from config.demo.build import SEED
from municipalities.models import StaffMember
from notifications.models import Message, MessageState

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_a_round_was_held_and_another_can_be_frozen() -> None:
    today = timezone.localdate()
    places.load_municipalities()
    places.build_town_halls()
    places.build_others()
    nurseries.build_nurseries(today, SEED)
    staff.build_staff()
    nursery_requests.build_requests(today, SEED)
    before = process_time()
    made = commission.build_commission(today, SEED)
    took = process_time() - before
    print(f"{made} offers, {took:.1f} s of processor time")
    assert made == NurseryOffer.objects.count() > 20
    assert took < 20, "the whole demo has ninety seconds"

    rules = rules_on(today)
    assert rules is not None and rules.grid == PointsGrid.objects.get()
    assert "fictif" in rules.grid.name
    assert {one.code for one in rules.criteria} == {line.code for line in commission.LINES}

    held = Round.objects.get(state=RoundState.PUBLISHED)
    decided, answer = json.loads(held.decided), json.loads(held.answer)
    assert answer["contested"] == [] == list(findings(decided, answer))
    assert held.decisions.exists() and held.asides.exists()
    lines = [line["code"] for child in held.children.all() for line in child.lines]
    assert {"residence", "work", "referral", "own_town", "sibling-there"} <= set(lines)
    states = set(NurseryOffer.objects.values_list("state", flat=True))
    assert states >= {
        OfferState.TO_OPERATOR,
        OfferState.OPERATOR_DECLINED,
        OfferState.TO_FAMILY,
        OfferState.ACCEPTED,
        OfferState.DECLINED,
    }
    queued = Message.objects.filter(kind="nursery.waiting", state=MessageState.QUEUED)
    assert queued.count() == commission.STILL_TO_LEAVE < Answer.objects.filter(gives_a_place=False).count()

    before = process_time()
    opened = half_days.build_half_days(today)
    print(f"{opened} half-days, {process_time() - before:.1f} s of processor time")
    assert SmallRound.objects.get().places > 0, "a vacancy waits on the desk"
    assert OccasionalPlace.objects.count() == opened > 20
    assert OccasionalStay.objects.filter(state="taken").exists()

    ready = Round.objects.get(state=RoundState.PREPARED)
    frozen = freeze(round=ready, by=StaffMember.objects.get(email=commission.CHAIR))
    assert findings(json.loads(frozen.decided), json.loads(frozen.answer)) == []
    assert minutes.pdf_of(frozen).startswith(b"%PDF")
