"""What families are told of occasional care: that they may take half-days, what they took, what came back for them,
what a closure takes from them.

Rendered when it is sent: an offer that was answered or has lapsed says nothing, nor does a half-day given back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from booking.ical import plain
from booking.nurseries.messages.requests import owed_to
from booking.nurseries.models import Nursery, NurseryApplication, OccasionalAdmission, OccasionalStay
from booking.nurseries.models.occasional import StayState
from booking.nurseries.occasional.days import HalfDay, care_of
from booking.nurseries.occasional.words import say_half
from booking.residents.actions import mint_links
from booking.residents.addresses import private_link
from municipalities.wording import say_moment
from notifications.kinds import Rendered, Text
from notifications.kinds import register as register_kind
from notifications.letters import Sender, letter
from notifications.models import Channel, Message
from notifications.outbox import enqueue

#: `Message.subject_type` and `AccessLink.subject_type` of a family's half-days; the id is the request's.
SUBJECT = "nursery_occasional"
ADMITTED, OFFERED, TAKEN = "nursery.occasional_admitted", "nursery.occasional_offered", "nursery.occasional_taken"
CLOSED = "nursery.occasional_closed"
LINK_FOR = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Facts:
    """`closed`: the half-day that a closure has taken, whose stay is there no more."""

    application: NurseryApplication
    place: str
    stay: OccasionalStay | None
    token: str
    closed: tuple[date, str] | None = None


def register() -> None:
    for kind in (ADMITTED, OFFERED, TAKEN, CLOSED):
        register_kind(kind, render, gather)


def owe(application: NurseryApplication, kind: str, **context: str) -> int:
    """One message about half-days, in the caller's transaction. Returns how many."""
    return enqueue(owed_to(application, SUBJECT, kind, timezone.now(), **context))


def owe_closed(stay: OccasionalStay) -> int:
    """That a half-day which was taken does not take place."""
    half_day = {"day": stay.day.isoformat(), "half": stay.half}
    return owe(stay.child.application, CLOSED, nursery=str(stay.place.nursery_id), **half_day)


def gather(messages: Sequence[Message]) -> Mapping[int, Facts]:
    """Facts by message id; of a request that is erased, none."""
    parts = ("child__application__through", "child__application__authority__municipality")
    stays = OccasionalStay.objects.select_related(*parts, "place__nursery__facility").in_bulk(_ids(messages, "stay"))
    admissions = OccasionalAdmission.objects.select_related(*parts, "nursery__facility").in_bulk(
        [int(one.context["admission"]) for one in messages if "admission" in one.context]
    )
    closed = [one for one in messages if one.kind == CLOSED]
    applications = NurseryApplication.objects.select_related("through", "authority__municipality").in_bulk(
        [one.subject_id for one in closed]
    )
    names = dict(
        Nursery.objects.filter(pk__in=[int(one.context["nursery"]) for one in closed]).values_list(
            "pk", "facility__name"
        )
    )
    found: dict[int, tuple[NurseryApplication, str, OccasionalStay | None]] = {}
    for message in messages:
        if "stay" in message.context:
            stay = stays.get(UUID(message.context["stay"]))
            if stay is not None:
                found[message.pk] = (stay.child.application, stay.place.nursery.facility.name, stay)
        elif message.kind == CLOSED:
            if message.subject_id in applications:
                name = names[int(message.context["nursery"])]
                found[message.pk] = (applications[message.subject_id], name, None)
        else:
            admission = admissions.get(int(message.context["admission"]))
            if admission is not None and admission.ended_at is None:
                found[message.pk] = (admission.child.application, admission.nursery.facility.name, None)
    found = {pk: one for pk, one in found.items() if one[0].erased_at is None}
    until = timezone.now() + LINK_FOR
    tokens = mint_links([(SUBJECT, application.pk, until) for application, _place, _stay in found.values()])
    days = {one.pk: (date.fromisoformat(one.context["day"]), one.context["half"]) for one in closed}
    return {
        pk: Facts(application, place, stay, token, days.get(pk))
        for (pk, (application, place, stay)), token in zip(found.items(), tokens, strict=True)
    }


def _ids(messages: Sequence[Message], name: str) -> list[UUID]:
    return [UUID(one.context[name]) for one in messages if name in one.context]


def render(message: Message, facts: Facts | None) -> Rendered | None:
    """None when it is overtaken."""
    if facts is None or not _still_true(message.kind, facts.stay):
        return None
    with override(message.language):
        link = private_link(facts.token, through=facts.application.through)
        subject, lead = _words(message.kind, facts)
        if message.channel == Channel.SMS:
            return Text(f"{lead} {link}", (f"{subject} {link}",))
    return letter(
        "mail/nursery_occasional",
        {"lead": lead, "link": link, "may_give_back": message.kind == TAKEN},
        subject=plain(subject),
        sender=Sender.of(facts.application.through or facts.application.authority.identity),
        language=message.language,
    )


def _still_true(kind: str, stay: OccasionalStay | None) -> bool:
    if kind in (ADMITTED, CLOSED):
        return True
    if stay is None:
        return False
    if kind == OFFERED:
        return stay.state == StayState.OFFERED and stay.until is not None and stay.until > timezone.now()
    return stay.state == StayState.TAKEN


def _words(kind: str, facts: Facts) -> tuple[str, str]:
    """The fact, for the subject and on top, and what follows from it."""
    if facts.closed is not None:
        said = {"place": facts.place, "day": say_half(*facts.closed)}
        return (
            _("Crèche fermée, demi-journée annulée : %(day)s") % said,
            _("La crèche ferme : la demi-journée que vous aviez prise n’a pas lieu (%(day)s, %(place)s).") % said,
        )
    if facts.stay is None:
        said = {"place": facts.place}
        return (
            _("Accueil occasionnel : %(place)s") % said,
            _(
                "Votre enfant est admis : %(place)s. Vous prenez vous-même les demi-journées libres des deux semaines "
                "à venir."
            )
            % said,
        )
    stay = facts.stay
    half_day = HalfDay(care_of(stay.place.nursery), stay.day, stay.half)
    said = {"place": facts.place, "day": say_half(stay.day, stay.half)}
    if kind == OFFERED:
        assert stay.until is not None
        said["until"] = say_moment(stay.until)
        return (
            _("Une demi-journée s’est libérée : %(day)s") % said,
            _("La demi-journée que vous attendiez est libre : %(day)s, %(place)s. Répondez avant %(until)s.") % said,
        )
    said["until"] = say_moment(half_day.given_back_by)
    return (
        _("Demi-journée prise : %(day)s") % said,
        _("Votre enfant est attendu : %(day)s, %(place)s. Vous pouvez rendre la demi-journée avant %(until)s.") % said,
    )
