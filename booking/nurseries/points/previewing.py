"""What a draft would do to the requests of today: who gains, who loses, as figures and never by name."""

from django.utils import timezone

from booking.nurseries.models import Nursery, NurseryApplication, PointsGrid
from booking.nurseries.points.facts import scores_of, with_what_counts
from booking.nurseries.points.queries import rules_of, rules_on
from booking.nurseries.reckoning import Moved, compare
from booking.nurseries.supply.reading import names_of


def preview(draft: PointsGrid) -> Moved | None:
    """Beside the grid in force today; None before the first, when there is nothing to compare with."""
    today = timezone.localdate()
    now = rules_on(today)
    if now is None:
        return None
    live = NurseryApplication.objects.live().filter(authority=draft.operator)
    children = [child for request in with_what_counts(live) for child in request.children.all() if child.is_live]
    nurseries = list(Nursery.objects.active().filter(authority=draft.operator).select_related("facility__municipality"))
    names = names_of(nurseries)
    towns = {names[one.pk]: one.facility.municipality_id for one in nurseries}
    before = scores_of(children, now, names, towns, today)
    after = scores_of(children, rules_of(draft), names, towns, today)
    return compare(list(before.values()), list(after.values()))
