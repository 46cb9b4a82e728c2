"""One child asked for twice, perhaps by two parents: found by dates, contacts and names, settled by an agent alone."""

import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError
from django.db.models import Q
from django.utils import timezone

from booking.nurseries.enums import ApplicationState, Otherwise
from booking.nurseries.messages import requests as messages
from booking.nurseries.models import (
    Appeal,
    ApplicationChild,
    FamilyDocument,
    LikelyDouble,
    NurseryApplication,
    NurseryOffer,
    RoundChild,
    RoundState,
    Wish,
)
from booking.nurseries.models.requests import LIVE, MOST_CHILDREN, MOST_WISHES
from booking.nurseries.requests.completing import complete_if_seen
from booking.nurseries.requests.exceptions import (
    AlreadySettled,
    AppealWaits,
    ChildOfAnotherFamily,
    PlaceWouldBeLost,
    TooManyChildren,
    TooManyWishes,
)
from municipalities.database.transactions import inner_transaction, patient_transaction
from municipalities.models import StaffMember
from notifications.outbox import withdraw

#: Two due dates of one child, or a due date and the birth, differ by this at most.
APART = timedelta(days=14)
#: What staff, operators and families said of a child in one request holds in the other it goes into.
SAID_OF_A_CHILD = ("claims", "own_place", "offers", "occasional", "occasional_stays", "occasional_wishes")


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
        if not _share_contact(application, other) and not mine & _names(other):
            continue
        first, second = sorted((application, other), key=lambda one: (one.received_at or timezone.now(), one.pk))
        new += LikelyDouble.objects.get_or_create(one=first, other=second)[1]
    return new


def _share_contact(one: NurseryApplication, other: NurseryApplication) -> bool:
    return bool((one.email and one.email == other.email) or (one.phone and one.phone == other.phone))


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
    """The later request goes into the earlier one with all that it alone names, and the better date stays.

    The other way round where the earlier one is over, or the later one alone has a place. Both families are told.
    Raises AlreadySettled, AppealWaits, PlaceWouldBeLost, ChildOfAnotherFamily, TooManyChildren, TooManyWishes, Busy.
    """
    with patient_transaction(by):
        settled = _settle(double, by, is_same=True)
        both = [settled.one_id, settled.other_id]
        locked = NurseryApplication.objects.select_for_update().order_by("pk").filter(pk__in=both)
        found = {one.pk: one for one in locked}
        kept, gone = sorted((found[pk] for pk in both), key=_stands, reverse=True)
        same = _same(kept, gone)
        brings_more = len(_children(gone)) > len(same)
        if gone.is_live:
            _must_lose_nothing(kept, gone, same)
            _move_other_children(kept, gone, same)
            _hand_on_wishes(kept, gone)
            _hand_on_answers(kept, gone)
        for other, child in same.items():
            _hand_on(other, child)
        _hand_on_documents(gone, kept, {other.rank: child.rank for other, child in same.items()})
        gone.notes.update(application=kept)
        ApplicationChild.objects.filter(application=gone).update(is_live=False)
        withdraw(subject_id=gone.pk)
        NurseryApplication.objects.filter(pk=gone.pk).update(state=ApplicationState.MERGED, ended_at=timezone.now())
        messages.owe(kept, messages.LINK)
        if not _share_contact(kept, gone):
            messages.owe(gone, messages.MERGED)
        messages.owe_births(kept)
        fresh = NurseryApplication.objects.select_for_update().get(pk=kept.pk)
        if fresh.state == ApplicationState.RECEIVED or brings_more:
            complete_if_seen(fresh)


def _stands(application: NurseryApplication) -> tuple[bool, bool, bool]:
    place = NurseryOffer.objects.standing().filter(child__application=application)
    decided = RoundChild.objects.filter(child__application=application, round__state=RoundState.FROZEN)
    return application.is_live, place.exists(), decided.exists()


def _same(kept: NurseryApplication, gone: NurseryApplication) -> dict[ApplicationChild, ApplicationChild]:
    """Children that both ask for, each once: of twins the one with that first name, else the nearest date."""
    free, found = _children(kept), {}
    for child in _children(gone):
        alike = [one for one in free if _apart(one, child) <= APART]
        if alike:
            found[child] = min(alike, key=lambda one: (_first_name(one) != _first_name(child), _apart(one, child)))
            free.remove(found[child])
    return found


def _apart(one: ApplicationChild, other: ApplicationChild) -> timedelta:
    first, second = (child.member.born_on or child.member.expected_on for child in (one, other))
    return abs(first - second) if first is not None and second is not None else timedelta.max


def _first_name(child: ApplicationChild) -> str:
    return _folded(child.member.given_name)


