"""python -m tests.simulators.mail_drop FILE: a fast SMTP server in a process of its own, for measuring.

Prints its port, then appends the Message-ID of every mail to FILE before it answers that it took it.
"""

import re
import socketserver
import sys
import threading

_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.MULTILINE | re.IGNORECASE)


class _Talk(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self._say(b"220 drop")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self._say(b"354 go on")
                self._take()
            elif verb == b"EHLO":
                self._say(b"250-drop\r\n250 PIPELINING")
            elif verb == b"QUIT":
                self._say(b"221 bye")
                return
            else:
                self._say(b"250 OK")

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        found = _ID.search(b"".join(lines))
        with LOCK:
            FILE.write((found[1] if found else b"none") + b"\n")
            FILE.flush()
        self._say(b"250 taken")

    def _say(self, text: bytes) -> None:
        self.wfile.write(text + b"\r\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


LOCK = threading.Lock()
if __name__ == "__main__":
    FILE = open(sys.argv[1], "ab")  # noqa: SIM115 - for the life of the process
    with _Server(("127.0.0.1", 0), _Talk) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()
