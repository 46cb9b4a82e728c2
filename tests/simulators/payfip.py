"""A PayFiP of one's own on loopback: SOAP service, payment page, notifications. Standard library only. All fictitious.

    python -m tests.simulators.payfip PORT

SOAP      POST /tpa/services/securite             the three operations, faults included; ?wsdl with our own address
page      GET  /tpa/paiementws.web?idop=…         what the payer sees: five buttons; its form posts to the same address
control   POST /sim/<idop>?do=P|V|A|R|Z[&notify=0|1|2|forged&redirect=0]   the payer's act, how often we hear of it
          POST /sim/<idop>?do=open                the payer reaches the bank's page, and has not paid yet
          POST /sim/clock?minutes=N               moves this simulator's clock
          POST /sim/fault?next=TechIndisponibiliteErreur|html|hang|cut|…&times=N   the next N SOAP calls go wrong
          POST /sim/set?late_reception=1&tries=0&hang=30     P1 until the payer is there; no second try in an operation
          GET  /sim/state                         JSON of everything

Nothing here was compared with the real service: it does what the contract in our notes says, and what others lived.
"""

import contextlib
import json
import re
import sys
import threading
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from tests.simulators.payfip_contract import ERRORS, PAGE, XSD_NAMES, contract

PARIS = ZoneInfo("Europe/Paris")
#: Minutes after which the page refuses an operation that nobody has begun to pay.
BEGUN_WITHIN = timedelta(minutes=15)
#: The longest a bank's page may take once it is reached.
AT_THE_BANK = timedelta(minutes=100)
PAID = ("P", "V")
KEYS = (
    "dattrans", "exer", "heurtrans", "idOp", "mel", "montant", "numauto", "numcli", "objet", "refdet", "resultrans",
    "saisie",
)  # fmt: skip


class Fault(Exception):
    """A functional fault with its code."""


