from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from municipalities.forms.fields import GivenFields
from tests.rights.samples import SAMPLES
from tests.rights.walk import addresses
from tests.rights.world import make_world
from tests.siege.camp import Besieger
from tests.siege.storm import Report, besiege, shoot
from tests.siege.weapons import Shot

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

#: Always the same ones: what is new is looked for by `run.py siege`.
SEED = 20261125


@pytest.mark.slow
def test_nothing_hostile_makes_the_service_fail() -> None:
    report = besiege(inputs=300, seed=SEED, pages=25)
    assert not report.broken, str(report)
    assert len(report.views) > 40


@pytest.mark.parametrize("is_guarded", [True, False])
def test_a_breach_is_seen(settings: Any, is_guarded: bool) -> None:
    """The twin: without the guard one of its weapons breaks the first page, and the report names place and input."""
    if not is_guarded:
        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "readable_requests" not in name]
    report = Report(SEED)
    shot = Shot("GET", "/compte/login/", headers={"HTTP_COOKIE": 'sessionid="\\000abcdefgh"'})
    shoot(Besieger(), "anonymous", shot, report)
    assert report.answers.total() == 1
    if is_guarded:
        assert not report.broken
    else:
        ((place, first),) = report.broken.items()
        assert place.startswith("account_login: ") and "NUL" in place
        assert first.startswith("as anonymous: GET /compte/login/")


def broken_by_an_empty_form() -> list[str]:
    """Agents' pages that fail when a form comes with nothing in it; each press is undone."""
    world = make_world()
    browser = Besieger()
    browser.force_login(world.territory, backend="allauth.account.auth_backends.AuthenticationBackend")
    broken = []
    for name in addresses():
        with transaction.atomic():
            if browser.post(reverse(name, args=SAMPLES[name](world)), {}).status_code >= 500:
                broken.append(name)
            transaction.set_rollback(True)
    return broken


def test_no_staff_page_fails_on_an_empty_form() -> None:
    assert broken_by_an_empty_form() == []


def test_twin_a_field_that_nobody_types_has_no_place_on_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(GivenFields, "_update_errors")
    assert "counter:new_fee" in broken_by_an_empty_form()
