"""What families are told besides their places: that an offer lapsed, that an appeal was received, how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from booking.ical import plain
from booking.nurseries.answers.messages import LINK_FOR, SUBJECT
from booking.nurseries.calendar_words import say_date
from booking.nurseries.messages.requests import owed_to
from booking.nurseries.models import Appeal, NurseryOffer
from booking.nurseries.models.offers import OfferState
from booking.residents.actions import mint_links
from booking.residents.addresses import private_link
from notifications.kinds import Rendered, Text
from notifications.kinds import register as register_kind
from notifications.letters import Sender, letter
from notifications.models import Channel, Message
from notifications.outbox import enqueue

LAPSED, APPEAL = "nursery.offer_lapsed", "nursery.appeal"


@dataclass(frozen=True, slots=True)
class Facts:
    """What it is about, with the token of a fresh link."""

    about: NurseryOffer | Appeal
    token: str


def register() -> None:
    for kind in (LAPSED, APPEAL):
        register_kind(kind, render, gather)


def owe_lapsed(offer: NurseryOffer) -> None:
    """That the place has gone on, in the transaction in which it does."""
    enqueue(owed_to(offer.child.application, SUBJECT, LAPSED, timezone.now(), offer=str(offer.pk)))


def owe_appeal(appeal: Appeal) -> None:
    """That it was received, or how it ended: what is true when the message leaves."""
    enqueue(owed_to(appeal.child.application, SUBJECT, APPEAL, timezone.now(), appeal=str(appeal.pk)))


def gather(messages: Sequence[Message]) -> Mapping[int, Facts]:
    """Facts by message id; of a request that was erased, none."""
    related = ("child__application__through", "child__application__authority")
    offers = NurseryOffer.objects.select_related("nursery__facility", *related).in_bulk(
        [UUID(one.context["offer"]) for one in messages if "offer" in one.context]
    )
    appeals = Appeal.objects.select_related(*related).in_bulk(
        [int(one.context["appeal"]) for one in messages if "appeal" in one.context]
    )
    found: dict[int, NurseryOffer | Appeal] = {}
    for message in messages:
        about: NurseryOffer | Appeal | None = (
            offers.get(UUID(message.context["offer"]))
            if "offer" in message.context
            else appeals.get(int(message.context["appeal"]))
        )
        if about is not None and about.child.application.erased_at is None:
            found[message.pk] = about
    until = timezone.now() + LINK_FOR
    tokens = mint_links([(SUBJECT, about.child.application_id, until) for about in found.values()])
    return {pk: Facts(about, token) for (pk, about), token in zip(found.items(), tokens, strict=True)}


def render(message: Message, facts: Facts | None) -> Rendered | None:
    """The mail or SMS; None where it was overtaken."""
    if facts is None or (isinstance(facts.about, NurseryOffer) and facts.about.state != OfferState.LAPSED):
        return None
    application = facts.about.child.application
    with override(message.language):
        subject, lead, more = _lapsed(facts.about) if isinstance(facts.about, NurseryOffer) else _appeal(facts.about)
        link = private_link(facts.token, through=application.through)
        if message.channel == Channel.SMS:
            return Text(f"{lead} {link}", (f"{subject} {link}",))
    return letter(
        "mail/nursery_news",
        {"lead": lead, "more": more, "link": link},
        subject=plain(subject),
        sender=Sender.of(application.through or application.authority.identity),
        language=message.language,
    )


def _lapsed(offer: NurseryOffer) -> tuple[str, str, str]:
    """Subject, the fact, what follows."""
    said = {"place": offer.nursery.facility.name, "number": offer.child.number}
    return (
        _("Place en crèche : sans réponse, elle va à la famille suivante"),
        _(
            "Le délai pour répondre est passé : la place proposée pour le dossier n° %(number)d (%(place)s) va à la "
            "famille suivante."
        )
        % said,
        _("Votre demande reste sur la liste. Si vous ne cherchez plus de place, retirez-la."),
    )


def _appeal(appeal: Appeal) -> tuple[str, str, str]:
    said = {"number": appeal.child.number, "day": say_date(appeal.made_on)}
    if appeal.is_open:
        silent = {"silent": say_date(appeal.silent_on)}
        return (
            _("Recours reçu : dossier de crèche n° %(number)d") % said,
            _("Votre recours du %(day)s pour le dossier n° %(number)d est reçu. Une personne l’examine.") % said,
            _(
                "Vos points et la décision ne changent pas jusqu’à la réponse. Sans réponse le %(silent)s, "
                "le recours est réputé rejeté ; vous avez alors deux mois pour saisir le tribunal administratif."
            )
            % silent,
        )
    said["outcome"] = appeal.get_outcome_display()
    return (
        _("Réponse à votre recours : dossier de crèche n° %(number)d") % said,
        _("Suite de votre recours du %(day)s pour le dossier n° %(number)d : %(outcome)s.") % said,
        appeal.answer,
    )
