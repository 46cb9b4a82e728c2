"""The answer of the calendar, laid out for the page: what is said, in which order, and where each link leads."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.appointments.bookings.person_form import TypedPerson
from booking.appointments.documents.queries import PersonDocuments, documents_for
from booking.appointments.resident.chips import chips
from booking.appointments.resident.search_request import SearchRequest
from booking.appointments.resident.ways_out import WayOut, ways_out
from booking.appointments.search.answers import Answer, DayAnswer, DayFacility, FacilityAnswer, Slot
from municipalities.query_names import Param
from municipalities.wording import colon, say_day, say_moment, say_month, say_time, say_weekday, short_weekday

#: When the first start is this far, or an appointment is being moved, the waiting list is worth a line.
FAR = timedelta(days=7)
#: Times of one town hall in sight at once; the others unfold.
SHOWN_TIMES = 6


class DayCell(NamedTuple):
    day: date
    status: str
    word: str
    href: str
    is_chosen: bool
    is_in_month: bool


class Choice(NamedTuple):
    """One start that can be taken: the button's value and what it says."""

    token: str
    slot: Slot
    distance_km: float | None = None
    hour: str = ""


@dataclass
class Page:
    """Everything the results template shows."""

    asked: SearchRequest
    answer: Answer
    soonest: Choice | None = None
    nearest: Choice | None = None
    same: bool = False
    first: list[tuple[date, list[Choice]]] = field(default_factory=list)
    weeks: list[list[DayCell]] = field(default_factory=list)
    month: date | None = None
    previous_month: str = ""
    next_month: str = ""
    day_facilities: list[tuple[DayFacility, list[Choice], list[Choice]]] = field(default_factory=list)
    anywhere: list[Choice] = field(default_factory=list)
    previous_day: str = ""
    next_day: str = ""
    facilities: list[tuple[FacilityAnswer, str, str]] = field(default_factory=list)
    all_places: str = ""
    count: int = 0
    day_word: str = ""
    why_empty: list[str] = field(default_factory=list)
    ways_out: list[WayOut] = field(default_factory=list)
    to_call: list[FacilityAnswer] = field(default_factory=list)
    to_bring: PersonDocuments | None = None
    minutes: int = 0
    late_number_towns: str = ""
    chips: list[tuple[str, str]] = field(default_factory=list)

    @property
    def first_count(self) -> int:
        return len(self.answer.first)

    @property
    def many_places(self) -> bool:
        return len(self.answer.facilities) > 1

    @property
    def weekday_names(self) -> list[tuple[str, str]]:
        return [(say_weekday(number), short_weekday(number)) for number in range(7)]

    @property
    def wait_link(self) -> str:
        """Where to ask for an earlier time; nothing when there is one soon."""
        if self.asked.moving is not None:
            return reverse("appointments:wait_with", args=[self.asked.moving.pk])
        soonest = self.answer.soonest
        if soonest is not None and soonest.starts_at < timezone.now() + FAR:
            return ""
        return reverse("appointments:wait") + self.asked.link(jour=None, mois=None, tri=None)

    @property
    def announcement(self) -> str:
        """One sentence for those who do not see the page change."""
        if self.answer.soonest is None:
            return " ".join(self.why_empty)
        said = _("Premier rendez-vous : %(when)s, %(where)s.") % {
            "when": say_moment(self.answer.soonest.starts_at),
            "where": self.answer.soonest.facility.name,
        }
        if self.asked.month is not None and self.month is not None:
            month = say_month(self.month)
            said = f"{month[:1].upper()}{month[1:]}."
        if self.answer.day is None:
            return f"{said} {self.day_word}".strip()
        times = ngettext("%(n)s horaire libre", "%(n)s horaires libres", self.count) % {"n": self.count}
        day = say_day(self.answer.day)
        return f"{said} {day[:1].upper()}{day[1:]}{colon()} {times}."


