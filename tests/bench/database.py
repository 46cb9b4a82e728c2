"""Databases for the time of a run: each is created, and dropped at the end, whatever happens."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql


def address_of(name: str) -> str:
    """The server of DATABASE_URL, another database."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


@contextmanager
def throw_away(name: str) -> Iterator[str]:
    """An empty database of that name; gives its address."""
    identifier = sql.Identifier(name)
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(drop)
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(identifier))
        try:
            yield address_of(name)
        finally:
            server.execute(drop)


def use(name: str) -> None:
    """Let Django's connections of this process go to that database from now on."""
    from django.db import connections

    connections.close_all()
    connections["default"].settings_dict["NAME"] = name
    connections.settings["default"]["NAME"] = name


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
