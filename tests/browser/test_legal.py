"""The pages that the law asks for, on a phone and wide, in three languages: nothing overflows, axe finds nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from municipalities.models import Municipality
from tests.browser.conftest import PHONE, WIDE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = ("mentions-legales/", "donnees-personnelles/", "accessibilite/", "plan-du-site/", "creches/regles/")


@pytest.mark.parametrize("view", [PHONE, WIDE], ids=["phone", "wide"])
@pytest.mark.parametrize("language", ["", "de/", "en/"])
def test_they_can_be_read(view: Any, language: str, visit: Callable[..., Visitor], rixheim: Municipality) -> None:
    visitor = visit(view)
    for path in PAGES:
        visitor.open(f"/{language}{path}")
    visitor.open(f"/communes/rixheim/{language}")
