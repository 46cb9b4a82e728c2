"""A request received, and changed afterwards: the answers become rows, in the transaction that acknowledges them."""

from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from booking.nurseries.enums import ApplicationState
from booking.nurseries.messages import requests as messages
from booking.nurseries.models import (
    ApplicationChild,
    ApplicationParent,
    CareNeed,
    Nursery,
    NurseryApplication,
    Wish,
    WishedTown,
)
from booking.nurseries.models.requests import LIVE
from booking.nurseries.requests.completing import complete_if_seen
from booking.nurseries.requests.days import days_of, month_of
from booking.nurseries.requests.doubles import note_doubles
from booking.nurseries.requests.exceptions import AlreadySent, ChildHasRequest, NoChildLeft, NotReady, RequestOver
from booking.nurseries.requests.given import Given, GivenChild, GivenNeed, given_of
from booking.nurseries.requests.steps import Answers, Step, StepData, answers_of
from booking.residents.families.actions import add_member, correct_member
from booking.residents.models import Member
from municipalities.database.transactions import inner_transaction, patient_transaction, refused_by
from municipalities.directory import members
from municipalities.models import StaffMember

#: A birth and the date it was expected on differ by this at most.
BORN_APART = timedelta(weeks=12)


def send(*, application: NurseryApplication, by: StaffMember | None = None) -> NurseryApplication:
    """Received: dated, numbered, acknowledged. Raises AlreadySent, NotReady, ChildHasRequest."""
    with patient_transaction(by):
        locked = NurseryApplication.objects.select_for_update().get(pk=application.pk)
        if locked.state != ApplicationState.DRAFT:
            raise AlreadySent
        answers = Answers(locked.draft)
        problems = answers.all_problems()
        if problems:
            raise NotReady(problems)
        now = timezone.now()
        locked.state, locked.draft = ApplicationState.RECEIVED, {}
        locked.received_at = locked.confirmed_at = locked.touched_at = now
        locked.save()
        _write(locked, answers.given(), by)
        note_doubles(locked)
        messages.owe(locked, messages.RECEIVED)
        messages.owe_confirmations(locked)
        messages.owe_births(locked)
        complete_if_seen(locked)
        return locked


def stored_answers(application: NurseryApplication) -> dict[str, dict[str, list[str]]]:
    """The answers of a request, draft or sent."""
    if application.is_draft:
        found: dict[str, dict[str, list[str]]] = application.draft
        return found
    return answers_of(given_of(application))


def change(
    *, application: NurseryApplication, step: Step, data: Mapping[str, list[str]], by: StaffMember | None = None
) -> NurseryApplication:
    """Answers of a step in place of those before. Raises RequestOver, NotReady, ChildHasRequest, NoChildLeft.

    The date of the file stays, unless a child, a nursery or a town is new: then it is today's, of a new child for this
    one alone.
    """
    with patient_transaction(by):
        locked = NurseryApplication.objects.select_for_update().get(pk=application.pk)
        if locked.state not in LIVE:
            raise RequestOver
        before = given_of(locked)
        stored = answers_of(before)
        answers = Answers(with_needs({**stored, step: data}), kept_months=months_in(stored))
        if not answers.ranks():
            raise NoChildLeft
        if problems := answers.problems(step):
            raise NotReady({step: problems})
        if problems_elsewhere := answers.all_problems():
            raise NotReady(problems_elsewhere)
        given = answers.given()
        _write(locked, given, by)
        if {*given.wishes, *given.towns} - {*before.wishes, *before.towns}:
            _live(locked).filter(complete_on__isnull=False).update(complete_on=timezone.localdate())
        locked.touched_at = timezone.now()
        locked.save(update_fields=["touched_at"])
        note_doubles(locked)
        messages.owe_births(locked)
        complete_if_seen(locked)
        return locked


def months_in(data: Mapping[str, StepData]) -> dict[str, str]:
    """First months that a request has already, by the name of their field: they may be kept though they are past."""
    return {name: values[0] for name, values in data.get(Step.WEEK, {}).items() if name.endswith("start_month")}


def with_needs(data: Mapping[str, StepData]) -> dict[str, StepData]:
    """A child that was added later asks for the first one's week, until somebody says otherwise."""
    answers = Answers(data)
    week = dict(data.get(Step.WEEK, {}))
    known = [rank for rank in answers.ranks() if f"n{rank}-start_month" in week]
    for rank in answers.ranks():
        if known and rank not in known:
            first = f"n{known[0]}-"
            week |= {
                f"n{rank}-{name.removeprefix(first)}": values for name, values in week.items() if name.startswith(first)
            }
            day = answers.day_of(rank)
            if day is not None:
                week[f"n{rank}-start_month"] = [max(month_of(day), week[f"n{rank}-start_month"][0])]
    return {**data, Step.WEEK: week}


def _live(application: NurseryApplication):  # type: ignore[no-untyped-def]
    return ApplicationChild.objects.filter(application=application, is_live=True)


