"""The text of a round and the shapes of its parts: whatever is not exactly what it should be is refused, naming it.

Nothing is guessed. A key nobody knows, a key written twice, a truth value where a number belongs or a number that is
none would give an answer to a question that nobody asked.
"""

import hashlib
import json
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any, NoReturn, TypeVar

from booking.nurseries.allocation.exceptions import RoundRefused

#: Larger than any round of a territory by far: 34 nurseries and 1,500 children take 2 MB.
MAX_BYTES = 64_000_000
MAX_SHOWN = 60

T = TypeVar("T")


def parse(content: bytes) -> dict[str, Any]:
    """The JSON object of a file in UTF-8. Raises RoundRefused."""
    if len(content) > MAX_BYTES:
        raise RoundRefused(f"Le fichier dépasse {MAX_BYTES // 1_000_000} Mo.")
    try:
        data = json.loads(content.decode(), object_pairs_hook=_no_key_twice, parse_constant=_no_such_number)
    except RoundRefused:
        raise
    except UnicodeDecodeError:
        raise RoundRefused("Le fichier n’est pas un texte en UTF-8.") from None
    except RecursionError:
        raise RoundRefused("Le fichier est emboîté trop profondément.") from None
    except json.JSONDecodeError as error:
        raise RoundRefused(f"Le fichier n’est pas du JSON (ligne {error.lineno}, colonne {error.colno}).") from None
    except ValueError:
        raise RoundRefused("Un nombre du fichier a plus de chiffres qu’aucun ne peut en avoir.") from None
    if not isinstance(data, dict):
        refuse("la session", "un objet est attendu", data)
    return data


def digest_of(data: Mapping[str, Any]) -> str:
    """SHA-256 of the round as JSON: sorted keys, no spaces, UTF-8. Raises RoundRefused."""
    try:
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()
    except UnicodeEncodeError:
        raise RoundRefused("Un texte contient un caractère qui n’existe pas seul (U+D800 à U+DFFF).") from None
    except (TypeError, ValueError, RecursionError):
        raise RoundRefused("La session contient une valeur que le JSON ne connaît pas.") from None


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        all_different([name for name, _value in pairs], "Les clés d’un objet")
    return found


def _no_such_number(name: str) -> NoReturn:
    raise RoundRefused(f"« {name} » n’est pas un nombre.")


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=True, default=str)
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def refuse(where: str, what: str, value: Any) -> NoReturn:
    """Raises RoundRefused, which says where, what is expected there and what stands there instead."""
    raise RoundRefused(f"{where} : {what}, et non « {_shown(value)} ».")


def as_object(value: Any, where: str, needed: Collection[str] = (), optional: Collection[str] = ()) -> dict[str, Any]:
    """An object with just these keys; any keys where none are named. Raises RoundRefused."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        refuse(where, "un objet est attendu", value)
    if needed or optional:
        for key in value:
            if key not in needed and key not in optional:
                raise RoundRefused(f"{where} : la clé « {_shown(key)} » est inconnue.")
        for key in needed:
            if key not in value:
                raise RoundRefused(f"{where} : la clé « {key} » manque.")
    return value


def as_list(value: Any, where: str, *, empty: bool = False) -> list[Any]:
    """A list. Raises RoundRefused."""
    if not isinstance(value, list | tuple):
        refuse(where, "une liste est attendue", value)
    if not value and not empty:
        raise RoundRefused(f"{where} : la liste est vide.")
    return list(value)


def as_text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        refuse(where, "un texte est attendu", value)
    return value


def as_flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        refuse(where, "true ou false est attendu", value)
    return value


def as_whole(value: Any, where: str, low: int, high: int) -> int:
    """A whole number from `low` to `high`; a truth value is none."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        refuse(where, f"un nombre entier de {low} à {high} est attendu", value)
    return value


def as_points(value: Any, where: str) -> int | Fraction:
    """A number of points, exact: 0.1 is a tenth. A million either way is more than any grid gives."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        refuse(where, "un nombre est attendu", value)
    if abs(value) > 1_000_000:
        refuse(where, "un nombre de -1000000 à 1000000 est attendu", value)
    return value if isinstance(value, int) else Fraction(repr(value))


def as_hours(value: Any, where: str, high: int) -> int:
    """Hours as hundredths: more than none, at most `high`, at most two decimals."""
    hundredths = as_points(value, where) * 100
    if not 0 < hundredths <= high * 100 or hundredths != int(hundredths):
        refuse(where, f"un nombre d’heures, deux décimales au plus, jusqu’à {high}, est attendu", value)
    return int(hundredths)


def one_of(value: Any, where: str, known: Mapping[str, int] | Collection[str], what: str) -> str:
    if not isinstance(value, str) or value not in known:
        refuse(where, f"{what} est attendu", value)
    return value


def all_different(values: Sequence[Any], where: str) -> None:
    """No value twice. Raises RoundRefused."""
    seen = set()
    for value in values:
        if value in seen:
            raise RoundRefused(f"{where} : « {_shown(value)} » est écrit deux fois.")
        seen.add(value)


def positions(value: Any, where: str, known: Mapping[str, int], what: str) -> tuple[int, ...]:
    """The numbers of the names of a list, each of them known and written once, in the list's order."""
    names = as_list(value, where)
    found = tuple(known[one_of(name, where, known, what)] for name in names)
    all_different(names, where)
    return found


def by_month(value: Any, where: str, months: int, read: Callable[[Any, str], T]) -> tuple[T, ...]:
    """One value for all months, or a list with one for each. Raises RoundRefused."""
    if not isinstance(value, list | tuple):
        return (read(value, where),) * months
    if len(value) != months:
        raise RoundRefused(f"{where} : {months} valeurs sont attendues, une par mois, et non {len(value)}.")
    return tuple(read(one, f"{where}[{number}]") for number, one in enumerate(value))
