"""An operator's list of the children who are there: every line is judged, then all of it stands, or nothing.

The list is the whole of what the operator knows: whoever it leaves out of a nursery it names is no longer there. A line
may say only the number of a child who is known, with what has changed.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from booking.nurseries import capacity
from booking.nurseries.calendar_words import in_month, say_half_day
from booking.nurseries.capacity import ChildThere, Horizon
from booking.nurseries.enums import HALF_DAYS
from booking.nurseries.models import Nursery, PresentChild
from booking.nurseries.supply import child_cells as cells
from booking.nurseries.supply import stays
from booking.nurseries.supply.reading import capacity_of, first_day, horizon, with_supply
from municipalities.database.transactions import patient_transaction
from municipalities.lists import Line, Problem, Reading, read_list, write_list
from municipalities.models import StaffMember

MOST_BYTES = 5_000_000
MOST_LINES = 10_000

_READERS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    cells.BORN: ("born", cells.birth_in),
    cells.SECTION: ("band", cells.section_in),
    cells.HALF: ("half_days", lambda cell: frozenset(cells.half_days_in(cell))),
    cells.EXIT: ("until", cells.month_in),
    cells.HOURS: ("week_hours", cells.hours_in),
    cells.GUARANTEED: ("is_guaranteed", cells.yes_in),
}


@dataclass
class Import:
    """What a list would do. With problems it does nothing. Children by key of their nursery."""

    nurseries: Sequence[Nursery]
    children: dict[int, list[ChildThere]] = field(default_factory=dict)
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    #: Numbers of those who are no longer there, by name of the nursery.
    gone: dict[str, list[str]] = field(default_factory=dict)
    #: The list as CSV, whatever it came as.
    text: bytes = b""
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.new + self.changed + self.unchanged

    @property
    def is_possible(self) -> bool:
        return bool(self.children) and not self.problems


def judge(*, nurseries: Sequence[Nursery], content: bytes) -> Import:
    """Read a list and say what it would do. Writes nothing. `nurseries` are read `with_supply`; one needs no column."""
    reading = read_list(content, needed=cells.NEEDED, optional=cells.OPTIONAL, max_bytes=MOST_BYTES)
    found = Import(nurseries, remarks=reading.remarks)
    if not reading.problems and not reading.lines:
        reading.wrong(0, "", _("Le fichier ne contient aucun enfant."))
    if len(reading.lines) > MOST_LINES:
        reading.wrong(0, "", _("Le fichier compte plus de dix mille lignes : ce n’est sans doute pas le bon."))
    elif reading.lines:
        _Judge(nurseries, reading, found).all()
    found.problems = reading.in_order()
    if found.is_possible:
        found.text = write_list(
            list(cells.COLUMNS),
            [[line.cells.get(column, "") for column in cells.COLUMNS] for line in reading.lines],
        )
    return found


def load(*, nurseries: Sequence[Nursery], content: bytes, by: StaffMember | None) -> Import:
    """Do what `judge` says, in one transaction; nothing where it finds problems."""
    with patient_transaction(by=by):
        wanted = Nursery.objects.filter(pk__in=[one.pk for one in nurseries])
        list(wanted.select_for_update().order_by("pk"))
        found = judge(nurseries=list(with_supply(wanted)), content=content)
        if found.is_possible:
            PresentChild.objects.filter(nursery__in=found.children).delete()
            PresentChild.objects.bulk_create(
                row_of(child, pk) for pk, children in found.children.items() for child in children
            )
            Nursery.objects.filter(pk__in=found.children).update(children_listed_at=timezone.now())
            stays.follow_list(list(found.children))
    return found


def row_of(child: ChildThere, nursery_id: int) -> PresentChild:
    return PresentChild(
        nursery_id=nursery_id,
        number=child.number,
        born=first_day(child.born),
        section=child.band,
        half_days=[day for day in HALF_DAYS if day in child.half_days],
        week_hours=None if child.week_hours is None else Decimal(str(child.week_hours)),
        last_month=first_day(child.until) if child.until else None,
        is_guaranteed=child.is_guaranteed,
    )


def export(nurseries: Iterable[Nursery]) -> bytes:
    """The children who are there, as `judge` reads them again without a change."""
    rows = [
        [
            nursery.facility.name,
            child.number,
            child.born,
            cells.section_out(child.band),
            cells.half_days_out(child.half_days),
            child.until or "",
            f"{child.week_hours:g}".replace(".", ",") if child.week_hours is not None else "",
            "oui" if child.is_guaranteed else "non",
        ]
        for nursery in nurseries
        for child in capacity_of(nursery).there
    ]
    return write_list(list(cells.COLUMNS), rows)


class _Judge:
    """Of one list, line by line and then nursery by nursery."""

    def __init__(self, nurseries: Sequence[Nursery], reading: Reading, found: Import) -> None:
        self.reading = reading
        self.found = found
        self.by_name = {_folded(one.facility.name): one for one in nurseries}
        self.only = nurseries[0] if len(nurseries) == 1 else None
        self.supply = {one.pk: capacity_of(one) for one in nurseries}
        self.known = {pk: {child.number: child for child in of.there} for pk, of in self.supply.items()}
        self.lines: dict[int, list[tuple[int, ChildThere]]] = defaultdict(list)
        self.seen: dict[str, int] = {}
        self.named: set[int] = set()

    def all(self) -> None:
        for line in self.reading.lines:
            self._line(line)
        ahead = horizon()
        for pk, judged in self.lines.items():
            _judge_places(self.supply[pk], judged, ahead, self.reading)
            self.found.children[pk] = [child for _line, child in judged]
        for one in self.found.nurseries:
            gone = self.known[one.pk].keys() - self.seen.keys() if one.pk in self.named else ()
            if gone:
                self.found.gone[one.facility.name] = sorted(gone)

    def _line(self, line: Line) -> None:
        nursery = self._nursery(line)
        if nursery is None:
            return
        self.named.add(nursery.pk)
        try:
            number = cells.number_in(line.cells[cells.NUMBER])
        except ValueError as error:
            self.reading.wrong(line.number, cells.NUMBER, str(error))
            return
        if (first := self.seen.setdefault(number, line.number)) != line.number:
            sentence = _("l’enfant n° %(value)s est déjà à la ligne %(line)d.") % {"value": number, "line": first}
            self.reading.wrong(line.number, cells.NUMBER, sentence)
            return
        before = self.known[nursery.pk].get(number)
        child = self._child(line, number, before)
        if child is None:
            return
        if before is None:
            self.found.new += 1
        elif child == before:
            self.found.unchanged += 1
        else:
            self.found.changed += 1
        self.lines[nursery.pk].append((line.number, child))

    def _nursery(self, line: Line) -> Nursery | None:
        name = line.cells.get(cells.NURSERY, "")
        if not name and self.only is not None:
            return self.only
        nursery = self.by_name.get(_folded(name))
        if nursery is None:
            said = (
                _("« %(value)s » n’est pas une de vos crèches.") % {"value": name[:60]}
                if name
                else _("dites de quelle crèche il s’agit.")
            )
            close = get_close_matches(_folded(name), list(self.by_name), n=1, cutoff=0.6)
            hint = _(" Faut-il lire « %(name)s » ?") % {"name": self.by_name[close[0]].facility.name} if close else ""
            self.reading.wrong(line.number, cells.NURSERY, said + hint)
        return nursery

    def _child(self, line: Line, number: str, before: ChildThere | None) -> ChildThere | None:
        """What the line says, over what was known; an empty cell says nothing."""
        said: dict[str, Any] = {}
        is_wrong = False
        for column, (name, read) in _READERS.items():
            if cell := line.cells.get(column, ""):
                try:
                    said[name] = read(cell)
                except ValueError as error:
                    is_wrong = True
                    self.reading.wrong(line.number, column, str(error))
        if is_wrong:
            return None
        if before is None and not {"born", "half_days"} <= said.keys():
            sentence = _("l’enfant n° %(value)s est inconnu ici : dites son mois de naissance et ses demi-journées.")
            self.reading.wrong(line.number, cells.NUMBER, sentence % {"value": number})
            return None
        child = replace(before, **said) if before else ChildThere(number=number, **said)
        if child.until is not None and child.until < child.born:
            self.reading.wrong(line.number, cells.EXIT, _("la sortie précède la naissance."))
            return None
        return child


def _judge_places(
    nursery: capacity.Nursery, judged: Sequence[tuple[int, ChildThere]], ahead: Horizon, reading: Reading
) -> None:
    """Names each line that comes on a closed half-day, or that is one more than authorised: at its first month."""
    told: set[tuple[int, str]] = set()
    # Most children come alike: counted in kinds, only what does not fit is looked at line by line.
    kinds = Counter((child.half_days, child.until) for _line, child in judged)
    for month in ahead.months:
        try:
            row, authorised = ahead.opening(nursery, month), ahead.authorised(nursery, month)
        except capacity.Contradiction as refused:
            reading.wrong(0, "", str(refused))
            return
        overshoot = row.overshoot if row else capacity.LEAST_OVERSHOOT
        staying = [(days, number) for (days, until), number in kinds.items() if until is None or until >= month]
        for day in HALF_DAYS:
            most = max(0, authorised.get(day, 0)) * overshoot // 100
            if sum(number for days, number in staying if day in days) <= most:
                continue
            coming = [one for one in judged if day in one[1].half_days and not (one[1].until or month) < month]
            for there, (line, _child) in enumerate(coming[most:], most + 1):
                if (line, day) not in told:
                    told.add((line, day))
                    reading.wrong(line, cells.HALF, _too_many(day, month, there, most))


def _too_many(day: str, month: str, there: int, most: int) -> str:
    facts = {"half_day": say_half_day(day), "month": in_month(month), "there": there, "most": most}
    if not most:
        return _("fermé le %(half_day)s %(month)s.") % facts
    return _("avec cet enfant, %(there)d présents le %(half_day)s %(month)s pour %(most)d autorisés.") % facts


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
