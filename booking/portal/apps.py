from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "booking.portal"
    verbose_name = "Portail"
