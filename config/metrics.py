"""Figures for Prometheus at /metrics: what people do, what they are refused, how long a search takes, what is unsent.

With several processes, PROMETHEUS_MULTIPROC_DIR names a folder they share, emptied at each start. Figures about the
outbox come from the database when asked. No label holds anything about a person.
"""

import os
import time
from collections.abc import Callable, Iterable

from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from municipalities import services
from municipalities.exceptions import Refusal
from notifications import queries

REQUESTS = Counter("guichet_requests_total", "Answered requests", ["view", "method", "status"])
LATENCY = Histogram(
    "guichet_request_seconds",
    "Time to answer",
    ["view"],
    buckets=(0.005, 0.01, 0.02, 0.035, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
SEARCH = Histogram(
    "guichet_search_seconds",
    "Time to answer a search for an appointment",
    buckets=(0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2),
)
DONE = Counter("guichet_done_total", "Holds, bookings, moves and cancellations that went through", ["what"])
REFUSED = Counter("guichet_refusals_total", "Refusals by their code", ["code"])

SEARCH_VIEW = "appointments:search"


def request_figures(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: counts and times each request under the name of its view."""
    verbs = services.counted_views()

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        seconds = time.perf_counter() - began
        match = request.resolver_match
        view = match.view_name if match else "unknown"
        # Any word may stand where a method should: only the usual ones become labels.
        method = request.method if request.method in {"GET", "POST", "HEAD"} else "other"
        REQUESTS.labels(view, method, response.status_code).inc()
        LATENCY.labels(view).observe(seconds)
        if view == SEARCH_VIEW and response.status_code == 200:
            SEARCH.observe(seconds)
        # A POST that ends in a redirect has done what it is named for; a refusal shows a page.
        if request.method == "POST" and response.status_code == 302 and view in verbs:
            DONE.labels(verbs[view]).inc()
        return response

    return middleware


def count_refusal(code: str) -> None:
    REFUSED.labels(code).inc()


def observe_refusals() -> None:
    """Have every refusal counted by its code."""
    if count_refusal not in Refusal.observers:
        Refusal.observers.append(count_refusal)


class OutboxCollector(Collector):
    """What the outbox holds at this moment."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        messages = GaugeMetricFamily("guichet_messages", "Messages by state", labels=["state"])
        for state, number in sorted(queries.counts_by_state().items()):
            messages.add_metric([state], number)
        yield messages
        yield GaugeMetricFamily(
            "guichet_oldest_unsent_seconds",
            "How long the oldest message that is due has been waiting",
            value=queries.oldest_unsent_age().total_seconds(),
        )


def exposition() -> HttpResponse:
    """Everything, in Prometheus' text format."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        body = generate_latest(registry)
    else:
        body = generate_latest(REGISTRY)
    outbox = CollectorRegistry()
    outbox.register(OutboxCollector())
    return HttpResponse(body + generate_latest(outbox), content_type=CONTENT_TYPE_LATEST)
