"""What a telephone sends and fetches by itself. No session is read: the paper beside the marks says whose they are."""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from booking.activities.register import devices
from municipalities.exceptions import Refusal


@csrf_exempt
@require_POST
def marks(request: HttpRequest) -> JsonResponse:
    """What a telephone sends. The paper beside the marks says whose they are: no cookie is read, so none is abused."""
    try:
        answers = devices.take(request.body)
    except devices.Unreadable as refusal:
        return JsonResponse({"why": str(refusal)}, status=400)
    except Refusal as refusal:
        return JsonResponse({"why": str(refusal)}, status=503)
    told = [{"id": one.id, "sentence": one.sentence} for one in answers]
    return JsonResponse({"answers": told, "now": int(timezone.now().timestamp() * 1000)})


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The script that stands between the register's pages and the network, and nothing else of the site."""
    scope = reverse("register:day")
    told = {**devices.words(), "register": scope, "language": request.LANGUAGE_CODE}
    what = json.dumps(static("activities/register-worker.js"))
    script = f"self.REGISTRE = {json.dumps(told)};\nimportScripts({what});\n"
    answer = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    answer["Service-Worker-Allowed"] = scope
    return answer
