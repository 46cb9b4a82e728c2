"""What is false in an answer: one sentence for each. An empty list is a yes (contract, sections 3 to 6)."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from booking.nurseries.audit.limits import Cell, Limits, Number, exact
from booking.nurseries.audit.requests import UNLISTED, Party, Requests, Wanted
from booking.nurseries.audit.walk import Looked, walk

Json = Mapping[str, Any]
#: What is said of a seat.
SEAT = {"facility", "start", "half_days", "route", "together"}


def findings(round: Json, answer: Json) -> list[str]:
    """Everything that is false in `answer`, the round itself being one that can be answered. Empty: all is true."""
    try:
        return list(Audit(round, answer).all())
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return [f"La réponse n’a pas la forme attendue ({type(error).__name__} : {error})."]


class Audit:
    def __init__(self, round: Json, answer: Json) -> None:
        self.round, self.answer = round, answer
        self.seats: Json = answer["seats"]
        self.limits = Limits(round)
        unknown = set(self.seats) - set(round["children"])
        if unknown:
            raise ValueError(f"enfant inconnu {min(unknown)}")
        self.requests = Requests(round, answer, self.limits)
        self.contested = {(tuple(pair["children"]), pair["facility"]) for pair in answer["contested"]}

    def all(self) -> Iterator[str]:
        yield from self._form()
        yield from self._seats_were_asked_for()
        yield from self._nothing_is_exceeded()
        yield from self._wishes_are_answered()
        yield from self._claims_and_reasons()

    # --- the seating ------------------------------------------------------------------------------------------------

    def _form(self) -> Iterator[str]:
        text = json.dumps(self.round, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if self.answer["digest"] != hashlib.sha256(text.encode()).hexdigest():
            yield "L’empreinte n’est pas celle de la session."
        if set(self.answer) != {"digest", "seats", "wishes", "contested"}:
            yield "La réponse a d’autres parties que digest, seats, wishes et contested."
        if len(self.contested) != len(self.answer["contested"]):
            yield "Un couple contesté est écrit deux fois."
        for name in self.answer["wishes"]:
            if name not in self.round["children"]:
                yield f"{name} a une réponse et n’est pas dans la session."
        for name, seat in self.seats.items():
            if set(seat) != SEAT or not self._are_days(seat["half_days"]):
                yield f"{name} : la place n’est pas dite comme une place."

    def _are_days(self, half_days: list[str]) -> bool:
        """Half-days of the round, each once, in the order of its week."""
        return half_days == [day for day in self.limits.half_days if day in half_days]

    def _seats_were_asked_for(self) -> Iterator[str]:
        for party in self.requests.parties:
            placed = [name for name in party.children if name in self.seats]
            for name in party.children:
                yield from self._own_place(name)
            asked = [name for name in placed if self.seats[name]["route"] not in ("locked", "kept")]
            if asked and party.rank >= UNLISTED:
                yield f"{_names(party)} : cette place n’a pas été demandée."
            if asked and len(asked) != len(party.children):
                yield f"{_names(party)} : une fratrie est placée à moitié."
            if len({self.seats[name]["route"] for name in asked}) > 1:
                yield f"{_names(party)} : une fratrie est placée par des droits différents."
            for name in asked:
                if self.seats[name]["together"] != (len(party.children) > 1):
                    yield f"{name} : « together » est faux."
                if self.seats[name]["route"] not in self.requests.routes(party):
                    yield f"{name} : ce droit n’est pas le sien."

    def _own_place(self, name: str) -> Iterator[str]:
        """What the commission gave is what one has; what one keeps is what one had, and nobody loses it for nothing."""
        seat, lock = self.seats.get(name), self.requests.locks.get(name)
        holds = self.round["children"][name].get("holds")
        if lock is not None:
            wanted = {**{key: lock[key] for key in ("facility", "start")}, "route": "locked", "together": False}
            if seat is None or not _is_place(seat, wanted, lock["half_days"]):
                yield f"{name} n’a pas la place que la commission a décidée."
        elif seat is not None and seat["route"] == "locked":
            yield f"{name} : la commission n’a rien décidé."
        elif holds is not None and seat is None:
            yield f"{name} perd la place qu’il occupe."
        elif seat is not None and seat["route"] == "kept":
            wanted = {"start": self.limits.months[0], "route": "kept", "together": False}
            if holds is None or not _is_place(seat, {**wanted, "facility": holds["facility"]}, holds["half_days"]):
                yield f"{name} : ce n’est pas la place qu’il occupe."

    def _nothing_is_exceeded(self) -> Iterator[str]:
        for facility, free in self.limits.free.items():
            taken: dict[Cell, Number] = {}
            for one in self.requests.seated(facility):
                for cell, number in one.takes.items():
                    taken[cell] = taken.get(cell, 0) + number
            for cell, number in taken.items():
                if cell in free and number > free[cell]:
                    yield f"{facility} : {_said(cell)} dépassé, {number} pour {free[cell]}."

    # --- answers ----------------------------------------------------------------------------------------------------

    def _wishes_are_answered(self) -> Iterator[str]:
        for party in self.requests.parties:
            for name in party.children:
                lock = self.requests.locks.get(name)
                expected = {*self.round["children"][name]["wishes"], *([lock["facility"]] if lock else [])}
                given = self.answer["wishes"].get(name, {})
                if set(given) != expected:
                    yield f"{name} : les vœux répondus ne sont pas ceux de la demande."
                for facility in expected & set(given):
                    yield from self._wish(party, name, facility, given[facility])

    def _wish(self, party: Party, name: str, facility: str, given: Json) -> Iterator[str]:
        """Every answer but the reasons of a `full` one, which the walk counts."""
        lock = self.requests.locks.get(name)
        seat = self.seats.get(name)
        reason = None
        options = party.at(facility)
        if (name, facility) in self.requests.excluded:
            expected, reason = "excluded", self.requests.excluded[name, facility]
        elif lock is not None:
            expected, reason = ("locked" if facility == lock["facility"] else "locked_elsewhere"), lock["reason"]
        elif (party.children, facility) in self.contested:
            expected = "contested"
        elif seat is not None and seat["facility"] == facility and party.rank < UNLISTED:
            expected = "obtained"
        elif not options:
            expected = "not_served"
            yield from self._is_not_served(name, facility, given)
        else:
            expected = "full" if any(option.rank < party.rank for option in options) else "better_wish"
        if given["answer"] != expected:
            yield f"{name}, {facility} : la réponse est « {given['answer']} » et devrait être « {expected} »."
        elif given.get("reason") != reason:
            yield f"{name}, {facility} : ce n’est pas le motif de la commission."

    def _is_not_served(self, name: str, facility: str, given: Json) -> Iterator[str]:
        request = self.round["children"][name]
        alone = any(
            self.limits.is_open(name, facility, start, days)
            for start in request["starts"]
            for group in request["days"]
            for days in group
        )
        if given.get("together", False) != alone:
            yield f"{name}, {facility} : le motif de « not_served » est faux."
        elif not alone:
            stay = self.limits.stay(request["starts"][0], request.get("until"))
            true = given["month"] in stay and given["half_day"] in request["days"][0][0]
            if not true or not self.limits.is_closed(facility, given["month"], given["half_day"]):
                yield f"{name}, {facility} : ouvert à la demi-journée dite fermée."

    def _claims_and_reasons(self) -> Iterator[str]:
        found = set()
        for facility in self.limits.facilities:
            for looked in walk(self.requests, facility):
                pair = (looked.party.children, facility)
                if looked.claims(self.limits.free[facility]):
                    found.add(pair)
                if looked.route == "open" and pair not in self.contested:
                    for number, name in enumerate(looked.party.children):
                        given = self.answer["wishes"][name].get(facility, {})
                        if given.get("answer") == "full":
                            for false in self._reasons(looked, facility, number, given):
                                yield f"{name}, {facility} : {false}"
        for names, facility in sorted(found - self.contested):
            yield f"{' et '.join(names)} ont droit à une place à {facility}, et ce n’est pas dit contesté."
        for names, facility in sorted(self.contested - found):
            yield f"{' et '.join(names)}, {facility} : dit contesté sans l’être."

    def _reasons(self, looked: Looked, facility: str, number: int, given: Json) -> Iterator[str]:
        said = [given, *given["also_full"]]
        if len(said) != len(looked.better):
            yield "les possibilités complètes ne sont pas toutes dites, ou trop le sont."
            return
        for (option, needs), one in zip(looked.better, said, strict=True):
            yield from self._reason(looked, facility, option, number, needs, one)
        if exact(given["points"]) != -looked.right[1]:
            yield "les points dits ne sont pas les siens."
        last = looked.last(_cell(given["because"]))
        tie = None
        if last is not None and last.right[:2] == looked.right[:2]:
            by, nth = ("complete_on", 2) if last.right[2] != looked.right[2] else ("draw", 3)
            tie = {"by": by, "last": last.right[nth], "own": looked.right[nth]}
        if given.get("tie") != tie:
            yield "ce qui départage à points égaux est faux."

    def _reason(
        self, looked: Looked, facility: str, option: Wanted, number: int, needs: Mapping[Cell, Number], given: Json
    ) -> Iterator[str]:
        are_days = self._are_days(given["half_days"])
        if given["start"] != option.start or frozenset(given["half_days"]) != option.days[number] or not are_days:
            yield "les possibilités complètes ne sont pas dans l’ordre de la demande."
            return
        because = given["because"]
        cell = _cell(because)
        free, taken, need = (counts.get(cell, 0) for counts in (self.limits.free[facility], looked.taken, needs))
        if cell not in self.limits.free[facility] or taken + need <= free:
            yield f"{_said(cell)} n’est pas dépassé."
        if (exact(because["free"]), exact(because["taken"]), exact(because["need"])) != (free, taken, need):
            yield f"{_said(cell)} : {free} libres, {taken} pris, {need} demandés, et non ce qui est dit."
        last = looked.last(cell)
        points = None if last is None else -last.right[1]
        told = because["last_points"]
        if (None if told is None else exact(told)) != points or because["last_route"] != (last.route if last else None):
            yield f"{_said(cell)} : le dernier admis n’est pas celui qui est dit."


def _is_place(seat: Json, wanted: Json, half_days: list[str]) -> bool:
    return all(seat[key] == value for key, value in wanted.items()) and set(seat["half_days"]) == set(half_days)


def _cell(because: Json) -> Cell:
    return (because["limit"], because["month"], because["half_day"], because["band"])


def _said(cell: Cell) -> str:
    return " ".join(filter(None, cell))


def _names(party: Party) -> str:
    return " et ".join(party.children)
