"""A family takes a place in its turn: the whole group, one session of it or a place on its list, by whatever page."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from booking.activities.enrolling.refusals import NotYourTurn
from booking.activities.models import Opening
from booking.activities.opening.admission import look
from booking.activities.opening.tickets import TooManyMarks, mark, take
from booking.residents.models import Household

Done = TypeVar("Done")


def in_turn(household: Household, act: Callable[[], Done]) -> Done:
    """Whoever comes to an opening without a ticket takes one; where nobody waits, they are let in at once.

    Raises NotYourTurn, and what `act` does.
    """
    try:
        return act()
    except NotYourTurn as refusal:
        ticket = take(opening=Opening.objects.get(pk=refusal.opening), household=household).ticket
        if not look(refusal.opening).is_in(ticket.rank):
            raise
    return act()


def sent_to_wait(request: HttpRequest, household: Household, group: int, refusal: NotYourTurn) -> HttpResponse:
    """To the page that says where one stands; what was chosen is kept in sight."""
    with suppress(TooManyMarks):
        mark(household=household, group=group)
    messages.info(request, str(refusal))
    return redirect("enrol:opening", refusal.opening)
