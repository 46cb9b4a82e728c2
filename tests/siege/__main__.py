"""python -m tests.siege [--inputs N] [--seconds N] [--seed N]"""

import argparse
import secrets
import sys

import django


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 run.py siege", description="Hostile input from everybody.")
    parser.add_argument("--inputs", type=int, default=30_000, help="how many (30000)")
    parser.add_argument("--seconds", type=float, default=1e9, help="end after so long all the same")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9), help="the same one gives the same inputs")
    options = parser.parse_args(arguments)
    print(f"seed {options.seed}", flush=True)
    django.setup()
    from django.db import transaction
    from django.test.runner import DiscoverRunner

    from tests.siege.storm import besiege

    runner = DiscoverRunner(verbosity=0, interactive=False)
    runner.setup_test_environment()
    databases = runner.setup_databases()
    try:
        with transaction.atomic():
            report = besiege(inputs=options.inputs, seed=options.seed, seconds=options.seconds)
            transaction.set_rollback(True)
    finally:
        runner.teardown_databases(databases)
    print(report)
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
