"""What the pages for changing the calendar read: weeks, overlaps, what a closure touches."""

from django.db.models import Q
from django.utils.translation import gettext

from booking.appointments.models import OpeningPeriod
from municipalities.wording import say_day, say_time, say_weekday


def say_overlap(opening: OpeningPeriod) -> str | None:
    """A sentence naming the other period that covers part of these hours; None when there is none."""
    others = OpeningPeriod.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=opening.valid_from),
        counter=opening.counter_id,
        weekday=opening.weekday,
        starts__lt=opening.ends,
        ends__gt=opening.starts,
    ).exclude(pk=opening.pk)
    if opening.valid_until is not None:
        others = others.filter(valid_from__lte=opening.valid_until)
    other = others.order_by("valid_from", "starts").first()
    if other is None:
        return None
    said = {
        "weekday": say_weekday(other.weekday),
        "starts": say_time(other.starts),
        "ends": say_time(other.ends),
        "since": say_day(other.valid_from),
        "until": say_day(other.valid_until) if other.valid_until else "",
    }
    if other.valid_until:
        dates = gettext("valable du %(since)s au %(until)s") % said
    else:
        dates = gettext("valable à partir du %(since)s") % said
    sentence = gettext(
        "Une autre plage de ce guichet couvre déjà une partie de ces heures : "
        "%(weekday)s %(starts)s – %(ends)s, %(dates)s."
    )
    return sentence % {**said, "dates": dates}
