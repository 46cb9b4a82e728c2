"""What enrolments tell the house: who is still needed, what is known of a family, and what is forgotten when."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.activities.models import (
    Basket,
    BasketState,
    EndReason,
    Enrolment,
    EnrolmentState,
    GivenLevel,
    RegisterMark,
    Said,
    Season,
    Seat,
    Session,
    SessionFigures,
    Waiting,
)
from municipalities.database.transactions import patient_transaction
from municipalities.retention import Kept
from municipalities.wording import say_day

ENROLMENTS = Kept(
    what=gettext_lazy("Inscriptions aux piscines : qui, quel groupe, quelles séances, à quel prix"),
    fields={
        "activities.Enrolment": ("override_reason", "price"),
        "activities.GivenLevel": ("level",),
    },
    months="ENROLMENT_MONTHS",
    since=gettext_lazy("après la fin de la saison"),
    reason=gettext_lazy(
        "Mission d’intérêt public (article 6, paragraphe 1, point e, du RGPD) : inscrire les familles."
    ),
)
#: How many came stays for ever; who did does not.
ATTENDANCE = Kept(
    what=gettext_lazy("Registre des séances : qui était là, noté par qui"),
    fields={"activities.RegisterMark": ("said", "level")},
    months="ENROLMENT_MONTHS",
    since=gettext_lazy("après la fin de la saison ; ensuite il ne reste que des nombres"),
    reason=gettext_lazy("Mission d’intérêt public : savoir qui est dans l’eau, et combien viennent."),
)
#: Holds that came to nothing say nothing that anybody needs.
UNPAID_HOLDS = Kept(
    what=gettext_lazy("Places retenues et jamais réglées"),
    fields={},
    days=30,
    since=gettext_lazy("après leur libération"),
    reason=gettext_lazy("Mission d’intérêt public : répondre à qui demande ce qu’est devenue sa place."),
)


def enrolment_names(ids: Sequence[UUID]) -> dict[UUID, str]:
    """What an auditor reads instead of ids."""
    found = Enrolment.objects.filter(pk__in=ids).select_related("group__activity", "member")
    return {one.pk: f"{one.group} ({one.member})" for one in found}


def basket_names(ids: Sequence[UUID]) -> dict[UUID, str]:
    found = Enrolment.objects.filter(basket__in=ids).select_related("group__activity", "member").order_by("pk")
    names: dict[UUID, list[str]] = {}
    for one in found:
        names.setdefault(one.basket_id, []).append(f"{one.group} ({one.member})")
    return {pk: ", ".join(said) for pk, said in names.items()}


def still_needs(ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Members and households with a place in a season that is not over; a place on a list keeps nobody."""
    today = timezone.localdate()
    found: dict[UUID, str] = {}
    standing = Enrolment.objects.standing().filter(group__last_day__gte=today).select_related("group")
    for one in standing.filter(member__in=ids).order_by("group__last_day"):
        found[one.member_id] = _("Une inscription à la piscine court jusqu’au %(day)s.") % {
            "day": say_day(one.group.last_day)
        }
    for one in standing.filter(basket__household__in=ids).select_related("basket").order_by("group__last_day"):
        found[one.basket.household_id] = _("Une inscription à la piscine court jusqu’au %(day)s.") % {
            "day": say_day(one.group.last_day)
        }
    return found


def tells_of(household: UUID) -> Mapping[str, Any]:
    """Every place this family has or had, with its price and its sessions; levels of its members."""
    enrolments = (
        Enrolment.objects.filter(basket__household=household)
        .order_by("created_at", "pk")
        .select_related("group__activity", "member")
        .prefetch_related("seats")
    )
    marks = RegisterMark.objects.filter(member__households=household).select_related("member").order_by("made_at", "pk")
    levels = GivenLevel.objects.filter(member__households=household).order_by("given_on", "pk").select_related("member")
    return {
        "enrolments": [
            {
                "member": str(one.member),
                "group": str(one.group),
                "one_session_only": one.session_id is not None,
                "state": one.state,
                "asked_at": one.created_at.isoformat(),
                "ended_because": one.end_reason,
                "cents": one.cents,
                "price": one.price,
                "exception": one.override_reason,
                "sessions": [
                    {"from": seat.period.lower.isoformat(), "freed": seat.freed_at is not None}
                    for seat in one.seats.all()
                ],
            }
            for one in enrolments
        ],
        "waiting": [
            {
                "member": str(one.member),
                "group": str(one.group),
                "since": one.joined_at.isoformat(),
                "ended_because": one.left_because,
            }
            for one in Waiting.objects.filter(household=household)
            .order_by("joined_at", "pk")
            .select_related("member", "group__activity")
        ],
        "attendance": [
            {"member": str(one.member), "said": one.said, "level": one.level, "at": one.made_at.isoformat()}
            for one in marks
        ],
        "levels": [
            {"member": str(one.member), "level": one.level, "given_on": one.given_on.isoformat()} for one in levels
        ],
    }


