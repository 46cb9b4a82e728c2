"""Where families are reached: the mailboxes and the telephones of their adults."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from booking.residents.models import Guardian, Membership
from municipalities.phones import takes_sms
from notifications.models import Channel


@dataclass(frozen=True, slots=True)
class Address:
    """One way to reach a family. The guardian comes with the household."""

    guardian: Guardian
    channel: str
    recipient: str


def addresses_of(households: Collection[UUID], *, confirmed: bool = True, sms: bool = False) -> list[Address]:
    """Each once for each family, the eldest adult's first; `sms`: telephones too that take one. One query.

    A mailbox that nobody has shown to read may be somebody else's. What names a person, or is for that family alone,
    goes to confirmed adults; only what names nobody, and must be known before one sets out, goes to all
    (`confirmed=False`).
    """
    adults = Guardian.objects.filter(household__in=households).select_related("household").order_by("created_at", "pk")
    if confirmed:
        adults = adults.filter(confirmed_at__isnull=False)
    found: dict[tuple[UUID, str, str], Address] = {}
    for one in adults:
        reached = [(str(Channel.MAIL), one.email)] if one.email else []
        if sms and takes_sms(one.phone):
            reached.append((str(Channel.SMS), one.phone))
        for channel, recipient in reached:
            found.setdefault((one.household_id, channel, recipient), Address(one, channel, recipient))
    return list(found.values())


def homes_of(members: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """The households that these belong to, each with those of them that are theirs. One query."""
    homes: dict[UUID, list[UUID]] = defaultdict(list)
    living = Membership.objects.filter(member__in=members, household__erased_at__isnull=True)
    for member, household in living.values_list("member", "household"):
        homes[household].append(member)
    return homes
