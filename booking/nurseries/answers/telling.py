"""What one family is told of a round: its answer wish by wish, how many are before it, what is near and still free."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils import timezone

from booking.nurseries.enums import Section
from booking.nurseries.explanations import Line, explain
from booking.nurseries.models import Nursery, Round, RoundChild, RoundNursery
from booking.nurseries.points.queries import rules_of
from booking.nurseries.reckoning import Line as PointsLine
from booking.nurseries.rounds.board import Board
from municipalities.distance import distance_km
from municipalities.models import Facility

Json = dict[str, Any]
MOST_NEAR = 3


def _km(one: Facility, other: Facility) -> float:
    return distance_km(one.latitude, one.longitude, other.latitude, other.longitude)


@dataclass(frozen=True)
class WishLine:
    """One wish: the contract's sentence, and how many who wait there have a stronger right."""

    facility: str
    sentence: str
    before: int | None


@dataclass
class Told:
    """A published round, read once for all who ask at the same time."""

    round: Round
    _lines: dict[str, list[str]] = field(default_factory=dict)

    @cached_property
    def file(self) -> Json:
        found: Json = json.loads(self.round.decided)
        return found

    @cached_property
    def answer(self) -> Json:
        found: Json = json.loads(self.round.answer)
        labels = dict(Section.choices)
        for wishes in found["wishes"].values():
            for one in wishes.values():
                because = one.get("because") or {}
                if because.get("band") in labels:
                    because["band"] = str(labels[because["band"]])
        return found

    @cached_property
    def board(self) -> Board:
        return Board(self.file, self.answer)

    def wishes(self, number: int) -> list[WishLine]:
        """Its wishes in its order, each with the sentence of the contract."""
        drawn_on = timezone.localdate(self.round.frozen_at) if self.round.frozen_at else None
        lines = explain(self.file, self.answer, str(number), drawn_on=drawn_on)
        return [WishLine(line.facility, line.sentence, self._before(number, line)) for line in lines]

    def _before(self, number: int, line: Line) -> int | None:
        """Requests without any place that have a stronger right there; None where that is not the question."""
        if line.answer != "full":
            return None
        if line.facility not in self._lines:
            waiting = [one for one in self.board.requests(line.facility) if one.has is None and one.answer == "full"]
            self._lines[line.facility] = [one.number for one in waiting]
        order = self._lines[line.facility]
        return order.index(str(number)) if str(number) in order else None

    def near_and_free(self, number: int) -> list[tuple[Nursery, float | None]]:
        """Nurseries it did not ask for where its section has room all week after this round, the nearest first."""
        request = self.file["children"][str(number)]
        rows = list(RoundNursery.objects.filter(round=self.round).select_related("nursery__facility__municipality"))
        first = next((row.nursery.facility for row in rows if row.name == request["wishes"][0]), None)
        found = []
        for row in rows:
            if row.name not in request["wishes"] and self._has_room(row.name, request):
                place = row.nursery.facility
                km = None if first is None else _km(first, place)
                found.append((row.nursery, km))
        return sorted(found, key=lambda one: (one[1] is None, one[1] or 0))[:MOST_NEAR]

    def _has_room(self, name: str, request: Json) -> bool:
        month = request["starts"][0]
        bands = request["bands"]
        band = bands[self.file["months"].index(month)] if isinstance(bands, list) else bands
        week = self.board.week(name, month)
        days = {day for group in request["days"] for sets in group for day in sets}
        layers = [one for one in (*week[""], *week[band]) if one.half_day in days]
        return bool(layers) and all(one.free is None or one.free > 0 for one in layers)

    def points(self, number: int) -> list[tuple[str, int, str, bool]]:
        """Its lines as they were frozen: what, points, where, whether the proof was awaited."""
        row = RoundChild.objects.filter(round=self.round, number=number).first()
        if row is None or self.round.grid is None:
            return []
        rules = rules_of(self.round.grid)
        return [
            (
                rules.said(PointsLine(line["code"], line["value"], line["points"], line["nursery"])),
                line["points"],
                line["nursery"],
                line["awaiting"],
            )
            for line in row.lines
        ]

    def decisions(self, number: int) -> Sequence[Any]:
        """What the commission decided of this child, and why."""
        rows = self.round.decisions.filter(child__number=number, taken_back_at__isnull=True)
        return list(rows.select_related("nursery").order_by("at"))
