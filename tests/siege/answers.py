"""The answers of a commission leave while whoever publishes and sends them is killed -9, at one step after another.

Somebody comes by after each, as the worker does, until all is at rest: then every child has its answer once, every
place is offered once, and every family was told once, or is among the few that the service itself reports as uncertain.
"""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from booking.nurseries.answers.messages import OFFERED, WAITING
from booking.nurseries.models import Answer, NurseryOffer, Round, RoundNursery
from booking.nurseries.rounds import deciding
from notifications.delivery.relay import HANDFUL
from notifications.models import Message, MessageState
from tests.booking.nurseries.commission import Commission, make_commission
from tests.simulators.service import ROOT, database_url
from tests.simulators.smtp_sink import SmtpSink, smtp_sink

Step = tuple[str, str, int]
SEND, NOTE = "notifications.delivery.providers:MailProvider.send", "notifications.delivery.relay:_Batch._note_and_mark"
#: What publishing does in its transaction, then what sending commits or hands over. The number: at which call.
STEPS: Sequence[Step] = [
    *(
        (f"booking.nurseries.{place}", when, 1)
        for place in (
            "rounds.publishing:close",
            "answers.publishing:make_offers",
            "answers.publishing:forget_documents",
            "answers.messages:owe_waiting",
        )
        for when in ("before", "after")
    ),
    ("notifications.delivery.lanes:sweep_lapsed", "before", 1),
    (NOTE, "before", 1),
    (NOTE, "after", 1),
    (SEND, "before", 1),
    (SEND, "after", 3),
    (NOTE, "before", 2),
    (NOTE, "after", 2),
    (SEND, "after", HANDFUL + 1),
]
#: Longer than any claim or lease: whoever comes by finds what the dead left.
LATER_MINUTES = 15


@dataclass
class Report:
    families: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    told: int = 0
    uncertain: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [
            f"{self.families} families, {self.kills.total()} kills -9 at {len(self.kills)} steps",
            f"at rest: {self.told} told once, {self.uncertain} reported as uncertain",
        ]
        wrong = [f"WRONG: {one}" for one in self.wrong[:20]]
        return "\n".join([*lines, *(wrong or ["0 lost, 0 told twice, 0 offered twice"])])


def kill_answers(
    families: int,
    steps: Sequence[Step] = STEPS,
    *,
    is_guarded: bool = True,
    say: Callable[[str], None] = lambda _word: None,
) -> Report:
    """In the database of the tests, committed. `is_guarded=False`: what is handed over is not marked before."""
    report, commission = Report(families), make_commission()
    round = _voted(commission, families)
    with smtp_sink() as sink:
        with _answerer(sink) as ask:
            for number, step in enumerate([*steps, None]):
                place, when, nth = step or ("", "", 0)
                say(f"{when} {place}, call {nth}" if step else "to the end")
                order = {"place": place, "when": when, "nth": nth, "minutes": number * LATER_MINUTES}
                ended = ask(order | {"round": round.pk, "chair": commission.chair.pk, "is_guarded": is_guarded})
                if ended != (signal.SIGKILL if step else 0):
                    report.wrong.append(f"{when} {place}: ended with {ended}")
                if step:
                    report.kills[place] += 1
        round.refresh_from_db()
        _judge(report, round, sink)
    return report


def _voted(commission: Commission, families: int) -> Round:
    """Three places; one nursery asks its families at once. Everybody else is told that there is none."""
    commission.lutins.waives_being_asked = True
    commission.lutins.save()
    for number in range(families):
        nursery = commission.ronde if number % 2 else commission.lutins
        commission.ask(nursery, points=number % 200 + 1, name=f"Famille{number}")
    round = commission.frozen()
    for row in RoundNursery.objects.filter(round=round):
        deciding.vote(nursery=row, version=1, votes_for=3, votes_against=0, abstained=0, by=commission.chair)
    return round


@contextmanager
def _answerer(sink: SmtpSink) -> Iterator[Callable[[dict[str, Any]], int]]:
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": database_url(connection.settings_dict),
        "PYTHONPATH": str(ROOT),
    }
    program = [sys.executable, "-m", "tests.siege.answerer", json.dumps(sink.settings())]
    with subprocess.Popen(program, env=env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdin is not None and one.stdout is not None
        going, coming = one.stdin, one.stdout

        def ask(order: dict[str, Any]) -> int:
            print(json.dumps(order), file=going, flush=True)
            return int(coming.readline() or 1)

        yield ask
        going.close()


def _judge(report: Report, round: Round, sink: SmtpSink) -> None:
    seats = json.loads(round.answer)["seats"]
    if not round.is_published:
        report.wrong.append("the round is not published")
    answered = Counter(Answer.objects.filter(round=round).values_list("child__number", flat=True))
    if set(answered) != set(round.children.values_list("number", flat=True)) or max(answered.values()) > 1:
        report.wrong.append(f"{len(answered)} children of {report.families} have one answer")
    offered = Counter(NurseryOffer.objects.filter(round=round).values_list("child__number", flat=True))
    if offered != Counter(int(number) for number in seats):
        report.wrong.append(f"{offered.total()} offers for {len(seats)} places")
    owed = Message.objects.filter(kind__in=[OFFERED, WAITING])
    states = {one.recipient: one.state for one in owed}
    asked_first = NurseryOffer.objects.filter(round=round, nursery__waives_being_asked=False).count()
    if owed.count() != len(states) or len(states) != report.families - asked_first:
        report.wrong.append(f"{owed.count()} messages for {report.families - asked_first} families")
    arrived = Counter(sink.recipients)
    uncertain = {recipient for recipient, state in states.items() if state == MessageState.AMBIGUOUS}
    report.wrong += [f"told {times} times: one family" for times in arrived.values() if times > 1]
    report.wrong += ["lost: one family" for recipient in states.keys() - arrived.keys() - uncertain]
    report.wrong += [
        f"left {state}" for state in states.values() if state not in (MessageState.SENT, MessageState.AMBIGUOUS)
    ]
    if len(uncertain) > report.kills.total() * HANDFUL:
        report.wrong.append(f"{len(uncertain)} uncertain")
    report.told, report.uncertain = len(arrived.keys() - uncertain), len(uncertain)
