"""What each counter offers, by type and audience: rows rebuilt when the calendar changes."""

from collections import defaultdict
from collections.abc import Iterable

from booking.appointments.free_time.gaps import _cuts, counters_with_place
from booking.appointments.models import (
    AppointmentType,
    Counter,
    CounterOffering,
    Duration,
    PoolShare,
    ReleasePolicy,
)
from booking.appointments.models.offer import MAX_PEOPLE


def rebuild_offers(counters: Iterable[Counter] | None = None) -> set[int]:
    """Gather durations, policies and shares into offers. Returns the counters whose free time must be cut anew."""
    chosen = list(counters_with_place().prefetch_related("types") if counters is None else counters)
    ids = [counter.pk for counter in chosen]
    durations: dict[tuple[int | None, int], dict[int, int]] = defaultdict(dict)
    for facility_id, type_id, people, minutes in Duration.objects.values_list(
        "facility_id", "type_id", "people", "minutes"
    ):
        durations[facility_id, type_id][people] = minutes
    policies = {(policy.facility_id, policy.type_id): policy for policy in ReleasePolicy.objects.all()}
    shares: dict[tuple[int, int], PoolShare] = {}
    for share in (
        PoolShare.objects.filter(counter__in=ids, pool__is_active=True)
        .order_by("shared_from", "pk")
        .prefetch_related("pool__types")
    ):
        for kind in share.pool.types.all():
            shares.setdefault((share.counter_id, kind.pk), share)
    before = _cuts(ids)
    wanted: list[CounterOffering] = []
    for counter in chosen:
        for kind in counter.types.all():
            offer = _offer(counter, kind, durations, policies, shares.get((counter.pk, kind.pk)))
            if offer is not None:
                wanted.append(offer)
    CounterOffering.objects.filter(counter__in=ids).exclude(
        pk__in=[
            row.pk
            for row in CounterOffering.objects.bulk_create(
                wanted,
                update_conflicts=True,
                unique_fields=["counter", "type"],
                update_fields=[
                    "facility",
                    "municipality",
                    "minutes",
                    "policy",
                    "shared_from",
                    "shared_until",
                    "reserve_until",
                    "reserve_days",
                    "held_from_7",
                    "held_from_1",
                ],
            )
        ]
    ).delete()
    after = _cuts(ids)
    return {counter_id for counter_id in ids if before[counter_id] != after[counter_id]}


def _offer(
    counter: Counter,
    kind: AppointmentType,
    durations: dict[tuple[int | None, int], dict[int, int]],
    policies: dict[tuple[int | None, int | None], ReleasePolicy],
    share: PoolShare | None,
) -> CounterOffering | None:
    facility = counter.facility
    own, general = durations.get((facility.pk, kind.pk), {}), durations.get((None, kind.pk), {})
    minutes: list[int | None] = [
        own.get(people, general.get(people)) if people <= kind.max_people else None
        for people in range(1, MAX_PEOPLE + 1)
    ]
    if not kind.is_active or not any(minutes):
        return None
    policy = next(
        (
            policies[key]
            for key in ((facility.pk, kind.pk), (facility.pk, None), (None, kind.pk), (None, None))
            if key in policies
        ),
        None,
    )
    held_7 = policy.held_until_7_days_percent if policy else 0
    held_1 = policy.held_until_1_day_percent if policy else 0
    return CounterOffering(
        counter=counter,
        type=kind,
        facility=facility,
        municipality_id=facility.municipality_id,
        minutes=minutes,
        policy=policy,
        shared_from=share.shared_from if share else None,
        shared_until=share.shared_until if share else None,
        reserve_until=share.reserve_percent * 10 if share else 0,
        reserve_days=share.reserve_days if share else 0,
        held_from_7=1000 - 10 * (held_7 + held_1),
        held_from_1=1000 - 10 * held_1,
    )
