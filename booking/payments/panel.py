"""What a family reads of its money on the page where it arrives."""

from uuid import UUID

from django.http import HttpRequest
from django.template.loader import render_to_string

from booking.payments import queries


def render(request: HttpRequest, household: UUID) -> str:
    """What is to be paid, what may be used, and the way to both; a family that never paid anything sees the way too."""
    context = {"owed": queries.owed_by(household), "credit": queries.credit_of(household)}
    return render_to_string("payments/panel.html", context, request=request)
