"""Rules of the house that no linter knows."""

import ast
import re
import tomllib

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests.checks import WHERE_SERVICES_ARE
from tests.house import ROOT, our_apps

PACKAGES = ("config", "municipalities", "notifications", "booking")
MODULES = sorted(
    path.relative_to(ROOT)
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)
MAX_LINES = 400


TESTS = sorted(path.relative_to(ROOT) for path in (ROOT / "tests").rglob("*.py"))


def test_modules_are_short_enough_to_be_read():
    """Past this one becomes a package of the same name, without changing its importers."""
    lines = {str(module): len((ROOT / module).read_text().splitlines()) for module in [*MODULES, *TESTS]}
    assert {module: number for module, number in lines.items() if number > MAX_LINES} == {}


def test_slow_races_are_where_the_checks_look_for_them():
    """They are taken out of the others, and only asked for in these rooms."""
    marks = ("mark." + "race", "mark." + "slow")
    slow = [path for path in TESTS if all(mark in (ROOT / path).read_text() for mark in marks)]
    assert slow and {str(path.parent) for path in slow} <= set(WHERE_SERVICES_ARE)


def test_no_drawer_is_named_for_being_a_drawer():
    drawers = {"utils", "util", "common", "core", "helpers", "misc"}
    assert [m for m in MODULES if drawers & {*m.parent.parts, m.stem}] == []


def moments_read_at_import(source: str) -> list[int]:
    """Lines that ask what time it is while the module is loaded: what they keep is yesterday's after midnight."""
    asked: list[int] = []
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            # What is written above and between its brackets is worked out at once, its body is not.
            waiting += [*node.decorator_list, node.args]
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            asked += [node.lineno] if node.func.attr in {"now", "utcnow", "today", "localdate", "localtime"} else []
        waiting += ast.iter_child_nodes(node)
    return asked


def test_no_module_keeps_the_moment_it_was_loaded():
    """A web process lives for weeks, and a run of the tests across midnight."""
    found = {str(path): moments_read_at_import((ROOT / path).read_text()) for path in [*MODULES, *TESTS]}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("DAY = timezone.localdate() + timedelta(days=2)", [1]),
        ("class Form:\n    until = datetime.now()", [2]),
        ("@mark(date.today())\ndef test(): ...", [1]),
        ("def day(of=timezone.now()): ...", [1]),
        ("def day(): return timezone.now()\nlate = lambda: timezone.now()\nfield = Field(default=timezone.now)", []),
    ],
)
def test_a_moment_read_at_import_is_found(source, lines):
    assert moments_read_at_import(source) == lines


def not_in_one_line() -> list[str]:
    """Our apps with models whose migrations are missing or fork."""
    loader = MigrationLoader(connection)
    graph = loader.graph
    guilty = []
    for app in our_apps():
        own = [key for key in graph.nodes if key[0] == app.label]
        forks = [key for key in own if sum(parent.key[0] == app.label for parent in graph.node_map[key].parents) > 1]
        if any(app.get_models()) and (not own or forks or len(graph.leaf_nodes(app.label)) != 1):
            guilty.append(app.label)
    return guilty


@pytest.mark.django_db
def test_migrations_are_complete_and_in_one_line():
    assert not_in_one_line() == []


@pytest.mark.django_db
def test_an_app_without_migrations_is_found(stray_app):
    assert not_in_one_line() == ["stray"]


