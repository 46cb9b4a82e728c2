"""What families are told of their request: its link, that it was received, what is asked of them, that it ended.

Rendered when it is sent: what is true then. A reminder that was overtaken (confirmed, born, withdrawn) says nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.ical import plain
from booking.nurseries.calendar_words import say_date
from booking.nurseries.documents.needed import missing_of
from booking.nurseries.enums import ApplicationState, WhyLapsed
from booking.nurseries.models import NurseryApplication
from booking.nurseries.models.offers import still_asking
from booking.nurseries.models.requests import LIVE
from booking.residents.actions import mint_links
from booking.residents.addresses import private_link
from municipalities.phones import takes_sms
from municipalities.retention import months_before
from notifications.kinds import Rendered, Text, Urgency
from notifications.kinds import register as register_kind
from notifications.letters import Sender, letter
from notifications.models import Channel, Message
from notifications.outbox import Owed, enqueue, withdraw
from notifications.reminders import due_before

#: `Message.subject_type`, `AccessLink.subject_type` and `ReadTrace.subject_type` of a request.
REQUEST = "nursery_request"
DRAFT, RECEIVED, LINK = "nursery.draft", "nursery.received", "nursery.link"
COMPLETE, CONFIRM, BIRTH, LAPSED = "nursery.complete", "nursery.confirm", "nursery.birth", "nursery.lapsed"
#: Of siblings the one whose birth nobody declared.
CHILD_LAPSED = "nursery.child_lapsed"
#: To whoever asked for a child that somebody else had asked for already.
MERGED = "nursery.merged"
KINDS = (DRAFT, RECEIVED, LINK, COMPLETE, CONFIRM, BIRTH, LAPSED, CHILD_LAPSED, MERGED)
#: Reminders arrive in the morning.
HOUR = time(9)
LINK_FOR = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Facts:
    application: NurseryApplication
    token: str


def register() -> None:
    for kind in KINDS:
        urgency = Urgency.LATER if kind in (CONFIRM, BIRTH) else Urgency.SOON
        register_kind(kind, render, gather, urgency=urgency)


def owe(application: NurseryApplication, kind: str, *, due_at: datetime | None = None, **context: str) -> int:
    """One message about the request, in the caller's transaction. Returns how many."""
    return enqueue(owed_to(application, REQUEST, kind, due_at or timezone.now(), **context))


def owed_to(application: NurseryApplication, subject: str, kind: str, due_at: datetime, **context: str) -> list[Owed]:
    """One message to the family, by mail or else by SMS; none where it can be reached by neither.

    `subject` is what its link opens: the id is always the request's.
    """
    phone = application.phone if takes_sms(application.phone) else ""
    channel, recipient = (Channel.MAIL, application.email) if application.email else (Channel.SMS, phone)
    if not recipient:
        return []
    message = Owed(
        kind=kind,
        channel=channel,
        recipient=recipient,
        due_at=due_at,
        language=application.language,
        municipality_id=application.through_id,
        subject_type=subject,
        subject_id=application.pk,
        context=context,
    )
    return [message]


def confirm_by(application: NurseryApplication) -> datetime:
    """When the family is asked whether it still looks for a place."""
    assert application.confirmed_at is not None
    return months_before(application.confirmed_at, -settings.NURSERY_CONFIRM_MONTHS)


def lapses_at(application: NurseryApplication) -> datetime:
    """When silence ends the request."""
    return confirm_by(application) + timedelta(days=settings.NURSERY_CONFIRM_LAPSE_DAYS)


def owe_confirmations(application: NurseryApplication) -> None:
    """The question in some months and its two reminders, in place of those that were owed before."""
    withdraw(subject_id=application.pk, kinds=[CONFIRM])
    for days in (0, *settings.NURSERY_CONFIRM_AGAIN_DAYS):
        due = due_before(confirm_by(application) + timedelta(days=days), 0, HOUR)
        owe(
            application,
            CONFIRM,
            due_at=due,
            since=application.confirmed_at.isoformat() if application.confirmed_at else "",
        )


def owe_births(application: NurseryApplication) -> None:
    """Whether a child that was expected is born, some weeks after the date, for each of them."""
    withdraw(subject_id=application.pk, kinds=[BIRTH])
    for child in application.children.filter(is_live=True, member__expected_on__isnull=False).select_related("member"):
        expected = child.member.expected_on
        assert expected is not None
        at = timezone.make_aware(datetime.combine(expected, HOUR))
        for days in settings.NURSERY_BIRTH_ASKED_DAYS:
            owe(
                application, BIRTH, due_at=due_before(at + timedelta(days=days), 0, HOUR), expected=expected.isoformat()
            )


def gather(messages: Sequence[Message]) -> Mapping[int, Facts]:
    """Facts by message id; of a request that is not there any more, none."""
    known = (
        NurseryApplication.objects.filter(erased_at__isnull=True)
        .select_related("authority", "through")
        .in_bulk([message.subject_id for message in messages if message.subject_id])
    )
    told = [(message, known[message.subject_id]) for message in messages if message.subject_id in known]
    expires_at = timezone.now() + LINK_FOR
    tokens = mint_links([(REQUEST, application.pk, expires_at) for _message, application in told])
    return {message.pk: Facts(one, token) for (message, one), token in zip(told, tokens, strict=True)}


