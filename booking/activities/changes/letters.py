"""What families are told when the pool changes something of theirs. No name stands in it: mailboxes are shared."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from booking.activities.changes.rules import say_rule
from booking.activities.models import Enrolment, EnrolmentState, Group, Seat, Session
from booking.activities.models.seasons import CreditRule
from booking.activities.seasons.groups import Replanned
from booking.residents.addresses import absolute
from booking.residents.families.reaching import addresses_of, homes_of
from municipalities.wording import say_moment, say_time, say_weekday
from notifications.kinds import Mail, Text
from notifications.kinds import register as register_kind
from notifications.letters import Sender, letter
from notifications.models import Channel, Message
from notifications.outbox import Owed, enqueue, take_back

CALLED_OFF, MOVED, MERGED = "activities.called_off", "activities.moved", "activities.merged"
REPLANNED = "activities.replanned"
CHANGES = (CALLED_OFF, MOVED, MERGED, REPLANNED)
#: Nobody is named: whoever may have to stay at home is told, wherever they read it.
EVERY_WAY = {"confirmed": False, "sms": True}
#: `Message.subject_type`: no private link opens these, a family signs in.
OF_SESSION = "activities.session"


def register() -> None:
    register_kind(CALLED_OFF, render_called_off, _sessions)
    register_kind(MOVED, render_moved, _sessions)
    register_kind(MERGED, render_merged, _sessions)
    register_kind(REPLANNED, render_replanned, _sessions)


def owe(
    kind: str,
    session: Session,
    members: Iterable[UUID],
    own: Mapping[str, Mapping[str, Any]] | None = None,
    **context: Any,
) -> int:
    """To every adult of every family these members belong to, once for each mailbox and for each telephone that takes
    messages; `own` is what is said otherwise to some of them.
    """
    reached = addresses_of(homes_of(set(members)), **EVERY_WAY)
    languages = {(one.channel, one.recipient): one.guardian.household.language for one in reached}
    now = timezone.now()
    return enqueue(
        [
            Owed(
                kind=kind,
                channel=channel,
                recipient=recipient,
                due_at=now,
                language=language,
                subject_type=OF_SESSION,
                subject_id=session.pk,
                context=context | dict((own or {}).get(recipient, {})),
            )
            for (channel, recipient), language in sorted(languages.items())
        ]
    )


def owe_replanned(change: Replanned) -> None:
    """To everybody in a group that was planned anew, in the transaction that does; who has one session of it alone is
    told where that one moves.
    """
    enrolled = Enrolment.objects.enrolled().filter(group=change.group)
    members = list(enrolled.whole().values_list("member", flat=True))
    ahead = Session.objects.planned().filter(group=change.group, starts_at__gt=timezone.now())
    next_one = ahead.order_by("starts_at").first()
    if members and next_one is not None:
        knew = _untold(REPLANNED, context__group=change.group.pk)
        owe(REPLANNED, next_one, members, knew, group=change.group.pk, before=_hour_of(change.before))
    single: dict[Session, list[UUID]] = defaultdict(list)
    for one in enrolled.filter(session__in=change.moved).select_related("session").order_by("pk"):
        assert one.session is not None
        single[one.session].append(one.member_id)
    for session, alone in single.items():
        owe_moved(session, alone, before=change.moved[session.pk])


def owe_moved(session: Session, members: Iterable[UUID], *, before: datetime) -> int:
    """Who was not told yet of a move before this one is told of both at once."""
    knew = _untold(MOVED, subject_id=session.pk)
    return owe(MOVED, session, members, knew, before=before.isoformat(), to=session.starts_at.isoformat())


def _untold(kind: str, **of: Any) -> dict[str, dict[str, Any]]:
    """Take back the letters of an earlier change that have not left: one letter says where it all came to. By mailbox
    what its reader knows, which is how it was before the first of these changes.
    """
    earlier = take_back(kind=kind, **of)
    return {one.recipient: {"before": one.context["before"]} for one in reversed(earlier) if "before" in one.context}


def _hour_of(group: Group) -> dict[str, Any]:
    """What of a group's hour is told to who knew it: data, for it is said in the reader's language."""
    return {
        "weekday": group.weekday,
        "starts": group.starts.isoformat(),
        "ends": group.ends.isoformat(),
        "pool": group.basin.pool.facility.name,
    }


def _say_hour(hour: Mapping[str, Any]) -> str:
    """« lundi 16 h – 16 h 45 », in the active language."""
    starts, ends = (say_time(time.fromisoformat(hour[name])) for name in ("starts", "ends"))
    return f"{say_weekday(hour['weekday'])} {starts} – {ends}"


def told_of(ids: Collection[UUID]) -> set[UUID]:
    """Of these sessions those that families had a place in when they were called off."""
    lost = Seat.objects.filter(
        session__in=ids, freed_at=F("session__called_off_at"), enrolment__state=EnrolmentState.ENROLLED
    )
    return set(lost.values_list("session", flat=True))


def _sessions(messages: Sequence[Message]) -> Mapping[int, Session]:
    found = Session.objects.select_related(
        "group__activity__season__operator__municipality", "group__basin__pool__facility"
    ).in_bulk({one.subject_id for one in messages})
    return {one.pk: found[one.subject_id] for one in messages if one.subject_id in found}


def _letter(
    message: Message, session: Session, template: str, subject: str, sms: tuple[str, str], **more: Any
) -> Mail | Text:
    """The mail, or the SMS: in full, and shorter."""
    if message.channel == Channel.SMS:
        return Text(sms[0], sms[1:])
    group = session.group
    season = group.activity.season
    context = {
        "session": session,
        "group": group,
        "pool": group.basin.pool.facility,
        "may_cancel": season.sessions_tried is not None,
        "link": absolute("enrol:mine", through=None),
        **more,
    }
    with translation.override(message.language):
        context["rule"] = say_rule(season.sessions_tried)
    sender = Sender.of(season.operator.identity)
    return letter(template, context, subject=subject, sender=sender, language=message.language)


def render_called_off(message: Message, session: Session | None) -> Mail | Text | None:
    """None where it takes place after all."""
    if session is None or not session.is_called_off:
        return None
    with translation.override(message.language):
        subject = _("Séance annulée : %(activity)s") % {"activity": session.group.activity}
        short = f"{subject}, {say_moment(session.starts_at)}"
    sms = (f"{short}, {session.group.basin.pool.facility.name}.", f"{short}.")
    return _letter(message, session, "mail/session_called_off", subject, sms)


def render_moved(message: Message, session: Session | None) -> Mail | Text | None:
    """None where it was called off since, or moved once more: then another letter says so; or where it is back at the
    hour they know.
    """
    before = _moment(message, "before")
    if session is None or before is None or session.is_called_off or session.starts_at == before:
        return None
    if _moment(message, "to") != session.starts_at:
        return None
    with translation.override(message.language):
        subject = _("Séance déplacée : %(activity)s") % {"activity": session.group.activity}
        said = {"subject": subject, "when": say_moment(session.starts_at), "before": say_moment(before)}
        full = _("%(subject)s. Nouvelle date : %(when)s, au lieu de : %(before)s.") % said
    sms = (full, f"{subject}, {said['when']}.")
    return _letter(message, session, "mail/session_moved", subject, sms, before=before)


def render_merged(message: Message, session: Session | None) -> Mail | Text | None:
    """`session` is the first one in the other group."""
    known = Group.objects.select_related("activity", "basin__pool__facility")
    before = known.filter(pk=message.context.get("group")).first()
    if session is None or before is None:
        return None
    was = _hour_of(before)
    with translation.override(message.language):
        subject = _("Votre groupe est réuni avec un autre : %(activity)s") % {"activity": session.group.activity}
        said = {
            "before": before,
            "hour": _say_hour(_hour_of(session.group)),
            "hour_before": _say_hour(was),
            "pool_before": was["pool"],
            "gives_credit": before.credit_rule == CreditRule.CREDIT,
        }
        sms = _next_one(subject, session)
    return _letter(message, session, "mail/groups_merged", subject, sms, **said)


def _next_one(subject: str, session: Session) -> tuple[str, str]:
    said = {"subject": subject, "when": say_moment(session.starts_at), "pool": session.group.basin.pool.facility.name}
    return _("%(subject)s. Prochaine séance : %(when)s, %(pool)s.") % said, f"{subject}, {said['when']}."


def render_replanned(message: Message, session: Session | None) -> Mail | Text | None:
    """`session` was the next one then; None where that is no more, for then another letter says so."""
    if session is None or session.is_called_off or session.starts_at <= timezone.now():
        return None
    now, before = _hour_of(session.group), message.context.get("before")
    with translation.override(message.language):
        subject = _("Vos séances changent : %(activity)s") % {"activity": session.group.activity}
        said = {"hour": _say_hour(now), "keeps_hour": before == now}
        if before and before != now:
            said |= {"hour_before": _say_hour(before), "pool_before": before["pool"]}
        sms = _next_one(subject, session)
    return _letter(message, session, "mail/group_replanned", subject, sms, **said)


def _moment(message: Message, name: str) -> datetime | None:
    return parse_datetime(str(message.context.get(name, "")))
