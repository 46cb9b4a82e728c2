"""Groups of a season as a file: out and in again without a change, every bad line named, all of it or nothing."""

import csv
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from booking.activities.models import Activity, Basin, Group, LaneUse, Season, Session
from booking.activities.seasons import importing
from booking.activities.seasons.group_columns import COLUMNS
from booking.activities.seasons.groups import save_group
from municipalities.enums import FacilityKind
from municipalities.languages import Translated
from municipalities.models import StaffMember
from municipalities.zone import ZONE
from tests import people
from tests.factories import (
    ActivityFactory,
    BasinFactory,
    FacilityFactory,
    GroupFactory,
    LaneFactory,
    OperatorFactory,
    PoolFactory,
    SeasonFactory,
)
from tests.rights.walk import signed_in
from tests.sheets import ods, xlsx

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_the_end_of_summer() -> Any:
    with time_machine.travel(datetime(2026, 8, 31, 12, tzinfo=ZONE)):
        yield


@pytest.fixture
def activity() -> Activity:
    """With two groups in the two lanes of one pool: a Wednesday at two, and at three."""
    operator = OperatorFactory.create(name="Agglomération des Tests")
    facility = FacilityFactory.create(kind=FacilityKind.POOL, operator=operator, name="Piscine d’essai")
    basin = BasinFactory.create(pool=PoolFactory.create(facility=facility, most_heads=40), name="Bassin")
    lanes = [LaneFactory.create(basin=basin, name=f"Ligne {number}") for number in (1, 2)]
    season = SeasonFactory.create(operator=operator, first_day=date(2026, 9, 1), last_day=date(2026, 12, 18))
    found = ActivityFactory.create(season=season, code="ecole")
    for code, hour in (("g1", 14), ("g2", 15)):
        group = GroupFactory.build(activity=found, basin=basin, code=code, starts=time(hour), ends=time(hour, 45))
        group.first_day, group.last_day = season.first_day, season.last_day
        group.level_from, group.level_to, group.allows_trial = 1, 3, True
        save_group(group=group, lanes=lanes, by=None)
    return found


@pytest.fixture
def season(activity: Activity) -> Season:
    return activity.season


@pytest.fixture
def manager(season: Season) -> StaffMember:
    return people.manager_of_operator(season.operator)


def exported(season: Season) -> str:
    return importing.export_groups(season).decode("utf-8-sig")


def judged(season: Season, manager: StaffMember, text: str | bytes) -> importing.Import:
    content = text.encode() if isinstance(text, str) else text
    return importing.judge(season=season, content=content, by=manager)


def said(found: importing.Import) -> list[str]:
    return [str(problem).replace("\xa0", " ") for problem in found.problems]


def everything() -> tuple[Any, ...]:
    return (
        list(Group.objects.order_by("pk").values()),
        list(Session.objects.order_by("pk").values()),
        list(LaneUse.objects.order_by("pk").values()),
    )


def test_what_is_written_is_read_again_and_changes_nothing(season: Season, manager: StaffMember) -> None:
    before = everything()
    found = importing.load(season=season, content=importing.export_groups(season), by=manager)
    assert (found.unchanged, found.changes, found.absent, found.problems, found.remarks) == (2, [], [], [], [])
    assert everything() == before
    assert exported(season).splitlines()[1] == (
        "ecole;g1;Piscine d’essai;Bassin;Ligne 1 + Ligne 2;mercredi;14:00;14:45;01/09/2026;18/12/2026;non;;10;"
        "découverte;intermédiaire;6 ans;12 ans;premiere seance;ecole;saison;oui;24;avoir"
    )


