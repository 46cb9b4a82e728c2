"""A commission of a whole territory: 1,500 children over twelve months frozen, decided on, and its minutes set.

In a database of the demonstration's nurseries and families, with a round that nobody has looked at before. It is
frozen with the towns any nursery of which would do as well, and without them: about as many options as the contract of
the allocation reckons with.

Of the freeze and the what-if the processor time of this process is told, for on a shared machine the clock counts the
neighbours; of the minutes, which a process of their own sets, the time by the clock.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from statistics import median
from typing import Any

from django.db import transaction
from django.utils import timezone

from booking.nurseries.models import ApplicationChild, DecisionKind, Round, WishedTown
from booking.nurseries.rounds import deciding, minutes
from booking.nurseries.rounds.deciding import Decision
from booking.nurseries.rounds.freezing import announce, freeze
from config.demo import commission, nurseries, nursery_requests, places, staff
from municipalities.models import Operator, StaffMember
from tests.bench import database
from tests.bench.measure import Row, Size
from tests.bench.measure import timed as by_the_clock
from tests.bench.nurseries import timed

DATABASE = "bench_meeting"
CHILDREN, MONTHS, SEED = 1_500, 12, 20270503
GOAL_MS = {"freeze": 5_000, "what-if": 3_000, "minutes": 5_000}


def run(size: Size) -> Iterator[Row]:
    with database.migrated(DATABASE):
        children = _families(size.pick(CHILDREN, 60))
        chair = StaffMember.objects.get(email=commission.CHAIR)
        round = _announced(chair)
        took = median(_undone(lambda: freeze(round=round, by=chair)) for _ in range(size.rounds))
        yield _row(f"freeze of {children} children over {MONTHS} months, with any nursery of towns", took, "freeze")
        WishedTown.objects.all().delete()
        took = median(_undone(lambda: freeze(round=round, by=chair)) for _ in range(size.rounds))
        yield _row("the same with the nurseries alone that families name", took, "freeze")
        frozen = freeze(round=round, by=chair)
        decision = _refusal(frozen)
        took = median(timed(lambda: deciding.try_out(frozen, decision)) for _ in range(size.rounds))
        yield _row("what-if at the desk: one refusal more, read and answered", took, "what-if")
        _decide_some(frozen, chair)
        frozen.refresh_from_db()
        took = median(by_the_clock(lambda: minutes.pdf_of(frozen)) for _ in range(size.rounds))
        yield _row("minutes as tagged PDF, in a process of its own", took, "minutes")


def _families(number: int) -> int:
    """The demonstration's nurseries and so many complete requests. Returns how many children stand in a round."""
    today = timezone.localdate()
    places.load_municipalities()
    places.build_town_halls()
    places.build_others()
    nurseries.build_nurseries(today, SEED)
    staff.build_staff()
    # Four of five requests are complete.
    nursery_requests.Builder(today, Random(SEED)).build(number * 5 // 4)
    commission.publish_demo_grid(Operator.objects.get(name=places.AGGLOMERATION), today)
    return ApplicationChild.objects.filter(is_live=True, complete_on__isnull=False).count()


def _announced(chair: StaffMember) -> Round:
    today = timezone.localdate()
    return announce(
        round=Round(
            operator=Operator.objects.get(name=places.AGGLOMERATION),
            name="Commission du banc",
            closes_on=today - timedelta(days=1),
            meets_on=today,
            first_month=(today.replace(day=1) + timedelta(days=40)).replace(day=1),
            month_count=MONTHS,
        ),
        by=chair,
    )


def _refusal(round: Round) -> Decision:
    number = str(round.children.order_by("number").values_list("number", flat=True)[0])
    return Decision(child=number, reason="essai")


def _decide_some(round: Round, chair: StaffMember) -> None:
    for number in round.children.order_by("number").values_list("number", flat=True)[1:6]:
        round.refresh_from_db()
        deciding.decide(
            round=round,
            version=round.version,
            number=number,
            kind=DecisionKind.REFUSE,
            reason="Essai du banc",
            by=chair,
        )


def _undone(work: Callable[[], Any]) -> float:
    """Milliseconds of what is rolled back, so that it can be measured again."""
    with transaction.atomic():
        took = timed(work)
        transaction.set_rollback(True)
    return took


def _row(work: str, took: float, goal: str) -> Row:
    return Row(work, f"{took:.0f} ms", goal=f"≤ {GOAL_MS[goal]} ms", met=took <= GOAL_MS[goal])
