"""Finding a family by whatever a caller says: a name, a mailbox, a telephone number."""

import re
from collections.abc import Sequence
from uuid import UUID

from django.db.models import Prefetch, Q

from booking.residents.models import Guardian, Household, Member
from municipalities.models import StaffMember

FOUND_AT_MOST = 50
MOST_WORDS = 4
LEAST_OF_A_NAME = 2
LEAST_OF_A_PHONE = 4
LEAST_OF_AN_ADDRESS = 4
_PHONE = re.compile(r"\+?[\d\s().\-/]+")


def find_families(staff: StaffMember, asked: str) -> list[Household]:
    """Families this person serves whose adult or member is called so, or is reached there. Three queries."""
    wanted = _by_contact(asked.strip()) | _by_name(asked.split()[:MOST_WORDS])
    members = Member.objects.there()
    found = Household.objects.visible_to(staff).filter(wanted).select_related("home_municipality")
    return list(
        found.prefetch_related(
            Prefetch("guardians", Guardian.objects.order_by("created_at")), Prefetch("members", members)
        ).order_by("-active_on", "pk")[:FOUND_AT_MOST]
    )


def _by_contact(asked: str) -> Q:
    nobody = Q(pk__in=[])
    if "@" in asked and len(asked) >= LEAST_OF_AN_ADDRESS:
        return Q(pk__in=Guardian.objects.filter(email__icontains=asked).values("household"))
    if not _PHONE.fullmatch(asked):
        return nobody
    digits = re.sub(r"\D", "", asked.replace("(0)", ""))
    digits = digits.removeprefix("00") if digits.startswith("00") else digits.removeprefix("0")
    if len(digits) < LEAST_OF_A_PHONE:
        return nobody
    return Q(pk__in=Guardian.objects.filter(phone__contains=digits).values("household"))


def _by_name(words: Sequence[str]) -> Q:
    """All the words in the name of one person, accents or not."""
    words = [word for word in words if len(word) >= LEAST_OF_A_NAME and "@" not in word and not word.isdigit()]
    if not words:
        return Q(pk__in=[])
    members, adults = Member.objects.filter(erased_at__isnull=True), Guardian.objects.all()
    for word in words:
        members = members.filter(Q(given_name__unaccent__icontains=word) | Q(family_name__unaccent__icontains=word))
        adults = adults.filter(name__unaccent__icontains=word)
    return Q(pk__in=members.values("memberships__household")) | Q(pk__in=adults.values("household"))


def names(ids: Sequence[UUID]) -> dict[UUID, str]:
    """What an auditor reads instead of ids: the adults' names."""
    found: dict[UUID, list[str]] = {}
    for adult in Guardian.objects.filter(household__in=ids).order_by("created_at"):
        found.setdefault(adult.household_id, []).append(str(adult))
    return {pk: ", ".join(adults) for pk, adults in found.items()}


def look_up(typed: str) -> list[UUID]:
    wanted = _by_contact(typed.strip()) | _by_name(typed.split()[:MOST_WORDS])
    return list(Household.objects.filter(wanted).values_list("pk", flat=True)[:FOUND_AT_MOST])