def test_groups_are_made_and_changed_together_and_two_swap_their_hours(season: Season, manager: StaffMember) -> None:
    text = exported(season).replace("15:00;15:45", "X").replace("14:00;14:45", "15:00;15:45").replace("X", "14h;14:45")
    text += "ecole;g3;piscine d’essai;bassin;ligne 2;Jeudi;9:30;10:15;1.9.2026;18/12/2026;;;8;;;;;;ecole;;;;\r\n"
    found = judged(season, manager, text)
    assert not found.problems and Group.objects.count() == 2
    assert [(one.line, one.columns) for one in found.changed] == [(2, ["debut", "fin"]), (3, ["debut", "fin"])]
    assert (len(found.created), found.gone_sessions) == (1, 0) and found.new_sessions > 10
    importing.load(season=season, content=text.encode(), by=manager)
    hours = dict(Group.objects.values_list("code", "starts"))
    assert hours == {"g1": time(15), "g2": time(14), "g3": time(9, 30)}
    for session in Session.objects.all():
        uses = LaneUse.objects.filter(event=session.pk)
        assert {use.period.lower for use in uses} == {session.starts_at}
    made = Group.objects.get(code="g3")
    assert (made.months_from, made.months_below, made.age_day, made.absence_hours) == (0, None, "first_session", 24)
    assert importing.load(season=season, content=importing.export_groups(season), by=manager).unchanged == 3


def test_every_bad_line_is_named_and_nothing_is_written(season: Season, manager: StaffMember) -> None:
    before = everything()
    lines = exported(season).splitlines()
    good = lines[2].split(";")
    columns = list(COLUMNS)

    def changed(**cells: str) -> str:
        return ";".join(cells.get(column, cell) for column, cell in zip(columns, good, strict=True))

    bad = [
        lines[0],
        lines[1],
        changed(activite="ecol"),
        changed(groupe="g3", jour="mercredy"),
        changed(groupe="g4", lignes="Ligne 1 + Ligne 3"),
        changed(groupe="g5", debut="25:00", places="0"),
        changed(groupe="g6", age_min="vieux", niveau_min="champion"),
        changed(groupe="g7", premier_jour="01/07/2026"),
        changed(groupe="g1"),
        changed(groupe="<script>"),
        "ecole;g9;Piscine",
    ]
    found = importing.load(season=season, content="\r\n".join(bad).encode(), by=manager)
    assert everything() == before
    told = said(found)
    expected = [
        "ligne 3, colonne « activite » : « ecol » n’est pas connu ici. Faut-il lire « ecole » ?",
        "ligne 4, colonne « jour » : « mercredy » : attendu lundi, mardi",
        "ligne 5, colonne « lignes » : « Ligne 3 » n’est pas connu ici.",
        "ligne 6, colonne « debut » : « 25:00 » n’est pas une heure.",
        "ligne 6, colonne « places »",
        "ligne 7, colonne « niveau_min » : « champion » : attendu découverte",
        "ligne 7, colonne « age_min » : « vieux » n’est pas un âge",
        "ligne 8 : Les dates du groupe doivent rester dans celles de la saison.",
        "ligne 9, colonne « groupe » : « ecole g1 » est déjà à la ligne 2.",
        "ligne 10, colonne « groupe »",
        "ligne 11 : 3 valeurs au lieu d’au moins 23.",
    ]
    assert len(told) == len(expected)
    for sentence in expected:
        assert any(one.startswith(sentence) for one in told), (sentence, told)


def test_lines_that_want_the_same_water_are_named(season: Season, manager: StaffMember) -> None:
    before = everything()
    text = exported(season).replace(";15:00;15:45;", ";14:15;15:00;")
    (told,) = said(importing.load(season=season, content=text.encode(), by=manager))
    assert told.startswith("ligne 3, colonne « lignes » : Rien n’est enregistré, des lignes sont déjà prises")
    text = exported(season).replace(";10;", ";41;")
    assert [one.split(" : ")[0] for one in said(judged(season, manager, text))] == [
        "ligne 2, colonne « places »",
        "ligne 3, colonne « places »",
    ]
    assert everything() == before


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "Le fichier est vide."),
        ("activite;groupe\r\n", "ligne 1, colonne « piscine » : cette colonne manque."),
        ("activite\r\n", "ligne 1 : aucun séparateur trouvé"),
        ("é".encode("latin-1") + b";groupe", "ligne 1 : le texte n’est pas en UTF-8."),
        (b"PK\x03\x04\x00\x00;", "Ce fichier n’est pas un tableau lisible"),
        (b"activite;\x00", "Ce n’est pas un fichier texte."),
        (b"a" * 1_000_001, "Le fichier dépasse 1 Mo"),
        (";".join(COLUMNS), "Le fichier ne contient aucun groupe."),
        (";".join(COLUMNS).replace("groupe", "group"), "Faut-il lire « group » ?"),
    ],
)
def test_a_file_that_is_none_is_said(season: Season, manager: StaffMember, content: str | bytes, sentence: str) -> None:
    assert sentence in " ".join(said(judged(season, manager, content)))


