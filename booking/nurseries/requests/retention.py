"""Forgetting families: drafts nobody goes on with, requests that ended, children who have left their nursery.

What is erased keeps its dates, states and half-days, and no person: the figures of the commissions count it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from booking.nurseries.enums import ApplicationState
from booking.nurseries.models import (
    Appeal,
    AppealOutcome,
    ApplicationChild,
    ApplicationNote,
    ApplicationParent,
    CriterionClaim,
    FamilyDocument,
    NurseryApplication,
    NurseryOffer,
    OccasionalWish,
    OwnPlace,
    RoundChild,
    Stay,
)
from booking.nurseries.models.offers import OfferState
from booking.nurseries.models.requests import ENDED, LIVE
from booking.nurseries.supply.retention import SCHOOL_AGE_MONTHS
from booking.residents.families.erasing import erase_members
from booking.residents.models import Membership
from booking.residents.retention import close
from municipalities import audit, services
from municipalities.database.transactions import patient_transaction
from municipalities.retention import Kept, months_before
from municipalities.wording import say_day
from notifications.retention import forget

BATCH = 200
_MISSION = _lazy(
    "Mission d’intérêt public (article 6, paragraphe 1, point e, du RGPD) : accueillir les jeunes enfants."
)
_PERSON = {
    "nurseries.NurseryApplication": ("email", "phone"),
    "nurseries.ApplicationParent": ("name", "address"),
    "nurseries.ApplicationNote": ("text",),
    "nurseries.CriterionClaim": ("reason",),
    "nurseries.RoundChild": ("lines",),
    "nurseries.OwnPlace": ("number",),
    "nurseries.Stay": ("number",),
    "nurseries.Appeal": ("text", "answer"),
}
DRAFTS = Kept(
    what=_lazy("Demande de crèche commencée et non envoyée : tout ce qui y est écrit"),
    fields={"nurseries.NurseryApplication": ("draft",)},
    days=settings.NURSERY_DRAFT_DAYS,
    since=_lazy("après le dernier changement"),
    reason=_MISSION,
)
ENDED_REQUESTS = Kept(
    what=_lazy("Demande de crèche : coordonnées, parents, adresses et notes"),
    fields=_PERSON,
    months="NURSERY_MONTHS",
    since=_lazy("après le retrait ou l’extinction de la demande : le temps d’un recours et d’une saison"),
    reason=_MISSION,
)
ADMITTED = Kept(
    what=_lazy("Enfant admis en crèche : coordonnées, parents, adresses et notes"),
    fields=_PERSON,
    months="NURSERY_MONTHS_ADMITTED",
    since=_lazy("après sa sortie de la crèche"),
    reason=_MISSION,
)
DOCUMENTS = Kept(
    what=_lazy("Documents des familles, chiffrés"),
    fields={"nurseries.FamilyDocument": ("content",)},
    since=_lazy("Jusqu’à la vérification par un agent ou à la décision ; ensuite « vu le, par » seulement"),
    reason=_MISSION,
)
KEPT = (DRAFTS, ENDED_REQUESTS, ADMITTED, DOCUMENTS)
#: Texts that say nothing of a person by themselves: codes, numbers, half-days.
IMPERSONAL = {
    "nurseries.NurseryApplication": ("reference",),
    "nurseries.CareNeed": ("half_days", "hours"),
    "nurseries.Stay": ("half_days",),
    "nurseries.FamilyDocument": ("media_type",),
}


def quiet_drafts(now: datetime) -> QuerySet[NurseryApplication]:
    return NurseryApplication.objects.filter(state=ApplicationState.DRAFT, touched_at__lt=DRAFTS.before(now))


def due_applications(now: datetime) -> QuerySet[NurseryApplication]:
    """Requests that ended long enough ago; one that nobody confirmed for longer still has ended too, swept or not.

    However a request ended, a child who has come, or has a place to come, keeps it as one who was admitted.
    """
    silent = months_before(ENDED_REQUESTS.before(now), settings.NURSERY_CONFIRM_MONTHS + 1)
    left = ADMITTED.before(now)
    there = Stay.objects.filter(offer__child__application=OuterRef("pk")).filter(
        Q(left_on__isnull=True, entered_on__gte=months_before(left, SCHOOL_AGE_MONTHS)) | Q(left_on__gte=left)
    )
    to_come = NurseryOffer.objects.filter(
        child__application=OuterRef("pk"),
        # Who withdraws gives it back.
        child__application__state__in=(*LIVE, ApplicationState.LAPSED),
        state__in=(OfferState.ACCEPTED, OfferState.HELD),
        stay__isnull=True,
        start__gte=left,
    )
    admitted = Q(state=ApplicationState.CLOSED, ended_at__lt=left)
    others = [state for state in ENDED if state != ApplicationState.CLOSED]
    ended = Q(state__in=others, ended_at__lt=ENDED_REQUESTS.before(now))
    unconfirmed = Q(state__in=LIVE, confirmed_at__lt=silent)
    # An appeal keeps its file, but not for ever where nobody ends it.
    appealed = Appeal.objects.open().filter(child__application=OuterRef("pk"), made_on__gte=left)
    kept = Exists(there) | Exists(to_come) | Exists(appealed)
    return NurseryApplication.objects.filter(admitted | ended | unconfirmed, ~kept, erased_at__isnull=True)


def purge(now: datetime, *, dry_run: bool) -> dict[str, int]:
    """Drafts removed, requests emptied: how many of each."""
    drafts, due = quiet_drafts(now), due_applications(now)
    if dry_run:
        return {"drafts": drafts.count(), "applications": due.count()}
    return {"drafts": _remove(drafts), "applications": _empty(due, now)}


def _remove(drafts: QuerySet[NurseryApplication]) -> int:
    done = 0
    while True:
        with patient_transaction():
            ids = list(drafts.select_for_update().order_by("pk").values_list("pk", flat=True)[:BATCH])
            if not ids:
                return done
            remove_drafts(ids)
            done += len(ids)


def remove_drafts(ids: Collection[UUID]) -> None:
    """With their documents, links and messages, in the caller's transaction."""
    close(ids)
    forget(ids)
    NurseryApplication.objects.filter(pk__in=ids, state=ApplicationState.DRAFT).delete()
    audit.forget(table=NurseryApplication._meta.db_table, ids=list(ids), keys=("email", "phone"))


