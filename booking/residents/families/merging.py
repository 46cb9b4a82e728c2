"""One child whom two households wrote down each: the same person twice, made one by an agent.

Whatever any service tied to the one is tied to the other from then on, by the foreign keys themselves: no service is
asked, and none can be forgotten.
"""

from django.db import IntegrityError

from booking.residents.exceptions import CannotMerge
from booking.residents.families.erasing import erase_members
from booking.residents.models import HealthAttestation, Member, Membership
from municipalities.database.transactions import inner_transaction, patient_transaction
from municipalities.models import StaffMember


def merge_members(*, kept: Member, other: Member, by: StaffMember) -> None:
    """Everything of `other` becomes `kept`'s, and `other` is emptied. Raises CannotMerge.

    Only two who are one person by name and birth date, so that a slip of the hand merges nobody.
    """
    with patient_transaction(by):
        pair = Member.objects.select_for_update().order_by("pk").filter(pk__in=[kept.pk, other.pk])
        found = {member.pk: member for member in pair if member.identity}
        if len(found) != 2 or found[kept.pk].identity != found[other.pk].identity:
            raise CannotMerge
        _drop_what_both_have(kept, other)
        try:
            with inner_transaction():
                for relation in Member._meta.related_objects:
                    rows = relation.related_model._default_manager.filter(**{relation.field.name: other.pk})
                    rows.update(**{relation.field.name: kept.pk})
        except IntegrityError as error:
            raise CannotMerge from error
        erase_members([other.pk])


def _drop_what_both_have(kept: Member, other: Member) -> None:
    homes = Membership.objects.filter(member=kept).values("household")
    Membership.objects.filter(member=other, household__in=homes).delete()
    seasons = HealthAttestation.objects.filter(member=kept).values("season")
    HealthAttestation.objects.filter(member=other, season__in=seasons).delete()