def test_the_word_of_excel_blank_lines_and_further_columns_are_understood(season: Season, manager: StaffMember) -> None:
    lines = exported(season).splitlines()
    lines[2] = lines[2].replace(";10;", ";11;") + ";"
    text = "\r\n".join(["sep=;", ";;;", f"{lines[0]};remarque", f"{lines[1]};vu", "", lines[2]])
    found = judged(season, manager, text)
    assert not found.problems and found.unchanged == 1
    assert [(one.line, one.columns) for one in found.changed] == [(6, ["places"])]
    assert [one.replace("\xa0", " ") for one in found.remarks] == ["Colonnes ignorées : remarque."]


def test_the_page_shows_first_and_loads_what_it_has_shown(season: Season, manager: StaffMember) -> None:
    client = signed_in(manager)
    address = reverse("seasons:import_groups", args=[season.pk])
    taken = client.get(reverse("seasons:export_groups", args=[season.pk]))
    assert taken["Content-Disposition"].startswith("attachment; filename=")
    text = taken.content.decode("utf-8-sig").replace(";10;", ";12;")
    file = SimpleUploadedFile("groupes.csv", text.encode())
    page = client.post(address, {"file": file, "voir": "1"}).content.decode().replace("\xa0", " ")
    assert "2 groupes modifiés" in page and 'name="importer"' in page
    assert set(Group.objects.values_list("capacity", flat=True)) == {10}
    assert client.post(address, {"texte": text, "importer": "1"}).status_code == 302
    assert set(Group.objects.values_list("capacity", flat=True)) == {12}
    again = client.post(address, {"texte": text, "importer": "1"}).content.decode()
    assert "Ce fichier ne change rien." in again
    assert "Choisissez un fichier." in client.post(address, {"voir": "1"}).content.decode()


@pytest.mark.parametrize("write", [xlsx, ods])
def test_a_spreadsheet_is_shown_and_what_was_shown_is_loaded(
    season: Season, manager: StaffMember, write: Callable[[list[list[str]]], bytes]
) -> None:
    """The button carries the list as text: of the file itself it once carried what was left of its bytes."""
    client = signed_in(manager)
    address = reverse("seasons:import_groups", args=[season.pk])
    rows = list(csv.reader(exported(season).replace(";10;", ";12;").splitlines(), delimiter=";"))
    file = SimpleUploadedFile(f"groupes.{write.__name__}", write(rows))
    page = client.post(address, {"file": file, "voir": "1"})
    assert "2 groupes modifiés" in page.content.decode().replace("\xa0", " ")
    assert client.post(address, {"texte": page.context["text"], "importer": "1"}).status_code == 302
    assert set(Group.objects.values_list("capacity", flat=True)) == {12}


def test_a_basin_is_known_by_its_name_in_any_language_and_exported_in_french(
    season: Season, manager: StaffMember
) -> None:
    Basin.objects.update(name=Translated(fr="Bassin", de="Becken"))
    with translation.override("de"):
        text = exported(season)
        assert ";Bassin;" in text
        found = judged(season, manager, text.replace(";Bassin;", ";Becken;"))
    assert not found.problems and found.unchanged == 2
