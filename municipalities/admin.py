"""For the technical administration alone: superusers. Agents have pages of their own."""

from importlib import import_module
from typing import Any
from uuid import UUID

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import Group
from django.db.models import Model, URLField
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from municipalities.actions.staff import invite, tell_of_another_address
from municipalities.forms.fields import TranslatedFormField
from municipalities.languages import TranslatedField
from municipalities.models import Closure, Facility, Municipality, Operator, StaffMember, StaffRole, Why
from municipalities.readings import note_subjects


def has_permission(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


admin.site.has_permission = has_permission  # type: ignore[method-assign]
# Sign-in by the same door as everybody: its rate limits and second factor hold here too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = _("Guichet commun : administration")
admin.site.site_title = _("Administration")
admin.site.index_title = _("Données du guichet")


class Listed(ChangeList):
    def get_filters(self, request: HttpRequest) -> Any:
        try:
            return super().get_filters(request)
        except OverflowError as error:
            # A year beyond all years: of those that are none, Django looks for ValueError alone.
            raise IncorrectLookupParameters(error) from error


class TranslatedTexts(admin.ModelAdmin):  # type: ignore[type-arg]
    """Texts in three languages get three fields."""

    formfield_overrides = {
        TranslatedField: {"form_class": TranslatedFormField},
        URLField: {"assume_scheme": "https"},
    }

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Listed


class NeverDeleted(TranslatedTexts):
    """Things that appointments or people hang on: taken out of service, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnly(TranslatedTexts):
    """Looked at here, changed elsewhere. Looking at somebody's file leaves a trace, as on the agents' pages."""

    def whose(self, obj: Any) -> tuple[str, UUID] | None:
        """Type and id of the subject whose names or contact this object shows; None where it shows nobody."""
        return None

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        obj = self.get_object(request, unquote(object_id))
        file = self.whose(obj) if obj is not None else None
        if file is not None and isinstance(request.user, StaffMember):
            view = f"admin:{self.opts.app_label}_{self.opts.model_name}"
            note_subjects(*file, why=Why.OTHER_PLACE, view=view, by=request.user)
        return response

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


# Rights are roles in places, not groups; addresses are those of the accounts; the library would show secrets.
# They are registered here and now, or the library would do it after this.
for library in ("django.contrib.auth", "allauth.account", "allauth.mfa", "allauth.usersessions"):
    import_module(f"{library}.admin")
for unwanted in (Group, EmailAddress, Authenticator, UserSession):
    admin.site.unregister(unwanted)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnly):
    """Second factors: seen that they are there, and taken away from a person who has lost theirs."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    list_filter = ("type",)
    search_fields = ("user__name", "user__email")
    exclude = ("data",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return has_permission(request)


@admin.register(UserSession)
class UserSessionAdmin(ReadOnly):
    """Who is signed in; what opens a session is not shown. The library's own page searches by a name we do not have."""

    list_display = ("user", "created_at", "last_seen_at")
    list_select_related = ("user",)
    search_fields = ("user__name", "user__email")
    exclude = ("session_key", "data")


@admin.register(Municipality)
class MunicipalityAdmin(NeverDeleted):
    list_display = ("name", "insee_code", "is_member", "population", "good_friday_is_holiday", "has_invented_data")
    list_filter = ("is_member", "good_friday_is_holiday", "has_invented_data")
    search_fields = ("name", "insee_code", "slug")
    prepopulated_fields = {"slug": ("name",)}

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        # The flag moves free time, which is rebuilt by the page « Jours fériés » of the municipality.
        return ("good_friday_is_holiday",) if obj else ()


@admin.register(Operator)
class OperatorAdmin(NeverDeleted):
    list_display = ("name", "kind", "municipality")
    list_filter = ("kind",)
    list_select_related = ("municipality",)
    search_fields = ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        # Rights and closures follow from both: another operator is another row.
        return ("kind", "municipality") if obj else ()


@admin.register(Facility)
class FacilityAdmin(NeverDeleted):
    list_display = ("name", "kind", "municipality", "operator", "is_active", "has_invented_data")
    list_filter = ("kind", "is_active", "municipality")
    list_select_related = ("municipality", "operator")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        # They move free time: the pages of the counters change them.
        return ("municipality", "operator", "is_active") if obj else ()


@admin.register(Closure)
class ClosureAdmin(ReadOnly):
    """Closing and reopening rebuild free time: the page « Fermetures » does both."""

    list_display = ("__str__", "municipality", "facility", "created_by", "created_at")
    list_select_related = ("municipality", "facility", "created_by")
    list_filter = ("municipality",)


class RoleInline(admin.TabularInline):  # type: ignore[type-arg]
    model = StaffRole
    fk_name = "staff"
    extra = 0


@admin.register(StaffMember)
class StaffMemberAdmin(NeverDeleted):
    list_display = ("name", "email", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "roles__role")
    search_fields = ("name", "email")
    fields = ("email", "name", "language", "is_active", "is_superuser", "last_login", "date_joined")
    readonly_fields = ("last_login", "date_joined")
    inlines = (RoleInline,)

    def save_model(self, request: HttpRequest, obj: StaffMember, form: ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        if not change:
            obj.set_unusable_password()
        obj.email = obj.email.lower()
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data and isinstance(request.user, StaffMember):
            tell_of_another_address(member=obj, before=str(form.initial["email"]), by=request.user)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not change and isinstance(request.user, StaffMember):
            invite(member=form.instance, by=request.user)


@admin.register(StaffRole)
class StaffRoleAdmin(TranslatedTexts):
    list_display = ("staff", "role", "municipality", "facility", "operator", "valid_from", "valid_until")
    list_filter = ("role", "municipality", "operator")
    list_select_related = ("staff", "municipality", "facility", "operator")
    search_fields = ("staff__name", "staff__email")
