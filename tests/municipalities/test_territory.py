import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config.demo import DATA
from municipalities.models import Municipality
from municipalities.territory import load_territory, read_territory
from tests.factories import MunicipalityFactory

HEADER = "insee,nom,codes_postaux,lat,lon\n"
COLMAR = "68066,Colmar,68000,48.08,7.36\n"


def plain(text: str) -> str:
    """No-break spaces made plain, so that expectations can be read."""
    return text.replace("\u00a0", " ")


def problems(text: str | bytes) -> list[str]:
    content = text.encode() if isinstance(text, str) else text
    return [plain(str(problem)) for problem in read_territory(content).problems]


def test_the_shipped_file_is_loadable_as_it_is():
    reading = read_territory((DATA / "m2a_communes.csv").read_bytes())
    assert reading.problems == []
    assert len(reading.rows) == 39
    mulhouse = next(row for row in reading.rows if row["insee_code"] == "68224")
    assert mulhouse["postal_codes"] == ["68100", "68200"]
    assert mulhouse["population"] == 104978
    assert [plain(remark) for remark in reading.remarks] == [
        "Colonnes ignorées : population_totale_epci, geonameid, coord_note."
    ]


def test_semicolons_byte_order_mark_decimal_commas_and_blank_lines_are_understood():
    text = "\ufeffnom;insee;lat;lon;codes_postaux;vendredi_saint\r\nColmar;68066;48,08;7,36;68000;non\r\n;;;;;\r\n"
    reading = read_territory(text.encode())
    assert reading.problems == []
    (row,) = reading.rows
    assert (row["latitude"], row["longitude"], row["good_friday_is_holiday"]) == (48.08, 7.36, False)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("6806,Colmar,68000,48.08,7.36", "ligne 2, colonne « insee » : « 6806 » a quatre chiffres"),
        ("68O66,Colmar,68000,48.08,7.36", "colonne « insee » : « 68O66 » n’est pas un code INSEE"),
        ("68066,,68000,48.08,7.36", "colonne « nom » : le nom manque"),
        ("68066,Col\x07mar,68000,48.08,7.36", "colonne « nom » : ce nom est trop long ou contient"),
        ("68066,Colmar,680O0,48.08,7.36", "colonne « codes_postaux » : « 680O0 » n’est pas une liste"),
        ("68066,Colmar,6800,48.08,7.36", "colonne « codes_postaux » : « 6800 » a quatre chiffres"),
        ("6.8066E+04,Colmar,68000,48.08,7.36", "colonne « insee » : « 6.8066E+04 » a été arrondi"),
        (
            "68066,Colmar,68000,148.08,7.36",
            "colonne « lat » : « 148.08 » n’est pas un nombre de degrés entre -90 et 90",
        ),
        ("68066,Colmar,68000,48.08,est", "colonne « lon » : « est » n’est pas un nombre de degrés"),
        ("68066,Colmar,68000,48.08,nan", "colonne « lon »"),
        ("68066,Colmar", "ligne 2 : 2 valeurs au lieu d’au moins 5"),
    ],
)
def test_every_bad_value_is_told_with_its_line_and_column(line, said):
    (problem,) = problems(HEADER + line + "\n")
    assert said in problem


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("siren", "12", "n’est pas un SIREN"),
        ("population", "beaucoup", "n’est pas un nombre d’habitants"),
        ("adresse", "Colmar !", "ne peut pas être une adresse"),
        ("telephone", "appeler Jean", "n’est pas un numéro de téléphone"),
        ("courriel", "mairie", "n’est pas une adresse de courriel"),
        ("site", "javascript:alert(1)", "n’est pas l’adresse d’un site"),
        ("vendredi_saint", "peut-être", "attendu « oui » ou « non »"),
    ],
)
def test_optional_columns_are_judged_too(column, value, said):
    (problem,) = problems(f"{HEADER.strip()},{column}\n{COLMAR.strip()},{value}\n")
    assert f"colonne « {column} »" in problem
    assert said in problem


def test_all_bad_lines_are_told_at_once():
    assert len(problems(HEADER + "x,,x,x,x\n" + COLMAR + "6806,A,68000,1,1\n")) == 6


