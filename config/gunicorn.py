"""What the web server's processes do beside serving: forget the figures of a worker that has gone."""

import os
from typing import Any

accesslog = None
errorlog = "-"
keepalive = 15
# A worker that hangs is replaced; every path of ours answers within seconds.
timeout = 60
max_requests = 20_000
max_requests_jitter = 2_000


def child_exit(server: Any, worker: Any) -> None:
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
