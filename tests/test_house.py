"""Rules of the house that no linter knows."""

import ast
import re
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("config", "municipalities", "notifications", "booking")
OURS = ("municipalities", "notifications", "residents", "appointments", "feeds")
MODULES = sorted(
    path.relative_to(ROOT)
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)
MAX_LINES = 400


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_module_is_short_enough_to_be_read(module):
    """Past this it becomes a package of the same name, without changing its importers."""
    assert len((ROOT / module).read_text().splitlines()) <= MAX_LINES


def test_no_drawer_is_named_for_being_a_drawer():
    drawers = {"utils", "util", "common", "core", "helpers", "misc"}
    assert [m for m in MODULES if drawers & {*m.parent.parts, m.stem}] == []


@pytest.mark.django_db
@pytest.mark.parametrize("app", OURS)
def test_migrations_are_complete_and_in_one_line(app):
    graph = MigrationLoader(connection).graph
    assert len(graph.leaf_nodes(app)) == 1
    for key in graph.nodes:
        if key[0] == app:
            own_parents = [parent for parent in graph.node_map[key].parents if parent.key[0] == app]
            assert len(own_parents) <= 1


def test_every_package_has_an_init():
    for module in MODULES:
        assert (ROOT / module.parent / "__init__.py").exists(), f"{module.parent} would be a namespace package"


def test_locks_name_no_registry():
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert not re.search(r"https?://|--index-url|--find-links", text), lock


def test_locks_cover_what_pyproject_asks():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    names = {re.split(r"[\[<>=~!; ]", line)[0].lower() for line in project["project"]["dependencies"]}
    locked = {line.split("==")[0] for line in (ROOT / "requirements/prod.txt").read_text().splitlines() if "==" in line}
    assert names <= locked


def test_actions_open_the_only_transactions():
    """Views translate in and out: none opens a transaction or saves."""
    guilty = []
    for module in MODULES:
        if not re.search(r"(^|_)views", "/".join(module.parts)):
            continue
        for node in ast.walk(ast.parse((ROOT / module).read_text())):
            if isinstance(node, ast.Attribute) and node.attr in {"save", "atomic", "bulk_create"}:
                guilty.append(f"{module}:{node.lineno} .{node.attr}")
    assert guilty == []
