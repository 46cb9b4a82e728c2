from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from booking.residents.actions import exchange, link_expiry, mint_link, mint_links, revoke_links
from booking.residents.exceptions import LinkExpired, LinkRefused, LinkRevoked, LinkUnknown
from booking.residents.models import AccessLink

pytestmark = pytest.mark.django_db


def minted(**fields: Any) -> str:
    return mint_link(
        **(
            {"subject_type": "appointment", "subject_id": uuid4(), "expires_at": timezone.now() + timedelta(days=1)}
            | fields
        )
    )


def test_token_opens_its_subject_again_and_again() -> None:
    subject = uuid4()
    token = minted(subject_id=subject)
    for _ in range(3):
        assert exchange(token=token).subject_id == subject


def test_token_is_long_random_and_stored_only_as_its_hash() -> None:
    tokens = {minted() for _ in range(50)}
    assert len(tokens) == 50
    assert all(len(token) == 32 for token in tokens)
    stored = [bytes(value) for value in AccessLink.objects.values_list("token_hash", flat=True)]
    assert not any(token.encode() in value for token in tokens for value in stored)
    assert {len(value) for value in stored} == {32}


def test_many_links_are_one_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        tokens = mint_links([("appointment", uuid4(), timezone.now()) for _ in range(3)])
    assert len(set(tokens)) == 3
    with django_assert_num_queries(0):
        assert mint_links([]) == []


@pytest.mark.parametrize(
    "token", ["", "x", "é" * 32, "a" * 31, "a" * 33, "a" * 32, "a" * 31 + "\n", "' OR 1=1 --" + "a" * 21]
)
def test_tampered_token_is_unknown(token: str) -> None:
    minted()
    with pytest.raises(LinkUnknown):
        exchange(token=token)


def test_each_refusal_is_a_sentence() -> None:
    expired = minted(expires_at=timezone.now() - timedelta(seconds=1))
    subject = uuid4()
    revoked = minted(subject_id=subject)
    assert revoke_links(subject_id=subject) == 1
    assert revoke_links(subject_id=subject) == 0
    for token, kind in ((expired, LinkExpired), (revoked, LinkRevoked), ("a" * 32, LinkUnknown)):
        with pytest.raises(kind) as refused:
            exchange(token=token)
        assert isinstance(refused.value, LinkRefused)
        assert len(str(refused.value)) > 20


def test_last_use_is_noted_once_a_minute(django_assert_num_queries: Any) -> None:
    token = minted()
    used = exchange(token=token)
    assert used.last_used_at is not None
    with django_assert_num_queries(1):
        exchange(token=token)
    with django_assert_num_queries(2):
        later = exchange(token=token, now=used.last_used_at + timedelta(minutes=2))
    assert later.last_used_at == AccessLink.objects.get().last_used_at


def test_links_live_thirty_days_longer_than_the_appointment() -> None:
    now = timezone.now()
    assert link_expiry(now) == now + timedelta(days=30)
