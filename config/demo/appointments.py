"""Fictitious appointments: the last two weeks and the coming ones, full near and thin far.

Written in bulk, past the actions: thousands of holds and confirmations would take minutes. Free time is rebuilt after.
"""

import random
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import exp

from django.utils import timezone

from booking.appointments.enums import Audience, BookingChannel, Situation, State
from booking.appointments.free_time import gaps
from booking.appointments.free_time.slots import Stretch
from booking.appointments.messages import owed
from booking.appointments.models import Appointment, AppointmentPerson, AppointmentType, Counter, CounterOffering
from booking.residents.references import ALPHABET
from config.demo.texts import BOTH, CARD, CENSUS, COLLECTION, PASSPORT, WELCOME
from municipalities.models import Municipality

DAYS_BACK, DAYS_AHEAD = 10, 42
#: Share of the time taken on the next day, and how many days it takes to fall to a third of it.
NEAR_FILL, FALL = 0.78, 12.0
#: How many of the newest bookings owe their messages, so that the mailbox is not empty.
TOLD = 4

FIRST_NAMES = [
    "Odile",
    "Loïc",
    "Inès",
    "Mehdi",
    "Gretel",
    "Phoebe",
    "Zoé",
    "Aymeric",
    "Fatou",
    "Jürgen",
    "Maëlle",
    "Ömer",
    "Noémie",
    "Théo",
    "Yasmine",
    "Élise",
]
LAST_NAMES = [
    "Fictif",
    "Imaginaire",
    "Inventé",
    "Factice",
    "Exemple",
    "Modèle",
    "Démonstration",
    "Supposé",
    "Essai",
    "Prototype",
]


@dataclass
class Invention:
    """Chance with a memory: the same seed and day give the same territory."""

    chance: random.Random
    now: datetime
    municipalities: list[Municipality]
    offers: dict[tuple[int, int], list[int | None]]
    types: dict[str, AppointmentType]
    appointments: list[Appointment] = field(default_factory=list)
    people: list[AppointmentPerson] = field(default_factory=list)


def build_appointments(counters: list[Counter], *, now: datetime, seed: int, told: Callable[[str], None]) -> int:
    """Fill the counters and rebuild their free time. How many appointments."""
    today = timezone.localdate(now)
    invention = Invention(
        chance=random.Random(f"{seed} {today}"),
        now=now,
        municipalities=list(Municipality.objects.order_by("insee_code")),
        offers={(o.counter_id, o.type_id): list(o.minutes) for o in CounterOffering.objects.all()},
        types={t.code: t for t in AppointmentType.objects.all()},
    )
    days = gaps.days_between(today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD))
    opening = gaps.computed(counters, days, appointments=False)
    for counter in counters:
        for stretch in opening[counter.pk]:
            _fill(invention, counter, stretch, today)
    Appointment.objects.bulk_create(invention.appointments, batch_size=1000)
    AppointmentPerson.objects.bulk_create(invention.people, batch_size=2000)
    told(f"{len(invention.appointments)} rendez-vous fictifs")
    _tell_the_newest(invention)
    return len(invention.appointments)


def fill(day: date, today: date) -> float:
    """The share of a day that is taken."""
    distance = (day - today).days
    return NEAR_FILL * exp(-(distance - 1) / FALL) if distance > 1 else NEAR_FILL + 0.1


def _fill(invention: Invention, counter: Counter, stretch: Stretch, today: date) -> None:
    """Walk the stretch; each step is taken or left free."""
    share = fill(stretch.day, today)
    if stretch.audience != Audience.PUBLIC:
        share /= 3
    moment = stretch.starts_at
    while True:
        kind, people = _wish(invention, counter, stretch)
        minutes = invention.offers.get((counter.pk, kind.pk), [None] * 6)[people - 1] or 20
        end = moment + timedelta(minutes=minutes)
        if end > stretch.ends_at:
            return
        if invention.chance.random() < share:
            _add(invention, counter, kind, people, moment, end)
            moment = end
        else:
            moment += timedelta(minutes=10 if kind.is_collection else 20)


