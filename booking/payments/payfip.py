"""The one way to PayFiP: `eopayment.payfip_ws.PayFiP`, one call at a time per process and never within a transaction.

zeep keeps its time-out on the transport that all threads share, and a provider that hangs must not take the threads of
the whole site: whoever finds it busy is told so after a moment.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import connection
from eopayment.payfip_ws import PayFiP, PayFiPError
from zeep.transports import Transport

from booking.payments.verdicts import Answer, Code, NoAnswer, Result, transaction_minute
from municipalities.zone import ZONE

log = structlog.get_logger(__name__)

#: Seconds a request of somebody's waits for its turn; the worker is more patient.
SHORT_WAIT = 0.4
#: What the library says where nothing is known.
TECHNICAL = {"unknown", "HTTP error", "SOAP error", "Unexpected error", "inconnu"}


class Busy(Exception):
    """Somebody else of this process is asking."""


class Refused(Exception):
    """PayFiP does not want this request: our settings, or what we sent."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Silent(Exception):
    """No answer that could be read. Whether the request arrived is not known."""


_turn = threading.BoundedSemaphore(settings.PAYFIP_AT_ONCE)
_clients: dict[str, PayFiP] = {}


def is_offered() -> bool:
    """Whether this installation may speak to PayFiP at all."""
    return bool(settings.PAYFIP_SAISIE)


def page_of(idop: str) -> str:
    """The payment page of an operation: a link, never a redirect after a POST, which our own policy stops."""
    return f"{settings.PAYFIP_PAGE_URL}?idop={idop}"


@contextmanager
def _my_turn(wait: float) -> Iterator[PayFiP]:
    if connection.in_atomic_block:
        raise RuntimeError("PayFiP is never asked within a transaction")
    if not _turn.acquire(timeout=wait):
        raise Busy
    try:
        yield _client()
    finally:
        _turn.release()


def _client() -> PayFiP:
    """One per address and process. Building it reads the packaged contract, or that of a simulator."""
    address = settings.PAYFIP_WSDL
    if address not in _clients:
        seconds = settings.PAYFIP_TIMEOUT
        transport: Any = Transport(timeout=seconds, operation_timeout=seconds)  # type: ignore[no-untyped-call]
        kwargs = {"transport": transport}
        if address:
            _clients[address] = PayFiP(wsdl_url=address, use_local_wsdl=False, zeep_client_kwargs=kwargs)
        else:
            _clients[address] = PayFiP(zeep_client_kwargs=kwargs)
    return _clients[address]


def create(
    *,
    numcli: str,
    capture: str,
    refdet: str,
    cents: int,
    mail: str,
    subject: str,
    notify_url: str,
    return_url: str,
    now: datetime,
    wait: float = SHORT_WAIT,
) -> str:
    """Ask for an operation; its idOp. Raises Busy before anything was sent, Refused, or Silent."""
    with _my_turn(wait) as client:
        try:
            given = client.get_idop(
                numcli=numcli,
                saisie=capture,
                exer=str(now.astimezone(ZONE).year),
                refdet=refdet,
                montant=str(cents),
                mel=mail,
                objet=subject,
                url_notification=notify_url,
                url_redirect=return_url,
                timeout=settings.PAYFIP_TIMEOUT,
            )
        except PayFiPError as error:
            code = _code(error)
            log.warning("payfip_create_failed", code=code)
            if code in TECHNICAL:
                raise Silent(code) from None
            raise Refused(code) from None
    idop = str(given or "")
    if not 0 < len(idop) <= 64:
        raise Silent("no operation")
    return idop


def result_of(idop: str, *, wait: float = SHORT_WAIT) -> Answer:
    """What PayFiP knows of an operation. Raises Busy before anything was asked."""
    with _my_turn(wait) as client:
        try:
            told = client.get_info_paiement(idop, timeout=settings.PAYFIP_TIMEOUT)
        except PayFiPError as error:
            code = _code(error)
            return NoAnswer(code) if code in TECHNICAL else Code(code)
    return _read(told)


def _code(error: PayFiPError) -> str:
    """The code, which the library replaces by a sentence where it could not even begin."""
    code = str(error.code)
    return code if code in TECHNICAL or (len(code) <= 12 and code.isalnum()) else "SOAP error"


def _read(told: Any) -> Answer:
    def said(name: str) -> str:
        return str(getattr(told, name, None) or "").strip()

    if told is None or not said("resultrans"):
        return NoAnswer("SOAP error")
    return Result(
        code=said("resultrans"),
        idop=said("idOp"),
        refdet=said("refdet"),
        numcli=said("numcli"),
        cents=said("montant"),
        capture=said("saisie"),
        at=transaction_minute(said("dattrans"), said("heurtrans")),
        numauto=said("numauto"),
    )
