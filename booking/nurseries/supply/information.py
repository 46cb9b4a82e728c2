"""What is written of commissions' dates and of what towns have for small children besides nurseries."""

from booking.nurseries.models import CommissionMeeting, TownChildcare
from municipalities.database.transactions import patient_transaction
from municipalities.models import StaffMember


def save_meeting(*, meeting: CommissionMeeting, by: StaffMember | None) -> None:
    with patient_transaction(by=by):
        meeting.save()


def drop_meeting(*, meeting: CommissionMeeting, by: StaffMember | None) -> None:
    with patient_transaction(by=by):
        meeting.delete()


def save_town(*, town: TownChildcare, by: StaffMember | None) -> None:
    """What staff have said is no invention any more."""
    with patient_transaction(by=by):
        town.has_invented_data = False
        town.save()
