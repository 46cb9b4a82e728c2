"""What somebody has been seen to do in the water: given by a coach or an agent, with the day and their name."""

from datetime import date

from django.utils import timezone

from booking.activities.models import GivenLevel, Level
from booking.residents.models import Member
from municipalities.database.transactions import patient_transaction
from municipalities.models import StaffMember


def give_level(*, member: Member, level: Level, by: StaffMember, on: date | None = None) -> GivenLevel:
    """The last one given holds; a second one of the same day corrects the first. `on` is today where it is not said."""
    with patient_transaction(by=by):
        given, _is_new = GivenLevel.objects.update_or_create(
            member=member, given_on=on or timezone.localdate(), defaults={"level": level, "given_by": by}
        )
        return given


def levels_of(members: list[Member]) -> dict[object, GivenLevel]:
    """By member the level that holds."""
    given = GivenLevel.objects.filter(member__in=members).select_related("given_by")
    given = given.only("member", "level", "given_on", "given_by__name", "given_by__email").order_by("given_on", "pk")
    return {one.member_id: one for one in given}
