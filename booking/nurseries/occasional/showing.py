"""What a family's page and an operator's page show of occasional half-days. Reads only."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from booking.nurseries.enums import Section
from booking.nurseries.models import (
    ApplicationChild,
    Nursery,
    NurseryApplication,
    OccasionalAdmission,
    OccasionalCare,
    OccasionalPlace,
    OccasionalStay,
    OccasionalWish,
)
from booking.nurseries.models.occasional import ASKED_STAYS, LIVE_STAYS, StayState
from booking.nurseries.models.requests import LIVE
from booking.nurseries.occasional.days import PUBLISHED_DAYS_BEFORE, HalfDay, days_ahead, section_of
from booking.nurseries.occasional.words import say_half


@dataclass(frozen=True)
class Choice:
    """A half-day at one nursery that has places of the child's section: free ones, or none."""

    nursery: Nursery
    said: str
    value: str
    free: int


@dataclass
class ChildPage:
    child: ApplicationChild
    asked: list[tuple[OccasionalStay, str]] = field(default_factory=list)
    taken: list[tuple[OccasionalStay, str, datetime | None]] = field(default_factory=list)
    waits: list[tuple[OccasionalWish, str]] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)


def page_of(application: NurseryApplication, now: datetime) -> dict[str, Any]:
    """`is_over`: the request is; half-days that were taken are told all the same."""
    is_over = application.state not in LIVE
    admissions = OccasionalAdmission.objects.standing().filter(child__application=application)
    by_child: dict[Any, list[OccasionalAdmission]] = {}
    for one in admissions.select_related("nursery__facility", "nursery__occasional").order_by(
        "nursery__facility__name"
    ):
        by_child.setdefault(one.child_id, []).append(one)
    children = application.children.select_related("member").order_by("rank")
    pages = [_child(one, by_child.get(one.pk, []), now, is_over) for one in children]
    return {"is_over": is_over, "children": [one for one in pages if one.child.pk in by_child or one.taken]}


def _care(nursery: Nursery) -> OccasionalCare:
    """As `care_of`, of a nursery read with what it says."""
    return getattr(nursery, "occasional", None) or OccasionalCare(nursery=nursery)


def _child(child: ApplicationChild, admitted: Sequence[OccasionalAdmission], now: datetime, over: bool) -> ChildPage:
    page, today = ChildPage(child), timezone.localdate(now)
    stays = OccasionalStay.objects.filter(child=child, state__in=LIVE_STAYS, day__gte=today)
    busy: set[tuple[date, str]] = set()
    for stay in stays.select_related("place__nursery__facility", "place__nursery__occasional").order_by("day", "half"):
        half_day = HalfDay(_care(stay.place.nursery), stay.day, stay.half)
        said = f"{stay.place.nursery.facility.name}, {say_half(stay.day, stay.half)}"
        if stay.state == StayState.TAKEN:
            until = half_day.given_back_by if half_day.given_back_by > now else None
            page.taken.append((stay, said, until))
        elif stay.until is not None and stay.until > now and not over:
            page.asked.append((stay, said))
        busy.add((stay.day, stay.half))
    if over:
        return page
    wishes = OccasionalWish.objects.filter(child=child, ended_at__isnull=True, day__gte=today)
    waits: set[tuple[int, date, str]] = set()
    for wish in wishes.select_related("nursery__facility").order_by("day", "half"):
        page.waits.append((wish, f"{wish.nursery.facility.name}, {say_half(wish.day, wish.half)}"))
        waits.add((wish.nursery_id, wish.day, wish.half))
    for one in admitted:
        for day, half, free in _open_half_days(one.nursery, child, now):
            if (day, half) not in busy and (one.nursery_id, day, half) not in waits:
                said = say_half(day, half)
                page.choices.append(Choice(one.nursery, said, f"{day.isoformat()}_{half}", free))
    page.choices.sort(key=lambda choice: (choice.value, choice.nursery.facility.name))
    return page


def _open_half_days(nursery: Nursery, child: ApplicationChild, now: datetime) -> list[tuple[date, str, int]]:
    """Half-days with places of the child's section that have not begun, with how many of them are free."""
    days = days_ahead(timezone.localdate(now))
    places = OccasionalPlace.objects.filter(nursery=nursery, day__in=days)
    sections = {day: section_of(child, day) for day in days}
    free = Counter(places.free().values_list("day", "half", "section"))
    every = sorted(set(places.values_list("day", "half", "section")))
    care = _care(nursery)
    return [
        (day, half, free[day, half, section])
        for day, half, section in every
        if section == sections[day] and HalfDay(care, day, half).begins_at > now
    ]


# -- for operators

YOUNGEST_FIRST = {section: nth for nth, section in enumerate(Section.values)}


def opened(nursery: Nursery, now: datetime) -> list[dict[str, Any]]:
    """The half-days to come with each place and who has it, the next first."""
    live = OccasionalStay.objects.filter(state__in=LIVE_STAYS, place__nursery=nursery)
    stays = {one.place_id: one for one in live.select_related("child__member")}
    found: dict[tuple[date, str], list[dict[str, Any]]] = {}
    places = OccasionalPlace.objects.filter(nursery=nursery, day__gte=timezone.localdate(now))
    for place in sorted(places, key=lambda one: (one.day, one.half, YOUNGEST_FIRST[one.section], one.number)):
        stay = stays.get(place.pk)
        line = {"place": place, "stay": stay, "is_asked": stay is not None and stay.state in ASKED_STAYS}
        found.setdefault((place.day, place.half), []).append(line)
    return [{"said": say_half(day, half), "lines": lines} for (day, half), lines in found.items()]


@dataclass(frozen=True)
class FreeLine:
    """Free places of a section on a half-day, as they are published. `is_late`: opened after the third day before."""

    day: date
    half: str
    nursery: Nursery
    section: str
    free: int
    is_late: bool

    @property
    def said(self) -> str:
        return say_half(self.day, self.half)

    @property
    def section_said(self) -> str:
        return str(Section(self.section).label)


def free_places(nurseries: Sequence[Nursery], now: datetime) -> list[FreeLine]:
    """What is free now and to come (CASF L.214-2-2, D.214-10), by day, nursery and section."""
    by_id = {one.pk: one for one in nurseries}
    rows = OccasionalPlace.objects.free().filter(nursery__in=by_id, day__gte=timezone.localdate(now))
    found: Counter[tuple[date, str, int, str]] = Counter()
    late: set[tuple[date, str, int, str]] = set()
    for place in rows.order_by("day", "half"):
        if HalfDay(_care(by_id[place.nursery_id]), place.day, place.half).begins_at <= now:
            continue
        key = (place.day, place.half, place.nursery_id, place.section)
        found[key] += 1
        if (place.day - timezone.localdate(place.opened_at)).days < PUBLISHED_DAYS_BEFORE:
            late.add(key)
    order = sorted(found, key=lambda one: (one[0], one[1], by_id[one[2]].facility.name, YOUNGEST_FIRST[one[3]]))
    return [
        FreeLine(day, half, by_id[pk], section, found[day, half, pk, section], (day, half, pk, section) in late)
        for day, half, pk, section in order
    ]
