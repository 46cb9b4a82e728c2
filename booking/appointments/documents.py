"""What each person of an appointment brings, and which stamps may be due. Data, not code: see the two models.

Which rows hold for whom : the type; the situation, an empty list meaning
all of them; the age. A municipality's row of the same code replaces the territory's for its residents' appointments
there, or removes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.db.models import Q
from django.utils import timezone

from booking.appointments.enums import AgeGroup
from booking.appointments.models import AppointmentType, Fee, RequiredDocument
from municipalities.models import Municipality

MAJORITY = 18
REDUCED_FEE_UNTIL = 15


class AboutPerson(Protocol):
    """What is asked of a person here; `PersonDetails` and `AppointmentPerson` both answer it."""

    @property
    def is_minor(self) -> bool: ...
    @property
    def birth_year(self) -> int | None: ...
    @property
    def situation(self) -> str: ...


@dataclass(frozen=True)
class PersonDocuments:
    """`index` counts from 0. Several `fees` appear only where the age leaves two possible: then either may be due."""

    index: int
    lines: list[RequiredDocument]
    fees: list[Fee]


def documents_for(
    *,
    type: AppointmentType,
    people: Sequence[AboutPerson],
    municipality: Municipality | None,
    on: date | None = None,
) -> list[PersonDocuments]:
    """The list of each person, in the order given. Two queries, however many people and rows.

    `municipality` is the one whose counter receives them; `on` the day of the appointment, today when not known.
    """
    day = on or timezone.localdate()
    documents = _documents(type, municipality)
    fees = list(Fee.objects.filter(types=type).order_by("position", "code"))
    answer = []
    for index, person in enumerate(people):
        ages = age_groups(birth_year=person.birth_year, is_minor=person.is_minor, on=day)
        answer.append(
            PersonDocuments(
                index=index,
                lines=[d for d in documents if d.ages in ages and _fits(d.situations, person.situation)],
                fees=[f for f in fees if f.ages in ages and _fits(f.situations, person.situation)],
            )
        )
    return answer


def age_groups(*, birth_year: int | None, is_minor: bool, on: date) -> frozenset[str]:
    """The groups a person may belong to on that day.

    Of the birth we ask only the year, so a person may be of either age during the year of a birthday; the tick "minor"
    settles who is a minor, and both possible minor groups are given when the year cannot tell them apart. Without a
    year an adult is an adult, a minor may be of both groups.
    """
    if not is_minor and (birth_year is None or on.year - birth_year >= MAJORITY):
        return frozenset({AgeGroup.ANY, AgeGroup.ADULT})
    groups = {AgeGroup.ANY, AgeGroup.MINOR}
    turning = None if birth_year is None else on.year - birth_year
    if turning is None or turning <= REDUCED_FEE_UNTIL:
        groups.add(AgeGroup.UNDER_15)
    if turning is None or turning >= REDUCED_FEE_UNTIL:
        groups.add(AgeGroup.FROM_15)
    return frozenset(groups)


def _documents(type: AppointmentType, municipality: Municipality | None) -> list[RequiredDocument]:
    """The territory's rows of the type, each replaced or removed by the municipality's row of the same code."""
    rows = RequiredDocument.objects.filter(Q(municipality__isnull=True) | Q(municipality=municipality)).filter(
        types=type
    )
    chosen: dict[str, RequiredDocument] = {}
    for row in sorted(rows, key=lambda r: r.municipality_id is not None):
        chosen[row.code] = row
    return sorted((row for row in chosen.values() if not row.is_dropped), key=lambda r: (r.position, r.code))


def _fits(situations: Iterable[str], situation: str) -> bool:
    wanted = set(situations)
    return not wanted or situation in wanted
