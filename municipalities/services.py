"""The door of a service: everything it tells the house about itself, in one value.

An app registers its `Service` in `AppConfig.ready()`. The services know this module and it knows none of them, so that
whatever asks all of them (the menu, the purge, a closure, a private link) never names one.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.apps import apps
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy

from municipalities.feeds import FeedKind, Following
from municipalities.models import Closure, Facility, Municipality, StaffMember
from municipalities.retention import Kept

#: The app that is the house itself: its links and tasks stand after those of the services.
HOUSE = "municipalities"
_TO_ITS_PAGE = _lazy("Revenir à ma page")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Link:
    """A link of the agents' menu."""

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
class PlaceLink:
    """What a service lets this person do at a facility or for a municipality. The start page shows what is daily."""

    text: str
    url: str
    daily: bool = False


@dataclass(frozen=True)
class Task:
    """Something that waits for this person, with the page where it is done."""

    text: str
    url: str


#: Renders a piece of the staff home page; "" when there is nothing to say to this person.
Panel = Callable[[HttpRequest, StaffMember], str]
Tasks = Callable[[StaffMember], list[Task]]
#: Renders a piece of a family's own page, from the id of its household; "" when there is nothing to say to it.
FamilyPanel = Callable[[HttpRequest, UUID], str]
#: The flag says whether this person manages the place: asked once for all of them.
FacilityLinks = Callable[[Facility, StaffMember, bool], Sequence[PlaceLink]]
#: What this person may do for a family, by the id of its household.
HouseholdLinks = Callable[[UUID, StaffMember], Sequence[PlaceLink]]
#: For somebody who may edit this municipality.
MunicipalityLinks = Callable[[Municipality], Sequence[PlaceLink]]
#: From an instant until another.
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Subject:
    """What private links open, messages speak of and readings are noted for: an appointment, a place in a queue.

    `type` is what AccessLink, Message and ReadTrace keep as `subject_type`; `label` says what it is, « rendez-vous »;
    `page` is where its private link leads.
    """

    type: str
    label: str | Promise
    page: str
    find: Callable[[UUID], object | None]
    #: What an auditor reads instead of ids, and the ids of what an auditor types.
    names: Callable[[Sequence[UUID]], dict[UUID, str]]
    look_up: Callable[[str], list[UUID]]
    #: Owes a fresh private link to each of them known at this contact, in the caller's transaction.
    send_links: Callable[[str], None]
    #: Lets whoever it concerns follow it in their own calendar.
    following: Following | None = None
    #: The words of a link to its page.
    see: str | Promise = _TO_ITS_PAGE


@dataclass(frozen=True)
class Touched:
    """What a closure would hit: how many, and a rendered piece of the page that shows it before."""

    number: int
    piece: str


@dataclass(frozen=True)
class Service:
    """`name` is the label of the app. Every part but the name may be left out."""

    name: str
    subjects: Sequence[Subject] = ()
    menu: Sequence[Link] = ()
    panels: Sequence[Panel] = ()
    tasks: Sequence[Tasks] = ()
    #: What this person may do at one facility, and for one municipality, on the pages of this service.
    facility_links: FacilityLinks | None = None
    municipality_links: MunicipalityLinks | None = None
    #: What this person may do for one family, on the pages of this service.
    household_links: HouseholdLinks | None = None
    #: Pages of a family that is signed in, by the name of their address: what its own page leads to.
    family_pages: Sequence[tuple[str, str | Promise]] = ()
    #: In the transaction that closes the account of somebody who leaves.
    on_leaving: Callable[[StaffMember], None] | None = None
    #: What a closure that is not made yet would hit, as far as this person may see it.
    touched_by: Callable[[HttpRequest, StaffMember, Closure], Touched] | None = None
    #: Around the making or lifting of a closure, in its transaction; refuses by raising a Refusal. The flag says that
    #: whoever closes has seen what is touched and leaves it where it is.
    closing: Callable[[Closure, bool], AbstractContextManager[None]] | None = None
    #: The calendars agents may subscribe to.
    feeds: Sequence[FeedKind] = ()
    #: When these facilities (ids) are open to everybody from an instant on, as far as openings are published; by
    #: facility, as often as they overlap. For the towns' public calendars.
    openings: Callable[[Collection[int], datetime], Mapping[int, Sequence[Span]]] | None = None
    #: Views whose POST that ends in a redirect has done what the figures count: name of the address → verb.
    counted_views: Mapping[str, str] = field(default_factory=dict)
    #: What it keeps of people, for how long and why; and the fields that could say something of a person and do not.
    retention: Sequence[Kept] = ()
    impersonal: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: Erases what is due, or counts it in a dry run. Returns numbers by what they count, in the active language.
    purge: Callable[[datetime, bool], Mapping[str, int]] | None = None
    #: Of these ids (of families, of their members), those it still needs, each with a sentence that says what stays,
    #: and until when. Whoever nobody names is erased when they ask, or when their time is over.
    still_needs: Callable[[Collection[UUID]], Mapping[UUID, str]] | None = None
    #: What it knows of a family (the id of its household), for the copy people take away: JSON values by name.
    tells_of: Callable[[UUID], Mapping[str, Any]] | None = None
    #: What of this household outlives its erasure, without its name and for good: a sentence, "" for nothing.
    outlives: Callable[[UUID], str] | None = None
    #: What it shows a family on the page where it arrives: what it owes, where it is enrolled.
    family_panels: Sequence[FamilyPanel] = ()


