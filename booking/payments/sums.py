"""Sums in whole cents: pure, and exact to the cent."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from django.utils.translation import get_language

from municipalities.wording import NBSP

Item = TypeVar("Item")

#: Less is not paid online, nor is more (PayFiP, `montant`).
LEAST_ONLINE, MOST_ONLINE = 100, 10_000_000


def say_cents(cents: int, language: str | None = None) -> str:
    """« 1 234,50 € », "1.234,50 €", "€1,234.50"; a minus stands before."""
    language = (language or get_language() or "fr")[:2]
    euros, rest = divmod(abs(cents), 100)
    sign = "−" if cents < 0 else ""
    if language == "en":
        return f"{sign}€{euros:,}.{rest:02}"
    grouped = f"{euros:,}".replace(",", "." if language == "de" else "\u202f")
    return f"{sign}{grouped},{rest:02}{NBSP}€"


def allocate(items: Sequence[tuple[Item, int]], means: Sequence[tuple[str, int]]) -> list[tuple[Item, str, int]]:
    """What part of each item was paid by which means, in their order: `(item, means, cents)`.

    Both sides are cents, none negative, and add up to the same sum; so does every row and column of what comes back.
    Raises ValueError where they do not.
    """
    if any(cents < 0 for _, cents in (*items, *means)) or sum(c for _, c in items) != sum(c for _, c in means):
        raise ValueError("items and means are not of one sum")
    rows: list[tuple[Item, str, int]] = []
    turn = iter([(name, cents) for name, cents in means if cents])
    name, available = "", 0
    for item, cents in items:
        while cents:
            if not available:
                name, available = next(turn)
            part = min(cents, available)
            rows.append((item, name, part))
            cents, available = cents - part, available - part
    return rows


def share(items: Sequence[tuple[Item, int]], cents: int) -> list[tuple[Item, int]]:
    """`cents` of the items' whole, each in its proportion: differences of rounded running totals, none negative.

    `cents` is at most the sum of the items. Raises ValueError where it is more.
    """
    if not 0 <= cents <= sum(c for _, c in items):
        raise ValueError("more than the whole")
    return spread(items, cents)


def spread(items: Sequence[tuple[Item, int]], cents: int) -> list[tuple[Item, int]]:
    """The same of any sum, as for money that came for nothing and may be more than was asked."""
    whole = sum(c for _, c in items)
    shared, running, given = [], 0, 0
    for item, part in items:
        running += part
        now = running * cents // whole if whole else 0
        shared.append((item, now - given))
        given = now
    return [(item, part) for item, part in shared if part]


def items_given_back(
    items: Sequence[tuple[Item, int]], before: Mapping[Item, int], wanted: Sequence[tuple[Item | None, int]]
) -> list[tuple[Item, int]]:
    """How much of each item goes back: each sum on the item that it was sold as, as far as something is left of that;
    what nobody knows the item of is shared among what is left of all. `before` is what went back of each.
    """
    left = {item: max(0, cents - before.get(item, 0)) for item, cents in items}
    given, unknown = dict.fromkeys(left, 0), 0
    for wanted_of, cents in wanted:
        part = 0
        if wanted_of is not None and wanted_of in left:
            part = min(cents, left[wanted_of])
            left[wanted_of] -= part
            given[wanted_of] += part
        unknown += cents - part
    for item, part in share(list(left.items()), unknown):
        given[item] += part
    return [(item, cents) for item, cents in given.items() if cents]


def not_taken(items: Sequence[tuple[Item, int]], taken: Sequence[tuple[Item, int]]) -> list[tuple[Item, int]]:
    """What is left of each item once so much was taken as it. Where more was than there is of it, the others have less,
    each in its proportion.
    """
    left = dict(items)
    for item, cents in taken:
        left[item] = left.get(item, 0) - cents
    return share([(item, max(0, cents)) for item, cents in left.items()], max(0, sum(left.values())))


def credits_to_use(cents: int, left: Sequence[int], *, online: bool) -> list[int]:
    """How much of each credit note is used for `cents`, in the order of `left`.

    Online, nothing or at least one euro is left to pay: what cannot be so stays on the notes.
    """
    whole = min(cents, sum(left))
    if online and 0 < cents - whole < LEAST_ONLINE:
        whole = max(0, cents - LEAST_ONLINE)
    used = []
    for available in left:
        used.append(min(available, whole))
        whole -= used[-1]
    return used
