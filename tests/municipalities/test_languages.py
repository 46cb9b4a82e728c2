"""Texts in several languages, also when somebody has written something else in their place."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from municipalities.languages import TranslatedField


@pytest.mark.parametrize("value", ["Bonjour", '{"fr": "Bonjour"}', {"fr": "Bonjour"}])
def test_a_text_is_read(value: Any) -> None:
    assert TranslatedField().to_python(value) == {"fr": "Bonjour"}


@pytest.mark.parametrize("value", ["{", '{"fr"', '{"fr": 1}', '{"fr": {"fr": "x"}}', ["fr"], 3, '{"fr": 1}' * 2])
def test_what_is_none_is_said_and_breaks_nothing(value: Any) -> None:
    with pytest.raises(ValidationError, match="est illisible"):
        TranslatedField().to_python(value)


@pytest.mark.parametrize("value", [None, "", {}])
def test_nothing_is_nothing(value: Any) -> None:
    assert not TranslatedField().to_python(value)
