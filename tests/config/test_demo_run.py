"""The demonstration's command from its start to Ctrl-C, in a process of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from config.demo import processes


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_starts_answers_and_stops(tmp_path):
    """The whole command, on the tests' own database: addresses are printed, the portal answers, one signal ends all."""

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = urlsplit(os.environ.get("DATABASE_URL", "postgresql:///"))
    url = given._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "DATABASE_URL": url,
        "PORT": str(port),
        "VAR_DIR": str(tmp_path),
        # A queue of its own: this worker must not take what other tests have queued.
        "REDIS_URL": os.environ.get("REDIS_URL", "redis://localhost:6379/0").replace(
            "virtual_host=0", "virtual_host=9"
        ),
        "PYTHONPATH": str(settings.ROOT),
    }
    with (tmp_path / "said").open("wb") as said:
        demo = subprocess.Popen(
            [sys.executable, "manage.py", "demo"], cwd=settings.ROOT, env=env, stdout=said, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 480
        while "Ctrl-C" not in (text := (tmp_path / "said").read_text()):
            assert demo.poll() is None, text
            assert time.monotonic() < deadline, text
            time.sleep(0.2)
        assert f"http://localhost:{port}/communes/mulhouse/" in text
        with contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=30)) as browser:
            browser.request("GET", "/")
            assert browser.getresponse().read().startswith(b"<!")
    finally:
        demo.send_signal(signal.SIGINT)
        assert demo.wait(120) == 0
    assert "Tout est arrêté" in (tmp_path / "said").read_text()
    assert processes.port_is_free("127.0.0.1", port)
