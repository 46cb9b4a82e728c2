"""The grid of points, one commission that was held and one that is ready to be frozen. All of it invented."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from django.utils import timezone

from booking.nurseries.answers import offers
from booking.nurseries.answers.messages import WAITING
from booking.nurseries.answers.publishing import publish
from booking.nurseries.models import (
    ApplicationChild,
    Criterion,
    CriterionKind,
    CriterionOption,
    DecisionKind,
    NurseryOffer,
    PointsGrid,
    Round,
    RoundNursery,
    SetBy,
    TownPoints,
)
from booking.nurseries.models.offers import FamilyReason, OfferState, OperatorReason
from booking.nurseries.points.actions import decide_town_points, publish_grid, save_grid, save_part
from booking.nurseries.points.answering import answer
from booking.nurseries.rounds import deciding
from booking.nurseries.rounds.files import seats_digest
from booking.nurseries.rounds.freezing import announce, freeze
from config.demo.places import AGGLOMERATION
from config.demo.texts import text
from municipalities.models import Municipality, Operator, StaffMember
from notifications.models import Message, MessageState

RULES_BY, CHAIR, MEMBER = "petite-enfance@m2a.example", "presidence@m2a.example", "commission@m2a.example"
REFERENT, DIRECTOR = "referente@m2a.example", "direction@delegataire.example"
DECISION = "délibération fictive"


@dataclass(frozen=True)
class Line:
    """A criterion of the default grid, its name in three languages; `options`: code, names and points."""

    code: str
    names: tuple[str, str, str]
    points: int = 0
    kind: CriterionKind = CriterionKind.YES_NO
    most: int = 1
    proof: str = ""
    set_by: SetBy = SetBy.FAMILY
    is_sensitive: bool = False
    options: Sequence[tuple[str, tuple[str, str, str], int]] = ()


LINES = [
    Line(
        "residence",
        ("Lieu de vie ou de travail", "Wohn- oder Arbeitsort", "Home or work"),
        kind=CriterionKind.CHOICE,
        proof="address",
        options=[
            ("lives", ("habite m2A", "wohnt in m2A", "lives in m2A"), 100),
            ("works", ("travaille dans m2A", "arbeitet in m2A", "works in m2A"), 40),
        ],
    ),
    Line(
        "work",
        ("Situation des parents", "Lage der Eltern", "Parents’ situation"),
        kind=CriterionKind.CHOICE,
        proof="work",
        options=[
            ("all", ("tous travaillent ou étudient", "alle arbeiten oder lernen", "all work or study"), 40),
            (
                "seeking",
                (
                    "un travaille et un cherche, ou insertion",
                    "einer arbeitet und einer sucht, oder Eingliederung",
                    "one works and one seeks, or back-to-work path",
                ),
                30,
            ),
            ("one", ("un seul travaille", "nur einer arbeitet", "only one works"), 15),
        ],
    ),
    Line("single-parent", ("Parent seul", "Alleinerziehend", "Single parent"), 30),
    Line(
        "disability",
        (
            "Enfant en situation de handicap ou malade chronique",
            "Kind mit Behinderung oder chronischer Krankheit",
            "Child with a disability or chronic illness",
        ),
        40,
        proof="disability",
        is_sensitive=True,
    ),
    Line(
        "family-disability",
        (
            "Parent, frère ou sœur en situation de handicap",
            "Elternteil oder Geschwister mit Behinderung",
            "Parent or sibling with a disability",
        ),
        20,
        set_by=SetBy.REFERENT,
        is_sensitive=True,
    ),
    Line(
        "sibling-there",
        ("Frère ou sœur dans la crèche", "Geschwister in der Krippe", "Sibling at the nursery"),
        25,
    ),
    Line("multiple-birth", ("Naissance multiple", "Mehrlingsgeburt", "Multiple birth"), 15),
    Line("adoption", ("Adoption", "Adoption", "Adoption"), 15, proof="adoption"),
    Line("minor-parent", ("Parent mineur", "Minderjähriger Elternteil", "Minor parent"), 40, is_sensitive=True),
    Line(
        "referral",
        ("Orientation par la PMI ou un service social", "Empfehlung des Sozialdienstes", "Referral by social services"),
        kind=CriterionKind.GIVEN,
        most=60,
        set_by=SetBy.REFERENT,
        is_sensitive=True,
    ),
    Line(
        "resources",
        (
            "Ressources sous le plafond (L.214-7)",
            "Einkommen unter der Grenze (L.214-7)",
            "Resources below the ceiling (L.214-7)",
        ),
        20,
        proof="insertion",
        is_sensitive=True,
    ),
    Line(
        "no-care",
        ("Aucune garde au premier mois", "Keine Betreuung im ersten Monat", "No care in the first month"),
        15,
    ),
    Line(
        "rounds-passed",
        ("Commission passée sans proposition", "Kommission ohne Angebot", "Commission passed without an offer"),
        10,
        kind=CriterionKind.COUNTED,
        most=3,
        set_by=SetBy.SERVICE,
    ),
    Line(
        "refused-offer",
        (
            "Proposition refusée depuis moins de six mois",
            "Angebot vor weniger als sechs Monaten abgelehnt",
            "Offer refused less than six months ago",
        ),
        -20,
        set_by=SetBy.SERVICE,
    ),
]
PER_NURSERY, GUARANTEED = "sibling-there", "resources"
#: Municipalities that give ten points to who lives there.
TOWNS = ("mulhouse", "rixheim", "illzach")
MEMBERS = "Présidente\nVice-présidente à la petite enfance\nReprésentant de la CAF\nMédecin de la PMI"
#: Letters of the held round that are still to leave; the mailbox of the demonstration needs no thousand of them.
STILL_TO_LEAVE = 10
REFERRALS = 24
#: Of both rounds: few, so that they are shared out in seconds.
MONTHS = 4
#: Offers the director has answered.
ANSWERED = 30


def build_commission(today: date, seed: int) -> int:
    """The grid, a round that was published and one that is ready. How many places were proposed.

    The draw of a round is a secret until it is frozen: who wins it differs from one demonstration to the next.
    """
    authority = Operator.objects.get(name=AGGLOMERATION)
    chair = _staff(CHAIR)
    publish_demo_grid(authority, today)
    _answer_referrals()
    _hold(_announce(authority, chair, today, today, "Commission d’automne (fictif)"), chair, Random(seed))
    _announce(authority, chair, today, today + timedelta(days=1), "Commission d’hiver (fictif)")
    return NurseryOffer.objects.count()


def _staff(email: str) -> StaffMember:
    return StaffMember.objects.get(email=email)


def publish_demo_grid(authority: Operator, today: date) -> None:
    by = _staff(RULES_BY)
    grid = save_grid(
        grid=PointsGrid(
            operator=authority, name=f"Critères {today.year} (fictif)", valid_from=today, decision=DECISION
        ),
        by=by,
    )
    for position, line in enumerate(LINES, 1):
        criterion = Criterion(
            grid=grid,
            position=position,
            code=line.code,
            label=text(*line.names),
            kind=line.kind,
            points=line.points,
            most=line.most,
            proof=line.proof,
            set_by=line.set_by,
            is_per_nursery=line.code == PER_NURSERY,
            is_sensitive=line.is_sensitive,
            is_guaranteed=line.code == GUARANTEED,
        )
        save_part(part=criterion, by=by)
        for number, (code, names, points) in enumerate(line.options, 1):
            option = CriterionOption(criterion=criterion, position=number, code=code, label=text(*names), points=points)
            save_part(part=option, by=by)
    publish_grid(grid=grid, by=by)
    for town in Municipality.objects.filter(slug__in=TOWNS):
        given = TownPoints(municipality=town, valid_from=today, points=10, decision=f"{DECISION} de la commune")
        decide_town_points(given=given, by=by)


def _answer_referrals() -> None:
    """What a request says counts by itself; a referral and a disability in the family are told by the referent."""
    by = _staff(REFERENT)
    live = ApplicationChild.objects.filter(is_live=True, complete_on__isnull=False).order_by("number")
    for nth, number in enumerate(live.values_list("number", flat=True)[: REFERRALS * 20 : 20]):
        code, value = ("family-disability", "1") if nth % 4 == 3 else ("referral", str(20 + nth % 3 * 20))
        answer(number=number, code=code, value=value, reason="Courrier reçu (fictif)", by=by)


def _announce(authority: Operator, chair: StaffMember, today: date, meets_on: date, name: str) -> Round:
    """Its files were closed yesterday: it can be frozen at once."""
    return announce(
        round=Round(
            operator=authority,
            name=name,
            closes_on=today - timedelta(days=1),
            meets_on=meets_on,
            first_month=(today.replace(day=1) + timedelta(days=40)).replace(day=1),
            month_count=MONTHS,
        ),
        by=chair,
    )


def _hold(round: Round, chair: StaffMember, chance: Random) -> None:
    """Frozen, decided, voted, audited as it is published; some operators and some families have answered."""
    round = freeze(round=round, by=chair)
    deciding.name_members(round=round, members=MEMBERS, by=chair)
    placed = sorted(int(number) for number in json.loads(round.answer)["seats"])
    deciding.step_aside(round=round, number=placed[0], function="Représentant de la CAF", by=_staff(MEMBER))
    _decide(round, placed[1], DecisionKind.LOCK, "Accueil engagé avec la PMI : la place proposée est gardée.", chair)
    while contested := json.loads(round.answer)["contested"]:
        pair = contested[0]
        for number in pair["children"]:
            nursery = RoundNursery.objects.get(round=round, name=pair["facility"])
            _decide(
                round, int(number), DecisionKind.EXCLUDE, "La place va à qui la commission l’a donnée.", chair, nursery
            )
    _vote(round)
    publish(round=round, by=chair)
    _let_letters_leave()
    _answer_offers(round, chance)


def _decide(
    round: Round, number: int, kind: DecisionKind, reason: str, by: StaffMember, nursery: RoundNursery | None = None
) -> None:
    deciding.decide(round=round, version=round.version, number=number, kind=kind, reason=reason, nursery=nursery, by=by)
    round.refresh_from_db()


def _vote(round: Round) -> None:
    """On every nursery as `vote` does it, the answer read once for all."""
    answer, rows = json.loads(round.answer), list(RoundNursery.objects.filter(round=round))
    for row in rows:
        row.votes_for, row.abstained, row.voted_at = 6, 1, timezone.now()
        row.voted_digest = seats_digest(answer, row.name)
    RoundNursery.objects.bulk_update(rows, ["votes_for", "abstained", "voted_at", "voted_digest"])


def _let_letters_leave() -> None:
    """Most families without a place were told already."""
    told = Message.objects.filter(kind=WAITING, state=MessageState.QUEUED).order_by("pk")
    kept = list(told.values_list("pk", flat=True)[:STILL_TO_LEAVE])
    told.exclude(pk__in=kept).update(state=MessageState.SENT, sent_at=timezone.now())


def _answer_offers(round: Round, chance: Random) -> None:
    """The contract holder's director has answered some offers, and half of those families theirs."""
    director = _staff(DIRECTOR)
    asked = NurseryOffer.objects.visible_to(director).filter(round=round, state=OfferState.TO_OPERATOR)
    for nth, offer in enumerate(asked.order_by("child__number")[:ANSWERED]):
        if nth % 9 == 4:
            offers.operator_declines(offer=offer, reason=OperatorReason.STAFF, by=director)
            continue
        offers.operator_accepts(offer=offer, by=director)
        said = chance.random()
        if said < 0.4:
            offers.family_accepts(offer_id=offer.pk, keeps_waiting=chance.random() < 0.3)
        elif said < 0.5:
            offers.family_declines(offer_id=offer.pk, reason=FamilyReason.ELSEWHERE)
