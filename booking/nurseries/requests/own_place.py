"""A child who has a place and asks for another: noted by who instructs the file, from its operator's list."""

from django.db import IntegrityError
from django.utils import timezone

from booking.nurseries.models import ApplicationChild, Nursery, NurseryApplication, OwnPlace, PresentChild
from booking.nurseries.models.requests import LIVE
from booking.nurseries.requests.exceptions import NobodyThere, PlaceIsAnothers, RequestOver
from municipalities.database.transactions import inner_transaction, patient_transaction, refused_by
from municipalities.models import StaffMember


def note_own_place(*, child: ApplicationChild, nursery: Nursery, number: str, by: StaffMember) -> None:
    """The place stays the child's until a new one is taken. Said again, it is corrected.

    A child born in another month is somebody else. Raises RequestOver, NobodyThere, PlaceIsAnothers, Busy.
    """
    with patient_transaction(by):
        if NurseryApplication.objects.select_for_update().get(pk=child.application_id).state not in LIVE:
            raise RequestOver
        born = child.member.born_on
        there = PresentChild.objects.filter(nursery=nursery, number=number.strip()).first()
        if there is None or born is None or there.born != born.replace(day=1):
            raise NobodyThere
        said = {"nursery": nursery, "number": there.number, "noted_by": by, "noted_at": timezone.now()}
        try:
            with inner_transaction():
                OwnPlace.objects.update_or_create(child=child, defaults=said | {"last_month": None})
        except IntegrityError as error:
            if refused_by(error, "place_is_kept_for_one_child"):
                raise PlaceIsAnothers from error
            raise


def forget_own_place(*, child: ApplicationChild, by: StaffMember) -> None:
    """It was noted by mistake. Once a new place was taken it stays written."""
    with patient_transaction(by):
        OwnPlace.objects.filter(child=child, last_month__isnull=True).delete()
