"""python -m tests.siege [--inputs N] [--seconds N] [--seed N], or [--kills N] [--minutes N] [--seed N] to endure"""

import argparse
import secrets
import sys
import tempfile
from pathlib import Path

import django


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 run.py siege", description="Hostile input from everybody.")
    parser.add_argument("--inputs", type=int, default=30_000, help="how many (30000)")
    parser.add_argument("--seconds", type=float, default=1e9, help="end after so long all the same")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9), help="the same one gives the same inputs")
    parser.add_argument("--kills", type=int, default=0, help="instead: kill so many things while people book")
    parser.add_argument("--minutes", type=float, default=12, help="in so many minutes (12)")
    options = parser.parse_args(arguments)
    print(f"seed {options.seed}", flush=True)
    django.setup()
    from django.test.runner import DiscoverRunner

    runner = DiscoverRunner(verbosity=0, interactive=False)
    runner.setup_test_environment()
    databases = runner.setup_databases()
    try:
        is_sound = _endured(options) if options.kills else _withstood(options)
    finally:
        runner.teardown_databases(databases)
    return 0 if is_sound else 1


def _withstood(options: argparse.Namespace) -> bool:
    from django.db import transaction

    from tests.siege.storm import besiege

    with transaction.atomic():
        report = besiege(inputs=options.inputs, seed=options.seed, seconds=options.seconds)
        transaction.set_rollback(True)
    print(report)
    return not report.broken


def _endured(options: argparse.Namespace) -> bool:
    from tests.siege.drive import drive

    # Short: the path of a socket holds about a hundred characters.
    with tempfile.TemporaryDirectory(prefix="drive-") as folder:
        report = drive(Path(folder), kills=options.kills, seconds=options.minutes * 60, seed=options.seed)
    print(report)
    return not report.wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
