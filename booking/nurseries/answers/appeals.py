"""Appeals: made by the family or noted by staff, answered by the referent, never by a computation.

While one is open the database keeps what the child's points and its answer were made of; when it ends the file is
corrected like any other, and counts so in the next round.
"""

from datetime import date

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.nurseries.answers import news
from booking.nurseries.models import Answer, Appeal, AppealKind, AppealOutcome, ApplicationChild
from municipalities.database.transactions import patient_transaction, refused_by
from municipalities.exceptions import Refusal
from municipalities.models import StaffMember


class NothingToAppeal(Refusal):
    code = "nothing_to_appeal"
    sentence = _("Aucune session n’a encore répondu à cette demande : il n’y a rien à contester.")


class AppealIsOpen(Refusal):
    code = "appeal_is_open"
    sentence = _("Un recours est déjà ouvert pour cet enfant : attendez sa réponse, ou retirez-le.")


class AppealIsOver(Refusal):
    code = "appeal_is_over"
    sentence = _("Ce recours est terminé. Voici sa suite.")


class NotYourAppeal(Refusal):
    code = "not_your_appeal"
    sentence = _("La référente petite enfance répond aux recours.")


def last_answer(child: ApplicationChild) -> Answer | None:
    return Answer.objects.filter(child=child).order_by("-made_at").first()


def lodge(
    *, child: ApplicationChild, kind: str, text: str, made_on: date | None = None, by: StaffMember | None = None
) -> Appeal:
    """Against the last answer; acknowledged by message. Raises NothingToAppeal, AppealIsOpen, Busy."""
    try:
        with patient_transaction(by=by):
            # Whoever writes a claim of this child now waits for us, or we for them: the guard then sees the appeal.
            mine = ApplicationChild.objects.select_for_update().get(pk=child.pk)
            against = last_answer(mine)
            if against is None:
                raise NothingToAppeal
            made = Appeal.objects.create(
                child=mine,
                against=against,
                kind=AppealKind(kind),
                made_on=made_on or timezone.localdate(),
                text=text.strip(),
                noted_by=by,
            )
            news.owe_appeal(made)
    except IntegrityError as error:
        if refused_by(error, "child_has_one_open_appeal"):
            raise AppealIsOpen from error
        raise
    return made


def answer(*, appeal: Appeal, outcome: str, text: str, by: StaffMember) -> None:
    """What a person decided of it, told to the family. Raises NotYourAppeal, AppealIsOver, Busy."""
    if not Appeal.objects.answered_by(by).filter(pk=appeal.pk).exists():
        raise NotYourAppeal
    with patient_transaction(by=by):
        mine = _open(appeal.pk)
        mine.outcome, mine.answer, mine.answered_by = AppealOutcome(outcome), text.strip(), by
        mine.ended_at = timezone.now()
        mine.save()
        news.owe_appeal(mine)


def withdraw(*, appeal: Appeal) -> None:
    """The family takes it back. Raises AppealIsOver, Busy."""
    with patient_transaction():
        mine = _open(appeal.pk)
        mine.outcome, mine.ended_at = AppealOutcome.WITHDRAWN, timezone.now()
        mine.save()


def _open(pk: int) -> Appeal:
    mine = Appeal.objects.select_for_update().get(pk=pk)
    if not mine.is_open:
        raise AppealIsOver
    return mine
