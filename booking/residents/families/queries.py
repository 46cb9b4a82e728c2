"""Families as pages and services ask for them."""

from collections.abc import Sequence

from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet

from booking.residents.models import Guardian, HealthAttestation, Household, Member, Membership, SeenPaper


def members_of(household: Household) -> list[Member]:
    """The eldest first, the expected last. Their attestations are at hand."""
    found = household.members.filter(erased_at__isnull=True).prefetch_related(
        Prefetch("attestations", HealthAttestation.objects.order_by("-season"))
    )
    return list(found.order_by("born_on", "expected_on", "created_at"))


def guardians_of(household: Household) -> list[Guardian]:
    return list(household.guardians.order_by("created_at", "pk"))


def papers_of(household: Household) -> list[SeenPaper]:
    return list(household.papers.select_related("member", "seen_by").order_by("-seen_on", "-pk"))


def same_child_twice() -> list[Sequence[Member]]:
    """Members of different households who are one person by name and birth date: for agents to merge or to leave."""
    at_home = Membership.objects.filter(member=OuterRef("pk"), household__erased_at__isnull=True)
    living = Member.objects.filter(Exists(at_home), erased_at__isnull=True).exclude(identity="")
    doubled = living.order_by().values("identity").annotate(number=Count("pk")).filter(number__gt=1).values("identity")
    found: dict[str, list[Member]] = {}
    for member in _with_families(living.filter(identity__in=doubled)):
        found.setdefault(member.identity, []).append(member)
    return list(found.values())


def _with_families(members: QuerySet[Member]) -> QuerySet[Member]:
    households = Household.objects.living().select_related("home_municipality").prefetch_related("guardians")
    return members.prefetch_related(Prefetch("households", households)).order_by("identity", "created_at", "pk")
