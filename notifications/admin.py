from uuid import UUID

from django.contrib import admin

from municipalities.admin import ReadOnly
from notifications.models import Message, ReminderPolicy


@admin.register(Message)
class MessageAdmin(ReadOnly):
    """What is owed and what became of it. To whom shows on the single message only."""

    list_display = ("id", "kind", "channel", "state", "due_at", "sent_at", "attempts", "municipality")
    list_filter = ("state", "channel", "kind")
    list_select_related = ("municipality",)
    search_fields = ("=subject_id", "=provider_id")
    date_hierarchy = "due_at"
    ordering = ("-pk",)
    # The context may hold what only the reader of the message should see.
    exclude = ("context",)

    def whose(self, obj: Message) -> tuple[str, UUID] | None:
        return (obj.subject_type, obj.subject_id) if obj.subject_id else None


@admin.register(ReminderPolicy)
class ReminderPolicyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("__str__", "mail_days", "mail_time", "sms_is_on", "sms_days", "sms_time")
    list_select_related = ("facility",)
