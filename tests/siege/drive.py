"""Endurance: people book, move and cancel, others are offered what is freed, mails leave, and everything is killed.

Whoever gets no answer, or a 503, presses again with the same key, as the page asks. At the end an oracle compares what
people were told with what is there: nothing lost, nothing double, nothing stuck, nothing sent twice, and every message
whose fate nobody knows is named.
"""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from django.db import connection
from django.utils import timezone

from booking.appointments.bookings.holds import release_expired_holds
from booking.appointments.enums import CANCELLED, State
from booking.appointments.free_time import gaps
from booking.appointments.models import Appointment, EarlierOffer, FreeGap
from booking.appointments.models.waiting import OPEN_OFFERS
from municipalities.idempotency import FIELD, new_key
from notifications.models import Message, MessageState
from notifications.references import message_id
from tests.concurrency.test_waiting_races import each_told_once
from tests.factories import WaitingListEntryFactory
from tests.factories.appointments import at
from tests.siege.kills import Killer
from tests.simulators.service import Service, database_url
from tests.simulators.smtp_sink import SmtpSink, smtp_sink
from tests.simulators.visitor import TROUBLE, Answer, Unexpected, Visitor
from tests.worlds import World, day_ahead, reached, shared_calendar

PEOPLE = 6
WAITING = 20
DAYS = 5
#: Seconds after which whoever presses again and again, or whatever is due, counts as stuck.
PATIENCE = 90.0


class Stuck(Exception):
    pass


class PatientVisitor(Visitor):
    """Presses again, with the same key, until there is an answer that is one."""

    presses_again = 0

    def _post(self, step: str, path: str, fields: dict[str, object]) -> Answer:
        return super()._post(step, path, {**fields, FIELD: new_key()})

    def _ask(self, step: str, method: str, path: str, body: str = "", *, expect: int) -> Answer:
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            try:
                return super()._ask(step, method, path, body, expect=expect)
            except Unexpected as answer:
                if answer.status == 500:
                    raise Broken(f"{step}: 500") from answer
                if answer.status != 503:
                    raise
            except TROUBLE:
                pass
            self.presses_again += 1
            time.sleep(0.25)
        raise Stuck(step)

    def move(self, pk: str, slot: str) -> None:
        recherche = urlencode({"deplace": pk})
        where = self._post("hold to move", "/rendez-vous/retenir/", {"creneau": slot, "recherche": recherche}).location
        self._post("move", where.partition("?")[0], {"creneau": slot})

    def cancel(self, pk: str) -> None:
        self._post("cancel", f"/rendez-vous/mon-rendez-vous/{pk}/annuler/", {})


class Broken(Exception):
    """An answer of 500: nobody may ever get one."""


@dataclass
class Told:
    """What one person was told last. `is_sure` is false while an answer was a refusal after several presses."""

    start: datetime
    is_cancelled: bool = False
    is_sure: bool = True


@dataclass
class Report:
    seed: int
    seconds: float = 0.0
    kills: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    presses_again: int = 0
    mails: int = 0
    offers: int = 0
    uncertain: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kinds = ", ".join(f"{name} {number}" for name, number in sorted(self.kills.items()))
        done = ", ".join(f"{name} {number}" for name, number in sorted(self.done.items()))
        lines = [
            f"seed {self.seed}: {self.kills.total()} kills of {len(self.kills)} kinds in {self.seconds:.0f} s",
            kinds,
            f"told: {done}; {self.offers} offers; {self.mails} mails; pressed again {self.presses_again} times",
            f"refused: {dict(self.refused)}; uncertain and named: {self.uncertain}",
        ]
        lines += [f"WRONG: {one}" for one in self.wrong[:20]] or [
            "0 lost, 0 double, 0 stuck, 0 sent twice, oracle equal"
        ]
        return "\n".join(lines)


