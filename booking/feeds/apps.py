from django.apps import AppConfig


class FeedsConfig(AppConfig):
    name = "booking.feeds"
    verbose_name = "Calendriers"
