"""What families are told when a pool closes: one letter to each address about all they lose by it, and who has none."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.activities.changes.calling_off import Credited
from booking.activities.changes.letters import CALLED_OFF, EVERY_WAY, OF_SESSION
from booking.activities.models import EndReason, Enrolment, EnrolmentState, Seat, Session
from booking.activities.models.seasons import CreditRule
from booking.payments.sums import say_cents
from booking.residents.addresses import absolute
from booking.residents.families.reaching import addresses_of, homes_of
from booking.residents.models import Guardian
from municipalities.models import Closure
from municipalities.wording import say_moment
from notifications.kinds import Mail, Text
from notifications.kinds import register as register_kind
from notifications.letters import Sender, letter
from notifications.models import Channel, Message, MessageState
from notifications.outbox import Owed, enqueue

CLOSED = "activities.closed"
#: These have reached nobody.
LOST = (MessageState.FAILED, MessageState.BOUNCED, MessageState.AMBIGUOUS)


def register() -> None:
    register_kind(CLOSED, render, gather)


def owe(
    ids: Sequence[UUID],
    enrolled: Sequence[Enrolment],
    due: Sequence[Credited],
    *,
    closure: Closure | None,
    now: datetime,
) -> int:
    """Once to every mailbox and every telephone that takes messages, of every family that these members belong to.

    The sum of the credit notes is told to the household that has them alone. In the caller's transaction; how many.
    """
    sessions: dict[UUID, list[str]] = defaultdict(list)
    lost = Seat.objects.filter(session__in=ids, enrolment__in=enrolled).order_by("period")
    for member, session in lost.values_list("member", "session"):
        sessions[member].append(str(session))
    cents: dict[UUID, int] = defaultdict(int)
    for one in due:
        cents[one.enrolment.basket.household_id] += one.cents
    told: dict[tuple[str, str], _Told] = {}
    homes = homes_of(sessions)
    for reached in addresses_of(homes, **EVERY_WAY):
        home = reached.guardian.household
        known = told.setdefault((reached.channel, reached.recipient), _Told(home.language))
        known.homes.add(home.pk)
        known.sessions |= {session for member in homes[home.pk] for session in sessions[member]}
    return enqueue(
        [
            Owed(
                kind=CLOSED,
                channel=channel,
                recipient=address,
                due_at=now,
                language=one.language,
                subject_type=OF_SESSION,
                subject_id=UUID(min(one.sessions)),
                context={
                    "sessions": sorted(one.sessions),
                    # Two adults of one home with one address are told its sum once.
                    "cents": sum(cents.get(home, 0) for home in one.homes),
                    "closure": closure.pk if closure else None,
                },
            )
            for (channel, address), one in sorted(told.items(), key=lambda pair: pair[0])
        ]
    )


@dataclass
class _Told:
    language: str
    sessions: set[str] = field(default_factory=set)
    homes: set[UUID] = field(default_factory=set)


def gather(messages: Sequence[Message]) -> Mapping[int, list[Session]]:
    """Of each the sessions it is about that do not take place."""
    ids = {pk for one in messages for pk in one.context.get("sessions", ())}
    found = Session.objects.filter(called_off_at__isnull=False).select_related(
        "group__activity__season__operator__municipality", "group__basin__pool__facility"
    )
    known = {str(pk): one for pk, one in found.in_bulk([UUID(pk) for pk in ids]).items()}
    return {
        one.pk: sorted(
            (known[pk] for pk in one.context.get("sessions", ()) if pk in known), key=lambda session: session.starts_at
        )
        for one in messages
    }


def render(message: Message, sessions: list[Session] | None) -> Mail | Text | None:
    """None once all of them take place after all. No name stands in it: mailboxes are shared."""
    if not sessions:
        return None
    first = sessions[0]
    pool = first.group.basin.pool.facility
    with translation.override(message.language):
        number = len(sessions)
        subject = ngettext(
            "%(pool)s fermée : votre séance n’a pas lieu", "%(pool)s fermée : %(n)d séances n’ont pas lieu", number
        ) % {"pool": pool.name, "n": number}
        if message.channel == Channel.SMS:
            more = "" if number == 1 else _(" et %(n)d autres") % {"n": number - 1}
            said = {"activity": first.group.activity, "when": say_moment(first.starts_at), "more": more}
            whole = _("%(activity)s, %(when)s%(more)s.") % said
            return Text(f"{subject}. {whole}", (subject,))
        cents = int(message.context.get("cents", 0))
        context = {
            "sessions": sessions,
            "reason": str(first.reason),
            "pool": pool,
            "credit": say_cents(cents) if cents else "",
            "link": absolute("enrol:mine", through=None),
            "catch_up": any(one.group.credit_rule == CreditRule.CATCH_UP for one in sessions),
        }
        sender = Sender.of(first.group.activity.season.operator.identity)
        return letter("mail/pool_closed", context, subject=subject, sender=sender, language=message.language)


@dataclass
class Unreached:
    """A family whom nothing has reached, with the telephones of its adults."""

    household: UUID
    members: list[str] = field(default_factory=list)
    adults: list[tuple[str, str]] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)


def unreached(sessions: QuerySet[Session]) -> list[Unreached]:
    """Families who lose one of these sessions, which were called off together, and have no address, or whose every
    message came back.
    """
    lost = Seat.objects.filter(
        session__in=sessions,
        freed_at=F("session__called_off_at"),
        enrolment__state__in=[EnrolmentState.ENROLLED, EnrolmentState.ENDED],
        enrolment__enrolled_at__isnull=False,
    ).select_related("member", "session__group__activity", "enrolment__basket")
    # Their group was merged: they lose nothing by it.
    lost = lost.exclude(enrolment__ended_at=F("freed_at"), enrolment__end_reason=EndReason.MOVED)
    homes: dict[UUID, Unreached] = {}
    for seat in lost.order_by("member__family_name", "period"):
        one = homes.setdefault(seat.enrolment.basket.household_id, Unreached(seat.enrolment.basket.household_id))
        if str(seat.member) not in one.members:
            one.members.append(str(seat.member))
        if seat.session not in one.sessions:
            one.sessions.append(seat.session)
    states: dict[str, set[str]] = defaultdict(set)
    about = {session.pk for one in homes.values() for session in one.sessions}
    sent = Message.objects.filter(subject_id__in=about, kind__in=[CLOSED, CALLED_OFF])
    for address, state in sent.values_list("recipient", "state"):
        states[address].add(state)
    for guardian in Guardian.objects.filter(household__in=homes).order_by("created_at", "pk"):
        homes[guardian.household_id].adults.append((guardian.name, guardian.phone))
    reached = {
        one.guardian.household_id for one in addresses_of(homes, **EVERY_WAY) if states[one.recipient] - set(LOST)
    }
    return [one for pk, one in homes.items() if pk not in reached]
