"""Jinja2, Django's other template backend, for what a page draws hundreds of times: cards, rows, times.

180 cards cost 20 ms in Django's templates and 4 in these. Pages, forms and mails stay with Django's. The templates lie
in the folder `jinja2/` of their app and are drawn by `draw`, or by `{% fragment %}` in a page.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.template import engines
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, npgettext, pgettext
from jinja2 import Environment

from municipalities import wording


def draw(name: str, /, **context: Any) -> SafeString:
    """The fragment of that name, escaped by itself."""
    return SafeString(engines["jinja2"].get_template(name).render(context))


def environment(**options: Any) -> Environment:
    """What fragments may use: translation, the house's wording and addresses. Everything is escaped."""
    made = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True, **options)
    made.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    made.globals |= {
        "addresses": _addresses,
        "colon": wording.colon,
        "component": component,
        "icon": icon,
        "numbered": _numbered,
        # `{% set list_of = once(macro) %}`: drawn once for all rows that share the same thing.
        "once": cache,
    }
    made.filters |= {
        "how_far": wording.how_far,
        "in_paris": _in_paris,
        "say_day": wording.say_day,
        "say_distance": wording.say_distance,
        "say_euros": wording.say_euros,
        "say_moment": wording.say_moment,
        "say_month": wording.say_month,
        "say_phone": wording.say_phone,
        "say_soon": wording.say_soon,
        "say_time": wording.say_time,
    }
    return made


def component(name: str, /, **context: object) -> SafeString:
    """A template of Django's in the midst of a sentence or of a fragment: a tag, an icon.

    Without the last line end of its file, which would be a space before a comma. In a fragment it is drawn once above a
    loop, not in it.
    """
    return SafeString(render_to_string(name, context).strip())


@cache
def icon(name: str) -> SafeString:
    """Nothing but its name decides what it looks like: drawn once in each process."""
    return component("components/icon.html", name=name)


def _in_paris(moment: datetime) -> str:
    """What `datetime=` of a `<time>` wants."""
    return timezone.localtime(moment).isoformat()


def _addresses(name: str) -> Callable[[UUID], str]:
    """Addresses that differ by a UUID: `reverse` is asked once, not once a row."""
    nobody = UUID(int=0)
    before, after = reverse(name, args=[nobody]).split(str(nobody))
    return lambda pk: f"{before}{pk}{after}"


def _numbered(name: str) -> Callable[[int], str]:
    """Addresses that differ by a number, as above."""
    before, after = reverse(name, args=[0]).rsplit("0", 1)
    return lambda pk: f"{before}{pk}{after}"
