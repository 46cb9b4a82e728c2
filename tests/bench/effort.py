"""Processor time by who takes it. Two noisy cores can compare it where throughput drifts. Knows nothing of Django."""

import sys
import sysconfig
from collections.abc import Iterable

import psutil


def seconds(processes: Iterable[psutil.Process]) -> float:
    return sum(times.user + times.system for times in (process.cpu_times() for process in processes))


def server_seconds(database: str) -> float:
    """What PostgreSQL's servers of this database have taken so far."""
    return seconds(process for process in psutil.process_iter(["cmdline"]) if _serves(process, database))


def _serves(process: psutil.Process, database: str) -> bool:
    command = " ".join(process.info["cmdline"] or ())
    return command.startswith("postgres: ") and f" {database} " in command


def python_build() -> str:
    """Which Python this is: one built without optimisations runs the same code 1.2 times slower than Debian's."""
    version = ".".join(str(number) for number in sys.version_info[:3])
    is_optimised = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    return f"Python {version}, built {'with' if is_optimised else 'without'} --enable-optimizations"
