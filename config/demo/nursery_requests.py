"""1,400 families who ask for a nursery place, in bulk. All of them invented, and labelled so."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.utils import timezone

from booking.nurseries.documents.needed import ChildFacts, needed
from booking.nurseries.enums import (
    HALF_DAYS,
    ApplicationState,
    CareKind,
    CurrentCare,
    DocumentKind,
    NeedMode,
    Otherwise,
    Prefers,
    Situation,
    WhyLapsed,
)
from booking.nurseries.models import (
    ApplicationChild,
    ApplicationNote,
    ApplicationParent,
    CareNeed,
    FamilyDocument,
    LikelyDouble,
    Nursery,
    NurseryApplication,
    Wish,
    WishedTown,
)
from booking.nurseries.requests.days import days_of
from booking.residents.models import Member
from booking.residents.references import ALPHABET
from config.demo.places import AGGLOMERATION
from municipalities.enums import Role
from municipalities.models import Municipality, Operator, StaffMember
from municipalities.zone import ZONE

REQUESTS = 1_400
GIVEN = "Ada Basile Céleste Dario Elif Félix Gisèle Hugo Inaya Jules Kenza Lou Milo Nour Olga Paul Rose Sami Tess Yanis"
FAMILY = "Meyer Muller Schmitt Klein Weber Haas Koch Bauer Roth Kaya Martin Simon Ben-Ali Da-Silva Nguyen Lopez Fischer"
LABEL = "(fictif)"
WEEKS: list[tuple[Sequence[str], int]] = [
    (HALF_DAYS, 9),
    (tuple(day for day in HALF_DAYS if not day.startswith("wed")), 7),
    (tuple(day for day in HALF_DAYS if day[:3] in ("mon", "tue", "thu")), 5),
    (tuple(day for day in HALF_DAYS if day[:3] in ("mon", "tue")), 3),
    (tuple(day for day in HALF_DAYS if day[:3] in ("mon", "thu", "fri")), 2),
    (("mon_am", "tue_am", "thu_am", "fri_am"), 2),
]
_STATES = [
    (ApplicationState.COMPLETE, 78),
    (ApplicationState.RECEIVED, 14),
    (ApplicationState.WITHDRAWN, 4),
    (ApplicationState.LAPSED, 4),
]


@dataclass
class Rows:
    """What is written at the end, a table at a time."""

    members: list[Member] = field(default_factory=list)
    applications: list[NurseryApplication] = field(default_factory=list)
    children: list[ApplicationChild] = field(default_factory=list)
    needs: list[CareNeed] = field(default_factory=list)
    parents: list[ApplicationParent] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    towns: list[WishedTown] = field(default_factory=list)
    documents: list[FamilyDocument] = field(default_factory=list)
    notes: list[ApplicationNote] = field(default_factory=list)
    doubles: list[LikelyDouble] = field(default_factory=list)

    def write(self) -> None:
        for rows in self.__dict__.values():
            if rows:
                type(rows[0])._default_manager.bulk_create(rows, batch_size=2_000)


def build_requests(today: date, seed: int) -> int:
    """Requests of every state and kind, those of one day and seed always the same. How many."""
    Builder(today, Random(seed + 10)).build(REQUESTS)
    return REQUESTS


class Builder:
    def __init__(self, today: date, chance: Random) -> None:
        self.today, self.chance, self.rows = today, chance, Rows()
        self.authority = Operator.objects.get(name=AGGLOMERATION)
        self.agent = StaffMember.objects.filter(roles__role=Role.CHILDCARE_AGENT).order_by("pk").first()
        self.nurseries = list(Nursery.objects.active().select_related("facility").order_by("facility__slug"))
        self.towns = list(Municipality.objects.filter(is_member=True).order_by("slug"))
        self.given, self.family = GIVEN.split(), FAMILY.split()

    def build(self, number: int) -> None:
        for nth in range(number):
            self._request(nth)
        self._doubles()
        self.rows.write()

    def _id(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)

    def _of(self, chances: Sequence[tuple[Any, int]]) -> Any:
        return self.chance.choices([one for one, _often in chances], [often for _one, often in chances])[0]

    def _reference(self) -> str:
        letters = "".join(self.chance.choices(ALPHABET, k=8))
        return f"{letters[:4]}-{letters[4:]}"

    def _request(self, nth: int) -> None:
        chance = self.chance
        state = ApplicationState.COMPLETE if nth == 0 else self._of(_STATES)
        waited = chance.randint(1, 300)
        received = datetime.combine(self.today - timedelta(days=waited), time(9, nth % 60), tzinfo=ZONE)
        confirmed = received + timedelta(days=90 * ((waited - 1) // 90))
        ended = None if state in (ApplicationState.COMPLETE, ApplicationState.RECEIVED) else timezone.now()
        home = chance.choice(self._near(nth))
        number = 2 if nth % 40 == 7 else 1
        surname = f"{self.family[nth % len(self.family)]} {LABEL}"
        single = chance.random() < 0.18
        application = NurseryApplication(
            id=self._id(),
            reference=self._reference(),
            state=state,
            state_before=ApplicationState.RECEIVED if ended else "",
            why_lapsed=WhyLapsed.SILENCE if state == ApplicationState.LAPSED else "",
            authority=self.authority,
            email=f"creche{nth + 1}@famille.example",
            language=self._of([("fr", 8), ("de", 1), ("en", 1)]),
            is_single_parent=single,
            is_minor_parent=chance.random() < 0.01,
            on_insertion_path=chance.random() < 0.12,
            dependent_children=chance.randint(0, 3),
            sibling_at=chance.choice(self.nurseries) if chance.random() < 0.06 else None,
            otherwise=(self._of([(Otherwise.APART, 3), (Otherwise.NOTHING, 1)]) if number > 1 else ""),
            prefers=self._of([(Prefers.WISH, 3), (Prefers.START, 1)]),
            needs_holidays=chance.random() < 0.7,
            assisted_by=self.agent if nth % 25 == 3 else None,
            created_at=received,
            touched_at=received,
            received_at=received,
            confirmed_at=confirmed,
            ended_at=ended,
        )
        self.rows.applications.append(application)
        situations = self._parents(application, surname, home, single=single)
        facts = self._children(application, surname, number, received.date())
        self._wishes(application, home)
        self._documents(application, facts, situations, received.date())
        if nth % 90 == 11 and self.agent is not None:
            text = "A rappelé : cherche surtout le lundi et le jeudi (note fictive)."
            self.rows.notes.append(
                ApplicationNote(application=application, text=text, by=self.agent, written_at=received)
            )

    def _near(self, nth: int) -> list[Municipality]:
        """A third of the families live in the largest town."""
        largest = max(self.towns, key=lambda town: town.population)
        return [largest] if nth % 3 == 0 else self.towns

    def _parents(
        self, application: NurseryApplication, surname: str, home: Municipality, *, single: bool
    ) -> list[Situation]:
        chances = [
            (Situation.EMPLOYED, 12),
            (Situation.SELF_EMPLOYED, 2),
            (Situation.TRAINING, 1),
            (Situation.JOB_SEEKER, 3),
            (Situation.LEAVE, 1),
            (Situation.NONE, 1),
        ]
        found = []
        for rank in range(1, 2 if single else 3):
            situation = self._of(chances)
            found.append(situation)
            self.rows.parents.append(
                ApplicationParent(
                    application=application,
                    rank=rank,
                    name=f"{self.chance.choice(self.given)} {surname}",
                    address=f"{self.chance.randint(1, 90)} rue des Essais (fictive)" if rank == 1 else "",
                    municipality=home if rank == 1 else None,
                    situation=situation,
                    works_in=self.chance.choice(self.towns) if situation == Situation.EMPLOYED else None,
                    has_odd_hours=self.chance.random() < 0.1,
                )
            )
        return found

    def _children(self, application: NurseryApplication, surname: str, number: int, received: date) -> list[ChildFacts]:
        age = self.chance.randint(-6, 24)
        day = self.today - timedelta(days=30 * age + self.chance.randint(0, 27))
        born = day <= self.today
        is_live = application.state in (ApplicationState.COMPLETE, ApplicationState.RECEIVED)
        facts = []
        for rank in range(1, number + 1):
            name = self.chance.choice(self.given) if born else ""
            member = Member(
                id=self._id(),
                given_name=name,
                family_name=surname if born else "",
                born_on=day if born else None,
                expected_on=None if born else day,
            )
            child = ApplicationChild(
                id=self._id(),
                application=application,
                member=member,
                rank=rank,
                is_live=is_live,
                lapsed_at=application.ended_at,
                complete_on=min(self.today, received + timedelta(days=self.chance.randint(0, 20)))
                if application.state == ApplicationState.COMPLETE
                else None,
                has_disability=self.chance.random() < 0.04,
                current_care=self._of(
                    [
                        (CurrentCare.NONE, 6),
                        (CurrentCare.FAMILY, 2),
                        (CurrentCare.CHILDMINDER, 2),
                        (CurrentCare.OTHER, 1),
                    ]
                ),
            )
            self.rows.members.append(member)
            self.rows.children.append(child)
            facts.append(ChildFacts(rank, name, member.born_on, False, child.has_disability))
        need = self._need(day)
        for child in self.rows.children[-number:]:
            self.rows.needs.append(CareNeed(child=child, **need))
        return facts

    def _need(self, day: date) -> dict[str, Any]:
        """One week for all children of a family. The month of a birth, or one of the next ten."""
        earliest = max(self.today.replace(day=1), day.replace(day=1))
        months = self._of([(0, 2), (1, 2), (2, 2), (3, 2), (5, 2), (9, 6)])
        number = earliest.year * 12 + earliest.month - 1 + months
        week = self._of(WEEKS)
        days = len(days_of(week))
        any_of = self.chance.randint(2, days) if self.chance.random() < 0.25 and days > 2 else None
        most = any_of or days
        fewer = self.chance.random() < 0.45
        return {
            "kind": self._of([(CareKind.REGULAR, 24), (CareKind.OCCASIONAL, 2), (CareKind.EMERGENCY, 1)]),
            "start_month": date(number // 12, number % 12 + 1, 1),
            "later_months": self._of([(0, 4), (1, 2), (3, 2), (6, 1)]),
            "mode": NeedMode.ANY if any_of else NeedMode.WEEK,
            "half_days": list(week),
            "any_of": any_of,
            "down_to": max(1, most - self.chance.randint(1, 2)) if fewer else most,
        }

    def _wishes(self, application: NurseryApplication, home: Municipality) -> None:
        """Near home first: those of the town, then others."""
        local = [one for one in self.nurseries if one.facility.municipality_id == home.pk]
        others = [one for one in self.nurseries if one.facility.municipality_id != home.pk]
        wanted = self._of([(1, 3), (2, 3), (3, 4), (5, 2)])
        chosen = self.chance.sample(local, min(len(local), wanted))
        chosen += self.chance.sample(others, wanted - len(chosen))
        self.rows.wishes += [
            Wish(application=application, rank=rank, nursery=nursery) for rank, nursery in enumerate(chosen, 1)
        ]
        if local and self.chance.random() < 0.2:
            self.rows.towns.append(WishedTown(application=application, municipality=home))

    def _documents(
        self, application: NurseryApplication, facts: list[ChildFacts], situations: list[Situation], received: date
    ) -> None:
        """Seen and gone for whoever is complete; of the others some."""
        if self.agent is None:
            return
        wanted = needed(facts, situations, on_insertion_path=application.on_insertion_path)
        is_complete = application.state == ApplicationState.COMPLETE
        for one in wanted:
            if not is_complete and (one.kind != DocumentKind.ADDRESS or self.chance.random() < 0.5):
                continue
            self.rows.documents.append(
                FamilyDocument(
                    id=self._id(),
                    application=application,
                    kind=one.kind,
                    child_rank=one.child_rank,
                    given_at=application.created_at,
                    seen_on=min(self.today, received + timedelta(days=self.chance.randint(0, 20))),
                    seen_by=self.agent,
                )
            )

    def _doubles(self) -> None:
        """Six pairs that an agent has to look at: a child asked for twice, with the same days and nurseries."""
        children = {child.application: child for child in self.rows.children if child.rank == 1}
        many = {child.application for child in self.rows.children if child.rank > 1}
        received = [one for one in self.rows.applications if one.state == ApplicationState.RECEIVED and one not in many]
        for pair in zip(received[0:12:2], received[1:12:2], strict=False):
            first, second = sorted(pair, key=lambda one: one.received_at or one.created_at)
            self._ask_again(children[first], children[second])
            self.rows.doubles.append(LikelyDouble(one=first, other=second))

    def _ask_again(self, child: ApplicationChild, again: ApplicationChild) -> None:
        first, second = child.application, again.application
        for name in ("given_name", "family_name", "born_on", "expected_on"):
            setattr(again.member, name, getattr(child.member, name))
        needs = {need.child: need for need in self.rows.needs}
        for field_ in CareNeed._meta.concrete_fields:
            if field_.name not in ("id", "child"):
                setattr(needs[again], field_.name, getattr(needs[child], field_.name))
        parents = {parent.application: parent for parent in self.rows.parents if parent.rank == 1}
        parents[second].name = parents[first].name
        wishes = [wish for wish in self.rows.wishes if wish.application != second]
        same = [wish for wish in wishes if wish.application == first]
        self.rows.wishes = wishes + [Wish(application=second, rank=one.rank, nursery=one.nursery) for one in same]
