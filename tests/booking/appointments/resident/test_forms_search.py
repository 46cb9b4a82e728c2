"""Each thing an address bar can hold, and the sentence for what is wrong with it."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from booking.appointments.models import AppointmentType
from booking.appointments.resident.forms.search import SearchForm, clean_query
from municipalities.models import Municipality

CARD = AppointmentType(pk=1, code="carte", name={"fr": "Carte"}, max_people=6)
PAIR = AppointmentType(pk=2, code="duo", name={"fr": "Duo"}, max_people=2)
RIXHEIM = Municipality(pk=1, slug="rixheim", name="Rixheim", insee_code="68278")
BRUNSTATT = Municipality(pk=2, slug="brunstatt-didenheim", name="Brunstatt-Didenheim", insee_code="68056")


def search_form(query: str, preset_home: Municipality | None = None) -> SearchForm:
    form = SearchForm(
        QueryDict(query), types=[CARD, PAIR], municipalities=[RIXHEIM, BRUNSTATT], preset_home=preset_home
    )
    form.is_valid()
    return form


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("type=nope", "type", "« nope » n’est pas une démarche"),
        ("personnes=0", "personnes", "au moins une personne"),
        ("personnes=7", "personnes", "six personnes au plus"),
        ("personnes=-2", "personnes", "n’est pas un nombre"),
        ("personnes=deux", "personnes", "« deux » n’est pas un nombre"),
        ("personnes=99999999999999999999", "personnes", "n’est pas un nombre"),
        ("type=duo&personnes=3", "personnes", "2 personnes au plus"),
        ("commune=atlantide", "commune", "« atlantide » n’est pas une commune"),
        ("du=hier", "du", "« hier » n’est pas une date"),
        ("au=2026-02-31", "au", "n’existe pas"),
        ("au=2001-01-01", "au", "est passé"),
        ("du=2990-01-01", "du", "un an à l’avance"),
        ("au=2990-01-01", "au", "un an à l’avance"),
        ("jour=2990-01-01", "jour", "un an à l’avance"),
        ("jours=xyz", "jours", "n’est pas un jour de la semaine"),
        ("de=matin", "de", "n’est pas une heure"),
        ("de=14:00&a=10:00", "a", "avant l’heure de début"),
    ],
)
def test_bad_parameter_has_its_sentence(query: str, field: str, sentence: str) -> None:
    assert sentence in " ".join(search_form(query).errors[field]).replace("\u00a0", " ")


def test_reversed_dates() -> None:
    today = timezone.localdate()
    form = search_form(f"du={today + timedelta(days=9)}&au={today + timedelta(days=2)}")
    assert "avant la date de début" in form.errors["au"][0]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("du=2001-01-01", "est passé : nous cherchons à partir d’aujourd’hui"),
        ("jour=2001-01-01", "est passé"),
        ("mois=2001-01", "de ce mois-ci à un an"),
        ("mois=2999-01", "de ce mois-ci à un an"),
        ("mois=2026-13", "n’est pas un mois"),
        ("mois=novembre", "« novembre » n’est pas un mois"),
        ("tri=beaute", "« beaute » n’est pas un classement"),
    ],
)
def test_what_an_old_bookmark_holds_is_told_and_does_not_stop_the_search(query: str, sentence: str) -> None:
    form = search_form(query)
    assert not form.errors
    assert sentence in form.notices[0].replace("\u00a0", " ")


@pytest.mark.parametrize("typed", ["rixheim", "Rixheim", "RIXHEIM", "68278"])
def test_home_by_address_name_or_code(typed: str) -> None:
    assert search_form(f"commune={typed}").cleaned_data["commune"] == RIXHEIM


def test_home_is_preset_under_a_municipality_unless_left_blank_on_purpose() -> None:
    assert search_form("type=carte", preset_home=BRUNSTATT).cleaned_data["commune"] == BRUNSTATT
    assert search_form("commune=", preset_home=BRUNSTATT).cleaned_data["commune"] is None


def test_weekdays_repeated_or_listed() -> None:
    assert search_form("jours=lun&jours=mer").weekdays() == {0, 2}
    assert search_form("jours=lun,dim").weekdays() == {0, 6}


def test_query_keeps_only_what_is_ours() -> None:
    query = clean_query(QueryDict("type=carte&utm_source=x&du=&jours=lun&jours=mar&personnes=1&personnes=2&commune="))
    assert query.urlencode() == "type=carte&personnes=2&commune=&jours=lun&jours=mar"


def test_what_no_database_takes_is_left_out() -> None:
    assert clean_query(QueryDict("type=carte&mairie=%00&mairie=rix%00heim")).urlencode() == "type=carte&mairie=rixheim"
