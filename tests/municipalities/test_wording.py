from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from municipalities.wording import (
    of_town,
    say_day,
    say_distance,
    say_duration,
    say_moment,
    say_month,
    say_period,
    say_phone,
    say_soon,
    say_time,
    say_weekday,
)
from municipalities.zone import ZONE

TODAY = date(2026, 11, 20)


def paris(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc, arg-type]


def spaces(text: str) -> str:
    """No-break spaces made plain, so that expectations can be read."""
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fr", "mardi 24 novembre à 8 h 40"),
        ("de", "Dienstag, 24. November um 8.40 Uhr"),
        ("en", "Tuesday 24 November at 8:40 am"),
    ],
)
def test_a_moment_is_said_as_one_says_it(language: str, expected: str) -> None:
    assert spaces(say_moment(paris(2026, 11, 24, 8, 40), language, today=TODAY)) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fr", "vendredi 1er janvier 2027 à 14 h"),
        ("de", "Freitag, 1. Januar 2027 um 14 Uhr"),
        ("en", "Friday 1 January 2027 at 2 pm"),
    ],
)
def test_another_year_is_named_and_full_hours_are_short(language: str, expected: str) -> None:
    assert spaces(say_moment(paris(2027, 1, 1, 14), language, today=TODAY)) == expected


def test_instants_are_told_in_the_time_of_paris() -> None:
    assert spaces(say_moment(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "fr", today=TODAY)) == "jeudi 2 juillet à 0 h 30"
    assert spaces(say_time(datetime(2026, 11, 24, 8, 40), "fr")) == "8 h 40"  # noqa: DTZ001 - a wall clock


@pytest.mark.parametrize(
    ("hour", "minute", "expected"),
    [(0, 0, "12 midnight"), (0, 5, "12:05 am"), (12, 0, "12 noon"), (12, 30, "12:30 pm"), (23, 0, "11 pm")],
)
def test_english_noon_and_midnight_are_not_mistaken(hour: int, minute: int, expected: str) -> None:
    assert spaces(say_time(time(hour, minute), "en")) == expected


def test_hours_and_months_never_break_over_two_lines() -> None:
    assert say_time(time(8, 40), "fr") == "8\u00a0h\u00a040"
    assert say_day(date(2026, 11, 24), "fr", today=TODAY) == "mardi 24\u00a0novembre"


@pytest.mark.parametrize(
    ("language", "summer", "winter"),
    [
        ("fr", "2 h 30 (heure d’été)", "2 h 30 (heure d’hiver)"),
        ("de", "2.30 Uhr (Sommerzeit)", "2.30 Uhr (Winterzeit)"),
        ("en", "2:30 am (summer time)", "2:30 am (winter time)"),
    ],
)
def test_the_october_hour_that_comes_twice_says_which(language: str, summer: str, winter: str) -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert spaces(say_time(first, language)) == summer
    assert spaces(say_time(second, language)) == winter


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 10, 24, 23, 59, tzinfo=UTC),
        datetime(2026, 10, 25, 2, 0, tzinfo=UTC),
        datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    ],
)
def test_no_other_hour_says_so(instant: datetime) -> None:
    assert "(" not in say_time(instant, "fr")


def test_soon_says_today_and_tomorrow() -> None:
    assert spaces(say_soon(paris(2026, 11, 20, 8), "fr", today=TODAY)) == "aujourd’hui à 8 h"
    assert spaces(say_soon(paris(2026, 11, 21, 8, 40), "de", today=TODAY)) == "morgen um 8.40 Uhr"
    assert spaces(say_soon(paris(2026, 11, 22, 8, 40), "en", today=TODAY)) == "Sunday 22 November at 8:40 am"


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (paris(2026, 11, 24, 8, 40), paris(2026, 11, 24, 9), "mardi 24 novembre, de 8 h 40 à 9 h"),
        (paris(2026, 11, 24), paris(2026, 11, 25), "mardi 24 novembre"),
        (paris(2026, 11, 24), paris(2026, 11, 27), "du mardi 24 novembre au jeudi 26 novembre"),
        (
            paris(2026, 11, 24, 8),
            paris(2026, 11, 25, 12),
            "du mardi 24 novembre à 8 h au mercredi 25 novembre à 12 h",
        ),
    ],
)
def test_periods(starts: datetime, ends: datetime, expected: str) -> None:
    assert spaces(say_period(starts, ends, "fr", today=TODAY)) == expected


