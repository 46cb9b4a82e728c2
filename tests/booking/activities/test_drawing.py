"""The draw: whoever has the seed and the tickets counts it again, and nobody is favoured."""

from collections import Counter
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from booking.activities.drawing import hash_of, in_order, new_seed, pace

DRAWS, FAMILIES = 1000, 10
#: Chi-squared with 81 degrees of freedom: one run in a million is above. The seeds are fixed, so none of ours is.
UNLIKELY = 148.0


@given(st.lists(st.uuids(), unique=True), st.text(min_size=1, max_size=64), st.randoms())
def test_the_order_in_which_tickets_were_taken_says_nothing(tickets: list[UUID], seed: str, chance: object) -> None:
    shuffled = list(tickets)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    drawn = in_order(seed, tickets)
    assert drawn == in_order(seed, shuffled) and sorted(drawn) == sorted(tickets)


def test_over_a_thousand_draws_every_ticket_has_every_rank_equally_often() -> None:
    tickets = [UUID(int=number) for number in range(FAMILIES)]
    ranks: Counter[tuple[int, UUID]] = Counter()
    for number in range(DRAWS):
        ranks.update(enumerate(in_order(hash_of(f"graine {number}"), tickets)))
    expected = DRAWS / FAMILIES
    spread = sum((ranks[rank, one] - expected) ** 2 / expected for rank in range(FAMILIES) for one in tickets)
    assert spread < UNLIKELY


def test_that_statistic_finds_a_draw_that_favours_somebody() -> None:
    """The twin: one family in ten is let in first whenever it would have been second."""
    tickets = [UUID(int=number) for number in range(FAMILIES)]
    ranks: Counter[tuple[int, UUID]] = Counter()
    for number in range(DRAWS):
        drawn = in_order(hash_of(f"graine {number}"), tickets)
        if drawn[1] == tickets[0]:
            drawn[0], drawn[1] = drawn[1], drawn[0]
        ranks.update(enumerate(drawn))
    expected = DRAWS / FAMILIES
    assert sum((ranks[r, one] - expected) ** 2 / expected for r in range(FAMILIES) for one in tickets) > UNLIKELY


def test_another_seed_is_another_order_and_another_hash() -> None:
    tickets = [uuid4() for _ in range(50)]
    first, second = new_seed(), new_seed()
    assert hash_of(first) != hash_of(second) and in_order(first, tickets) != in_order(second, tickets)


def test_the_queue_goes_on_more_slowly_where_the_database_is_slow_and_never_stands() -> None:
    assert [pace(20, seconds, quick=0.05) for seconds in (0.0, 0.05, 0.1, 0.5, 60.0)] == [20, 20, 10, 2, 1]
