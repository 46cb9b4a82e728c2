"""Nurseries, what they may take in, and who asks for a place in them."""

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
from booking.nurseries.models.openings import HeldBack, NurseryOpening, PresentChild
from booking.nurseries.models.requests import (
    ApplicationChild,
    ApplicationNote,
    ApplicationParent,
    CareNeed,
    LikelyDouble,
    NurseryApplication,
    NurseryApplicationQuerySet,
    Wish,
    WishedTown,
)
from booking.nurseries.models.supply import Nursery, NurseryQuerySet
from booking.nurseries.models.towns import CommissionMeeting, TownChildcare

__all__ = [
    "ApplicationChild",
    "ApplicationNote",
    "ApplicationParent",
    "CareNeed",
    "CommissionMeeting",
    "Criterion",
    "CriterionKind",
    "CriterionOption",
    "FamilyDocument",
    "HeldBack",
    "LikelyDouble",
    "Nursery",
    "NurseryApplication",
    "NurseryApplicationQuerySet",
    "NurseryOpening",
    "NurseryQuerySet",
    "PointsGrid",
    "PointsGridQuerySet",
    "PresentChild",
    "SetBy",
    "TownChildcare",
    "TownPoints",
    "Wish",
    "WishedTown",
]
