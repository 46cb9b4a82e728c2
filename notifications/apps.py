from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Messages"

    def ready(self) -> None:
        from anymail.signals import tracking

        from municipalities import services
        from notifications import staff_letters
        from notifications.door import DOOR
        from notifications.receipts import note_mail_event

        tracking.connect(note_mail_event, dispatch_uid="notifications.note_mail_event")
        staff_letters.register()
        services.register(DOOR)
