from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Messages"

    def ready(self) -> None:
        from anymail.signals import tracking

        from notifications.receipts import note_mail_event

        tracking.connect(note_mail_event, dispatch_uid="notifications.note_mail_event")