def lay_out(asked: SearchRequest, answer: Answer) -> Page:
    page = Page(asked=asked, answer=answer)
    distances = {found.facility.pk: found.distance_km for found in answer.facilities}

    said = cache(say_time)  # a page has hundreds of times, and most say one of twenty

    def choice(slot: Slot) -> Choice:
        return Choice(slot.token, slot, distances.get(slot.facility.pk), said(slot.starts_at))

    page.soonest = choice(answer.soonest) if answer.soonest else None
    page.nearest = choice(answer.nearest) if answer.nearest else None
    page.same = bool(page.soonest and page.nearest and page.soonest.token == page.nearest.token)
    page.first = [
        (day, [choice(slot) for slot in slots])
        for day, slots in groupby(answer.first, key=lambda slot: timezone.localdate(slot.starts_at))
    ]
    _lay_out_month(page)
    _lay_out_day(page, choice)
    ours = asked.here.pk if asked.here else None
    page.facilities = [
        (found, asked.link(mairie=found.facility.slug, jour=None, mois=None), _narrow_word(asked, found))
        for found in sorted(answer.facilities, key=lambda found: found.facility.municipality_id != ours)
    ]
    page.all_places = asked.link(mairie=None, jour=None, mois=None)
    page.chips = chips(asked)
    if answer.soonest is None:
        _explain(page)
    else:
        page.minutes = int((answer.soonest.ends_at - answer.soonest.starts_at).total_seconds()) // 60
        assert asked.type is not None
        page.late_number_towns = _late_number_towns(asked, answer)
        (page.to_bring,) = documents_for(type=asked.type, people=[TypedPerson()], municipality=asked.here)
    return page


def _late_number_towns(asked: SearchRequest, answer: Answer) -> str:
    """« Illzach, Rixheim »: the towns, of those that have a time, where the number may come later."""
    if asked.type is None or not asked.type.needs_number or asked.staff is not None:
        return ""
    towns = {found.facility.municipality for found in answer.facilities if found.first is not None}
    return ", ".join(sorted(town.name for town in towns if town.takes_number_later))


def _by_day_or_hour(asked: SearchRequest) -> bool:
    data = asked.form.cleaned_data
    return bool(data[Param.WEEKDAYS] or data[Param.NOT_BEFORE] or data[Param.NOT_AFTER])


def _narrow_word(asked: SearchRequest, found: FacilityAnswer) -> str:
    """Nothing on these weekdays and hours is not the same as full."""
    if found.first is None and found.status.value == "full" and _by_day_or_hour(asked):
        return _("aucun horaire à ces jours et heures")
    return ""


def _lay_out_month(page: Page) -> None:
    days = page.answer.month
    if not days:
        return
    words = {
        "free": _("libre"),
        "full": _("complet"),
        "closed": _("fermé"),
        "past": _("passé"),
        "not_released": _("pas encore ouvert"),
        "reserved": _("réservé"),
        "excluded": _("hors de votre recherche"),
    }
    page.month = days[min(len(days) - 1, 7)].day.replace(day=1)
    links = _DayLinks(page.asked)
    weekdays = page.asked.form.weekdays()

    def status(found: DayAnswer) -> str:
        said = str(found.status.value)
        return "excluded" if said == "full" and weekdays and found.day.weekday() not in weekdays else said

    cells = [
        DayCell(
            day=found.day,
            status=said,
            word=words[said],
            href=links.to(found.day) if said == "free" else "",
            is_chosen=found.day == page.answer.day,
            is_in_month=found.day.month == page.month.month,
        )
        for found, said in ((found, status(found)) for found in days)
    ]
    weeks = [cells[start : start + 7] for start in range(0, len(cells), 7)]
    # Weeks that are over say nothing worth a line.
    page.weeks = [week for week in weeks if any(cell.status != "past" for cell in week)] or weeks
    today = timezone.localdate()
    before = page.month - timedelta(days=1)
    after = (page.month + timedelta(days=32)).replace(day=1)
    if page.month > today.replace(day=1):
        page.previous_month = page.asked.link(mois=f"{before:%Y-%m}", jour=None) + "#calendrier"
    if after <= today + timedelta(days=366):
        page.next_month = page.asked.link(mois=f"{after:%Y-%m}", jour=None) + "#calendrier"


