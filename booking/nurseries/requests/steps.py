"""The steps of a request, and what was answered in each: fields as they were sent, whatever is wrong with them.

`Answers` turns them into forms, says what is wrong where and, once nothing is, what the family asks for.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from django import forms
from django.db import models
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from booking.nurseries.models import Nursery
from booking.nurseries.models.requests import MOST_CHILDREN
from booking.nurseries.requests import catalogue
from booking.nurseries.requests.days import days_of, month_of
from booking.nurseries.requests.forms.care import NeedForm, WishesForm
from booking.nurseries.requests.forms.people import ELSEWHERE, ChildForm, HouseholdForm, ParentForm, SiblingsForm
from booking.nurseries.requests.given import Given, GivenChild, GivenNeed, GivenParent
from municipalities.forms.errors import ErrorRow, errors_of

#: The answers of one step: values by the name of the field.
StepData = Mapping[str, Sequence[str]]
LONGEST_ANSWER = 300
_ANSWER = re.compile(r"(?:c[1-4]|s|p[12]|h|n[1-4]|v)-\w{1,30}")


class Step(models.TextChoices):
    """In order; the value stands in addresses."""

    CONTACT = "coordonnees", _lazy("Vos coordonnées")
    CHILDREN = "enfants", _lazy("Les enfants")
    PARENTS = "parents", _lazy("Les parents")
    WEEK = "semaine", _lazy("La semaine")
    WISHES = "voeux", _lazy("Vos vœux")
    DOCUMENTS = "documents", _lazy("Les documents")
    CHECK = "verifier", _lazy("Vérifier et envoyer")

    @property
    def following(self) -> "Step":
        every = list(Step)
        return every[min(every.index(self) + 1, len(every) - 1)]


#: Those whose answers are kept as they are typed. The contact is a row's own, documents are rows.
ANSWERED = (Step.CHILDREN, Step.PARENTS, Step.WEEK, Step.WISHES)


def answers_in(post: QueryDict) -> dict[str, list[str]]:
    """What a form that was sent answers: known fields alone, each value cut where no answer goes on."""
    return {
        name: [value[:LONGEST_ANSWER] for value in values[:60]]
        for name, values in post.lists()
        if _ANSWER.fullmatch(name) and any(values)
    }


class Answers:
    """All steps of one request. Children are numbered from 1 to 4, and keep their number when one is taken off."""

    def __init__(
        self, data: Mapping[str, StepData], kept_months: Mapping[str, str] | None = None, unjudged: str = ""
    ) -> None:
        """`kept_months`: first months that were asked for when they were still to come, by field. `unjudged`: a step
        whose forms are shown as they are typed, before anybody judges them."""
        self.data = data
        self.kept_months = kept_months or {}
        self.unjudged = unjudged

    def of(self, step: str) -> MultiValueDict[str, str] | None:
        """What a form of this step is bound to; None where the step was never left."""
        found = self.data.get(step) if step != self.unjudged else None
        return None if found is None else MultiValueDict({name: list(values) for name, values in found.items()})

    # -- children

    def ranks(self) -> list[int]:
        """Numbers of the children of whom something is written."""
        found = self.data.get(Step.CHILDREN, {})
        telling = ("given_name", "family_name", "born_on", "expected_on")
        return [
            rank
            for rank in range(1, MOST_CHILDREN + 1)
            if any(any(found.get(f"c{rank}-{name}", ())) for name in telling) and not found.get(f"c{rank}-is_gone")
        ]

    def child_form(self, rank: int, *, blank: bool = False) -> ChildForm:
        data = None if blank else self.of(Step.CHILDREN)
        return ChildForm(data, prefix=f"c{rank}", initial={"current_care": "none"})

    def free_rank(self) -> int | None:
        """The number of the next child; None where a request has as many as it may."""
        there = self.data.get(Step.CHILDREN, {})
        free = (rank for rank in range(1, MOST_CHILDREN + 1) if not any(name.startswith(f"c{rank}-") for name in there))
        return next(free, None)

    @cached_property
    def children(self) -> dict[int, ChildForm]:
        return {rank: self.child_form(rank) for rank in self.ranks()}

    @cached_property
    def siblings(self) -> SiblingsForm:
        return self.siblings_form(len(self.ranks()))

    def siblings_form(self, children: int) -> SiblingsForm:
        """Asks how brothers and sisters stand together as soon as there is room for two of them on the page."""
        return SiblingsForm(
            self.of(Step.CHILDREN), prefix="s", many=children > 1, nurseries=catalogue.by_town(self.nurseries)
        )

    @cached_property
    def nurseries(self) -> list[Nursery]:
        return catalogue.nurseries()

    def name_of(self, rank: int) -> str:
        """How pages call a child: by its first name, else by its number."""
        found = self.data.get(Step.CHILDREN, {}).get(f"c{rank}-given_name", ())
        name = " ".join(found).strip()
        return name or (_("Enfant %(rank)s") % {"rank": rank} if len(self.ranks()) > 1 else _("Votre enfant"))

    def day_of(self, rank: int) -> date | None:
        """Of birth, or when it is expected, where one is given rightly."""
        form = self.children.get(rank)
        if form is None:
            return None
        form.is_valid()
        day: date | None = form.cleaned_data.get("born_on") or form.cleaned_data.get("expected_on")
        return day

    # -- the others

    @cached_property
    def parents(self) -> list[ParentForm]:
        data = self.of(Step.PARENTS)
        return [
            ParentForm(
                data, prefix=f"p{rank}", is_first=rank == 1, initial={"has_authority": True, "relation": "parent"}
            )
            for rank in (1, 2)
        ]

    @cached_property
    def household(self) -> HouseholdForm:
        return HouseholdForm(self.of(Step.PARENTS), prefix="h")

    @cached_property
    def needs(self) -> dict[int, NeedForm]:
        data = self.of(Step.WEEK)
        initial = {"kind": "regular", "mode": "week", "later_months": "0"}
        return {
            rank: NeedForm(
                data,
                prefix=f"n{rank}",
                day=self.day_of(rank),
                kept=self.kept_months.get(f"n{rank}-start_month", ""),
                initial=initial,
            )
            for rank in self.ranks()
        }

    @cached_property
    def wishes(self) -> WishesForm:
        return WishesForm(
            self.of(Step.WISHES),
            prefix="v",
            nurseries=catalogue.by_town(self.nurseries),
            towns=catalogue.towns(self.nurseries),
            takes=self._takes,
            initial={"prefers": "wish", "needs_holidays": True},
        )

    def _takes(self, slug: str) -> str:
        """Why a nursery cannot be wished for one of the children; empty where it can."""
        nursery = next((one for one in self.nurseries if one.facility.slug == slug), None)
        if nursery is None:
            return ""
        for rank, form in self.needs.items():
            day = self.day_of(rank)
            if form.is_bound and form.is_valid() and day is not None:
                first = form.cleaned_data["start_month"]
                if sentence := catalogue.refuses_age(nursery, born=month_of(day), month=month_of(first)):
                    return sentence
        return ""

    def forms_of(self, step: str) -> list[forms.Form]:
        if step == Step.CHILDREN:
            return [*self.children.values(), self.siblings]
        if step == Step.PARENTS:
            second = [] if self.parents[1].is_absent else self.parents[1:]
            return [self.parents[0], *second, self.household]
        return list(self.needs.values()) if step == Step.WEEK else [self.wishes]

    def problems(self, step: str) -> list[ErrorRow]:
        """What is wrong in a step, or that nobody has been there."""
        if not self.ranks() and step in (Step.CHILDREN, Step.WEEK):
            return [("", "", _("Dites d’abord pour quel enfant vous demandez une place."))]
        if self.data.get(step) is None:
            return [("", "", _("Cette étape reste à remplir."))]
        found = errors_of(*self.forms_of(step))
        if step == Step.CHILDREN and not found and self._has_one_twice():
            found.append(("", "", _("Le même enfant est écrit deux fois. Retirez-en un.")))
        return found

    def _has_one_twice(self) -> bool:
        born = [
            (data["given_name"].casefold(), data["family_name"].casefold(), data["born_on"])
            for form in self.children.values()
            if form.is_valid() and (data := form.cleaned_data)["born_on"]
        ]
        return len(set(born)) < len(born)

    def all_problems(self) -> dict[Step, list[ErrorRow]]:
        return {step: rows for step in ANSWERED if (rows := self.problems(step))}

    def given(self) -> Given:
        """What the family asks for; only where `all_problems` has none."""
        for step in ANSWERED:
            for form in self.forms_of(step):
                assert form.is_valid()
        home, wishes, siblings = self.household.cleaned_data, self.wishes.cleaned_data, self.siblings.cleaned_data
        return Given(
            children=tuple(self._child(rank, form) for rank, form in self.children.items()),
            parents=tuple(form.given() for form in self.parents if not form.is_absent),
            wishes=self.wishes.wishes(),
            towns=tuple(wishes["towns"]),
            otherwise=siblings.get("otherwise", ""),
            sibling_at=siblings["sibling_at"],
            prefers=wishes["prefers"],
            needs_holidays=wishes["needs_holidays"],
            is_single_parent=home["is_single_parent"],
            is_minor_parent=home["is_minor_parent"],
            on_insertion_path=home["on_insertion_path"],
            dependent_children=home["dependent_children"] or 0,
        )

    def _child(self, rank: int, form: ChildForm) -> GivenChild:
        child = form.given(rank)
        return GivenChild(**{**child.__dict__, "need": self.needs[rank].given()})


def answers_of(given: Given) -> dict[str, dict[str, list[str]]]:
    """The answers by which somebody would have said this: the forms of a request that was sent begin with them."""
    children: dict[str, object] = {"s-otherwise": given.otherwise, "s-sibling_at": given.sibling_at}
    week: dict[str, object] = {}
    for child in given.children:
        children |= {f"c{child.rank}-{name}": value for name, value in _answers_of_child(child).items()}
        if child.need is not None:
            week |= {f"n{child.rank}-{name}": value for name, value in _answers_of_need(child.need).items()}
    parents: dict[str, object] = {
        "h-is_single_parent": given.is_single_parent,
        "h-is_minor_parent": given.is_minor_parent,
        "h-on_insertion_path": given.on_insertion_path,
        "h-dependent_children": str(given.dependent_children),
    }
    for rank, parent in enumerate(given.parents, 1):
        parents |= {f"p{rank}-{name}": value for name, value in _answers_of_parent(parent, rank).items()}
    wishes: dict[str, object] = {f"v-wish{rank}": slug for rank, slug in enumerate(given.wishes, 1)}
    wishes |= {"v-towns": list(given.towns), "v-prefers": given.prefers, "v-needs_holidays": given.needs_holidays}
    every = {Step.CHILDREN: children, Step.PARENTS: parents, Step.WEEK: week, Step.WISHES: wishes}
    return {str(step): {name: _sent(value) for name, value in data.items() if value} for step, data in every.items()}


def _sent(value: object) -> list[str]:
    if isinstance(value, list):
        return value
    if value is True:
        return ["on"]
    return [value.isoformat() if isinstance(value, date) else str(value)]


def _answers_of_child(child: GivenChild) -> dict[str, object]:
    return {
        "given_name": child.given_name,
        "family_name": child.family_name,
        "born_on": child.born_on,
        "expected_on": child.expected_on,
        "is_adopted": child.is_adopted,
        "has_disability": child.has_disability,
        "wants_to_talk": child.wants_to_talk,
        "current_care": child.current_care,
    }


def _answers_of_need(need: GivenNeed) -> dict[str, object]:
    most = need.any_of or len(days_of(need.half_days))
    hours = {
        f"{day}_{end}": text
        for day, both in need.hours.items()
        for end, text in zip(("from", "until"), both, strict=True)
    }
    return {
        "kind": need.kind,
        "start_month": month_of(need.start_month),
        "later_months": str(need.later_months),
        "mode": need.mode,
        "any_of": need.any_of,
        "down_to": need.down_to if need.down_to and need.down_to < most else None,
        **dict.fromkeys(need.half_days, True),
        **hours,
    }


def _answers_of_parent(parent: GivenParent, rank: int) -> dict[str, object]:
    away = ELSEWHERE if rank == 1 or parent.address else ""
    return {
        "name": parent.name,
        "relation": parent.relation,
        "has_authority": parent.has_authority,
        "address": parent.address,
        "home": parent.home or away,
        "situation": parent.situation,
        "works_in": parent.works_in,
        "has_odd_hours": parent.has_odd_hours,
        "works_from": parent.works_from,
    }
