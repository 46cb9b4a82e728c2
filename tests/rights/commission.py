"""A frozen round with a row of every table that speaks of one."""

from django.utils import timezone

from booking.nurseries.models import (
    Answer,
    Appeal,
    CriterionClaim,
    NurseryOffer,
    OwnPlace,
    Round,
    RoundDecision,
    SmallRound,
    Stay,
    StepAside,
    Swap,
    VacancyVote,
)
from booking.nurseries.rounds import files
from tests.factories import ApplicationChildFactory, NurseryFactory, PointsGridFactory, StaffMemberFactory

MONTH = "2027-09"


def make_round() -> Round:
    """Made by hand: one nursery, one child, one decision, one member who stepped aside, one offer."""
    nursery = NurseryFactory.create()
    child = ApplicationChildFactory.create(application__authority=nursery.authority)
    chair, now = StaffMemberFactory.create(), timezone.now()
    request = {
        "points": 10,
        "complete_on": "2027-03-01",
        "draw": 1,
        "bands": "small",
        "wishes": ["Les Secrets"],
        "starts": [MONTH],
        "days": [[["mon_am"]]],
        "prefers": "wish",
    }
    file = {
        "version": 1,
        "months": [MONTH],
        "half_days": ["mon_am"],
        "bands": ["small", "middle", "big"],
        "facilities": {"Les Secrets": {"authorised": 1}},
        "children": {str(child.number): request},
    }
    text = files.canonical(file)
    digest = files.digest_of(text)
    round = Round.objects.create(
        operator=nursery.authority,
        name="Commission secrète",
        closes_on="2027-05-01",
        meets_on="2027-05-03",
        first_month=f"{MONTH}-01",
        month_count=1,
        state="frozen",
        grid=PointsGridFactory.create(operator=nursery.authority),
        seed_hash="0" * 64,
        seed="1" * 64,
        frozen_at=now,
        file=text,
        digest=digest,
        decided=text,
        decided_digest=digest,
        answer=files.canonical(files.answer_to(file)),
        version=1,
    )
    row = round.nurseries.create(nursery=nursery, name="Les Secrets")
    line = {"code": "x", "value": "1", "points": 10, "nursery": "", "sensitive": True, "awaiting": False}
    placed = round.children.create(child=child, number=child.number, lines=[line])
    RoundDecision.objects.create(
        round=round, child=placed, kind="exclude", nursery=row, reason="Motif secret", at=now, by=chair
    )
    StepAside.objects.create(round=round, child=placed, member=chair, function="Adjointe secrète", at=now)
    CriterionClaim.objects.create(child=child, code="referral", value="40", reason="Motif secret", by=chair, at=now)
    offer = NurseryOffer.objects.create(
        round=round,
        child=child,
        nursery=nursery,
        start=round.first_month,
        half_days=["mon_am"],
        rank=1,
        made_at=now,
        due_at=now,
    )
    Stay.objects.create(offer=offer, nursery=nursery, number="E1", entered_on=now.date(), half_days=["mon_am"])
    answer = Answer.objects.create(round=round, child=child, gives_a_place=True, made_at=now)
    Appeal.objects.create(
        child=child,
        against=answer,
        made_on=now.date(),
        text="Recours secret",
        outcome="refused",
        answer="Suite secrète",
        ended_at=now,
        answered_by=chair,
    )
    Swap.objects.create(round=round, proposed_at=now, proposed_by=chair)
    OwnPlace.objects.create(child=child, nursery=nursery, number="S1", noted_by=chair)
    SmallRound.objects.create(
        operator=nursery.authority,
        base=round,
        file=text,
        digest=digest,
        answer=round.answer,
        audit_findings=0,
        places=1,
    )
    VacancyVote.objects.create(
        operator=nursery.authority,
        voted_on="2026-01-01",
        valid_until="2026-12-31",
        most_places=1,
        votes_for=3,
        members="Adjointe secrète",
        noted_by=chair,
    )
    return round
