from django.apps import AppConfig


class BoothConfig(AppConfig):
    name = "tests.booth"
    label = "booth"
    verbose_name = "Places numérotées"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from booking.payments import door
        from municipalities import services
        from tests.booth import selling

        door.register(selling.SELLER)
        services.register(services.Service("booth"))
