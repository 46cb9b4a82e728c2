"""python -m tests.bench [NAME…] [--quick] [--rounds N] [--million N] [--places N] [--markdown]"""

import argparse
import logging
import os
import sys
import time
from importlib import import_module

#: What can be measured, in the order of the table: name → (module, function).
BENCHES = {
    "search": ("tests.bench.search", "run"),
    "booking": ("tests.bench.booking", "run"),
    "last-place": ("tests.bench.last_place", "run"),
    "web": ("tests.bench.web", "run"),
    "day": ("tests.bench.day", "run"),
    "board": ("tests.bench.board", "run"),
    "feeds": ("tests.bench.feeds", "run"),
    "offer": ("tests.bench.offer", "run"),
    "enrolment": ("tests.bench.enrolment", "run"),
    "afterwards": ("tests.bench.afterwards", "run"),
    "opening": ("tests.bench.opening", "run"),
    "register": ("tests.bench.register", "run"),
    "outbox": ("tests.bench.outbox", "run"),
    "payments": ("tests.bench.payments", "run"),
    "nurseries": ("tests.bench.nurseries", "run"),
    "meeting": ("tests.bench.meeting", "run"),
    "large": ("tests.bench.search", "run_large"),
}


def main(arguments: list[str]) -> int:
    options = _read(arguments)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
    import django

    django.setup()
    logging.getLogger("guichet").setLevel(logging.WARNING)  # a line per request belongs into a server's log
    from tests.bench.effort import python_build
    from tests.bench.measure import Row, Size, as_markdown, as_text

    size = Size(
        rounds=1 if options.quick else options.rounds,
        quick=options.quick,
        million=options.million,
        last_place=options.places,
    )
    print(python_build())
    rows: list[Row] = []
    for name in options.names or BENCHES:
        module, function = BENCHES[name]
        began = time.monotonic()
        print(f"{name}…", file=sys.stderr, flush=True)
        for row in getattr(import_module(module), function)(size):
            rows.append(row)
            print(f"  {row.work}: {row.figure} | {row.floor} | {row.ratio} {row.goal}", file=sys.stderr, flush=True)
        print(f"  {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(as_markdown(rows) if options.markdown else as_text(rows))
    return 0


def _read(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 run.py bench", description="Figure, floor, ratio and goal.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(BENCHES)}")
    parser.add_argument("--quick", action="store_true", help="a few seconds, figures without meaning")
    parser.add_argument("--rounds", type=int, default=5, help="turns of thing and floor (5)")
    parser.add_argument(
        "--million", type=float, default=5.0, help="millions of appointments in the large territory (5)"
    )
    parser.add_argument("--places", type=int, default=10_000, help="rounds on the last place (10000)")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(BENCHES)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