def test_duplicates_name_the_first_line():
    assert problems(HEADER + COLMAR + COLMAR) == ["ligne 3, colonne « insee » : « 68066 » est déjà à la ligne 2."]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Le fichier est vide."),
        (b"  \n\n", "Le fichier est vide."),
        (HEADER.encode(), "Le fichier ne contient aucune commune."),
        ((HEADER + "68064,Chalampé,68490,47.8,7.5\n").encode("latin-1"), "ligne 2 : le texte n’est pas en UTF-8"),
        (b"insee\n68066\n", "ligne 1 : aucun séparateur trouvé"),
        (b"PK\x03\x04\0\0,\0", "Ce fichier n’est pas un tableau lisible"),
        (b"\0\0,\0", "Ce n’est pas un fichier texte."),
        (b"x" * 20_000_001, "Le fichier dépasse 20 Mo"),
        ((HEADER + '68066,"Colmar,68000,1,1\n').encode(), "guillemets ou séparateurs mal formés"),
        (b"insee,insee,nom,codes_postaux,lat,lon\n", "colonne « insee » : cette colonne est là deux fois."),
    ],
)
def test_a_file_of_the_wrong_kind_is_told(content, said):
    assert said in problems(content)[0]


def test_a_wrong_column_is_told_with_the_likely_one():
    (problem,) = problems("insee,nom,code_postal,lat,lon\n" + COLMAR)
    assert problem == ("ligne 1, colonne « codes_postaux » : cette colonne manque. Faut-il lire « code_postal » ?")


@pytest.mark.django_db
def test_dry_run_changes_nothing_and_apply_loads_all():
    reading = read_territory((DATA / "m2a_communes.csv").read_bytes())
    assert len(load_territory(reading, apply=False).created) == 39
    assert not Municipality.objects.exists()
    assert len(load_territory(reading, apply=True).created) == 39
    assert len(load_territory(reading, apply=True).unchanged) == 39
    assert Municipality.objects.get(insee_code="68056").slug == "brunstatt-didenheim"


@pytest.mark.django_db
def test_a_known_municipality_keeps_its_identity_and_an_absent_one_is_named():
    known = MunicipalityFactory(insee_code="68066", name="Vieux Colmar", slug="colmar", colour="#aa0000")
    MunicipalityFactory(name="Ailleurs")
    outcome = load_territory(read_territory((HEADER + COLMAR).encode()), apply=True)
    known.refresh_from_db()
    assert (known.name, known.colour, known.slug) == ("Colmar", "#aa0000", "colmar")
    assert (outcome.changed, outcome.absent) == (["Colmar"], ["Ailleurs"])


@pytest.mark.django_db
def test_two_towns_of_one_name_get_two_addresses():
    text = HEADER + COLMAR + "67001,Colmar,67000,48.1,7.4\n"
    load_territory(read_territory(text.encode()), apply=True)
    assert sorted(Municipality.objects.values_list("slug", flat=True)) == ["colmar", "colmar-67001"]


@pytest.mark.django_db
def test_an_address_taken_by_another_town_is_not_stolen():
    MunicipalityFactory(insee_code="67001", slug="colmar")
    known = MunicipalityFactory(insee_code="68066", slug="colmar-ville", name="Colmar")
    load_territory(
        read_territory(b"insee,nom,codes_postaux,lat,lon,adresse\n68066,Colmar,68000,48.08,7.36,colmar\n"), apply=True
    )
    known.refresh_from_db()
    assert known.slug == "colmar-ville"


def test_a_reading_with_problems_is_never_loaded():
    with pytest.raises(ValueError, match="problems"):
        load_territory(read_territory(b""), apply=True)


@pytest.mark.django_db
class TestCommand:
    def run(self, path: Path, **options) -> str:
        out = io.StringIO()
        call_command("import_territory", path, stdout=out, stderr=out, **options)
        return plain(out.getvalue())

    def test_dry_first_then_apply(self, tmp_path):
        file = tmp_path / "communes.csv"
        file.write_text(HEADER + COLMAR)
        assert "Nouvelles (1) : Colmar" in (said := self.run(file))
        assert "Rien n’a été changé" in said
        assert not Municipality.objects.exists()
        assert "C’est fait." in self.run(file, apply=True)
        assert Municipality.objects.get().name == "Colmar"

    def test_one_bad_line_and_nothing_is_loaded(self, tmp_path):
        file = tmp_path / "communes.csv"
        file.write_text(HEADER + COLMAR + "x,Autre,68000,1,1\n")
        with pytest.raises(CommandError, match=r"1 problème\s: rien n’a été chargé"):
            self.run(file, apply=True)
        assert not Municipality.objects.exists()

    def test_a_missing_file_is_told(self, tmp_path):
        with pytest.raises(CommandError, match="Impossible de lire"):
            self.run(tmp_path / "nulle-part.csv")


SIREN_PHONE = "insee,nom,codes_postaux,lat,lon,siren,telephone,population\n68066,Colmar,68000,48.08,7.36,"


