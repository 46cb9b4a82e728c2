"""Each lock installs in an empty environment with the oldest pip the README promises. A check of `run.py test`.

Outside of pytest, which has no network. A lock that went in once with these very bytes is not tried again here.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from run import INSTALL, LOCKS, ROOT, digest

#: Debian 12's pip; from here on `--no-deps` heals what the resolver of pip 23 refuses.
OLDEST_PIP = "23.0.1"
#: The environment of the tests has no pip; the Python it was made of has one.
BASE_PYTHON = Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")


def main() -> int:
    known = Path(ROOT, "var", "locks-installed")
    tried = set(known.read_text().split()) if known.exists() else set()
    for lock in sorted(LOCKS.glob("*.txt")):
        if digest(lock) in tried:
            continue
        if not installs(lock):
            return 1
        tried.add(digest(lock))
        known.parent.mkdir(exist_ok=True)
        known.write_text("\n".join(sorted(tried)))
    return 0


def installs(lock: Path) -> bool:
    """Whether `lock`, and all that its packages ask for, goes into an empty environment."""
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder, "bin", "python")
        old_pip = Path(folder, "pip")
        run(sys.executable, "-m", "venv", "--without-pip", folder)
        run(sys.executable, "-m", "venv", "--without-pip", old_pip)
        quiet = "--disable-pip-version-check"
        fetch: list[object] = ["uv", "pip"] if shutil.which("uv") else [BASE_PYTHON, "-m", "pip", quiet]
        where = old_pip / "bin" / "python"
        if fetch[0] == "uv":
            run(*fetch, "install", "-q", "--python", where, f"pip=={OLDEST_PIP}")
        else:
            run(*fetch, "--python", where, "install", "-q", f"pip=={OLDEST_PIP}")
        pip = [where, "-m", "pip", quiet, "--python", python]
        return run(*pip, *INSTALL, "--no-compile", "-r", lock) and run(*pip, "-q", "check")


def run(*command: object) -> bool:
    done = subprocess.run(
        [str(part) for part in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode:
        print("This did not work:", *command)
        print(done.stdout[-3000:])
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
