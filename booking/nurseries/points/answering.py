"""What staff answer of a child's criteria: a referral, points with their reason. Who may is said by the grid."""

from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.nurseries.models import ApplicationChild, CriterionClaim, NurseryApplication
from booking.nurseries.points.queries import Rules, rules_on
from booking.nurseries.reckoning import Criterion, SetBy
from municipalities import rules
from municipalities.database.transactions import patient_transaction, refused_by
from municipalities.exceptions import Refusal
from municipalities.models import StaffMember
from municipalities.rules import Ability


class NotYourAnswer(Refusal):
    code = "not_your_answer"
    sentence = _("Ce dossier ou ce critère n’est pas de ceux que vous renseignez.")


class NoSuchAnswer(Refusal):
    code = "no_such_answer"
    sentence = _("Cette réponse n’est pas prévue pour ce critère : regardez la grille.")


class FileIsFrozen(Refusal):
    code = "file_is_frozen_by_an_appeal"
    sentence = _("Un recours est ouvert pour ce dossier : ses points restent tels quels jusqu’à la réponse.")


#: Raised by the database's own guard over the file of a child whose appeal is open.
FROZEN = "file_of_an_open_appeal_stays"


def answered_by(staff: StaffMember) -> tuple[Rules | None, list[Criterion]]:
    """The grid in force and its criteria that this person answers."""
    found = rules_on(timezone.localdate())
    if found is None or not rules.for_nurseries(staff, Ability.INSTRUCT_FILES):
        return found, []
    setters = {SetBy.AGENT}
    if rules.for_nurseries(staff, Ability.READ_SENSITIVE):
        setters.add(SetBy.REFERENT)
    return found, [one for one in found.criteria if one.set_by in setters]


def claims_read_by(staff: StaffMember) -> QuerySet[CriterionClaim]:
    """What staff answered of the requests this person instructs; sensitive ones for the two roles that read them."""
    mine = NurseryApplication.objects.visible_to(staff)
    found = CriterionClaim.objects.filter(child__application__in=mine)
    if not rules.for_nurseries(staff, Ability.READ_SENSITIVE):
        found = found.filter(is_sensitive=False)
    return found.select_related("child", "by").order_by("-at")


def answer(*, number: int, code: str, value: str, reason: str, by: StaffMember) -> CriterionClaim:
    """One answer, proven by whoever gives it; a later one takes its place.

    Raises NotYourAnswer, NoSuchAnswer, FileIsFrozen.
    """
    _rules, criteria = answered_by(by)
    criterion = next((one for one in criteria if one.code == code), None)
    mine = NurseryApplication.objects.visible_to(by)
    child = ApplicationChild.objects.filter(number=number, is_live=True, application__in=mine).first()
    if criterion is None or child is None:
        raise NotYourAnswer
    if not criterion.knows(value):
        raise NoSuchAnswer
    now = timezone.now()
    facts = {
        "value": value,
        "reason": reason,
        "is_sensitive": criterion.is_sensitive,
        "by": by,
        "at": now,
        "proven_at": now,
    }
    try:
        with patient_transaction(by=by):
            claim, _is_new = CriterionClaim.objects.update_or_create(
                child=child, code=code, nursery=None, defaults=facts
            )
    except IntegrityError as error:
        if refused_by(error, FROZEN):
            raise FileIsFrozen from error
        raise
    return claim
