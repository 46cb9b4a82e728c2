"""A foreign address is asked politely, briefly, and never on a private network."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from booking.appointments.external_calendars import fetching
from booking.appointments.external_calendars.addresses import check, normal, parse
from booking.appointments.external_calendars.exceptions import (
    BadAddress,
    NotAllowed,
    NotAnswering,
    NotFound,
    PrivateAddress,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Unreadable,
    say_error,
)
from booking.appointments.external_calendars.fetching import fetch
from tests.simulators.ics_server import IcsServer, calendar, event


@pytest.fixture
def server(settings) -> Iterator[IcsServer]:
    settings.BUSY_CALENDARS_MAY_BE_LOCAL = True
    with IcsServer().running() as running:
        running.body = calendar(event(1, "DTSTART:20261201T080000Z", "DTEND:20261201T090000Z"))
        yield running


class TestAnswers:
    def test_a_calendar_then_304(self, server):
        first = fetch(server.address())
        assert first.body == server.body
        assert first.etag
        assert fetch(server.address(), etag=first.etag, modified="Mon, 01 Jan 2001 00:00:00 GMT").body is None
        asked = server.asked[-1][1]
        assert asked["if-modified-since"].startswith("Mon")
        assert asked["host"] == f"127.0.0.1:{server.port}"
        assert "cookie" not in asked and "authorization" not in asked

    def test_compressed(self, server):
        assert fetch(server.address("zipped")).body == server.body

    @pytest.mark.parametrize(
        ("name", "refusal"),
        [
            ("huge", TooLarge),
            ("endless", TooLarge),
            ("bomb", TooLarge),
            ("slow", TooSlow),
            ("slow-head", TooSlow),
            ("cut-short", NotAnswering),
            ("odd-coding", NotAnswering),
            ("broken", NotAnswering),
            ("rude", NotAnswering),
            ("nowhere", NotAnswering),
            ("forbidden", NotAllowed),
            ("gone", NotAllowed),
            ("round-and-round", TooManyRedirects),
        ],
    )
    def test_misbehaviour_ends_soon_and_small(self, server, name, refusal):
        """What ends by itself has all the time it may take; the slow ones drip for ever, and one second is enough."""
        patience = {"max_seconds": 1} if refusal is TooSlow else {}
        with pytest.raises(refusal):
            fetch(server.address(name), **patience)
        assert say_error(refusal.code) == str(refusal())

    def test_nobody_there(self, settings):
        settings.BUSY_CALENDARS_MAY_BE_LOCAL = True
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with pytest.raises(NotAnswering):
            fetch(f"http://127.0.0.1:{port}/")

    def test_three_redirects_are_followed_and_no_more(self, server):
        server.onward = server.address()
        assert fetch(server.address("redirect")).body == server.body
        asked = len(server.asked)
        with pytest.raises(TooManyRedirects):
            fetch(server.address("round-and-round"))
        assert len(server.asked) - asked == fetching.MAX_REDIRECTS + 1


class TestPrivateNetworks:
    @pytest.mark.parametrize(
        "onward",
        [
            "http://10.0.0.1/a.ics",
            "http://169.254.169.254/latest/meta-data/",
            "http://[fe80::1]/",
            "http://[::ffff:192.168.1.1]/",
            "http://0.0.0.0/",
            "http://167772161/",
            "http://0xa000001/",
            "file:///etc/passwd",
            "ftp://192.168.0.1/",
            "gopher://127.0.0.1/",
            "//10.0.0.1/a.ics",
            "http://user:secret@192.168.0.1/",
        ],
    )
    def test_a_redirect_does_not_lead_there(self, server, onward):
        server.onward = onward
        with pytest.raises(Unreadable) as refused:
            fetch(server.address("redirect"))
        assert type(refused.value) in (PrivateAddress, BadAddress, NotFound)
        assert len(server.asked) == 1

    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1", "127.8.9.1", "::1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
            "0.0.0.0", "255.255.255.255", "224.0.0.1", "239.1.1.1", "240.0.0.1", "192.0.2.1", "198.18.0.1", "fe80::1",
            "fc00::1", "fd12::1", "ff02::1", "::", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1",
            "2002:a00:1::1", "2001:db8::1", "2001:0:a00:1::1", "fec0::1", "192.0.0.8", "192.88.99.1",
        ],
    )  # fmt: skip
    def test_addresses_that_are_not_asked(self, settings, address):
        settings.BUSY_CALENDARS_MAY_BE_LOCAL = False
        with pytest.raises(PrivateAddress):
            check(ipaddress.ip_address(address))

    @pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822", "::ffff:9.9.9.9"])
    def test_addresses_that_are(self, address):
        check(ipaddress.ip_address(address))

    def test_local_only_where_the_settings_say_so(self, server, settings):
        settings.BUSY_CALENDARS_MAY_BE_LOCAL = False
        for address in (server.address(), server.address().replace("127.0.0.1", "localhost")):
            with pytest.raises(PrivateAddress):
                fetch(address)
        assert server.asked == []

    def test_one_private_address_of_several_is_enough(self, monkeypatch):
        """A name with a public and a private address is a trap: the second question gets the other answer."""
        rows = [(None, None, None, "", (address, 0)) for address in ("93.184.216.34", "10.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: rows)
        with pytest.raises(PrivateAddress):
            fetch("https://agenda.example/")

    def test_the_name_is_asked_once_and_the_connection_goes_there(self, server, monkeypatch):
        asked = []

        def lookup(host, port, **_more):
            asked.append(host)
            return [(None, None, None, "", ("127.0.0.1" if len(asked) == 1 else "10.0.0.1", port))]

        monkeypatch.setattr(socket, "getaddrinfo", lookup)
        went = []
        monkeypatch.setattr(socket, "create_connection", lambda where, **more: went.append(where) or _connect(where))
        address = server.address().replace("127.0.0.1", "agenda.example")
        assert fetch(address).body == server.body
        assert asked == ["agenda.example"]
        assert went == [("127.0.0.1", server.port)]
        assert server.asked[0][1]["host"] == f"agenda.example:{server.port}"

    @pytest.mark.true_clock
    def test_a_resolver_that_hangs(self, monkeypatch):
        answered = threading.Event()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: answered.wait() and [])
        with pytest.raises(TooSlow):
            fetch("https://agenda.example/", max_seconds=0.3)
        answered.set()


def _connect(where):
    """Connect without another look-up: socket.create_connection asks for names itself."""
    sock = socket.socket()
    sock.connect(where)
    return sock


class TestAddresses:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            (" webcal://agenda.example/a.ics ", "https://agenda.example/a.ics"),
            ("WEBCAL://agenda.example/a.ics?x=1#y", "https://agenda.example/a.ics?x=1"),
            ("https://agenda.example", "https://agenda.example"),
            ("HTTP://agenda.example:8080/a", "http://agenda.example:8080/a"),
        ],
    )
    def test_kept_as(self, typed, kept):
        assert normal(typed) == kept

    @pytest.mark.parametrize(
        "typed",
        [
            "", "agenda", "ftp://agenda.example/a", "javascript:alert(1)", "https://", "https:///a", "https://a b/",
            "https://user:pass@agenda.example/", "https://agenda.example:x/", "https://agenda.example:99999/",
            "https://[::1/", "https://agenda.example/\r\nHost: x", "https://agenda.example\\@10.0.0.1/",
            "https://agenda.example/é", "https://[fe80::1%25eth0]/", "https://" + "a" * 70 + ".example/",
            "https://agenda.example/" + "a" * 2000,
        ],
    )  # fmt: skip
    def test_refused(self, typed):
        with pytest.raises(BadAddress):
            normal(typed)

    def test_names_in_other_letters(self):
        assert parse("https://mairie-fête.example/").host == "xn--mairie-fte-t7a.example"


def test_secret_addresses_are_not_asked_again_in_the_open(server, monkeypatch):
    monkeypatch.setattr(fetching, "_ask", lambda *_a: ("http://agenda.example/a.ics", None))
    with pytest.raises(BadAddress):
        fetch("https://agenda.example/a.ics")


class TestTls:
    """The connection goes to the address that was checked; the certificate must be that of the name."""

    @pytest.fixture
    def certificate(self, tmp_path):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "agenda.example")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("agenda.example")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        path = tmp_path / "certificate.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )
        return path

    @pytest.fixture
    def secure(self, server, certificate, monkeypatch):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.speak_tls(context)
        rows = [(None, None, None, "", ("127.0.0.1", server.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: rows)
        monkeypatch.setattr(socket, "create_connection", lambda where, **_more: _connect(where))
        return server

    def test_a_stranger_who_signs_for_himself_is_not_believed(self, secure):
        with pytest.raises(NotAnswering):
            fetch(f"https://agenda.example:{secure.port}/good.ics")
        assert secure.asked == []

    def test_the_name_is_verified_and_not_the_address(self, secure, certificate, monkeypatch):
        trusting = ssl.create_default_context(cafile=str(certificate))
        monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
        assert fetch(f"https://agenda.example:{secure.port}/good.ics").body == secure.body
        with pytest.raises(NotAnswering):
            fetch(f"https://ailleurs.example:{secure.port}/good.ics")
        assert len(secure.asked) == 1
