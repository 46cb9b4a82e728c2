"""What the pools tell at the door: their pages, what a closure touches, and that their tables name nobody."""

from django.utils.translation import gettext_lazy as _lazy

from municipalities import rules
from municipalities.services import Link, Service


def _tariffs(*names: str) -> frozenset[str]:
    return frozenset(f"tariffs:{name}" for name in names)


GRID = _tariffs("grid", "new_grid", "edit_grid", "tariff", "new_tariff", "price", "new_price")

DOOR = Service(
    name="activities",
    menu=(
        Link(
            "tariffs:grids",
            _lazy("Tarifs des piscines"),
            rules.plans_offers,
            GRID | _tariffs("adjustment", "new_adjustment"),
        ),
    ),
    impersonal={
        "activities.Basin": ("name",),
        "activities.Lane": ("name",),
        # A school, a club, a course: who has a lane is never one person.
        "activities.UseSeries": ("label",),
        "activities.LaneUse": ("label",),
        "activities.SchoolHoliday": ("name",),
        "activities.TariffGrid": ("name", "decision"),
        "activities.Tariff": ("code", "label"),
        "activities.Adjustment": ("codes",),
    },
)
