"""Reads a round, judges every part of it, and refuses the whole when one means nothing or two things.

Format: contract of the allocation, section 2. What it leaves open is closed here, always towards refusal: months follow
each other, the half-days are those of a week, a start after the child's last month is no start.
"""

import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from math import prod
from typing import Any

from booking.nurseries.allocation import shapes
from booking.nurseries.allocation.exceptions import RoundRefused
from booking.nurseries.allocation.places import read_facility
from booking.nurseries.allocation.rounds import Child, Days, Holding, Lock, Round, Together

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
HALF_DAY = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)_(am|pm)")
#: Sets of half-days of one child, and combinations of siblings' days that are tried for one nursery and month.
MAX_SETS = 16
MAX_COMBINATIONS = 4096
MAX_DRAW = 10**12
A_MONTH = "un mois de la session"
A_NURSERY = "une crèche de la session"
A_HALF_DAY = "une demi-journée de la session"


class Reader:
    """One round being read: its horizon as positions by name."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        top = ("version", "months", "half_days", "bands", "facilities", "children")
        self.data = shapes.as_object(data, "la session", top, ("together", "locks", "excluded"))
        shapes.as_whole(self.data["version"], "version", 1, 1)
        self.months = self._names("months", MONTH, "un mois comme 2027-09")
        self.half_days = self._names("half_days", HALF_DAY, "une demi-journée comme mon_am")
        self.bands = self._names("bands", re.compile(r"(?s).*\S.*"), "le nom d’une section")
        if shared := set(self.half_days) & set(self.bands):
            raise RoundRefused(f"« {min(shared)} » nomme une section et une demi-journée.")
        for before, after in zip(list(self.months), list(self.months)[1:], strict=False):
            if _months_of(after) != _months_of(before) + 1:
                raise RoundRefused(f"months : {after} ne suit pas {before}.")

    def read(self, digest: str) -> Round:
        facilities = shapes.as_object(self.data["facilities"], "facilities")
        self.facilities = {name: number for number, name in enumerate(facilities)}
        for name in facilities:
            shapes.as_text(name, "le nom d’une crèche")
        placed = tuple(read_facility(self, name, value) for name, value in facilities.items())
        requests = shapes.as_object(self.data["children"], "children")
        for name in requests:
            shapes.as_text(name, "le numéro d’un enfant")
        locks = self._locks(requests)
        excluded = self._excluded(requests)
        children = {name: self._child(name, value, locks, excluded) for name, value in requests.items()}
        self._draws_differ(children)
        for name, child in children.items():
            self._decisions_agree(name, child)
        return Round(
            months=tuple(self.months),
            half_days=tuple(self.half_days),
            bands=tuple(self.bands),
            facilities=placed,
            children=children,
            together=self._together(children),
            digest=digest,
        )

    def _names(self, key: str, pattern: re.Pattern[str], what: str) -> dict[str, int]:
        names = shapes.as_list(self.data[key], key)
        for name in names:
            if not isinstance(name, str) or not pattern.fullmatch(name):
                shapes.refuse(key, f"{what} est attendu", name)
        shapes.all_different(names, key)
        return {name: number for number, name in enumerate(names)}

    def month(self, value: Any, where: str) -> int:
        return self.months[shapes.one_of(value, where, self.months, A_MONTH)]

    def facility(self, value: Any, where: str) -> int:
        return self.facilities[shapes.one_of(value, where, self.facilities, A_NURSERY)]

    def days(self, value: Any, where: str) -> Days:
        return tuple(sorted(shapes.positions(value, where, self.half_days, A_HALF_DAY)))

    def bands_of(self, value: Any, where: str) -> tuple[int, ...]:
        """The section of each month: one name for all of them, or a list."""

        def band(one: Any, there: str) -> int:
            return self.bands[shapes.one_of(one, there, self.bands, "une section de la session")]

        return shapes.by_month(value, where, len(self.months), band)

    def last_of(self, value: Any, where: str) -> int:
        """The last month of a stay; null: to the end."""
        return len(self.months) - 1 if value is None else self.month(value, where)

    def _child(
        self, name: str, value: Any, locks: Mapping[str, Lock], excluded: Mapping[str, Mapping[int, str]]
    ) -> Child:
        where = f"children.{name}"
        needed = ("points", "complete_on", "draw", "bands", "wishes", "starts", "days", "prefers")
        part = shapes.as_object(value, where, needed, ("bonus", "guaranteed", "until", "week_hours", "holds"))
        last = self.last_of(part.get("until"), f"{where}.until")
        starts = shapes.positions(part["starts"], f"{where}.starts", self.months, A_MONTH)
        if max(starts) > last:
            raise RoundRefused(f"{where}.starts : {list(self.months)[max(starts)]} est après le dernier mois, until.")
        prefers = shapes.one_of(part["prefers"], f"{where}.prefers", ("wish", "start"), "« wish » ou « start »")
        hours = part.get("week_hours")
        return Child(
            name=name,
            points=shapes.as_points(part["points"], f"{where}.points"),
            bonus=self._bonus(part.get("bonus", {}), f"{where}.bonus"),
            complete_on=_date(part["complete_on"], f"{where}.complete_on"),
            draw=shapes.as_whole(part["draw"], f"{where}.draw", 0, MAX_DRAW),
            guaranteed=shapes.as_flag(part.get("guaranteed", False), f"{where}.guaranteed"),
            bands=self.bands_of(part["bands"], f"{where}.bands"),
            last=last,
            wishes=shapes.positions(part["wishes"], f"{where}.wishes", self.facilities, A_NURSERY),
            starts=starts,
            groups=self._groups(part["days"], f"{where}.days"),
            month_first=prefers == "start",
            week_hours=None if "week_hours" not in part else shapes.as_hours(hours, f"{where}.week_hours", 168),
            holds=self._holding(part["holds"], f"{where}.holds") if "holds" in part else None,
            lock=locks.get(name),
            excluded=excluded.get(name, {}),
        )

    def _bonus(self, value: Any, where: str) -> dict[int, int | Fraction]:
        part = shapes.as_object(value, where)
        return {self.facility(name, where): shapes.as_points(one, f"{where}.{name}") for name, one in part.items()}

    def _groups(self, value: Any, where: str) -> tuple[tuple[Days, ...], ...]:
        groups = []
        for number, group in enumerate(shapes.as_list(value, where)):
            there = f"{where}[{number}]"
            sets = shapes.as_list(group, there)
            groups.append(tuple(self.days(one, f"{there}[{nth}]") for nth, one in enumerate(sets)))
        every = [days for group in groups for days in group]
        if len(every) > MAX_SETS:
            raise RoundRefused(f"{where} : {MAX_SETS} ensembles au plus sont attendus, et non {len(every)}.")
        shapes.all_different([" ".join(list(self.half_days)[day] for day in days) for days in every], where)
        return tuple(groups)

    def _holding(self, value: Any, where: str) -> Holding:
        part = shapes.as_object(value, where, ("facility", "half_days"))
        return Holding(
            self.facility(part["facility"], f"{where}.facility"), self.days(part["half_days"], f"{where}.half_days")
        )

    def _locks(self, requests: Mapping[str, Any]) -> dict[str, Lock]:
        locks = {}
        for name, value in shapes.as_object(self.data.get("locks", {}), "locks").items():
            where = f"locks.{name}"
            shapes.one_of(name, "locks", requests, "un enfant de la session")
            part = shapes.as_object(value, where, ("facility", "start", "half_days", "reason"))
            locks[name] = Lock(
                facility=self.facility(part["facility"], f"{where}.facility"),
                start=self.month(part["start"], f"{where}.start"),
                half_days=self.days(part["half_days"], f"{where}.half_days"),
                reason=shapes.as_text(part["reason"], f"{where}.reason"),
            )
        return locks

    def _excluded(self, requests: Mapping[str, Any]) -> dict[str, dict[int, str]]:
        found: dict[str, dict[int, str]] = {}
        for number, value in enumerate(shapes.as_list(self.data.get("excluded", []), "excluded", empty=True)):
            where = f"excluded[{number}]"
            part = shapes.as_object(value, where, ("child", "facility", "reason"))
            child = shapes.one_of(part["child"], f"{where}.child", requests, "un enfant de la session")
            facility = self.facility(part["facility"], f"{where}.facility")
            if facility in found.setdefault(child, {}):
                raise RoundRefused(f"{where} : cet enfant est déjà écarté de cette crèche.")
            found[child][facility] = shapes.as_text(part["reason"], f"{where}.reason")
        return found

    def _together(self, children: Mapping[str, Child]) -> tuple[Together, ...]:
        groups = []
        seen: set[str] = set()
        for number, value in enumerate(shapes.as_list(self.data.get("together", []), "together", empty=True)):
            where = f"together[{number}]"
            part = shapes.as_object(value, where, ("children", "otherwise"))
            names = shapes.as_list(part["children"], f"{where}.children")
            for name in names:
                shapes.one_of(name, f"{where}.children", children, "un enfant de la session")
            shapes.all_different(names, f"{where}.children")
            if len(names) < 2:
                raise RoundRefused(f"{where}.children : deux enfants au moins sont attendus.")
            if both := seen & set(names):
                raise RoundRefused(f"{where}.children : {min(both)} est déjà dans une autre fratrie.")
            seen |= set(names)
            if prod(sum(map(len, children[name].groups)) for name in names) > MAX_COMBINATIONS:
                raise RoundRefused(f"{where} : les jours de ces enfants font plus de {MAX_COMBINATIONS} combinaisons.")
            otherwise = shapes.one_of(
                part["otherwise"], f"{where}.otherwise", ("apart", "nothing"), "« apart » ou « nothing »"
            )
            groups.append(Together(tuple(names), otherwise == "apart"))
        return tuple(groups)

    @staticmethod
    def _draws_differ(children: Mapping[str, Child]) -> None:
        seen: dict[int, str] = {}
        for name, child in children.items():
            if child.draw in seen:
                raise RoundRefused(f"children.{name}.draw : {child.draw} est déjà le numéro de {seen[child.draw]}.")
            seen[child.draw] = name

    def _decisions_agree(self, name: str, child: Child) -> None:
        """What the commission decided of one child, and what the child has, must not contradict each other."""
        names = list(self.facilities)
        if child.lock is not None:
            if child.lock.start > child.last:
                raise RoundRefused(f"locks.{name}.start : ce mois est après le dernier mois de l’enfant, until.")
            if child.lock.facility in child.excluded:
                raise RoundRefused(f"{name} est placé à {names[child.lock.facility]} et en est écarté.")
        elif child.holds is not None and child.holds.facility in child.excluded:
            raise RoundRefused(f"{name} occupe une place à {names[child.holds.facility]} et en est écarté.")
        if child.holds is not None:
            there = self.data["facilities"][names[child.holds.facility]].get("present", [])
            if any(str(line["child"]) == name for line in there):
                raise RoundRefused(f"{name} occupe une place (holds) et compte aussi parmi les présents.")


def read_round(data: Mapping[str, Any]) -> Round:
    """The round of a parsed file. Raises RoundRefused with one sentence."""
    digest = shapes.digest_of(data)
    return Reader(data).read(digest)


def _months_of(month: str) -> int:
    year, number = month.split("-")
    return int(year) * 12 + int(number)


def _date(value: Any, where: str) -> str:
    """A day as YYYY-MM-DD, which sorts as it is written."""
    if isinstance(value, str) and DAY.fullmatch(value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    return shapes.refuse(where, "une date comme 2027-03-01 est attendue", value)
