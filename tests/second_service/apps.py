from django.apps import AppConfig


class SecondServiceConfig(AppConfig):
    name = "tests.second_service"
    label = "second"
    verbose_name = "Visites"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from municipalities import services
        from tests.second_service import messages
        from tests.second_service.door import DOOR

        messages.register()
        services.register(DOOR)
