"""What a request answers by itself, criterion by criterion, and what staff and the service add. Reads, never writes.

The codes here are what the request's form asks; a grid may use them, leave them out, and have others that staff answer.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from booking.nurseries.enums import CurrentCare, Situation
from booking.nurseries.models import (
    ApplicationChild,
    CriterionClaim,
    DecisionKind,
    FamilyDocument,
    NurseryApplication,
    NurseryOffer,
    RoundChild,
    RoundDecision,
    Stay,
)
from booking.nurseries.models.offers import OfferState
from booking.nurseries.models.rounds import RoundState
from booking.nurseries.points.queries import Rules, town_points_on
from booking.nurseries.reckoning import Claimed, Score, score

#: Asked by the request's form.
RESIDENCE, WORK, SINGLE, MINOR, RESOURCES = "residence", "work", "single-parent", "minor-parent", "resources"
DISABILITY, SIBLING, MULTIPLE, ADOPTION, NO_CARE = (
    "disability",
    "sibling-there",
    "multiple-birth",
    "adoption",
    "no-care",
)
#: Counted by the service.
ROUNDS_PASSED, REFUSED = "rounds-passed", "refused-offer"
#: An offer that was refused counts for so long.
REFUSED_FOR = timedelta(days=182)
WORKING = (Situation.EMPLOYED, Situation.SELF_EMPLOYED, Situation.TRAINING)


def with_what_counts(requests: QuerySet[NurseryApplication]) -> QuerySet[NurseryApplication]:
    """These requests with all that points are counted from; of their documents, those that were seen."""
    return requests.prefetch_related(
        "parents__municipality",
        "parents__works_in",
        "children__member",
        Prefetch(
            "documents",
            FamilyDocument.objects.filter(seen_on__isnull=False).only("application", "kind", "child_rank", "seen_on"),
        ),
    )


def scores_of(
    children: Collection[ApplicationChild],
    rules: Rules,
    names: Mapping[int, str],
    towns: Mapping[str, int],
    today: date,
) -> dict[UUID, Score]:
    """The points of children under a grid, by id, their requests read `with_what_counts`.

    `names`: of nurseries by id; `towns`: municipality by name.
    """
    ids = [child.pk for child in children]
    passed, refused, of_staff = _passed(ids), _refused(ids, today), _claims(ids)
    came = _came(children)
    proofs = {row.code: row.proof for row in rules.grid.criteria.all()}
    town_points = town_points_on(today)
    found = {}
    for child in children:
        claims = [*_facts(child, proofs, names, came), *_of_staff(of_staff.get(child.pk, ()), names)]
        claims.append(Claimed(ROUNDS_PASSED, str(passed.get(child.pk, 0)), True))
        claims.append(Claimed(REFUSED, str(int(child.pk in refused)), True))
        home = _home(child)
        own = {name: town_points.get(town, 0) for name, town in towns.items() if town == home}
        found[child.pk] = score(rules.criteria, claims, own)
    return found


def _facts(
    child: ApplicationChild, proofs: Mapping[str, str], names: Mapping[int, str], came: Collection[UUID]
) -> Iterator[Claimed]:
    application = child.application
    # A paper of one child proves nothing of another.
    seen = {document.kind for document in application.documents.all() if document.child_rank in (None, child.rank)}

    def said(code: str, value: str, nursery: str = "") -> Claimed:
        return Claimed(code, value, proofs.get(code, "") in seen, nursery)

    parents = list(application.parents.all())
    if _home(child) is not None:
        yield said(RESIDENCE, "lives")
    elif any(parent.works_in is not None and parent.works_in.is_member for parent in parents):
        yield said(RESIDENCE, "works")
    if value := _work([parent.situation for parent in parents], application.on_insertion_path):
        yield said(WORK, value)
    flags = {
        SINGLE: application.is_single_parent,
        MINOR: application.is_minor_parent,
        RESOURCES: application.on_insertion_path,
        DISABILITY: child.has_disability,
        ADOPTION: child.is_adopted,
        MULTIPLE: _has_twin(child, came),
        NO_CARE: child.current_care == CurrentCare.NONE,
    }
    for code, is_so in flags.items():
        if is_so:
            yield said(code, "1")
    there = application.sibling_at_id
    if there is not None and there in names:
        yield said(SIBLING, "1", names[there])


def _home(child: ApplicationChild) -> int | None:
    """The municipality of the first parent who lives in the territory."""
    towns = (parent.municipality for parent in child.application.parents.all())
    return next((town.pk for town in towns if town is not None and town.is_member), None)


def _work(situations: Sequence[str], on_insertion_path: bool) -> str:
    working = sum(situation in WORKING for situation in situations)
    if situations and working == len(situations):
        return "all"
    if on_insertion_path or (working and Situation.JOB_SEEKER in situations):
        return "seeking"
    return "one" if working else ""


def _came(children: Iterable[ApplicationChild]) -> set[UUID]:
    """Of the children whose request asks no more for them, those whose entry was reported. Few, if any."""
    requests = {child.application_id: child.application for child in children}.values()
    over = [child.pk for request in requests for child in request.children.all() if not child.is_live]
    return set(Stay.objects.filter(offer__child__in=over).values_list("offer__child", flat=True)) if over else set()


def _has_twin(child: ApplicationChild, came: Collection[UUID]) -> bool:
    """Another child of the request, born or expected on the same day, who asks too or has come."""
    mine = child.member
    day = mine.born_on or mine.expected_on
    return any(
        other.pk != child.pk and (other.member.born_on or other.member.expected_on) == day
        for other in child.application.children.all()
        if other.is_live or other.pk in came
    )


def _of_staff(claims: Iterable[CriterionClaim], names: Mapping[int, str]) -> Iterator[Claimed]:
    for claim in claims:
        if claim.nursery_id is None or claim.nursery_id in names:
            nursery = names[claim.nursery_id] if claim.nursery_id is not None else ""
            yield Claimed(claim.code, claim.value, claim.proven_at is not None, nursery)


def _claims(ids: Collection[UUID]) -> dict[UUID, list[CriterionClaim]]:
    """What staff answered, by child: of few of them anything."""
    found: dict[UUID, list[CriterionClaim]] = {}
    for claim in CriterionClaim.objects.filter(child__in=ids).order_by("code", "pk"):
        found.setdefault(claim.child_id, []).append(claim)
    return found


def _passed(ids: Collection[UUID]) -> dict[UUID, int]:
    """Commissions that were held and offered nothing, by child."""
    held = RoundChild.objects.filter(child__in=ids, round__state=RoundState.PUBLISHED)
    offered = set(NurseryOffer.objects.filter(child__in=ids).values_list("round", "child"))
    counts: dict[UUID, int] = {}
    for round_id, child_id in held.values_list("round", "child"):
        if (round_id, child_id) not in offered:
            counts[child_id] = counts.get(child_id, 0) + 1
    return counts


def _refused(ids: Collection[UUID], today: date) -> set[UUID]:
    declined = NurseryOffer.objects.filter(
        child__in=ids, state=OfferState.DECLINED, answered_at__date__gt=today - REFUSED_FOR
    )
    return {offer.child_id for offer in declined if was_asked_for(offer)}


def was_asked_for(offer: NurseryOffer) -> bool:
    """Whether refusing it counts: not where the commission gave a place elsewhere, on other days or in another month
    than the family asked for, nor a swap, whose family keeps what it has.
    """
    if offer.swap_id is not None:
        return False
    given = RoundDecision.objects.filter(
        round=offer.round_id,
        child__child=offer.child_id,
        nursery__nursery=offer.nursery_id,
        kind=DecisionKind.PLACE,
        taken_back_at__isnull=True,
    )
    decision = given.select_related("round", "nursery", "child").first()
    if decision is None or decision.nursery is None:
        return True
    asked = json.loads(decision.round.file)["children"][str(decision.child.number)]
    days = [set(half_days) for group in asked["days"] for half_days in group]
    is_near = decision.nursery.name in asked["wishes"] and decision.start in asked["starts"]
    return is_near and set(decision.half_days) in days


def points_lost(offer: NurseryOffer, rules: Rules | None) -> int:
    """What refusing this offer takes away under these rules, to be said before it is refused."""
    if rules is None or not was_asked_for(offer):
        return 0
    return -sum(one.worth("1") for one in rules.criteria if one.code == REFUSED)
