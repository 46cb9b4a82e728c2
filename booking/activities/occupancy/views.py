"""The figures of the pools, and what they propose."""

from collections import Counter
from datetime import timedelta

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from booking.activities.models import Group, Pool, Waiting
from booking.activities.occupancy import chart, figures, proposals
from booking.activities.occupancy.figures import WEEK, By
from municipalities import rules
from municipalities.access import render_staff, staff_page
from municipalities.database.cached import one_version
from municipalities.forms.fields import day_in
from municipalities.lists import file_of, write_list
from municipalities.models import StaffMember
from municipalities.query_names import Param
from municipalities.spans import monday_of

#: What is shown where nobody asked for more: eight weeks back, this one and the next.
BEFORE, AFTER = 8 * WEEK, 2 * WEEK
#: More than a season at once says nothing.
MOST = 60 * WEEK


class Asked:
    """Pools, days and lines as the address says them; what it does not say, or says wrongly, is the usual."""

    def __init__(self, request: HttpRequest, staff: StaffMember) -> None:
        self.all_pools = list(figures.pools_read_by(staff))
        if not self.all_pools and not rules.reads_occupancy(staff):
            raise Http404
        wanted = request.GET.get(Param.POOL, "")
        self.pool = next((pool for pool in self.all_pools if str(pool.pk) == wanted), None)
        today = timezone.localdate()
        monday = monday_of(today)
        self.first = day_in(request.GET.get(Param.FROM_DAY, "")) or monday - BEFORE
        self.last = day_in(request.GET.get(Param.UNTIL_DAY, "")) or monday + AFTER - timedelta(days=1)
        if not self.first <= self.last < self.first + MOST:
            self.first, self.last = monday - BEFORE, monday + AFTER - timedelta(days=1)
        by = request.GET.get(Param.BY, "")
        self.by = By(by) if by in By.values else By.POOL

    @property
    def pools(self) -> list[Pool]:
        return [self.pool] if self.pool else self.all_pools

    def address(self, **changed: str) -> str:
        told = {
            Param.POOL: str(self.pool.pk) if self.pool else "",
            Param.FROM_DAY: self.first.isoformat(),
            Param.UNTIL_DAY: self.last.isoformat(),
            Param.BY: self.by.value,
        }
        return "?" + urlencode(told | changed)


@staff_page
@require_GET
def figures_page(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    asked = Asked(request, staff)
    found = figures.meetings(figures.sessions_between(asked.pools, asked.first, asked.last))
    lines = figures.lines(found, asked.by, waiting_by_group(asked.pools))
    whole = figures.Line(_("Ensemble"))
    for one in found:
        whole.add(one)
    whole.waiting = sum(line.waiting for line in lines) if asked.by in (By.POOL, By.ACTIVITY, By.GROUP) else 0
    context = {
        "asked": asked,
        "bys": [(by, by.label, asked.address(**{Param.BY: by.value})) for by in By],
        "lines": lines,
        "whole": whole,
        "uses": figures.uses(asked.pools, asked.first, asked.last),
        "bars": chart.bars(lines),
        "file": asked.address(),
        "of_groups": asked.by in (By.POOL, By.ACTIVITY, By.GROUP),
    }
    return render_staff(request, staff, "occupancy/figures.html", context)


@staff_page
@require_GET
def figures_file(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """The same table for a spreadsheet: numbers without units, a semicolon between them, as French ones open it."""
    asked = Asked(request, staff)
    found = figures.meetings(figures.sessions_between(asked.pools, asked.first, asked.last))
    heads = (asked.by.label, _("séances"), _("places offertes"), _("places vendues"), _("vendues, présence notée"))
    more = (_("présents"), _("heures de ligne"), _("recettes en centimes"), _("en attente"))
    rows = [
        (
            *(one.label, one.sessions, one.offered, one.sold, one.sold_noted, one.present),
            *(f"{one.lane_hours:.2f}".replace(".", ","), one.whole_cents, one.waiting),
        )
        for one in figures.lines(found, asked.by, waiting_by_group(asked.pools))
    ]
    return file_of(write_list([str(head) for head in (*heads, *more)], rows), "occupation")


@staff_page
@require_GET
def proposals_page(request: HttpRequest, staff: StaffMember) -> HttpResponse:
    """Groups to merge, to move or to open for single places; full ones that could have a second."""
    asked = Asked(request, staff)
    now = timezone.now()
    # Twenty groups ask what is offered: once for all of them.
    with one_version():
        few = proposals.nearly_empty(asked.pools, now)
        full = proposals.full_with_demand(asked.pools, waiting_by_group(asked.pools), now)
    context = {
        "asked": asked,
        "few": few,
        "full": full,
        "plans": set(Group.objects.visible_to(staff).filter(basin__pool__in=asked.pools).values_list("pk", flat=True)),
        "limit": proposals.FEW,
        "long": proposals.LONG,
    }
    return render_staff(request, staff, "occupancy/proposals.html", context)


def waiting_by_group(pools: list[Pool]) -> Counter[int]:
    """How many wait for a number of each group."""
    still = Waiting.objects.still().filter(group__basin__pool__in=pools).order_by("group")
    return Counter(dict(still.values_list("group").annotate(n=Count("pk"))))
