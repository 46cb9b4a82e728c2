"""In which order people are called: one rule, printed on the board and in the waiting room.

Whoever has a reason comes first; then appointments whose hour has come; then tickets, and whoever missed a call, by
when they came; then those who are early.
"""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from booking.appointments.counter.board_cards import Card

RULE = _(
    "Ordre d’appel : d’abord les priorités, puis les rendez-vous dont l’heure est venue, puis les tickets dans l’ordre "
    "d’arrivée. Qui ne répond pas à l’appel passe après ceux qui sont là."
)


def call_order(cards: Iterable[Card], now: datetime) -> list[Card]:
    """Those who wait, whom to call first at the head."""
    return sorted((card for card in cards if card.is_waiting), key=lambda card: _rank(card, now))


def _rank(card: Card, now: datetime) -> tuple[int, datetime, datetime]:
    came = card.arrived_at or now
    if card.skipped_at is not None:
        return 2, card.skipped_at, came
    if card.priority:
        return 0, came, card.starts_at
    if card.counter_id is None:
        return 2, came, came
    return (1 if card.starts_at <= now else 3), card.starts_at, came


def for_counter(cards: Iterable[Card], counter_id: int, types: set[int]) -> list[Card]:
    """Those one counter calls: its own appointments, and tickets for what it serves."""
    return [
        card for card in cards if card.counter_id == counter_id or (card.counter_id is None and card.type_id in types)
    ]
