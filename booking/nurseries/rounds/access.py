"""Who may change a round, and the one way to change it: its row locked, its version the one that was shown."""

from collections.abc import Iterator
from contextlib import contextmanager

from booking.nurseries.models import Round
from booking.nurseries.rounds.exceptions import ChangedMeanwhile, NotInCommission, NotYourRound, OnlyTheChair
from municipalities.database.transactions import patient_transaction
from municipalities.models import StaffMember


def must_sit(round: Round, by: StaffMember) -> None:
    """For whoever sits on the commission of the round. Raises NotYourRound."""
    if not Round.objects.visible_to(by).filter(pk=round.pk).exists():
        raise NotYourRound


def must_chair(round: Round, by: StaffMember) -> None:
    """For whoever chairs the commission of the round. Raises OnlyTheChair."""
    must_sit(round, by)
    if not Round.objects.chaired_by(by).filter(pk=round.pk).exists():
        raise OnlyTheChair


@contextmanager
def changing(round: Round, by: StaffMember, *, version: int | None = None, chair: bool = False) -> Iterator[Round]:
    """The round in commission, alone. `version`: that of the page that asks; None where any will do.

    Raises NotYourRound, OnlyTheChair, NotInCommission, ChangedMeanwhile, Busy.
    """
    (must_chair if chair else must_sit)(round, by)
    with patient_transaction(by=by):
        mine = Round.objects.select_for_update().get(pk=round.pk)
        if not mine.is_frozen:
            raise NotInCommission
        if version is not None and version != mine.version:
            raise ChangedMeanwhile
        yield mine
