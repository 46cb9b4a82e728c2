"""What operators send of the children who are there: all of it, or nothing, and every bad line named."""

import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest
import time_machine

from booking.nurseries.enums import HALF_DAYS, Section
from booking.nurseries.models import Nursery, PresentChild
from booking.nurseries.supply import child_cells, children, reading
from tests.factories import NurseryFactory, NurseryOpeningFactory, PresentChildFactory
from tests.sheets import ods, xlsx

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("september")]

HEADER = ["creche", "numero", "naissance", "section", "demi_journees", "sortie"]


@pytest.fixture
def september() -> Any:
    with time_machine.travel("2027-09-15 08:00:00+00:00", tick=False):
        yield


@pytest.fixture
def lutins() -> Nursery:
    """Two places, closed on Friday afternoons."""
    authorised = dict.fromkeys(HALF_DAYS, 2) | {"fri_pm": 0}
    return NurseryOpeningFactory.create(nursery__facility__name="Les Lutins", authorised=authorised).nursery


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    return "\r\n".join(";".join(row) for row in [HEADER, *rows]).encode()


def _read(*nurseries: Nursery) -> list[Nursery]:
    return list(reading.with_supply(Nursery.objects.filter(pk__in=[one.pk for one in nurseries])))


def _load(content: bytes, *nurseries: Nursery) -> children.Import:
    return children.load(nurseries=_read(*nurseries), content=content, by=None)


def _problems(found: children.Import) -> list[str]:
    assert not found.is_possible
    return [str(problem).replace("\xa0", " ") for problem in found.problems]


@pytest.mark.parametrize("written", [_csv, lambda rows: xlsx([HEADER, *rows]), lambda rows: ods([HEADER, *rows])])
def test_a_list_replaces_the_children_of_the_nurseries_it_names(lutins: Nursery, written: Callable[..., bytes]) -> None:
    PresentChildFactory.create(nursery=lutins, number="parti")
    elsewhere = PresentChildFactory.create()
    rows = [
        ["les lutins", "12", "03/2026", "", "lundi, mardi matin", ""],
        ["Les Lutins", "13", "2027-02-14", "Bébés", "jeudi apres-midi,ven matin", "15/12/2027"],
    ]
    found = _load(written(rows), lutins, elsewhere.nursery)
    assert found.problems == []
    assert (found.new, found.gone) == (2, {"Les Lutins": ["parti"]})
    first, second = PresentChild.objects.filter(nursery=lutins)
    assert (first.number, first.born, first.half_days) == ("12", date(2026, 3, 1), ["mon_am", "mon_pm", "tue_am"])
    assert (second.section, second.last_month) == (Section.SMALL, date(2027, 12, 1))
    assert second.half_days == ["thu_pm", "fri_am"]
    assert PresentChild.objects.filter(pk=elsewhere.pk).exists()
    lutins.refresh_from_db()
    assert lutins.children_listed_at is not None


def test_a_dry_run_writes_nothing_and_says_what_it_would(lutins: Nursery) -> None:
    known = PresentChildFactory.create(nursery=lutins, number="12", half_days=["mon_am"])
    rows = [["", "12", "", "", "mardi", ""], ["", "13", "2027-01", "", "mer", ""]]
    found = children.judge(nurseries=_read(lutins), content=_csv(rows))
    assert (found.new, found.changed, found.unchanged, found.is_possible) == (1, 1, 0, True)
    assert PresentChild.objects.get() == known and known.half_days == ["mon_am"]


def test_every_bad_line_is_named_and_nothing_is_loaded(lutins: Nursery) -> None:
    rows = [
        ["Les Lutins", "1", "2026-03", "", "lundi", ""],
        ["Les Lutins", "2", "2026-03", "", "lundi", ""],
        ["Les Lutins", "3", "2026-03", "", "lundi", ""],  # more than authorised
        ["Les Lutins", "2", "2026-03", "", "mardi", ""],  # doubled
        ["Les Lutins", "4", "", "", "", "2027-12"],  # unknown
        ["Les Lutins", "5", "2026-03", "", "vendredi", ""],  # closed in the afternoon
        ["Les Luttins", "6", "2026-03", "", "mardi", ""],  # no such nursery
        ["Les Lutins", "7", "13/2026", "nains", "lundi soir", ""],
        ["Les Lutins", "Odile Fictive", "2026-03", "", "mardi", ""],
        ["Les Lutins", "8", "2026-03", "", "mardi", "2026-01"],
    ]
    # The nursery has a neighbour, so that each line says which.
    neighbour = NurseryFactory.create(facility__name="Le Chat Botté")
    said = _problems(_load(_csv(rows), lutins, neighbour))
    assert [line.split(" : ")[0].split(",")[0] for line in said] == [
        *("ligne 4", "ligne 4", "ligne 5", "ligne 6", "ligne 7", "ligne 8"),
        *("ligne 9", "ligne 9", "ligne 9", "ligne 10", "ligne 11"),
    ]
    assert "avec cet enfant, 3 présents le lundi matin en septembre 2027 pour 2 autorisés." in said[0]
    assert "l’enfant n° 2 est déjà à la ligne 3" in said[2]
    assert "est inconnu ici" in said[3]
    assert "fermé le vendredi après-midi en septembre 2027" in said[4]
    assert "Faut-il lire « Les Lutins »" in said[5]
    assert not PresentChild.objects.exists()