def _must_lose_nothing(
    kept: NurseryApplication, gone: NurseryApplication, same: Mapping[ApplicationChild, ApplicationChild]
) -> None:
    """Raises AppealWaits, PlaceWouldBeLost."""
    if Appeal.objects.open().filter(child__application__in=(kept, gone)).exists():
        raise AppealWaits
    places = NurseryOffer.objects.standing().filter(child__application=gone, stay__isnull=True)
    asked = places.open().exists()
    if asked or places.filter(child__in=list(same)).exists():
        raise PlaceWouldBeLost(gone.reference)


def _move_other_children(
    kept: NurseryApplication, gone: NurseryApplication, same: Mapping[ApplicationChild, ApplicationChild]
) -> None:
    """A child that only the one asks for goes on in the other, with its number, date and papers.

    Raises ChildOfAnotherFamily, TooManyChildren.
    """
    others = [child for child in _children(gone) if child not in same]
    if others and not _share_contact(kept, gone):
        raise ChildOfAnotherFamily(gone.reference)
    for child in others:
        taken = [one.rank for one in _children(kept)]
        free = [rank for rank in range(1, MOST_CHILDREN + 1) if rank not in taken]
        if not free:
            raise TooManyChildren
        # Papers under a number that is given again are those of the child who had it before.
        kept.documents.filter(child_rank=free[0]).delete()
        papers = gone.documents.filter(child_rank=child.rank)
        papers.update(application=kept, child_rank=free[0])
        child.application, child.rank = kept, free[0]
        child.save(update_fields=["application", "rank"])
    lapsed = ApplicationChild.objects.filter(application=gone, is_live=False, lapsed_at__isnull=False)
    lapsed.update(application=kept)


def _hand_on_wishes(kept: NurseryApplication, gone: NurseryApplication) -> None:
    """Nurseries and towns that only the one names, behind the others. Raises TooManyWishes."""
    ranks = dict(kept.wishes.values_list("nursery", "rank"))
    more = [wish for wish in gone.wishes.order_by("rank") if wish.nursery_id not in ranks]
    if len(ranks) + len(more) > MOST_WISHES:
        raise TooManyWishes
    last = max(ranks.values(), default=0)
    Wish.objects.bulk_create(
        Wish(application=kept, nursery_id=wish.nursery_id, rank=rank) for rank, wish in enumerate(more, last + 1)
    )
    gone.towns.exclude(municipality__in=kept.towns.values("municipality")).update(application=kept)


def _hand_on_answers(kept: NurseryApplication, gone: NurseryApplication) -> None:
    """How the family can be reached, and what it says of itself, where only the one says it."""
    for name in ("email", "phone", "sibling_at_id", "on_insertion_path", "is_minor_parent", "otherwise"):
        setattr(kept, name, getattr(kept, name) or getattr(gone, name))
    if len(_children(kept)) > 1:
        kept.otherwise = kept.otherwise or Otherwise.APART
    if _share_contact(kept, gone) and kept.household_id is None:
        kept.household_id = gone.household_id
    kept.save()


def _hand_on(gone: ApplicationChild, kept: ApplicationChild) -> None:
    """What is known of a child that both ask for; of two answers to one question the kept request's stays."""
    for name in SAID_OF_A_CHILD:
        relation: Any = ApplicationChild._meta.get_field(name)
        for row in relation.related_model._default_manager.filter(child=gone):
            row.child = kept
            try:
                with inner_transaction():
                    row.save(update_fields=["child"])
            except IntegrityError:
                continue
    passed = RoundChild.objects.filter(child=gone, round__state=RoundState.PUBLISHED)
    passed.exclude(round__in=RoundChild.objects.filter(child=kept).values("round")).update(child=kept)
    for name in ("has_disability", "is_adopted", "wants_to_talk"):
        setattr(kept, name, getattr(kept, name) or getattr(gone, name))
    # That decides between equal points.
    kept.complete_on = min((one for one in (kept.complete_on, gone.complete_on) if one), default=None)
    kept.save(update_fields=["has_disability", "is_adopted", "wants_to_talk", "complete_on"])


def _hand_on_documents(gone: NurseryApplication, kept: NurseryApplication, ranks: Mapping[int, int]) -> None:
    """Papers of a child go with it, under its number there; those of a child who was taken off the request go."""
    for document in FamilyDocument.objects.filter(application=gone):
        rank = document.child_rank
        if rank is not None and rank not in ranks:
            document.delete()
        else:
            document.application, document.child_rank = kept, ranks.get(rank) if rank is not None else None
            document.save(update_fields=["application", "child_rank"])


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
