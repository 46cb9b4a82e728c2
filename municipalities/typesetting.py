"""Sets a sheet as PDF in a child process, which ends: never in one that serves people."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).with_name("typeset.py")


class NotSet(Exception):
    """No PDF came of it; `str()` is the reason, for the log."""


def set_sheet(sheet: Path, said: Mapping[str, Any], *, seconds: float) -> bytes:
    """The PDF of this Typst sheet with these words; the same words are the same bytes. Raises NotSet."""
    asked = json.dumps({"sheet": str(sheet), "said": said}, ensure_ascii=False).encode()
    try:
        # Isolated: neither our path nor our environment, so no secret of ours either.
        program = [sys.executable, "-I", str(PROGRAM)]
        done = subprocess.run(program, input=asked, capture_output=True, timeout=seconds, env={}, check=False)
    except subprocess.TimeoutExpired:
        raise NotSet("timeout") from None
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        raise NotSet(done.stderr.decode(errors="replace").strip().rpartition("\n")[2][:200])
    return done.stdout
