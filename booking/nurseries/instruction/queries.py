"""Requests as those who instruct them look for them."""

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from booking.nurseries.enums import ApplicationState
from booking.nurseries.models import ApplicationChild, FamilyDocument, LikelyDouble, NurseryApplication
from booking.nurseries.models.requests import LIVE
from municipalities.forms.fields import number_in
from municipalities.models import StaffMember

TO_CHECK, DOUBLES, COMPLETE, INCOMPLETE, DRAFTS, ENDED, ALL = (
    "a-verifier",
    "doubles",
    "completes",
    "incompletes",
    "brouillons",
    "finies",
    "toutes",
)
FILTERS = {
    TO_CHECK: _("Documents à vérifier"),
    DOUBLES: _("Doubles probables"),
    INCOMPLETE: _("À compléter"),
    COMPLETE: _("Complètes"),
    DRAFTS: _("Commencées par un agent"),
    ENDED: _("Finies"),
    ALL: _("Toutes"),
}
A_PAGE = 50


def files(staff: StaffMember, *, shown: str = TO_CHECK, asked: str = "") -> QuerySet[NurseryApplication]:
    """Requests this person instructs, the longest waiting first. What families have not sent yet is theirs alone."""
    found = _mine(staff)
    waiting = FamilyDocument.objects.filter(application=OuterRef("pk"), content__isnull=False)
    doubled = LikelyDouble.objects.open().filter(Q(one=OuterRef("pk")) | Q(other=OuterRef("pk")))
    conditions = {
        TO_CHECK: Q(Exists(waiting), state__in=LIVE),
        DOUBLES: Q(Exists(doubled)),
        COMPLETE: Q(state=ApplicationState.COMPLETE),
        INCOMPLETE: Q(state=ApplicationState.RECEIVED),
        DRAFTS: Q(state=ApplicationState.DRAFT),
        ENDED: Q(ended_at__isnull=False),
    }
    if asked:
        found = found.filter(_asked(asked))
    elif shown in conditions:
        found = found.filter(conditions[shown])
    children = ApplicationChild.objects.select_related("member").order_by("rank")
    return found.prefetch_related(Prefetch("children", children)).order_by("received_at", "created_at", "pk")


def _mine(staff: StaffMember) -> QuerySet[NurseryApplication]:
    """A family's own draft is nobody's business until it is sent."""
    visible = NurseryApplication.objects.visible_to(staff)
    return visible.exclude(state=ApplicationState.DRAFT, assisted_by__isnull=True)


def _asked(asked: str) -> Q:
    wanted = Q(reference=asked.upper())
    number = number_in(asked)
    if number is not None:
        wanted |= Q(children__number=number)
    for name in ("children__member__given_name", "children__member__family_name", "parents__name"):
        wanted |= Q(**{f"{name}__unaccent__icontains": asked})
    matching = NurseryApplication.objects.filter(wanted).values("pk")
    return Q(pk__in=matching)


def counts(staff: StaffMember) -> dict[str, int]:
    """How many wait under each filter that means work."""
    return {name: files(staff, shown=name).count() for name in (TO_CHECK, DOUBLES)}


def doubles_of(application: NurseryApplication) -> list[LikelyDouble]:
    found = LikelyDouble.objects.open().filter(Q(one=application) | Q(other=application))
    return list(found.select_related("one", "other").order_by("found_at"))


def is_ones_task(staff: StaffMember, application: NurseryApplication) -> bool:
    """Whether this file waits for whoever instructs it; opened otherwise, it is a reading that is noted."""
    if application.assisted_by_id == staff.pk and application.is_draft:
        return True
    waits = application.state == ApplicationState.RECEIVED
    return waits or application.documents.filter(content__isnull=False).exists() or bool(doubles_of(application))
