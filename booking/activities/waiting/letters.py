"""What a family that waits is told: that a place is held for them, until when; and that their list is no more."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from booking.activities.models import EnrolmentState, Group, Waiting
from booking.residents.addresses import absolute
from booking.residents.families.reaching import addresses_of
from municipalities.wording import say_moment
from notifications.kinds import Mail, Text
from notifications.kinds import register as register_kind
from notifications.letters import Sender, letter
from notifications.models import Channel, Message
from notifications.outbox import Owed, enqueue

OFFER, LIST_OVER = "activities.offer", "activities.list_over"
#: `Message.subject_type` of who waits.
WAITING = "activities.waiting"


def register() -> None:
    register_kind(OFFER, render_offer, gather)
    register_kind(LIST_OVER, render_list_over, gather)


def owe_offer(entry: Waiting, until: datetime, *, now: datetime) -> int:
    """That a place is held for them, in the offer's transaction."""
    return _owe(OFFER, entry, now, until=until.isoformat())


def owe_list_over(
    entry: Waiting, *, now: datetime, merged: tuple[int, int] | None = None, has_place: bool = False
) -> int:
    """That nobody waits for their group any more: its sessions are called off, or it was `merged`, the one group into
    the other, where somebody who has no place there waits on. In the transaction that does.
    """
    groups = dict(zip(("group", "into"), merged, strict=True)) if merged else {}
    return _owe(LIST_OVER, entry, now, **groups, has_place=has_place)


def _owe(kind: str, entry: Waiting, now: datetime, **context: Any) -> int:
    """To every adult of the family that waits: by mail, and by SMS where one is taken."""
    return enqueue(
        [
            Owed(
                kind=kind,
                channel=one.channel,
                recipient=one.recipient,
                due_at=now,
                language=entry.language,
                municipality_id=entry.household.home_municipality_id,
                subject_type=WAITING,
                subject_id=entry.pk,
                context=context,
            )
            for one in addresses_of([entry.household_id], sms=True)
        ]
    )


def gather(messages: Sequence[Message]) -> Mapping[int, Waiting]:
    ids: list[UUID] = [one.subject_id for one in messages if one.subject_id]
    found = Waiting.objects.select_related(
        "offer",
        "member",
        "group__activity__season__operator__municipality",
        "group__basin__pool__facility",
    ).in_bulk(ids)
    return {one.pk: found[one.subject_id] for one in messages if one.subject_id in found}


def render_offer(message: Message, entry: Waiting | None) -> Mail | Text | None:
    """None once it was answered, or has lapsed before the letter left."""
    until = parse_datetime(str(message.context.get("until", "")))
    if entry is None or until is None or entry.offer is None:
        return None
    if entry.offer.state != EnrolmentState.OFFERED or entry.offer.held_until != until:
        return None
    group = entry.group
    with translation.override(message.language):
        link = absolute("enrol:waiting", through=None)
        subject = _("Une place pour vous : %(what)s") % {"what": group.activity}
        when = say_moment(until)
        if message.channel == Channel.SMS:
            return Text(_("%(subject)s. Répondez avant : %(when)s.") % {"subject": subject, "when": when} + f" {link}")
        context = {
            "who": entry.member.given_name,
            "what": str(group),
            "where": group.basin.pool.facility.name,
            "until": when,
            "link": link,
        }
        sender = Sender.of(group.activity.season.operator.identity)
        return letter("mail/place_offered", context, subject=subject, sender=sender, language=message.language)


def render_list_over(message: Message, entry: Waiting | None) -> Mail | Text | None:
    if entry is None:
        return None
    known = Group.objects.select_related("activity__season__operator__municipality", "basin__pool__facility")
    groups = known.in_bulk([message.context[name] for name in ("group", "into") if name in message.context])
    before = groups.get(message.context.get("group", 0), entry.group)
    into = groups.get(message.context.get("into", 0))
    with translation.override(message.language):
        said = _("Votre liste d’attente change de groupe : %(what)s") if into else _("Vous n’attendez plus : %(what)s")
        subject = said % {"what": before.activity}
        link = absolute("enrol:waiting", through=None)
        if message.channel == Channel.SMS:
            return Text(f"{subject}. {link}", (subject,))
        context = {
            "who": entry.member.given_name,
            "before": str(before),
            "into": str(into) if into else "",
            "where": (into or before).basin.pool.facility.name,
            "has_place": message.context.get("has_place", False),
            "link": link,
        }
        sender = Sender.of(before.activity.season.operator.identity)
        return letter("mail/list_over", context, subject=subject, sender=sender, language=message.language)
