from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "booking.activities"
    verbose_name = "Piscines"

    def ready(self) -> None:
        from booking.activities.door import DOOR, SELLER
        from booking.payments import door
        from municipalities import services

        services.register(DOOR)
        door.register(SELLER)
