"""Seasons, their activities and when enrolments open."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from booking.activities.models import Activity, Audience, Season, Window
from booking.activities.seasons.groups import AlreadyOffered, NotYourOffer, OutsideOfSeason, must_plan
from booking.activities.seasons.messages import owe_changes
from booking.activities.seasons.openings import announce, follow
from booking.activities.tariffs.queries import operators_planned_by
from municipalities.database.transactions import patient_transaction
from municipalities.exceptions import Refusal
from municipalities.models import StaffMember


class WindowsOutOfOrder(Refusal):
    code = "windows_out_of_order"
    sentence = _(
        "Chaque ouverture vient après celle de ceux qui passent avant : inscrits, changements, habitants, tous."
    )


class HasGroups(Refusal):
    code = "has_groups"
    sentence = _("Des groupes y sont encore : retirez-les d’abord.")


@contextmanager
def _change(by: StaffMember | None) -> Iterator[None]:
    try:
        with patient_transaction(by=by):
            yield
    except ProtectedError as error:
        raise HasGroups from error
    except IntegrityError as error:
        raise AlreadyOffered from error


def save_season(*, season: Season, by: StaffMember) -> Season:
    """Create or change a season from a validated instance. Its groups stay within its days. Raises a Refusal."""
    if not operators_planned_by(by).filter(pk=season.operator_id).exists():
        raise NotYourOffer
    with _change(by):
        season.save()
        groups = season.activities.filter(groups__isnull=False)
        if (
            groups.filter(groups__first_day__lt=season.first_day).exists()
            or groups.filter(groups__last_day__gt=season.last_day).exists()
        ):
            raise OutsideOfSeason
    return season


def save_activity(*, activity: Activity, windows: Mapping[Audience, datetime | None], by: StaffMember) -> Activity:
    """Create or change an activity from a validated instance, with the minutes from which each audience may enrol.

    An audience without a minute has no window of its own: it waits for the next. Raises a Refusal, OpeningBegun too.
    """
    must_plan(activity.season, by)
    set_windows = [(audience, windows[audience]) for audience in Audience if windows.get(audience)]
    moments = [moment for _audience, moment in set_windows if moment is not None]
    if moments != sorted(moments):
        raise WindowsOutOfOrder
    with _change(by):
        activity.save()
        before = _minutes(activity)
        for audience in Audience:
            moment = windows.get(audience)
            if moment is None:
                Window.objects.filter(activity=activity, audience=audience).delete()
            else:
                Window.objects.update_or_create(activity=activity, audience=audience, defaults={"opens_at": moment})
        after = _minutes(activity)
        announce(activity.season)
        if before != after:
            pairs = {(_first(before, one), _first(after, one)) for one in Audience}
            follow(activity, {(was, now) for was, now in pairs if was and was != now})
            owe_changes(activity, before=before.values())
    return activity


def _minutes(activity: Activity) -> dict[str, datetime]:
    return dict(Window.objects.filter(activity=activity).values_list("audience", "opens_at"))


def _first(minutes: Mapping[str, datetime], audience: Audience) -> datetime | None:
    """Where these people wait: at their own minute, or at that of the next audience that has one."""
    audiences = list(Audience)
    return next((minutes[one] for one in audiences[audiences.index(audience) :] if one in minutes), None)


def remove_activity(*, activity: Activity, by: StaffMember) -> None:
    """Raises HasGroups."""
    must_plan(activity.season, by)
    with _change(by):
        activity.delete()
