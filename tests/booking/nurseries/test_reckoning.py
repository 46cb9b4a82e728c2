"""Points are what the grid says, no more: proven lines count, the others stand apart."""

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.nurseries.reckoning import OWN_TOWN, Claimed, Criterion, Kind, Line, compare, score

GRID = (
    Criterion("residence", Kind.CHOICE, options={"lives": 100, "works": 40}, needs_proof=True),
    Criterion("single", Kind.YES_NO, points=30),
    Criterion("rounds", Kind.COUNTED, points=10, most=3),
    Criterion("referral", Kind.GIVEN, least=0, most=60, is_sensitive=True),
    Criterion("sibling", Kind.YES_NO, points=25, is_per_nursery=True),
    Criterion("resources", Kind.YES_NO, points=20, needs_proof=True, is_sensitive=True, is_guaranteed=True),
    Criterion("refused", Kind.YES_NO, points=-20),
)


def test_proven_lines_count_and_the_others_await_their_proof() -> None:
    found = score(GRID, [Claimed("residence", "lives"), Claimed("single", "1"), Claimed("resources", "1", True)])
    assert [(line.code, line.points) for line in found.lines] == [("single", 30), ("resources", 20)]
    assert [(line.code, line.points) for line in found.awaiting] == [("residence", 100)]
    assert (found.total, found.is_guaranteed) == (50, True)


def test_a_guaranteed_place_asks_for_its_proof() -> None:
    assert not score(GRID, [Claimed("resources", "1")]).is_guaranteed


def test_what_counts_at_one_nursery_counts_nowhere_else() -> None:
    claims = [Claimed("sibling", "1", nursery="Les Lutins"), Claimed("sibling", "1")]
    found = score(GRID, claims, {"Les Lutins": 10, "La Ronde": 0})
    assert (found.total, found.bonus) == (0, {"Les Lutins": 35})
    assert (found.at("Les Lutins"), found.at("La Ronde")) == (35, 0)
    assert Line(OWN_TOWN, "1", 10, "Les Lutins") in found.lines


def test_of_two_answers_to_one_question_the_proven_one_counts_and_then_the_better() -> None:
    claims = [Claimed("residence", "lives"), Claimed("residence", "works", True)]
    assert score(GRID, claims).total == 40
    claims.append(Claimed("residence", "lives", True))
    assert score(GRID, claims).total == 100


def test_numbers_stay_in_their_range_and_unknown_answers_give_nothing() -> None:
    claims = [Claimed("rounds", "7"), Claimed("referral", "900"), Claimed("single", "yes"), Claimed("gone", "1")]
    assert score(GRID, claims).total == 30 + 60
    assert not GRID[2].knows("7")
    assert GRID[3].knows("60")


def test_a_draft_is_compared_request_by_request() -> None:
    before = [score(GRID, [Claimed("single", "1")]), score(GRID, []), score(GRID, [Claimed("rounds", "1")])]
    raised = (Criterion("single", Kind.YES_NO, points=50),)
    after = [score(raised, [Claimed("single", "1")]), score(raised, []), score(raised, [Claimed("rounds", "1")])]
    moved = compare(before, after)
    assert (moved.gain, moved.lose, moved.same, moved.by_points) == (1, 1, 1, {-10: 1, 0: 1, 20: 1})


criteria = st.lists(
    st.builds(
        Criterion,
        code=st.sampled_from("abcdef"),
        kind=st.sampled_from(Kind),
        points=st.integers(-50, 100),
        options=st.dictionaries(st.sampled_from("xyz"), st.integers(-50, 100)),
        least=st.integers(-60, 0),
        most=st.integers(1, 60),
        is_per_nursery=st.booleans(),
        needs_proof=st.booleans(),
        is_sensitive=st.booleans(),
    ),
    unique_by=lambda one: one.code,
)
claims = st.lists(
    st.builds(
        Claimed,
        code=st.sampled_from("abcdefg"),
        value=st.sampled_from(["0", "1", "2", "40", "-30", "x", "y", "z", "²"]),
        is_proven=st.booleans(),
        nursery=st.sampled_from(["", "A", "B"]),
    )
)


@settings(max_examples=60)
@given(criteria, claims, st.dictionaries(st.sampled_from("AB"), st.integers(0, 20)))
def test_the_total_is_the_sum_of_the_lines_that_are_shown(
    grid: list[Criterion], answers: list[Claimed], town: dict[str, int]
) -> None:
    found = score(grid, answers, town)
    assert found.total == sum(line.points for line in found.lines if not line.nursery)
    for nursery in "AB":
        assert found.at(nursery) == sum(line.points for line in found.lines if line.nursery in ("", nursery))
    asked = {(line.code, line.nursery) for line in found.lines + found.awaiting}
    assert len(asked) == len(found.lines) + len(found.awaiting), "a question counted twice"


@settings(max_examples=60)
@given(criteria, claims)
def test_a_proof_only_moves_lines_from_awaiting_to_counted(grid: list[Criterion], answers: list[Claimed]) -> None:
    proven = [Claimed(one.code, one.value, True, one.nursery) for one in answers]
    assert not score(grid, proven).awaiting
    awaiting = {(line.code, line.nursery) for line in score(grid, answers).awaiting}
    counted = {(line.code, line.nursery) for line in score(grid, proven).lines}
    assert awaiting <= counted


@settings(max_examples=60)
@given(criteria, claims, st.randoms())
def test_the_order_of_the_answers_changes_nothing(
    grid: list[Criterion], answers: list[Claimed], shuffle: object
) -> None:
    mixed = list(answers)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = score(grid, answers), score(grid, mixed)
    assert (one.total, one.bonus) == (other.total, other.bonus)
