"""Every check in order, cheapest first, each with one line of summary. Run by `python3 run.py test`.

A failing check shows what it said and does not stop the others; the exit code is 1 when any failed.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["config", "municipalities", "notifications", "booking"]
PYTHON = [sys.executable]
BIN = Path(sys.executable).parent

#: pytest's word for "nothing was selected".
NO_TESTS = 5

QUIET_CHECKS: list[tuple[str, list[str]]] = [
    ("locks", [*PYTHON, "-m", "tests.locks"]),
    ("ruff format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
    ("ruff check", [str(BIN / "ruff"), "check", "--quiet", "."]),
    ("import-linter", [str(BIN / "lint-imports"), "--no-logo"]),
    ("mypy", [str(BIN / "mypy"), "--no-error-summary"]),
    ("djlint", [str(BIN / "djlint"), "--lint", "--quiet", *PACKAGES]),
    ("djlint format", [str(BIN / "djlint"), "--check", *PACKAGES]),
    ("migrations", [*PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"]),
    ("catalogues", [*PYTHON, "manage.py", "messages", "--check"]),
]

#: Two at a time where nothing is measured; races and browsers have the machine to themselves.
COVERAGE = ["--cov", "--cov-config=pyproject.toml", "--cov-report=", "--cov-fail-under=0"]
PYTEST = [*PYTHON, "-m", "pytest", "-q"]
TESTS: list[tuple[str, list[str]]] = [
    ("tests", [*PYTEST, "-m", "not race and not browser", "-n", "2", "--dist", "loadfile", *COVERAGE]),
    ("races", [*PYTEST, "-m", "race", *COVERAGE, "--cov-append"]),
    ("browser", [*PYTEST, "-m", "browser and not race", *COVERAGE, "--cov-append", "-rs"]),
]


def main() -> int:
    summary: list[tuple[str, bool, float]] = []
    for name, command in QUIET_CHECKS:
        began = time.monotonic()
        done = subprocess.run(
            command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        _note(summary, name, done.returncode == 0, began)
        if done.returncode:
            print(done.stdout, flush=True)
    for name, command in TESTS:
        began = time.monotonic()
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        _note(summary, name, code in (0, NO_TESTS), began)
    began = time.monotonic()
    code = subprocess.run([*PYTHON, "-m", "coverage", "report"], cwd=ROOT, check=False).returncode
    _note(summary, "branch coverage", code == 0, began)
    print()
    for name, good, seconds in summary:
        print(_line(name, good, seconds))
    return 0 if all(good for _, good, _ in summary) else 1


def _note(summary: list[tuple[str, bool, float]], name: str, good: bool, began: float) -> None:
    summary.append((name, good, time.monotonic() - began))
    print(_line(*summary[-1]), flush=True)


def _line(name: str, good: bool, seconds: float) -> str:
    return f"{'ok    ' if good else 'FAILED'}  {name:<16} {seconds:6.1f} s"


if __name__ == "__main__":
    (ROOT / ".coverage").unlink(missing_ok=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    sys.exit(main())
