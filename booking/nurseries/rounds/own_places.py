"""Children who have a place and ask for another, as the file of a round says them: they hold it (contract, 2)."""

from collections.abc import Mapping
from typing import Any

from booking.nurseries.models import OwnPlace

Json = dict[str, Any]


def with_own_places(file: Json, names: Mapping[int, str]) -> Json:
    """The file where each of these children holds the place that its operator's list says (contract, section 2).

    Whoever is not in that list any more has no place to hold. `names`: of the file's nurseries, by id.
    """
    rows = OwnPlace.objects.filter(last_month__isnull=True, child__number__in=[int(one) for one in file["children"]])
    children, facilities = dict(file["children"]), dict(file["facilities"])
    for number, nursery, there in rows.order_by("pk").values_list("child__number", "nursery", "number"):
        name = names.get(nursery, "")
        present = facilities.get(name, {}).get("present", [])
        line = next((one for one in present if str(one["child"]) == there), None)
        if line is None:
            continue
        held = {"facility": name, "half_days": list(line["half_days"])}
        children[str(number)] = children[str(number)] | {"holds": held}
        facilities[name] = facilities[name] | {"present": [one for one in present if one is not line]}
    return {**file, "children": children, "facilities": facilities}
