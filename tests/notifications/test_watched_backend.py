"""The conversation with a mail server, word by word, against servers that follow a script."""

import smtplib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from django.core.mail import EmailMessage

from notifications import faults
from notifications.exceptions import DeliveryError, Refused, TryLater, Uncertain
from notifications.watched_backend import WatchedBackend


@contextmanager
def scripted(answers: list[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """A server for one connection: greets, then gives the next answer for each line; a body counts as one line."""
    heard: list[bytes] = []

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rwb", buffering=0) as talk:
            talk.write(b"220 x\r\n")
            talk.readline()
            talk.write(b"250 x\r\n")
            answer_before = b""
            for answer in answers:
                line = talk.readline()
                if heard and heard[-1] == b"data\r\n" and answer_before == b"354 go":
                    while not line.endswith(b"\r\n.\r\n") and (more := talk.readline()):
                        line += more
                heard.append(line)
                talk.write(answer + b"\r\n")
                answer_before = answer

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=[listening])
        thread.start()
        try:
            yield listening.getsockname()[1], heard
        finally:
            thread.join()


def backend_for(port: int) -> WatchedBackend:
    return WatchedBackend(host="127.0.0.1", port=port, timeout=60)


def mail_to(recipient: str = "a@x.example") -> EmailMessage:
    return EmailMessage("x", "Bonjour\n.\n..deux", "Mairie <b@x.example>", [recipient])


def test_envelope_then_body_with_its_dots_doubled() -> None:
    with scripted([b"250 ok", b"250 ok", b"354 go", b"250 taken", b"221 bye"]) as (port, heard):
        backend = backend_for(port)
        assert backend.send_messages([mail_to()]) == 1
        assert not backend.handed_over
    assert [heard[0].split(b" size=")[0].strip(), *heard[1:3]] == [
        b"mail FROM:<b@x.example>", b"rcpt TO:<a@x.example>\r\n", b"data\r\n"
    ]  # fmt: skip
    assert heard[3].endswith(b"\r\n\r\nBonjour\r\n..\r\n...deux\r\n.\r\n")


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([b"451 busy"], smtplib.SMTPSenderRefused),
        ([b"250 ok", b"550 nobody here"], smtplib.SMTPRecipientsRefused),
        ([b"250 ok", b"250 ok", b"554 nobody"], smtplib.SMTPDataError),
        ([b"250 ok", b"250 ok", b"what?"], smtplib.SMTPDataError),
        ([b"250 ok", b"250 ok"], smtplib.SMTPServerDisconnected),
    ],
)
def test_until_the_server_asks_for_the_body_nothing_is_handed_over(
    answers: list[bytes], error: type[Exception]
) -> None:
    with scripted(answers) as (port, _):
        backend = backend_for(port)
        backend.open()
        with pytest.raises(error):
            backend.send_messages([mail_to()])
        assert not backend.handed_over
        backend.close()


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ([], Uncertain),
        ([b"what?"], Uncertain),
        ([b"what?", b"250 reset"], Uncertain),
        ([b"554 spam", b"250 reset"], Refused),
        ([b"421 later"], TryLater),
    ],
)
def test_only_silence_after_the_body_is_uncertain(replies: list[bytes], expected: type[DeliveryError]) -> None:
    with scripted([b"250 ok", b"250 ok", b"354 go", *replies]) as (port, _):
        backend = backend_for(port)
        backend.open()
        with pytest.raises(smtplib.SMTPException) as caught:
            backend.send_messages([mail_to()])
        assert type(faults.of_mail(caught.value, handed_over=backend.handed_over)) is expected
        with suppress(smtplib.SMTPException):
            backend.close()


@pytest.mark.parametrize("recipient", ['"\r\nx', "a@x.example\r\nRCPT TO:<b@x.example>"])
def test_an_address_begins_no_other_command(recipient: str) -> None:
    with scripted([]) as (port, heard):
        backend = backend_for(port)
        backend.open()
        with pytest.raises(ValueError, match=r"newline|Invalid address"):
            backend.send_messages([mail_to(recipient)])
        with suppress(smtplib.SMTPException):
            backend.close()
    assert heard in ([], [b"quit\r\n"])