def _write(application: NurseryApplication, given: Given, by: StaffMember | None) -> None:
    nurseries = {
        one.facility.slug: one
        for one in Nursery.objects.filter(facility__slug__in=[*given.wishes, given.sibling_at]).select_related(
            "facility"
        )
    }
    application.sibling_at = nurseries.get(given.sibling_at)
    for name in (
        "otherwise",
        "prefers",
        "needs_holidays",
        "is_single_parent",
        "is_minor_parent",
        "on_insertion_path",
        "dependent_children",
    ):
        setattr(application, name, getattr(given, name))
    application.save()
    _write_parents(application, given)
    _write_children(application, given, by)
    if [*given.wishes] != list(application.wishes.order_by("rank").values_list("nursery__facility__slug", flat=True)):
        application.wishes.all().delete()
        Wish.objects.bulk_create(
            Wish(application=application, rank=rank, nursery=nurseries[slug])
            for rank, slug in enumerate(given.wishes, 1)
        )
    application.towns.exclude(municipality__slug__in=given.towns).delete()
    known = set(application.towns.values_list("municipality__slug", flat=True))
    WishedTown.objects.bulk_create(
        WishedTown(application=application, municipality=town)
        for slug, town in members().items()
        if slug in given.towns and slug not in known
    )


def _write_parents(application: NurseryApplication, given: Given) -> None:
    towns = members()
    for rank, parent in enumerate(given.parents, 1):
        ApplicationParent.objects.update_or_create(
            application=application,
            rank=rank,
            defaults={
                "name": parent.name,
                "relation": parent.relation,
                "has_authority": parent.has_authority,
                "address": parent.address,
                "municipality": towns.get(parent.home),
                "situation": parent.situation,
                "works_in": towns.get(parent.works_in),
                "has_odd_hours": parent.has_odd_hours,
                "works_from": parent.works_from,
            },
        )
    application.parents.filter(rank__gt=len(given.parents)).delete()


def _write_children(application: NurseryApplication, given: Given, by: StaffMember | None) -> None:
    there = {child.rank: child for child in _live(application).select_related("member")}
    for child in given.children:
        known = there.pop(child.rank, None)
        if known is not None and _is_another(known.member, child):
            ApplicationChild.objects.filter(pk=known.pk).update(is_live=False)
            known = None
        try:
            with inner_transaction():
                _write_child(application, child, known, by)
        except IntegrityError as error:
            if refused_by(error, "child_has_one_live_request"):
                raise ChildHasRequest from error
            raise
    ApplicationChild.objects.filter(pk__in=[child.pk for child in there.values()]).update(is_live=False)


def _is_another(member: Member, child: GivenChild) -> bool:
    """Another first name and another birth are another child, and no correction."""
    return member.is_born and member.given_name != child.given_name and member.born_on != child.born_on


def _write_child(
    application: NurseryApplication, child: GivenChild, known: ApplicationChild | None, by: StaffMember | None
) -> None:
    said = {
        "given_name": child.given_name,
        "family_name": child.family_name,
        "born_on": child.born_on,
        "expected_on": child.expected_on,
    }
    facts = {
        "is_adopted": child.is_adopted,
        "has_disability": child.has_disability,
        "wants_to_talk": child.wants_to_talk,
        "current_care": child.current_care,
    }
    if known is None:
        known = _come_back(application, child)
    if known is None:
        if ApplicationChild.objects.filter(application=application, rank=child.rank).exists():
            # Papers under a number that is given again are those of the child who had it before.
            application.documents.filter(child_rank=child.rank).delete()
        member = _member(application, child, by)
        known = ApplicationChild.objects.create(application=application, member=member, rank=child.rank, **facts)
    else:
        if any(getattr(known.member, name) != value for name, value in said.items()):
            correct_member(member=known.member, **said, by=by)  # type: ignore[arg-type]
        ApplicationChild.objects.filter(pk=known.pk).update(**facts)
    assert child.need is not None
    CareNeed.objects.update_or_create(child=known, defaults=_need_of(child.need))


def _come_back(application: NurseryApplication, child: GivenChild) -> ApplicationChild | None:
    """A child whose birth nobody had declared in time, declared now: with its number and its date."""
    since = timezone.now() - timedelta(days=settings.NURSERY_COME_BACK_DAYS)
    near = (child.day - BORN_APART, child.day + BORN_APART)
    lapsed = application.children.filter(is_live=False, lapsed_at__gte=since, member__expected_on__range=near)
    found = lapsed.select_related("member").order_by("number").first()
    if found is not None:
        found.is_live, found.lapsed_at, found.rank = True, None, child.rank
        found.save(update_fields=["is_live", "lapsed_at", "rank"])
    return found


def _member(application: NurseryApplication, child: GivenChild, by: StaffMember | None) -> Member:
    """Of a signed-in family the one it has; by link a new one, which no household has yet."""
    said = {
        "given_name": child.given_name,
        "family_name": child.family_name,
        "born_on": child.born_on,
        "expected_on": child.expected_on,
    }
    if application.household is None:
        return Member.objects.create(**said)
    mine = application.household.members.filter(erased_at__isnull=True)
    if child.born_on is None:
        same = mine.filter(expected_on=child.expected_on)
    else:
        same = mine.filter(
            given_name__iexact=child.given_name, family_name__iexact=child.family_name, born_on=child.born_on
        )
    taken = _live(application).values("member")
    found = same.exclude(pk__in=taken).first()
    return found or add_member(household=application.household, **said, by=by)  # type: ignore[arg-type]


def _need_of(need: GivenNeed) -> dict[str, object]:
    most = need.any_of or len(days_of(need.half_days))
    return {
        "kind": need.kind,
        "start_month": need.start_month,
        "later_months": need.later_months,
        "mode": need.mode,
        "half_days": list(need.half_days),
        "any_of": need.any_of,
        "down_to": need.down_to or most,
        "hours": {day: list(both) for day, both in need.hours.items()},
    }
