"""python -m tests.siege [--inputs N] [--seed N], --kills N [--minutes N], --memory, --payments, --answers N."""

import argparse
import functools
import logging
import secrets
import signal
import sys
import tempfile
from pathlib import Path

import django


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 run.py siege", description="Hostile input from everybody.")
    parser.add_argument("--inputs", type=int, default=30_000, help="how many (30000)")
    parser.add_argument("--seconds", type=float, default=1e9, help="end after so long all the same")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9), help="the same one gives the same inputs")
    parser.add_argument("--pages", type=int, default=400, help="views each role looks at for forms and links (400)")
    parser.add_argument("--kills", type=int, default=0, help="instead: kill so many things while people book")
    parser.add_argument("--memory", action="store_true", help="instead: an ordinary hour, and what each process has")
    parser.add_argument("--payments", action="store_true", help="instead: kill -9 a payment at each of its steps")
    parser.add_argument("--answers", type=int, default=0, help="instead: kill -9 while nurseries answer N families")
    parser.add_argument("--minutes", type=float, help="of the kills (12), of the ordinary hour (60)")
    options = parser.parse_args(arguments)
    print(f"seed {options.seed}", flush=True)
    signal.signal(signal.SIGTERM, _end_in_order)
    django.setup()
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # the mail server of the drives tells every word
    from django.test.runner import DiscoverRunner

    from config.database import limits

    # A loaded machine is slow, and the whole siege is one transaction.
    limits.process = limits.Kind.COMMAND
    runner = DiscoverRunner(verbosity=0, interactive=False)
    runner.setup_test_environment()
    databases = runner.setup_databases()
    try:
        if options.payments:
            is_sound = _paid()
        elif options.answers:
            is_sound = _answered(options.answers)
        else:
            is_sound = _endured(options) if options.kills or options.memory else _withstood(options)
    finally:
        runner.teardown_databases(databases)
    return 0 if is_sound else 1


def _end_in_order(*_: object) -> None:
    """Whoever ends it, by a limit of their own, gets the verdict so far and leaves no server behind; they ask once."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def _withstood(options: argparse.Namespace) -> bool:
    from django.db import transaction

    from tests.siege.storm import besiege

    with transaction.atomic():
        say = functools.partial(print, flush=True)
        report = besiege(
            inputs=options.inputs, seed=options.seed, pages=options.pages, seconds=options.seconds, say=say
        )
        transaction.set_rollback(True)
    print(report)
    return not report.broken


def _paid() -> bool:
    from tests.siege.till import kill_payments

    report = kill_payments(say=functools.partial(print, flush=True))
    print(report)
    return not report.wrong


def _answered(families: int) -> bool:
    from tests.siege.answers import kill_answers

    report = kill_answers(families, say=functools.partial(print, flush=True))
    print(report)
    return not report.wrong


def _endured(options: argparse.Namespace) -> bool:
    from tests.siege.drive import drive
    from tests.siege.load import ordinary_day

    seconds = 60 * (options.minutes or (60 if options.memory else 12))
    # Short: the path of a socket holds about a hundred characters.
    with tempfile.TemporaryDirectory(prefix="drive-") as folder:
        if options.memory:
            report = ordinary_day(Path(folder), seconds=seconds, seed=options.seed)
        else:
            report = drive(Path(folder), kills=options.kills, seconds=seconds, seed=options.seed)
    print(report)
    return not report.wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
