"""For machines: is the process alive, may it get requests, how is the service. No personal data in any answer.

    /sante/vivant   the process answers; touches nothing else
    /sante/pret     the database answers, can be written and has every migration: 200, else 503 with the reason
    /sante/etat     the state of the service as JSON: unsent messages, free time ahead, Redis, version
    /metrics        figures for Prometheus

The last two ask for `Authorization: Bearer <STATUS_TOKEN>` when STATUS_TOKEN is set.
"""

import hmac
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path, resolve
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from booking.appointments.models import Counter
from booking.payments import accounts
from config import metrics
from config.cache import RedisOrMemory
from notifications import queries
from notifications.models import MessageState

View = Callable[[HttpRequest], HttpResponse]


def for_machines(view: View) -> View:
    """Asks for the token when there is one. Answers 404 without it: a stranger learns nothing."""

    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        token = settings.STATUS_TOKEN
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token and not hmac.compare_digest(given.encode(), token.encode()):
            return HttpResponse(status=404)
        return view(request)

    return checked


@require_safe
@never_cache
def alive(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("vivant\n", content_type="text/plain; charset=utf-8")


def alive_before_all(get_response: View) -> View:
    """Middleware, before all that could look something up: whether the process lives is asked of nothing else."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info != "/sante/vivant":
            return get_response(request)
        request.resolver_match = resolve(request.path_info)  # the log and the figures name views
        return alive(request)

    return middleware


@require_safe
@never_cache
def ready(_request: HttpRequest) -> HttpResponse:
    try:
        missing = unapplied_migrations()
        if is_read_only():
            return JsonResponse({"ready": False, "reason": "read-only"}, status=503)
    except (DatabaseError, InterfaceError):
        return JsonResponse({"ready": False, "reason": "database"}, status=503)
    if missing:
        return JsonResponse({"ready": False, "reason": "migrations", "missing": missing}, status=503)
    return JsonResponse({"ready": True})


@require_safe
@never_cache
@for_machines
def state(_request: HttpRequest) -> HttpResponse:
    try:
        answer = service_state()
    except (DatabaseError, InterfaceError):
        return JsonResponse({"version": settings.VERSION, "database": False}, status=503)
    return JsonResponse(answer)


@require_safe
@never_cache
@for_machines
def figures(_request: HttpRequest) -> HttpResponse:
    return metrics.exposition()


def service_state() -> dict[str, Any]:
    """Raises DatabaseError when the database does not answer."""
    counts = queries.counts_by_state()
    today = timezone.localdate()
    served = Counter.objects.filter(is_active=True, facility__is_active=True)
    until = served.aggregate(until=Min("free_until"))["until"]
    return {
        "version": settings.VERSION,
        "database": True,
        "redis": redis_answers(),
        "oldest_unsent_seconds": round(queries.oldest_unsent_age().total_seconds()),
        "ambiguous_messages": counts[MessageState.AMBIGUOUS],
        "failed_messages": counts[MessageState.FAILED],
        # Days for which every counter's free time is known; beat moves it on. None without counters.
        "free_time_days": (until - today).days if until else None,
        "counters_without_free_time": served.filter(free_until__isnull=True).count(),
        "migrations_missing": unapplied_migrations(),
        # Faults of the last nightly look at the accounts, and what nobody of a cash office has looked at yet.
        **accounts.state(),
    }


def redis_answers() -> bool:
    """Whether Redis itself answers. Without it people still book; messages wait, and limits count per process."""
    shared = caches["default"]
    if isinstance(shared, RedisOrMemory):
        return shared.answers()
    try:
        shared.get("health")
    except Exception:
        return False
    return True


def is_read_only() -> bool:
    """Whether nothing can be written: somebody has closed the database, or it follows another one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only')")
        return bool(cursor.fetchone()[0] == "on")


def unapplied_migrations() -> list[str]:
    """Names of migrations that the code has and the database has not."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


app_name = "health"
urlpatterns = [
    path("sante/vivant", alive, name="alive"),
    path("sante/pret", ready, name="ready"),
    path("sante/etat", state, name="state"),
    path("metrics", figures, name="metrics"),
]