def _empty(due: QuerySet[NurseryApplication], now: datetime) -> int:
    """Judged again behind the lock, which joins nothing: whoever came back meanwhile stays."""
    done = 0
    while ids := list(due.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with patient_transaction():
            locked = NurseryApplication.objects.select_for_update().filter(pk__in=ids).order_by("pk")
            mine = list(due.filter(pk__in=[one.pk for one in locked.only("pk")]).values_list("pk", flat=True))
            _forget_people(mine, now)
            done += len(mine)
    return done


def _forget_people(ids: list[UUID], now: datetime) -> None:
    children = ApplicationChild.objects.filter(application__in=ids)
    members = list(children.values_list("member", flat=True))
    children.update(is_live=False)
    ApplicationParent.objects.filter(application__in=ids).update(name="", address="")
    ApplicationNote.objects.filter(application__in=ids).update(text="")
    appeals = Appeal.objects.filter(child__in=children)
    appeals.open().update(outcome=AppealOutcome.CLOSED, ended_at=now)
    appeals.update(text="", answer="")
    CriterionClaim.objects.filter(child__in=children).delete()
    OwnPlace.objects.filter(child__in=children).delete()
    OccasionalWish.objects.filter(child__in=children).delete()
    RoundChild.objects.filter(child__in=children).update(lines=[])
    Stay.objects.filter(offer__child__in=children).update(number="")
    FamilyDocument.objects.filter(application__in=ids, content__isnull=False).update(content=None, gone_at=now)
    close(ids)
    forget(ids)
    live = NurseryApplication.objects.filter(pk__in=ids, state__in=LIVE)
    live.update(state=ApplicationState.LAPSED, ended_at=now)
    NurseryApplication.objects.filter(pk__in=ids).update(email="", phone="", household=None, draft={}, erased_at=now)
    audit.forget(table=NurseryApplication._meta.db_table, ids=ids, keys=("email", "phone", "household_id"))
    at_home = set(
        Membership.objects.filter(member__in=members, household__erased_at__isnull=True).values_list(
            "member", flat=True
        )
    )
    alone = [pk for pk in members if pk not in at_home]
    needed = services.needed(alone)
    erase_members([pk for pk in alone if pk not in needed])


def still_needs(ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Families and children of requests that are open, or kept for an appeal."""
    kept = NurseryApplication.objects.filter(erased_at__isnull=True).exclude(state=ApplicationState.DRAFT)
    found: dict[UUID, str] = {}
    families = kept.filter(household__in=ids).values_list("household", "state", "ended_at")
    children = ApplicationChild.objects.filter(member__in=ids, application__in=kept)
    rows = [*families, *children.values_list("member", "application__state", "application__ended_at")]
    for pk, state, ended_at in rows:
        if pk is not None:
            found[pk] = _until(state, ended_at)
    return found


def _until(state: str, ended_at: datetime | None) -> str:
    if ended_at is None:
        return _("Une demande de place en crèche est en cours. Retirez-la d’abord.")
    if state == ApplicationState.CLOSED:
        return _("Un enfant a été admis en crèche : sa demande est gardée %(months)d mois après sa sortie.") % {
            "months": settings.NURSERY_MONTHS_ADMITTED
        }
    day = months_before(ended_at, -settings.NURSERY_MONTHS)
    return _("Une demande de place en crèche est gardée jusqu’au %(day)s, pour un recours.") % {"day": say_day(day)}


def tells_of(household: UUID) -> Mapping[str, Any]:
    """The requests of a family, with what agents noted of them."""
    found = NurseryApplication.objects.filter(household=household).prefetch_related(
        "parents__municipality",
        "children__member",
        "children__need",
        "children__occasional_stays",
        "children__claims",
        "children__offers__nursery__facility",
        "children__appeals",
        "wishes__nursery__facility",
        "notes",
        "documents",
    )
    return {"requests": [_told(one) for one in found]}


def _told(one: NurseryApplication) -> dict[str, Any]:
    return {
        "reference": one.reference,
        "state": one.state,
        "received_at": one.received_at.isoformat() if one.received_at else None,
        "draft": one.draft,
        "parents": [
            {"name": who.name, "address": who.address, "situation": who.situation} for who in one.parents.all()
        ],
        "children": [
            {
                "child": str(child.member),
                "number": child.number,
                "disability_file": child.has_disability,
                "start_month": child.need.start_month.isoformat(),
                "half_days": child.need.half_days,
                "any_of": child.need.any_of,
                "down_to": child.need.down_to,
                "occasional_half_days": [
                    {"day": stay.day.isoformat(), "half": stay.half, "state": stay.state}
                    for stay in child.occasional_stays.all()
                ],
                "criteria": [
                    {"criterion": claim.code, "answer": claim.value, "reason": claim.reason}
                    for claim in child.claims.all()
                ],
                "places_offered": [
                    {
                        "nursery": offer.nursery.facility.name,
                        "half_days": offer.half_days,
                        "made_at": offer.made_at.isoformat(),
                        "state": offer.state,
                    }
                    for offer in child.offers.all()
                ],
                "appeals": [
                    {
                        "made_on": appeal.made_on.isoformat(),
                        "kind": appeal.kind,
                        "text": appeal.text,
                        "outcome": appeal.outcome,
                        "answer": appeal.answer,
                    }
                    for appeal in child.appeals.all()
                ],
            }
            for child in one.children.all()
        ],
        "wishes": [wish.nursery.facility.name for wish in one.wishes.all()],
        "notes": [{"written_at": note.written_at.isoformat(), "text": note.text} for note in one.notes.all()],
        "documents": [
            {"kind": document.kind, "seen_on": document.seen_on.isoformat() if document.seen_on else None}
            for document in one.documents.all()
        ],
    }
