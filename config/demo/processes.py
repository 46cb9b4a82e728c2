"""The processes of the demonstration: started in groups of their own, stopped together, watched meanwhile."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

#: Seconds a process gets to finish what it is doing, before it is killed.
PATIENCE = 10.0
PR_SET_PDEATHSIG = 1


class Interrupted(Exception):
    """Somebody asked us to stop."""


@dataclass
class Running:
    name: str
    process: subprocess.Popen[bytes]
    log: Path


def port_is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port of our own machine that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(name: str, arguments: list[str], *, logs: Path, env: Mapping[str, str] | None = None) -> Running:
    """Start `python -m …` in its own process group, with its output in a file of its name."""
    logs.mkdir(parents=True, exist_ok=True)
    path = logs / f"{name}.log"
    with path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **(env or {})},
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
    return Running(name, process, path)


def _die_with_parent() -> None:
    """Even a kill -9 of the demonstration leaves no worker behind (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def stop(running: list[Running]) -> None:
    """Ask every group to end, wait, then insist. What has ended already is no matter."""
    for one in reversed(running):
        _signal(one, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    for one in running:
        try:
            one.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _signal(one, signal.SIGKILL)
            one.process.wait()
    for one in running:  # children that outlived their leader
        _signal(one, signal.SIGKILL)


def _signal(one: Running, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(one.process.pid, number)


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Inside, Ctrl-C and SIGTERM raise Interrupted; a second one while stopping is ignored."""

    def interrupt(*_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        raise Interrupted

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def watch(running: list[Running], *, every: float = 0.5) -> Running:
    """Wait until one of them ends by itself, which none should; give it."""
    while True:
        for one in running:
            if one.process.poll() is not None:
                return one
        time.sleep(every)


def wait_until(ready: Callable[[], bool], running: list[Running], *, seconds: float) -> bool:
    """True once `ready()`; False when a process died or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return True
        if any(one.process.poll() is not None for one in running):
            return False
        time.sleep(0.1)
    return False
