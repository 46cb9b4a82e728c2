from django.apps import AppConfig


class FeedsConfig(AppConfig):
    name = "booking.feeds"
    verbose_name = "Calendriers"

    def ready(self) -> None:
        from booking.feeds.leaving import revoke_feeds_of
        from municipalities.leaving import on_leaving

        on_leaving(revoke_feeds_of)
