"""Rounds that were held, as everybody may read of them, and how long a commission spent on them. Reads only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Count, QuerySet

from booking.nurseries.enums import ENOUGH
from booking.nurseries.models import Answer, Round, RoundChild, RoundDecision, RoundNursery, StepAside

#: Rounds that the public page of rules tells of, the latest first.
MOST_SHOWN = 5
#: Whoever presses nothing for longer is not at work on the round.
PAUSE = timedelta(minutes=30)


@dataclass(frozen=True)
class Held:
    """A published round in figures. `changed`, `contested`: files the commission decided on, None where it is few.

    `seconds`: of the commission's time for each file.
    """

    round: Round
    files: int
    places: int
    changed: int | None
    contested: int | None
    seconds: int

    @property
    def share(self) -> int | None:
        """Files that were changed, in percent."""
        return None if self.changed is None else round(100 * self.changed / self.files)


def announced() -> list[Round]:
    """Rounds whose draw is fixed and known to nobody: its hash is public before their deadline."""
    return list(_light(Round.objects.prepared()).order_by("closes_on", "pk"))


def held() -> list[Held]:
    """The latest rounds that were published."""
    rounds = list(_light(Round.objects.published()).order_by("-meets_on", "-pk")[:MOST_SHOWN])
    files, places = files_of(rounds), _counted(Answer, rounds, gives_a_place=True)
    standing = {"taken_back_at__isnull": True}
    changed = _counted(RoundDecision, rounds, **standing)
    contested = _counted(RoundDecision, rounds, settles_claim=True, **standing)
    spent = time_spent(rounds)
    return [
        Held(
            round=one,
            files=files.get(one.pk, 0),
            places=places.get(one.pk, 0),
            changed=_told(changed.get(one.pk, 0), files.get(one.pk, 0)),
            contested=_told(contested.get(one.pk, 0), files.get(one.pk, 0)),
            seconds=per_file(spent[one.pk], files.get(one.pk, 0)),
        )
        for one in rounds
    ]


def _light(rounds: QuerySet[Round]) -> QuerySet[Round]:
    return rounds.select_related("grid").defer("file", "decided", "answer")


def _counted(model: Any, rounds: Iterable[Round], **condition: Any) -> dict[int, int]:
    """Children by round: several decisions on one are one."""
    rows = model.objects.filter(round__in=[one.pk for one in rounds], **condition).order_by()
    return dict(rows.values_list("round").annotate(number=Count("child", distinct=True)))


def _told(part: int, whole: int) -> int | None:
    """None where the part, or what it leaves of the whole, is few."""
    return part if min(part, whole - part) >= ENOUGH else None


# -- the commission's time


def time_spent(rounds: Iterable[Round]) -> dict[int, timedelta]:
    """By round, from its freeze to its publication, as far as somebody was at work on it.

    What is counted lies between two presses of whoever froze, decided, took back, stepped aside, voted or published;
    longer than a pause is none.
    """
    moments: dict[int, list[datetime]] = {
        one.pk: [moment for moment in (one.frozen_at, one.published_at) if moment is not None] for one in rounds
    }
    for model, name in (
        (RoundDecision, "at"),
        (RoundDecision, "taken_back_at"),
        (StepAside, "at"),
        (RoundNursery, "voted_at"),
    ):
        rows: QuerySet[Any] = model.objects.filter(round__in=moments, **{f"{name}__isnull": False})
        for round_id, moment in rows.order_by().values_list("round", name):
            moments[round_id].append(moment)
    return {pk: at_work(found) for pk, found in moments.items()}


def at_work(moments: Iterable[datetime]) -> timedelta:
    """The time between these moments, pauses left out. Pure."""
    steps = (later - earlier for earlier, later in pairwise(sorted(moments)))
    return sum((step for step in steps if step <= PAUSE), timedelta())


def per_file(spent: timedelta, files: int) -> int:
    """Whole seconds."""
    return round(spent.total_seconds() / files) if files else 0


def files_of(rounds: Iterable[Round]) -> Mapping[int, int]:
    """How many files each of these rounds shared out."""
    return _counted(RoundChild, rounds)