def _lay_out_day(page: Page, choice: Any) -> None:
    answer, asked = page.answer, page.asked
    links = _DayLinks(asked)
    page.previous_day = links.to(answer.previous_day) if answer.previous_day else ""
    page.next_day = links.to(answer.next_day) if answer.next_day else ""
    ours = asked.here.pk if asked.here else None
    shown = sorted(
        (found for found in answer.day_facilities if found.slots),
        key=lambda found: found.facility.municipality_id != ours,
    )
    at_once = SHOWN_TIMES if len(shown) > 1 else len(shown and shown[0].slots)
    starts: dict[datetime, Choice] = {}
    for found in shown:
        choices = [choice(slot) for slot in found.slots]
        page.day_facilities.append((found, choices[:at_once], choices[at_once:]))
        starts |= {one.slot.starts_at: one for one in choices}
    if not shown and answer.day:
        page.day_word = _why_no_times(page, answer.day)
    elif not shown and page.month is not None:
        page.day_word = _("Aucun horaire libre ce mois-là.")
    page.count = sum(len(found.slots) for found in shown)
    if len(shown) > 1:
        page.anywhere = [
            one._replace(token="0-" + one.token.partition("-")[2]) for _start, one in sorted(starts.items())
        ]


def _why_no_times(page: Page, day: date) -> str:
    said = {
        "full": _("Tout est pris ce jour-là."),
        "closed": _("Les mairies sont fermées ce jour-là."),
        "not_released": _("Les horaires de ce jour ne sont pas encore ouverts à la réservation."),
        "past": _("Ce jour est passé."),
        "reserved": _("Ce qui est libre ce jour-là est réservé aux habitants de la commune qui le propose."),
    }
    status = next((str(found.status.value) for found in page.answer.month if found.day == day), "")
    return said.get(status, _("Aucun horaire libre ce jour-là."))


class _DayLinks:
    """Links to days: the same query string up to the day."""

    def __init__(self, asked: SearchRequest) -> None:
        base = asked.link(jour=None, mois=None)
        self._base = base if base.endswith("?") else base + "&"

    def to(self, day: date) -> str:
        return f"{self._base}{Param.DAY}={day:%Y-%m-%d}&{Param.MONTH}={day:%Y-%m}#jour"


def _explain(page: Page) -> None:
    """Why nothing is free, and what one can do about it."""
    answer, asked = page.answer, page.asked
    data = asked.form.cleaned_data
    statuses = {str(found.status.value) for found in answer.facilities}
    if not answer.facilities:
        page.why_empty.append(_("Aucune mairie ne propose ce rendez-vous pour ce nombre de personnes."))
    elif statuses == {"closed"}:
        page.why_empty.append(_("Les mairies sont fermées sur toute la période demandée."))
    elif "reserved" in statuses:
        page.why_empty.append(_("Ce qui est libre est réservé aux habitants de la commune qui le propose."))
        if asked.home is None:
            page.ways_out.append(WayOut(_("Dire dans quelle commune vous habitez"), "#id_commune", is_known=False))
    elif "full" in statuses and _by_day_or_hour(asked):
        page.why_empty.append(_("Rien n’est libre aux jours et heures demandés."))
    elif "full" in statuses and data[Param.UNTIL_DAY]:
        page.why_empty.append(_("Tout est pris jusqu’au %(day)s.") % {"day": say_day(data[Param.UNTIL_DAY])})
    elif "full" in statuses:
        page.why_empty.append(_("Tout est pris sur la période demandée."))
    else:
        page.why_empty.append(_("Les horaires de cette période ne sont pas encore ouverts."))
    if answer.released_next_at and statuses & {"full", "not_released"} and not _by_day_or_hour(asked):
        page.why_empty.append(
            _("De nouveaux horaires s’ouvrent %(when)s.") % {"when": say_moment(answer.released_next_at)}
        )
    page.ways_out += ways_out(asked)
    home = asked.home.pk if asked.home else None
    nearest = sorted(
        answer.facilities, key=lambda found: (found.facility.municipality_id != home, found.distance_km or 0.0)
    )
    page.to_call = [found for found in nearest if found.facility.phone or found.facility.municipality.phone][:3]
