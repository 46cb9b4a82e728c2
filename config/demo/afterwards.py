"""What comes after the enrolments: absences that free seats, people who wait, a pool closed for a day. All invented."""

import random
from collections import defaultdict
from datetime import date, datetime, time, timedelta

from django.db.models import Count

from booking.activities.models import Enrolment, Group, Seat, Session, Waiting
from booking.activities.water.days import at
from booking.residents.models import Membership
from config.demo.cash import CASHIER
from municipalities.actions.closures import close_place
from municipalities.languages import Translated
from municipalities.models import Facility, StaffMember

ABSENCES, WAITING = 60, 5
#: On this day from now the pool where most groups meet is closed.
CLOSED_IN = 6
WHY = Translated(
    fr="Vidange du bassin (fictif)", de="Entleerung des Beckens (fiktiv)", en="Basin being drained (fictitious)"
)


def build_afterwards(today: date, now: datetime, seed: int) -> tuple[int, int]:
    """How many absences, and how many people who wait."""
    chance = random.Random(seed)
    absent, waiting = _absences(now, chance), _lists(now, chance)
    day = today + timedelta(days=CLOSED_IN)
    period = (at(day, time()), at(day + timedelta(days=1), time()))
    meets = Session.objects.planned().filter(starts_at__range=period).values_list("group__basin__pool__facility")
    busiest = meets.annotate(sessions=Count("pk")).order_by("-sessions", "group__basin__pool__facility").first()
    if busiest is not None:
        pool = Facility.objects.get(pk=busiest[0])
        close_place(facility=pool, period=period, reason=WHY, by=StaffMember.objects.get(email=CASHIER))
    return absent, waiting


def _absences(now: datetime, chance: random.Random) -> int:
    soon = Seat.objects.taken().filter(
        enrolment__state="enrolled",
        period__startswith__gt=now + timedelta(days=1),
        period__startswith__lt=now + timedelta(days=13),
    )
    ids = list(soon.order_by("pk").values_list("pk", flat=True))
    return Seat.objects.filter(pk__in=chance.sample(ids, min(ABSENCES, len(ids)))).update(freed_at=now)


def _lists(now: datetime, chance: random.Random) -> int:
    """For full groups, people who are in another group of the same activity and are not elsewhere at that hour."""
    standing: dict[int, set[object]] = defaultdict(set)
    by_activity: dict[int, list[Enrolment]] = defaultdict(list)
    for one in Enrolment.objects.enrolled().whole().select_related("group").order_by("pk"):
        standing[one.group_id].add(one.member_id)
        by_activity[one.group.activity_id].append(one)
    rows = []
    for group in Group.objects.filter(pk__in=standing).order_by("pk"):
        if len(standing[group.pk]) < group.capacity:
            continue
        others = [
            one
            for one in by_activity[group.activity_id]
            if one.member_id not in standing[group.pk] and one.group.weekday != group.weekday
        ]
        for one in chance.sample(others, min(chance.randint(0, WAITING), len(others))):
            home = Membership.objects.filter(member=one.member_id).order_by("pk").first()
            if home is not None:
                since = now - timedelta(hours=chance.randint(1, 600))
                rows.append(
                    Waiting(group=group, member_id=one.member_id, household_id=home.household_id, joined_at=since)
                )
    return len(Waiting.objects.bulk_create(rows, ignore_conflicts=True))
