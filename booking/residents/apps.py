from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    name = "booking.residents"
    verbose_name = "Usagers"

    def ready(self) -> None:
        from booking.residents import messages
        from booking.residents.door import DOOR
        from municipalities import services

        messages.register()
        services.register(DOOR)
