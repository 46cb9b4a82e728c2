"""Nurseries, what they may take in, and who asks for a place in them."""

from booking.nurseries.models.appeals import Appeal, AppealKind, AppealOutcome, AppealQuerySet
from booking.nurseries.models.claims import CriterionClaim
from booking.nurseries.models.documents import FamilyDocument
from booking.nurseries.models.grids import (
    Criterion,
    CriterionKind,
    CriterionOption,
    PointsGrid,
    PointsGridQuerySet,
    SetBy,
    TownPoints,
)
from booking.nurseries.models.hours import NurseryHours
from booking.nurseries.models.occasional import (
    OccasionalAdmission,
    OccasionalCare,
    OccasionalPlace,
    OccasionalStay,
    OccasionalWish,
)
from booking.nurseries.models.offers import Answer, NurseryOffer, Swap, SwapState
from booking.nurseries.models.openings import HeldBack, NurseryOpening, PresentChild
from booking.nurseries.models.requests import (
    ApplicationChild,
    ApplicationNote,
    ApplicationParent,
    CareNeed,
    LikelyDouble,
    NurseryApplication,
    NurseryApplicationQuerySet,
)
from booking.nurseries.models.rounds import (
    DecisionKind,
    Round,
    RoundChild,
    RoundDecision,
    RoundNursery,
    RoundState,
    StepAside,
)
from booking.nurseries.models.stays import Stay, StayQuerySet
from booking.nurseries.models.supply import Nursery, NurseryQuerySet
from booking.nurseries.models.towns import CommissionMeeting, TownChildcare
from booking.nurseries.models.vacancies import OwnPlace, SmallRound, SmallRoundState, VacancyVote
from booking.nurseries.models.wishes import Wish, WishedTown

__all__ = [
    "Answer",
    "Appeal",
    "AppealKind",
    "AppealOutcome",
    "AppealQuerySet",
    "ApplicationChild",
    "ApplicationNote",
    "ApplicationParent",
    "CareNeed",
    "CommissionMeeting",
    "Criterion",
    "CriterionClaim",
    "CriterionKind",
    "CriterionOption",
    "DecisionKind",
    "FamilyDocument",
    "HeldBack",
    "LikelyDouble",
    "Nursery",
    "NurseryApplication",
    "NurseryApplicationQuerySet",
    "NurseryHours",
    "NurseryOffer",
    "NurseryOpening",
    "NurseryQuerySet",
    "OccasionalAdmission",
    "OccasionalCare",
    "OccasionalPlace",
    "OccasionalStay",
    "OccasionalWish",
    "OwnPlace",
    "PointsGrid",
    "PointsGridQuerySet",
    "PresentChild",
    "Round",
    "RoundChild",
    "RoundDecision",
    "RoundNursery",
    "RoundState",
    "SetBy",
    "SmallRound",
    "SmallRoundState",
    "Stay",
    "StayQuerySet",
    "StepAside",
    "Swap",
    "SwapState",
    "TownChildcare",
    "TownPoints",
    "VacancyVote",
    "Wish",
    "WishedTown",
]
