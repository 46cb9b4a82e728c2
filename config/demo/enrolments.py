"""Four thousand enrolments over the groups of the season, paid and in the journal. Everybody in them is invented."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from booking.activities.enrolling.numbers import BASKET
from booking.activities.enrolling.paying import charge_lines
from booking.activities.enrolling.people import Family
from booking.activities.enrolling.prices import Asked, as_json, quoted
from booking.activities.models import Basket, BasketState, Enrolment, EnrolmentState, GivenLevel
from booking.activities.pricing import Residence
from booking.activities.seasons.offered import Offered, offered
from booking.activities.water.days import at
from booking.payments.models import CashOffice
from booking.residents.enums import PaperKind
from booking.residents.models import Guardian, Household, Member, Membership, SeenPaper
from config.demo.cash import CASHIER, Sale, paid_by
from municipalities.models import Municipality, StaffMember

ENROLMENTS = 4_000
#: How much of a group is taken: some are full, some would be merged.
TAKEN = (1.0, 1.0, 0.95, 0.9, 0.8, 0.7, 0.45)
GIVEN = ("Léa", "Nino", "Jade", "Adam", "Mila", "Noé", "Inès", "Yanis", "Emma", "Louis", "Aya", "Hugo", "Zoé", "Malo")
ADULTS = ("Claude", "Dominique", "Sacha", "Andrea", "Maxime", "Charlie", "Alix", "Morgan", "Éden", "Noa")
FAMILY = ("Muller", "Schmitt", "Keller", "Wagner", "Bauer", "Roth", "Klein", "Weiss", "Kuntz", "Sutter", "Haas", "Lang")
BATCH = 500

_SEATS = """
INSERT INTO activities_seat (enrolment_id, session_id, member_id, number, period, freed_at)
SELECT e.id, s.id, e.member_id, e.number, tstzrange(s.starts_at, s.ends_at), NULL
FROM activities_enrolment e JOIN activities_session s ON s.group_id = e.group_id
WHERE e.state = 'enrolled' AND s.called_off_at IS NULL AND s.starts_at > e.created_at
"""


@dataclass
class Person:
    member: Member
    level: int | None
    groups: list[Offered] = field(default_factory=list)

    def may_take(self, group: Offered) -> bool:
        born = self.member.born_on
        assert born is not None
        day = group.counted_on
        months = (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)
        fits = group.months_from <= months and (group.months_below is None or months < group.months_below)
        return fits and not any(one.pk == group.pk or _meet(one, group) for one in self.groups)


@dataclass
class Home:
    household: Household
    guardian: Guardian
    is_proved: bool
    bought_at: datetime
    people: list[Person] = field(default_factory=list)
    taken: list[tuple[Person, Offered, int]] = field(default_factory=list)


def _meet(one: Offered, other: Offered) -> bool:
    if one.weekday != other.weekday or one.last_day < other.first_day or other.last_day < one.first_day:
        return False
    return one.starts < other.ends and other.starts < one.ends


def build_enrolments(today: date, now: datetime, seed: int) -> tuple[int, dict[int, list[Sale]]]:
    """How many, and by office what was paid for them. Each has its number and its seats, each family its basket."""
    chance = random.Random(seed)
    made, sold = 0, {}
    for office in CashOffice.objects.filter(is_active=True).order_by("pk"):
        groups = [group for group in offered().values() if group.operator_id == office.operator_id and group.meets]
        if groups:
            season = _Season(office, groups, chance, today, now)
            sold[office.pk] = season.build(ENROLMENTS - made)
            made += sum(len(home.taken) for home in season.homes)
    return made, sold


class _Season:
    def __init__(
        self, office: CashOffice, groups: Sequence[Offered], chance: random.Random, today: date, now: datetime
    ) -> None:
        self.office, self.groups, self.chance, self.today, self.now = office, groups, chance, today, now
        self.towns = list(Municipality.objects.filter(is_member=True).order_by("pk"))
        self.weights = [town.population or 1 for town in self.towns]
        self.cashier = StaffMember.objects.get(email=CASHIER)
        self.homes: list[Home] = []

    def build(self, wanted: int) -> list[Sale]:
        places = list(self._places())
        self.chance.shuffle(places)
        for group, number in places[:wanted]:
            home, person = self._somebody_for(group)
            person.groups.append(group)
            home.taken.append((person, group, number))
        self._save_people()
        return self._save_enrolments()

    def _places(self) -> Iterator[tuple[Offered, int]]:
        for group in self.groups:
            if group.left(self.now):
                numbers = self.chance.sample(range(1, group.capacity + 1), group.capacity)
                for number in numbers[: int(group.capacity * self.chance.choice(TAKEN))]:
                    yield group, number

    def _somebody_for(self, group: Offered) -> tuple[Home, Person]:
        """Somebody known who may take one more, or somebody new of the right age and level."""
        for home in self.homes[-25:]:
            if len(home.taken) < 5 and home.bought_at.date() < group.last_day and self.chance.random() < 0.35:
                for person in home.people:
                    if len(person.groups) < 2 and _fits_level(person.level, group) and person.may_take(group):
                        return home, person
                if len(home.people) < 4:
                    return home, self._person(home, group)
        home = self._home()
        self.homes.append(home)
        return home, self._person(home, group)

    def _home(self) -> Home:
        number = len(self.homes) + 1
        town = self.chance.choices(self.towns, self.weights)[0]
        quotient = self.chance.choice([None, 320, 640, 820, 1180, 1450, 1900])
        household = Household(home_municipality=town, active_on=self.today)
        if quotient is not None:
            household.family_quotient = quotient
            household.quotient_on = household.quotient_seen_on = self.today - timedelta(days=90)
            household.quotient_until = self.today + timedelta(days=270)
            household.quotient_seen_by = self.cashier
        first = self.chance.choice(ADULTS)
        guardian = Guardian(
            household=household,
            name=f"{first} {self._family_name(number)}",
            email=f"foyer{number}@famille.example",
            confirmed_at=self.now - timedelta(days=100),
        )
        return Home(household, guardian, self.chance.random() < 0.85, self._bought_at())

    def _family_name(self, number: int) -> str:
        return f"{FAMILY[number % len(FAMILY)]}-{FAMILY[(number // len(FAMILY)) % len(FAMILY)]} (fictif)"

    def _bought_at(self) -> datetime:
        """Half of all in the first week of September, the rest until yesterday."""
        first = date(self.groups[0].season_starts.year, 9, 1)
        last = max(self.today - timedelta(days=1), first)
        day = first - timedelta(days=self.chance.randrange(30))
        if self.chance.random() < 0.5:
            day = first + timedelta(days=self.chance.randrange((last - first).days + 1))
        moment = at(min(day, self.today - timedelta(days=1)), time(self.chance.randrange(8, 20)))
        return moment + timedelta(minutes=self.chance.randrange(60))

    def _person(self, home: Home, group: Offered) -> Person:
        below = group.months_below or min(group.months_from + 480, 960)
        months = self.chance.randrange(group.months_from, max(below, group.months_from + 1))
        day = group.counted_on
        year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
        born = date(year, month + 1, min(day.day, 28))
        names = GIVEN if months < 216 else ADULTS
        given = f"{self.chance.choice(names)} {len(home.people) + 1}" if home.people else self.chance.choice(names)
        number = len(self.homes)
        member = Member(given_name=given, family_name=self._family_name(number), born_on=born)
        level = group.level_from if (group.level_from or 1) > 1 else None
        person = Person(member, level)
        home.people.append(person)
        return person

    def _save_people(self) -> None:
        homes = self.homes
        people = [(home, person) for home in homes for person in home.people]
        Household.objects.bulk_create([home.household for home in homes], batch_size=BATCH)
        Guardian.objects.bulk_create([home.guardian for home in homes], batch_size=BATCH)
        Member.objects.bulk_create([person.member for _home, person in people], batch_size=BATCH)
        Membership.objects.bulk_create(
            [Membership(household=home.household, member=person.member) for home, person in people], batch_size=BATCH
        )
        until = self.today + timedelta(days=270)
        SeenPaper.objects.bulk_create(
            [
                SeenPaper(
                    household=home.household,
                    kind=PaperKind.RESIDENCE,
                    paper_on=self.today - timedelta(days=120),
                    valid_until=until,
                    seen_on=self.today - timedelta(days=100),
                    seen_by=self.cashier,
                )
                for home in homes
                if home.is_proved
            ],
            batch_size=BATCH,
        )
        GivenLevel.objects.bulk_create(
            [
                GivenLevel(
                    member=person.member,
                    level=person.level,
                    given_on=self.today - timedelta(days=150),
                    given_by=self.cashier,
                )
                for _home, person in people
                if person.level is not None
            ],
            batch_size=BATCH,
        )

    def _save_enrolments(self) -> list[Sale]:
        baskets: list[Basket] = []
        rows: list[Enrolment] = []
        sales: list[Sale] = []
        for home in self.homes:
            basket = Basket(
                household=home.household, office=self.office, state=BasketState.PAID, opened_at=home.bought_at
            )
            baskets.append(basket)
            mine = self._priced(home, basket)
            rows += mine
            lines = [line for row in mine for line in charge_lines(row)]
            means, by = paid_by(self.chance, sum(line.cents for line in lines), self.cashier)
            sales.append(Sale(BASKET, basket.pk, home.household.pk, lines, home.bought_at, means, by))
        Basket.objects.bulk_create(baskets, batch_size=BATCH)
        Enrolment.objects.bulk_create(rows, batch_size=BATCH)
        with connection.cursor() as cursor:
            cursor.execute(_SEATS)
        return sales

    def _priced(self, home: Home, basket: Basket) -> list[Enrolment]:
        family = Family(
            household=home.household,
            members=[person.member for person in home.people],
            residence=Residence.TERRITORY if home.is_proved else Residence.OTHER,
            quotient=home.household.family_quotient,
            persons={},
            papers={},
        )
        moment = home.bought_at
        asked = [Asked(str(n), person.member, group) for n, (person, group, _number) in enumerate(home.taken)]
        items = quoted(family, asked, now=moment)
        today = timezone.localdate(moment)
        return [
            Enrolment(
                id=uuid4(),
                basket=basket,
                asked_in=basket,
                group_id=group.pk,
                member=person.member,
                number=number,
                state=EnrolmentState.ENROLLED,
                cents=items[str(n)].total,
                price=json.loads(json.dumps(as_json(items[str(n)], group, today))),
                created_at=moment,
                enrolled_at=moment,
            )
            for n, (person, group, number) in enumerate(home.taken)
        ]


def _fits_level(level: int | None, group: Offered) -> bool:
    known = level or 1
    return (group.level_from is None or group.level_from <= known) and (
        group.level_to is None or known <= group.level_to
    )