@pytest.mark.parametrize("cell", ["389206768", "389206768.0", "3 89 20 67 68", "’389206768"])
def test_a_telephone_whose_zero_the_spreadsheet_took_is_mended_and_said(cell: str):
    reading = read_territory(f"{SIREN_PHONE},{cell},\n".encode())
    assert not reading.problems
    assert [row["phone"] for row in reading.rows] == ["0389206768"]
    (remark,) = reading.remarks
    said = remark.replace("\u00a0", " ")
    assert said == f"ligne 2, colonne « telephone » : « {cell} » est lu 0389206768 : le tableur avait ôté le zéro."


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("2.00066E+08,,", "« 2.00066E+08 » a été arrondi par le tableur"),
        ('"2,00066E+08",,', "« 2,00066E+08 » a été arrondi par le tableur"),
        (",3.33892E+10,", "« 3.33892E+10 » a été arrondi"),
        (",,1.1E+05", "« 1.1E+05 » a été arrondi"),
        ("２０００６６００９,,", "n’est pas un SIREN"),
        (",０３８９２０６７６８,", "n’est pas un numéro de téléphone"),
    ],
)
def test_what_a_spreadsheet_has_rounded_or_cut_is_told(cells: str, said: str):
    (problem,) = problems(SIREN_PHONE + cells + "\n")
    assert said in problem


def test_what_a_spreadsheet_only_writes_its_own_way_is_read():
    reading = read_territory((SIREN_PHONE + '\'200 066 009,03 89 20 67 68,"68 703,0"\n').encode())
    assert reading.problems == []
    assert reading.rows[0]["siren"] == "200066009" and reading.rows[0]["population"] == 68703
    (row,) = read_territory(b"insee,nom,codes_postaux,lat,lon\n68066.0,Colmar,68000.0,48.08,7.36\n").rows
    assert (row["insee_code"], row["postal_codes"]) == ("68066", ["68000"])


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        (("68297", "Saint-\u200bLouis", "68300", "03\u00a089\u202f69 52 00"),
         ("68297", "Saint-Louis", "03 89 69 52 00")),
        (("\ufeff68168", "Le\u00a0Haut Soultzbach", "68780\u200e", "33389825500"),
         ("68168", "Le Haut Soultzbach", "+33389825500")),
        (("68\u00ad269", "Rie\u0301disheim", "68400", "+33 3 89 44 00 50\u2060"),
         ("68269", "Ri\u00e9disheim", "+33 3 89 44 00 50")),
    ],
)  # fmt: skip
def test_what_nobody_sees_comes_off_every_cell(cells: tuple[str, ...], kept: tuple[str, ...]):
    header = "\u200binsee;nom\u00a0;codes_postaux;telephone;lat;lon\n"
    reading = read_territory((header + ";".join([*cells, "47,7", "7,3"]) + "\n").encode())
    assert reading.problems == []
    (row,) = reading.rows
    assert (row["insee_code"], row["name"], row["phone"]) == kept


TOWNS = ["68066,Colmar,68000,48.08,7.36", "68278,Rixheim,68170,47.75,7.40", "68271,Riedisheim,68400,47.75,7.37"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("68224,Mulhouse,68100,7.34,47.75", "ligne 5, colonne « lat » : latitude et longitude semblent échangées"),
        ("68224,Mulhouse,68100,43.30,5.37", "ligne 5, colonne « lat » : cette commune serait loin des autres"),
        ("68224,Mulhouse,68100,0,0", "ligne 5, colonne « lat » : cette commune serait loin des autres"),
    ],
)
def test_a_town_outside_of_the_others_box_is_told(line: str, said: str):
    (problem,) = problems(HEADER + "\n".join([*TOWNS, line]))
    assert problem.startswith(said)


def test_a_file_whose_columns_are_exchanged_is_told_line_by_line():
    told = problems(HEADER.replace("lat,lon", "lon,lat") + "\n".join(TOWNS))
    assert len(told) == 3 and all("échangées" in one for one in told)


def test_overseas_lies_elsewhere():
    text = HEADER + "97411,Saint-Denis,97400,-20.88,55.45\n97415,Saint-Paul,97460,-21.01,55.27\n"
    assert problems(text) == []
    (problem,) = problems(text + "97416,Saint-Pierre,97410,55.48,-21.34\n")
    assert "échangées" in problem


@pytest.mark.parametrize("before", ["sep=;\n", "\n\n", "\ufeffsep=;\r\n\r\n", ";;;;\n", '"sep=;"\n', "\n;;\nSEP=;\n"])
def test_what_stands_before_the_header_is_passed_over_and_lines_keep_their_numbers(before: str):
    text = before + "insee;nom;codes_postaux;lat;lon\n68066;Colmar;68000;48,08;7,36\n68O66;Colmar;68000;48,08;7,36\n"
    reading = read_territory(text.encode())
    assert [row["name"] for row in reading.rows] == ["Colmar"]
    assert [problem.line for problem in reading.problems] == [before.count("\n") + 3]
