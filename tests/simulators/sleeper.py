"""A WSGI application that takes its time, but for the one who asks whether it lives."""

import time
from collections.abc import Callable, Iterable
from typing import Any

SECONDS = 3.0


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] != "/sante/vivant":
        time.sleep(SECONDS)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
