from django.apps import AppConfig


class NurseriesConfig(AppConfig):
    name = "booking.nurseries"
    verbose_name = "Crèches"

    def ready(self) -> None:
        from booking.nurseries.door import DOOR
        from municipalities import services

        services.register(DOOR)
