"""What the web server's processes do beside serving: forget the figures of a worker that has gone."""

import os
from typing import Any

from gunicorn.http import wsgi  # type: ignore[import-untyped]

from config.logs import json_formatter

# One line per request comes from config.logs, without addresses; gunicorn's own complaints leave through the same door.
accesslog = None
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


def child_exit(_server: Any, worker: Any) -> None:
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
