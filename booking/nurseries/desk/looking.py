"""What the desk shows of a round: figures, requests, places said in words. Numbers only, never a family's name."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from booking.nurseries.calendar_words import from_month, say_days, say_half_day
from booking.nurseries.enums import Section
from booking.nurseries.models import Round, RoundChild, RoundNursery
from booking.nurseries.rounds.board import Board, Change, Layers, Move, Request
from booking.nurseries.rounds.deciding import is_voted
from booking.nurseries.rounds.gathering import sensitive_sum

Json = Mapping[str, Any]


@dataclass(frozen=True)
class NurseryLine:
    """One nursery in figures."""

    row: RoundNursery
    requests: int
    first_wishes: int
    placed: int
    contested: int
    voted: bool


@dataclass(frozen=True)
class RequestLine:
    """One request as a row of a nursery's table."""

    of: Request
    age: str
    sensitive: int
    state: str
    days: str


@dataclass
class Look:
    """A frozen round with its answer, read once for a page."""

    round: Round

    @cached_property
    def file(self) -> Json:
        found: Json = json.loads(self.round.decided)
        return found

    @cached_property
    def answer(self) -> Json:
        found: Json = json.loads(self.round.answer)
        return found

    @cached_property
    def board(self) -> Board:
        return Board(self.file, self.answer)

    @cached_property
    def nurseries(self) -> list[RoundNursery]:
        return list(self.round.nurseries.order_by("nursery__facility__slug"))

    def lines(self) -> list[NurseryLine]:
        asked: dict[str, int] = {}
        first: dict[str, int] = {}
        placed: dict[str, int] = {}
        contested: dict[str, int] = {}
        for request in self.file["children"].values():
            for rank, name in enumerate(request["wishes"]):
                asked[name] = asked.get(name, 0) + 1
                first[name] = first.get(name, 0) + (rank == 0)
        for seat in self.answer["seats"].values():
            placed[seat["facility"]] = placed.get(seat["facility"], 0) + 1
        for pair in self.answer["contested"]:
            contested[pair["facility"]] = contested.get(pair["facility"], 0) + 1
        return [
            NurseryLine(
                row,
                asked.get(row.name, 0),
                first.get(row.name, 0),
                placed.get(row.name, 0),
                contested.get(row.name, 0),
                is_voted(row, dict(self.answer)),
            )
            for row in self.nurseries
        ]

    @property
    def placed(self) -> int:
        return len(self.answer["seats"])

    @property
    def requests(self) -> int:
        return len(self.file["children"])

    def contested(self) -> list[tuple[list[str], str]]:
        return [(pair["children"], pair["facility"]) for pair in self.answer["contested"]]

    def requests_at(self, row: RoundNursery) -> list[RequestLine]:
        found = self.board.requests(row.name)
        about = _about(self.round, [int(one.number) for one in found])
        return [self._line(one, about.get(int(one.number), (None, 0, "")), row.name) for one in found]

    def _line(self, one: Request, about: tuple[date | None, int, str], name: str) -> RequestLine:
        born, sensitive, _unborn = about
        return RequestLine(
            one, say_age(born, self.round.first_month), sensitive, say_state(one, name), say_options(one.days)
        )

    def week(self, row: RoundNursery, month: str, pencil: Json | None = None) -> list[tuple[str, list[Layers]]]:
        """By section, the nursery as a whole first."""
        board = Board(self.file, self.answer, pencil)
        return [(say_band(band), layers) for band, layers in board.week(row.name, month).items()]

    def half_days(self, row: RoundNursery, month: str) -> list[str]:
        return [say_half_day(one.half_day) for one in self.board.week(row.name, month)[""]]

    def moves(self, row: RoundNursery) -> list[tuple[Move, str, str, str, str]]:
        """With the words: days now, days instead, days of who enters, and the value of the days for the form."""
        return [
            (one, say_days(one.days), say_days(one.instead), say_days(one.enters), as_value(one.instead))
            for one in self.board.moves(row.name)
        ]


def _about(round: Round, numbers: Sequence[int]) -> dict[int, tuple[date | None, int, str]]:
    """By number: when it was born or is expected, the sum of its sensitive lines."""
    rows = RoundChild.objects.filter(round=round, number__in=numbers)
    found = rows.values_list("number", "child__member__born_on", "child__member__expected_on", "lines")
    return {number: (born or expected, sensitive_sum(lines), "") for number, born, expected, lines in found}


def say_age(born: date | None, month: date) -> str:
    """« 8 mois » in the first month of the round; « à naître »."""
    if born is None:
        return "—"
    months = (month.year - born.year) * 12 + month.month - born.month
    return _("à naître") if months < 0 else _("%(number)d mois") % {"number": months}


def say_place(seat: Json | None) -> str:
    """« Les Petits Pas, lundi et mardi, à partir de septembre 2027 »"""
    if seat is None:
        return _("aucune place")
    facts = {"place": seat["facility"], "days": say_days(seat["half_days"]), "from_month": from_month(seat["start"])}
    return _("%(place)s, %(days)s, %(from_month)s") % facts


def say_options(groups: Sequence[Sequence[Sequence[str]]]) -> str:
    """The days a request accepts: those it likes best, and how many other sets."""
    sets = [days for group in groups for days in group]
    said = say_days(sets[0])
    return _("%(days)s, ou %(number)d autres choix") % {"days": said, "number": len(sets) - 1} if sets[1:] else said


def say_state(one: Request, name: str) -> str:
    if one.is_contested:
        return _("contesté")
    if one.has is not None and one.has["facility"] == name:
        return _("décidé") if one.has["route"] in ("locked", "kept") else _("proposé")
    if one.has is not None:
        return _("placé ailleurs")
    if one.answer == "excluded":
        return _("écarté")
    return _("juste après le dernier") if one.just_misses else _("sans place")


def as_value(days: Sequence[str]) -> str:
    return " ".join(days)


def say_change(one: Change) -> str:
    if one.comes:
        return _("entre : %(place)s") % {"place": say_place(one.after)}
    if one.goes:
        return _("perd : %(place)s") % {"place": say_place(one.before)}
    return _("passe de %(before)s à %(after)s") % {"before": say_place(one.before), "after": say_place(one.after)}


def say_band(band: str) -> str:
    """A section of the file as one says it; the nursery as a whole under ""."""
    if not band:
        return _("Toute la crèche")
    return str(Section(band).label) if band in Section.values else band
