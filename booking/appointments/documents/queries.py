"""What each person of an appointment brings, and which stamps may be due. Data, not code: see the two models.

Which rows hold for whom : the type; the situation, an empty list meaning
all of them; the age. A municipality's row of the same code replaces the territory's for its residents' appointments
there, or removes it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.db.models import Q
from django.utils import timezone

from booking.appointments.enums import AgeGroup
from booking.appointments.models import AppointmentType, Fee, RequiredDocument
from municipalities.database.cached import cached_until_changed
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


@dataclass(frozen=True, eq=False)
class PersonDocuments:
    """`index` counts from 0. Several `fees` appear only where the age leaves two possible: then either may be due."""

    index: int
    lines: list[RequiredDocument]
    fees: list[Fee]


def stamps(listed: Iterable[PersonDocuments]) -> list[tuple[int, int]]:
    """(how many, cents) of each stamp that these people buy, dearest first.

    Nothing where somebody may need one of two: what is not certain is not added up.
    """
    due = [[fee.cents for fee in needed.fees] for needed in listed]
    if any(len(cents) > 1 for cents in due):
        return []
    counted = Counter(cents[0] for cents in due if cents)
    return [(counted[cents], cents) for cents in sorted(counted, reverse=True)]


class RequiredDocuments:
    """What counters of some municipalities ask for affairs of some types. Two queries, however many of either.

    Of all types and municipalities, where neither is named.
    """

    def __init__(
        self, *, type_ids: Collection[int] | None = None, municipality_ids: Collection[int] | None = None
    ) -> None:
        asked = RequiredDocument.types.through.objects.all()
        stamps = Fee.types.through.objects.all()
        if type_ids is not None:
            asked, stamps = asked.filter(appointmenttype__in=type_ids), stamps.filter(appointmenttype__in=type_ids)
        if municipality_ids is not None:
            everywhere = Q(requireddocument__municipality__isnull=True)
            asked = asked.filter(everywhere | Q(requireddocument__municipality__in=municipality_ids))
        self._documents: dict[int, list[RequiredDocument]] = {}
        for row in asked.select_related("requireddocument"):
            self._documents.setdefault(row.appointmenttype_id, []).append(row.requireddocument)
        self._fees: dict[int, list[Fee]] = {}
        for stamp in stamps.select_related("fee"):
            self._fees.setdefault(stamp.appointmenttype_id, []).append(stamp.fee)

    def of(
        self, *, type_id: int, municipality_id: int | None, people: Sequence[AboutPerson], on: date
    ) -> list[PersonDocuments]:
        """The list of each person, in the order given."""
        documents = self._chosen(type_id, municipality_id)
        fees = sorted(self._fees.get(type_id, ()), key=lambda fee: (fee.position, fee.code))
        answer = []
        for index, person in enumerate(people):
            ages = age_groups(birth_year=person.birth_year, is_minor=person.is_minor, on=on)
            answer.append(
                PersonDocuments(
                    index=index,
                    lines=[d for d in documents if d.ages in ages and _fits(d.situations, person.situation)],
                    fees=[f for f in fees if f.ages in ages and _fits(f.situations, person.situation)],
                )
            )
        return answer

    def _chosen(self, type_id: int, municipality_id: int | None) -> list[RequiredDocument]:
        """The territory's rows of the type, each replaced or removed by the municipality's row of the same code."""
        rows = [r for r in self._documents.get(type_id, ()) if r.municipality_id in (None, municipality_id)]
        chosen = {row.code: row for row in sorted(rows, key=lambda r: r.municipality_id is not None)}
        return sorted((row for row in chosen.values() if not row.is_dropped), key=lambda r: (r.position, r.code))


@cached_until_changed
def all_papers() -> RequiredDocuments:
    return RequiredDocuments()


def documents_for(
    *,
    type: AppointmentType,
    people: Sequence[AboutPerson],
    municipality: Municipality | None,
    on: date | None = None,
) -> list[PersonDocuments]:
    """The list of each person, in the order given, from what is remembered.

    `municipality` is the one whose counter receives them; `on` the day of the appointment, today when not known.
    """
    here = municipality.pk if municipality else None
    return all_papers().of(type_id=type.pk, municipality_id=here, people=people, on=on or timezone.localdate())


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


def _fits(situations: Iterable[str], situation: str) -> bool:
    wanted = set(situations)
    return not wanted or situation in wanted
