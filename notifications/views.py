"""Receipts of the SMS providers. Those of mail come through anymail's own views."""

import json
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from notifications import receipts


@csrf_exempt
@require_POST
def sms_receipt(request: HttpRequest, secret: str) -> HttpResponse:
    """JSON or a form. The secret in the address is all the providers offer; without one configured there is no door."""
    if not settings.SMS_RECEIPT_SECRET or not constant_time_compare(secret, settings.SMS_RECEIPT_SECRET):
        raise Http404
    for fields in _reported(request):
        receipts.note_sms_receipt(fields)
    return HttpResponse(status=204)


def _reported(request: HttpRequest) -> list[dict[str, str]]:
    if request.content_type != "application/json":
        return [{key: str(value) for key, value in [*request.GET.items(), *request.POST.items()]}]
    try:
        found: Any = json.loads(request.body)
    except ValueError:
        return []
    rows = found if isinstance(found, list) else [found]
    return [{str(key): str(value) for key, value in row.items()} for row in rows if isinstance(row, dict)]