class PayfipSimulator:
    """The whole state, and the payer's acts as methods. `known` maps each client number to its three lines."""

    def __init__(self) -> None:
        self.known = {"090909": ("PISCINES FICTIVES", "REGIE FICTIVE", "M2A"), "080808": ("AUTRE REGIE", "FICTIVE", "")}
        self.operations: dict[str, dict[str, Any]] = {}
        self.faults: list[str] = []
        self.log: list[str] = []
        self.calls: list[str] = []
        self.offset = timedelta(0)
        self.late_reception = False
        self.tries = True
        self.hang = 30.0
        self.lock = threading.RLock()
        self.url = ""

    @property
    def wsdl(self) -> str:
        return f"{self.url}/tpa/services/securite?wsdl"

    @property
    def page(self) -> str:
        return f"{self.url}/tpa/paiementws.web"

    def settings(self) -> dict[str, Any]:
        return {"PAYFIP_SAISIE": "T", "PAYFIP_WSDL": self.wsdl, "PAYFIP_PAGE_URL": self.page}

    def now(self) -> datetime:
        return datetime.now(PARIS) + self.offset

    # --- the three operations ---------------------------------------------------------------------------------------

    def create(self, a: dict[str, str]) -> str:
        amount = int(a["montant"]) if re.fullmatch(r"\d{1,12}", a.get("montant", "")) else None
        checks = [  # codes as public clients name them (T client, A mel, M montant, R refdet …)
            (re.fullmatch(r"\d{6}", a.get("numcli", "")) is None, "T1"),
            (a.get("numcli") not in self.known, "T2"),
            (not re.fullmatch(r"\d{4}", a.get("exer", "")), "T4"),
            (not re.fullmatch(r"[A-Z0-9]{6,30}", a.get("refdet", "")), "R3"),
            (amount is None, "M1"),
            (amount is not None and amount < 100, "M3"),
            (amount is not None and amount > 10_000_000, "M5"),
            (not 6 <= len(a.get("mel", "")) <= 80 or not a["mel"].isascii(), "A1"),
            (not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", a.get("mel", "")), "A2"),
            (a.get("saisie") not in ("T", "X", "W"), "S1"),
            (not re.match(r"https?://", a.get("urlnotif", "")) or len(a["urlnotif"]) > 250, "N1"),
            (not re.match(r"https?://", a.get("urlredirect", "")) or len(a["urlredirect"]) > 250, "D1"),
            (not re.fullmatch(r"[A-Za-z0-9 ]{0,100}", a.get("objet", "")), "T1"),
        ]
        for is_wrong, code in checks:
            if is_wrong:
                raise Fault(code)
        idop = str(uuid.uuid4())
        self.operations[idop] = {
            **{key: a.get(key, "") for key in (*KEYS, "urlnotif", "urlredirect")},
            "idOp": idop, "exer": a["exer"][2:], "made": self.now(), "result": None, "begun": None, "notified": 0,
        }  # fmt: skip
        return f"<idOp>{idop}</idOp>"

    def detail(self, a: dict[str, str]) -> str:
        operation = self.operations.get(a.get("idOp", ""))
        if operation is None:
            raise Fault("P1")
        nobody_came = operation["result"] is None and operation["begun"] is None
        if nobody_came and (self.now().date() > operation["made"].date() or self.late_reception):
            raise Fault("P1")  # the night has cleaned it; or it has not been received yet
        if operation["result"] is None or operation["begun"] is not None:
            raise Fault("P5")
        return "".join(f"<{key}>{escape(str(operation[key]))}</{key}>" for key in KEYS if operation.get(key))

    def client(self, a: dict[str, str]) -> str:
        lines = self.known.get(a.get("numCli", ""))
        if lines is None:
            raise Fault("T2")
        told = "".join(f"<libelleN{number}>{escape(text)}</libelleN{number}>" for number, text in enumerate(lines, 1))
        return f"{told}<numcli>{a['numCli']}</numcli>"

    # --- the payer ---------------------------------------------------------------------------------------------------

    def may_be_paid(self, idop: str) -> bool:
        """Whether somebody who knows this operation could still pay it now, or is just paying it."""
        with self.lock:
            operation = self.operations[idop]
            if operation["result"] in PAID:
                return False
            if operation["begun"] is not None:
                return bool(self.now() - operation["begun"] <= AT_THE_BANK)
            is_young = self.now() - operation["made"] <= BEGUN_WITHIN
            return is_young and (self.tries or operation["result"] is None)

    def begin(self, idop: str) -> str:
        """The payer opens the page and reaches the bank's. "" or what the page says instead."""
        with self.lock:
            operation = self.operations[idop]
            if operation["result"] in PAID or (operation["result"] and not self.tries):
                return "P3"
            if operation["begun"] is None and self.now() - operation["made"] > BEGUN_WITHIN:
                return "P4"
            operation["begun"] = operation["begun"] or self.now()
            return ""

    def act(self, idop: str, what: str, *, notify: str = "1", begin: bool = True) -> str:
        """The payer pays, gives up, or is refused; we tell the merchant of it zero, one, two times, or of another one.

        "" when done, else what the page says.
        """
        with self.lock:
            refused = self.begin(idop) if begin else ""
            operation = self.operations[idop]
            if refused or operation["begun"] is None or self.now() - operation["begun"] > AT_THE_BANK:
                return refused or "P4"
            operation["begun"] = None
            operation["result"] = operation["resultrans"] = what
            operation["dattrans"], operation["heurtrans"] = self.now().strftime("%d%m%Y"), self.now().strftime("%H%M")
            operation["numauto"] = "A55A" if what in PAID else ""
        told = str(uuid.uuid4()) if notify == "forged" else idop
        for _ in range(1 if notify == "forged" else int(notify)):
            self.notify(operation, told)
        return ""

    def notify(self, operation: dict[str, Any], idop: str) -> None:
        try:
            body = urllib.parse.urlencode({"idop": idop}).encode()
            urllib.request.urlopen(operation["urlnotif"], body, timeout=5).close()
            operation["notified"] += 1
        except OSError as error:
            self.log.append(f"notification refused: {error}")


class _Handler(BaseHTTPRequestHandler):
    simulator: PayfipSimulator
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body of each answer waits 40 ms for the receipt of its head

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def answer(self, body: str, status: int = 200, kind: str = "text/xml; charset=utf-8", **headers: str) -> None:
        data = body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):  # whoever waited has gone
            self.wfile.write(data)

    def parts(self) -> tuple[str, dict[str, str]]:
        url = urllib.parse.urlparse(self.path)
        return url.path, {name: values[-1] for name, values in urllib.parse.parse_qs(url.query).items()}

    def do_GET(self) -> None:
        path, query = self.parts()
        simulator = self.simulator
        if path == "/sim/state":
            state = {"operations": simulator.operations, "log": simulator.log, "calls": simulator.calls}
            return self.answer(json.dumps(state, default=str), kind="application/json")
        if path == "/tpa/paiementws.web":
            return self.page(simulator.operations.get(query.get("idop", "")))
        if path.startswith("/tpa/services/"):
            name = query.get("xsd", "") if "wsdl" not in self.path.lower() else ""
            name = path.rsplit("/", 1)[1] if path.endswith(".xsd") else name
            return self.answer(contract(name if name in XSD_NAMES else "", simulator.url))
        return self.answer("", 404)

    def page(self, operation: dict[str, Any] | None) -> None:
        html = "text/html; charset=utf-8"
        if operation is None:
            return self.answer(ERRORS["P1"], kind=html)
        sums = f"{int(operation['montant']) / 100:.2f}".replace(".", ",")
        self.answer(PAGE.format(sum=sums, what=escape(operation["objet"]), idop=operation["idOp"]), kind=html)

    def do_POST(self) -> None:
        path, query = self.parts()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if path == "/sim/clock":
            self.simulator.offset += timedelta(minutes=float(query["minutes"]))
        elif path == "/sim/fault":
            self.simulator.faults.extend([query["next"]] * int(query.get("times", 1)))
        elif path == "/sim/set":
            self.simulator.late_reception = query.get("late_reception", "0") == "1"
            self.simulator.tries = query.get("tries", "1") == "1"
            self.simulator.hang = float(query.get("hang", self.simulator.hang))
        elif path.startswith("/sim/") or path == "/tpa/paiementws.web":
            return self.payer(path, query, body)
        else:
            return self.soap(body)
        return self.answer("{}", kind="application/json")

    def payer(self, path: str, query: dict[str, str], body: bytes) -> None:
        form = {name: values[-1] for name, values in urllib.parse.parse_qs(body.decode()).items()} | query
        idop = form.get("idop") or path.rsplit("/", 1)[1]
        operation = self.simulator.operations.get(idop)
        if operation is None or form.get("do") not in ("P", "V", "A", "R", "Z", "open"):
            return self.answer(ERRORS["P1"], 404, "text/html; charset=utf-8")
        if form["do"] == "open":
            why = self.simulator.begin(idop)
        else:
            why = self.simulator.act(idop, form["do"], notify=form.get("notify", "1"))
        back = operation["urlredirect"]
        back += ("&" if "?" in back else "?") + urllib.parse.urlencode({"idop": idop})
        if path.startswith("/sim/"):
            return self.answer(json.dumps({"refused": why, "redirect": back}), kind="application/json")
        if why or form.get("redirect") == "0":
            return self.answer(ERRORS.get(why, "<p>OK</p>"), kind="text/html; charset=utf-8")
        return self.answer("", 302, "text/html", Location=back)

    def soap(self, body: bytes) -> None:
        simulator = self.simulator
        with simulator.lock:
            wrong = simulator.faults.pop(0) if simulator.faults else ""
        if wrong == "hang":
            time.sleep(simulator.hang)
        if wrong in ("cut", "hang"):
            self.close_connection = True
            return self.connection.close()
        if wrong == "html":
            return self.answer("<html><h1>Maintenance</h1></html>", 503, "text/html")
        try:
            call = next(iter(ET.fromstring(body).find("{http://schemas.xmlsoap.org/soap/envelope/}Body") or ()))
        except (ET.ParseError, StopIteration):
            return self.fault("TechProtocolaireErreur", "")
        name = call.tag.rpartition("}")[2]
        arguments = {element.tag.rpartition("}")[2]: element.text or "" for element in call.iter() if not len(element)}
        service = {
            "creerPaiementSecurise": simulator.create,
            "recupererDetailPaiementSecurise": simulator.detail,
            "recupererDetailClient": simulator.client,
        }
        with simulator.lock:
            simulator.calls.append(name)
            if wrong == "lost":  # it is done, and the answer never comes
                with contextlib.suppress(Fault):
                    service[name](arguments)
                self.close_connection = True
                return self.connection.close()
            if wrong.startswith("Tech"):
                return self.fault(wrong, "")
            try:
                inner = service[name](arguments) if not wrong else self._wrong(wrong)
            except Fault as refused:
                return self.fault("FonctionnelleErreur", str(refused))
        return self.envelope(f'<ns1:{name}Response xmlns:ns1="{NS}"><return>{inner}</return></ns1:{name}Response>')

    def _wrong(self, code: str) -> str:
        """A functional fault asked for by its code."""
        raise Fault(code)

    def fault(self, name: str, code: str) -> None:
        detail = (
            f"<code>{code}</code><descriptif>refus {code}</descriptif><libelle>refus</libelle><severite>2</severite>"
        )
        self.envelope(
            f"<S:Fault><faultcode>S:Server</faultcode><faultstring>fr.gouv.finances.cp.tpa.webservice.exceptions.{name}"
            f'</faultstring><detail><ns1:{name} xmlns:ns1="{NS}">{detail}</ns1:{name}></detail></S:Fault>',
            500,
        )

    def envelope(self, inner: str, status: int = 200) -> None:
        self.answer(
            '<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/">'
            f"<S:Body>{inner}</S:Body></S:Envelope>",
            status,
        )


NS = "http://securite.service.tpa.cp.finances.gouv.fr/services/mas_securite/contrat_paiement_securise/PaiementSecuriseService"


def serve(port: int = 0) -> tuple[PayfipSimulator, ThreadingHTTPServer]:
    simulator = PayfipSimulator()
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"simulator": simulator}))
    server.daemon_threads = True
    simulator.url = f"http://127.0.0.1:{server.server_address[1]}"
    return simulator, server


@contextlib.contextmanager
def payfip_simulator() -> Iterator[PayfipSimulator]:
    simulator, server = serve()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield simulator
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    simulator, server = serve(int(sys.argv[1]))
    print(f"PayFiP (fictif) : {simulator.page}, {simulator.wsdl}", flush=True)
    server.serve_forever()
