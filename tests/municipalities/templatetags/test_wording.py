from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.template import engines
from django.utils import translation

MOMENT = datetime(2024, 11, 26, 7, 40, tzinfo=UTC)


def render(source: str, **context: Any) -> str:
    text = engines["django"].from_string("{% load wording %}" + source).render(context)
    return str(text).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("source", "french", "german"),
    [
        ("{{ m|say_moment }}", "mardi 26 novembre 2024 à 8 h 40", "Dienstag, 26. November 2024 um 8.40 Uhr"),
        ("{{ m|say_soon }}", "mardi 26 novembre 2024 à 8 h 40", "Dienstag, 26. November 2024 um 8.40 Uhr"),
        ("{{ m|say_day }}", "mardi 26 novembre 2024", "Dienstag, 26. November 2024"),
        ("{{ m|say_time }}", "8 h 40", "8.40 Uhr"),
        ("{{ d|say_month }}", "novembre 2024", "November 2024"),
        ("{{ d|say_weekday }}", "mardi", "Dienstag"),
        ("{{ 0|say_weekday }}", "lundi", "Montag"),
        ("{{ t|say_time }}", "0 h", "0 Uhr"),
        ("{{ km|say_distance }}", "4,2 km", "4,2 km"),
        ("{{ phone|say_phone }}", "03 89 32 41 41", "03 89 32 41 41"),
        (
            "{{ m|say_until:end }}",
            "mardi 26 novembre 2024, de 8 h 40 à 9 h",
            "Dienstag, 26. November 2024, von 8.40 Uhr bis 9 Uhr",
        ),
    ],
)
def test_filters_speak_the_language_of_the_page(source: str, french: str, german: str) -> None:
    context = {
        "m": MOMENT,
        "end": MOMENT.replace(hour=8, minute=0),
        "d": date(2024, 11, 26),
        "t": time(0),
        "km": 4.2,
        "phone": "+33389324141",
    }
    assert render(source, **context) == french
    with translation.override("de"):
        assert render(source, **context) == german


@pytest.mark.parametrize(
    "filter_name", ["say_moment", "say_soon", "say_day", "say_time", "say_month", "say_weekday", "say_distance"]
)
def test_nothing_is_said_of_nothing(filter_name: str) -> None:
    assert render("{{ value|" + filter_name + " }}", value=None) == ""
