"""python -m tests.siege.answerer SETTINGS: publishes rounds and sends what they answer, and is killed -9 on the way.

For each line that comes in, as JSON, a process of its own is forked that does the work and dies at the step the line
names: nothing of Python ends in good order, no `finally`, no rollback, no closed connection. How each ended goes out.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from importlib import import_module
from itertools import count
from typing import Any

import django


def die_at(place: str, when: str, nth: int) -> None:
    """The nth call of that function is the last thing that this process does, or the first that it does not."""
    owner, name = _owner_of(place)
    as_written, calls = getattr(owner, name), count(1)

    def last(*args: Any, **kwargs: Any) -> Any:
        if next(calls) < nth:
            return as_written(*args, **kwargs)
        if when == "after":
            as_written(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, last)


def _owner_of(place: str) -> tuple[Any, str]:
    """« module:Class.method » as what has it, and its name there."""
    module, _colon, path = place.partition(":")
    owner: Any = import_module(module)
    *outer, name = path.split(".")
    for one in outer:
        owner = getattr(owner, one)
    return owner, name


def _unguarded() -> None:
    """Nothing is marked before it is handed over, and nothing noted after."""
    from notifications.delivery import relay

    relay._Batch._note_and_mark = lambda _self, _outcomes, mark: set(mark)  # type: ignore[method-assign, assignment]


def answer(order: Mapping[str, Any]) -> None:
    """Publish the round where it is not, then send what is due so many minutes later."""
    from django.utils import timezone

    from booking.nurseries.answers import publishing
    from booking.nurseries.models import Round
    from municipalities.models import StaffMember
    from notifications.delivery import deliver_due

    if not order["is_guarded"]:
        _unguarded()
    if order["place"]:
        die_at(order["place"], order["when"], order["nth"])
    round = Round.objects.get(pk=order["round"])
    if round.is_frozen:
        publishing.publish(round=round, by=StaffMember.objects.get(pk=order["chair"]))
    deliver_due(now=timezone.now() + timedelta(minutes=order["minutes"]), seconds=600)


def in_a_process(work: Callable[[], None]) -> int:
    """The signal that ended it, 0 where it came to its end."""
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if not child:
        try:
            work()
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)


if __name__ == "__main__":
    django.setup()
    from django.conf import settings

    for setting, value in json.loads(sys.argv[1]).items():
        setattr(settings, setting, value)
    for line in sys.stdin:
        wanted = json.loads(line)
        print(in_a_process(partial(answer, wanted)), flush=True)
