"""Publishing a round: first as a rehearsal that sends nothing, then for good, with all its answers at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from booking.nurseries.answers import messages
from booking.nurseries.answers.deadlines import family_due
from booking.nurseries.answers.making import make_offers, to_offer
from booking.nurseries.answers.telling import Told
from booking.nurseries.documents.papers import forget_documents
from booking.nurseries.models import Answer, ApplicationChild, NurseryOffer, Round, RoundChild, RoundNursery
from booking.nurseries.models.offers import OfferState
from booking.nurseries.rounds import publishing
from booking.nurseries.rounds.access import changing
from booking.nurseries.rounds.publishing import Audit
from municipalities.exceptions import simple_attempt
from municipalities.models import StaffMember
from notifications.kinds import Mail, Rendered

#: Letters of each kind that the rehearsal shows.
SHOWN = 10


@dataclass(frozen=True)
class Figure:
    """One figure of this round beside that of the last one; None where there was none."""

    name: str
    now: float
    before: float | None


@dataclass(frozen=True)
class Rehearsal:
    """What publishing would do. `letters`: by kind, with the numbers they are about."""

    audit: Audit
    refusal: str
    figures: Sequence[Figure]
    letters: Sequence[tuple[str, Sequence[Mail]]]


def rehearse(round: Round) -> Rehearsal:
    """The audit, the figures against the last round, ten letters of each kind. Sends and keeps nothing."""
    refusal = simple_attempt(lambda: publishing.must_be_decided(round))
    last = Round.objects.published().filter(operator=round.operator).exclude(pk=round.pk).order_by("-meets_on").first()
    letters = [] if Told(round).answer["contested"] else _letters(round)
    return Rehearsal(publishing.count_again(round), refusal, _figures(round, last), letters)


def _figures(round: Round, last: Round | None) -> list[Figure]:
    now, before = _counted(round), _counted(last) if last is not None else {}
    return [Figure(name, value, before.get(name)) for name, value in now.items()]


def _counted(round: Round) -> dict[str, float]:
    told = Told(round)
    seats = told.answer["seats"]
    first = sum(told.file["children"][number]["wishes"][:1] == [seat["facility"]] for number, seat in seats.items())
    children = len(told.file["children"])
    changed = round.decisions.filter(taken_back_at__isnull=True).values("child").distinct().count()
    return {
        _("dossiers"): children,
        _("places proposées"): len(seats),
        _("part des dossiers avec une place (%)"): _share(len(seats), children),
        _("part des places au premier vœu (%)"): _share(first, len(seats)),
        _("dossiers changés par la commission"): changed,
    }


def _share(part: int, whole: int) -> int:
    return int(100 * part / whole + 0.5) if whole else 0


def _letters(round: Round) -> list[tuple[str, list[Mail]]]:
    told = Told(round)
    rows = RoundChild.objects.filter(round=round).select_related("child__application__through").order_by("number")
    new = {one.number for one in to_offer(round, told.file, told.answer)}
    with_place = [row for row in rows if row.number in new][:SHOWN]
    without = [row for row in rows if str(row.number) not in told.answer["seats"]][:SHOWN]
    offered = [_mail(messages.letter_of(messages.OFFERED, _as_offered(round, row, told))) for row in with_place]
    waiting = [
        _mail(messages.letter_of(messages.WAITING, messages.rehearsed(row.child.application, row.number, told)))
        for row in without
    ]
    return [(_("Place proposée"), offered), (_("Pas de place cette fois"), waiting)]


def _mail(rendered: Rendered) -> Mail:
    assert isinstance(rendered, Mail)
    return rendered


def _as_offered(round: Round, row: RoundChild, told: Told) -> messages.Facts:
    """The letter a family gets once the operator has accepted: an offer that is in no table."""
    seat = told.answer["seats"][str(row.number)]
    place = RoundNursery.objects.select_related("nursery__facility__municipality").get(
        round=round, name=seat["facility"]
    )
    now = timezone.now()
    offer = NurseryOffer(
        round=round,
        child=row.child,
        nursery=place.nursery,
        start=date.fromisoformat(f"{seat['start']}-01"),
        half_days=seat["half_days"],
        rank=1,
        state=OfferState.TO_FAMILY,
        made_at=now,
        due_at=family_due(now),
    )
    return messages.Facts(row.child.application, row.number, offer, (), "0" * 32)


def publish(*, round: Round, by: StaffMember) -> None:
    """The round is published, operators are asked, who has no place is told, and documents go: all of it, or nothing.

    Raises OnlyTheChair, NotInCommission, ClaimsAreContested, VoteIsMissing, AuditFailed, Busy.
    """
    with changing(round, by, chair=True) as mine:
        publishing.close(mine)
        told = Told(mine)
        make_offers(mine, told.file, told.answer)
        now = timezone.now()
        numbers = [int(number) for number in told.file["children"]]
        children = ApplicationChild.objects.filter(number__in=numbers).select_related("application")
        answers = [
            Answer(round=mine, child=child, gives_a_place=str(child.number) in told.answer["seats"], made_at=now)
            for child in children
        ]
        Answer.objects.bulk_create(answers)
        forget_documents({one.child.application_id for one in answers}, now, given_before=mine.frozen_at)
        messages.owe_waiting([one for one in answers if not one.gives_a_place], now)
