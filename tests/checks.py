"""Every check, each with one line of summary. Run by `python3 run.py test`.

Those that only read go first, two at a time, then the tests, as many. A failing check shows what it said and does not
stop the others; the exit code is 1 when any failed.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.database import PROCESSES

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["config", "municipalities", "notifications", "booking"]
PYTHON = [sys.executable]
BIN = Path(sys.executable).parent

#: pytest's word for "nothing was selected".
NO_TESTS = 5

#: The longest first, and beside it all others.
QUIET_CHECKS: list[tuple[str, list[str]]] = [
    ("database", [*PYTHON, "-m", "tests.database"]),
    ("ruff format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
    ("ruff check", [str(BIN / "ruff"), "check", "--quiet", "."]),
    ("import-linter", [str(BIN / "lint-imports"), "--no-logo"]),
    ("mypy", [str(BIN / "mypy"), "--no-error-summary"]),
    ("djlint", [str(BIN / "djlint"), "--lint", "--quiet", *PACKAGES]),
    ("djlint format", [str(BIN / "djlint"), "--check", *PACKAGES]),
    ("migrations", [*PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"]),
    ("catalogues", [*PYTHON, "manage.py", "messages", "--check"]),
]

#: Files go to two processes, the longest ones first (`conftest`). All of them find their database made.
COVERAGE = ["--cov", "--cov-config=pyproject.toml", "--cov-report=", "--cov-fail-under=0"]
TWO = ["-n", str(len(PROCESSES)), "--dist", "loadfile", "--no-loadscope-reorder"]
PYTEST = [*PYTHON, "-m", "pytest", "-q", "--reuse-db"]
#: Whole services in processes of their own are killed and looked at by the second: they have the machine to themselves.
WHERE_SERVICES_ARE = ["tests/concurrency", "tests/siege"]
#: Coverage is counted where most of it comes from: it makes the pages slower that browsers wait for.
TESTS: list[tuple[str, list[str]]] = [
    ("tests", [*PYTEST, "-m", "not race and not browser", *TWO, *COVERAGE]),
    ("races", [*PYTEST, "-m", "race and not slow", *TWO, *COVERAGE, "--cov-append"]),
    ("services", [*PYTEST, "-m", "race and slow", *WHERE_SERVICES_ARE]),
    ("browser", [*PYTEST, "-m", "browser and not race", *TWO, "-rs", "tests/browser"]),
]
#: Waits for the network, beside races, which wait for each other.
LOCKS = ["nice", *PYTHON, "-m", "tests.locks"]


def main() -> int:
    summary: list[tuple[str, bool, float]] = []
    with ThreadPoolExecutor(2) as two:
        asked = {two.submit(_quiet, command): name for name, command in QUIET_CHECKS}
        for answer in as_completed(asked):
            _tell(summary, asked[answer], *answer.result())
        for name, command in TESTS:
            locks = two.submit(_quiet, LOCKS) if name == "races" else None
            began = time.monotonic()
            code = subprocess.run(command, cwd=ROOT, check=False).returncode
            _note(summary, name, code in (0, NO_TESTS), time.monotonic() - began)
            if locks is not None:
                _tell(summary, "locks", *locks.result())
    began = time.monotonic()
    code = subprocess.run([*PYTHON, "-m", "coverage", "report"], cwd=ROOT, check=False).returncode
    _note(summary, "branch coverage", code == 0, time.monotonic() - began)
    print()
    for name, good, seconds in summary:
        print(_line(name, good, seconds))
    return 0 if all(good for _, good, _ in summary) else 1


def _quiet(command: list[str]) -> tuple[str | None, float]:
    """What a failing check said, None when it is content; and the seconds it took."""
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout if done.returncode else None, time.monotonic() - began


def _tell(summary: list[tuple[str, bool, float]], name: str, said: str | None, seconds: float) -> None:
    _note(summary, name, said is None, seconds)
    if said is not None:
        print(said, flush=True)


def _note(summary: list[tuple[str, bool, float]], name: str, good: bool, seconds: float) -> None:
    summary.append((name, good, seconds))
    print(_line(*summary[-1]), flush=True)


def _line(name: str, good: bool, seconds: float) -> str:
    return f"{'ok    ' if good else 'FAILED'}  {name:<16} {seconds:6.1f} s"


if __name__ == "__main__":
    (ROOT / ".coverage").unlink(missing_ok=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    sys.exit(main())