def render(message: Message, facts: Facts | None) -> Rendered | None:
    """The mail or SMS; None when it has been overtaken."""
    if facts is None or _is_overtaken(message, facts.application):
        return None
    application = facts.application
    link = private_link(facts.token, through=application.through)
    subject, lead = _words(message.kind, application)
    if message.channel == Channel.SMS:
        return Text(f"{lead} {link}", (f"{subject} {link}",))
    context = {
        "lead": lead,
        "link": link,
        "application": application,
        "service": application.authority.identity,
        "wishes": [wish.nursery.facility.name for wish in _wishes(application)] if message.kind == RECEIVED else [],
        "towns": [town.municipality.name for town in application.towns.select_related("municipality")]
        if message.kind == RECEIVED
        else [],
        "missing": missing_of(application) if message.kind in (RECEIVED, LINK) and application.is_live else [],
    }
    return letter(
        "mail/nursery_request",
        context,
        subject=plain(subject),
        sender=Sender.of(application.through or application.authority.identity),
        language=message.language,
    )


def _wishes(application: NurseryApplication) -> list:  # type: ignore[type-arg]
    return list(application.wishes.select_related("nursery__facility").order_by("rank"))


def _is_overtaken(message: Message, application: NurseryApplication) -> bool:
    if message.kind == DRAFT:
        return application.state != ApplicationState.DRAFT
    if message.kind == LAPSED:
        return application.state != ApplicationState.LAPSED
    if message.kind in (LINK, MERGED):
        return False
    if application.state not in LIVE:
        return True
    if message.kind == CHILD_LAPSED:
        return not application.children.filter(is_live=False, lapsed_at__isnull=False).exists()
    if message.kind == CONFIRM:
        confirmed = application.confirmed_at.isoformat() if application.confirmed_at else ""
        waits = still_asking().filter(application=application)
        return bool(message.context.get("since", "") != confirmed) or not waits.exists()
    if message.kind == BIRTH:
        expected = message.context.get("expected", "")
        return not application.children.filter(is_live=True, member__expected_on=expected).exists()
    return False


def _words(kind: str, application: NurseryApplication) -> tuple[str, str]:
    """The subject, and the sentence on top, which is all of an SMS."""
    facts = {"number": application.reference, "service": application.authority.name}
    if kind == DRAFT:
        return (
            _("Votre demande de place en crèche : le lien pour la reprendre"),
            _("Votre demande est commencée. Ce lien la reprend où vous l’avez laissée, sur n’importe quel appareil :"),
        )
    if kind == RECEIVED:
        day = {"day": say_date(timezone.localdate(application.received_at)) if application.received_at else ""}
        return (
            _("Demande de crèche %(number)s : reçue") % facts,
            _("Votre demande de place en crèche n° %(number)s est reçue le %(day)s par : %(service)s.") % (facts | day),
        )
    if kind == COMPLETE:
        return (
            _("Demande de crèche %(number)s : dossier complet") % facts,
            _("Le dossier n° %(number)s est complet : il est examiné à la prochaine commission.") % facts,
        )
    if kind == CONFIRM:
        until = say_date(timezone.localdate(lapses_at(application)))
        return (
            _("Demande de crèche %(number)s : cherchez-vous toujours une place ?") % facts,
            _("Cherchez-vous toujours une place ? Dites-le avant le %(day)s, sinon la demande s’éteint :")
            % {"day": until},
        )
    if kind == BIRTH:
        return (
            _("Demande de crèche %(number)s : votre enfant est-il né ?") % facts,
            _("Votre enfant est-il né ? Donnez sa date de naissance, pour que la demande continue :"),
        )
    if kind == CHILD_LAPSED:
        return (
            _("Demande de crèche %(number)s : un enfant n’y est plus") % facts,
            _(
                "Une naissance n’a pas été déclarée : la demande continue sans cet enfant. Pendant %(days)s jours, "
                "ajoutez-le de nouveau par ce lien, rien n’est perdu :"
            )
            % {"days": settings.NURSERY_COME_BACK_DAYS},
        )
    if kind == MERGED:
        return (
            _("Demande de crèche %(number)s : réunie avec une autre") % facts,
            _(
                "Votre demande n° %(number)s est réunie avec une autre, faite pour le même enfant : tout y continue. "
                "Ne recommencez rien, ce lien dit à qui s’adresser :"
            )
            % facts,
        )
    if kind == LAPSED:
        why = _("faute de réponse") if application.why_lapsed == WhyLapsed.SILENCE else _("faute de naissance déclarée")
        days = {"why": why, "days": settings.NURSERY_COME_BACK_DAYS}
        return (
            _("Demande de crèche %(number)s : éteinte") % facts,
            _("Votre demande s’est éteinte, %(why)s. Pendant %(days)s jours, ce lien la reprend, rien n’est perdu :")
            % days,
        )
    return (
        _("Demande de crèche %(number)s : votre lien") % facts,
        _("Ce lien ouvre votre demande de place en crèche n° %(number)s :") % facts,
    )


def send_links(contact: str) -> None:
    """A fresh link to each request known at this mailbox or number, in the caller's transaction."""
    reached = NurseryApplication.objects.filter(erased_at__isnull=True)
    reached = reached.filter(email=contact) if "@" in contact else reached.filter(phone=contact)
    for application in reached:
        owe(application, DRAFT if application.is_draft else LINK)


def names(ids: Sequence[UUID]) -> dict[UUID, str]:
    """What an auditor reads instead of ids."""
    return dict(NurseryApplication.objects.filter(pk__in=ids).values_list("pk", "reference"))


def look_up(typed: str) -> list[UUID]:
    found = NurseryApplication.objects.filter(reference__icontains=typed)
    return list(found.values_list("pk", flat=True)[:200])
