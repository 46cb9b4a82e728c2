"""The calendar's data for the technical administration. What moves free time is saved inside `configuration_change`."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from booking.appointments.messages.kinds import SUBJECT
from booking.appointments.models import (
    Appointment,
    AppointmentPerson,
    AppointmentType,
    BusyCalendar,
    CalendarPool,
    Counter,
    CounterClosure,
    CounterOffering,
    Duration,
    EarlierOffer,
    Fee,
    FreeGap,
    OpeningPeriod,
    PoolShare,
    ReleasePolicy,
    RequiredDocument,
    WaitingListEntry,
)
from booking.appointments.planning.openings import configuration_change
from booking.appointments.waiting_list.messages import WAITING_SUBJECT
from booking.residents.models import AccessLink
from municipalities.admin import NeverDeleted, ReadOnly, TranslatedTexts
from municipalities.exceptions import Refusal
from municipalities.models import StaffMember


class ChangesFreeTime(TranslatedTexts):
    """Every POST of these pages runs inside `configuration_change`: offers and free time follow in one transaction.

    Appointments are kept where they are; the page « Rendez-vous hors plage » lists those left outside.
    """

    #: Whether the change may move opening time itself, and not only what is offered in it.
    recuts_all_counters = False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        view = super().changeform_view
        return self._within_change(request, lambda: view(request, *args, **kwargs))

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        view = super().delete_view
        return self._within_change(request, lambda: view(request, *args, **kwargs))

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        view = super().changelist_view
        return self._within_change(request, lambda: view(request, *args, **kwargs))

    def _within_change(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        if request.method != "POST":
            return view()
        by = request.user if isinstance(request.user, StaffMember) else None
        counters = Counter.objects.all() if self.recuts_all_counters else None
        try:
            with configuration_change(by=by, counters=counters, keep_appointments=True):
                return view()
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect(request.path)


@admin.register(AppointmentType)
class AppointmentTypeAdmin(ChangesFreeTime, NeverDeleted):
    list_display = ("code", "__str__", "kind", "needs_number", "max_people", "position", "is_active")
    list_filter = ("kind", "is_active")
    search_fields = ("code",)


@admin.register(Duration)
class DurationAdmin(ChangesFreeTime):
    list_display = ("type", "facility", "people", "minutes")
    list_filter = ("type", "facility")
    list_select_related = ("type", "facility")


@admin.register(ReleasePolicy)
class ReleasePolicyAdmin(ChangesFreeTime):
    list_display = ("__str__", "mode", "notice_minutes", "horizon_days")
    list_filter = ("mode", "facility", "type")
    list_select_related = ("facility", "type")


class PoolShareInline(admin.TabularInline):  # type: ignore[type-arg]
    model = PoolShare
    extra = 0


@admin.register(CalendarPool)
class CalendarPoolAdmin(ChangesFreeTime):
    list_display = ("name", "is_active")
    filter_horizontal = ("types",)
    search_fields = ("name",)
    inlines = (PoolShareInline,)


@admin.register(Counter)
class CounterAdmin(ChangesFreeTime, NeverDeleted):
    recuts_all_counters = True
    list_display = ("name", "facility", "is_active", "free_until", "has_invented_data")
    list_filter = ("is_active", "facility")
    list_select_related = ("facility",)
    search_fields = ("name", "facility__name")
    filter_horizontal = ("types",)


@admin.register(OpeningPeriod)
class OpeningPeriodAdmin(ChangesFreeTime):
    recuts_all_counters = True
    list_display = ("counter", "weekday", "starts", "ends", "valid_from", "valid_until", "audience")
    list_filter = ("weekday", "audience", "counter__facility")
    list_select_related = ("counter__facility",)
    filter_horizontal = ("types",)


@admin.register(CounterClosure)
class CounterClosureAdmin(ReadOnly):
    """The page « Fermetures » closes and reopens."""

    list_display = ("counter", "period", "created_by", "created_at")
    list_filter = ("counter__facility",)
    list_select_related = ("counter__facility", "created_by")


@admin.register(RequiredDocument)
class RequiredDocumentAdmin(TranslatedTexts):
    list_display = ("code", "__str__", "municipality", "ages", "position", "is_dropped")
    list_filter = ("types", "ages", "municipality")
    list_select_related = ("municipality",)
    search_fields = ("code", "label")
    filter_horizontal = ("types",)


@admin.register(Fee)
class FeeAdmin(TranslatedTexts):
    list_display = ("code", "__str__", "cents", "ages", "position")
    list_filter = ("types", "ages")
    search_fields = ("code",)
    filter_horizontal = ("types",)


class PersonInline(admin.TabularInline):  # type: ignore[type-arg]
    model = AppointmentPerson
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Appointment)
class AppointmentAdmin(ReadOnly):
    """No names in the list: who comes shows on the single appointment."""

    list_display = ("reference", "type", "facility", "counter", "starts_at", "people_count", "state", "channel")
    list_filter = ("state", "channel", "type", "facility")
    list_select_related = ("type", "facility", "counter__facility")
    search_fields = ("=reference",)
    date_hierarchy = "starts_at"
    exclude = ("browser_hash", "address_hash")
    inlines = (PersonInline,)

    def whose(self, obj: Appointment) -> tuple[str, UUID]:
        return SUBJECT, obj.pk


@admin.register(FreeGap)
class FreeGapAdmin(ReadOnly):
    list_display = ("counter", "day", "starts_at", "ends_at", "audience", "public_from", "portion")
    list_filter = ("audience", "facility")
    list_select_related = ("counter__facility",)
    date_hierarchy = "day"


@admin.register(CounterOffering)
class OfferAdmin(ReadOnly):
    list_display = ("counter", "type", "minutes", "shared_from", "reserve_until", "held_from_7", "held_from_1")
    list_filter = ("type", "facility")
    list_select_related = ("counter__facility", "type")


@admin.register(AccessLink)
class AccessLinkAdmin(ReadOnly):
    list_display = ("subject_type", "created_at", "expires_at", "revoked_at", "last_used_at")
    list_filter = ("subject_type",)
    exclude = ("token_hash",)


@admin.register(WaitingListEntry)
class WaitingListEntryAdmin(ReadOnly):
    """No contact in the list."""

    list_display = ("id", "type", "people_count", "home_municipality", "from_day", "until_day", "state", "created_at")
    list_filter = ("state", "type")
    list_select_related = ("type", "home_municipality")

    def whose(self, obj: WaitingListEntry) -> tuple[str, UUID]:
        return (SUBJECT, obj.appointment_id) if obj.appointment_id else (WAITING_SUBJECT, obj.pk)


@admin.register(EarlierOffer)
class EarlierOfferAdmin(ReadOnly):
    list_display = ("id", "facility", "starts_at", "state", "offered_at", "deadline")
    list_filter = ("state", "facility")
    list_select_related = ("facility",)


@admin.register(BusyCalendar)
class BusyCalendarAdmin(ReadOnly):
    """The address is often a secret of its owner, so it is not shown."""

    list_display = ("name", "counter", "is_active", "last_ok_at", "last_error", "blocked_count")
    list_filter = ("is_active", "counter__facility")
    list_select_related = ("counter__facility",)
    exclude = ("address", "etag", "modified")