def outside_of_the_layers() -> list[str]:
    """Our apps that some import contract forgets: by name in their package's order, and for their own rooms."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    ordered = {
        f"{container}.{name}" if container else name
        for contract in contracts
        if contract["type"] == "layers"
        for container in contract.get("containers", [""])
        for layer in contract["layers"]
        for name in re.findall(r"[\w.]+", layer)
    }
    rooms = {
        container
        for contract in contracts
        for container in contract.get("containers", [])
        if contract.get("exhaustive")
    }
    pure = {module for contract in contracts for module in contract.get("source_modules", [])}
    guilty = []
    for app in our_apps():
        if app.name not in ordered:
            guilty.append(f"{app.name} stands in no layer")
        if any(app.get_models()):
            if app.name not in rooms:
                guilty.append(f"{app.name} has rooms without a floor")
            if f"{app.name}.models" not in pure:
                guilty.append(f"{app.name}.models may do anything")
    return guilty


def test_import_contracts_know_every_app():
    assert outside_of_the_layers() == []


def test_an_app_that_the_contracts_forget_is_found(stray_app):
    assert outside_of_the_layers() == [
        "tests.stray_app stands in no layer",
        "tests.stray_app has rooms without a floor",
        "tests.stray_app.models may do anything",
    ]


def test_every_package_has_an_init():
    for module in MODULES:
        assert (ROOT / module.parent / "__init__.py").exists(), f"{module.parent} would be a namespace package"


def test_locks_name_no_registry():
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert not re.search(r"https?://|--index-url|--find-links", text), lock


def test_locks_cover_what_pyproject_asks():
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


#: They stand below the patient transaction: it is made of them. Connections have limits all the same.
BELOW = {"municipalities/database/transactions.py", "municipalities/audit.py"}


def impatient(module: str, text: str) -> list[str]:
    """Transactions that say nothing when they have waited in vain: `atomic` by whatever name it came."""
    guilty = []
    for node in ast.walk(ast.parse(text)):
        if (isinstance(node, ast.Attribute) and node.attr == "atomic") or (
            isinstance(node, ast.ImportFrom) and any(name.name == "atomic" for name in node.names)
        ):
            guilty.append(f"{module}:{node.lineno}")
    return guilty


def test_every_transaction_is_patient():
    """`patient_transaction`, or `inner_transaction` and `own_transaction` where they say why."""
    texts = {str(module): (ROOT / module).read_text() for module in MODULES if str(module) not in BELOW}
    assert [one for module, text in texts.items() for one in impatient(module, text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "with transaction.atomic():\n    pass",
        "from django.db.transaction import atomic",
        "@db.transaction.atomic\ndef f(): ...",
    ],
)
def test_twin_an_impatient_transaction_is_found(text):
    assert len(impatient("somewhere.py", text)) == 1


def test_files_with_slow_tests_begin_first(request):
    """Where files are shared out between two processes, none of them waits long for the last one."""
    files = list(dict.fromkeys(item.path for item in request.session.items))
    slow = {item.path for item in request.session.items if item.get_closest_marker("slow")}
    assert set(files[: len(slow)]) == slow


def html_by_hand(module, text):
    """Calls that declare text to be HTML: written in templates, it never needs one."""
    return [
        f"{module}:{node.lineno}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "SafeString"
    ]


def test_html_is_written_in_templates():
    """Ruff refuses `mark_safe` and `format_html`; Jinja2's own answer is declared safe in one place."""
    texts = {str(module): (ROOT / module).read_text() for module in MODULES if module.name != "jinja.py"}
    assert [one for module, text in texts.items() for one in html_by_hand(module, text)] == []


def test_twin_html_by_hand_is_found():
    assert html_by_hand("x.py", "SafeString(f'<p>{name}</p>')") == ["x.py:1"]


def paled(sheet: str) -> list[str]:
    """What a style sheet makes paler than its colours: contrast is settled with colours, so nothing that is read is."""
    return re.findall(r"(?<![-\w])opacity:\s*0?\.\d+", sheet)


def test_nothing_is_paled():
    """No state of a page may be hard to read, however short: on a slow line it lasts."""
    sheets = [path for package in PACKAGES for path in (ROOT / package).rglob("static/**/*.css")]
    ours = {str(path.relative_to(ROOT)): paled(path.read_text()) for path in sheets if path.name != "guichet.css"}
    assert len(ours) > 5
    assert {sheet: found for sheet, found in ours.items() if found} == {}


def test_twin_what_is_paled_is_found():
    assert paled("a { fill-opacity: 0.5; opacity: 1; } b { opacity: 0.55; }") == ["opacity: 0.55"]
