"""Lists as spreadsheets keep them: the first sheet of an XLSX or ODS file, as the texts a CSV would hold.

A file from outside is bounded before it is opened: how large it unfolds, how far its cells lie. A reckoned cell is not
what somebody wrote, so formulas are found and named, and the file is not read.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

#: A list of two thousand lines unfolds to less than one megabyte.
MOST_UNFOLDED = 50_000_000
MOST_PARTS = 500
MOST_ROWS, MOST_COLUMNS = 20_000, 200
#: Formulas are named up to this number.
MOST_NAMED = 20

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_XLSX_CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,4})(\d{1,8})"[^>]*?(?:/>|>(\s*<f[\s/>])?)')
_ODS_PIECE = re.compile(rb"<table:(table-row|table-cell|covered-table-cell)\b([^>]*)>|</table:table>")
_ROWS = re.compile(rb'table:number-rows-repeated="(\d{1,9})"')
_COLUMNS = re.compile(rb'table:number-columns-repeated="(\d{1,9})"')


class Unreadable(Exception):
    """`problems`: (line, sentence), line 0 being the file itself."""

    def __init__(self, *problems: tuple[int, str]) -> None:
        super().__init__()
        self.problems = problems


def is_workbook(content: bytes) -> bool:
    return content.startswith((_ZIP, _OLE))


def rows_of(content: bytes) -> list[list[str]]:
    """The first sheet, every row from the first one on. Raises Unreadable."""
    if content.startswith(_OLE):
        raise Unreadable(
            (
                0,
                _("Ce tableau a un mot de passe, ou un format trop ancien : enregistrez-le en XLSX, ODS ou CSV."),
            )
        )
    try:
        _must_be_sound(content)
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False, nrows=MOST_ROWS)
    except (CalamineError, zipfile.BadZipFile, KeyError, IndexError, NotImplementedError, RuntimeError, ValueError):
        raise Unreadable(
            (0, _("Ce fichier n’est pas un tableau lisible : enregistrez-le en XLSX, ODS ou CSV."))
        ) from None
    return [[_text(cell) for cell in row] for row in rows]


def _must_be_sound(content: bytes) -> None:
    """Raises Unreadable where the file would unfold too far, or reckons."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        names = parts.namelist()
        if len(names) > MOST_PARTS or sum(part.file_size for part in parts.infolist()) > MOST_UNFOLDED:
            raise Unreadable((0, _too_large()))
        if "content.xml" in names:
            formulas = list(_in_ods(_unfolded(parts, "content.xml")))
        else:
            formulas = list(_in_xlsx(_unfolded(parts, _first_sheet(parts))))
    if formulas:
        sentence = _("une formule y est calculée : copiez la feuille et collez les valeurs seules.")
        raise Unreadable(*((line, sentence) for line in sorted(set(formulas))[:MOST_NAMED]))


def _unfolded(parts: zipfile.ZipFile, name: str) -> bytes:
    """What the header says of its size is not believed: no more than the bound is unfolded."""
    with parts.open(name) as part:
        text = part.read(MOST_UNFOLDED + 1)
    if len(text) > MOST_UNFOLDED:
        raise Unreadable((0, _too_large()))
    return text


def _too_large() -> str:
    return _("Ce tableau est bien plus grand qu’une liste : ce n’est sans doute pas le bon.")


def _first_sheet(parts: zipfile.ZipFile) -> str:
    """Where the first sheet of an XLSX lies."""
    sheet = re.search(rb'<sheet\b[^>]*\br:id="([^"]+)"', _unfolded(parts, "xl/workbook.xml"))
    for relation in re.findall(rb"<Relationship\b[^>]*>", _unfolded(parts, "xl/_rels/workbook.xml.rels")):
        target = re.search(rb'\bTarget="([^"]+)"', relation)
        if sheet and target and re.search(rb'\bId="' + re.escape(sheet[1]) + rb'"', relation):
            path = target[1].decode()
            return path.lstrip("/") if path.startswith("/") else f"xl/{path}"
    raise KeyError


def _in_xlsx(sheet: bytes) -> Iterator[int]:
    """Lines with a formula. Raises Unreadable where a cell lies too far out."""
    for found in _XLSX_CELL.finditer(sheet):
        column = 0
        for letter in found[1]:
            column = column * 26 + letter - 64
        _must_lie_near(int(found[2]), column)
        if found[3]:
            yield int(found[2])


def _in_ods(sheet: bytes) -> Iterator[int]:
    """Lines with a formula, in the first table. Raises Unreadable where a cell lies too far out."""
    line, repeated, column = 0, 1, 0
    for found in _ODS_PIECE.finditer(sheet):
        if found[1] is None:
            return
        if found[1] == b"table-row":
            line += repeated
            repeated, column = _count(_ROWS, found[2]), 0
            continue
        column += _count(_COLUMNS, found[2])
        if b"office:value-type" in found[2] or b"table:formula" in found[2]:
            _must_lie_near(line + repeated - 1, column)
        if b"table:formula" in found[2]:
            yield line


def _count(what: re.Pattern[bytes], attributes: bytes) -> int:
    found = what.search(attributes)
    return int(found[1]) if found else 1


def _must_lie_near(line: int, column: int) -> None:
    if line > MOST_ROWS or column > MOST_COLUMNS:
        raise Unreadable((0, _too_large()))


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return _("oui") if cell else _("non")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, (date, time, timedelta)):
        return str(cell)
    return str(cell).strip()
