"""Reads the errors of SMTP, of HTTP providers and of anymail: was it surely not sent, and is it worth trying again?

The rule behind every line: what cannot be known to have failed is uncertain, and what is uncertain is not repeated.
"""

import smtplib

import requests
from anymail.exceptions import AnymailAPIError, AnymailConfigurationError, AnymailError
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError
from urllib3.exceptions import SSLError as HandshakeError

from municipalities import foreign_json
from notifications.exceptions import DeliveryError, Refused, SenderRefused, TryLater, Uncertain, Unreachable

#: What Postal calls an installation that it does not serve, any more or yet.
_NOT_KNOWN_THERE = {"AccessDenied", "InvalidServerAPIKey", "ServerSuspended"}


def of_connection(error: Exception) -> DeliveryError:
    """An error while connecting or signing in: nothing was handed over."""
    return Unreachable(_name(error))


def of_mail(error: Exception, *, handed_over: bool) -> DeliveryError:
    """An error while a mail was being sent. `handed_over` is true once the body was on its way without an answer."""
    match error:
        case DeliveryError():
            return error
        case AnymailConfigurationError():
            return Unreachable(_name(error))
        case AnymailAPIError():
            if error.status_code is None:
                return of_http(error)
            return of_answer(error.response) if error.status_code < 300 else of_status(error.status_code)
        case AnymailError():
            return Refused(_name(error))
        case _ if handed_over:
            return Uncertain(_name(error))
        case smtplib.SMTPDataError(smtp_code=code) if code < 200:
            # Something was answered to the body, but no answer.
            return Uncertain(_name(error))
        case smtplib.SMTPSenderRefused(smtp_code=code) if code >= 500:
            return SenderRefused(f"SMTP {code}")
        case smtplib.SMTPRecipientsRefused():
            return _of_code(next(iter(error.recipients.values()))[0])
        case smtplib.SMTPResponseException():
            return _of_code(error.smtp_code)
        case smtplib.SMTPNotSupportedError() | ValueError():
            # Django's BadHeaderError and its refusal of an address that is none are ValueErrors.
            return Refused(_name(error))
        case smtplib.SMTPException() | OSError():
            return TryLater(_name(error))
    return Uncertain(_name(error))


def of_answer(response: requests.Response) -> DeliveryError:
    """A success by its status that says otherwise (Postal), or cannot be read: then it may have been taken."""
    try:
        told = foreign_json.read(response.content)
        word, code = str(told["status"]), str(told["data"].get("code") or told["status"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return Uncertain("answer not understood")
    if word not in ("error", "parameter-error"):
        return Uncertain("answer not understood")
    reason = code if code.isidentifier() else word
    if code == "UnauthenticatedFromAddress":
        return SenderRefused(reason)
    return Unreachable(reason) if code in _NOT_KNOWN_THERE else Refused(reason)


def of_status(status: int) -> DeliveryError:
    """An HTTP answer that did not take the message. 504 is a gateway that does not know what became of it."""
    reason = f"HTTP {status}"
    if status == 504:
        return Uncertain(reason)
    if status < 400:
        # Taken as a request, and yet the mail was not.
        return Refused(reason)
    if status in (401, 402, 403):
        return Unreachable(reason)
    if status in (408, 425, 429) or status >= 500:
        return TryLater(reason)
    return Refused(reason)


def of_http(error: Exception) -> DeliveryError:
    """A request that got no answer: uncertain unless the connection never came about."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return Unreachable(_name(error))
    if isinstance(error, (requests.exceptions.ProxyError, requests.exceptions.SSLError)):
        return Unreachable(_name(error))
    if isinstance(error, requests.exceptions.ConnectionError):
        cause: object = error.__cause__ if isinstance(error, AnymailAPIError) else error
        inner = cause.args[0] if isinstance(cause, Exception) and cause.args else None
        reason = inner.reason if isinstance(inner, MaxRetryError) else inner
        if isinstance(reason, (NewConnectionError, ConnectTimeoutError, HandshakeError)):
            return Unreachable(_name(reason))
    return Uncertain(_name(error))


def _of_code(code: int) -> DeliveryError:
    reason = f"SMTP {code}"
    return Refused(reason) if 500 <= code <= 599 else TryLater(reason)


def _name(error: BaseException) -> str:
    """The class only: texts of errors quote addresses."""
    number = getattr(error, "errno", None)
    return f"{type(error).__name__} {number}" if isinstance(number, int) else type(error).__name__
