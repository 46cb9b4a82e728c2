"""Worker processes for the booking benchmark. Nothing of Django is imported before it is set up in each of them."""

import multiprocessing
import os
import secrets
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

import psycopg

from tests.bench import floors
from tests.bench.effort import server_seconds

#: Where one booking goes: type, facility, counter, start, end.
Place = tuple[int, int, int, datetime, datetime]


@dataclass(frozen=True)
class Done:
    """Bookings per second, and milliseconds of processor time for each, ours and PostgreSQL's."""

    rate: float
    cost: float


class Crew:
    """Worker processes with threads that keep their connection from one turn to the next."""

    def __init__(self, address: str, processes: int, threads: int) -> None:
        self.threads, self.database = threads, address.rpartition("/")[2]
        context = multiprocessing.get_context("spawn")
        self.ends: list[Connection] = []
        self.processes = []
        for _ in range(processes):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, address, threads), daemon=True)
            process.start()
            theirs.close()  # a worker that dies is then heard of
            self.ends.append(ours)
            self.processes.append(process)
        for end in self.ends:
            end.recv()

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        for end in self.ends:
            end.send(None)
        for process in self.processes:
            process.join(10)

    def work(self, what: str, shares: list[list[Place]]) -> "Done":
        """So many bookings by all threads: how fast, from the first start to the last commit, and at what cost."""
        before = server_seconds(self.database)
        for number, end in enumerate(self.ends):
            end.send((what, shares[number * self.threads : (number + 1) * self.threads]))
        answers = [end.recv() for end in self.ends]
        for answer in answers:
            if isinstance(answer, str):
                raise RuntimeError(answer)
        began, ended = min(a[0] for a in answers), max(a[1] for a in answers)
        bookings = sum(len(share) for share in shares)
        spent = sum(a[2] for a in answers) + server_seconds(self.database) - before
        return Done(bookings / (ended - began), 1000 * spent / bookings)


def _work(end: Connection, address: str, threads: int) -> None:
    os.environ["DATABASE_URL"] = address
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    import django

    django.setup()
    hands = [_Hand(address) for _ in range(threads)]
    end.send("ready")
    while (order := end.recv()) is not None:
        what, shares = order
        try:
            gate = threading.Barrier(threads + 1)
            runners = [
                threading.Thread(target=hand.run, args=(gate, what, share))
                for hand, share in zip(hands, shares, strict=True)
            ]
            for runner in runners:
                runner.start()
            gate.wait()
            began, worked = time.time(), time.process_time()
            for runner in runners:
                runner.join()
            trouble = [hand.trouble for hand in hands if hand.trouble]
            end.send(trouble[0] if trouble else (began, time.time(), time.process_time() - worked))
        except Exception as error:
            end.send(repr(error))
    os._exit(0)


class _Hand:
    """One thread's connections: Django's and a bare one. Django's live in the thread, so it is kept by name."""

    def __init__(self, address: str) -> None:
        self.bare = psycopg.connect(address, autocommit=True)
        self.bare.prepare_threshold = 0
        self.django: Any = None
        self.trouble = ""

    def run(self, gate: threading.Barrier, what: str, share: list[Place]) -> None:
        from django.db import connections

        if self.django is None:
            connections["default"].ensure_connection()
            self.django = connections["default"]
            self.django.inc_thread_sharing()
        else:
            connections["default"] = self.django
        do = self.act if what == "action" else self.state
        do_all = list(share)
        try:
            gate.wait()
            for place in do_all:
                do(place)
        except Exception as error:
            self.trouble = repr(error)

    def act(self, place: Place) -> None:
        from booking.appointments.bookings.confirming import BookingDetails, PersonDetails, confirm_booking
        from booking.appointments.bookings.holds import hold_slot
        from booking.appointments.free_time.visibility import Viewer
        from booking.appointments.models import AppointmentType
        from municipalities.models import Facility

        type_id, facility_id, _counter, start, _end = place
        if not hasattr(self, "type"):
            self.type = AppointmentType.objects.get(pk=type_id)
            self.facilities = {f.pk: f for f in Facility.objects.select_related("municipality")}
        browser = secrets.token_urlsafe(16)
        hold = hold_slot(
            type=self.type,
            people=1,
            facility=self.facilities[facility_id],
            starts_at=start,
            viewer=Viewer.resident(),
            browser=browser,
            address=browser,
        )
        confirm_booking(
            hold_id=hold.pk,
            browser=browser,
            details=BookingDetails([PersonDetails("Odile", "Fictive", number=_number())], email="odile@mail.example"),
        )

    def state(self, place: Place) -> None:
        type_id, facility, _counter, start, end = place
        values = {
            "facility": facility,
            "day": start.date(),
            "start": start,
            "end": end,
            "id": uuid.uuid4(),
            "reference": f"{secrets.token_hex(2)}-{secrets.token_hex(2)}".upper(),
            "type": type_id,
            "browser": secrets.token_bytes(32),
            "number": _number(),
        }
        for _ in range(1000):
            if self.bare.execute(floors.HOLD, values).fetchone():
                break
        else:
            raise AssertionError(f"no free time left at {place}")
        assert self.bare.execute(floors.CONFIRM, values).fetchone()


def _number() -> str:
    return secrets.token_hex(5).upper()
