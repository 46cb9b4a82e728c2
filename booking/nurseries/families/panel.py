"""Where a family's requests for a nursery stand, on the page where it arrives, and the way to ask."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Subquery
from django.http import HttpRequest
from django.template.loader import render_to_string

from booking.nurseries.enums import ApplicationState
from booking.nurseries.models import Answer, NurseryApplication, NurseryOffer, OccasionalAdmission
from booking.nurseries.models.offers import OfferState
from booking.nurseries.models.requests import LIVE
from booking.nurseries.requests.drafts import authority_in_charge


def render(request: HttpRequest, household: UUID) -> str:
    """Each request with what it asks for now: a draft to finish, an offer to answer by a day, an answer to read."""
    offers = NurseryOffer.objects.filter(child__application=OuterRef("pk"))
    open_offers = offers.filter(state=OfferState.TO_FAMILY).order_by("due_at")
    found = NurseryApplication.objects.filter(household=household, erased_at__isnull=True).order_by("-created_at")
    requests = list(
        found.annotate(
            answer_by=Subquery(open_offers.values("due_at")[:1]),
            is_answered=Exists(Answer.objects.filter(child__application=OuterRef("pk"))) | Exists(offers),
            has_half_days=Exists(OccasionalAdmission.objects.standing().filter(child__application=OuterRef("pk"))),
        )
    )
    going_on = any(one.state in (ApplicationState.DRAFT, *LIVE) for one in requests)
    may_ask = not going_on and authority_in_charge() is not None
    return render_to_string("nurseries/family_panel.html", {"requests": requests, "may_ask": may_ask}, request)
