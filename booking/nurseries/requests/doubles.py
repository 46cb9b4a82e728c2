"""One child asked for twice, perhaps by two parents: found by dates, contacts and names, settled by an agent alone."""

import unicodedata
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from booking.nurseries.enums import ApplicationState
from booking.nurseries.messages import requests as messages
from booking.nurseries.models import ApplicationChild, FamilyDocument, LikelyDouble, NurseryApplication, NurseryOffer
from booking.nurseries.models.requests import LIVE
from booking.nurseries.requests.completing import complete_if_seen
from booking.nurseries.requests.exceptions import AlreadySettled
from municipalities.database.transactions import patient_transaction
from municipalities.models import StaffMember
from notifications.outbox import withdraw

#: Two due dates of one child, or a due date and the birth, differ by this at most.
APART = timedelta(days=14)


def note_doubles(application: NurseryApplication) -> int:
    """Pairs this request with the earlier ones that may be for the same child. Returns how many are new."""
    near = Q(pk__in=[])
    for child in _children(application):
        day = child.member.born_on or child.member.expected_on
        if day is not None:
            window = (day - APART, day + APART)
            near |= Q(member__born_on__range=window) | Q(member__expected_on__range=window)
    others = ApplicationChild.objects.filter(near, is_live=True, application__state__in=LIVE)
    candidates = NurseryApplication.objects.filter(
        pk__in=others.exclude(application=application).values("application")
    ).prefetch_related("parents", "children__member")
    mine, new = _names(application), 0
    for other in candidates.order_by("received_at"):
        same_contact = (application.email and application.email == other.email) or (
            application.phone and application.phone == other.phone
        )
        if not same_contact and not mine & _names(other):
            continue
        first, second = sorted((application, other), key=lambda one: (one.received_at or timezone.now(), one.pk))
        new += LikelyDouble.objects.get_or_create(one=first, other=second)[1]
    return new


def _children(application: NurseryApplication) -> list[ApplicationChild]:
    return [child for child in application.children.select_related("member") if child.is_live]


def _names(application: NurseryApplication) -> set[str]:
    """The family names on a request, as they sound."""
    parents = [parent.name.split()[-1] for parent in application.parents.all() if parent.name]
    children = [child.member.family_name for child in _children(application) if child.member.family_name]
    return {_folded(name) for name in (*parents, *children)}


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFD", name.casefold())
    return "".join(char for char in plain if char.isalpha())


def merge(*, double: LikelyDouble, by: StaffMember) -> None:
    """The later request goes into the earlier one: its documents and notes with it, and the better date stays.

    The other way round where the earlier one is over, or the later one alone has a place. Raises AlreadySettled.
    """
    with patient_transaction(by):
        settled = _settle(double, by, is_same=True)
        kept, gone = sorted((settled.one, settled.other), key=_stands, reverse=True)
        _hand_on_documents(gone, kept)
        gone.notes.update(application=kept)
        _date_better(kept, gone)
        ApplicationChild.objects.filter(application=gone).update(is_live=False)
        withdraw(subject_id=gone.pk)
        NurseryApplication.objects.filter(pk=gone.pk).update(state=ApplicationState.MERGED, ended_at=timezone.now())
        messages.owe(kept, messages.LINK)
        fresh = NurseryApplication.objects.select_for_update().get(pk=kept.pk)
        if fresh.state == ApplicationState.RECEIVED:
            complete_if_seen(fresh)


def _stands(application: NurseryApplication) -> tuple[bool, bool]:
    place = NurseryOffer.objects.standing().filter(child__application=application)
    return application.is_live, place.exists()


def _hand_on_documents(gone: NurseryApplication, kept: NurseryApplication) -> None:
    """Papers of a child go with it, under its number there; of a child that the other does not ask for they go."""
    ranks = {
        other.rank: child.rank for child in _children(kept) for other in _children(gone) if _may_be_one(child, other)
    }
    for document in FamilyDocument.objects.filter(application=gone):
        rank = document.child_rank
        if rank is not None and rank not in ranks:
            document.delete()
        else:
            document.application, document.child_rank = kept, ranks.get(rank) if rank is not None else None
            document.save(update_fields=["application", "child_rank"])


def _date_better(kept: NurseryApplication, gone: NurseryApplication) -> None:
    """A child that both ask for has the earlier of its two dates: that decides between equal points."""
    for child in _children(kept):
        dates = [one.complete_on for one in _children(gone) if one.complete_on and _may_be_one(child, one)]
        better = min([*dates, *([child.complete_on] if child.complete_on else [])], default=None)
        if better != child.complete_on:
            ApplicationChild.objects.filter(pk=child.pk).update(complete_on=better)


def _may_be_one(one: ApplicationChild, other: ApplicationChild) -> bool:
    first, second = (child.member.born_on or child.member.expected_on for child in (one, other))
    return first is not None and second is not None and abs(first - second) <= APART


def part(*, double: LikelyDouble, by: StaffMember) -> None:
    """Two children after all. Raises AlreadySettled."""
    with patient_transaction(by):
        _settle(double, by, is_same=False)


def _settle(double: LikelyDouble, by: StaffMember, *, is_same: bool) -> LikelyDouble:
    locked = LikelyDouble.objects.select_for_update().get(pk=double.pk)
    if locked.settled_at is not None:
        raise AlreadySettled
    locked.is_same, locked.settled_at, locked.settled_by = is_same, timezone.now(), by
    locked.save()
    return locked
