"""What PayFiP's simulator shows: the service's contract with an address of our own, and its pages. All fictitious."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

XSD_NAMES = frozenset(f"PaiementSecuriseService_schema{number}.xsd" for number in (1, 2, 3))


@lru_cache
def contract(name: str, url: str) -> str:
    """The WSDL, or one of its schemas, as eopayment brings it; the service answers at `url`."""
    spec = find_spec("eopayment")
    assert spec and spec.origin
    text = (Path(spec.origin).parent / "resource" / (name or "PaiementSecuriseService.wsdl")).read_text()
    return text.replace("https://www.payfip.gouv.fr", url)


_FRAME = """<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Simulateur PayFiP (fictif)</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><h1>Simulateur PayFiP (fictif)</h1>
{body}</body></html>"""

_BUTTONS = "".join(
    f'<p><button name="do" value="{code}">{text}</button></p>'
    for code, text in (
        ("P", "Payer par carte"),
        ("V", "Payer par prélèvement"),
        ("R", "Carte refusée"),
        ("Z", "Prélèvement refusé"),
        ("A", "Abandonner"),
    )
)
#: Takes `sum`, `what` and `idop`.
PAGE = _FRAME.format(
    body="<p>{sum} €, {what}. Rien n’est débité : tout est inventé.</p>"
    '<form method="post"><input type="hidden" name="idop" value="{idop}">' + _BUTTONS + "</form>"
)
ERRORS = {
    "P1": _FRAME.format(body="<p>P1 : opération inconnue</p>"),
    "P3": _FRAME.format(body="<p>P3 : opération déjà utilisée</p>"),
    "P4": _FRAME.format(body="<p>P4 : opération expirée</p>"),
}
