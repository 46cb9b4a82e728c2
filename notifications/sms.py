"""SMS backends, a protocol like Django's mail backends: open, send one, close. Chosen by `settings.SMS_BACKEND`.

`send` returns the provider's reference (receipts name it) and raises a DeliveryError and nothing else.
"""

import hashlib
import json
import re
import sys
import time
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol
from urllib.parse import quote

import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.module_loading import import_string

from municipalities import foreign_json
from notifications import faults
from notifications.exceptions import Refused, Uncertain

#: Connecting, answering; in seconds. The sum stays far below the lease of a message.
TIMEOUT = (5, 15)

#: What one message may cost.
SEGMENTS = 2

GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_EXTENDED = set("^{}\\[~]|€\f")
#: What French typography writes and the GSM alphabet lacks: one such character would halve the room.
_NEAREST = str.maketrans(
    {"’": "'", "‘": "'", "«": '"', "»": '"', "“": '"', "”": '"', "\u00a0": " ", "\u202f": " ", "–": "-", "—": "-",
     "…": "...", "ç": "c", "ê": "e", "ë": "e", "â": "a", "î": "i", "ï": "i", "ô": "o", "û": "u", "œ": "oe", "Œ": "OE",
     "À": "A", "È": "E", "Ê": "E", "Ë": "E", "Â": "A", "Î": "I", "Ï": "I", "Ô": "O", "Û": "U", "Ù": "U", "ÿ": "y"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sms:
    """`to` in E.164, `reference` our own mark for this message, the same at every attempt."""

    to: str
    text: str
    sender: str
    reference: str


class SmsBackend(Protocol):
    def open(self) -> None: ...
    def send(self, sms: Sms) -> str: ...
    def close(self) -> None: ...


def sms_backend() -> SmsBackend:
    backend: SmsBackend = import_string(settings.SMS_BACKEND)()
    return backend


def to_gsm(text: str) -> str:
    """The text with the characters the GSM alphabet lacks replaced by their nearest, where that loses nothing."""
    return text.translate(_NEAREST)


def fitting(text: str, *shorter: str) -> str:
    """The fullest of these that fits into two segments, else the shortest; in the GSM alphabet where that can be."""
    for version in (text, *shorter):
        written = to_gsm(version)
        if segments(written) <= SEGMENTS:
            break
    return written


def segments(text: str) -> int:
    """How many SMS the text costs: 160 or 153 septets each in the GSM alphabet, else 70 or 67 UTF-16 units."""
    if all(c in GSM_7 or c in GSM_7_EXTENDED for c in text):
        septets = sum(2 if c in GSM_7_EXTENDED else 1 for c in text)
        return 1 if septets <= 160 else -(-septets // 153)
    units = len(text.encode("utf-16-be")) // 2
    return 1 if units <= 70 else -(-units // 67)


class ConsoleBackend:
    def open(self) -> None:
        pass

    def send(self, sms: Sms) -> str:
        sys.stdout.write(f"SMS {sms.sender} -> {sms.to}\n{sms.text}\n{'-' * 40}\n")
        return sms.reference

    def close(self) -> None:
        pass


class MemoryBackend:
    """For tests: what was sent is in `MemoryBackend.outbox`."""

    outbox: ClassVar[list[Sms]] = []

    def open(self) -> None:
        pass

    def send(self, sms: Sms) -> str:
        self.outbox.append(sms)
        return sms.reference

    def close(self) -> None:
        pass


class FileBackend:
    """One JSON file per SMS in `settings.DEMO_MAILBOX`, for the demo's mailbox."""

    def open(self) -> None:
        folder: Path | None = settings.DEMO_MAILBOX
        if folder is None:
            raise ImproperlyConfigured("DEMO_MAILBOX")
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def send(self, sms: Sms) -> str:
        now = timezone.now()
        name = f"{now:%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:12]}.sms"
        partial = self._folder / f".{name}"
        partial.write_text(json.dumps({**asdict(sms), "sent_at": now.isoformat()}, ensure_ascii=False), "utf-8")
        partial.rename(self._folder / name)
        return sms.reference

    def close(self) -> None:
        pass


class _HttpBackend:
    """One session for a batch. A request without an answer is uncertain, see `faults`."""

    def __init__(self) -> None:
        self._session = requests.Session()

    def open(self) -> None:
        pass

    def close(self) -> None:
        self._session.close()

    def _request(self, method: str, url: str, **parameters: Any) -> requests.Response:
        try:
            response = self._session.request(method, url, timeout=TIMEOUT, allow_redirects=False, **parameters)
        except requests.exceptions.RequestException as error:
            raise faults.of_http(error) from error
        if not 200 <= response.status_code < 300:
            raise faults.of_status(response.status_code)
        return response

    @staticmethod
    def _answer(response: requests.Response) -> dict[str, Any]:
        """The JSON object of an accepted request. Accepted but unreadable: it may have been sent."""
        try:
            answer = foreign_json.read(response.content)
        except ValueError as error:
            raise Uncertain("answer without JSON") from error
        if not isinstance(answer, dict):
            raise Uncertain("answer without an object")
        return answer


class OvhCloudBackend(_HttpBackend):
    """OVHcloud: each request signed with the application's secret, the consumer key and the provider's clock."""

    def open(self) -> None:
        response = self._request("GET", f"{settings.OVH_ENDPOINT}/auth/time")
        self._skew = int(response.text) - int(time.time())

    def send(self, sms: Sms) -> str:
        url = f"{settings.OVH_ENDPOINT}/sms/{quote(settings.OVH_SMS_SERVICE, safe='')}/jobs"
        body = json.dumps(
            {
                "receivers": [sms.to],
                "message": sms.text,
                "sender": sms.sender,
                "tag": sms.reference[:20],
                # Not an advertisement: no STOP clause, sent at any hour.
                "noStopClause": True,
                "priority": "high",
            }
        )
        answer = self._answer(self._request("POST", url, data=body.encode(), headers=self._signed("POST", url, body)))
        if answer.get("invalidReceivers"):
            raise Refused("number refused")
        ids = answer.get("ids") or [sms.reference]
        return str(ids[0])

    def _signed(self, method: str, url: str, body: str) -> dict[str, str]:
        moment = str(int(time.time()) + self._skew)
        parts = [settings.OVH_APPLICATION_SECRET, settings.OVH_CONSUMER_KEY, method, url, body, moment]
        # SHA-1 is what the provider's protocol asks for.
        signature = hashlib.sha1("+".join(parts).encode()).hexdigest()  # noqa: S324
        return {
            "Content-Type": "application/json; charset=utf-8",
            "X-Ovh-Application": settings.OVH_APPLICATION_KEY,
            "X-Ovh-Consumer": settings.OVH_CONSUMER_KEY,
            "X-Ovh-Timestamp": moment,
            "X-Ovh-Signature": f"$1${signature}",
        }


class BrevoBackend(_HttpBackend):
    def send(self, sms: Sms) -> str:
        body: dict[str, Any] = {
            "sender": sms.sender,
            "recipient": sms.to.removeprefix("+"),
            "content": sms.text,
            "type": "transactional",
            "tag": sms.reference,
            "unicodeEnabled": True,
        }
        if settings.SMS_RECEIPT_SECRET and settings.PUBLIC_URL:
            body["webUrl"] = f"{settings.PUBLIC_URL}/retours/sms/{settings.SMS_RECEIPT_SECRET}/"
        url = f"{settings.BREVO_SMS_ENDPOINT}/transactionalSMS/send"
        headers = {"api-key": settings.BREVO_API_KEY, "Accept": "application/json"}
        answer = self._answer(self._request("POST", url, json=body, headers=headers))
        return str(answer.get("messageId") or answer.get("reference") or sms.reference)


class PlainHttpBackend(_HttpBackend):
    """Any gateway that takes one request per message: `SMS_HTTP_URL` with {to} {text} {sender} {reference} in it.

    The reference of a message is the answer's text when it looks like one, else ours. « OK », « 0 » or « 200 » is what
    every message is answered with: one receipt would settle them all.
    """

    _REFERENCE = re.compile(r"(?=.*\d)(?!\d{1,4}\Z)[A-Za-z0-9._:-]{1,100}\Z")

    def send(self, sms: Sms) -> str:
        url = settings.SMS_HTTP_URL
        for name, value in asdict(sms).items():
            url = url.replace("{" + name + "}", quote(value, safe=""))
        headers = {"Authorization": settings.SMS_HTTP_AUTHORIZATION} if settings.SMS_HTTP_AUTHORIZATION else {}
        answer = self._request(settings.SMS_HTTP_METHOD, url, headers=headers).text.strip()
        return answer if self._REFERENCE.match(answer) else sms.reference
