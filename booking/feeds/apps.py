from django.apps import AppConfig


class FeedsConfig(AppConfig):
    name = "booking.feeds"
    verbose_name = "Calendriers"

    def ready(self) -> None:
        from booking.feeds.door import DOOR
        from municipalities import services

        services.register(DOOR)
