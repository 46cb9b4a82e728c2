"""The conversation with a mail server, word by word, against servers that follow a script."""

import smtplib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from notifications.smtp import _Client

MAIL = b"Subject: x\r\n\r\nBonjour\r\n.\r\n..deux\r\n"


@contextmanager
def scripted(
    answers: list[bytes], *, greeting: bytes = b"250-x\r\n250 PIPELINING\r\n"
) -> Iterator[tuple[int, list[bytes]]]:
    """A server for one connection: greets, then gives the next answer for each line; a body counts as one line."""
    heard: list[bytes] = []

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rwb", buffering=0) as talk:
            talk.write(b"220 x\r\n")
            talk.readline()
            talk.write(greeting)
            for answer in answers:
                line = talk.readline()
                if heard and heard[-1] == b"DATA\r\n":
                    while not line.endswith(b"\r\n.\r\n") and (more := talk.readline()):
                        line += more
                heard.append(line)
                talk.write(answer + b"\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=[listening])
        thread.start()
        try:
            yield listening.getsockname()[1], heard
        finally:
            thread.join()


def hand_over(port: int, *, recipient: str = "a@x.example") -> _Client:
    client = _Client("127.0.0.1", port, timeout=60)
    try:
        client.hand_over("b@x.example", recipient, MAIL)
    finally:
        client.close()
    return client


@pytest.mark.parametrize("greeting", [b"250-x\r\n250 PIPELINING\r\n", b"250-x\r\n250 SIZE\r\n"])
def test_envelope_then_body_with_its_dots_doubled(greeting: bytes) -> None:
    with scripted([b"250 ok", b"250 ok", b"354 go", b"250 taken"], greeting=greeting) as (port, heard):
        assert not hand_over(port).handed_over
    size = b" SIZE=%d" % len(MAIL) if b"SIZE" in greeting else b""
    body = b"Subject: x\r\n\r\nBonjour\r\n..\r\n...deux\r\n.\r\n"
    assert heard == [b"MAIL FROM:<b@x.example>" + size + b"\r\n", b"RCPT TO:<a@x.example>\r\n", b"DATA\r\n", body]


@pytest.mark.parametrize("last", [b"354 go", b"503 nobody", b"554 nobody"])
@pytest.mark.parametrize(
    ("first", "second", "error"),
    [
        (b"451 busy", b"503 no", smtplib.SMTPSenderRefused),
        (b"250 ok", b"550 nobody here", smtplib.SMTPRecipientsRefused),
    ],
)
def test_a_refused_envelope_hands_nothing_over_even_where_the_server_waits_for_a_body(
    first: bytes, second: bytes, last: bytes, error: type[Exception]
) -> None:
    with scripted([first, second, last]) as (port, heard), pytest.raises(error):
        hand_over(port)
    assert heard[-1] == b"DATA\r\n"


def test_a_waiting_server_is_left_alone() -> None:
    """Goodbye would be taken for the text of a mail."""
    with scripted([b"250 ok", b"550 no", b"354 go"]) as (port, _):
        client = _Client("127.0.0.1", port, timeout=60)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.hand_over("b@x.example", "a@x.example", MAIL)
        assert client.sock is None


@pytest.mark.parametrize(("reply", "is_uncertain"), [(b"", True), (b"554 spam", False)])
def test_only_silence_after_the_body_is_uncertain(reply: bytes, is_uncertain: bool) -> None:
    with scripted([b"250 ok", b"250 ok", b"354 go", *([reply] if reply else [])]) as (port, _):
        client = _Client("127.0.0.1", port, timeout=60)
        with pytest.raises(smtplib.SMTPException):
            client.hand_over("b@x.example", "a@x.example", MAIL)
        assert client.handed_over is is_uncertain
        client.close()


def test_an_address_begins_no_other_command() -> None:
    with scripted([]) as (port, heard), pytest.raises(ValueError, match="line break"):
        hand_over(port, recipient='"\r\nx')
    assert heard == []
