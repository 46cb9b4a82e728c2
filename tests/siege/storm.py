"""The siege itself: so many inputs, drawn from a seed, as every role; each is undone at once."""

import logging
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.signals import got_request_exception
from django.db import transaction

from tests.siege.camp import Besieger, besiegers
from tests.siege.scouts import Target, fill, patterns, scout, view_of
from tests.siege.weapons import WORDS, Shot, aim

DOORS = ["/", "/rendez-vous/", "/agents/", "/compte/login/", "/gestion/"]


@dataclass
class Report:
    seed: int
    seconds: float = 0.0
    targets: dict[str, int] = field(default_factory=dict)
    answers: Counter[int] = field(default_factory=Counter)
    views: set[str] = field(default_factory=set)
    #: Where it broke, with the first input that broke it and how many did.
    broken: dict[str, str] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)
    #: Hears at once of what breaks, and how far it is.
    say: Callable[[str], None] = field(default=lambda _word: None, repr=False)

    def __str__(self) -> str:
        total = sum(self.answers.values())
        lines = [
            f"seed {self.seed}: {total} inputs in {self.seconds:.0f} s, {len(self.views)} views, "
            f"{sum(self.targets.values())} targets of {len(self.targets)} roles",
            "answers: " + ", ".join(f"{status} × {count}" for status, count in sorted(self.answers.items())),
        ]
        for place, first in self.broken.items():
            lines.append(f"{self.times[place]} × {place}\n    {first}")
        return "\n".join(lines)


def besiege(
    *, inputs: int, seed: int, pages: int = 400, seconds: float = 1e9, say: Callable[[str], None] | None = None
) -> Report:
    """Ends after so many inputs or seconds, or at Ctrl-C. Everything the site is asked is undone at once."""
    luck, report, began = random.Random(seed), Report(seed), time.monotonic()
    report.say = say or report.say
    logging.disable(logging.CRITICAL)  # a line per request belongs into a server's log
    try:
        _storm(luck, report, inputs, pages, began + seconds)
    except KeyboardInterrupt:
        report.say("ended before its time")
    finally:
        logging.disable(logging.NOTSET)
    report.seconds = time.monotonic() - began
    return report


def _storm(luck: random.Random, report: Report, inputs: int, pages: int, until: float) -> None:
    everybody = besiegers()
    targets = {role: scout(client, DOORS, pages) for role, client in everybody.items()}
    report.targets = {role: len(found) for role, found in targets.items()}
    addresses = sorted(set(patterns()))
    roles = sorted(everybody)
    for number in range(inputs):
        if time.monotonic() > until:
            break
        if number % 1000 == 0:
            report.say(f"{number} inputs")
        role = roles[number % len(roles)]
        if targets[role] and luck.random() < 0.75:
            target = luck.choice(targets[role])
        else:
            borrowed = luck.choice(targets[luck.choice(roles)] or [Target("/")])
            path = fill(luck.choice(addresses), luck, WORDS) if luck.random() < 0.7 else borrowed.path
            target = Target(path, luck.choice(["GET", "POST"]), borrowed.fields)
        shoot(everybody[role], role, aim(target, luck), report)


def shoot(client: Besieger, role: str, shot: Shot, report: Report) -> None:
    errors: list[str] = []

    def caught(**_named: Any) -> None:
        errors.append(_place())

    options: dict[str, Any] = {**shot.headers}
    if "HTTP_COOKIE" in options:
        options["HTTP_COOKIE"] = f"{client.cookies.output(header='', sep=';')}; {options['HTTP_COOKIE']}"
    if shot.data is not None:
        options |= {"data": shot.data, "content_type": shot.content_type}
    kept = copy(client.cookies)
    client.handler.enforce_csrf_checks = shot.asks_csrf
    got_request_exception.connect(caught)
    try:
        with transaction.atomic():
            try:
                answer = client.generic(shot.method, shot.path, **options)
                status = int(answer.status_code)
                if answer.streaming:
                    b"".join(answer.streaming_content)
            except Exception:  # outside of what Django turns into an answer: the server itself would say 500
                status = 500
                errors.append(_place())
            transaction.set_rollback(True)
    finally:
        got_request_exception.disconnect(caught)
        client.cookies = kept
    report.answers[status] += 1
    view = view_of(shot.path.partition("?")[0])
    report.views.add(view)
    if status >= 500:
        place = f"{view or shot.path[:60]}: {errors[-1] if errors else status}"
        report.times[place] += 1
        if place not in report.broken:
            report.broken[place] = f"as {role}: {shot}"
            report.say(f"{place}\n    {report.broken[place]}")


def _place() -> str:
    """The error and the last line of our own that led to it."""
    kind, error, trace = sys.exc_info()
    frames = traceback.extract_tb(trace)
    ours = [
        frame for frame in frames if "site-packages" not in frame.filename and "tests" not in Path(frame.filename).parts
    ]
    frame = (ours or frames)[-1]
    last = frames[-1]
    where = frame.filename.removeprefix(f"{settings.ROOT}/")
    name = kind.__name__ if kind else "?"
    return f"{name} {str(error)[:120]!r} at {where}:{frame.lineno} (in {Path(last.filename).name}:{last.lineno})"
