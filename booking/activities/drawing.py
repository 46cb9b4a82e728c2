"""The order in which those who wait are let in, drawn from a seed that nobody knew: pure.

Who publishes the hash of a seed before tickets are taken, and the seed after the draw, cannot choose: anybody counts
the draw again with nothing but a SHA-256. A ticket's place is that of SHA-256("seed:ticket") among those of all others.
"""

import secrets
from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

SEED_BYTES = 32


def new_seed() -> str:
    return secrets.token_hex(SEED_BYTES)


def hash_of(seed: str) -> str:
    """What is published of a seed before it is."""
    return sha256(seed.encode()).hexdigest()


def in_order(seed: str, tickets: Iterable[UUID]) -> list[UUID]:
    """The first of them is let in first. The order in which they are given says nothing."""
    return sorted(tickets, key=lambda ticket: (sha256(f"{seed}:{ticket}".encode()).digest(), ticket.bytes))


def pace(rate: int, seconds: float, *, quick: float) -> int:
    """How many are let in each second, when the last statement that did took so long: fewer the slower it was.

    `quick` is what costs nobody anything; never fewer than one, for the queue has to end.
    """
    return rate if seconds <= quick else max(1, int(rate * quick / seconds))
