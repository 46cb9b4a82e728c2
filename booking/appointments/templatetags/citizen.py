"""{% load citizen %}: sums, masked contacts, and the classes of form fields on residents' pages."""

from collections.abc import Iterable
from typing import Any

from django import template

from booking.appointments.documents.queries import PersonDocuments, stamps
from booking.residents.addresses import directions
from municipalities.jinja import component
from municipalities.phones import say_in_full
from municipalities.wording import NBSP, how_far, say_euros

register = template.Library()


@register.filter
def added_up(listed: Iterable[PersonDocuments]) -> str:
    """« 2 × 86 € = 172 € », « 86 € + 2 × 42 € = 170 € »; nothing where there is nothing to add."""
    found = stamps(listed)
    if sum(number for number, _cents in found) < 2:
        return ""
    parts = [f"{number}{NBSP}×{NBSP}{say_euros(cents)}" if number > 1 else say_euros(cents) for number, cents in found]
    return f"{' + '.join(parts)} = {say_euros(sum(number * cents for number, cents in found))}"


@register.filter
def masked(contact: str) -> str:
    """« o…@mail.example », « +33 … 78 »: enough to recognise one's own, too little to learn another's. On one line."""
    if not contact:
        return ""
    if "@" in contact:
        name, _at, domain = contact.rpartition("@")
        said = f"{name[:1]}…@{domain}"
    else:
        said = f"{say_in_full(contact).split(NBSP)[0]}{NBSP}…{NBSP}{contact[-2:]}"
    return component("components/unbroken.html", parts=[("", said)])


register.filter(how_far)


@register.filter
def dial(number: str) -> str:
    """What `tel:` wants: digits and a leading plus."""
    return "".join(char for char in number if char.isdigit() or char == "+")


register.filter(directions)


@register.filter
def by_papers(people: Iterable[tuple[Any, ...]]) -> list[tuple[list[tuple[Any, ...]], PersonDocuments]]:
    """Those who bring the same, together: a family of four reads one list, not four.

    Takes tuples that end with PersonDocuments; gives ([what stood before it], one of the equal PersonDocuments).
    """
    groups: list[tuple[list[tuple[Any, ...]], PersonDocuments]] = []
    for *about, needed in people:
        for members, same in groups:
            if (same.lines, same.fees) == (needed.lines, needed.fees):
                members.append((needed.index + 1, *about))
                break
        else:
            groups.append(([(needed.index + 1, *about)], needed))
    return groups
