"""What the services hang into the staff pages: links of the navigation, panels and tasks of the home page.

The services know this module, it does not know them: that keeps the direction of imports.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

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
    #: Other pages of the same section, by the name of their address: there the menu marks this link too.
    covers: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Entry:
    """A link of the menu as one page shows it. `current` is what aria-current says: "page", "true" or nothing."""

    url_name: str
    label: str | Promise
    current: str


@dataclass(frozen=True)
class Task:
    """Something that waits for this person, with the page where it is done."""

    text: str
    url: str


Tasks = Callable[[StaffMember], list[Task]]

links: list[Link] = []
home_panels: list[Panel] = []
task_sources: list[Tasks] = []


def menu_of(staff: StaffMember, view_name: str) -> list[Entry]:
    """The links this person may use; `view_name` is that of the page being shown."""

    def current(link: Link) -> str:
        if link.url_name == view_name:
            return "page"
        return "true" if view_name in link.covers else ""

    return [Entry(link.url_name, link.label, current(link)) for link in links if link.allowed(staff)]


def register_link(link: Link) -> None:
    if all(known.url_name != link.url_name for known in links):
        links.append(link)


def register_home_panel(panel: Panel) -> None:
    if panel not in home_panels:
        home_panels.append(panel)


def register_tasks(source: Tasks) -> None:
    if source not in task_sources:
        task_sources.append(source)
