"""Names in addresses and forms are said once, in `municipalities/query_names.py`: code and templates add none."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from municipalities.query_names import Param
from tests.house import ROOT
from tests.test_house import MODULES, PACKAGES

NAMES = {value for name, value in vars(Param).items() if name.isupper()}
#: Not ours to name: what FranceConnect sends back is said in OpenID Connect.
FOREIGN = {"booking/residents/views/franceconnect.py"}
#: Said by others: Django's token and key of a form, and the fields of forms that are written by hand to be denser.
BY_HAND = {"csrfmiddlewaretoken"}


def written_out(module: str, text: str) -> list[str]:
    """Where the query or the form of a request is asked by a name written out, or an address is made with one."""
    guilty = []
    for node in ast.walk(ast.parse(text)):
        name, asked = "", ""
        match node:
            case ast.Call(func=ast.Attribute(value=whose, attr="get" | "getlist" | "pop" | "setlist"), args=[one, *_]):
                name, asked = _text(one), ast.unparse(whose)
            case ast.Subscript(value=whose, slice=one):
                name, asked = _text(one), ast.unparse(whose)
            case ast.Compare(left=one, ops=[ast.In() | ast.NotIn()], comparators=[whose]):
                name, asked = _text(one), ast.unparse(whose)
            case ast.Call(func=ast.Name(id="urlencode"), args=[ast.Dict(keys=keys)]):
                guilty += [f"{module}:{node.lineno} {_text(key)}" for key in keys if key and _text(key) in NAMES]
            case ast.Constant(value=str() as said) if {*re.findall(r"[?&](\w+)=", said)} & NAMES and " " not in said:
                guilty.append(f"{module}:{node.lineno} {said}")
        if name and re.search(r"\.(GET|POST|query)$", asked):
            guilty.append(f"{module}:{node.lineno} {name}")
    return guilty


def _text(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_code_asks_by_names_that_are_said_once() -> None:
    texts = {str(module): (ROOT / module).read_text() for module in MODULES if str(module) not in FOREIGN}
    assert [one for module, text in texts.items() for one in written_out(module, text)] == []


@pytest.mark.parametrize(
    "text",
    [
        'request.GET.get("jour")',
        'self.request.POST["geste"]',
        '"voir" in request.POST',
        'asked.query.getlist("jours")',
        'reverse("x") + "?fait=oui"',
        'f"{where}?semaine={day}"',
        'urlencode({"rdv": pk})',
    ],
)
def test_twin_a_name_written_out_is_found(text: str) -> None:
    assert len(written_out("x.py", text)) == 1


def templates() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.html")


def unknown_names(text: str) -> set[str]:
    """Names of fields and buttons drawn by hand, and of queries in addresses, that nobody says in `Param`."""
    drawn = re.findall(r"<(?:input|select|textarea|button)\b[^>]*?\sname=\"([^\"{}]+)\"", text)
    asked = re.findall(r"%\}\?(\w+)=", text)
    return {*drawn, *asked} - NAMES - BY_HAND


def test_templates_use_no_name_of_their_own() -> None:
    found = {str(path.relative_to(ROOT)): unknown_names(path.read_text()) for path in templates()}
    assert {path: names for path, names in found.items() if names} == {}


def test_twin_a_name_of_a_templates_own_is_found() -> None:
    drawn = '<input class="x" name="inconnu"><a href="{% url \'x\' %}?pareil=1">'
    assert unknown_names(drawn) == {"inconnu", "pareil"}
