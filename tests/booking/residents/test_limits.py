"""Limits by browser first, by address second; the same while Redis is away."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import RequestFactory
from redis import Redis

from booking.residents.limits import Limit, TooManyRequests, check
from config.cache import outage
from tests.booking.appointments.walks import FOR_EVER
from tests.simulators.service import Service

SMALL = Limit("essai", per_browser=2, per_address=5, seconds=FOR_EVER)


def ask(browser: str | None, address: str = "192.0.2.1") -> None:
    check(SMALL, RequestFactory().get("/", REMOTE_ADDR=address), browser)


def test_one_browser_is_stopped_and_its_neighbours_on_the_same_wifi_are_not() -> None:
    ask("a")
    ask("a")
    with pytest.raises(TooManyRequests) as refused:
        ask("a")
    assert 0 < refused.value.retry_after <= FOR_EVER + 1
    ask("b")


def test_the_address_is_stopped_later() -> None:
    for browser in "abcde":
        ask(browser)
    with pytest.raises(TooManyRequests):
        ask("f")
    ask("f", "192.0.2.2")


def test_without_a_token_the_address_alone_counts() -> None:
    for _n in range(5):
        ask(None)
    with pytest.raises(TooManyRequests):
        ask(None)


def test_settings_win(settings: Any) -> None:
    settings.RATE_LIMITS = {"essai": (1, 1, FOR_EVER)}
    ask("a")
    with pytest.raises(TooManyRequests):
        ask("a")


def test_no_address_is_kept_in_the_clear() -> None:
    ask("a")
    stored = " ".join(getattr(cache, "_cache", {}))
    assert "essai" in stored
    assert "192.0.2.1" not in stored


@pytest.fixture
def redis_is_away(settings: Any) -> Iterator[None]:
    settings.CACHES = {"default": {"BACKEND": "config.cache.RedisOrMemory", "LOCATION": "unix:///nowhere/at/all.sock"}}
    cache.clear()
    yield
    outage.forget()


@pytest.mark.usefixtures("redis_is_away")
def test_a_browser_is_stopped_while_redis_is_away_too() -> None:
    ask("a")
    ask("a")
    with pytest.raises(TooManyRequests):
        ask("a")
    ask("b")


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with Service(tmp_path_factory.mktemp("valkey"), {}) as service:
        service.start("valkey")
        yield f"unix://{service.socket}?db=0"


@pytest.fixture
def redis(settings: Any, valkey: str) -> Any:
    """The cache as it runs for people, empty."""
    settings.CACHES = {"default": {"BACKEND": "config.cache.RedisOrMemory", "LOCATION": valkey}}
    cache.clear()
    with Redis.from_url(valkey, decode_responses=True) as client:
        yield client
    cache.close()


@pytest.mark.usefixtures("redis")
def test_redis_stops_the_browser_first_and_charges_its_address_nothing_for_that() -> None:
    ask("a")
    ask("a")
    for _n in range(9):
        with pytest.raises(TooManyRequests):
            ask("a")
    for browser in "bcd":
        ask(browser)
    with pytest.raises(TooManyRequests):
        ask("e")
    ask("e", "192.0.2.2")


def test_redis_forgets_a_count_after_its_window_and_a_later_count_does_not_prolong_it(redis: Any) -> None:
    ask("a")
    keys = list(redis.scan_iter())
    assert len(keys) == 2
    for key in keys:
        assert SMALL.seconds < redis.ttl(key) <= SMALL.seconds + 5
        redis.expire(key, 7)
    ask("a")
    assert {redis.ttl(key) for key in keys} <= {6, 7}