def _count_for_ever(sessions: QuerySet[Session]) -> None:
    """How many had a place in each session and how many came, before nobody can say any more who."""
    sold = dict(
        Seat.objects.taken()
        .filter(session__in=sessions, enrolment__enrolled_at__isnull=False)
        .values_list("session")
        .annotate(n=Count("pk"))
        .order_by("session")
    )
    came = attendance(sessions)
    SessionFigures.objects.bulk_create(
        [
            SessionFigures(session_id=pk, sold=sold.get(pk, 0), present=one.present, noted=one.noted)
            for pk, one in (dict.fromkeys(sold, NOBODY) | came).items()
        ],
        ignore_conflicts=True,
    )


class Attendance(NamedTuple):
    """How many were present in a session, those of them `after_all` who had left their seat to others, and of how many
    it was noted.
    """

    present: int
    after_all: int
    noted: int


NOBODY = Attendance(0, 0, 0)


def attendance(sessions: QuerySet[Session]) -> dict[UUID, Attendance]:
    """By session: of each person what was said last."""
    seats = Seat.objects.taken().filter(session=OuterRef("session"), member=OuterRef("member"))
    last = (
        RegisterMark.objects.attendance()
        .filter(session__in=sessions)
        .order_by("session_id", "member_id", "-made_at", "-received_at", "-pk")
        .distinct("session_id", "member_id")
        .values_list("session", "said", Exists(seats.filter(enrolment__enrolled_at__isnull=False)))
    )
    found: dict[UUID, Attendance] = {}
    for session, said, has_seat in last:
        before, is_there = found.get(session, NOBODY), said == Said.PRESENT
        found[session] = Attendance(
            before.present + is_there, before.after_all + (is_there and not has_seat), before.noted + 1
        )
    return found


def purge(now: datetime, dry_run: bool) -> Mapping[str, int]:
    over = Season.objects.filter(last_day__lt=timezone.localdate(ENROLMENTS.before(now)))
    enrolments = Enrolment.objects.filter(group__activity__season__in=over)
    holds = Enrolment.objects.filter(
        state=EnrolmentState.ENDED,
        end_reason__in=[EndReason.EXPIRED, EndReason.DROPPED, EndReason.UNPAID, EndReason.REFUSED],
        ended_at__lt=UNPAID_HOLDS.before(now),
    )
    levels = GivenLevel.objects.filter(given_on__lt=timezone.localdate(ENROLMENTS.before(now)), member__enrolments=None)
    waited = Waiting.objects.filter(
        Q(group__activity__season__in=over) | Q(left_at__lt=UNPAID_HOLDS.before(now), offer__isnull=True)
    )
    marks = RegisterMark.objects.filter(session__group__activity__season__in=over)
    counts = {
        _("présences aux piscines"): marks.count(),
        _("inscriptions aux piscines"): enrolments.count(),
        _("places jamais réglées"): holds.count(),
        _("attentes terminées"): waited.count(),
        _("niveaux de natation"): levels.count(),
    }
    if not dry_run:
        with patient_transaction():
            waited.delete()
            _count_for_ever(Session.objects.filter(group__activity__season__in=over))
            marks.delete()
            enrolments.delete()
            holds.delete()
            levels.delete()
            empty = Basket.objects.filter(enrolments=None, asked=None, opened_at__lt=UNPAID_HOLDS.before(now))
            empty.filter(state__in=[BasketState.OPEN, BasketState.LET_GO, BasketState.OFFERED]).delete()
    return counts
