"""The draw, for everybody: its hash before, its seed after, and any number recomputed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from booking.nurseries.models import Round, RoundChild
from booking.nurseries.rounds.drawing import drawn, ticket
from municipalities.forms.fields import number_in
from municipalities.query_names import Param
from municipalities.visible import visible


@require_safe
def draw(request: HttpRequest, pk: int) -> HttpResponse:
    """Numbers are drawn, not people; only who has one knows whose it is."""
    round = get_object_or_404(Round.objects.defer("file", "decided", "answer"), pk=pk)
    context = {"round": round, "typed": "", "unknown": False}
    typed = visible(request.GET.get(Param.PHONE, "")).strip()
    if round.seed:
        numbers = list(RoundChild.objects.filter(round=round).values_list("number", flat=True))
        context |= {"typed": typed, "many": len(numbers), "ordered": sorted(numbers)}
        if typed:
            number = number_in(typed) or 0
            place = drawn(round.seed, numbers).get(number)
            context |= {
                "number": number,
                "place": place,
                "ticket": ticket(round.seed, number),
                "unknown": place is None,
            }
    return render(request, "commission/draw.html", context)
