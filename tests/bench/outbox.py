"""From the outbox to a mail server on loopback, beside a bare relay that claims, sends ready text, and notes.

Both send by SMTP, over one connection, to the same server in a process of its own. The bare relay sends one ready mail
of the size of ours a thousand times with the standard library's client, which waits for the answer to each command; it
knows nothing of leases, outcomes or people. Ours are confirmations as in life: three languages, seven town halls,
thirty-nine senders, with lists of papers, the stored calendar entry, and a private link each.
"""

import smtplib
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path

import psycopg
from django.test.utils import override_settings
from django.utils import timezone

from booking.appointments.enums import State
from booking.appointments.models import Appointment, RequiredDocument
from config.demo.documents import DOCUMENTS
from config.demo.texts import CARD
from municipalities.languages import Translated
from notifications.delivery import deliver_due
from notifications.delivery.providers import _email
from notifications.kinds import gather_all, kind_of
from notifications.models import Message
from tests.bench import database
from tests.bench.measure import Row, Size, take_turns, warm_up
from tests.bench.search import laid_out
from tests.bench.territory import Territory, m2a
from tests.simulators.service import ROOT

DATABASE = "bench_outbox"
CLAIM = """
WITH due AS (
    SELECT id FROM notifications_message WHERE state = 'queued' AND due_at <= now() AND channel = 'mail'
    ORDER BY due_at, id LIMIT 100 FOR UPDATE SKIP LOCKED)
UPDATE notifications_message m SET state = 'sending', claimed_until = now() + interval '2 minutes' FROM due
WHERE m.id = due.id RETURNING m.id, m.recipient
"""
NOTE = "UPDATE notifications_message SET state = 'sent', sent_at = now(), claimed_until = NULL WHERE id = ANY(%s)"


def run(size: Size) -> Iterator[Row]:
    count = size.pick(1000, 30)
    with laid_out(DATABASE, m2a) as territory, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        taken = Path(folder) / "taken"
        drop = subprocess.Popen(
            [sys.executable, "-m", "tests.simulators.mail_drop", str(taken)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        assert drop.stdout is not None
        port = int(drop.stdout.readline())
        try:
            with override_settings(EMAIL_HOST="127.0.0.1", EMAIL_PORT=port), _Relay(port) as relay:
                owed = _as_in_life(territory, count)
                _owe(owed, 20)
                warm_up(deliver_due)
                relay.mail = _a_mail_like_ours(owed)
                taken.write_bytes(b"")
                ours = take_turns(size.rounds, lambda: _ours(owed, count), lambda: relay.run(owed, count))
                arrived = Counter(line for line in taken.read_bytes().split() if line != b"<bare@bench>")
                told = Message.objects.filter(state="sent").exclude(provider_id="").count() - 20
        finally:
            drop.kill()
            drop.wait()
            drop.stdout.close()
        yield Row(
            "outbox to a local SMTP server, rendering included / bare relay of ready text, same server",
            f"{ours.thing:.0f}/s",
            f"{ours.floor:.0f}/s",
            f"{ours.ratio:.0%}",
            "≥ 50/s",
            ours.thing >= 50,
        )
        twice = sum(number > 1 for number in arrived.values())
        missing = size.rounds * count - len(arrived)
        yield Row(
            "outbox: mails twice / missing",
            f"{twice} / {missing}",
            f"{told:,} noted as sent",
            goal="0 / 0",
            met=twice == 0 and missing == 0 and told == len(arrived),
        )


def _as_in_life(territory: Territory, count: int) -> list[Appointment]:
    """That many appointments to come, each as booking leaves it, and the papers that the territory asks for."""
    for row in DOCUMENTS:
        if CARD in row.types:
            lists = {"situations": list(row.situations), "ages": row.ages}
            RequiredDocument.objects.create(
                code=row.code, label=row.label, detail=row.detail or Translated(), **lists
            ).types.set([territory.kind])
    coming = Appointment.objects.filter(state=State.BOOKED, starts_at__gt=timezone.now() + timedelta(days=3))
    chosen = list(coming.select_related("type", "facility__municipality").order_by("starts_at", "pk")[:count])
    for number, (appointment, home) in enumerate(zip(chosen, cycle(territory.homes), strict=False)):
        appointment.language = ("fr", "fr", "de", "en")[number % 4]
        appointment.booked_through = home
    Appointment.objects.bulk_update(chosen, ["language", "booked_through"])
    return chosen


def _owe(appointments: Sequence[Appointment], count: int) -> None:
    """Confirmations of so many appointments, due now."""
    now = timezone.now()
    Message.objects.filter(state="queued").delete()
    Message.objects.bulk_create(
        [
            Message(
                kind="appointment.confirmed",
                channel="mail",
                recipient=appointment.email,
                language=appointment.language,
                municipality=appointment.booked_through,
                due_at=now,
                subject_type="appointment",
                subject_id=appointment.pk,
            )
            for appointment in islice(cycle(appointments), count)
        ]
    )


def _ours(appointments: Sequence[Appointment], count: int) -> float:
    _owe(appointments, count)
    began = time.perf_counter()
    sent = 0
    while sent < count:
        report = deliver_due(seconds=60)
        if not report.sent:
            raise RuntimeError(f"nothing more is sent: {dict(report.states)}")
        sent += report.sent
    return count / (time.perf_counter() - began)


def _a_mail_like_ours(appointments: Sequence[Appointment]) -> bytes:
    """Text of the size of a real confirmation, ready to leave."""
    _owe(appointments, 1)
    message = Message.objects.filter(state="queued").latest("pk")
    mail = _email(
        message, kind_of(message).render(message, gather_all([message]).get(message.pk)), over_interface=False
    )
    text: bytes = mail.message().as_bytes(linesep="\r\n")
    return text.replace(text[text.index(b"Message-ID:") :].split(b"\r\n", 1)[0], b"Message-ID: <bare@bench>")


class _Relay:
    """The floor. One connection to the database, one to the mail server, ready text, two statements a batch."""

    def __init__(self, port: int) -> None:
        self.mail = b""
        self.bare = psycopg.connect(database.address_of(DATABASE), autocommit=True)
        self.bare.prepare_threshold = 0
        self.smtp = smtplib.SMTP("127.0.0.1", port)

    def __enter__(self) -> "_Relay":
        return self

    def __exit__(self, *_: object) -> None:
        self.smtp.close()
        self.bare.close()

    def run(self, appointments: Sequence[Appointment], count: int) -> float:
        _owe(appointments, count)
        began = time.perf_counter()
        while rows := self.bare.execute(CLAIM).fetchall():
            for _id, recipient in rows:
                self.smtp.sendmail("mairie@bench.example", [recipient], self.mail)
            self.bare.execute(NOTE, [[row[0] for row in rows]])
        return count / (time.perf_counter() - began)