class People:
    """So many people at once, each by a luck of their own; together they know who has which place."""

    def __init__(self, port: int, world: World, seed: int, report: Report) -> None:
        self.port, self.world, self.report = port, world, report
        self.told: dict[str, Told] = {}
        self.over = threading.Event()
        self.lock = threading.Lock()
        luck = random.Random(seed)
        self.places = [
            (facility.pk, at(day_ahead(weekday), 8) + timedelta(minutes=20 * n))
            for facility in world.facilities
            for weekday in range(DAYS)
            for n in range(27)
        ]
        luck.shuffle(self.places)
        self.threads = [
            threading.Thread(target=self._live, args=(n, random.Random(f"{seed} {n}")), daemon=True)
            for n in range(PEOPLE)
        ]

    def __enter__(self) -> "People":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(PATIENCE * 2)
            if thread.is_alive():
                self.report.wrong.append("stuck: somebody never got an answer")

    def _live(self, who: int, luck: random.Random) -> None:
        n = 0
        while not self.over.is_set():
            n += 1
            visitor = PatientVisitor(self.port, timeout=30)
            try:
                self._one(visitor, f"{who:03d}{n:07d}", luck)
            except Unexpected as refusal:
                self.report.refused[f"{refusal.step}: {refusal.status}"] += 1
            except (Stuck, Broken) as trouble:
                self.report.wrong.append(f"{type(trouble).__name__}: {trouble}")
            finally:
                self.report.presses_again += visitor.presses_again
                visitor.close()

    def _one(self, visitor: PatientVisitor, number: str, luck: random.Random) -> None:
        kind = self.world.type.code
        visitor.search(type=kind)
        facility, start = luck.choice(self.places)
        page = visitor.hold(_token(facility, start), kind)
        visitor.confirm(page, kind, number=number, email=f"{number}@mail.example")
        mine = self._note(number, Told(start), "booked")
        pk = page.rstrip("/").partition("?")[0].rstrip("/").rpartition("/")[2]
        if luck.random() < 0.4:
            facility, start = luck.choice(self.places)
            try:
                visitor.move(pk, _token(facility, start))
            except Unexpected:
                mine.is_sure = False
                raise
            mine.start = start
            self._note(number, mine, "moved")
        if luck.random() < 0.5:
            try:
                visitor.cancel(pk)
            except Unexpected:
                mine.is_sure = False
                raise
            mine.is_cancelled = True
            self._note(number, mine, "cancelled")

    def _note(self, number: str, told: Told, what: str) -> Told:
        with self.lock:
            self.told[number] = told
            self.report.done[what] += 1
        return told


def _token(facility: int, start: datetime) -> str:
    return f"{facility}-{start.astimezone(UTC):%Y%m%d%H%M}"


def drive(folder: Path, *, kills: int, seconds: float, seed: int) -> Report:
    """A territory, its people and its service for so many seconds, with so many kills; in the database of the tests."""
    report = Report(seed)
    world = shared_calendar(town_halls=3, counters=2, closes=at(day_ahead(), 18).time())
    for n in range(WAITING):
        reached(WaitingListEntryFactory.create(type=world.type, email=f"attend{n}@mail.example"))
    with smtp_sink() as sink:
        env = {
            "DATABASE_URL": database_url(connection.settings_dict),
            "EMAIL_BACKEND": sink.settings()["EMAIL_BACKEND"],
            "EMAIL_PORT": str(sink.port),
            "MESSAGE_LEASE_SECONDS": "4",
        }
        connection.close()
        with Service(folder, env) as service:
            service.start("valkey", "web", "worker", "beat")
            began = time.monotonic()
            killer = Killer(service, sink, connection.settings_dict, random.Random(seed))
            with People(service.port, world, seed, report) as people:
                for n in range(kills):
                    time.sleep(max(0.0, began + seconds * (n + 0.5) / kills - time.monotonic()))
                    report.kills[killer.kill()] += 1
                time.sleep(max(0.0, began + seconds - time.monotonic()))
            report.seconds = time.monotonic() - began
            if not _until(_nothing_due):
                report.wrong.append("stuck: messages that are due do not leave")
        _judge(report, people.told, world, sink)
    return report


def _until(condition: object) -> bool:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if callable(condition) and condition():
            return True
        time.sleep(0.2)
    return False


