"""Pages of the demo's mailbox. Mounted only where `settings.DEMO_MAILBOX` is set: never where real people write."""

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from municipalities.query_names import Param
from notifications import mailbox as box


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    recipient = request.GET.get(Param.RECIPIENT, "")[:254]
    items = box.newest(recipient=recipient)
    return render(request, "notifications/mailbox.html", {"items": items, "recipient": recipient})


@require_safe
def message(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "notifications/mailbox_message.html", {"item": _found(name)})


@require_safe
@csp_replace(  # type: ignore[arg-type]  # its type knows only views without arguments
    {
        "default-src": ["'none'"],
        "script-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],
        "img-src": ["data:"],
        "font-src": ["'none'"],
        "connect-src": ["'none'"],
        "form-action": ["'none'"],
        "base-uri": ["'none'"],
        "manifest-src": ["'none'"],
        "frame-ancestors": ["'self'"],
        "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
    }
)
def html_part(_request: HttpRequest, name: str) -> HttpResponse:
    """The HTML of a mail as a mail programme shows it: its own styles, no script, nothing loaded from anywhere."""
    item = _found(name)
    # Links leave the frame, as they leave a mail programme.
    return HttpResponse(f'<base target="_blank">{item.html}', headers={"X-Frame-Options": "SAMEORIGIN"})


@require_safe
def attachment(_request: HttpRequest, name: str, number: int) -> HttpResponse:
    for found in _found(name).attachments:
        if found.number == number:
            answer = HttpResponse(found.content, content_type=found.mimetype)
            answer.headers["Content-Disposition"] = 'attachment; filename="rendez-vous.ics"'
            if found.mimetype != "text/calendar":
                answer.headers["Content-Type"] = "application/octet-stream"
                answer.headers["Content-Disposition"] = "attachment"
            return answer
    raise Http404


def _found(name: str) -> box.Item:
    item = box.read(name)
    if item is None:
        raise Http404
    return item
