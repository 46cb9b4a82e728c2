"""Places that were offered before, as the file of a round says them: never taken back by a later run."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import override

from booking.nurseries.calendar_words import say_date
from booking.nurseries.models import NurseryOffer
from booking.nurseries.models.offers import OfferState

Json = dict[str, Any]


def with_offers(file: Json, names: Mapping[int, str]) -> Json:
    """The file with a lock for each place that stands, and `holds` for one that waits for a better wish.

    `names`: of the file's nurseries, by id. A held place begins with the file's months; one that begins later is a
    lock until then.
    """
    offers = NurseryOffer.objects.standing().filter(child__number__in=[int(number) for number in file["children"]])
    locks: Json = dict(file.get("locks", {}))
    children = dict(file["children"])
    for offer in offers.select_related("child").order_by("made_at"):
        number, month = str(offer.child.number), f"{offer.start:%Y-%m}"
        if offer.nursery_id not in names:
            continue
        place = {"facility": names[offer.nursery_id], "half_days": list(offer.half_days)}
        if offer.state == OfferState.HELD and month <= file["months"][0]:
            children[number] = children[number] | {"holds": place}
            locks.pop(number, None)
        else:
            locks[number] = place | {"start": max(month, file["months"][0]), "reason": reason_of(offer)}
    return {**file, "children": children, "locks": locks}


def reason_of(offer: NurseryOffer) -> str:
    """« proposition du 3 mai 2027 »: in French, for a file is nobody's screen."""
    with override("fr"):
        return f"proposition du {say_date(timezone.localdate(offer.made_at))}"