_services: dict[str, Service] = {}


def register(service: Service) -> None:
    _services[service.name] = service


def registered() -> list[Service]:
    """The doors of all installed apps, in their order, the house's own last."""
    installed = [_services[name] for name in apps.app_configs if name in _services]
    return sorted(installed, key=lambda service: service.name == HOUSE)


def subject_of(type: str) -> Subject | None:
    return next((subject for subject in subjects() if subject.type == type), None)


def subjects() -> list[Subject]:
    return [subject for service in registered() for subject in service.subjects]


def menu_of(staff: StaffMember, view_name: str) -> list[Entry]:
    """The links this person may use; `view_name` is that of the page being shown."""

    def current(link: Link) -> str:
        if link.url_name == view_name:
            return "page"
        return "true" if view_name in link.covers else ""

    links = [link for service in registered() for link in service.menu]
    return [Entry(link.url_name, link.label, current(link)) for link in links if link.allowed(staff)]


def panels_of(request: HttpRequest, staff: StaffMember) -> list[str]:
    pieces = [panel(request, staff) for service in registered() for panel in service.panels]
    return [piece for piece in pieces if piece]


def family_panels_of(request: HttpRequest, household: UUID) -> list[str]:
    """What every service shows a family where it arrives."""
    pieces = [panel(request, household) for service in registered() for panel in service.family_panels]
    return [piece for piece in pieces if piece]


def outliving(household: UUID) -> list[str]:
    """What no erasure of this family reaches, said by every service that keeps such things."""
    sentences = [service.outlives(household) for service in registered() if service.outlives is not None]
    return [sentence for sentence in sentences if sentence]


def tasks_of(staff: StaffMember) -> list[Task]:
    return [task for service in registered() for source in service.tasks for task in source(staff)]


def facility_links(facility: Facility, staff: StaffMember, manages: bool) -> list[PlaceLink]:
    sources = [service.facility_links for service in registered() if service.facility_links]
    return [link for source in sources for link in source(facility, staff, manages)]


def household_links(household: UUID, staff: StaffMember) -> list[PlaceLink]:
    sources = [service.household_links for service in registered() if service.household_links]
    return [link for source in sources for link in source(household, staff)]


def municipality_links(municipality: Municipality) -> list[PlaceLink]:
    sources = [service.municipality_links for service in registered() if service.municipality_links]
    return [link for source in sources for link in source(municipality)]


def family_pages() -> list[tuple[str, str | Promise]]:
    return [page for service in registered() for page in service.family_pages]


def has_left(member: StaffMember) -> None:
    """Tells every service that an account is being closed, in the caller's transaction."""
    for service in registered():
        if service.on_leaving is not None:
            service.on_leaving(member)


def touched_by(request: HttpRequest, staff: StaffMember, closure: Closure) -> list[Touched]:
    """What every service says a closure would hit."""
    return [service.touched_by(request, staff, closure) for service in registered() if service.touched_by]


@contextmanager
def closing(closure: Closure, keep: bool) -> Iterator[None]:
    """Around the making or lifting of a closure: every service does what follows from it, in the same transaction."""
    with ExitStack() as stack:
        for service in registered():
            if service.closing is not None:
                stack.enter_context(service.closing(closure, keep))
        yield


def feed_kinds() -> list[FeedKind]:
    return [kind for service in registered() for kind in service.feeds]


def feed_kind(name: str) -> FeedKind | None:
    return next((kind for kind in feed_kinds() if kind.name == name), None)


def openings(facility_ids: Collection[int], now: datetime) -> dict[int, list[Span]]:
    """When these facilities are open to everybody, whatever service opens them."""
    spans: dict[int, list[Span]] = {}
    for service in registered():
        if service.openings is not None:
            for facility_id, found in service.openings(facility_ids, now).items():
                spans.setdefault(facility_id, []).extend(found)
    return spans


def counted_views() -> dict[str, str]:
    return {view: verb for service in registered() for view, verb in service.counted_views.items()}


def send_links(contact: str) -> None:
    """Every service owes a fresh private link for whatever it knows at this address or number."""
    for subject in subjects():
        subject.send_links(contact)


def needed(ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """Of these families and members, those some service still needs, with the sentences that say why."""
    found: dict[UUID, list[str]] = {}
    for service in registered():
        if service.still_needs is not None and ids:
            for pk, sentence in service.still_needs(ids).items():
                found.setdefault(pk, []).append(sentence)
    return found


def told_of(household: UUID) -> dict[str, Any]:
    """What every service knows of a family, by the name of the service."""
    return {service.name: dict(service.tells_of(household)) for service in registered() if service.tells_of}


def kept() -> list[Kept]:
    """The one table of what is kept of people: purge, the legal page and the tests read it."""
    return [row for service in registered() for row in service.retention]


def purge(*, now: datetime | None = None, dry_run: bool = False) -> dict[str, int]:
    """Has every service erase what is due, or count it. Numbers by what they count, in the active language.

    One that fails keeps no other from forgetting; it is raised when all have had their turn.
    """
    now = now or timezone.now()
    done: dict[str, int] = {}
    failures: list[Exception] = []
    for service in registered():
        if service.purge is None:
            continue
        try:
            counts = service.purge(now, dry_run)
        except Exception as error:
            failures.append(error)
            continue
        for what, number in counts.items():
            done[what] = done.get(what, 0) + number
    if not dry_run:
        log.info("purged", **done)
    if failures:
        raise ExceptionGroup("some services did not forget", failures)
    return done
