"""Databases for the time of a run: each is created, and dropped at the end, whatever happens."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql


def address_of(name: str) -> str:
    """The server of DATABASE_URL, another database."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


@contextmanager
def throw_away(name: str, *, template: str = "template0") -> Iterator[str]:
    """A database of that name like its template, an empty one; gives its address."""
    identifier = sql.Identifier(name)
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(drop)
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(identifier, sql.Identifier(template))
        server.execute(create)
        try:
            yield address_of(name)
        finally:
            server.execute(drop)


@contextmanager
def migrated(name: str) -> Iterator[str]:
    """A database of that name with our tables, which Django uses meanwhile.

    The migrations run once: their outcome stays on the server, named by what they say, and is copied from then on.
    """
    with throw_away(name, template=_ours()) as address:
        use(name)
        try:
            yield address
        finally:
            use(name)


def _ours() -> str:
    root = Path(__file__).parents[2]
    said = hashlib.sha256((root / "requirements" / "prod.txt").read_bytes())
    for package in ("booking", "municipalities", "notifications", "tests"):
        for path in sorted((root / package).rglob("migrations/*.py")):
            said.update(path.read_bytes())
    name = f"bench_migrated_{said.hexdigest()[:12]}"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        known = server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'bench_migrated%'")
        there = {row[0] for row in known}
        for old in there - {name}:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(old)))
        if name in there:
            return name
    with throw_away(f"{name}_half") as _address:
        use(f"{name}_half")
        _migrate()
        use(name)
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
            whole = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            server.execute(whole.format(sql.Identifier(name), sql.Identifier(f"{name}_half")))
    return name


def use(name: str) -> None:
    """Let Django's connections of this process go to that database from now on."""
    from django.db import connections

    connections.close_all()
    connections["default"].settings_dict["NAME"] = name
    connections.settings["default"]["NAME"] = name


def _migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
