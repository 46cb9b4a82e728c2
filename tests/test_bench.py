"""The benchmarks still run. Nothing here looks at a time."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.bench.__main__ import BENCHES
from tests.simulators.service import ROOT, database_url


@pytest.mark.slow
@pytest.mark.parametrize("name", BENCHES)
def test_a_quick_run(name: str) -> None:
    """On databases of its own, beside the one named in DATABASE_URL."""
    server = database_url({**settings.DATABASES["default"], "NAME": "postgres"})
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", name, "--quick"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": server, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "met?" in done.stdout
