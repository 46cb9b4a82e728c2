"""What the web server's processes do beside serving: say that they live, forget the figures of one that has gone."""

import os
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from gunicorn import glogging  # type: ignore[import-untyped]
from gunicorn.http import wsgi  # type: ignore[import-untyped]
from gunicorn.workers import gthread  # type: ignore[import-untyped]

from config.logs import json_formatter

# One line per request comes from config.logs, without addresses; gunicorn's own complaints leave through the same door.
accesslog = None


class Logger(glogging.Logger):  # type: ignore[misc]
    def access(self, *_request: Any) -> None:
        """Nothing: with a `logconfig_dict` gunicorn puts its own line together for every request and throws it away."""


logger_class = Logger
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": json_formatter}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"gunicorn.error": {"handlers": ["stderr"], "level": "INFO", "propagate": False}},
}
# Its socket for remote control would lie in the home folder, one for all services of the machine.
control_socket_disable = True
keepalive = 15
# A worker that hangs is replaced; every path of ours answers within seconds.
timeout = 60
max_requests = 20_000
max_requests_jitter = 2_000


_headers = wsgi.Response.default_headers


def _without_server(response: wsgi.Response) -> list[str]:
    """Nobody needs to know what answers; gunicorn has no setting that keeps its name to itself."""
    return [line for line in _headers(response) if not line.startswith("Server:")]


wsgi.Response.default_headers = _without_server


#: What a probe asks, and how long its connection may take to ask it.
_PROBES = (b"GET /sante/vivant ", b"HEAD /sante/vivant ")
_PROBE_SECONDS = 0.5


def _enqueue(worker: Any, conn: Any) -> None:
    """To a thread of the pool; while none is free, past somebody who looks whether it is only a probe.

    Eight saves that wait for one lock must not make the process look dead.
    """
    if not hasattr(worker, "at_work"):
        worker.at_work, worker.doorkeepers = set(), ThreadPoolExecutor(2)
    if len(worker.at_work) < worker.cfg.threads:
        _serve(worker, conn)
    else:
        worker.doorkeepers.submit(_look, worker, conn)


def _serve(worker: Any, conn: Any) -> None:
    def done(work: Future[Any]) -> None:
        worker.at_work.discard(work)
        worker.method_queue.defer(worker.finish_request, conn, work)

    work = worker.tpool.submit(worker.handle, conn)
    worker.at_work.add(work)
    work.add_done_callback(done)


def _look(worker: Any, conn: Any) -> None:
    try:
        asked = conn.sock.recv(32, socket.MSG_PEEK) if conn.wait_for_data(_PROBE_SECONDS) else b""
    except OSError:
        asked = b""  # gone again, or not readable: whoever serves finds out
    if not asked.startswith(_PROBES):
        return _serve(worker, conn)
    answered: Future[Any] = Future()
    answered.set_result(worker.handle(conn))
    worker.method_queue.defer(worker.finish_request, conn, answered)
    return None


gthread.ThreadWorker.enqueue_req = _enqueue


def child_exit(_server: Any, worker: Any) -> None:
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
