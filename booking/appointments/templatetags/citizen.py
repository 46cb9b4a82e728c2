"""{% load citizen %}: amounts, masked contacts, and the classes of form fields on residents' pages."""

from collections.abc import Iterable
from datetime import datetime
from html import escape
from typing import Any

from django import template
from django.forms.boundfield import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from booking.appointments.documents.queries import PersonDocuments
from booking.appointments.resident.layout import Choice, DayCell
from booking.residents.addresses import directions
from municipalities.models import Municipality
from municipalities.wording import NBSP, say_day, say_distance, say_phone, say_time

register = template.Library()


@register.filter
def euros(cents: int) -> str:
    """« 86 € », « 12,50 € », "€86"."""
    whole, rest = divmod(cents, 100)
    english = (get_language() or "fr").startswith("en")
    amount = f"{whole}{'.' if english else ','}{rest:02}" if rest else str(whole)
    return f"€{amount}" if english else f"{amount}\u00a0€"


@register.filter
def masked(contact: str) -> str:
    """« o…@mail.example », « 06 … 78 »: enough to recognise one's own, too little to learn another's. On one line."""
    if not contact:
        return ""
    if "@" in contact:
        name, _at, domain = contact.rpartition("@")
        said = f"{name[:1]}…@{domain}"
    else:
        said = f"{say_phone(contact).split(NBSP)[0]}{NBSP}…{NBSP}{contact[-2:]}"
    return format_html('<span class="gc-nowrap">{}</span>', said)


@register.filter
def how_far(km: float | None) -> str:
    """« 4,2 km », or in words when it is the person's own municipality; nothing when unknown."""
    if km is None:
        return ""
    return say_distance(km) if km else _("dans votre commune")


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


@register.simple_tag
def slot_buttons(choices: Iterable[Choice], said: dict[datetime, str], place: str = "") -> SafeString:
    """The times of one place as list items with buttons, every part escaped.

    Built here, not in a loop of the template: a page has hundreds, and most say one of twenty times. `said` keeps
    those that this page has said already.
    """
    hidden = format_html('<span class="govuk-visually-hidden"> {}</span>', place) if place else ""
    items = []
    for choice in choices:
        start = choice.slot.starts_at
        if start not in said:
            said[start] = escape(say_time(start))
        items.append(
            f'<li><button type="submit" class="gc-slot" name="creneau" value="{escape(choice.token)}">'
            f"{said[start]}{hidden}</button></li>"
        )
    return mark_safe("\n".join(items))


@register.simple_tag
def town_options(municipalities: Iterable[Municipality], chosen: str | None) -> SafeString:
    """The municipalities as options of a list, every part escaped, the one with the address `chosen` selected."""
    items = []
    for town in municipalities:
        selected = " selected" if town.slug == chosen else ""
        items.append(f'<option value="{escape(town.slug)}"{selected}>{escape(town.name)}</option>')
    return mark_safe("".join(items))


@register.simple_tag
def month_cells(cells: Iterable[DayCell]) -> SafeString:
    """One week of the calendar as cells, every part escaped: a link where something is free, else why not."""
    return mark_safe("".join(map(_month_cell, cells)))


def _month_cell(cell: DayCell) -> str:
    status, word = escape(cell.status), escape(cell.word)
    day = (
        f'<span aria-hidden="true">{cell.day.day}</span>'
        f'<span class="govuk-visually-hidden">{escape(say_day(cell.day))}, </span>'
    )
    other = "" if cell.is_in_month else " gc-month__other"
    if cell.href:
        href, current = escape(cell.href), ' aria-current="date"' if cell.is_chosen else ""
        inside = (
            f'<a href="{href}" hx-get="{href}" hx-target="#resultats" hx-push-url="true"{current}>'
            f"{day}<small>{word}</small></a>"
        )
    else:
        quiet = ' class="govuk-visually-hidden"' if cell.status in ("past", "closed", "excluded") else ""
        inside = f"<span>{day}<small{quiet}>{word}</small></span>"
    return f'<td class="gc-month__{status}{other}">{inside}</td>'


@register.filter
def control(field: BoundField) -> str:
    """The field's control with the classes of its state. Django ties hint and errors to it by aria-describedby."""
    attrs = dict(field.field.widget.attrs)
    if field.errors:
        base = str(attrs.get("class", "govuk-input")).split()[0]
        attrs["class"] = f"{attrs.get('class', 'govuk-input')} {base}--error"
    return field.as_widget(attrs=attrs)
