"""A request through the year: confirmed, withdrawn, lapsed, come back to. The periods are settings."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from booking.nurseries.documents.papers import forget_documents
from booking.nurseries.enums import ApplicationState, WhyLapsed
from booking.nurseries.messages import requests as messages
from booking.nurseries.models import ApplicationChild, NurseryApplication
from booking.nurseries.models.offers import still_asking
from booking.nurseries.models.requests import LIVE
from booking.nurseries.requests.completing import complete_if_seen
from booking.nurseries.requests.exceptions import ChildHasRequest, NotOverdue, RequestOver, TooLateToComeBack
from municipalities.database.transactions import inner_transaction, patient_transaction, refused_by
from municipalities.models import StaffMember
from municipalities.retention import months_before
from notifications.outbox import withdraw


def confirm(*, application: NurseryApplication, by: StaffMember | None = None) -> None:
    """« Je cherche toujours »: asked again in some months. Raises RequestOver."""
    with patient_transaction(by):
        locked = _live(application)
        locked.confirmed_at = timezone.now()
        locked.save(update_fields=["confirmed_at"])
        messages.owe_confirmations(locked)


def withdraw_request(*, application: NurseryApplication, by: StaffMember | None = None) -> None:
    """Taken back, with its documents. Raises RequestOver."""
    with patient_transaction(by):
        locked = _live(application)
        _end(locked, ApplicationState.WITHDRAWN)
        forget_documents([locked.pk], timezone.now())


def come_back(*, application: NurseryApplication, by: StaffMember | None = None) -> None:
    """A lapsed request as it was, with its dates. Raises NotOverdue, TooLateToComeBack, ChildHasRequest."""
    with patient_transaction(by):
        locked = NurseryApplication.objects.select_for_update().get(pk=application.pk)
        if locked.state != ApplicationState.LAPSED or locked.ended_at is None:
            raise NotOverdue
        if not may_come_back(locked):
            raise TooLateToComeBack
        try:
            with inner_transaction():
                lapsed = ApplicationChild.objects.filter(application=locked, lapsed_at=locked.ended_at)
                lapsed.exclude(offers__stay__isnull=False).update(is_live=True, lapsed_at=None)
        except IntegrityError as error:
            if refused_by(error, "child_has_one_live_request"):
                raise ChildHasRequest from error
            raise
        locked.state, locked.state_before = locked.state_before, ""
        locked.ended_at, locked.why_lapsed, locked.confirmed_at = None, "", timezone.now()
        locked.save()
        messages.owe_confirmations(locked)
        messages.owe_births(locked)
        complete_if_seen(locked)


def may_come_back(application: NurseryApplication) -> bool:
    if application.state != ApplicationState.LAPSED or application.ended_at is None or application.erased_at:
        return False
    return timezone.now() < application.ended_at + timedelta(days=settings.NURSERY_COME_BACK_DAYS)


def _live(application: NurseryApplication) -> NurseryApplication:
    locked = NurseryApplication.objects.select_for_update().get(pk=application.pk)
    if locked.state not in LIVE:
        raise RequestOver
    return locked


def _end(locked: NurseryApplication, state: str, why: str = "", now: datetime | None = None) -> None:
    locked.ended_at = now or timezone.now()
    locked.state_before, locked.state, locked.why_lapsed = locked.state, state, why
    locked.save(update_fields=["ended_at", "state_before", "state", "why_lapsed"])
    live = ApplicationChild.objects.filter(application=locked, is_live=True)
    live.update(is_live=False, lapsed_at=locked.ended_at)
    withdraw(subject_id=locked.pk)


# -- what happens by itself


def silent(now: datetime) -> QuerySet[NurseryApplication]:
    """Requests nobody has confirmed in spite of the reminders. Who has places for all is not asked any more."""
    asked = months_before(now - timedelta(days=settings.NURSERY_CONFIRM_LAPSE_DAYS), settings.NURSERY_CONFIRM_MONTHS)
    waits = still_asking().filter(application=OuterRef("pk"))
    return NurseryApplication.objects.live().filter(Exists(waits), confirmed_at__lt=asked)


def overdue_children(now: datetime) -> QuerySet[ApplicationChild]:
    """Children who were to be born weeks ago, and of whom nobody said so."""
    before = timezone.localdate(now) - timedelta(days=settings.NURSERY_BIRTH_LAPSE_DAYS)
    return ApplicationChild.objects.filter(is_live=True, member__expected_on__lt=before, application__state__in=LIVE)


def sweep(now: datetime | None = None) -> dict[str, int]:
    """Lets lapse what is due, each request in a transaction of its own; documents go once nobody may come back."""
    now = now or timezone.now()
    done = {"silent": 0, "births": 0, "documents": 0}
    for pk in list(silent(now).values_list("pk", flat=True)):
        done["silent"] += _lapse(pk, now, WhyLapsed.SILENCE)
    for pk in list(overdue_children(now).values_list("application", flat=True).distinct()):
        done["births"] += _lapse(pk, now, WhyLapsed.BIRTH)
    with patient_transaction():
        gone_for_good = now - timedelta(days=settings.NURSERY_COME_BACK_DAYS)
        lapsed = NurseryApplication.objects.filter(state=ApplicationState.LAPSED, ended_at__lt=gone_for_good)
        done["documents"] = forget_documents(lapsed.values_list("pk", flat=True), now)
    return done


def _lapse(pk: UUID, now: datetime, why: WhyLapsed) -> int:
    """Judged again behind the lock: whoever confirmed meanwhile stays. Of siblings only the unborn one goes."""
    with patient_transaction():
        locked = NurseryApplication.objects.select_for_update().get(pk=pk)
        if why == WhyLapsed.SILENCE:
            if not silent(now).filter(pk=pk).exists():
                return 0
        else:
            late = list(overdue_children(now).filter(application=locked).values_list("pk", flat=True))
            if not late:
                return 0
            others = ApplicationChild.objects.filter(application=locked, is_live=True).exclude(pk__in=late)
            if others.exists():
                ApplicationChild.objects.filter(pk__in=late).update(is_live=False, lapsed_at=now)
                messages.owe(locked, messages.CHILD_LAPSED)
                return 1
        _end(locked, ApplicationState.LAPSED, why, now)
        messages.owe(locked, messages.LAPSED)
        return 1
