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

__all__ = [
    "ApplicationChild",
    "ApplicationNote",
    "ApplicationParent",
    "CareNeed",
    "Criterion",
    "CriterionKind",
    "CriterionOption",
    "FamilyDocument",
    "LikelyDouble",
    "Nursery",
    "NurseryApplication",
    "NurseryApplicationQuerySet",
    "NurseryQuerySet",
    "PointsGrid",
    "PointsGridQuerySet",
    "SetBy",
    "TownPoints",
    "Wish",
    "WishedTown",
]
