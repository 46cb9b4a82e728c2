"""Ages in people's words."""

import pytest
from django.utils import translation

from booking.activities.seasons.ages import AgeField, say_ages


@pytest.mark.parametrize(
    ("months_from", "months_below", "language", "said"),
    [
        (72, 156, "fr", "de 6 à 12 ans"),
        (18, 37, "fr", "de 18 à 36 mois"),
        (18, 72, "fr", "de 18 mois à 5 ans"),
        (36, 41, "fr", "de 3 ans à 40 mois"),
        (48, 60, "fr", "4 ans"),
        (0, 36, "fr", "jusqu’à 2 ans"),
        (192, None, "fr", "dès 16 ans"),
        (0, None, "fr", ""),
        (48, 72, "de", "4 bis 5 Jahre"),
        (48, 72, "en", "4 to 5 years"),
    ],
)
def test_the_unit_is_said_once(months_from: int, months_below: int | None, language: str, said: str) -> None:
    with translation.override(language):
        assert say_ages(months_from, months_below).replace("\xa0", " ") == said


@pytest.mark.parametrize("months_below", [12, 13, 24, 25, 36, 37, 72, 156])
def test_an_age_is_read_as_it_is_shown(months_below: int) -> None:
    """A form that is opened and saved changes no group's age."""
    field = AgeField(last=True)
    assert field.to_python(field.prepare_value(months_below)) == months_below
