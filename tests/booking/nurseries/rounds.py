"""Small rounds with everything in them that a round may say, from a source of chance that hypothesis can shrink."""

from collections.abc import Sequence
from random import Random
from typing import Any

Json = dict[str, Any]
MONTHS = ["2027-09", "2027-10", "2027-11"]
HALF_DAYS = ["mon_am", "mon_pm", "tue_am"]
BANDS = ["petits", "grands"]
#: What may be in a round beside children, days, months and limits.
EVERYTHING = frozenset({"bonus", "guaranteed", "holds", "locks", "excluded", "together", "equal days", "ties"})


def small_round(chance: Random, kinds: frozenset[str] = EVERYTHING, children: int = 6) -> Json:
    months = MONTHS[: chance.randint(1, 3)]
    names = ["A", "B", "C"][: chance.randint(1, 3)]
    facilities = {name: _facility(chance, months, kinds) for name in names}
    people = [f"e{number}" for number in range(chance.randint(1, children))]
    draws = chance.sample(range(1, 100), len(people))
    requests = {name: _child(chance, months, names, kinds, draw) for name, draw in zip(people, draws, strict=True)}
    round: Json = {
        "version": 1,
        "months": months,
        "half_days": HALF_DAYS,
        "bands": BANDS,
        "facilities": facilities,
        "children": requests,
    }
    if "together" in kinds and len(people) > 1 and chance.random() < 0.7:
        some = chance.sample(people, min(len(people), chance.choice([2, 2, 2, 3])))
        round["together"] = [{"children": some, "otherwise": chance.choice(["apart", "nothing"])}]
        if chance.random() < 0.6:  # siblings mostly ask for the same
            for name in some[1:]:
                for key in ("wishes", "starts", "until"):
                    requests[name].pop(key, None)
                    if key in requests[some[0]]:
                        requests[name][key] = requests[some[0]][key]
                requests[name].pop("holds", None)
    if "locks" in kinds and chance.random() < 0.3:
        name = chance.choice(people)
        start = chance.choice(months[: _last(requests[name], months) + 1])
        lock = {"facility": chance.choice(names), "start": start, "half_days": _days(chance), "reason": "urgence"}
        round["locks"] = {name: lock}
    if "excluded" in kinds and chance.random() < 0.3:
        name, facility = chance.choice(people), chance.choice(names)
        held = requests[name].get("holds", {}).get("facility")
        if facility not in (held, round.get("locks", {}).get(name, {}).get("facility")):
            round["excluded"] = [{"child": name, "facility": facility, "reason": "conflit d’intérêts"}]
    return round


def _facility(chance: Random, months: Sequence[str], kinds: frozenset[str]) -> Json:
    def at_once(low: int, high: int) -> Any:
        """A number, one by half-day, or one of these for each month."""

        def one() -> Any:
            if chance.random() < 0.7:
                return chance.randint(low, high)
            return {day: chance.randint(low, high) for day in HALF_DAYS if chance.random() < 0.8}

        return one() if chance.random() < 0.7 else [one() for _ in months]

    part: Json = {"authorised": at_once(0, 3)}
    if chance.random() < 0.2:
        part |= {"authorised": chance.randint(6, 8), "overshoot": chance.choice([100, 110, 115])}
        part["present"] = [_present(chance, months, f"p{number}") for number in range(6)]
    elif chance.random() < 0.4:
        part["present"] = [_present(chance, months, f"p{number}") for number in range(chance.randint(0, 2))]
    if chance.random() < 0.4:
        part["sections"] = chance.choice(
            [
                {band: chance.randint(0, 2) for band in BANDS},
                {"petits": {day: chance.randint(0, 2) for day in HALF_DAYS}},
                {"mon_am": {"grands": chance.randint(0, 2)}},
                [{"petits": chance.randint(0, 2)} for _ in months],
            ]
        )
    if chance.random() < 0.2:
        part["adults"] = at_once(0, 1)
    if chance.random() < 0.2:
        part["hours"] = {"am": chance.choice([4, 4.5]), "pm": 5}
    if "guaranteed" in kinds and chance.random() < 0.5:
        part["guaranteed_missing"] = chance.randint(0, 2)
    return part


def _present(chance: Random, months: Sequence[str], name: str) -> Json:
    child = {"child": name, "half_days": _days(chance), "bands": _bands(chance, months)}
    if chance.random() < 0.5:
        child["until"] = chance.choice([None, *months])
    if chance.random() < 0.2:
        child["week_hours"] = chance.choice([3, 7.5])
    return child


def _child(chance: Random, months: Sequence[str], names: Sequence[str], kinds: frozenset[str], draw: int) -> Json:
    points = [10, 20, 30] if "ties" in kinds else [number + draw / 100 for number in (10, 20, 30, 40)]
    until = chance.choice([None, None, *months])
    last = months.index(until) if until else len(months) - 1
    days = [_days(chance) for _ in range(chance.randint(1, 4))]
    days = [one for number, one in enumerate(days) if one not in days[:number]]
    request: Json = {
        "points": chance.choice(points),
        "complete_on": chance.choice(["2027-03-01", "2027-02-01"]),
        "draw": draw,
        "bands": _bands(chance, months),
        "wishes": chance.sample(names, chance.randint(1, len(names))),
        "starts": chance.sample(months[: last + 1], chance.randint(1, last + 1)),
        "days": [days] if "equal days" in kinds and chance.random() < 0.5 else [[one] for one in days],
        "prefers": chance.choice(["wish", "start"]),
    }
    if until or chance.random() < 0.2:
        request["until"] = until
    if chance.random() < 0.2:
        request["week_hours"] = chance.choice([4, 12.5])
    if "bonus" in kinds and chance.random() < 0.5:
        request["bonus"] = {name: chance.choice([5, 10, 20]) for name in names if chance.random() < 0.5}
    if "guaranteed" in kinds and chance.random() < 0.4:
        request["guaranteed"] = True
    if "holds" in kinds and chance.random() < 0.15:
        request["holds"] = {"facility": chance.choice(names), "half_days": _days(chance)}
    return request


def _last(request: Json, months: Sequence[str]) -> int:
    until = request.get("until")
    return months.index(until) if until else len(months) - 1


def _days(chance: Random) -> list[str]:
    return chance.choice(
        [["mon_am"], ["mon_pm"], ["tue_am"], ["mon_am", "tue_am"], ["mon_am", "mon_pm"], ["mon_am", "mon_pm", "tue_am"]]
    )


def _bands(chance: Random, months: Sequence[str]) -> Any:
    if chance.random() < 0.6:
        return chance.choice(BANDS)
    grows = chance.randint(0, len(months))
    return ["petits" if number < grows else "grands" for number in range(len(months))]
