"""The web server as it is set up: what it says of itself."""

import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec

import pytest
from django.conf import settings

from tests.simulators.service import free_port

pytestmark = [pytest.mark.slow, pytest.mark.skipif(find_spec("gunicorn") is None, reason="needs gunicorn")]


@contextmanager
def gunicorn(*options):
    """A server of ours with these options; its address."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *options]
    server = subprocess.Popen(command, cwd=settings.ROOT, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _attempt in range(150):
            try:
                urllib.request.urlopen(f"{address}/sante/vivant", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        else:
            pytest.fail("gunicorn did not come up")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


CONFIG = ("--config", "python:config.gunicorn")


def test_it_keeps_its_name_to_itself():
    with (
        gunicorn(*CONFIG, "wsgiref.simple_server:demo_app") as address,
        urllib.request.urlopen(address, timeout=5) as answer,
    ):
        names = {name.lower() for name in answer.headers}
    assert "date" in names and "server" not in names


def seconds_until_alive(*config):
    """How long a probe waits while every thread is taken and as many requests again wait."""
    options = ("--worker-class", "gthread", "--threads", "2", "tests.simulators.sleeper:app")
    with gunicorn(*config, *options) as address, ThreadPoolExecutor(4) as visitors:
        taken = [visitors.submit(lambda: urllib.request.urlopen(address, timeout=20).read()) for _ in range(4)]
        time.sleep(0.5)
        began = time.monotonic()
        urllib.request.urlopen(f"{address}/sante/vivant", timeout=20).close()
        waited = time.monotonic() - began
        assert [one.result() for one in taken] == [b"ok"] * 4, "whoever waited is served"
        return waited


def test_it_lives_whatever_its_threads_do():
    assert seconds_until_alive(*CONFIG) < 1.5


def test_twin_as_gunicorn_comes_a_probe_waits_for_everybody():
    assert seconds_until_alive() > 1.5
