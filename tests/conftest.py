"""What every test stands on: a database in no particular order, no network but loopback, no memory between tests."""

import gc
import random
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pytest
from django.core.cache import cache
from django.db.backends.utils import CursorWrapper
from django.db.models.functions import Random
from django.db.models.sql.compiler import SQLCompiler
from django.utils import translation
from hypothesis import HealthCheck, settings

from config.database import limits
from municipalities.models import Facility, Municipality
from tests.emptying import only_what_holds_rows
from tests.factories.municipalities import FacilityFactory, MunicipalityFactory

# A gate judges what was changed, not the luck of the draw nor the load of the machine: the same examples each time, and
# no clock. Whoever looks for more runs `--hypothesis-profile=search`.
settings.register_profile("gate", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gate")

# A loaded machine is slow; what the web server's connections may wait is asked where it is meant.
limits.process = limits.Kind.COMMAND

only_what_holds_rows()


# What is imported and collected is kept to the end: looking through it again and again takes a third of that time.
gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests or browsers first, those with most of them before all, otherwise as shuffled.

    Files are shared out between two processes: what would begin last, the other one waits for with idle hands.

    Coverage is not counted of slow tests and of properties. They go where others have been, hundreds of times, and
    being watched takes as long again.
    """
    slow = Counter(item.path for item in items if any(map(item.get_closest_marker, ("slow", "browser"))))
    items.sort(key=lambda item: -slow[item.path])
    for item in items:
        if any(map(item.get_closest_marker, ("slow", "hypothesis"))):
            item.add_marker("no_cover")


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


@pytest.fixture(autouse=True)
def unordered_querysets_are_shuffled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQL promises no order unless asked for one; code that relies on an accidental one must fail here, not in June."""
    if request.node.get_closest_marker("keeps_order"):
        return
    as_written = SQLCompiler.get_order_by

    def get_order_by(compiler: SQLCompiler) -> Any:
        order = as_written(compiler)
        query = compiler.query
        if (
            order
            or query.subquery
            or query.distinct
            or query.combinator
            or query.group_by is not None
            or query.explain_info
            or not query.model
            or query.is_empty()
        ):
            return order
        shuffled = Random().asc().resolve_expression(query, allow_joins=True, reuse=None)
        sql, params = compiler.compile(shuffled)
        return [(shuffled, (sql, params, False))]

    monkeypatch.setattr(SQLCompiler, "get_order_by", get_order_by)


@lru_cache(maxsize=4096)
def locks_with_joins(sql: str) -> bool:
    for statement in sql.upper().split(";"):  # the body of a function is several
        locks = re.search(r"\bFOR (NO KEY )?UPDATE\b", statement) and "SKIP LOCKED" not in statement
        if locks and " JOIN " in statement:
            return True
    return False


def refuse_to_lock_with_joins(sql: object) -> None:
    """After a wait PostgreSQL checks the joined rows of before again, and returns nothing where one has changed.

    Lock by key alone and read relations afterwards. What skips locked rows waits for none.
    """
    if locks_with_joins(str(sql)):
        raise AssertionError(f"locks with joins: {sql}")


@pytest.fixture(autouse=True)
def locks_are_by_key_alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every thread and on every connection."""
    if request.node.get_closest_marker("locks_with_joins"):
        return
    as_written = CursorWrapper.execute

    def execute(cursor: CursorWrapper, sql: Any, params: Any = None) -> Any:
        refuse_to_lock_with_joins(sql)
        return as_written(cursor, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", execute)


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """The cache, the active language, the address prefix and what a provider refused belong to one test."""
    from django.urls import set_script_prefix

    from notifications.delivery import relay
    from notifications.delivery.breaker import Breaker

    cache.clear()
    for channel in relay.BREAKERS:
        relay.BREAKERS[channel] = Breaker()
    with translation.override("fr"):
        yield
    set_script_prefix("/")


@pytest.fixture
def seed() -> int:
    """A number for the test's own randomness; shown when the test fails."""
    number = random.randrange(10**6)
    print(f"seed {number}")
    return number


@pytest.fixture
def rixheim(db: None) -> Municipality:
    """An equipped municipality."""
    return MunicipalityFactory.create(name="Rixheim", insee_code="68278", latitude=47.7497, longitude=7.40203)


@pytest.fixture
def riedisheim(db: None) -> Municipality:
    """Its unequipped neighbour, three kilometres away."""
    return MunicipalityFactory.create(name="Riedisheim", insee_code="68271", latitude=47.74847, longitude=7.36716)


@pytest.fixture
def rixheim_town_hall(rixheim: Municipality) -> Facility:
    return FacilityFactory.create(municipality=rixheim, name="Mairie de Rixheim")


@pytest.fixture
def stray_app(settings: Any) -> None:
    """Installs an app that forgot everything, for the twins of the guards."""
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.stray_app"]
