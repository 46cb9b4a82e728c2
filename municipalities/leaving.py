"""What the services do when a person leaves. They know this module, it does not know them."""

from collections.abc import Callable

from municipalities.models import StaffMember

_listeners: list[Callable[[StaffMember], None]] = []


def on_leaving(listener: Callable[[StaffMember], None]) -> None:
    """Call this when an account is closed, inside its transaction."""
    if listener not in _listeners:
        _listeners.append(listener)


def has_left(member: StaffMember) -> None:
    for listener in _listeners:
        listener(member)
