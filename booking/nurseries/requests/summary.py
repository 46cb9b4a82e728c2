"""A request as one reads it: what the family sees before it sends, and the agent on the file's page."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from booking.nurseries.calendar_words import say_date, say_days
from booking.nurseries.enums import CareKind, CurrentCare, Otherwise, Prefers, Relation, Situation
from booking.nurseries.models import Nursery
from booking.nurseries.requests.days import Sets, days_of
from booking.nurseries.requests.given import Given, GivenChild, GivenNeed, GivenParent
from booking.nurseries.requests.steps import Step
from municipalities.directory import members
from municipalities.wording import say_month


@dataclass(frozen=True)
class Row:
    """`is_sensitive`: health, insertion, a parent under age. Agents read it with a right of its own."""

    label: str
    value: str
    is_sensitive: bool = False


@dataclass(frozen=True)
class Section:
    step: Step
    title: str
    rows: list[Row] = field(default_factory=list)


def say_sets(sets: Sets) -> list[tuple[str, list[str]]]:
    """Each number of days, with the weeks that reach the allocation."""
    found = []
    for group in sets.groups:
        number = len(days_of(group[0]))
        title = ngettext("%(number)s jour par semaine", "%(number)s jours par semaine", number) % {"number": number}
        found.append((title, [say_days(days) for days in group]))
    return found


def summary_of(given: Given) -> list[Section]:
    nurseries = {
        one.facility.slug: f"{one.facility.name} ({one.facility.municipality.name})"
        for one in Nursery.objects.filter(facility__slug__in=[*given.wishes, given.sibling_at]).select_related(
            "facility__municipality"
        )
    }
    sections = [Section(Step.CHILDREN, _name(child), list(_child(child))) for child in given.children]
    if given.sibling_at:
        sections[-1].rows.append(Row(_("Frère ou sœur en crèche"), nurseries.get(given.sibling_at, "")))
    if given.otherwise:
        sections[-1].rows.append(Row(_("Fratrie"), str(Otherwise(given.otherwise).label)))
    for rank, parent in enumerate(given.parents, 1):
        title = _("Parent %(rank)s") % {"rank": rank}
        sections.append(Section(Step.PARENTS, title, list(_parent(parent))))
    sections.append(Section(Step.PARENTS, _("La famille"), list(_household(given))))
    for child in given.children:
        if child.need is not None:
            title = _("La semaine : %(name)s") % {"name": _name(child)}
            sections.append(Section(Step.WEEK, title, list(_need(child.need))))
    sections.append(Section(Step.WISHES, _("Les vœux"), list(_wishes(given, nurseries))))
    return sections


def _yes(flag: bool) -> str:
    return _("Oui") if flag else _("Non")


def _name(child: GivenChild) -> str:
    return f"{child.given_name} {child.family_name}".strip() or _("Enfant à naître")


def _child(child: GivenChild) -> Iterable[Row]:
    if child.born_on:
        yield Row(_("Né le"), say_date(child.born_on))
    elif child.expected_on:
        yield Row(_("Attendu le"), say_date(child.expected_on))
    if child.is_adopted:
        yield Row(_("Adoption"), _yes(True))
    yield Row(_("Garde actuelle"), str(CurrentCare(child.current_care).label))
    yield Row(_("Dossier AEEH ou MDPH"), _yes(child.has_disability), is_sensitive=True)
    yield Row(_("Souhaite en parler"), _yes(child.wants_to_talk), is_sensitive=True)


def _parent(parent: GivenParent) -> Iterable[Row]:
    towns = members()
    yield Row(_("Prénom et nom"), parent.name)
    yield Row(_("Lien avec l’enfant"), str(Relation(parent.relation).label))
    yield Row(_("Autorité parentale"), _yes(parent.has_authority))
    if parent.address:
        home = towns[parent.home].name if parent.home in towns else _("hors du territoire")
        yield Row(_("Adresse"), f"{parent.address}, {home}")
    yield Row(pgettext("d’une personne", "Situation"), str(Situation(parent.situation).label))
    if parent.works_in in towns:
        yield Row(_("Commune de travail"), towns[parent.works_in].name)
    if parent.has_odd_hours:
        yield Row(_("Horaires décalés"), _yes(True))
    if parent.works_from:
        yield Row(_("Reprise ou début du travail"), say_date(parent.works_from))


def _household(given: Given) -> Iterable[Row]:
    yield Row(_("Un parent seul"), _yes(given.is_single_parent))
    if given.dependent_children:  # left out it counts as none, which the children of the request would belie
        yield Row(_("Enfants à charge"), str(given.dependent_children))
    yield Row(_("RSA ou parcours d’insertion"), _yes(given.on_insertion_path), is_sensitive=True)
    yield Row(_("Un parent mineur"), _yes(given.is_minor_parent), is_sensitive=True)


def _need(need: GivenNeed) -> Iterable[Row]:
    yield Row(pgettext("d’un enfant", "Accueil"), str(CareKind(need.kind).label))
    start = capfirst(say_month(need.start_month))
    if need.later_months:
        later = ngettext(
            "%(start)s, ou jusqu’à %(number)s mois plus tard",
            "%(start)s, ou jusqu’à %(number)s mois plus tard",
            need.later_months,
        )
        start = later % {"start": start, "number": need.later_months}
    yield Row(_("À partir de"), start)
    for title, weeks in say_sets(need.sets):
        yield Row(title, reduce(_or, weeks))
    if need.sets.left_out:
        yield Row(
            _("Semaines laissées de côté"),
            ngettext(
                "%(number)s autre semaine, que le calcul ne compare pas : seize au plus.",
                "%(number)s autres semaines, que le calcul ne compare pas : seize au plus.",
                need.sets.left_out,
            )
            % {"number": need.sets.left_out},
        )


def _or(one: str, other: str) -> str:
    """Two weeks that would do, as each language parts them."""
    return _("%(one)s ; %(other)s") % {"one": one, "other": other}


def _wishes(given: Given, nurseries: dict[str, str]) -> Iterable[Row]:
    for rank, slug in enumerate(given.wishes, 1):
        yield Row(_("Vœu n° %(rank)s") % {"rank": rank}, nurseries.get(slug, slug))
    if given.towns:
        towns = members()
        yield Row(_("Toute crèche de"), ", ".join(towns[slug].name for slug in given.towns if slug in towns))
    yield Row(_("Compte le plus"), str(Prefers(given.prefers).label))
    yield Row(_("Vacances scolaires"), _yes(given.needs_holidays))
