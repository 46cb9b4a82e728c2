"""The web server as it is set up: what it says of itself."""

import subprocess
import sys
import time
import urllib.request
from importlib.util import find_spec

import pytest
from django.conf import settings

from tests.simulators.service import free_port


@pytest.mark.slow
@pytest.mark.skipif(find_spec("gunicorn") is None, reason="needs gunicorn")
def test_it_keeps_its_name_to_itself():
    port = free_port()
    options = ["--config", "python:config.gunicorn", "--bind", f"127.0.0.1:{port}", "wsgiref.simple_server:demo_app"]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *options], cwd=settings.ROOT, stderr=subprocess.DEVNULL
    )
    try:
        for _attempt in range(150):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                    names = {name.lower() for name in answer.headers}
                break
            except OSError:
                time.sleep(0.2)
        else:
            pytest.fail("gunicorn did not come up")
    finally:
        server.terminate()
        server.wait(timeout=30)
    assert "date" in names and "server" not in names
