"""What agents note of papers they have seen: the fact, its dates and themselves. The paper goes home again."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils import timezone

from booking.residents.exceptions import FamilyRefused
from booking.residents.models import Household, Member, SeenPaper
from municipalities.database.transactions import patient_transaction
from municipalities.models import StaffMember


def note_quotient(*, household: Household, value: int, on: date, until: date, by: StaffMember) -> None:
    """The quotient of a certificate seen today, in whole euros, with its date and how long it holds.

    The one before is gone with it: prices that were paid keep theirs. Raises FamilyRefused.
    """
    with patient_transaction(by):
        noted = Household.objects.select_for_update().get(pk=household.pk)
        noted.family_quotient, noted.quotient_on, noted.quotient_until = value, on, until
        noted.quotient_seen_by, noted.quotient_seen_on = by, timezone.localdate()
        _possible(noted)
        noted.save()


def note_paper(
    *,
    household: Household,
    kind: str,
    on: date,
    until: date,
    by: StaffMember,
    member: Member | None = None,
    status: str = "",
) -> SeenPaper:
    """A paper seen today. Raises FamilyRefused, with the sentence of the rule it breaks."""
    paper = SeenPaper(
        household=household,
        member=member,
        kind=kind,
        status=status,
        paper_on=on,
        valid_until=until,
        seen_on=timezone.localdate(),
        seen_by=by,
    )
    with patient_transaction(by):
        _possible(paper)
        paper.save()
        return paper


def forget_paper(*, paper: SeenPaper, by: StaffMember) -> None:
    """Noted by mistake."""
    with patient_transaction(by):
        SeenPaper.objects.filter(pk=paper.pk).delete()


def _possible(row: Household | SeenPaper) -> None:
    """Raises FamilyRefused where a constraint would refuse, with its sentence."""
    try:
        row.validate_constraints()
    except ValidationError as error:
        raise FamilyRefused(" ".join(error.messages)) from error