def test_periods_in_the_other_languages() -> None:
    starts, ends = paris(2026, 11, 24, 8, 40), paris(2026, 11, 24, 9)
    assert spaces(say_period(starts, ends, "de", today=TODAY)) == "Dienstag, 24. November, von 8.40 Uhr bis 9 Uhr"
    assert spaces(say_period(starts, ends, "en", today=TODAY)) == "Tuesday 24 November, 8:40 am to 9 am"
    later = paris(2026, 11, 26)
    assert spaces(say_period(paris(2026, 11, 24), later, "de", today=TODAY)) == (
        "von Dienstag, 24. November bis Mittwoch, 25. November"
    )


@pytest.mark.parametrize(
    ("km", "french", "english"),
    [
        (0.0, "100 m", "100 m"),
        (0.44, "400 m", "400 m"),
        (0.96, "1,0 km", "1.0 km"),
        (4.23, "4,2 km", "4.2 km"),
        (9.97, "10 km", "10 km"),
        (12.4, "12 km", "12 km"),
    ],
)
def test_distances(km: float, french: str, english: str) -> None:
    assert spaces(say_distance(km, "fr")) == french
    assert spaces(say_distance(km, "en")) == english


@pytest.mark.parametrize(
    ("minutes", "french", "german", "english"),
    [
        (45, "45 min", "45 Min.", "45 min"),
        (60, "1 heure", "1 Stunde", "1 hour"),
        (120, "2 heures", "2 Stunden", "2 hours"),
        (140.2, "2 h 20", "2 Std. 20 Min.", "2 hr 20 min"),
        (59.8, "1 heure", "1 Stunde", "1 hour"),
        (65, "1 h 05", "1 Std. 5 Min.", "1 hr 5 min"),
    ],
)
def test_durations_are_said_as_one_says_them(minutes: float, french: str, german: str, english: str) -> None:
    said = [spaces(say_duration(minutes, language)) for language in ("fr", "de", "en")]
    assert said == [french, german, english]


def test_an_unknown_distance_says_nothing() -> None:
    assert say_distance(None, "fr") == ""


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("+33389324141", "03 89 32 41 41"),
        ("03.89.32.41.41", "03 89 32 41 41"),
        ("+4976214150", "+49 7621 4150"),
        ("17", "17"),
        ("le matin", "le matin"),
        ("", ""),
    ],
)
def test_phone_numbers(number: str, said: str) -> None:
    assert spaces(say_phone(number)) == said


def test_month_and_weekday() -> None:
    assert say_month(date(2026, 3, 1), "de") == "März 2026"
    assert say_weekday(0, "fr") == "lundi"
    assert say_weekday(date(2026, 11, 24), "en") == "Tuesday"


def test_the_active_language_is_used_and_unknown_ones_are_french() -> None:
    with translation.override("de"):
        assert say_weekday(1) == "Dienstag"
    with translation.override(None):
        assert say_weekday(1) == "mardi"
    assert say_weekday(1, "it") == "mardi"
    assert say_weekday(1, "en-gb") == "Tuesday"


@given(
    st.integers(0, 15 * 366 * 24 * 60).map(
        lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    st.sampled_from(["fr", "de", "en"]),
)
def test_two_moments_of_one_minute_grid_are_never_said_alike(moment: datetime, language: str) -> None:
    """What one says names one minute only: also around both clock changes."""
    other = moment + timedelta(hours=1)
    assert say_moment(moment, language, today=TODAY) != say_moment(other, language, today=TODAY)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Rixheim", "de Rixheim"),
        ("Illzach", "d’Illzach"),
        ("Éteimbes", "d’Éteimbes"),
        ("Œting", "d’Œting"),
        ("Habsheim", "de Habsheim"),
        ("Le Bonhomme", "du Bonhomme"),
        ("Les Ulis", "des Ulis"),
        ("La Rochelle", "de La Rochelle"),
        ("", "de "),
    ],
)
def test_a_town_takes_its_preposition(name: str, expected: str) -> None:
    assert of_town(name, "fr") == expected


def test_a_town_takes_its_preposition_in_every_language() -> None:
    assert (of_town("Illzach", "de"), of_town("Illzach", "en")) == ("von Illzach", "of Illzach")
    with translation.override("fr"):
        assert of_town("Ungersheim") == "d’Ungersheim"


def test_words_with_hyphens_are_kept_whole_in_headings() -> None:
    page = Template('{% load i18n wording %}{% translate "Mon rendez-vous"|unbroken %}, {{ name|unbroken }}')
    said = page.render(Context({"name": "<b>Steinbrunn-le-Bas</b>"}))
    assert '<span class="gc-nowrap">rendez-vous</span>, ' in said
    assert '&lt;b&gt;<span class="gc-nowrap">Steinbrunn-le-Bas</span>&lt;/b&gt;' in said
