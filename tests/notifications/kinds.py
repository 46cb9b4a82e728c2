"""Kinds for tests: they say what their context tells them to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from notifications import kinds
from notifications.kinds import Mail, Rendered, Text
from notifications.models import Channel, Message


def hello(message: Message, facts: Any) -> Rendered | None:
    if message.context.get("overtaken"):
        return None
    if message.context.get("broken"):
        raise ZeroDivisionError(message.recipient)
    text = f"Bonjour {message.context.get('number', '')}"
    if message.channel == Channel.SMS:
        return Text(text)
    return Mail(subject=text, text=text, html=f"<p>{text}</p>")


@contextmanager
def hello_kind() -> Iterator[None]:
    kinds.register("test.hello", hello)
    try:
        yield
    finally:
        kinds._kinds.pop("test.hello")
