from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    name = "booking.residents"
    verbose_name = "Usagers"
