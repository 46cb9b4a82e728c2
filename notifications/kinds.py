"""Which function renders which kind of message. The services register theirs; the outbox knows only names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from notifications.models import Message


@dataclass(frozen=True, slots=True)
class Mail:
    """`alternatives` are (content, mimetype) beside the HTML part, `attachments` (filename, content, mimetype)."""

    subject: str
    text: str
    html: str = ""
    from_email: str = ""
    reply_to: tuple[str, ...] = ()
    alternatives: tuple[tuple[str, str], ...] = ()
    attachments: tuple[tuple[str, str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Text:
    """An SMS. Where it is too long, the first of the `shorter` ones that fits is sent.

    `sender` is the name shown, eleven letters or digits at most; empty means the installation's.
    """

    text: str
    shorter: tuple[str, ...] = ()
    sender: str = ""


class Urgency(IntEnum):
    """What goes first. Each has a way out of its own, so that none waits for those below it."""

    NOW = 0  # an hour is kept for somebody until they answer
    SOON = 1  # what has just happened
    LATER = 2  # reminders and lists, and kinds that only a newer version knows


Rendered = Mail | Text
#: The message and what was gathered for it → what to send; None when the message has been overtaken by events.
Render = Callable[[Message, Any], Rendered | None]
#: Many messages at once → what each needs, by message id: one set of queries for a batch.
Gather = Callable[[Sequence[Message]], Mapping[int, Any]]


@dataclass(frozen=True, slots=True)
class MessageKind:
    render: Render
    gather: Gather | None
    urgency: Urgency


class UnknownKind(LookupError):
    pass


_kinds: dict[str, MessageKind] = {}


def register(kind: str, render: Render, gather: Gather | None = None, *, urgency: Urgency = Urgency.SOON) -> None:
    _kinds[kind] = MessageKind(render, gather, urgency)


def urgency_of(kind: str) -> Urgency:
    return _kinds[kind].urgency if kind in _kinds else Urgency.LATER


def with_urgency(*urgencies: Urgency) -> list[str]:
    return [name for name, kind in _kinds.items() if kind.urgency in urgencies]


def registered() -> tuple[str, ...]:
    return tuple(sorted(_kinds))


def kind_of(message: Message) -> MessageKind:
    """The kind of a message. Raises UnknownKind."""
    try:
        return _kinds[message.kind]
    except KeyError:
        raise UnknownKind(message.kind) from None


def gather_all(messages: Sequence[Message]) -> dict[int, Any]:
    """What all these messages need, one call of each gathering function. Unknown kinds get nothing."""
    groups: dict[Gather, list[Message]] = {}
    for message in messages:
        known = _kinds.get(message.kind)
        if known is not None and known.gather is not None:
            groups.setdefault(known.gather, []).append(message)
    found: dict[int, Any] = {}
    for gather, group in groups.items():
        found.update(gather(group))
    return found
