"""A document is cleaned in a process of its own, with little memory and little time.

A file of a few kilobytes can ask the libraries that read it for gigabytes, and none of them counts along. The child
knows neither database nor secrets; what it gives back is clean, or the name of a refusal.
"""

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import structlog

from booking.nurseries.documents import refusals
from booking.nurseries.documents.refusals import MOST_BYTES, DocumentRefused, Explodes, TooBig, TooManyAtOnce

#: Seconds a child may take by the clock, on a busy machine; and for whoever is before it.
PATIENCE, WAIT = 25.0, 15.0
_ROOT = Path(__file__).parents[3]
#: Children at once in one process.
_turn = threading.BoundedSemaphore(1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Clean:
    content: bytes
    media_type: str
    pages: int


def clean_apart(data: bytes, name: str = "") -> Clean:
    """What one sees of a document, as new bytes. `name` is the file's own. Raises DocumentRefused."""
    if len(data) > MOST_BYTES:
        raise TooBig
    if not _turn.acquire(timeout=WAIT):
        raise TooManyAtOnce
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "booking.nurseries.documents.child"],
            input=json.dumps(name).encode() + b"\n" + data,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            env={"PATH": "", "PYTHONUTF8": "1", "PYTHONPATH": str(_ROOT), "MALLOC_ARENA_MAX": "2"},
        )
    except subprocess.TimeoutExpired:
        raise Explodes from None
    finally:
        _turn.release()
    if done.returncode < 0:
        raise Explodes
    if done.returncode:
        log.error("document_not_read", reason=done.stderr.decode(errors="replace").strip().rpartition("\n")[2][:200])
        raise DocumentRefused
    said, _, content = done.stdout.partition(b"\n")
    answer = json.loads(said)
    if refused := answer.get("refused"):
        log.info("document refused", refused=refused, problem=answer["problem"])
        raise getattr(refusals, refused)
    return Clean(content, answer["media_type"], answer["pages"])
