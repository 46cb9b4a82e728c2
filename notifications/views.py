"""Receipts of the providers of mail and SMS."""

import logging
from typing import Any

from anymail.exceptions import AnymailConfigurationError
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from municipalities import foreign_json
from notifications import receipts
from notifications.delivery.services import SERVICES

logger = logging.getLogger(__name__)


@csrf_exempt
def mail_receipt(request: HttpRequest, service: str) -> HttpResponse:
    """Anymail's door of the provider that we use, and of no other. What it cannot read is refused, not an error."""
    door = SERVICES[service].receipts if service == settings.MAIL_SERVICE and service in SERVICES else ""
    if not door:
        raise Http404
    try:
        answer: HttpResponse = import_string(door).as_view()(request)
    except (AnymailConfigurationError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        logger.warning("receipt_not_read", extra={"service": service, "reason": type(error).__name__})
        return HttpResponseBadRequest()
    return answer


@csrf_exempt
@require_http_methods(["GET", "POST"])
def sms_receipt(request: HttpRequest, secret: str) -> HttpResponse:
    """JSON, a form, or a query, as OVHcloud and many gateways tell it. The secret in the address is all they offer.

    Without one configured there is no door.
    """
    if not settings.SMS_RECEIPT_SECRET or not constant_time_compare(secret, settings.SMS_RECEIPT_SECRET):
        raise Http404
    for fields in _reported(request):
        receipts.note_sms_receipt(fields)
    return HttpResponse(status=204)


def _reported(request: HttpRequest) -> list[dict[str, str]]:
    if request.content_type != "application/json":
        return [{key: str(value) for key, value in [*request.GET.items(), *request.POST.items()]}]
    try:
        found: Any = foreign_json.read(request.body)
    except ValueError:
        return []
    rows = found if isinstance(found, list) else [found]
    return [{str(key): str(value) for key, value in row.items()} for row in rows if isinstance(row, dict)]
