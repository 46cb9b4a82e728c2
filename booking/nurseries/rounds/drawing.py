"""The draw that decides between equals: known to nobody before the files are closed, recomputed by everybody after.

The seed is drawn when a round is announced, and its SHA-256 published at once. After the deadline the seed itself is:
a child's place in the draw is that of SHA-256("seed:number") among all, in ascending order. Pure.
"""

import hashlib
import secrets
from collections.abc import Collection

SEED_BYTES = 32


def new_seed() -> str:
    """256 bits in hexadecimal."""
    return secrets.token_hex(SEED_BYTES)


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def ticket(seed: str, number: int) -> str:
    """What a child's number draws."""
    return hash_of(f"{seed}:{number}")


def drawn(seed: str, numbers: Collection[int]) -> dict[int, int]:
    """The place of each number in the draw, from 1."""
    order = sorted(numbers, key=lambda number: (ticket(seed, number), number))
    return {number: place for place, number in enumerate(order, 1)}