def _nothing_due() -> bool:
    # A message that was refused for a moment comes back after a pause of its own; here nobody waits for it.
    pausing = Message.objects.filter(state=MessageState.QUEUED, claimed_until__gt=timezone.now(), attempts__gt=0)
    due = Message.objects.filter(state__in=(MessageState.QUEUED, MessageState.SENDING), due_at__lte=timezone.now())
    return not due.exclude(pk__in=pausing.values("pk")).exists()


def _judge(report: Report, told: dict[str, Told], world: World, sink: SmtpSink) -> None:
    """What is there against what people were told."""
    wrong = report.wrong
    kept: dict[str, list[Appointment]] = {}
    for row in Appointment.objects.filter(email__endswith="@mail.example").exclude(state=State.HELD):
        kept.setdefault(row.email.partition("@")[0], []).append(row)
    for number, said in told.items():
        rows = kept.get(number, [])
        standing = [row for row in rows if row.state not in CANCELLED]
        if len(rows) > 1:
            wrong.append(f"double: {len(rows)} appointments of {number}")
        elif not rows:
            wrong.append(f"lost: {number}")
        elif said.is_sure and said.is_cancelled and standing:
            wrong.append(f"lost: the cancellation of {number}")
        elif said.is_sure and not said.is_cancelled and (not standing or standing[0].starts_at != said.start):
            wrong.append(f"lost: where {number} was told to come")
    release_expired_holds(now=timezone.now() + timedelta(days=1))
    for_nobody = Appointment.objects.held().exclude(kept_for="waiting").count()
    if for_nobody:
        wrong.append(f"stuck: {for_nobody} holds that do not lapse")
    if _overlaps():
        wrong.append("double: two appointments at one counter at one time")
    if not _equals_the_oracle(world):
        wrong.append("free time is not what it would be if computed anew")
    _judge_messages(report, sink)
    report.offers = EarlierOffer.objects.count()
    twice = Counter(EarlierOffer.objects.filter(state__in=OPEN_OFFERS).values_list("entry_id", flat=True))
    if twice and max(twice.values()) > 1:
        wrong.append("double: two open offers for one person")
    if report.offers and not each_told_once():
        wrong.append("not every offer is told once")


def _judge_messages(report: Report, sink: SmtpSink) -> None:
    arrived = Counter(mail["Message-ID"] for mail in sink.mails())
    report.mails = arrived.total()
    repeated = [reference for reference, number in arrived.items() if number > 1]
    if repeated:
        report.wrong.append(f"sent twice: {len(repeated)} mails")
    for message in Message.objects.filter(channel="mail", due_at__lte=timezone.now()):
        if message.state == MessageState.AMBIGUOUS:
            report.uncertain += 1
            if not message.last_error:
                report.wrong.append("uncertain and not named")
        elif message.state == MessageState.SENT and message_id(message) not in arrived:
            report.wrong.append("said to be sent, never arrived")
    owed = Appointment.objects.exclude(state=State.HELD).filter(booked_at__isnull=False)
    told = Message.objects.filter(kind="appointment.confirmed", channel="mail").values_list("subject_id", flat=True)
    if Counter(told) != Counter(owed.values_list("pk", flat=True)):
        report.wrong.append("not one confirmation for each appointment")


def _overlaps() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM appointments_appointment a JOIN appointments_appointment b"
            " ON a.counter_id = b.counter_id AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"
            " WHERE a.state NOT LIKE 'cancelled%' AND b.state NOT LIKE 'cancelled%'"
        )
        return int(cursor.fetchone()[0])


def _equals_the_oracle(world: World) -> bool:
    days = [day_ahead(weekday) for weekday in range(DAYS)]
    counters = list(gaps.counters_with_place().filter(pk__in=[counter.pk for counter in world.counters]))
    stored: dict[int, list[object]] = {counter.pk: [] for counter in counters}
    for gap in FreeGap.objects.filter(day__in=days).order_by("starts_at"):
        stored[gap.counter_id].append(gaps.as_stretch(gap))
    return stored == gaps.computed(counters, days)