@pytest.mark.parametrize(
    ("born", "said"),
    [
        ("2027-10", "est encore à venir"),
        ("2021-08", "plus de six ans"),  # would be forgotten at night, and its place taken for free
        ("2016-03", "plus de six ans"),
        ("31/02/2027", "n’est pas un mois"),
        ("45/03/2027", "n’est pas un mois"),
        ("2027-03-00", "n’est pas un mois"),
    ],
)
def test_a_birth_that_no_child_there_can_have_is_refused(lutins: Nursery, born: str, said: str) -> None:
    assert said in _problems(_load(_csv([["", "1", born, "", "lundi", ""]]), lutins))[0]


@pytest.mark.parametrize("born", ["2027-09", "2021-09", "28/02/2027", "1.3.2027", "03/2027"])
def test_a_birth_that_a_child_there_may_have_is_taken(lutins: Nursery, born: str) -> None:
    assert _load(_csv([["", "1", born, "", "lundi", ""]]), lutins).is_possible


def test_a_later_month_that_closes_is_named(lutins: Nursery) -> None:
    lutins.openings.update(last_month=date(2028, 1, 1))
    found = _load(_csv([["", "1", "2026-03", "", "lundi matin", ""]]), lutins)
    assert _problems(found) == ["ligne 2, colonne « demi_journees » : fermé le lundi matin en février 2028."]
    assert _load(_csv([["", "1", "2026-03", "", "lundi matin", "2028-01"]]), lutins).is_possible


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_csv([["", "1", "2026-03", "bébés", "lundi", ""]]).decode().encode("cp1252"), "UTF-8"),
        (_csv([["", "1", "2026-03", "", "=A1", ""]]), "écrivez « lundi »"),
        (_csv([]), "aucun enfant"),
        (b"numero;naissance\n" + b"x" * 6_000_000, "dépasse 5 Mo"),
        (b"nom;naissance\nOdile;2026-03\n", "cette colonne manque"),
    ],
)
def test_a_file_that_is_no_such_list_gets_its_sentence(lutins: Nursery, content: bytes, said: str) -> None:
    assert said in " ".join(_problems(_load(content, lutins)))


def test_what_is_taken_away_reads_again_without_a_change(lutins: Nursery) -> None:
    PresentChildFactory.create(nursery=lutins, section=Section.BIG, week_hours="17.5", half_days=["mon_am", "wed_pm"])
    PresentChildFactory.create(nursery=lutins, last_month=date(2027, 11, 1), half_days=["tue_am"], is_guaranteed=True)
    found = children.judge(nurseries=_read(lutins), content=children.export(_read(lutins)))
    assert (found.unchanged, found.new, found.changed, found.problems) == (2, 0, 0, [])


def test_half_days_are_written_as_they_are_read() -> None:
    for days in (list(HALF_DAYS), ["mon_am"], ["tue_pm", "fri_am", "fri_pm"]):
        assert child_cells.half_days_in(child_cells.half_days_out(days)) == days


def test_two_thousand_lines_take_less_than_five_seconds() -> None:
    """Over twenty nurseries, as XLSX: the longest list of the whole territory."""
    operator = NurseryFactory.create().facility.operator
    nurseries = [
        NurseryOpeningFactory.create(
            nursery__facility__operator=operator, authorised=dict.fromkeys(HALF_DAYS, 100)
        ).nursery
        for _number in range(20)
    ]
    rows = [[nurseries[number % 20].facility.name, f"E{number}", "2026-03", "", "tous", ""] for number in range(2_000)]
    content = xlsx([HEADER, *rows])
    started = time.process_time()
    found = _load(content, *nurseries)
    spent = time.process_time() - started
    assert found.problems == [] and PresentChild.objects.count() == 2_000
    assert spent < 5, spent
