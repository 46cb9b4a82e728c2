"""What appointments tell at the door: their subjects, pages, panels and hooks, and what they keep of people."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from booking.appointments import retention
from booking.appointments.bookings import changes, names
from booking.appointments.bookings.queries import appointment_to_show, entry_to_show
from booking.appointments.calendar_feeds import retention as calendars
from booking.appointments.calendar_feeds.following import FOLLOWING
from booking.appointments.calendar_feeds.kinds import KINDS
from booking.appointments.calendar_feeds.openings import openings
from booking.appointments.counter import panel
from booking.appointments.messages.kinds import SUBJECT
from booking.appointments.planning import closing, links, waiting_panel
from booking.appointments.waiting_list import entries
from booking.appointments.waiting_list.messages import WAITING_SUBJECT
from municipalities import rules
from municipalities.services import Link, Service, Subject


def purge(now: datetime, dry_run: bool) -> Mapping[str, int]:
    done = retention.purge(now=now, dry_run=dry_run)
    return {
        _("rendez-vous"): done.appointments,
        _("personnes"): done.people,
        _("messages"): done.messages,
        _("liens"): done.links,
        _("inscriptions en liste d’attente"): done.waiting,
        _("entrées de calendrier"): calendars.untidy_entries(now).count() if dry_run else calendars.tidy_up(now),
    }


def _pages(*names: str) -> frozenset[str]:
    return frozenset(f"counter:{name}" for name in names)


DAY = _pages(
    "board",
    "board_act",
    "my_counter",
    "day",
    "walk_in",
    "quotas",
    "ticket",
    "morning",
    "cancel",
    "move",
    "correct",
    "outside",
    "unsent",
    "outcomes",
)
CLOSURES = _pages("new_closure", "close_one", "rehome", "rehomed", "holidays")
POOLS = _pages("pool", "new_pool", "edit_pool", "share", "new_share")
OFFER = _pages("new_type", "edit_type", "new_fee", "edit_fee")
POLICIES = _pages("policy", "new_policy")

DOOR = Service(
    name="appointments",
    subjects=(
        Subject(
            type=SUBJECT,
            label=_lazy("rendez-vous"),
            see=_lazy("Voir mon rendez-vous"),
            page="appointments:manage",
            find=appointment_to_show,
            names=names.names,
            look_up=names.look_up,
            send_links=changes.send_links,
            following=FOLLOWING,
        ),
        Subject(
            type=WAITING_SUBJECT,
            label=_lazy("inscription en liste d’attente"),
            see=_lazy("Voir mon inscription"),
            page="appointments:waiting",
            find=entry_to_show,
            names=entries.names,
            look_up=entries.look_up,
            send_links=entries.send_links,
        ),
    ),
    menu=(
        Link("counter:today", _lazy("Journée"), rules.sees_something, DAY),
        Link("counter:book", _lazy("Réserver pour quelqu’un"), rules.serves_somewhere, _pages("booked", "ours")),
        Link("counter:find", _lazy("Trouver un rendez-vous"), rules.sees_something),
        Link("counter:closures", _lazy("Fermetures"), rules.sees_something, CLOSURES),
        Link("counter:pools", _lazy("Agendas mutualisés"), rules.sets_rules, POOLS),
        Link("counter:policies", _lazy("Règles d’ouverture"), rules.sets_rules, POLICIES),
        Link("counter:reminders", _lazy("Rappels"), rules.sets_rules, _pages("new_reminders", "edit_reminders")),
        Link("counter:offer", _lazy("Motifs et timbres"), rules.manages_territory, OFFER),
        Link("counter:durations", _lazy("Durées"), rules.manages_territory, _pages("facility_durations")),
    ),
    panels=(panel.home_panel, waiting_panel.home_panel),
    tasks=(panel.tasks_of,),
    facility_links=links.of_facility,
    municipality_links=links.of_municipality,
    touched_by=closing.touched_by,
    closing=closing.closing,
    feeds=KINDS,
    openings=openings,
    counted_views={
        "appointments:hold": "hold",
        "appointments:book": "booking",
        "appointments:move": "move",
        "appointments:cancel": "cancellation",
        "appointments:correct": "correction",
    },
    retention=(*retention.KEPT, calendars.ENTRIES),
    impersonal={
        "appointments.CalendarPool": ("name",),
        "appointments.Counter": ("name",),
        # Names nobody once the people behind it are forgotten.
        "appointments.Appointment": ("reference",),
        # States of an appointment.
        "appointments.BoardStep": ("before", "after"),
    },
    purge=purge,
)
