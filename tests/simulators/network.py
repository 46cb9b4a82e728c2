"""A network that can be cut: a relay before a server, which lets everything through, nothing, or no answers."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Network:
    """`is_cut` lets nothing through. What is sent to an address with `deaf_to` in it arrives, and its answer is lost;
    with `shut_to` in it, it does not even arrive."""

    def __init__(self, port: int) -> None:
        self.server = port
        self.is_cut = False
        self.deaf_to = self.shut_to = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()

    def cut(self) -> None:
        self.is_cut = True
        for one in list(self._open):
            _end(one)

    def mend(self) -> None:
        self.is_cut = False
        self.deaf_to = self.shut_to = b""

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _address = self._listener.accept()
                if self.is_cut:
                    _end(near)
                else:
                    threading.Thread(target=self._relay, args=(near,), daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def _relay(self, near: socket.socket) -> None:
        with suppress(OSError), socket.create_connection(("localhost", self.server)) as far:
            self._open |= {near, far}
            threading.Thread(target=self._answers, args=(far, near), daemon=True).start()
            while data := near.recv(65536):
                if self.shut_to and self.shut_to in data.split(b"\r\n", 1)[0]:
                    break
                if self.deaf_to and self.deaf_to in data.split(b"\r\n", 1)[0]:
                    self._open.discard(near)
                    far.sendall(data)
                    near.shutdown(socket.SHUT_WR)
                    continue
                far.sendall(data)
        _end(near)

    def _answers(self, far: socket.socket, near: socket.socket) -> None:
        with suppress(OSError):
            while data := far.recv(65536):
                near.sendall(data)
        _end(near)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def network(port: int) -> Iterator[Network]:
    """One before the server that listens on this port of this machine."""
    made = Network(port)
    thread = threading.Thread(target=made.serve, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.close()
        thread.join(5)
