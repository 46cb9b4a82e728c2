"""Builds the demonstration's territory in an empty database."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection
from django.utils import timezone

from booking.appointments.free_time import gaps, offerings
from booking.appointments.models import Counter
from config.demo import (
    afterwards,
    busy,
    calendar,
    cash,
    commission,
    enrolments,
    families,
    half_days,
    nurseries,
    nursery_requests,
    offer,
    places,
    pools,
    register,
    sales,
    staff,
)
from config.demo.appointments import build_appointments
from config.demo.life import build_life
from municipalities.database.transactions import patient_transaction
from municipalities.garbage import uncollected
from municipalities.models import Municipality

SEED = 200066009


def is_empty() -> bool:
    return not Municipality.objects.exists()


def _reckon() -> None:
    """Statistics of what was written so far: nobody else sees it yet, so no autovacuum takes them, and queries over
    thousands of new rows would be planned for none.

    Of our own tables alone: the server's catalogue of roles and databases is everybody's, and would stay locked until
    all is built, against another demonstration on the same server too.
    """
    with connection.cursor() as cursor:
        ours = connection.introspection.django_table_names(only_existing=True)
        cursor.execute(f"ANALYZE (SKIP_LOCKED) {', '.join(map(connection.ops.quote_name, sorted(ours)))}")


def build(*, told: Callable[[str], None], now: datetime | None = None, seed: int = SEED) -> None:
    """Everything or nothing, the same for the same seed and day. `told` hears of each step.

    Raises ValueError when the database holds municipalities already: nobody's data are mixed with inventions.
    """
    if not is_empty():
        raise ValueError("the database is not empty")
    now = now or timezone.now()
    today = timezone.localdate(now)
    with uncollected(), patient_transaction():
        told(f"{places.load_municipalities()} communes")
        told(f"{len(places.build_town_halls())} mairies")
        told(f"{len(places.build_others())} établissements gérés par d’autres que les communes")
        told(f"{len(pools.build_pools(today))} piscines, leurs bassins et une année de créneaux")
        offer.build_prices(today)
        told(f"{offer.build_season(today, seed)} groupes d’activités, leurs séances et leurs tarifs")
        told(f"{nurseries.build_nurseries(today, seed)} crèches, leurs places et les enfants présents")
        types = calendar.build_types()
        calendar.build_documents(types)
        counters = calendar.build_counters(types, today)
        calendar.build_rules(types, today)
        places.build_closures(today)
        calendar.build_breakdown(today)
        busy.build_busy_calendar(today, now)
        told(f"{len(counters)} guichets, leurs horaires et l’agenda mutualisé")
        staff.build_staff()
        _reckon()
        told(f"{nursery_requests.build_requests(today, seed)} demandes de place en crèche")
        _reckon()
        told(
            f"une commission des crèches tenue ({commission.build_commission(today, seed)} propositions), une autre prête"
        )
        told(f"{half_days.build_half_days(today)} demi-journées occasionnelles ouvertes")
        families.build_family()
        cash.build_offices()
        made, sold = enrolments.build_enrolments(today, now, seed)
        told(f"{made} inscriptions, leurs familles et leurs places")
        _reckon()
        register.build_register(now)
        told(f"la régie des piscines, et {sales.build_year(now, seed, sold)} écritures d’une année")
        absent, waiting = afterwards.build_afterwards(today, now, seed)
        told(f"{absent} absences annoncées, {waiting} personnes en attente, une piscine fermée un jour")
        counters = list(Counter.objects.select_related("facility__municipality").order_by("pk"))
        offerings.rebuild_offers(counters)
        build_appointments(counters, now=now, seed=seed, told=told)
        gaps.rebuild_ahead(counters)
        told("temps libre calculé")
        build_life(now)
        told("une journée en cours : tickets, liste d’attente, panne, délégation, brouillon, agenda extérieur")
