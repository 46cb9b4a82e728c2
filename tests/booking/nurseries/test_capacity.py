"""From dated rows to the limits of a round: counted naively, and the same numbers wherever they are shown."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from booking.nurseries.allocation.cells import FIRST_BAND, OTHER_BANDS, Layout
from booking.nurseries.allocation.reading import read_round
from booking.nurseries.capacity import (
    Band,
    ChildThere,
    Contradiction,
    HeldBack,
    Horizon,
    Nursery,
    Opening,
    months_from,
    operator_missing,
    spread,
)

MONTHS = months_from("2027-09")
DAYS = ["mon_am", "mon_pm", "wed_am"]
BANDS = [Band("bébés", 0), Band("moyens", 14), Band("grands", 24)]
HORIZON = Horizon(MONTHS, DAYS, BANDS)
LUTINS = Nursery("Les Lutins", [Opening("2027-01", None, {"mon_am": 10, "mon_pm": 10})])


def round_of(nursery):
    return read_round(
        {
            "version": 1,
            "months": MONTHS,
            "half_days": DAYS,
            "bands": [band.name for band in BANDS],
            "facilities": {nursery.name: HORIZON.limits(nursery)},
            "children": {},
        }
    )


def some_nursery(chance: Random) -> Nursery:
    """Two rows that follow each other, places held back, children who leave: not always without contradiction."""
    turn = chance.choice(MONTHS)
    before = MONTHS[MONTHS.index(turn) - 1] if turn > MONTHS[0] else "2027-08"
    rows = [
        Opening(
            since,
            until,
            {day: chance.randint(0, 6) for day in DAYS if chance.random() < 0.9},
            chance.choice([100, 110, 115]),
            {"bébés": chance.randint(0, 4)} if chance.random() < 0.5 else {},
            {"mon_am": chance.randint(0, 2)} if chance.random() < 0.5 else {},
        )
        for since, until in (("2026-09", before), (turn, chance.choice([None, "2028-12"])))
    ]
    held = [HeldBack(chance.randint(0, 2), chance.choice(MONTHS), half_days=chance.choice([None, frozenset(DAYS[:1])]))]
    there = [
        ChildThere(
            str(number),
            chance.choice(["2025-03", "2026-12", "2027-08"]),
            frozenset(chance.sample(DAYS, chance.randint(1, 2))),
            chance.choice([None, "2027-06", *MONTHS]),
            chance.choice([None, 12.5]),
            chance.random() < 0.3,
            chance.choice(["", "bébés", "moyens"]),
        )
        for number in range(chance.randint(0, 4))
    ]
    return Nursery("Les Lutins", rows, held, there, guaranteed=chance.randint(0, 2))


def round_half_up(hours: float) -> int:
    """In hundredths, as rounds count hours."""
    return int(hours * 100 + 0.5)


def naive_free(nursery: Nursery, month: str, day: str) -> int | None:
    """Counted on fingers. None: closed."""
    for row in nursery.openings:
        if row.since <= month <= (row.until or "9999-12"):
            authorised = row.authorised.get(day, 0)
            if not authorised:
                return None
            for held in nursery.held_back:
                if month <= held.until and (not held.half_days or day in held.half_days):
                    authorised -= held.places
            seats = authorised * row.overshoot // 100
            for child in nursery.there:
                gone = child.until is not None and (child.until < month or child.until < MONTHS[0])
                seats -= 0 if gone or day not in child.half_days else 1
            return max(0, seats)
    return None


@given(st.randoms(use_true_random=False))
def test_the_forecast_the_round_and_a_naive_count_show_the_same_numbers(chance):
    nursery = some_nursery(chance)
    try:
        round = round_of(nursery)
    except Contradiction:
        assume(False)
    layout = Layout(round)
    cells = layout.fields(layout.capacity(round.facilities[0]))
    free, moments = HORIZON.free(nursery), HORIZON.moments(nursery)
    for at, month in enumerate(MONTHS):
        for number, day in enumerate(DAYS):
            counted = naive_free(nursery, month, day)
            assert free.get((month, day)) == counted
            assert cells[layout.places_at(at, number)] == (counted or 0)
            for band in range(len(BANDS)):
                adults = cells[layout.adults_at(at, number)] // (OTHER_BANDS if band else FIRST_BAND)
                told = min(counted or 0, cells[layout.section_at(at, number, band)], adults)
                here = moments.get((month, day))
                assert (here.free_in(BANDS[band].name) if here else 0) == told
        assert round_half_up(HORIZON.free_hours(nursery, month)) == cells[layout.hours_at(at)]


def test_a_child_grows_and_leaves():
    child = ChildThere("7", "2026-09", frozenset({"mon_am"}), "2028-05", 10)
    (present,) = HORIZON.limits(replace(LUTINS, there=[child]))["present"]
    assert present["bands"] == ["bébés"] * 2 + ["moyens"] * 10 + ["grands"] * 6
    assert (present["until"], present["week_hours"]) == ("2028-05", 10)


def test_who_left_before_counts_no_more_and_who_stays_longer_stays_to_the_end():
    there = [
        ChildThere(str(n), "2026-01", frozenset({"mon_am"}), until) for n, until in enumerate(["2027-08", "2030-01"])
    ]
    present = HORIZON.limits(replace(LUTINS, there=there))["present"]
    assert [(one["child"], one["until"]) for one in present] == [("1", None)]


def test_places_held_back_are_free_after_their_month():
    free = HORIZON.free(replace(LUTINS, held_back=[HeldBack(3, "2027-12")]))
    assert (free["2027-12", "mon_am"], free["2028-01", "mon_am"]) == (7, 10)


def test_eighteen_months_are_told():
    assert (len(MONTHS), MONTHS[0], MONTHS[4], MONTHS[-1]) == (18, "2027-09", "2028-01", "2029-02")


THERE = ChildThere("4", "2026-01", frozenset({"mon_am"}))
FALSE = {
    "two rows at once": (
        replace(LUTINS, openings=[*LUTINS.openings, Opening("2028-03", None, {"mon_am": 5})]),
        ("2028-03", ""),
        "Les Lutins : deux lignes de capacité se contredisent en mars 2028.",
    ),
    "an overshoot nobody allows": (
        replace(LUTINS, openings=[replace(LUTINS.openings[0], overshoot=120)]),
        ("2027-09", ""),
        "Les Lutins : un dépassement de 120 % en septembre 2027 n’est pas permis (100 à 115 %).",
    ),
    "more held back than authorised": (
        replace(LUTINS, held_back=[HeldBack(11, "2027-12", "2027-11")]),
        ("2027-11", "mon_am"),
        "Les Lutins : plus de places réservées que les 10 autorisées le lundi matin en novembre 2027.",
    ),
    "a section above the authorisation": (
        replace(LUTINS, openings=[replace(LUTINS.openings[0], sections={"bébés": 12})]),
        ("2027-09", "mon_am"),
        "Les Lutins : la section « bébés » compte 12 places, plus que les 10 autorisées le lundi matin "
        "en septembre 2027.",
    ),
    "a child on a closed half-day": (
        replace(LUTINS, there=[replace(THERE, half_days=frozenset({"wed_am"}))]),
        ("2027-09", "wed_am"),
        "Les Lutins : fermé le mercredi matin en septembre 2027, où l’enfant n° 4 est inscrit.",
    ),
    "more children than authorised": (
        replace(LUTINS, there=[replace(THERE, number=str(number)) for number in range(11)]),
        ("2027-09", "mon_am"),
        "Les Lutins : 11 enfants présents le lundi matin en septembre 2027 pour 10 autorisés.",
    ),
    "a child twice": (
        replace(LUTINS, there=[THERE, THERE]),
        ("", ""),
        "Les Lutins : l’enfant n° 4 est compté deux fois.",
    ),
}


@pytest.mark.parametrize(("nursery", "where", "sentence"), FALSE.values(), ids=FALSE.keys())
def test_a_contradiction_names_month_and_half_day(nursery, where, sentence):
    with pytest.raises(Contradiction) as refusal:
        HORIZON.limits(nursery)
    assert str(refusal.value).replace("\u00a0", " ").replace("\u202f", " ") == sentence
    assert (refusal.value.month, refusal.value.half_day) == where


def test_guaranteed_places_that_are_missing_by_nursery_and_by_operator():
    there = [replace(THERE, number=str(number), is_guaranteed=number < 2) for number in range(4)]
    owing = replace(LUTINS, there=there, guaranteed=3)
    assert HORIZON.limits(owing)["guaranteed_missing"] == 1
    assert HORIZON.limits(owing, guaranteed_missing=4)["guaranteed_missing"] == 4
    other = Nursery("Les Ondines", [Opening("2027-01", None, {"mon_am": 30})])
    assert operator_missing([owing, other], 5, HORIZON) == {"Les Lutins": 1, "Les Ondines": 2}


@given(st.integers(0, 40), st.dictionaries(st.text("abc", min_size=1), st.integers(0, 60), min_size=1, max_size=6))
def test_spreading_gives_out_all_and_nobody_more_than_a_place_off(missing, sizes):
    assume(sum(sizes.values()))
    shares = spread(missing, sizes)
    assert sum(shares.values()) == missing
    for name, size in sizes.items():
        assert abs(shares[name] - missing * size / sum(sizes.values())) < 1
