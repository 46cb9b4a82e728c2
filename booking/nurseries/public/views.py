"""Before any form: who has places when, who meets when, who else looks after children, what one's points would be."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers, patch_cache_control
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from booking.nurseries.calendar_words import say_month_and_year
from booking.nurseries.enums import Section
from booking.nurseries.points.queries import Rules, rules_on
from booking.nurseries.public import layout
from booking.nurseries.public.simulator import PointsForm, reckon
from booking.nurseries.rounds import history
from booking.nurseries.supply.published import childcare, demands, last_admitted, meetings, published
from municipalities.directory import members
from municipalities.middleware import current_municipality


@require_safe
def offer(request: HttpRequest) -> HttpResponse:
    """All nurseries: what is asked above, places below, then the commissions' calendar and who else cares."""
    found = list(published().values())
    has_grid = rules_on(timezone.localdate()) is not None
    context = {"has_grid": has_grid, "meetings": _ahead(), "towns": list(members().values())}
    if found:
        months = found[0].months
        asked = layout.read(request.GET, months, current_municipality(request))
        cards = layout.cards(found, asked, demands(found))
        care = childcare()
        context |= {
            "asked": asked,
            "home_slug": asked.home.slug if asked.home else "",
            "months": layout.months_said(months, asked.month),
            "said_month": say_month_and_year(asked.month),
            "sections": [(one.value, one.label, one.value == asked.section) for one in Section],
            "cards": cards,
            "spots": layout.drawing(cards) if asked.is_map else [],
            "count": ngettext("%(n)d crèche", "%(n)d crèches", len(cards)) % {"n": len(cards)},
            "list_link": _link(request, layout.LIST),
            "map_link": _link(request, layout.MAP),
            "care": [(town, care[town.pk]) for town in members().values() if town.pk in care and _is_near(town, asked)],
        }
    response = render(request, "nurseries/offer.html", context)
    patch_cache_control(response, no_cache=True, private=True)
    return response


def _is_near(town: object, asked: layout.Asked) -> bool:
    """The town that is said, alone; every town where none is."""
    return asked.home is None or town == asked.home


def _link(request: HttpRequest, view: str) -> str:
    query = request.GET.copy()
    query["vue"] = view
    return f"?{query.urlencode()}#creches"


def _ahead() -> list[object]:
    today = timezone.localdate()
    return [one for one in meetings() if one.meets_on >= today]


@require_safe
def nursery(request: HttpRequest, slug: str) -> HttpResponse:
    """One nursery: every month and section, who runs it, where it is, how many ask for it."""
    one = published().get(slug)
    if one is None:
        raise Http404
    told = last_admitted()
    context = {
        "open": one,
        "facility": one.facility,
        "sections": list(Section),
        "rows": [(say_month_and_year(month), layout.free_of(one, month, list(Section))) for month in one.months],
        "demand": demands([one])[one.pk],
        "admitted": [(section.label, told[one.pk, section]) for section in Section if (one.pk, section) in told],
        "meetings": _ahead(),
    }
    return render(request, "nurseries/nursery.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def simulator(request: HttpRequest) -> HttpResponse:
    """The grid, and « mes points »: sent in the body so that no log holds an answer, and kept by nobody."""
    today = timezone.localdate()
    rules = rules_on(today)
    if rules is None:
        raise Http404
    form = PointsForm(request.POST if request.method == "POST" else None, rules=rules)
    context = {"form": form, "rules": rules, "grid": rules.grid, "given": _given_by_staff(rules)}
    if request.method == "POST" and form.is_valid():
        found = reckon(form, rules, today)
        context |= {
            "lines": [(rules.said(line), line.points) for line in found.lines if not line.nursery],
            "total": found.total,
            "bonus": [(rules.said(line), line.points) for line in found.lines if line.nursery],
        }
    response = render(request, "nurseries/points.html", context)
    add_never_cache_headers(response)
    return response


def _given_by_staff(rules: Rules) -> list[str]:
    """What is not asked here: given or counted by the service."""
    rows = {row.code: row for row in rules.grid.criteria.all()}
    return [str(rows[one.code].label) for one in rules.criteria if one.set_by != "family"]


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The rules of the main algorithm (CRPA L.312-1-3): grid, contract in plain words, version, audit, figures."""
    now = rules_on(timezone.localdate())
    context = {
        "version": settings.VERSION,
        "grid": now.grid if now is not None else None,
        "announced": history.announced(),
        "held": history.held(),
    }
    return render(request, "nurseries/rules.html", context)
