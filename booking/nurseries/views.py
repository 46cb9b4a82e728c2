"""What everybody may read of how places are shared out."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The rules of the main algorithm, in plain words (CRPA L.312-1-3)."""
    return render(request, "nurseries/rules.html", {"version": settings.VERSION})
