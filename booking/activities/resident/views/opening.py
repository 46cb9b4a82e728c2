"""An opening as a family waits for it: its ticket, its rank, and nothing that has to be pressed in time."""

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from booking.activities.enrolling.people import family_of
from booking.activities.models import Opening, Ticket, Window
from booking.activities.opening import queries, tickets
from booking.activities.opening.admission import look
from booking.activities.seasons.offered import offered
from booking.residents.access import context_of, household_page
from booking.residents.models import HouseholdSession
from municipalities.exceptions import Refusal
from municipalities.lists import file_of, write_list
from municipalities.phones import takes_sms
from municipalities.query_names import Param

#: Seconds between two polls of one page.
EVERY = 10


@require_GET
@household_page
def openings(request: HttpRequest, session: HouseholdSession) -> HttpResponse:
    """Every opening that concerns this family; straight to the only one, where it waits for that already."""
    now = timezone.now()
    found = queries.upcoming(family_of(session.guardian.household, now=now), now=now)
    if len(found) == 1 and found[0].ticket is not None:
        return redirect("enrol:opening", found[0].opening.pk)
    return render(request, "enrol/openings.html", context_of(session, found=found))


@require_GET
@household_page
def opening(request: HttpRequest, session: HouseholdSession, pk: int) -> HttpResponse:
    found = _public(pk)
    if found.moved_to_id is not None:
        messages.info(request, str(tickets.OpeningMoved.sentence))
        return redirect("enrol:opening", found.moved_to_id)
    reading = look(pk)
    ticket = tickets.ticket_of(found, session.guardian.household_id)
    marked = queries.marked(session.guardian.household_id, reading)
    found.refresh_from_db()
    opens = Window.objects.filter(activity__season=found.season_id, opens_at=found.opens_at)
    context = context_of(
        session,
        opening=found,
        ticket=ticket,
        reading=reading,
        is_cancelled=not opens.exists(),
        is_in=reading.is_in(ticket.rank if ticket else None),
        sentence=queries.sentence(reading, ticket.rank if ticket else None),
        marked=[(one, queries.say_left(one.left)) for one in marked],
        token=queries.token_of(ticket, [one.pk for one in marked]) if ticket else "",
        every=EVERY,
        has_mobile=takes_sms(session.guardian.phone),
    )
    return render(request, "enrol/opening.html", context)


@require_POST
@household_page
def take(request: HttpRequest, session: HouseholdSession, pk: int) -> HttpResponse:
    """Pressing again, on this device or another, finds the ticket that is there."""
    found = _public(pk)
    try:
        taken = tickets.take(
            opening=found, household=session.guardian.household, wants_sms=bool(request.POST.get(Param.SMS))
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("enrol:opening", pk)
    if taken.is_new:
        messages.success(request, _("Votre ticket est pris. Vous pouvez fermer cette page : il est gardé."))
    else:
        messages.info(request, _("Votre famille a déjà son ticket : le voici. Un second n’avancerait rien."))
    return redirect("enrol:opening", pk)


@require_POST
@household_page
def wish_sms(request: HttpRequest, session: HouseholdSession, pk: int) -> HttpResponse:
    ticket = get_object_or_404(Ticket, opening=pk, household=session.guardian.household)
    tickets.wish_sms(ticket=ticket, wants_sms=bool(request.POST.get(Param.SMS)))
    messages.success(request, _("C’est noté."))
    return redirect("enrol:opening", pk)


@require_GET
def poll(request: HttpRequest) -> JsonResponse:
    """Where a ticket stands, to the script of a page that is open. What it asks of the database is asked for all.

    A ticket that was not drawn yet when it was signed is looked up once, and signed again with its rank.
    """
    try:
        said = queries.read_token(request.GET.get(Param.TICKET, ""))
        reading = look(said["o"])
    except (signing.BadSignature, Opening.DoesNotExist):
        told = _("Cette page n’est plus valable : actualisez-la, votre place dans la file est gardée.")
        return JsonResponse({"sentence": told, "over": True}, status=400)
    rank, again = said["r"], ""
    if rank is None and reading.is_drawn:
        ticket = Ticket.objects.filter(pk=said["t"]).first()
        if ticket is not None:
            rank, again = ticket.rank, queries.token_of(ticket, said["g"])
    response = JsonResponse(
        {
            "sentence": queries.sentence(reading, rank),
            "in": reading.is_in(rank),
            "over": reading.is_moved or reading.is_in(rank),
            "left": {str(group): queries.say_left(reading.left.get(group)) for group in said["g"]},
            "ticket": again,
        }
    )
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def lots(_request: HttpRequest, pk: int) -> HttpResponse:
    """The draw as anybody may count it again: the ranks of tickets that belong to nobody by name."""
    found = get_object_or_404(Opening, pk=pk, season__is_public=True, drawn_at__isnull=False)
    drawn = Ticket.objects.filter(opening=found, rank__lte=found.drawn).order_by("rank")
    return file_of(write_list(["rang", "ticket"], drawn.values_list("rank", "pk")), f"tirage-{found.pk}")


@require_POST
@household_page
def mark(request: HttpRequest, session: HouseholdSession, pk: int) -> HttpResponse:
    """Keep an eye on a group, or no longer."""
    group = offered().get(pk)
    if group is None:
        raise Http404
    household = session.guardian.household
    try:
        if Param.REMOVE in request.POST:
            tickets.unmark(household=household, group=pk)
            messages.success(request, _("Le groupe n’est plus repéré."))
        else:
            tickets.mark(household=household, group=pk)
            messages.success(
                request, _("Le groupe est repéré : ses places libres se voient pendant que vous attendez.")
            )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("catalogue:group", pk)


def _public(pk: int) -> Opening:
    return get_object_or_404(Opening.objects.select_related("season"), pk=pk, season__is_public=True)
