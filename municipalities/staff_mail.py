"""Letters to staff about their account. This package knows no outbox: a carrier is put in by the one that has it."""

from collections.abc import Callable
from dataclasses import dataclass

from municipalities.models import Municipality, Operator, StaffMember


@dataclass(frozen=True)
class Letter:
    """`kind` is "invitation", "password" (both carry a link made when the mail is sent), "notice" (text as given) or
    "sender" (written in the name of `office`, to try whether the provider lets it through).
    """

    kind: str
    recipient: str
    language: str
    staff: StaffMember | None = None
    subject: str = ""
    text: str = ""
    office: Municipality | Operator | None = None


Carrier = Callable[[Letter], None]
_carriers: list[Carrier] = []


def carry_with(carrier: Carrier) -> None:
    _carriers[:] = [carrier]


def post(letter: Letter) -> None:
    """Owe this letter, in the caller's transaction."""
    for carrier in _carriers:
        carrier(letter)
