"""What the pools tell at the door: their pages, what a closure touches, what of families they keep, and what they
sell."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _lazy

from booking.activities.changes import closing
from booking.activities.desk import links as selling_links
from booking.activities.enrolling import keeping, paying
from booking.activities.enrolling.messages import ENROLMENT
from booking.activities.enrolling.numbers import BASKET
from booking.activities.opening import keeping as waiting
from booking.activities.register.feed import COACH as COACH_CALENDAR
from booking.activities.resident import addresses
from booking.activities.seasons.calls import TICKET
from booking.activities.seasons.messages import ACTIVITY
from booking.activities.timetable import household, panel
from booking.activities.timetable.calendar import WATER as WATER_CALENDAR
from booking.activities.water import links
from booking.payments.door import Seller
from municipalities import rules
from municipalities.services import Link, Service, Subject


def _tariffs(*names: str) -> frozenset[str]:
    return frozenset(f"tariffs:{name}" for name in names)


SEASON = frozenset({"desk:session", "desk:places", "desk:merge", "openings:opening"}) | frozenset(
    f"seasons:{name}"
    for name in (
        "season",
        "new_season",
        "edit_season",
        "copy_season",
        "import_groups",
        "activity",
        "new_activity",
        "group",
        "new_group",
        "edit_group",
        "new_session",
    )
)
REGISTER = frozenset(f"register:{name}" for name in ("session", "sheet", "sheets", "mails"))
GRID = _tariffs("grid", "new_grid", "edit_grid", "tariff", "new_tariff", "price", "new_price")


def _pages(*names: str) -> frozenset[str]:
    return frozenset(f"pools:{name}" for name in names)


WATER = _pages(
    "week",
    "new_use",
    "copy_week",
    "event",
    "move_event",
    "series",
    "move_series",
    "swap_series",
    "end_series",
    "settings",
    "new_pool",
    "new_basin",
    "new_lanes",
    "edit_basin",
    "edit_lane",
    "holidays",
    "holiday",
)


def _subject(type_: str, label: Any, page: str, names: Any) -> Subject:
    """What families' messages are about. A family signs in: no private link opens it, and none is sent."""
    return Subject(
        type=type_,
        label=label,
        page=page,
        find=lambda _pk: None,
        names=names,
        look_up=lambda _typed: [],
        send_links=lambda _contact: None,
    )


def _purge(now: datetime, dry_run: bool) -> dict[str, int]:
    return {**keeping.purge(now, dry_run), **waiting.purge(now, dry_run)}


def _tells_of(household: UUID) -> dict[str, Any]:
    return {**keeping.tells_of(household), **waiting.tells_of(household)}


DOOR = Service(
    name="activities",
    subjects=(
        _subject(BASKET, _lazy("panier d’inscriptions"), "enrol:basket", keeping.basket_names),
        _subject(ENROLMENT, _lazy("inscription"), "enrol:mine", keeping.enrolment_names),
        _subject(ACTIVITY, _lazy("ouverture des inscriptions"), "catalogue:offer", lambda _ids: {}),
        _subject(TICKET, _lazy("ticket d’une ouverture"), "enrol:openings", lambda _ids: {}),
        household.SUBJECT,
    ),
    family_pages=(
        ("catalogue:offer", _lazy("Activités des piscines")),
        ("enrol:basket", _lazy("Mon panier")),
        ("enrol:mine", _lazy("Mes inscriptions")),
        ("enrol:waiting", _lazy("Mes listes d’attente")),
        ("catalogue:singles", _lazy("Places restantes")),
        ("enrol:ready", _lazy("Prêt pour l’ouverture ?")),
        ("enrol:openings", _lazy("Ouvertures des inscriptions")),
    ),
    menu=(
        Link("pools:pools", _lazy("Piscines"), rules.works_for_pools, WATER),
        Link(
            "desk:find",
            _lazy("Vendre au guichet"),
            rules.serves_families,
            frozenset({"desk:sale", "desk:till", "desk:levels", "desk:calls", "desk:cancel"}),
        ),
        Link("desk:mine", _lazy("Mes groupes"), rules.teaches),
        Link("register:day", _lazy("Registre"), rules.keeps_register, REGISTER),
        Link("occupancy:figures", _lazy("Occupation"), rules.reads_occupancy, frozenset({"occupancy:proposals"})),
        Link("seasons:seasons", _lazy("Saisons"), rules.plans_offers, SEASON),
        Link(
            "tariffs:grids",
            _lazy("Tarifs des piscines"),
            rules.plans_offers,
            GRID | _tariffs("adjustment", "new_adjustment"),
        ),
    ),
    facility_links=links.of_facility,
    household_links=selling_links.of_household,
    family_panels=(panel.render,),
    touched_by=closing.touched_by,
    closing=closing.closing,
    feeds=(WATER_CALENDAR, COACH_CALENDAR),
    retention=(keeping.ENROLMENTS, keeping.ATTENDANCE, keeping.UNPAID_HOLDS, waiting.TICKETS),
    purge=_purge,
    still_needs=keeping.still_needs,
    tells_of=_tells_of,
    impersonal={
        "activities.Basin": ("name",),
        "activities.Lane": ("name",),
        # A school, a club, a course: who has a lane is never one person.
        "activities.UseSeries": ("label",),
        "activities.LaneUse": ("label",),
        "activities.SchoolHoliday": ("name",),
        "activities.TariffGrid": ("name", "decision"),
        "activities.Season": ("name",),
        "activities.Opening": ("seed", "seed_hash"),
        "activities.Activity": ("code", "name", "description", "account"),
        "activities.Group": ("code", "tariff_code"),
        "activities.Session": ("reason",),
        "activities.Tariff": ("code", "label"),
        "activities.Adjustment": ("codes",),
        # A band of a published grid is nobody's quotient.
        "activities.PriceRow": ("quotient_from", "quotient_below"),
    },
)

SELLER = Seller(
    subject_type=BASKET,
    label=_lazy("panier d’inscriptions"),
    settled=paying.settled,
    released=paying.released,
    paid_late=paying.paid_late,
    sold=paying.sold,
    page=addresses.page_of,
)
