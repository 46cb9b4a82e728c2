"""Lists as spreadsheets: the same lines as from CSV, nothing reckoned, nothing that unfolds without end."""

import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest

from municipalities import spreadsheets
from municipalities.lists import Reading, read_list
from tests.sheets import ods, xlsx

ROWS = [["", ""], ["numero", "mois"], ["12", "2026-03"], ["", ""], ["13", "é’"]]


def _read(content: bytes) -> Reading:
    return read_list(content, needed=("numero",), optional=("mois",))


def _sentences(content: bytes) -> list[tuple[int, str]]:
    return [(problem.line, problem.sentence) for problem in _read(content).problems]


@pytest.mark.parametrize("written", [xlsx, ods])
def test_a_sheet_reads_as_its_csv_does(written: Callable[..., bytes]) -> None:
    as_csv = "\n".join(",".join(row) for row in ROWS).encode()
    lines = [(line.number, dict(line.cells)) for line in _read(written(ROWS)).lines]
    assert lines == [(line.number, dict(line.cells)) for line in _read(as_csv).lines]
    assert lines == [(3, {"numero": "12", "mois": "2026-03"}), (5, {"numero": "13", "mois": "é’"})]


@pytest.mark.parametrize("code", ["utf-16-le", "utf-16-be"])
def test_unicode_text_of_a_spreadsheet_reads_as_its_csv_does(code: str) -> None:
    """Columns are parted by tabs there, and a mark begins the file."""
    content = ("\ufeff" + "\r\n".join("\t".join(row) for row in ROWS)).encode(code)
    assert [(line.number, dict(line.cells)) for line in _read(content).lines] == [
        (3, {"numero": "12", "mois": "2026-03"}),
        (5, {"numero": "13", "mois": "é’"}),
    ]
    ((line, sentence),) = _sentences(content[:-1])
    assert line == 5 and sentence.startswith("le texte n’est pas en UTF-8")


@pytest.mark.parametrize("written", [xlsx, ods])
def test_every_formula_is_named_by_its_line(written: Callable[..., bytes]) -> None:
    rows = [["numero", "mois"], ["=1+2", "2026-03"], ["13", "=A1"], ["14", "x"]]
    assert [line for line, sentence in _sentences(written(rows)) if "formule" in sentence] == [2, 3]


@pytest.mark.parametrize(
    "content",
    [
        xlsx(ROWS, raw='<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        ods(
            ROWS,
            raw='<table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="float" '
            'office:value="1" table:number-columns-repeated="16000"/></table:table-row>',
        ),
        ods(
            ROWS,
            raw='<table:table-row><table:table-cell table:number-columns-repeated="16000"/><table:table-cell '
            'office:value-type="float" office:value="1"/></table:table-row>',
        ),
    ],
    ids=["far cell", "repeated", "behind emptiness"],
)
def test_a_sheet_that_reaches_too_far_is_not_unfolded(content: bytes) -> None:
    assert [sentence for _line, sentence in _sentences(content) if "bien plus grand" in sentence]


def test_a_bomb_is_not_unfolded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "MOST_UNFOLDED", 100_000)
    bomb = BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", " " * 1_000_000)
    assert len(bomb.getvalue()) < 2_000
    assert "bien plus grand" in _sentences(bomb.getvalue())[0][1]


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 cut short",
        xlsx(ROWS)[:-40],
        xlsx(ROWS)[:200],
        ods([["numero"]]).replace(b"PK\x05\x06", b"PK\x05\x07"),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    ],
)
def test_what_is_no_workbook_gets_a_sentence(content: bytes) -> None:
    assert [line for line, _sentence in _sentences(content)] == [0]


def test_an_empty_sheet_and_a_missing_column_are_said() -> None:
    assert _sentences(xlsx([["", ""]])) == [(0, "Le fichier est vide.")]
    assert _sentences(xlsx([[], ["numéro", "mois"], ["1", "2"]]))[0][0] == 2
