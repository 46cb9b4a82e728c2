"""{% load wording %}: days, hours and distances in the language of the page."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django import template
from django.utils.safestring import SafeString

from municipalities import phones, wording
from municipalities.jinja import component

register = template.Library()

#: Words joined by hyphens, and the mark that ends their sentence.
HYPHENATED = re.compile(r"\w+(?:-\w+)+(?:\u00a0[?!:;])?")


@register.filter
def say_day(value: date | datetime | None) -> str:
    return wording.say_day(value) if value else ""


@register.filter
def say_dated(value: date) -> str:
    """With its year in every case: for what is printed and kept."""
    return wording.say_day(value, today=date.min)


@register.filter
def say_time(value: time | datetime | None) -> str:
    return "" if value is None else wording.say_time(value)


@register.filter
def say_moment(value: datetime | None) -> str:
    return wording.say_moment(value) if value else ""


@register.filter
def say_soon(value: datetime | None) -> str:
    return wording.say_soon(value) if value else ""


@register.filter
def say_month(value: date | None) -> str:
    return wording.say_month(value) if value else ""


@register.filter
def say_weekday(value: date | int | None) -> str:
    return "" if value is None else wording.say_weekday(value)


@register.filter
def say_until(starts: datetime, ends: datetime) -> str:
    """`{{ starts|say_until:ends }}`: the period between two instants."""
    return wording.say_period(starts, ends)


@register.filter
def say_hours(hours: float) -> str:
    """« 2 h 20 » of 2.33 hours."""
    return wording.say_duration(60 * hours)


@register.filter
def say_distance(km: float | None) -> str:
    return wording.say_distance(km)


@register.filter
def say_euros(cents: int) -> str:
    return wording.say_euros(cents)


@register.filter
def say_phone(number: str) -> str:
    return wording.say_phone(number)


@register.filter
def takes_sms(number: str) -> bool:
    """Whether a text message reaches this number; a landline is only spoken to."""
    return phones.takes_sms(number)


@register.filter
def say_in_full(number: str) -> str:
    return phones.say_in_full(number)


@register.filter
def of_town(name: str) -> str:
    return wording.of_town(name)


@register.filter
def unbroken(text: str) -> SafeString:
    """« rendez-vous » stays on one line: for headings, which on a telephone would end in « rendez- »."""
    text, plain, parts = str(text), 0, []
    for found in HYPHENATED.finditer(text):
        parts.append((text[plain : found.start()], found[0]))
        plain = found.end()
    return component("components/unbroken.html", parts=[*parts, (text[plain:], "")])


@register.simple_tag
def colon() -> str:
    """What stands between a label and its value: French sets a no-break space before it."""
    return wording.colon()


@register.filter
def beside(heads: Iterable[Any], cells: Iterable[Any]) -> list[tuple[Any, Any]]:
    """`{% for head, cell in heads|beside:cells %}`: each cell of a row with what its column is called."""
    return list(zip(heads, cells, strict=True))