def _wish(invention: Invention, counter: Counter, stretch: Stretch) -> tuple[AppointmentType, int]:
    pick = invention.chance
    if stretch.type_ids:
        return invention.types[COLLECTION], 1
    kinds, weights = [CARD, PASSPORT, BOTH, COLLECTION], [34, 38, 14, 14]
    if (counter.pk, invention.types[WELCOME].pk) in invention.offers:
        kinds, weights = [*kinds, WELCOME, CENSUS], [*weights, 4, 3]
    kind = invention.types[pick.choices(kinds, weights)[0]]
    return kind, pick.choices([1, 2, 3, 4], [70, 18, 8, 4])[0] if kind.is_deposit else 1


def _add(
    invention: Invention, counter: Counter, kind: AppointmentType, people: int, start: datetime, end: datetime
) -> None:
    pick, now = invention.chance, invention.now
    is_past = end <= now
    state = pick.choices([State.ATTENDED, State.INCOMPLETE, State.NO_SHOW], [88, 5, 7])[0] if is_past else State.BOOKED
    booked_at = min(now - timedelta(minutes=5), start - timedelta(hours=3)) - timedelta(hours=pick.expovariate(1 / 90))
    last_name = pick.choice(LAST_NAMES)
    first_names = pick.sample(FIRST_NAMES, people)
    channel = pick.choices([BookingChannel.WEB, BookingChannel.PHONE, BookingChannel.COUNTER], [76, 16, 8])[0]
    with_mail = channel == BookingChannel.WEB or pick.random() < 0.3
    with_phone = not with_mail or pick.random() < 0.5
    home = pick.choices(invention.municipalities, [town.population for town in invention.municipalities])[0]
    appointment = Appointment(
        reference="-".join("".join(pick.choices(ALPHABET, k=4)) for _ in range(2)),
        type=kind,
        facility=counter.facility,
        counter=counter,
        starts_at=start,
        ends_at=end,
        people_count=people,
        state=state,
        email=_address(first_names[0], last_name) if with_mail else "",
        phone=f"+336399{pick.randrange(80000, 90000)}" if with_phone else "",  # a range kept for fiction
        language=pick.choices(["fr", "de", "en"], [90, 7, 3])[0],
        accessibility=["step_free"] if pick.random() < 0.03 else [],
        home_municipality=home,
        channel=channel,
        booked_through=home if pick.random() < 0.5 else None,
        booked_at=booked_at,
        changed_at=booked_at,
    )
    if start <= now < end:
        appointment.arrived_at, appointment.called_at = start - timedelta(minutes=7), start
    elif now < start <= now + timedelta(minutes=25) and pick.random() < 0.7:
        appointment.arrived_at = now - timedelta(minutes=pick.randrange(1, 12))
    invention.appointments.append(appointment)
    invention.people.extend(list(_persons(invention, appointment, first_names, last_name)))


def _address(first_name: str, last_name: str) -> str:
    """Without accents: not every mail server takes them."""
    plain = unicodedata.normalize("NFKD", f"{first_name}.{last_name}").encode("ascii", "ignore").decode()
    return f"{plain.lower()}@courriel.example"


def _persons(
    invention: Invention, appointment: Appointment, first_names: list[str], last_name: str
) -> Iterator[AppointmentPerson]:
    pick = invention.chance
    for position, first_name in enumerate(first_names, 1):
        is_minor = position > 1 and pick.random() < 0.7
        year = invention.now.year - (pick.randrange(1, 17) if is_minor else pick.randrange(19, 85))
        asks_number = appointment.type.needs_number
        number = f"F{len(invention.people) + position:09d}" if asks_number and pick.random() < 0.96 else ""
        yield AppointmentPerson(
            appointment=appointment,
            position=position,
            first_name=first_name,
            last_name=last_name,
            birth_year=year,
            is_minor=is_minor,
            situation=pick.choices(list(Situation), [62, 20, 7, 3, 5, 3])[0],
            pre_application_number=number,
            holds_number=bool(number) and appointment.state == State.BOOKED,
        )


def _tell_the_newest(invention: Invention) -> None:
    """Let a few people be told of their appointment, so that the mailbox has something to show."""
    newest = sorted(
        (a for a in invention.appointments if a.state == State.BOOKED and a.email and a.channel == BookingChannel.WEB),
        key=lambda a: (a.booked_at, a.reference),
        reverse=True,
    )
    chosen = {a.language: a for a in reversed(newest)}  # one of each language
    for appointment in [*chosen.values(), *newest][:TOLD]:
        owed.owed_on_booking(appointment, now=invention.now)
