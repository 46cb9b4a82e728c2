"""What an opening is for a family: which ones concern it, what it waits for, and the words for where it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.activities.enrolling.eligibility import opens_at
from booking.activities.enrolling.people import Family, say_group
from booking.activities.models import Mark, Opening, Ticket
from booking.activities.opening.admission import Reading
from booking.activities.opening.tickets import OpeningMoved
from booking.activities.seasons.offered import offered
from booking.activities.seasons.openings import LASTS
from municipalities.directory import facilities
from municipalities.wording import say_moment

#: What a poll brings along, so that it asks for nothing: signed, and of no use to anybody else.
TOKEN = "activities.opening.ticket"
TOKEN_FOR = 2 * 24 * 3600


@dataclass(frozen=True)
class Upcoming:
    """An opening that concerns a family, with the names of what opens then for somebody of it."""

    opening: Opening
    names: Sequence[str]
    ticket: Ticket | None


def upcoming(family: Family, *, now: datetime) -> list[Upcoming]:
    """Those to come and those of the last day, the next one first. Two queries."""
    names: dict[tuple[int, datetime], dict[str, None]] = {}
    for group in offered().values():
        for person in family.persons.values():
            minute = opens_at(person, group)
            if minute is not None and minute > now - LASTS:
                names.setdefault((group.season_id, minute), {})[str(group.name)] = None
    seasons = {season for season, _minute in names}
    found = Opening.objects.filter(season__in=seasons, opens_at__gt=now - LASTS, moved_to=None).select_related("season")
    mine = {one.opening_id: one for one in Ticket.objects.filter(household=family.household, opening__in=found)}
    return [
        Upcoming(one, list(names[one.season_id, one.opens_at]), mine.get(one.pk))
        for one in found.order_by("opens_at", "pk")
        if (one.season_id, one.opens_at) in names
    ]


@dataclass(frozen=True)
class Marked:
    """A group that a family keeps an eye on. `left` is None where nothing is known of its places now."""

    pk: int
    name: str
    place: str
    left: int | None


def marked(household: UUID, reading: Reading | None = None) -> list[Marked]:
    """One query."""
    found = []
    for group_id in (
        Mark.objects.filter(household=household).order_by("marked_at", "pk").values_list("group", flat=True)
    ):
        group = offered().get(group_id)
        if group is not None:
            left = reading.left.get(group_id) if reading else None
            found.append(Marked(group_id, say_group(group), facilities()[group.facility_id].name, left))
    return found


def sentence(reading: Reading, rank: int | None) -> str:
    """Where one stands: how many are ahead, and never how long that takes, which nobody knows."""
    if reading.is_moved:
        return str(OpeningMoved.sentence)
    if not reading.is_drawn:
        return _("Les inscriptions ouvrent %(when)s. L’ordre sera tiré au sort à cette minute.") % {
            "when": say_moment(reading.opens_at)
        }
    if rank is None:
        return _("Le tirage est fait. Prenez un ticket : vous passerez après ceux qui attendent déjà.")
    if reading.is_in(rank):
        return _("C’est votre tour : choisissez vos activités.")
    ahead = reading.ahead(rank)
    if not ahead:
        return _("Vous êtes la prochaine famille.")
    return ngettext("%(n)d famille passe avant vous.", "%(n)d familles passent avant vous.", ahead) % {"n": ahead}


def say_left(left: int | None) -> str:
    if left is None:
        return ""
    if not left:
        return _("complet")
    return ngettext("%(n)d place libre", "%(n)d places libres", left) % {"n": left}


def token_of(ticket: Ticket, groups: Sequence[int]) -> str:
    said = {"o": ticket.opening_id, "t": str(ticket.pk), "r": ticket.rank, "g": list(groups)}
    return signing.dumps(said, salt=TOKEN, compress=True)


def read_token(token: str) -> Mapping[str, Any]:
    """Raises signing.BadSignature."""
    said: Mapping[str, Any] = signing.loads(token, salt=TOKEN, max_age=TOKEN_FOR)
    return said
