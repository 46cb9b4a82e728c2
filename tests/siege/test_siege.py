from typing import Any

import pytest

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
