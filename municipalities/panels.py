"""What the services hang into the staff pages: links of the navigation and panels of the home page.

The services know this module, it does not know them: that keeps the direction of imports.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise

from municipalities.models import StaffMember

#: Renders a piece of the staff home page; "" when there is nothing to say to this person.
Panel = Callable[[HttpRequest, StaffMember], str]


@dataclass(frozen=True)
class Link:
    url_name: str
    label: str | Promise
    allowed: Callable[[StaffMember], bool]


links: list[Link] = []
home_panels: list[Panel] = []


def register_link(link: Link) -> None:
    if all(known.url_name != link.url_name for known in links):
        links.append(link)


def register_home_panel(panel: Panel) -> None:
    if panel not in home_panels:
        home_panels.append(panel)
