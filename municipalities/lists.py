"""Lists that people keep in a spreadsheet and send as CSV, XLSX or ODS: read whole, every line that cannot be is named.

The header names the columns, in any order. Comma, semicolon and tab separate, or what Excel's `sep=` says; the text is
UTF-8, or UTF-16 with its mark (“Unicode text” of spreadsheets); empty lines, also before the header, are passed over.
Whoever reads a list judges the cells.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from django.http import HttpResponse
from django.utils.translation import gettext as _

from municipalities import spreadsheets
from municipalities.visible import visible

SEPARATORS = (",", ";", "\t")
MAX_BYTES = 20_000_000
#: A spreadsheet reckons what begins so, also in a text cell.
_RECKONED = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Problem:
    """What keeps the file from being loaded. `line` counts from 1, as an editor shows it; 0 is the file itself."""

    line: int
    column: str
    sentence: str

    def __str__(self) -> str:
        place = [_("ligne %(line)d") % {"line": self.line}] if self.line else []
        if self.column:
            place.append(_("colonne « %(column)s »") % {"column": self.column})
        return f"{', '.join(place)} : {self.sentence}" if place else self.sentence


@dataclass(frozen=True)
class Line:
    """`cells` by the name of their column, without the blanks around them; what the file lacks is not there."""

    number: int
    cells: Mapping[str, str]


@dataclass
class Reading:
    """A file as read, and what to say about it. Only one without problems may be loaded."""

    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def wrong(self, line: int, column: str, sentence: str) -> None:
        self.problems.append(Problem(line, column, sentence))

    def in_order(self) -> list[Problem]:
        return sorted(self.problems, key=lambda problem: problem.line)


def read_list(
    content: bytes,
    *,
    needed: Sequence[str],
    optional: Sequence[str] = (),
    also_called: Mapping[str, Sequence[str]] | None = None,
    max_bytes: int = MAX_BYTES,
) -> Reading:
    """Read a whole file. Touches no database; never raises for what the file holds.

    `also_called` are other names a column may have: the first one present is read.
    """
    reading = Reading()
    if len(content) <= max_bytes and spreadsheets.is_workbook(content):
        _read_workbook(content, (needed, optional, also_called or {}), reading)
        return reading
    text = _decode(content, reading, max_bytes)
    if text is None:
        return reading
    text, skipped, said = _from_header(text)
    header_line = text.splitlines()[0] if text else ""
    separator = said or max(SEPARATORS, key=header_line.count)
    if not header_line.count(separator):
        sentence = _("aucun séparateur trouvé : attendus la virgule, le point-virgule ou la tabulation.")
        reading.wrong(1 + skipped, "", sentence)
        return reading
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        columns = _columns(next(lines), 1 + skipped, needed, optional, also_called or {}, reading)
        if not reading.problems:
            numbered = ((lines.line_num + skipped, cells) for cells in lines)
            reading.lines.extend(_lines(numbered, columns, reading))
    except csv.Error as error:
        sentence = _("guillemets ou séparateurs mal formés (%(error)s).") % {"error": error}
        reading.wrong(lines.line_num + skipped, "", sentence)
    return reading


def write_list(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """As Excel opens it with a double click, and `read_list` reads it again without a change.

    What a spreadsheet would reckon is marked as text by an apostrophe, which `read_list` takes away again. Numbers are
    numbers, with a comma, and None is an empty cell.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def file_of(content: bytes | str, name: str) -> HttpResponse:
    """A list as a browser saves it under this name."""
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _cell(value: object) -> object:
    if isinstance(value, float):
        return str(value).replace(".", ",")
    return unreckoned(value) if isinstance(value, str) else value


def unreckoned(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_RECKONED) else text


def _decode(content: bytes, reading: Reading, max_bytes: int) -> str | None:
    if len(content) > max_bytes:
        sentence = _("Le fichier dépasse %(number)d Mo : ce n’est sans doute pas le bon.")
        reading.wrong(0, "", sentence % {"number": max_bytes // 1_000_000})
        return None
    try:
        is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = content.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reading.wrong(line, "", _("le texte n’est pas en UTF-8. Enregistrez le fichier au format « CSV UTF-8 »."))
        return None
    if "\0" in text:
        reading.wrong(0, "", _("Ce n’est pas un fichier texte."))
        return None
    if not text.strip():
        reading.wrong(0, "", _("Le fichier est vide."))
        return None
    return text


def _from_header(text: str) -> tuple[str, int, str]:
    """The text from its header on, how many lines stand before it, and the separator that Excel's `sep=;` names."""
    separator = ""
    lines = text.splitlines(keepends=True)
    for skipped, line in enumerate(lines):
        named = re.fullmatch(r'"?sep=([,;\t])"?', line.strip(" \r\n"), re.IGNORECASE)
        if named:
            separator = named[1]
        elif line.strip(" \t\r\n,;"):
            return "".join(lines[skipped:]), skipped, separator
    return "", 0, ""


def _columns(
    header: Sequence[str],
    line: int,
    needed: Sequence[str],
    optional: Sequence[str],
    also_called: Mapping[str, Sequence[str]],
    reading: Reading,
) -> dict[str, int]:
    """Where each known column is."""
    header = [visible(name).strip() for name in header]
    for name in sorted({name for name in header if name and header.count(name) > 1}):
        reading.wrong(line, name, _("cette colonne est là deux fois."))
    places: dict[str, int] = {}
    used: set[str] = set()
    for name in (*needed, *optional):
        for candidate in (name, *also_called.get(name, ())):
            if candidate in header:
                places[name] = header.index(candidate)
                used.add(candidate)
                break
    others = [name for name in header if name and name not in used]
    for name in needed:
        if name in places:
            continue
        close = get_close_matches(name, others, n=1, cutoff=0.6)
        hint = _(" Faut-il lire « %(name)s » ?") % {"name": close[0]} if close else ""
        reading.wrong(line, name, _("cette colonne manque.") + hint)
    ignored = [name for name in others if not any(name in also for also in also_called.values())]
    if ignored:
        reading.remarks.append(_("Colonnes ignorées : %(names)s.") % {"names": ", ".join(ignored)})
    return places


def _lines(rows: "Iterable[tuple[int, list[str]]]", columns: Mapping[str, int], reading: Reading) -> Iterator[Line]:
    width = max(columns.values()) + 1
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) < width:
            sentence = _("%(found)d valeurs au lieu d’au moins %(wanted)d.") % {"found": len(cells), "wanted": width}
            reading.wrong(number, "", sentence)
            continue
        yield Line(number, {column: _plain(cells[place]) for column, place in columns.items()})


def _read_workbook(
    content: bytes, names: tuple[Sequence[str], Sequence[str], Mapping[str, Sequence[str]]], reading: Reading
) -> None:
    """The first sheet; its lines have the numbers that the spreadsheet shows."""
    try:
        rows = list(enumerate(spreadsheets.rows_of(content), 1))
    except spreadsheets.Unreadable as refused:
        for line, sentence in refused.problems:
            reading.wrong(line, "", sentence)
        return
    filled = [(number, cells) for number, cells in rows if any(cells)]
    if not filled:
        reading.wrong(0, "", _("Le fichier est vide."))
        return
    line, header = filled[0]
    columns = _columns(header, line, *names, reading)
    if not reading.problems:
        reading.lines.extend(_lines(filled[1:], columns, reading))


def _plain(cell: str) -> str:
    """Without what nobody sees, and without the apostrophe that marks a text as one."""
    cell = visible(cell, is_prose=True).strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_RECKONED) else cell
