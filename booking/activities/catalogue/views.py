"""What everybody may see of the pools' activities: all on one page, and one group with its dates."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from booking.activities.catalogue import layout
from booking.activities.catalogue.request import LIST, WEEK, read
from booking.activities.catalogue.singles import groups_with_singles, page_of
from booking.activities.catalogue.visitors import candidates, visitor_of
from booking.activities.enrolling.offers import chances
from booking.activities.models import Session
from booking.activities.models.tariffs import Unit as UnitWords
from booking.activities.opening.tickets import is_marked
from booking.activities.seasons.ages import say_ages
from booking.activities.seasons.offered import Offered, offered
from booking.activities.tariffs.queries import grid_on
from booking.activities.tariffs.wording import in_order, say_case, say_price
from booking.activities.waiting.lists import lengths
from booking.residents.access import sign_in_address
from municipalities.directory import facilities, members
from municipalities.forms.fields import day_in
from municipalities.middleware import current_municipality
from municipalities.query_names import Param


@require_safe
def offer(request: HttpRequest) -> HttpResponse:
    """Every activity of every pool: what is asked above, the answer below."""
    groups = offered()
    pools = sorted({group.facility_id for group in groups.values()}, key=lambda pk: facilities()[pk].name)
    choices = [(facilities()[pk].slug, facilities()[pk].name) for pk in pools]
    wanted = read(request.GET, pools=choices, preset=current_municipality(request))
    now = timezone.now()
    found = [group for group in groups.values() if wanted.fits(group)]
    visitor = visitor_of(request, wanted.query.get(Param.FOR_WHOM, ""), now)
    context = {
        "visitor": visitor,
        "wanted": wanted,
        "form": wanted.form,
        "towns": list(members().values()),
        "home_slug": wanted.home.slug if wanted.home else "",
        "pools": [(slug, name, slug in wanted.query.getlist(Param.POOL)) for slug, name in choices],
        "count": ngettext("%(n)d groupe", "%(n)d groupes", len(found)) % {"n": len(found)},
        "list_link": wanted.link(vue=LIST),
        "week_link": wanted.link(vue=WEEK),
        "is_offered": bool(groups),
        "sign_in": sign_in_address(request),
    }
    if wanted.is_week:
        context["days"] = layout.week(found, now)
    else:
        known = chances(found, now=now, family=visitor.family, member=visitor.member)
        full = [pk for pk, one in known.items() if one.is_full]
        context["places"] = layout.places(
            found,
            home=wanted.home or (visitor.home if Param.HOME not in wanted.query else None),
            now=now,
            today=timezone.localdate(),
            chances=known,
            member=visitor.member,
            singles=groups_with_singles(now) if full else frozenset(),
            waiting=lengths(full) if full else {},
        )
    response = render(request, "catalogue/offer.html", context)
    patch_cache_control(response, no_cache=True, private=True)
    return response


@require_safe
def singles(request: HttpRequest) -> HttpResponse:
    """The remaining places of the next fourteen days, sold one by one: all of them, or those that fit one member."""
    now = timezone.now()
    pools = {known.slug: known for pk in {one.facility_id for one in offered().values()} if (known := facilities()[pk])}
    pool = pools.get(request.GET.get(Param.POOL, ""))
    visitor = visitor_of(request, request.GET.get(Param.FOR_WHOM, ""), now)
    page = page_of(visitor, pool=pool.pk if pool else None, since=day_in(request.GET.get(Param.DAY, "")), now=now)
    more = request.GET.copy()
    if page.following:
        more[Param.DAY] = page.following.isoformat()
    context = {
        "visitor": visitor,
        "page": page,
        "pools": [
            (slug, known.name, known == pool) for slug, known in sorted(pools.items(), key=lambda one: one[1].name)
        ],
        "following": f"?{more.urlencode()}" if page.following else "",
        "sign_in": sign_in_address(request),
    }
    response = render(request, "catalogue/singles.html", context)
    patch_cache_control(response, no_cache=True, private=True)
    return response


@require_safe
def group(request: HttpRequest, pk: int) -> HttpResponse:
    """One group: its dates, those that were moved or called off among them, and what it costs whom."""
    found: Offered | None = offered().get(pk)
    if found is None:
        raise Http404
    facility = facilities()[found.facility_id]
    now = timezone.now()
    visitor = visitor_of(request, "", now)
    known = chances([found], now=now)
    people = candidates(visitor.family, found, now) if visitor.family else []
    (place,) = layout.places([found], home=None, now=now, today=timezone.localdate(), chances=known)
    dates = list(Session.objects.filter(group=pk).order_by("starts_at"))
    coming = [one for one in dates if one.ends_at > now]
    context = {
        "visitor": visitor,
        "chance": known[pk],
        "waiting": lengths([pk]).get(pk, 0),
        "has_singles": known[pk].left == 0 and pk in groups_with_singles(now),
        "candidates": people,
        "may_choose": any(one.can_choose for one in people),
        "is_marked": visitor.family is not None and is_marked(visitor.family.household.pk, pk),
        "sign_in": sign_in_address(request),
        "group": found,
        "facility": facility,
        "place": place,
        "card": place.cards[0],
        "hours": layout.hours(found),
        "ages": say_ages(found.months_from, found.months_below),
        "levels": layout.say_levels(found.level_from, found.level_to),
        "sessions": coming,
        "past": sum(not one.is_called_off for one in dates) - sum(not one.is_called_off for one in coming),
        "prices": _prices(found),
        "unit": UnitWords(found.unit.value).label,
        "rules": layout.rules(found),
    }
    response = render(request, "catalogue/group.html", context)
    patch_cache_control(response, no_cache=True, private=True)
    return response


def _prices(found: Offered) -> list[tuple[str, str]]:
    """(for whom, how much) of the grid in force when one would pay."""
    version = grid_on(found.operator_id, max(timezone.localdate(), found.first_day))
    rows = (
        [row for row in version.grid.rows if (row.code, row.unit) == (found.tariff_code, found.unit)] if version else []
    )
    return [(say_case(row), say_price(row)) for row in in_order(rows)]
