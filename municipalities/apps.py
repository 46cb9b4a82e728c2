from django.apps import AppConfig


class MunicipalitiesConfig(AppConfig):
    name = "municipalities"
    verbose_name = "Communes"

    def ready(self) -> None:
        from municipalities import second_factors, secrets_at_rest, services
        from municipalities.door import DOOR
        from municipalities.forms.typed import show_what_is_typed
        from municipalities.visible import judge_what_is_visible

        judge_what_is_visible()
        show_what_is_typed()
        second_factors.take_each_code_once()
        secrets_at_rest.register("second factors", second_factors.rotate)
        services.register(DOOR)
