"""The groups of a season as a file: written, and read again whole, or not at all.

A group is known by its activity and its code. One that the file has and the season has not is made; one that differs is
changed; one that the file lacks stays, and is named.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from booking.activities.exceptions import LanesTaken, TooManyHeads
from booking.activities.models import Activity, Group, Lane, Season
from booking.activities.seasons import group_columns
from booking.activities.seasons.forms import MOST_BYTES, GroupForm
from booking.activities.seasons.group_columns import COLUMNS, NEEDED, OPTIONAL, READERS, USUAL, cells_of
from booking.activities.seasons.groups import (
    LanesOfSomebodyElse,
    OutsideOfSeason,
    Planned,
    coaches_of,
    codes_of,
    draft_in,
    lanes_open_to,
    must_plan,
    plan_of,
    pools_of,
    save_groups,
)
from booking.activities.water.days import OpenDays
from booking.activities.water.drafts import look
from booking.activities.water.moments import quarters
from municipalities.database.transactions import patient_transaction
from municipalities.lists import Line, Problem, Reading, read_list, write_list
from municipalities.models import StaffMember

Key = tuple[str, str]


@dataclass(frozen=True)
class Change:
    """A line that makes a group, or changes the named columns of one."""

    line: int
    group: Group
    lanes: Sequence[Lane]
    columns: Sequence[str] = ()


@dataclass
class Import:
    """What a file would do. With problems it does nothing."""

    created: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    absent: list[Group] = field(default_factory=list)
    new_sessions: int = 0
    gone_sessions: int = 0
    #: The file as CSV, whatever it came as: what travels with the button that loads it.
    text: str = ""
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def changes(self) -> list[Change]:
        return [*self.created, *self.changed]

    @property
    def is_possible(self) -> bool:
        return bool(self.changes) and not self.problems


def export_groups(season: Season) -> bytes:
    """All groups of a season, as `judge` reads them again without a change."""
    return write_list(
        list(COLUMNS), [list(cells_of(group, lanes).values()) for group, lanes in _there(season).values()]
    )


def load(*, season: Season, content: bytes, by: StaffMember) -> Import:
    """Do what `judge` says, in one transaction; nothing where it finds problems.

    Raises what `save_group` raises, where somebody else plans the same meanwhile.
    """
    with patient_transaction(by=by):
        found = judge(season=season, content=content, by=by)
        if found.is_possible:
            known = _Open(season)
            wanted = [(change.group, change.lanes) for change in found.changes]
            save_groups(season=season, wanted=wanted, by=by, known=known.of)
    return found


def judge(*, season: Season, content: bytes, by: StaffMember) -> Import:
    """Read a file, judge every line, and say what it would do. Writes nothing. Raises NotYourOffer."""
    must_plan(season, by)
    reading = read_list(content, needed=NEEDED, optional=OPTIONAL, max_bytes=MOST_BYTES)
    found = Import(remarks=reading.remarks)
    if not reading.problems and not reading.lines:
        reading.wrong(0, "", _("Le fichier ne contient aucun groupe."))
    there = _there(season)
    known = _Known(season, by)
    seen: dict[Key, int] = {}
    for line in reading.lines:
        key = (line.cells["activite"], line.cells["groupe"])
        if (first := seen.setdefault(key, line.number)) != line.number:
            sentence = _("« %(value)s » est déjà à la ligne %(line)d.") % {"value": " ".join(key)[:80], "line": first}
            reading.wrong(line.number, "groupe", sentence)
            continue
        _judge_line(line, there.get(key), known, reading, found)
    found.absent = [group for key, (group, _lanes) in there.items() if key not in seen]
    if not reading.problems:
        _judge_water(season, found, reading)
    found.problems = reading.in_order()
    if found.is_possible:
        # Only columns that were there: one that is missing leaves what stands.
        there_are = [name for name in COLUMNS if name in reading.lines[0].cells]
        rows = [[line.cells[name] for name in there_are] for line in reading.lines]
        found.text = write_list(there_are, rows).decode("utf-8-sig")
    return found


class _Open:
    """The days on which each pool is open during a season, asked once for each."""

    def __init__(self, season: Season) -> None:
        self.season = season
        self.found: dict[int, OpenDays] = {}

    def of(self, group: Group) -> OpenDays:
        pool = group.basin.pool
        if pool.pk not in self.found:
            self.found[pool.pk] = OpenDays(pool, self.season.first_day, self.season.last_day)
        return self.found[pool.pk]


class _Known:
    """What the words of a file may mean, asked once."""

    def __init__(self, season: Season, by: StaffMember) -> None:
        self.season = season
        self.activities = {one.code: one for one in Activity.objects.filter(season=season).select_related("season")}
        self.lanes = list(lanes_open_to(by))
        self.coaches = coaches_of(season)
        self.coach_by_mail = {one.email: str(one.pk) for one in self.coaches}
        self.codes = codes_of(season)
        self.by_place: dict[tuple[str, str], dict[str, Lane]] = defaultdict(dict)
        for lane in self.lanes:
            basin = lane.basin
            # A file of ours names them in French; whoever writes one may use the names they read.
            for name in basin.name.values():
                here = self.by_place[_folded(basin.pool.facility.name), _folded(name)]
                here.update((_folded(called), lane) for called in lane.name.values())

    def lanes_of(self, line: Line) -> list[Lane]:
        """Raises _Wrong."""
        pool, basin = _folded(line.cells["piscine"]), _folded(line.cells["bassin"])
        pools = {one for one, _basin in self.by_place}
        if pool not in pools:
            raise _Wrong("piscine", _unknown(line.cells["piscine"], pools))
        if (pool, basin) not in self.by_place:
            basins = [one for where, one in self.by_place if where == pool]
            raise _Wrong("bassin", _unknown(line.cells["bassin"], basins))
        lanes = self.by_place[pool, basin]
        names = [name for name in line.cells["lignes"].split(group_columns.AND.strip()) if name.strip()]
        for name in names:
            if _folded(name) not in lanes:
                raise _Wrong("lignes", _unknown(name.strip(), lanes))
        return [lanes[_folded(name)] for name in names]


class _Wrong(Exception):
    def __init__(self, column: str, sentence: str) -> None:
        super().__init__(sentence)
        self.column, self.sentence = column, sentence


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _unknown(value: str, known: Iterable[str]) -> str:
    said = _("« %(value)s » n’est pas connu ici.") % {"value": value[:80]} if value else _("ce champ est vide.")
    close = get_close_matches(_folded(value), list(known), n=1, cutoff=0.6)
    return said + (_(" Faut-il lire « %(name)s » ?") % {"name": close[0]} if close else "")


def _there(season: Season) -> dict[Key, tuple[Group, list[Lane]]]:
    groups = (
        Group.objects.filter(activity__season=season)
        .select_related(
            "activity__season", "coach", "basin__pool__facility__municipality", "basin__pool__facility__operator"
        )
        .prefetch_related("lanes")
        .order_by("activity__code", "code")
    )
    return {
        (group.activity.code, group.code): (group, sorted(group.lanes.all(), key=lambda one: (one.position, one.pk)))
        for group in groups
    }


def _judge_line(
    line: Line, there: tuple[Group, list[Lane]] | None, known: _Known, reading: Reading, found: Import
) -> None:
    before = cells_of(*there) if there else {}
    cells = dict(line.cells) if there else USUAL | {column: cell for column, cell in line.cells.items() if cell}
    # What a line does not say stays as it is.
    cells = before | cells
    if there and cells == before:
        found.unchanged += 1
        return
    activity = known.activities.get(line.cells["activite"])
    if activity is None:
        reading.wrong(line.number, "activite", _unknown(line.cells["activite"], known.activities))
        return
    group = there[0] if there else Group(activity=activity)
    form = GroupForm(
        _typed(line, cells, known, reading), instance=group, lanes=known.lanes, coaches=known.coaches, codes=known.codes
    )
    told = {problem.column for problem in reading.problems if problem.line == line.number}
    for name, errors in form.errors.items():
        column = _column_of(name, cells)
        if column not in told or not column:
            for error in errors:
                reading.wrong(line.number, column, str(error))
    if told or not form.is_valid():
        return
    lanes = form.cleaned_data["lanes"]
    refusal = _outside(group, known.season)
    if refusal:
        reading.wrong(line.number, "", refusal)
        return
    after = cells_of(group, sorted(lanes, key=lambda one: (one.position, one.pk)))
    if after == before:
        found.unchanged += 1
        return
    columns = [column for column in COLUMNS if there and after[column] != before[column]]
    (found.changed if there else found.created).append(Change(line.number, group, lanes, columns))


def _outside(group: Group, season: Season) -> str:
    if group.basin.pool.facility.operator_id != season.operator_id:
        return str(LanesOfSomebodyElse.sentence)
    if group.first_day < season.first_day or group.last_day > season.last_day:
        return str(OutsideOfSeason.sentence)
    return ""


def _column_of(field: str, cells: dict[str, str]) -> str:
    """The column that stands for a field of the form; empty where it says something of the whole."""
    return next((column for column, name in reversed(COLUMNS.items()) if name == field and column in cells), "")


def _typed(line: Line, cells: dict[str, str], known: _Known, reading: Reading) -> MultiValueDict[str, object]:
    """The cells as the form of one group would send them."""
    typed: MultiValueDict[str, object] = MultiValueDict()
    for column, cell in cells.items():
        name = COLUMNS[column]
        try:
            if name == "lanes":
                continue
            if name == "coach":
                if cell and cell.lower() not in known.coach_by_mail:
                    raise ValueError(_unknown(cell, known.coach_by_mail))
                typed[name] = known.coach_by_mail.get(cell.lower(), "")
            else:
                typed[name] = READERS[column](cell) if column in READERS else cell
        except ValueError as error:
            reading.wrong(line.number, column, str(error))
    try:
        typed.setlist("lanes", [str(lane.pk) for lane in known.lanes_of(Line(line.number, cells))])
    except _Wrong as wrong:
        reading.wrong(line.number, wrong.column, wrong.sentence)
        # Said already: the form need not say that lanes are missing.
        typed.setlist("lanes", [str(lane.pk) for lane in known.lanes[:1]])
    return typed


def _judge_water(season: Season, found: Import, reading: Reading) -> None:
    """What the changes do to the water, all together: each line that stands in the way of somebody is named."""
    known = _Open(season)
    planned = [(one, Planned(one.group, one.lanes, plan_of(one.group, known.of(one.group)))) for one in found.changes]
    for change, plan in planned:
        found.new_sessions += len(plan.plan.new)
        found.gone_sessions += len(plan.plan.gone)
        if change.group._state.adding and not plan.plan.put:
            reading.wrong(change.line, "", _("ce groupe n’aurait aucune séance à venir."))
    line_of = {session.pk: change.line for change, plan in planned for session in plan.plan.put}
    for pool in pools_of(change.group for change in found.changes):
        draft = draft_in(pool, [plan for _change, plan in planned])
        seen = look(draft)
        collisions = defaultdict(list)
        for collision in seen.collisions:
            collisions[line_of[collision.event]].append(collision)
        for line, some in collisions.items():
            reading.wrong(line, "lignes", str(LanesTaken(some)))
        if seen.crowded:
            moments = {one.at for one in seen.crowded}
            lines = {line_of[use.event] for use in draft.put if moments.intersection(quarters(use.start, use.end))}
            for line in sorted(lines):
                reading.wrong(line, "places", str(TooManyHeads(seen.crowded)))
