from collections.abc import Iterator

import pytest

from notifications.sms import MemoryBackend
from tests.notifications.kinds import hello_kind


@pytest.fixture(autouse=True)
def test_kinds() -> Iterator[None]:
    MemoryBackend.outbox.clear()
    with hello_kind():
        yield
