"""What is killed, and how each comes back."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.simulators.service import Service
from tests.simulators.smtp_sink import SmtpSink


class Killer:
    """One kill at a time, drawn from a luck; what was killed is up again when `kill` returns."""

    def __init__(self, service: Service, sink: SmtpSink, database: Mapping[str, Any], luck: random.Random) -> None:
        self.service, self.sink, self.database, self.luck = service, sink, database, luck
        self.kinds: dict[str, Callable[[], None]] = {
            "web worker": service.kill_web_worker,
            "web server": lambda: self._again("web"),
            "task worker": lambda: self._again("worker"),
            "beat": lambda: self._again("beat"),
            "Redis": lambda: self._again("valkey"),
            "one connection": lambda: self._end_connections(most=1),
            "all connections": self._end_connections,
            "database read-only": lambda: self._altered(
                "SET default_transaction_read_only TO on", "RESET default_transaction_read_only"
            ),
            "database closed": lambda: self._altered("ALLOW_CONNECTIONS false", "ALLOW_CONNECTIONS true"),
            "provider busy": lambda: self._answering("451 busy"),
            "provider cut": lambda: self._answering("cut before"),
        }
        self.left: list[str] = []

    def kill(self) -> str:
        """Every kind once before any comes again. Its name."""
        if not self.left:
            self.left = self.luck.sample(sorted(self.kinds), len(self.kinds))
        name = self.left.pop()
        self.kinds[name]()
        return name

    def _again(self, name: str) -> None:
        self.service.kill(name)
        time.sleep(self.luck.uniform(0.1, 0.8))
        self.service.start(name)

    @contextmanager
    def _server(self) -> Iterator[psycopg.Connection[Any]]:
        """Not in the database that is being closed."""
        with psycopg.connect(
            host=self.database["HOST"] or self.database["OPTIONS"].get("host"),
            port=self.database["PORT"] or None,
            user=self.database["USER"] or None,
            password=self.database["PASSWORD"] or None,
            dbname="postgres",
            autocommit=True,
        ) as server:
            yield server

    def _end_connections(self, most: int = 1000) -> None:
        with self._server() as server:
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE datname = %s"
                " ORDER BY md5(pid::text || %s) LIMIT %s) found",
                [self.database["NAME"], str(self.luck.random()), most],
            )

    def _altered(self, how: str, back: str) -> None:
        name = self.database["NAME"]
        with self._server() as server:
            server.execute(f'ALTER DATABASE "{name}" {how}')
            self._end_connections()
            time.sleep(self.luck.uniform(0.5, 1.5))
            server.execute(f'ALTER DATABASE "{name}" {back}')
        self._end_connections()

    def _answering(self, answer: str) -> None:
        self.sink.everybody = answer
        time.sleep(self.luck.uniform(0.5, 1.5))
        self.sink.everybody = ""
